//! Which catalogue the recommender answers from: what readiness and the `catalogue` event tell.
//!
//! The recommender is asked, not the stream: visitors who are told of a catalogue before it is served
//! would fetch the old one.

use std::sync::Arc;
use std::time::Duration;

use proto::v1;
use runtime::Condition;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::recommender;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(1000);
/// Between two questions while a published catalogue is not served yet.
const SHORT_PAUSE: Duration = Duration::from_millis(50);
/// How many questions a publication speeds up.
const SPEED_UP: u32 = 100;

/// A catalogue as the `catalogue` event tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ServedCatalogue {
    /// Its version.
    pub(crate) catalogue_version: String,
    /// People in it.
    pub(crate) people: u32,
}

/// Asks the recommender again and again; `catalogue` holds while it answers.
pub(crate) async fn follow(app: Arc<App>, catalogue: Condition) {
    let mut hurried = 0u32;
    loop {
        match app.recommender.representatives().await {
            Ok(reply) => {
                catalogue.met();
                app.obstacle.send_replace(String::new());
                let now =
                    ServedCatalogue { catalogue_version: reply.catalogue_version, people: reply.people };
                if tell(&app, now) {
                    hurried = 0;
                }
            }
            Err(status) => {
                // A publication that is about to be served needs no explanation.
                if hurried == 0 {
                    app.obstacle.send_replace(obstacle(&app).await);
                }
                catalogue.failed(no_catalogue(&app, recommender::refusal(&status)));
            }
        }
        let pause = if hurried > 0 { SHORT_PAUSE } else { PAUSE };
        tokio::select! {
            () = tokio::time::sleep(pause) => hurried = hurried.saturating_sub(1),
            () = app.published.notified() => hurried = SPEED_UP,
        }
    }
}

/// `refusal` with what there is no catalogue for want of, where that is known.
pub(crate) fn no_catalogue(app: &App, refusal: String) -> String {
    let obstacle = app.obstacle.borrow();
    if obstacle.is_empty() { refusal } else { format!("no catalogue is published yet: {}", *obstacle) }
}

/// What the cataloguer says that it lacks; nothing, where it does not answer.
async fn obstacle(app: &App) -> String {
    match app.cataloguer.clone().describe(v1::DescribeRequest::default()).await {
        Ok(reply) => reply.into_inner().obstacle().map_or_else(String::new, |obstacle| obstacle.to_string()),
        Err(status) => {
            tracing::debug!(%status, "why there is no catalogue is not known now");
            String::new()
        }
    }
}

/// Whether `now` was news.
fn tell(app: &App, now: ServedCatalogue) -> bool {
    app.served.send_if_modified(|before| {
        let news = before.as_ref() != Some(&now);
        *before = Some(now);
        news
    })
}
