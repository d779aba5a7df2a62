//! Waiting until every service can do its work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::CliError;
use crate::endpoints::Endpoints;

/// Time everything has to come up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time that a service waits for the same before a person is told.
const TOLD: Duration = Duration::from_secs(3);
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
        let (mut before, mut since, mut is_told) = (None, Instant::now(), false);
        loop {
            let unmet = unmet(&client, ops).await;
            if unmet.as_ref().is_some_and(BTreeMap::is_empty) {
                break;
            }
            if unmet != before {
                (before, since, is_told) = (unmet.clone(), Instant::now(), false);
            }
            if !is_told && since.elapsed() > TOLD {
                eprintln!("{:>12} {name}, which waits: {}", "waiting for", words(unmet.as_ref()));
                is_told = true;
            }
            if Instant::now() > end {
                return Err(late(name, unmet.as_ref()));
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

/// What a service waits for, in one line.
fn words(unmet: Option<&Unmet>) -> String {
    let Some(unmet) = unmet else { return "it does not answer yet".to_owned() };
    let words: Vec<String> = unmet.iter().map(|(condition, why)| format!("{condition}: {why}")).collect();
    words.join("; ")
}

fn late(name: &str, unmet: Option<&Unmet>) -> CliError {
    let seconds = PATIENCE.as_secs();
    match unmet {
        None => CliError::NotReady { what: name.to_owned(), seconds },
        Some(_) => CliError::Waiting { service: name.to_owned(), seconds, unmet: words(unmet) },
    }
}
