//! What is done to a system while it is visited.

use std::pin::Pin;
use std::time::Duration;

use tests::{Cluster, Demo, System};

use crate::visits::{Figures, Visits};

/// Visits before anything is done, and after it is over, in seconds.
const BEFORE: u64 = 4;
const AFTER: u64 = 25;
/// How long something is held.
const HELD: Duration = Duration::from_secs(20);

type Running = Pin<Box<dyn Future<Output = Figures>>>;

/// A row of the table.
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) run: Box<dyn Fn() -> Running>,
}

/// What is done to one broker of three.
#[derive(Clone, Copy)]
enum Fault {
    Killed,
    Held,
}

/// Every scenario, in the order of the table.
pub(crate) fn all() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for service in ["gateway", "recommend", "learn", "redis", "nats"] {
        scenarios.push(scenario(format!("kill -9 {service}"), move || kill_child(service)));
    }
    for service in ["recommend", "learn", "redis"] {
        scenarios.push(scenario(format!("SIGSTOP {service} for 20 s"), move || hold_child(service)));
    }
    for whose in ["connected", "clicks' leader", "follower"] {
        scenarios.push(scenario(format!("3 brokers: kill -9 the {whose}"), move || {
            one_of_three(Fault::Killed, whose)
        }));
        scenarios.push(scenario(format!("3 brokers: SIGSTOP the {whose} for 20 s"), move || {
            one_of_three(Fault::Held, whose)
        }));
    }
    scenarios
}

fn scenario<R: Future<Output = Figures> + 'static>(name: String, run: impl Fn() -> R + 'static) -> Scenario {
    Scenario { name, run: Box::new(move || Box::pin(run())) }
}

/// One child of a system on one machine dies, and is started again by what watches it.
async fn kill_child(child: &'static str) -> Figures {
    let system = System::demo(Demo::default());
    let visits = Visits::begin(&system, &system.endpoints().nats);
    tokio::time::sleep(Duration::from_secs(BEFORE)).await;
    system.kill(child);
    visits.count_after(AFTER).await
}

/// One child of a system holds still for a while.
async fn hold_child(child: &'static str) -> Figures {
    let system = System::demo(Demo::default());
    let visits = Visits::begin(&system, &system.endpoints().nats);
    tokio::time::sleep(Duration::from_secs(BEFORE)).await;
    system.hold(child);
    tokio::time::sleep(HELD).await;
    system.let_go(child);
    visits.count_after(AFTER).await
}

/// A system on three brokers, of which one is killed and started again, or held.
async fn one_of_three(fault: Fault, whose: &'static str) -> Figures {
    let mut cluster = Cluster::start(3);
    let system = on(&cluster);
    let leader = cluster.number_of(&leader(&cluster, "CLICKS").await);
    let number = match whose {
        "connected" => cluster.number_of(&connected(&cluster).await),
        "clicks' leader" => leader,
        _ => (leader + 1) % 3,
    };
    let visits = Visits::begin(&system, &cluster.url());
    tokio::time::sleep(Duration::from_secs(BEFORE)).await;
    match fault {
        Fault::Killed => cluster.kill(number),
        Fault::Held => cluster.hold(number),
    }
    tokio::time::sleep(HELD).await;
    match fault {
        Fault::Killed => cluster.start_broker(number),
        Fault::Held => cluster.let_go(number),
    }
    visits.count_after(AFTER).await
}

/// A demo whose streams are kept by `cluster`, three times.
pub(crate) fn on(cluster: &Cluster) -> System {
    let env = vec![("AVZEUS_NATS_URL", cluster.url()), ("AVZEUS_STREAM_REPLICAS", "3".to_owned())];
    System::demo(Demo { env, ..Demo::default() })
}

async fn leader(cluster: &Cluster, stream: &str) -> String {
    let client = async_nats::connect(cluster.url_of(0)).await.expect("a broker");
    let stream = async_nats::jetstream::new(client).get_stream(stream).await.expect("a stream");
    let cluster = stream.cached_info().cluster.as_ref().expect("a cluster");
    cluster.leader.clone().expect("a leader")
}

/// The broker that most connections of services lead to.
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
