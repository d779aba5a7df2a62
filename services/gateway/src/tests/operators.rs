//! What operators do, with a collector and a cataloguer that answer what a test wants.

use std::pin::Pin;

use axum::body::Body;
use axum::http::{Method, Request};
use futures::{Stream, stream};
use proto::v1;
use proto::v1::cataloguer_server::{Cataloguer, CataloguerServer};
use proto::v1::collect_progress::Told;
use proto::v1::collector_server::{Collector, CollectorServer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request as Call, Response as Reply, Status, Streaming};

use super::{Answer, Edge};

const TOKEN: &str = "correct-horse-battery";
const ROSTER: &str = "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Refuses line 3 of every roster; knows nine people, one a group, of whom p0 was chosen by hand.
struct Peers;

#[tonic::async_trait]
impl Collector for Peers {
    type ImportRosterStream = Messages<v1::CollectProgress>;
    type CollectStream = Messages<v1::CollectProgress>;

    async fn import_roster(
        &self,
        call: Call<v1::ImportRosterRequest>,
    ) -> Result<Reply<Self::ImportRosterStream>, Status> {
        let v1::ImportRosterRequest { rows, photos, .. } = call.into_inner();
        if photos == "/nowhere" {
            return Err(Status::invalid_argument("/nowhere is no folder on the collector's machine"));
        }
        let refused = rows.iter().filter(|row| row.line == 3).map(|row| {
            let (line, id) = (row.line, row.id.clone());
            Told::Refused(v1::RefusedRow {
                line,
                id,
                reason: "name is empty".into(),
                column: "name".into(),
                ..Default::default()
            })
        });
        let count = v1::CollectCount { people: 1, refused_rows: 1, ..Default::default() };
        let told: Vec<_> = refused.chain([Told::Count(count), Told::Summary(count)]).collect();
        let told = told.into_iter().map(|told| Ok(v1::CollectProgress { told: Some(told) }));
        Ok(Reply::new(Box::pin(stream::iter(told))))
    }

    async fn collect(&self, call: Call<v1::CollectRequest>) -> Result<Reply<Self::CollectStream>, Status> {
        match call.into_inner().people.first().map(String::as_str) {
            Some("busy") => Err(Status::aborted("a roster is being imported or collected")),
            _ => Ok(Reply::new(Box::pin(stream::iter([Err(Status::not_found("bo is not on the roster"))])))),
        }
    }
}

fn described() -> v1::DescribeReply {
    let people = (0..9).map(|p| v1::DescribedPerson {
        person: format!("p{p}"),
        name: format!("P {p}"),
        group: Some(p),
        ..Default::default()
    });
    v1::DescribeReply {
        catalogue_version: "c1".into(),
        representatives: (0..9).map(|p| format!("p{p}")).collect(),
        people: people.collect(),
        chosen: vec![0],
        ..Default::default()
    }
}

#[tonic::async_trait]
impl Cataloguer for Peers {
    type ElbowStream = Messages<v1::ElbowRow>;
    type ExportStream = Messages<v1::ExportPart>;

    async fn describe(&self, _: Call<v1::DescribeRequest>) -> Result<Reply<v1::DescribeReply>, Status> {
        Ok(Reply::new(described()))
    }

    async fn rebuild(&self, call: Call<v1::RebuildRequest>) -> Result<Reply<v1::DescribeReply>, Status> {
        match call.into_inner().force {
            true => Ok(Reply::new(described())),
            false => Err(Status::aborted("the catalogue is not published: an alarm rings")),
        }
    }

    async fn replace_representative(
        &self,
        call: Call<v1::ReplaceRepresentativeRequest>,
    ) -> Result<Reply<v1::DescribeReply>, Status> {
        match call.into_inner().person.as_str() {
            "p8" => Err(Status::aborted("p8 is not in group 1, so they cannot stand for it")),
            _ => Ok(Reply::new(described())),
        }
    }

    async fn elbow(&self, _: Call<v1::ElbowRequest>) -> Result<Reply<Self::ElbowStream>, Status> {
        Err(Status::unimplemented("nobody asks here"))
    }

    async fn export(&self, _: Call<v1::ExportRequest>) -> Result<Reply<Self::ExportStream>, Status> {
        Err(Status::unimplemented("nobody asks here"))
    }

    async fn import(&self, _: Call<Streaming<v1::ImportRow>>) -> Result<Reply<v1::ImportReply>, Status> {
        Err(Status::unimplemented("nobody asks here"))
    }
}

/// A gateway with peers; they end with the set.
async fn peopled() -> (Edge, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut peers = JoinSet::new();
    peers.spawn(async move {
        let server = tonic::transport::Server::builder()
            .add_service(CollectorServer::new(Peers))
            .add_service(CataloguerServer::new(Peers));
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    let edge = Edge::with(&["--admin-token", TOKEN, "--cluster-url", &url, "--ingest-url", &url]).await;
    (edge, peers)
}

async fn ask(edge: &Edge, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder().method(method).uri(format!("/api/v1/admin/{path}"));
    let request = request.header("authorization", format!("Bearer {TOKEN}")).header("content-type", kind);
    edge.send(request.body(body.into()).unwrap()).await
}

async fn get(edge: &Edge, path: &str) -> Answer {
    ask(edge, Method::GET, path, "", Body::empty()).await
}

async fn post(edge: &Edge, path: &str, body: Value) -> Answer {
    ask(edge, Method::POST, path, "application/json", body.to_string()).await
}

async fn import(edge: &Edge, path: &str, roster: impl Into<Body>) -> Answer {
    ask(edge, Method::POST, path, "text/csv; charset=utf-8", roster).await
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-ndjson"));
    let text = std::str::from_utf8(&answer.body).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_roster_is_answered_row_by_row() {
    let (edge, _peers) = peopled().await;
    let rows = format!("{ROSTER}\nada,Ada,,folder,S,2026-01-31,C,template,2026-02-01,\nbo,,,folder,S,,,,,\n");
    let told = lines(&import(&edge, "roster", rows).await);
    let refused = json!({"row": {"line": 3, "id": "bo", "accepted": false, "reason": "name is empty",
                                 "column": "name", "value": "", "taken_off": false}});
    let accepted = json!({"row": {"line": 2, "id": "ada", "accepted": true, "taken_off": false}});
    assert_eq!(told[..2], [refused, accepted]);
    assert_eq!((&told[2]["count"]["people"], &told[3]["summary"]["refused_rows"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_roster_that_is_none_is_refused_as_a_whole() {
    let (edge, _peers) = peopled().await;
    let refused = async |roster: Vec<u8>| import(&edge, "roster", roster).await.problem(422).1;
    assert_eq!(refused(b"id,name\nx,y\n".to_vec()).await, "column links is missing from the header");
    assert!(refused(format!("{ROSTER},x\n").into_bytes()).await.contains("\"x\" is unknown"));
    refused(Vec::new()).await;
    refused(b"\xff\xfe\x00".to_vec()).await;
    assert_eq!(refused(format!("{ROSTER}\n").into_bytes()).await, "there are no rows below the header");
    let row = "ada,Ada,,folder,S,2026-01-31,C,template,2026-02-01,";
    let folder = import(&edge, "roster?photos=/nowhere", format!("{ROSTER}\n{row}\n")).await.problem(422);
    assert!(folder.1.contains("/nowhere is no folder"));
    ask(&edge, Method::POST, "roster", "application/json", "{}").await.problem(415);
    import(&edge, "roster?folder=x", ROSTER).await.problem(400);
    import(&edge, &format!("roster?photos={}", "x".repeat(1001)), ROSTER).await.problem(400);
    let large = vec![b'x'; crate::roster_form::MOST_BYTES + 1];
    import(&edge, "roster", large).await.problem(413);
}

#[tokio::test]
async fn collecting_is_refused_or_tells_why_it_ended() {
    let (edge, _peers) = peopled().await;
    let collect = async |people: &str| {
        post(&edge, "collect", json!({"people": [people], "photos": "", "again": false})).await
    };
    assert_eq!(collect("busy").await.problem(409).1, "a roster is being imported or collected");
    let told = lines(&collect("bo").await);
    assert_eq!((&told[0]["problem"]["status"], told.len()), (&json!(404), 1));
    let (field, _) = post(&edge, "collect", json!({"people": "ada"})).await.problem(400);
    assert_eq!(field.as_deref(), Some("people"));
}

#[tokio::test]
async fn the_catalogue_names_its_groups_and_who_was_chosen() {
    let (edge, _peers) = peopled().await;
    let catalogue = get(&edge, "catalogue").await.json();
    let groups = catalogue["groups"].as_array().unwrap();
    assert_eq!((groups.len(), &catalogue["people"], &catalogue["left_out"]), (9, &json!(9), &json!(0)));
    assert_eq!((&groups[0]["chosen"], &groups[1]["chosen"]), (&json!(true), &json!(false)));
    assert_eq!((&groups[3]["representative"]["id"], &groups[3]["members"]), (&json!("p3"), &json!(1)));
    let page = get(&edge, "catalogue/people?limit=4&cursor=p3").await.json();
    assert_eq!((&page["people"][0]["id"], &page["next"]), (&json!("p4"), &json!("p7")));
    let members = get(&edge, "catalogue/groups/5").await.json();
    assert_eq!((&members["people"][0]["id"], &members["next"]), (&json!("p5"), &Value::Null));
    let filtered = get(&edge, "catalogue/people?filter=P%207").await.json();
    assert_eq!(filtered["people"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_cataloguer_refuses_is_told_with_its_reason() {
    let (edge, _peers) = peopled().await;
    assert!(post(&edge, "catalogue/rebuild", json!({"force": false})).await.problem(409).1.contains("alarm"));
    assert_eq!(post(&edge, "catalogue/rebuild", json!({"force": true})).await.status, 200);
    let replace = async |group: &str, person: Value| {
        post(&edge, &format!("catalogue/groups/{group}/representative"), json!({"person_id": person})).await
    };
    let (field, detail) = replace("1", json!("p8")).await.problem(409);
    assert_eq!((field.as_deref(), detail.starts_with("p8 is not in group 1")), (Some("person_id"), true));
    assert_eq!(replace("1", json!("p1")).await.status, 200);
    assert_eq!(replace("1", Value::Null).await.status, 200);
    replace("1", json!("")).await.problem(422);
    replace("1", json!(7)).await.problem(400);
    for group in ["9", "-1", "x", "4294967296"] {
        replace(group, json!("p1")).await.problem(404);
        get(&edge, &format!("catalogue/groups/{group}")).await.problem(404);
    }
}

#[tokio::test]
async fn a_page_of_people_that_cannot_be_is_400() {
    let (edge, _peers) = peopled().await;
    let long = format!("filter={}", "x".repeat(101));
    for query in ["limit=0", "limit=201", "limit=x", "cursor=", "cursor=A", "page=2", long.as_str()] {
        for path in ["roster", "catalogue/people", "catalogue/groups/3"] {
            get(&edge, &format!("{path}?{query}")).await.problem(400);
        }
    }
}

#[tokio::test]
async fn nobody_is_erased_without_their_id_typed_once_more() {
    let (edge, _peers) = peopled().await;
    for (body, status) in [(json!({"confirm": "bo"}), 422), (json!({}), 400), (json!({"confirm": true}), 400)]
    {
        let (field, _) = post(&edge, "people/ada/erase", body).await.problem(status);
        assert_eq!(field.as_deref(), Some("confirm"));
    }
    post(&edge, "people/Ada.x/erase", json!({"confirm": "Ada.x"})).await.problem(404);
    let crop = "0".repeat(32);
    for path in ["people/A", "people/A/erasure", "people/ada/crops/x", &format!("people/A/crops/{crop}")] {
        get(&edge, path).await.problem(404);
    }
    get(&edge, &format!("people/ada/crops/{crop}?view=x")).await.problem(400);
}

#[tokio::test]
async fn while_everyone_is_away_operators_are_told_so() {
    let edge = Edge::with(&["--admin-token", TOKEN]).await;
    let crop = format!("people/ada/crops/{}", "0".repeat(32));
    for path in ["roster", "people/ada", "people/ada/erasure", "catalogue", "catalogue/people", &crop] {
        get(&edge, path).await.problem(503);
    }
    post(&edge, "people/ada/erase", json!({"confirm": "ada"})).await.problem(503);
    let row = "ada,Ada,,folder,S,2026-01-31,C,template,2026-02-01,";
    import(&edge, "roster", format!("{ROSTER}\n{row}\n")).await.problem(503);
    let health = get(&edge, "health").await.json();
    assert_eq!((&health["broker"]["reached"], &health["redis"]["reached"]), (&json!(false), &json!(false)));
    let services = health["services"].as_array().unwrap();
    assert!(services.len() == 6 && services.iter().all(|s| s["state"] == "silent"), "{health}");
}
