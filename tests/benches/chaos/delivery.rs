//! Every event comes a second time, and in another order.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::{self, Context};
use tests::{Demo, System, crowd};
use tokio::task::JoinSet;

use crate::scenario::{Fault, Outcome, Scenario, visited};

const STREAMS: [&str; 4] = ["CROPS_STORED", "CROPS_EMBEDDED", "RECOMMENDATIONS", "CLICKS"];
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn scenario() -> Scenario {
    Scenario::new("every event once more, the newest first, for 20 s", run)
}

/// Somebody else who publishes what was published; dropped, they stop.
struct Repetition {
    nats: String,
    task: JoinSet<()>,
}

impl Fault for Repetition {
    fn begin(&mut self) {
        self.task.spawn(repeat(self.nats.clone()));
    }

    fn end(&mut self) {
        self.task.abort_all();
    }
}

async fn run() -> Outcome {
    let system = System::demo(Demo::default());
    let nats = system.endpoints().nats;
    let (_, before) = system.avzeus(&["catalogue", "show"]);
    let mut repetition = Repetition { nats: nats.clone(), task: JoinSet::new() };
    let figures = visited(&system, &nats, &mut repetition).await;
    let (_, after) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(before["catalogue_version"], after["catalogue_version"], "another catalogue serves");
    Ok(figures)
}

async fn repeat(nats: String) {
    let bus = crowd::bus(&nats).await;
    let broker = jetstream::new(async_nats::connect(nats).await.expect("a broker"));
    let mut repeated = BTreeMap::new();
    loop {
        let mut events = Vec::new();
        let read = bus.everything(|stream, event| {
            let last = repeated.entry(stream.to_owned()).or_insert(0);
            if STREAMS.contains(&stream) && event.sequence > *last {
                *last = event.sequence;
                events.push(event);
            }
        });
        read.await.expect("the streams can be read");
        for event in events.into_iter().rev() {
            publish(&broker, event).await;
        }
        // A pause of the fault, not a wait for anything.
        tokio::time::sleep(PAUSE).await;
    }
}

async fn publish(broker: &Context, event: bus::Held) {
    let acknowledged = broker.publish(event.subject, event.payload).await.expect("the broker is there");
    // A click is refused: its subject is taken.
    let _ = acknowledged.await;
}
