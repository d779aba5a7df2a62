//! `policy` changed: listeners are told.

use bus::Bucket;
use proto::convert::decode;
use proto::v1;

use crate::app::App;
use crate::http_policy::PolicyView;

/// Follows the policy that serves, for ever.
pub(crate) async fn follow(app: &App) {
    let told = |change: bus::Change| {
        if change.key == "live" {
            let view = match &change.stored {
                Some(stored) => decode::<v1::PolicyPublished>("PolicyPublished", &stored.value)
                    .and_then(|policy| PolicyView::of(stored.revision, &policy)),
                None => Ok(PolicyView::unpublished()),
            };
            match view {
                Ok(view) => tell(app, view),
                Err(error) => tracing::warn!(%error, "a published policy is passed over"),
            }
        }
        true
    };
    app.bus.bucket(Bucket::Policy).watch(told).await;
}

/// After a broken connection the broker tells again what is known: no news for anybody.
fn tell(app: &App, view: PolicyView) {
    app.policy.send_if_modified(|before| {
        let news = *before != view;
        *before = view;
        news
    });
}
