//! `GET /api/v1/admin/catalogue`, and what is done to it: everyone grouped anew, a representative replaced.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domain::GROUPS;
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_admin_person::{CATALOGUER, Catalogued};
use crate::id_page::IdPage;
use crate::json::JsonObject;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/catalogue";
/// Everyone grouped anew.
pub(crate) const REBUILD: &str = "/api/v1/admin/catalogue/rebuild";
/// Everyone the cataloguer knows.
pub(crate) const PEOPLE: &str = "/api/v1/admin/catalogue/people";
/// Those of one group.
pub(crate) const GROUP: &str = "/api/v1/admin/catalogue/groups/{group}";
/// Who stands for it.
pub(crate) const REPRESENTATIVE: &str = "/api/v1/admin/catalogue/groups/{group}/representative";

/// The catalogue as it is being made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "catalogue_version": "7b73c26107dc", "profile": "dlib-resnet-v1", "generation": 2, "changed_share": 0.04, "people": 48,
    "left_out": 1, "obstacle": "", "crops": {"stored": 744, "embedded": 741, "looked_at": 741, "dead": 3},
    "groups": [{"group": 3, "members": 5, "chosen": true, "representative": {
        "id": "ada", "name": "Ada", "group": 3, "left_out": "", "kept": 11, "dropped": 2, "imported": false,
        "portrait": "00000000000000000000000000000000", "closeness": 0.71
    }}],
    "alarms": [], "changes": {"moved": 3, "stayed": 44, "faces": 1}
}))]
pub(crate) struct CatalogueView {
    /// What serves; empty before the first.
    catalogue_version: String,
    /// Model profile that its vectors come from.
    profile: String,
    /// Full groupings so far.
    generation: u32,
    /// People who changed, came or left since the last one, as a share of it.
    changed_share: f64,
    /// People in it.
    people: usize,
    /// People who are known and not in it.
    left_out: usize,
    /// What keeps a catalogue, or a newer one, from being published; empty where nothing does.
    obstacle: String,
    crops: Crops,
    groups: Vec<GroupView>,
    /// What rings. An alarm that is not accepted keeps the catalogue from being published.
    alarms: Vec<AlarmView>,
    changes: Changes,
}

/// Crops on their way into the catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Crops {
    /// Stored by the collector.
    stored: u32,
    /// Embedded with the profile.
    embedded: u32,
    /// Looked at for the catalogue.
    looked_at: u32,
    /// Stored, and without a vector for ever: a dead letter says why.
    dead: u32,
}

/// A group and who stands for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"group": 3, "members": 5, "chosen": true, "representative": {
    "id": "ada", "name": "Ada", "group": 3, "left_out": "", "kept": 11, "dropped": 2, "imported": false,
    "portrait": "00000000000000000000000000000000", "closeness": 0.71
}}))]
struct GroupView {
    /// 0 to 8.
    group: u32,
    members: usize,
    /// Whether the representative was chosen by hand.
    chosen: bool,
    representative: Option<Catalogued>,
}

/// Something about the catalogue that somebody must look at.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmView {
    name: String,
    words: String,
    /// Whether the catalogue is published in spite of it.
    accepted: bool,
}

/// What the last full grouping changed.
#[derive(Debug, Serialize, ToSchema)]
struct Changes {
    /// People who are in another group since.
    moved: u32,
    /// People who were in the catalogue before and still are.
    stayed: u32,
    /// Groups that show another face since.
    faces: u32,
}

/// Whether everyone is grouped anew in spite of alarms.
#[derive(ToSchema)]
#[schema(example = json!({"force": false}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct Rebuild {
    /// Publish in spite of the alarms that ring, now and until they are over.
    force: bool,
}

/// Who stands for a group from now on.
#[derive(ToSchema)]
#[schema(example = json!({"person_id": "ada"}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct Replacement {
    /// Somebody of that group who can be shown; null leaves the choice to the cosines again.
    #[schema(required = true)]
    person_id: Option<String>,
}

/// A page of people as the cataloguer knows them, by id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"people": [{
    "id": "ada", "name": "Ada", "group": 3, "left_out": "", "kept": 11, "dropped": 2, "imported": false,
    "portrait": "00000000000000000000000000000000", "closeness": 0.71
}], "next": "ada"}))]
pub(crate) struct CataloguedPeople {
    people: Vec<Catalogued>,
    /// Cursor of the page behind this one; absent where this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The catalogue, its groups and alarms.
#[utoipa::path(get, path = "/api/v1/admin/catalogue", operation_id = "catalogue", security(("operator" = [])), responses(
    (status = 200, body = CatalogueView, description = "the catalogue"),
))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Json<CatalogueView>, Problem> {
    Ok(Json(described(&app).await?.into()))
}

/// Everyone the cataloguer knows, in the catalogue or not.
#[utoipa::path(get, path = "/api/v1/admin/catalogue/people", operation_id = "cataloguedPeople", params(IdPage),
    security(("operator" = [])), responses(
    (status = 200, body = CataloguedPeople, description = "a page of people"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such page"),
))]
pub(crate) async fn people(
    State(app): State<Arc<App>>,
    page: Result<Query<IdPage>, QueryRejection>,
) -> Result<Json<CataloguedPeople>, Problem> {
    page_of(&app, IdPage::asked(page)?, |_| true).await
}

/// Everyone in a group.
#[utoipa::path(get, path = "/api/v1/admin/catalogue/groups/{group}", operation_id = "group",
    params(("group" = u32, Path, minimum = 0, maximum = 8), IdPage), security(("operator" = [])), responses(
    (status = 200, body = CataloguedPeople, description = "a page of people"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such page"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "no such group"),
))]
pub(crate) async fn group(
    State(app): State<Arc<App>>,
    path: Result<Path<u32>, PathRejection>,
    page: Result<Query<IdPage>, QueryRejection>,
) -> Result<Json<CataloguedPeople>, Problem> {
    let group = numbered(path)?;
    page_of(&app, IdPage::asked(page)?, |person| person.group == Some(group)).await
}

/// Groups everyone anew, and answers when that is published. Refused while an alarm rings, unless forced.
#[utoipa::path(post, path = "/api/v1/admin/catalogue/rebuild", operation_id = "rebuild", request_body = Rebuild,
    security(("operator" = [])), responses(
    (status = 200, body = CatalogueView, description = "the catalogue"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "an alarm rings, or too few people are there"),
))]
pub(crate) async fn rebuild(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<Json<CatalogueView>, Problem> {
    let request = v1::RebuildRequest { force: body.take("force")? };
    let reply = app.cataloguer.clone().rebuild(request).await;
    Ok(Json(reply.map_err(|status| Problem::of_peer(CATALOGUER, &status))?.into_inner().into()))
}

/// Lets somebody stand for their group, and answers when that is published. They do for as long as they are in that group and
/// can be shown, whatever is grouped anew.
#[utoipa::path(post, path = "/api/v1/admin/catalogue/groups/{group}/representative", operation_id = "replaceRepresentative",
    params(("group" = u32, Path, minimum = 0, maximum = 8)), request_body = Replacement, security(("operator" = [])), responses(
    (status = 200, body = CatalogueView, description = "the catalogue"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "no such group"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "they are not in that group or cannot be shown, or an alarm rings"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "no such id"),
))]
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    path: Result<Path<u32>, PathRejection>,
    mut body: JsonObject,
) -> Result<Json<CatalogueView>, Problem> {
    let group = numbered(path)?;
    let person: Option<String> = body.take("person_id")?;
    if person.as_ref().is_some_and(String::is_empty) {
        return Err(Problem::bad_input("person_id must be an id, or null").field("person_id"));
    }
    let request = v1::ReplaceRepresentativeRequest { group, person: person.unwrap_or_default() };
    let reply = app.cataloguer.clone().replace_representative(request).await;
    let reply = reply.map_err(|status| Problem::of_peer(CATALOGUER, &status).field("person_id"))?;
    Ok(Json(reply.into_inner().into()))
}

async fn described(app: &App) -> Result<v1::DescribeReply, Problem> {
    let reply = app.cataloguer.clone().describe(v1::DescribeRequest::default()).await;
    Ok(reply.map_err(|status| Problem::of_peer(CATALOGUER, &status))?.into_inner())
}

async fn page_of(
    app: &App,
    page: IdPage,
    wanted: impl Fn(&v1::DescribedPerson) -> bool,
) -> Result<Json<CataloguedPeople>, Problem> {
    let people = described(app).await?.people.into_iter();
    let people = people.filter(|p| wanted(p) && page.means(&p.person, &p.name)).map(Catalogued::from);
    let (people, next) = page.cut(people, |person| &person.id);
    Ok(Json(CataloguedPeople { people, next }))
}

fn numbered(path: Result<Path<u32>, PathRejection>) -> Result<u32, Problem> {
    let group = path.ok().map(|Path(group)| group).filter(|&group| (group as usize) < GROUPS);
    group.ok_or_else(|| Problem::not_found(format!("groups are numbered 0 to {}", GROUPS - 1)))
}

impl From<v1::DescribeReply> for CatalogueView {
    fn from(reply: v1::DescribeReply) -> Self {
        let members =
            |group: usize| reply.people.iter().filter(|p| p.group.map(|g| g as usize) == Some(group)).count();
        let groups = reply.representatives.iter().enumerate().map(|(group, face)| GroupView {
            group: group as u32,
            members: members(group),
            chosen: reply.chosen.contains(&(group as u32)),
            representative: reply.people.iter().find(|p| p.person == *face).cloned().map(Catalogued::from),
        });
        let obstacle = reply.obstacle().map_or_else(String::new, |obstacle| obstacle.to_string());
        let (groups, changes) = (groups.collect(), reply.changes.unwrap_or_default());
        let people = reply.people.iter().filter(|person| person.group.is_some()).count();
        let alarms = reply.alarms.into_iter();
        Self {
            people,
            left_out: reply.people.len() - people,
            obstacle,
            groups,
            catalogue_version: reply.catalogue_version,
            profile: reply.profile,
            generation: reply.generation,
            changed_share: reply.changed_share,
            crops: Crops {
                stored: reply.crops_stored,
                embedded: reply.crops,
                looked_at: reply.crops_in_catalogue,
                dead: reply.crops_dead,
            },
            alarms: alarms
                .map(|v1::Alarm { name, words, accepted }| AlarmView { name, words, accepted })
                .collect(),
            changes: Changes {
                moved: changes.moved,
                stayed: changes.stayed,
                faces: changes.faces.len() as u32,
            },
        }
    }
}
