//! The door before /api/v1/admin: a bearer token, compared in constant time and never logged; no request of another
//! site's page; and few wrong tokens a minute.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::client::{Peer, caller, client};
use crate::metrics;
use crate::page_origin::{AnotherSite, another_site};
use crate::problem::Problem;
use crate::rate_limit::{WINDOW_SECONDS, window};

/// What opens it: the token's digest, so that comparing takes as long whatever is offered.
#[derive(Clone)]
pub(crate) struct AdminToken([u8; 32]);

impl AdminToken {
    /// The token spelled `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    fn is(&self, offered: &str) -> bool {
        Self::new(offered).0.ct_eq(&self.0).into()
    }
}

/// Why somebody is not let in.
enum Refusal {
    AnotherSite(AnotherSite),
    NoToken,
    WrongToken,
}

/// Lets operators in.
pub(crate) async fn guarded(
    State((app, token)): State<(Arc<App>, AdminToken)>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied().expect("serving says whose connection it is");
    let caller = format!("admin:{}", caller(client(peer, request.headers(), &app.access.trusted_proxies.0)));
    let other_site = another_site(&app.access, peer, request.headers(), request.uri());
    let refusal = match other_site {
        Some(site) => Some(Refusal::AnotherSite(site)),
        None => wrong_token(&token, request.headers()),
    };
    // Whoever offers no token guesses at none; and another site's page must not use up an operator's tries.
    if let Some(refusal @ (Refusal::AnotherSite(_) | Refusal::NoToken)) = refusal {
        return refusal.into_response();
    }
    // Without Redis nobody counts; the token itself is too long to be guessed.
    let tries = app.rate.tell(app.rate.counts.made(&caller, window().0).await).unwrap_or(0);
    if tries >= app.access.admin_tries {
        metrics::admin_refused("tries");
        return too_many(app.access.admin_tries).into_response();
    }
    let Some(refusal) = refusal else {
        // The pattern, not the path: a path may name a person.
        let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
        tracing::info!(route, method = %request.method(), "an operator was let in");
        return next.run(request).await;
    };
    let _counted = app.rate.tell(app.rate.counts.count(&caller, window().0, 2 * WINDOW_SECONDS).await);
    refusal.into_response()
}

fn too_many(tries: u64) -> Problem {
    let detail = format!("more than {tries} wrong tokens within a minute; try again later");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(window().1)
}

/// What is wrong with the token that is offered; `None`: nothing.
fn wrong_token(token: &AdminToken, headers: &HeaderMap) -> Option<Refusal> {
    let offered = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let offered = offered.and_then(|value| value.split_once(' '));
    match offered.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        None => Some(Refusal::NoToken),
        Some((_, offered)) => (!token.is(offered.trim())).then_some(Refusal::WrongToken),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (why, problem) = match self {
            Self::AnotherSite(site) => {
                ("site", Problem::new(StatusCode::FORBIDDEN, site.detail()).code("another_site"))
            }
            Self::NoToken => {
                let detail = "send the operator's token: authorization: Bearer …";
                ("none", Problem::new(StatusCode::UNAUTHORIZED, detail))
            }
            Self::WrongToken => {
                let detail = "that is not the operator's token";
                ("wrong", Problem::new(StatusCode::FORBIDDEN, detail).code("wrong_token"))
            }
        };
        metrics::admin_refused(why);
        tracing::warn!(why, "somebody was not let in as an operator");
        let mut response = problem.into_response();
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
