//! The whole router, request by request. No broker, no Redis; a recommender only where a test says so.

mod admin_door;
mod bad_input;
mod contract;
mod every_answer;
mod large_bodies;
mod operators;
mod page;
mod peers_away;
mod policies;
mod recommender;
mod slow_readers;
mod who_may_call;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use bus::{Bus, Stored};
use clap::Parser;
use proto::{Message, v1};
use runtime::Health;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::app::App;
use crate::client::Peer;
use crate::{Config, routes};

/// Where the tests call from.
const HERE: Peer = Peer(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// A gateway without a listener.
struct Edge {
    app: Arc<App>,
    router: Router,
    _objects: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Edge {
    /// Port 9 of this machine serves nobody: every peer is away.
    async fn alone() -> Self {
        Self::with(&[]).await
    }

    async fn with(flags: &[&str]) -> Self {
        let objects = tempfile::tempdir().unwrap();
        let folder = objects.path().to_str().unwrap();
        let away = [
            ["avzeus-gateway", "--objects"].as_slice(),
            &[folder, "--nats-url", "nats://127.0.0.1:9", "--redis-url", "redis://127.0.0.1:9"],
        ];
        let mut line: Vec<&str> = away.concat();
        for flag in ["--recommend-url", "--embed-url", "--cluster-url", "--ingest-url"] {
            if !flags.contains(&flag) {
                line.extend([flag, "http://127.0.0.1:9"]);
            }
        }
        line.extend(flags);
        let config = Config::parse_from(line);
        let bus = Bus::connect("gateway", &config.bus, &Health::default()).await.unwrap();
        let app = App::new(&config, bus, CancellationToken::new()).unwrap();
        Self { router: routes::router(app.clone(), Router::new()), app, _objects: objects }
    }

    /// Has the roster told of `people`, who consent to being shown until `expires_on` (empty: without an end).
    fn enrolled(&self, people: &[&str], expires_on: &str) {
        self.app.consents.withdrawals_are_told();
        for person in people {
            let enrolment = v1::Enrolment {
                alias: format!("alias-{person}"),
                consent_display: true,
                consent_expires_on: expires_on.to_owned(),
                ..Default::default()
            };
            let stored = Stored { revision: 1, value: enrolment.encode_to_vec().into() };
            self.app.consents.tell((*person).to_owned(), Some(&stored));
        }
    }

    /// The answer, which the contract must name.
    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.unchecked(request).await;
        contract::check(&method, &path, &answer);
        answer
    }

    async fn unchecked(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(HERE);
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, json: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(json.into()).unwrap()).await
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a whole problem of `status` and gives its `field` and `detail`.
    fn problem(&self, status: u16) -> (Option<String>, String) {
        let problem = self.json();
        assert_eq!(self.status.as_u16(), status, "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{problem}");
        assert_eq!(problem["title"], self.status.canonical_reason().unwrap());
        let retry = self.headers.contains_key("retry-after");
        assert_eq!(retry, [429, 503].contains(&status), "retry-after of {status}");
        (problem["field"].as_str().map(str::to_owned), problem["detail"].as_str().unwrap().to_owned())
    }
}
