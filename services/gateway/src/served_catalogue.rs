//! Which catalogue the recommender answers from: what readiness and the `catalogue` event tell.
//!
//! The recommender is asked, not the stream: visitors who are told of a catalogue before it is served
//! would fetch the old one.

use std::sync::Arc;
use std::time::Duration;

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
                let now =
                    ServedCatalogue { catalogue_version: reply.catalogue_version, people: reply.people };
                if tell(&app, now) {
                    hurried = 0;
                }
            }
            Err(status) => catalogue.failed(recommender::refusal(&status)),
        }
        let pause = if hurried > 0 { SHORT_PAUSE } else { PAUSE };
        tokio::select! {
            () = tokio::time::sleep(pause) => hurried = hurried.saturating_sub(1),
            () = app.published.notified() => hurried = SPEED_UP,
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
