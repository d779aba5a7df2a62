//! `person.withdrawn` → nobody is shown their face, name or links from this moment, and no slate kept in Redis names them.

use std::time::Duration;

use bus::Stream;
use domain::PersonId;
use proto::v1;
use proto::v1::Removed;
use store::StoreError;

use crate::app::App;

/// Pause before the broker is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Follows withdrawals, for ever: every gateway for itself, and one of them answers.
pub(crate) async fn follow(app: &App) {
    tokio::join!(hide(app), app.bus.answer_withdrawals("gateway", |person| erase(app, person)));
}

async fn hide(app: &App) {
    let mut withdrawals = app.bus.replay::<v1::PersonWithdrawn>(Stream::Withdrawals, 1);
    if nobody_withdrew(app).await {
        app.consents.withdrawals_are_told();
    }
    loop {
        let entry = withdrawals.next().await;
        if let Ok(withdrawn) = entry.message {
            let is_news = app.consents.withdraw(&withdrawn.person, withdrawn.is_open());
            if is_news && !withdrawn.is_open() {
                forget_late_slates(app, withdrawn.person).await;
            }
        }
        if entry.pending == 0 {
            app.consents.withdrawals_are_told();
        }
    }
}

/// Whether there is nothing to wait for.
async fn nobody_withdrew(app: &App) -> bool {
    loop {
        match app.bus.extent(Stream::Withdrawals).await {
            Ok(extent) => return extent.messages == 0,
            Err(error) => tracing::debug!(%error, "asking again whether anybody withdrew"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// A slate may have been kept, here or by another gateway, just as this one looked through them.
async fn forget_late_slates(app: &App, person: String) {
    let Ok(person) = PersonId::new(person) else { return };
    if let Err(error) = app.idempotency.forget_slates_of(&person).await {
        tracing::warn!(%error, "slates kept for a day were not looked through once more");
    }
}

async fn erase(app: &App, person: PersonId) -> Result<Vec<Removed>, StoreError> {
    app.consents.withdraw(person.as_str(), true);
    let slates = app.idempotency.forget_slates_of(&person).await?;
    Ok(vec![Removed::of("slates in redis", slates)])
}
