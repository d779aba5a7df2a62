//! `GET /api/openapi.json`: the contract, made from the routes' own types.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder, Server,
};
use utoipa::{OpenApi, ToSchema};

use crate::app::App;
use crate::openapi_examples::Examples;
use crate::problem::Problem;
use crate::{
    http_admin_catalogue, http_admin_clicks, http_admin_collect, http_admin_crop, http_admin_dead_letter,
    http_admin_dead_letters, http_admin_erasure, http_admin_health, http_admin_person, http_admin_policies,
    http_admin_policies_calibration, http_admin_policies_curve, http_admin_policies_promote,
    http_admin_policies_rollback, http_admin_policies_values, http_admin_policies_weights, http_admin_roster,
    http_clicks, http_crops, http_events, http_photos_faces, http_policy, http_recommendations,
    http_recommendations_photo, http_representatives, http_silhouette, openapi_tags,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "AVzeus",
        description = "Five of nine faces, ten people, one click, and the policy that learns. Whatever fails answers \
            application/problem+json (RFC 9457), whose `code` programs go by."
    ),
    paths(
        http_representatives::list,
        http_recommendations::recommend,
        http_recommendations_photo::recommend,
        http_photos_faces::find,
        http_clicks::record,
        http_policy::show,
        http_events::listen,
        http_crops::show,
        http_silhouette::show,
    ),
    components(schemas(Problem))
)]
struct Contract;

/// What there is for operators besides, where there are any.
#[derive(OpenApi)]
#[openapi(paths(
    http_admin_dead_letters::list,
    http_admin_roster::list,
    http_admin_roster::import,
    http_admin_collect::collect,
    http_admin_person::show,
    http_admin_crop::show,
    http_admin_erasure::erase,
    http_admin_erasure::show,
    http_admin_catalogue::show,
    http_admin_catalogue::people,
    http_admin_catalogue::group,
    http_admin_catalogue::replace,
    http_admin_catalogue::rebuild,
    http_admin_health::show,
    http_admin_dead_letter::read,
    http_admin_dead_letter::drop_one,
    http_admin_dead_letter::retry,
    http_admin_policies::list,
    http_admin_policies_values::show,
    http_admin_policies_promote::promote,
    http_admin_policies_rollback::back,
    http_admin_policies_curve::show,
    http_admin_policies_weights::show,
    http_admin_policies_calibration::show,
    http_admin_clicks::parquet,
    http_admin_clicks::jsonl,
))]
struct OperatorsContract;

/// Whether the operation at a path is one of them.
type Applies = fn(&str, &Operation) -> bool;

/// Answers that any route behind the limits gives before or instead of its own, and to which of them.
const AROUND: [(&str, &str, Applies); 8] = [
    ("400", "not what is asked for, or an idempotency-key that is no word", |_, o| o.request_body.is_some()),
    ("401", "without a token", |path, _| path.starts_with("/api/v1/admin/")),
    ("403", "a wrong token (`wrong_token`), or a page of another site (`another_site`)", |path, _| {
        path.starts_with("/api/v1/admin/")
    }),
    ("413", "the body is larger than is taken", |_, o| o.request_body.is_some()),
    ("415", "a body of another kind", |_, o| o.request_body.is_some()),
    (
        "429",
        "too many requests at once, or from one caller; Retry-After says when to try again",
        |path, _| path.starts_with("/api/v1/") || path.starts_with("/media/crops/"),
    ),
    ("500", "a bug; the log says which, under the same x-request-id", |_, _| true),
    ("503", "something that is needed is away; Retry-After says when to try again", |_, _| true),
];

/// The contract.
pub(crate) async fn show(State(app): State<Arc<App>>) -> Json<Document> {
    Json(document(app.admin.is_some()))
}

/// The contract, with or without operators.
pub(crate) fn document(operators: bool) -> Document {
    let mut document = Contract::openapi();
    if operators {
        document.merge(OperatorsContract::openapi());
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_with(Components::new).add_security_scheme("operator", bearer);
    }
    // Without one some tools take the contract for that of no server at all.
    document.servers = Some(vec![Server::new("/")]);
    openapi_tags::tag(&mut document);
    let examples = Examples::of(&document);
    for (path, item) in &mut document.paths.paths {
        let methods = [("GET", &mut item.get), ("POST", &mut item.post), ("DELETE", &mut item.delete)];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            word(operation);
            surround(path, operation);
            examples.give(method, path, operation);
        }
    }
    document
}

/// Makes the first sentence of what an operation does its summary, and all of it its description.
fn word(operation: &mut Operation) {
    let words = [operation.summary.take(), operation.description.take()];
    // A line's end within a paragraph means nothing.
    let text: Vec<_> = words.iter().flatten().flat_map(|text| text.split_whitespace()).collect();
    let text = text.join(" ");
    let summary = text.split_once(". ").map_or(text.as_str(), |(first, _)| first);
    operation.summary = Some(summary.trim_end_matches('.').to_owned());
    operation.description = Some(text);
}

/// Adds what every route answers: the limits' problems, and the request's id; and says that it asks for no token where it
/// asks for none.
fn surround(path: &str, operation: &mut Operation) {
    operation.security.get_or_insert_default();
    for (status, description, applies) in AROUND {
        if applies(path, operation) {
            let problem = || RefOr::T(problem(description));
            operation.responses.responses.entry(status.to_owned()).or_insert_with(problem);
        }
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        response.headers.insert("x-request-id".to_owned(), header(Type::String, "names the request"));
        if ["429", "503"].contains(&status.as_str()) {
            response.headers.insert("retry-after".to_owned(), header(Type::Integer, "seconds"));
        }
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

fn header(kind: Type, description: &str) -> RefOr<Header> {
    let mut header = Header::new(Object::with_type(kind));
    header.description = Some(description.to_owned());
    RefOr::T(header)
}
