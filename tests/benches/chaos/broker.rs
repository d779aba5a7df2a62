//! Brokers of a cluster of three die or hold still.

use tests::Cluster;

use crate::scenario::{Fault, Kind, Outcome, Scenario, on, visited};

pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for whose in [Whose::Connected, Whose::Leader, Whose::Follower, Whose::Two] {
        for (kind, words) in [(Kind::Killed, "kill -9"), (Kind::Held, "SIGSTOP")] {
            let name = format!("3 brokers: {words} {} for 20 s", whose.name());
            scenarios.push(Scenario::new(name, move || run(whose, kind)));
        }
    }
    scenarios
}

/// Which broker of three.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// The one that most connections of services lead to.
    Connected,
    /// The one that leads the stream of clicks.
    Leader,
    /// One that does not.
    Follower,
    /// One of those and the next: what is left is no quorum.
    Two,
}

impl Whose {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Whose::Connected => "the connected",
            Whose::Leader => "the clicks' leader",
            Whose::Follower => "a follower",
            Whose::Two => "two",
        }
    }

    /// Numbers of those it is about.
    pub(crate) async fn numbers(self, cluster: &Cluster) -> Vec<usize> {
        let leader = cluster.number_of(&leader(cluster, "CLICKS").await);
        match self {
            Whose::Connected => vec![cluster.number_of(&connected(cluster).await)],
            Whose::Leader => vec![leader],
            Whose::Follower => vec![(leader + 1) % 3],
            Whose::Two => vec![leader, (leader + 1) % 3],
        }
    }
}

struct OfBrokers<'a> {
    cluster: &'a mut Cluster,
    numbers: Vec<usize>,
    kind: Kind,
}

impl Fault for OfBrokers<'_> {
    fn begin(&mut self) {
        for number in &self.numbers {
            match self.kind {
                Kind::Killed => self.cluster.kill(*number),
                Kind::Held => self.cluster.hold(*number),
            }
        }
    }

    fn end(&mut self) {
        for number in &self.numbers {
            match self.kind {
                Kind::Killed => self.cluster.start_broker(*number),
                Kind::Held => self.cluster.let_go(*number),
            }
        }
    }
}

async fn run(whose: Whose, kind: Kind) -> Outcome {
    let mut cluster = Cluster::start(3);
    let system = on(&cluster, 3);
    let (numbers, nats) = (whose.numbers(&cluster).await, cluster.url());
    Ok(visited(&system, &nats, &mut OfBrokers { cluster: &mut cluster, numbers, kind }).await)
}

async fn leader(cluster: &Cluster, stream: &str) -> String {
    let client = async_nats::connect(cluster.url_of(0)).await.expect("a broker");
    let stream = async_nats::jetstream::new(client).get_stream(stream).await.expect("a stream");
    let cluster = stream.cached_info().cluster.as_ref().expect("a cluster");
    cluster.leader.clone().expect("a leader")
}

async fn connected(cluster: &Cluster) -> String {
    let mut most = (0, String::new());
    for number in 0..3 {
        let connections = cluster.connections(number).await;
        if connections > most.0 {
            most = (connections, format!("n{number}"));
        }
    }
    most.1
}
