//! `GET /api/v1/admin/health`: how every part is, as far as it can be known from here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bus::{BusError, Stream, StreamState, Subject};
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_policy::PolicyView;
use crate::rate_limit::window;
use crate::rfc3339::rfc3339;
use crate::served_catalogue::ServedCatalogue;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/health";

/// The services, in the order of a picture's way and then a click's.
const SERVICES: [&str; 6] = ["ingest", "embed", "cluster", "recommend", "gateway", "learn"];

/// How everything is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "services": [{"service": "embed", "state": "ready", "instances": [
        {"instance": "kJ2mQ", "waits_for": [], "facts": [{"name": "embeds by", "value": "openvino/bf16"}],
         "started_at": "2026-02-01T12:00:00Z"}
    ]}],
    "broker": {"reached": true, "why": ""}, "redis": {"reached": true, "why": ""},
    "streams": [{"stream": "CROPS_STORED", "messages": 741, "bytes": 402113, "backlogs": [
        {"durable": "embed-dlib", "waiting": 0, "in_hand": 0, "repeated": 0}
    ]}],
    "catalogue": {"catalogue_version": "7b73c26107dc", "people": 48}, "published_at": "2026-02-01T12:00:00Z",
    "policy": {
        "version": 12, "policy": "live", "clicks_applied": 7, "last_sequence": 9, "mean_reward_recent": -0.2,
        "updated_at": "2026-02-01T12:00:00.123Z", "weights": [1.0, 0.45, 0.35, 0.25, 0.15], "learner": "slate"
    },
    "clicks_behind": 0
}))]
pub(crate) struct Health {
    services: Vec<ServiceView>,
    broker: Reached,
    redis: Reached,
    /// Empty while the broker is away.
    streams: Vec<StreamView>,
    /// The catalogue that the recommender answers from; null where there is none.
    catalogue: Option<ServedCatalogue>,
    /// When the newest catalogue was published, RFC 3339.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<String>,
    /// The policy that serves.
    policy: PolicyView,
    /// Clicks that it has not learned from yet.
    clicks_behind: u64,
}

/// A service with everyone who runs it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"service": "embed", "state": "ready", "instances": [
    {"instance": "kJ2mQ", "waits_for": [], "facts": [{"name": "embeds by", "value": "openvino/bf16"}],
         "started_at": "2026-02-01T12:00:00Z"}
]}))]
struct ServiceView {
    service: &'static str,
    /// `ready` where one of them is, `waiting` where none is yet, `silent` where nobody answers.
    state: &'static str,
    instances: Vec<Instance>,
}

/// One that answered.
#[derive(Debug, Serialize, ToSchema)]
struct Instance {
    /// Drawn when it was started.
    instance: String,
    /// What it is not ready for want of.
    waits_for: Vec<Unmet>,
    /// What is worth knowing of how it runs.
    facts: Vec<Fact>,
    /// RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    started_at: String,
}

/// A condition that does not hold.
#[derive(Debug, Serialize, ToSchema)]
struct Unmet {
    condition: String,
    why: String,
}

/// How a service runs, in one respect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "embeds by", "value": "openvino/bf16"}))]
struct Fact {
    name: String,
    value: String,
}

/// Whether something answers.
#[derive(Debug, Serialize, ToSchema)]
struct Reached {
    reached: bool,
    /// Why not; empty where it does.
    why: String,
}

/// What a stream holds, and what of it waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"stream": "CROPS_STORED", "messages": 741, "bytes": 402113, "backlogs": [
    {"durable": "embed-dlib", "waiting": 0, "in_hand": 0, "repeated": 0}
]}))]
struct StreamView {
    stream: &'static str,
    messages: u64,
    bytes: u64,
    backlogs: Vec<BacklogView>,
}

/// What those who share a stream's messages have not settled.
#[derive(Debug, Serialize, ToSchema)]
struct BacklogView {
    /// Who they are.
    durable: String,
    /// Messages that nobody has been given yet.
    waiting: u64,
    /// Messages in workers' hands.
    in_hand: u64,
    /// Those of them that were handed out before.
    repeated: u64,
}

/// How every service, the broker, Redis and the streams are. It is told also while some of them are away.
#[utoipa::path(get, path = "/api/v1/admin/health", operation_id = "health", security(("operator" = [])), responses(
    (status = 200, body = Health, description = "how everything is"),
))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Json<Health> {
    let (answers, streams, published, redis) = tokio::join!(
        app.bus.everyones_health(),
        app.bus.streams(),
        published_at(&app),
        app.rate.counts.made("health", window().0),
    );
    let broker = Reached::of(&streams);
    let (answers, streams) = (answers.unwrap_or_default(), streams.unwrap_or_default());
    let policy = app.policy.borrow().clone();
    let clicks = streams.iter().find(|state| state.stream == Stream::Clicks).map_or(0, |state| state.last);
    Json(Health {
        services: SERVICES.into_iter().map(|service| ServiceView::of(service, &answers)).collect(),
        broker,
        redis: Reached::of(&redis),
        streams: streams.into_iter().map(StreamView::from).collect(),
        catalogue: app.served.borrow().clone(),
        published_at: published.ok().flatten(),
        clicks_behind: clicks.saturating_sub(policy.last_sequence),
        policy,
    })
}

async fn published_at(app: &App) -> Result<Option<String>, BusError> {
    let newest = app.bus.last::<v1::CataloguePublished>(Subject::CataloguePublished).await?;
    let published = newest.and_then(|entry| entry.message.ok()).filter(|event| !event.version.is_empty());
    Ok(published.map(|event| rfc3339(event.published_at_ms)))
}

impl ServiceView {
    fn of(service: &'static str, answers: &[v1::ServiceHealth]) -> Self {
        let ours = answers.iter().filter(|answer| answer.service == service);
        let instances: Vec<_> = ours.map(Instance::from).collect();
        let state = match instances.iter().any(|instance| instance.waits_for.is_empty()) {
            true => "ready",
            false if instances.is_empty() => "silent",
            false => "waiting",
        };
        Self { service, state, instances }
    }
}

impl From<&v1::ServiceHealth> for Instance {
    fn from(answer: &v1::ServiceHealth) -> Self {
        let unmet = answer
            .unmet
            .iter()
            .map(|(condition, why)| Unmet { condition: condition.clone(), why: why.clone() });
        let mut waits_for: Vec<_> = unmet.collect();
        waits_for.sort_by(|a, b| a.condition.cmp(&b.condition));
        let mut facts = Vec::new();
        for (name, value) in &answer.facts {
            facts.push(Fact { name: name.clone(), value: value.clone() });
        }
        facts.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            instance: answer.instance.clone(),
            waits_for,
            facts,
            started_at: rfc3339(answer.started_at_ms),
        }
    }
}

impl Reached {
    fn of<T, E: std::error::Error>(answer: &Result<T, E>) -> Self {
        let why = answer.as_ref().err().map(|error| runtime::failure::told(error)).unwrap_or_default();
        Self { reached: answer.is_ok(), why }
    }
}

impl From<StreamState> for StreamView {
    fn from(state: StreamState) -> Self {
        let StreamState { stream, messages, bytes, backlogs, .. } = state;
        let backlogs = backlogs.into_iter().map(|bus::Backlog { durable, waiting, in_hand, repeated }| {
            BacklogView { durable, waiting, in_hand, repeated }
        });
        Self { stream: stream.name(), messages, bytes, backlogs: backlogs.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_ready_where_one_of_its_instances_is() {
        let answer = |service: &str, unmet: &[&str]| v1::ServiceHealth {
            service: service.into(),
            unmet: unmet.iter().map(|name| ((*name).to_owned(), "not met yet".to_owned())).collect(),
            ..Default::default()
        };
        let answers = [answer("embed", &["nets"]), answer("embed", &[]), answer("learn", &["broker", "a"])];
        let state = |service| ServiceView::of(service, &answers).state;
        assert_eq!((state("embed"), state("learn"), state("ingest")), ("ready", "waiting", "silent"));
        let unmet = &ServiceView::of("learn", &answers).instances[0].waits_for;
        assert_eq!(unmet.iter().map(|u| u.condition.as_str()).collect::<Vec<_>>(), ["a", "broker"]);
    }
}
