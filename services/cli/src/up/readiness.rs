//! Waiting until every service can do its work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::CliError;
use crate::endpoints::Endpoints;

/// Time everything has to come up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks at a service.
const PAUSE: Duration = Duration::from_millis(50);

/// What a service waits for, by condition, each with the reason.
type Unmet = BTreeMap<String, String>;

/// Waits until every service is ready but for a catalogue, which a new system does not have yet.
///
/// # Errors
/// When one is not ready in time, with what it waits for in its own words.
pub(super) async fn all(endpoints: &Endpoints) -> Result<(), CliError> {
    let client = runtime::web::client();
    let end = Instant::now() + PATIENCE;
    for (name, endpoint) in &endpoints.services {
        let Some(ops) = &endpoint.ops else { continue };
        loop {
            let unmet = unmet(&client, ops).await;
            if unmet.as_ref().is_some_and(BTreeMap::is_empty) {
                break;
            }
            if Instant::now() > end {
                return Err(late(name, unmet.unwrap_or_default()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// What a service waits for but for a catalogue; `None` while it does not answer.
async fn unmet(client: &reqwest::Client, ops: &str) -> Option<Unmet> {
    let answer = client.get(format!("{ops}/readyz")).send().await.ok()?;
    let mut unmet: Unmet = answer.json().await.ok()?;
    unmet.remove("catalogue");
    Some(unmet)
}

fn late(name: &str, unmet: Unmet) -> CliError {
    let seconds = PATIENCE.as_secs();
    if unmet.is_empty() {
        return CliError::NotReady { what: name.to_owned(), seconds };
    }
    let unmet: Vec<String> =
        unmet.into_iter().map(|(condition, why)| format!("{condition}: {why}")).collect();
    CliError::Waiting { service: name.to_owned(), seconds, unmet: unmet.join("; ") }
}
