//! Brokers on hosts of their own, whose lines are cut or lose packets.

use tests::Cluster;

use crate::broker::Whose;
use crate::scenario::{Fault, Outcome, Scenario, on, visited};

/// Packets of a hundred that a bad line loses.
const LOST: u32 = 3;

pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (whose, cut, words) in [
        (Whose::Connected, Cut::FromAll, "is cut off"),
        (Whose::Leader, Cut::FromAll, "is cut off"),
        (Whose::Connected, Cut::FromBrokers, "is cut off from the brokers alone"),
        (Whose::Leader, Cut::FromBrokers, "is cut off from the brokers alone"),
        (Whose::Leader, Cut::FromOne, "is cut off from one broker"),
        (Whose::Leader, Cut::FromEachOther, "and each of the others is cut off from the rest"),
    ] {
        let name = format!("3 hosts: {} {words} for 20 s", whose.name());
        scenarios.push(Scenario::new(name, move || run(whose, cut)));
    }
    let name = format!("3 hosts: lines lose {LOST} % and are slow for 20 s");
    scenarios.push(Scenario::new(name, || run(Whose::Leader, Cut::BadLines)));
    scenarios
}

#[derive(Clone, Copy)]
enum Cut {
    FromAll,
    /// Services still reach it.
    FromBrokers,
    FromOne,
    /// No broker hears another: there is no quorum.
    FromEachOther,
    /// Nobody is cut off.
    BadLines,
}

struct OfLine<'a> {
    cluster: &'a Cluster,
    number: usize,
    cut: Cut,
}

impl Fault for OfLine<'_> {
    fn begin(&mut self) {
        let (network, number) = (self.cluster.network(), self.number);
        let [next, other] = [(number + 1) % 3, (number + 2) % 3];
        match self.cut {
            Cut::FromAll => network.cut_off(number),
            Cut::FromBrokers => {
                network.cut_between(number, next);
                network.cut_between(number, other);
            }
            Cut::FromEachOther => {
                network.cut_between(number, next);
                network.cut_between(number, other);
                network.cut_between(next, other);
            }
            Cut::FromOne => network.cut_between(number, next),
            Cut::BadLines => {
                for host in 0..3 {
                    network.make_bad(host, LOST);
                }
            }
        }
    }

    fn end(&mut self) {
        for host in 0..3 {
            self.cluster.network().mend(host);
        }
    }
}

async fn run(whose: Whose, cut: Cut) -> Outcome {
    let cluster = Cluster::start_apart(3)?;
    let system = on(&cluster, 3);
    let numbers = whose.numbers(&cluster).await;
    Ok(visited(&system, &cluster.url(), &mut OfLine { cluster: &cluster, number: numbers[0], cut }).await)
}
