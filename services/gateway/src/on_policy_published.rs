//! `policy` changed: listeners are told what serves.

use std::collections::HashMap;

use bus::{Bucket, Change, SERVING, Stored};
use domain::Serving;
use proto::convert::decode;
use proto::{Malformed, v1};

use crate::app::App;
use crate::http_policy::PolicyView;

/// Follows the policy that serves, for ever.
pub(crate) async fn follow(app: &App) {
    let (mut policies, mut caught_up) = (Policies::default(), false);
    let told = |change: Change| {
        // At first a policy may be told before the record that says what serves.
        caught_up |= change.pending == 0;
        if let Err(error) = policies.take(change) {
            tracing::warn!(%error, "a published policy is passed over");
        }
        if caught_up {
            tell(app, policies.served());
        }
        true
    };
    app.bus.bucket(Bucket::Policy).watch(told).await;
}

/// The bucket as it was told.
#[derive(Default)]
struct Policies {
    serving: Serving,
    /// Every policy that is ready to serve, by its key.
    ready: HashMap<String, PolicyView>,
}

impl Policies {
    fn take(&mut self, change: Change) -> Result<(), Malformed> {
        match change.stored {
            None if change.key == SERVING => self.serving = Serving::default(),
            None => drop(self.ready.remove(&change.key)),
            Some(stored) if change.key == SERVING => self.serving = bus::serving(&stored.value)?,
            Some(stored) => match view(&change.key, &stored)? {
                Some(view) => drop(self.ready.insert(change.key, view)),
                None => drop(self.ready.remove(&change.key)),
            },
        }
        Ok(())
    }

    /// Where what should serve is not ready, recommendations are made by the initial policy.
    fn served(&self) -> PolicyView {
        self.ready.get(&self.serving.policy).cloned().unwrap_or_else(PolicyView::unpublished)
    }
}

/// The policy stored under `key`; `None` while it has learned too little to serve.
fn view(key: &str, stored: &Stored) -> Result<Option<PolicyView>, Malformed> {
    let policy: v1::PolicyPublished = decode("PolicyPublished", &stored.value)?;
    let view = PolicyView::of(key, stored.revision, &policy)?;
    Ok(policy.is_ready().then_some(view))
}

/// After a broken connection the broker tells again what is known: no news for anybody.
fn tell(app: &App, view: PolicyView) {
    app.policy.send_if_modified(|before| {
        let news = *before != view;
        *before = view;
        news
    });
}
