//! A broker that is cut off from the others of its cluster. It answers every ping and keeps nothing, so whoever is connected
//! to it would wait for as long as the network is cut: it is left for a broker that keeps what it is given.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::ClusterInfo;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectOptions, ReconnectToServer, Server, ServerAddr};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::guard::Missing;

/// Time between two questions.
const LOOK: Duration = Duration::from_secs(1);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(1);
/// Brokers of a cluster hear of each other every second; one that was not heard of for longer is cut off or hangs.
const HEARD: Duration = Duration::from_secs(3);
/// Questions in a row that go unanswered before others are asked: one may be lost.
const DOUBTS: u32 = 2;
/// Questions in a row that go unanswered before it is said that nothing is kept. Elections take up to nine seconds.
const UNKEPT: u32 = 5;
/// Questions after which there is more time between them: there is no quorum, and that may last.
const SELDOM: u32 = 15;

/// What is said to be missing while a broker keeps nothing.
const QUORUM: &str = "quorum";

/// The broker that the next connection leads to, if one was chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen(Arc<Mutex<Option<ServerAddr>>>);

impl Chosen {
    /// Takes the choice: it is for one connection.
    pub(crate) fn take(&self) -> Option<ReconnectToServer> {
        let addr = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(ReconnectToServer { addr, delay: Some(Duration::ZERO) })
    }

    fn set(&self, address: ServerAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
    }
}

/// Asks the broker that `client` is connected to about the stream called `stream` for as long as the client lives, leaves it
/// for another by way of `chosen`, and says in `missing` when nobody keeps anything.
pub(crate) async fn follow(client: Client, stream: String, chosen: Chosen, missing: Missing) {
    let mut doubts = 0;
    loop {
        sleep(if doubts < SELDOM { LOOK } else { 5 * LOOK }).await;
        if client.connection_state() != State::Connected {
            // The connection has a condition of its own.
            doubts = 0;
            continue;
        }
        if keeps(&client, &stream).await {
            doubts = 0;
            missing.found(QUORUM);
            continue;
        }
        doubts += 1;
        if doubts < DOUBTS {
            continue;
        }
        let left = client.server_info().server_name;
        if let Some(better) = better(&client, &left, &stream).await {
            tracing::warn!(
                broker = left,
                "it is cut off from the others and keeps nothing: left for another"
            );
            chosen.set(better);
            // A client that is gone for good needs no connection.
            let _gone = client.force_reconnect().await;
            doubts = 0;
        } else if doubts == UNKEPT {
            let why = format!(
                "broker {left} keeps nothing now: too few of its cluster hear each other, or {stream} has no leader; start the brokers that are away, or mend the network between them"
            );
            tracing::warn!(why, "waiting for the broker");
            missing.tell(QUORUM, why);
        }
    }
}

/// Whether the broker that is connected to keeps what it is given, as far as can be told: it hears the stream's leader, and
/// that one hears the others. A stream that is not there is told of elsewhere.
async fn keeps(client: &Client, stream: &str) -> bool {
    let context = jetstream::new(client.clone());
    match timeout(ANSWER, context.get_stream(stream)).await {
        Ok(Ok(stream)) => stream.cached_info().cluster.as_ref().is_none_or(has_quorum),
        Ok(Err(error)) => match error.kind() {
            GetStreamErrorKind::JetStream(refusal) => refusal.error_code() == ErrorCode::STREAM_NOT_FOUND,
            _ => false,
        },
        Err(_late) => false,
    }
}

/// Whether there is a leader and it heard of enough of the others: one that is cut off takes itself for the leader for some
/// ten seconds, and where there is none a broker answers for itself and says of those that it never heard of 0 s.
fn has_quorum(cluster: &ClusterInfo) -> bool {
    let heard = cluster.replicas.iter().filter(|peer| !peer.offline && peer.active < HEARD).count();
    cluster.leader.is_some() && 2 * (heard + 1) > cluster.replicas.len() + 1
}

/// Returns the address of a broker that keeps what it is given; none is asked that is called `left`.
async fn better(client: &Client, left: &str, stream: &str) -> Option<ServerAddr> {
    let known = client.server_pool().await.unwrap_or_default();
    let mut asked = JoinSet::new();
    for Server { addr, .. } in known {
        let (left, stream) = (left.to_owned(), stream.to_owned());
        asked.spawn(async move {
            let options = ConnectOptions::new().name("comparison").connection_timeout(ANSWER);
            let other = timeout(ANSWER, options.connect(addr.clone())).await.ok()?.ok()?;
            let is_another = other.server_info().server_name != left;
            (is_another && keeps(&other, &stream).await).then_some(addr)
        });
    }
    while let Some(answer) = asked.join_next().await {
        if let Ok(Some(address)) = answer {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use async_nats::jetstream::stream::PeerInfo;

    use super::*;

    #[test]
    fn a_leader_that_hears_nobody_has_no_quorum() {
        let peer = |seconds| PeerInfo {
            name: "n".to_owned(),
            current: true,
            active: Duration::from_secs(seconds),
            offline: false,
            lag: None,
        };
        let of = |leader: &str, replicas| {
            let leader = Some(leader.to_owned()).filter(|leader| !leader.is_empty());
            ClusterInfo { leader, replicas, ..ClusterInfo::default() }
        };
        assert!(has_quorum(&of("n0", Vec::new())));
        assert!(has_quorum(&of("n0", vec![peer(0), peer(60)])));
        assert!(!has_quorum(&of("n0", vec![peer(8), peer(60)])));
        assert!(!has_quorum(&of("n0", vec![peer(0), peer(8), peer(8), peer(8)])));
        assert!(!has_quorum(&of("", vec![peer(0), peer(0), peer(0)])));
    }
}
