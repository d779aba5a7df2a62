//! `person.withdrawn` → nobody is recommended who withdrew.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use domain::PersonId;
use proto::v1::Removed;

use crate::RecommendError;
use crate::held::Held;

/// How long a catalogue that names them goes on serving while the one without them is being made.
const GRACE: Duration = Duration::from_secs(5);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Answers withdrawals, for ever.
pub(crate) async fn follow(bus: Bus, held: Arc<Held>) {
    bus.answer_withdrawals("recommend", |person| erase(held.clone(), person)).await;
}

/// Impressions need no change: they name people by an alias, which goes with the roster's row and the catalogues.
async fn erase(held: Arc<Held>, person: PersonId) -> Result<Vec<Removed>, RecommendError> {
    let naming = held.naming(&person);
    let replaced = async {
        while held.naming(&person) > 0 {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(GRACE, replaced).await.is_err() {
        tracing::warn!("no catalogue comes without somebody who withdrew; those that name them are let go");
        held.let_go(&person);
    }
    Ok(vec![Removed::of("held catalogues", naming as u64)])
}
