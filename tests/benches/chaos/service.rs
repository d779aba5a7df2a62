//! One process of a system on one machine dies, or holds still.

use tests::{Demo, System};

use crate::scenario::{Fault, Kind, Outcome, Scenario, visited};

const CHILDREN: [&str; 8] = ["gateway", "recommend", "learn", "ingest", "embed", "cluster", "redis", "nats"];

pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for child in CHILDREN {
        scenarios.push(Scenario::new(format!("kill -9 {child}"), move || run(child, Kind::Killed)));
    }
    for child in CHILDREN {
        let name = format!("SIGSTOP {child} for 20 s");
        scenarios.push(Scenario::new(name, move || run(child, Kind::Held)));
    }
    scenarios
}

struct OfChild<'a> {
    system: &'a System,
    child: &'static str,
    kind: Kind,
}

impl Fault for OfChild<'_> {
    fn begin(&mut self) {
        match self.kind {
            Kind::Killed => _ = self.system.kill(self.child),
            Kind::Held => self.system.hold(self.child),
        }
    }

    fn end(&mut self) {
        // One that was killed is started again by what watches it.
        if matches!(self.kind, Kind::Held) {
            self.system.let_go(self.child);
        }
    }
}

async fn run(child: &'static str, kind: Kind) -> Outcome {
    let system = System::demo(Demo::default());
    let nats = system.endpoints().nats;
    Ok(visited(&system, &nats, &mut OfChild { system: &system, child, kind }).await)
}
