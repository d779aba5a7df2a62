//! `person.withdrawn` → their face is not shown from this moment, and nothing in Redis names them.

use bus::Stream;
use domain::PersonId;
use proto::v1;
use proto::v1::Removed;
use store::StoreError;

use crate::app::App;

/// Follows withdrawals, for ever: every gateway for itself, and one of them answers.
pub(crate) async fn follow(app: &App) {
    tokio::join!(hide(app), app.bus.answer_withdrawals("gateway", |person| erase(app, person)));
}

/// While services are at it the roster may still say that they consent. Once there is a receipt it is believed again:
/// whoever agreed anew stands in it.
async fn hide(app: &App) {
    let mut withdrawals = app.bus.replay::<v1::PersonWithdrawn>(Stream::Withdrawals, 1);
    loop {
        if let Ok(withdrawn) = withdrawals.next().await.message {
            app.consents.withdraw(&withdrawn.person, withdrawn.is_open());
        }
    }
}

async fn erase(app: &App, person: PersonId) -> Result<Vec<Removed>, StoreError> {
    app.consents.withdraw(person.as_str(), true);
    let answers = app.short_lived.erase(person.as_str()).await?;
    Ok(vec![Removed::of("values in redis", answers)])
}
