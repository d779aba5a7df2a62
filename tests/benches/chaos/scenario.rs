//! The rows of the table: what is done to a system while it is visited.

use std::pin::Pin;
use std::time::Duration;

use tests::{Cluster, Demo, System};
use tokio::time::sleep;

use crate::visits::{Figures, Visits};
use crate::{broker, clock, delivery, disk, network, service};

/// Visits before anything is done, and after it is over.
const BEFORE: Duration = Duration::from_secs(4);
const AFTER: Duration = Duration::from_secs(25);
/// How long a fault lasts.
const LASTING: Duration = Duration::from_secs(20);

/// What opens the operators' part of the gateway.
pub(crate) const TOKEN: &str = "a-token-of-chaos-alone";

/// What a row prints: its figures, or what this machine lacks for it.
pub(crate) type Outcome = Result<Figures, String>;
type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// A row of the table.
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) run: Box<dyn Fn() -> Running>,
}

impl Scenario {
    pub(crate) fn new<R: Future<Output = Outcome> + 'static>(
        name: impl Into<String>,
        run: impl Fn() -> R + 'static,
    ) -> Self {
        Self { name: name.into(), run: Box::new(move || Box::pin(run())) }
    }
}

/// Every row, in the order of the table.
pub(crate) fn all() -> Vec<Scenario> {
    let rooms = [service::scenarios(), broker::scenarios(), network::scenarios(), disk::scenarios()];
    let mut scenarios: Vec<Scenario> = rooms.into_iter().flatten().collect();
    scenarios.extend([clock::scenario(), delivery::scenario()]);
    scenarios
}

/// What is done to a process.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Killed,
    Held,
}

/// A fault: how it begins and how it ends.
pub(crate) trait Fault {
    /// Does it.
    fn begin(&mut self);
    /// Undoes it.
    fn end(&mut self);
}

/// Visits `system`, whose broker is at `nats`, before, during and after `fault`.
pub(crate) async fn visited(system: &System, nats: &str, fault: &mut impl Fault) -> Figures {
    let visits = Visits::begin(system, nats);
    sleep(BEFORE).await;
    fault.begin();
    sleep(LASTING).await;
    fault.end();
    visits.fault_ended();
    sleep(AFTER).await;
    visits.count().await
}

/// A demo whose streams are kept by `cluster`, as often as it has brokers.
pub(crate) fn on(cluster: &Cluster, brokers: usize) -> System {
    let env = vec![
        ("AVZEUS_NATS_URL", cluster.url()),
        ("AVZEUS_STREAM_REPLICAS", brokers.to_string()),
        ("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned()),
    ];
    System::demo(Demo { env, ..Demo::default() })
}
