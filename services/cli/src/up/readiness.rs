//! Waiting until every service can do its work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::CliError;
use crate::endpoints::Endpoints;

/// Time everything has to come up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks at a service.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until every service is ready but for a catalogue, which a new system does not have yet.
pub(super) async fn all(endpoints: &Endpoints) -> Result<(), CliError> {
    let client = runtime::web::client();
    let end = Instant::now() + PATIENCE;
    for (name, endpoint) in &endpoints.services {
        let Some(ops) = &endpoint.ops else { continue };
        while !is_ready(&client, ops).await {
            if Instant::now() > end {
                return Err(CliError::NotReady { what: name.clone(), seconds: PATIENCE.as_secs() });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

async fn is_ready(client: &reqwest::Client, ops: &str) -> bool {
    let Ok(answer) = client.get(format!("{ops}/readyz")).send().await else { return false };
    if answer.status().is_success() {
        return true;
    }
    let unmet: BTreeMap<String, String> = answer.json().await.unwrap_or_default();
    !unmet.is_empty() && unmet.keys().all(|condition| condition == "catalogue")
}
