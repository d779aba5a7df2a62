//! `policy` changed: listeners are told what serves.

use bus::{Bucket, Change, Policies};

use crate::app::App;
use crate::http_policy::PolicyView;

/// Follows the policy that serves, for ever.
pub(crate) async fn follow(app: &App) {
    let mut policies = Policies::default();
    let told = |change: Change| {
        if let Err(error) = policies.take(change, PolicyView::of) {
            tracing::warn!(%error, "a published policy is passed over");
        }
        if policies.is_caught_up() {
            tell(app, served(&policies));
        }
        true
    };
    app.bus.bucket(Bucket::Policy).watch(told).await;
}

/// Where what should serve is not ready, recommendations are made by the initial policy.
fn served(policies: &Policies<PolicyView>) -> PolicyView {
    policies.ready(&policies.serving().policy).cloned().unwrap_or_else(PolicyView::unpublished)
}

/// After a broken connection the broker tells again what is known: no news for anybody.
fn tell(app: &App, view: PolicyView) {
    app.policy.send_if_modified(|before| {
        let news = *before != view;
        *before = view;
        news
    });
}
