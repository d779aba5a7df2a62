//! With a recommender and an embedder that answer what a test wants: the shapes of the contract.

use axum::body::Body;
use axum::http::Request;
use domain::group::Group;
use domain::{Class, Classified, GROUPS};
use proto::v1;
use proto::v1::embedder_server::{Embedder, EmbedderServer};
use proto::v1::recommender_server::{Recommender, RecommenderServer};
use runtime::failure::grpc_status;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request as Call, Response as Reply, Status};

use super::Edge;
use crate::on_catalogue_published::PhotoGroups;

/// Holds catalogue `held`, in which p7, p8 and p9 are the best in that order; embeds every photo as the axis of group 3, leaning to 0, 1, 2 and 4, and has the nets of
/// profiles dlib and next.
struct Peers;

/// As the embedder refuses it.
#[derive(Debug, thiserror::Error)]
#[error("the file is a web page, not a PNG, JPEG or WebP picture: give the picture itself")]
struct NotAPicture;

impl Classified for NotAPicture {
    fn class(&self) -> Class {
        Class::BadInput
    }

    fn code(&self) -> &'static str {
        "not_a_picture"
    }
}

#[tonic::async_trait]
impl Recommender for Peers {
    async fn representatives(
        &self,
        _: Call<v1::RepresentativesRequest>,
    ) -> Result<Reply<v1::RepresentativesReply>, Status> {
        let representatives = (0..9).map(|group| v1::Representative { group, person: Some(shown("p1")) });
        Ok(Reply::new(v1::RepresentativesReply {
            catalogue_version: "held".into(),
            representatives: representatives.collect(),
            people: 45,
        }))
    }

    async fn recommend(&self, call: Call<v1::RecommendRequest>) -> Result<Reply<v1::RecommendReply>, Status> {
        let v1::RecommendRequest { catalogue_version, hidden, .. } = call.into_inner();
        let best = ["p7", "p8", "p9"].into_iter().find(|person| !hidden.iter().any(|id| id == person));
        let Some(best) = best else { return Err(Status::unavailable("fewer than ten")) };
        match catalogue_version.as_str() {
            "held" => Ok(Reply::new(v1::RecommendReply {
                recommendation: "r1".into(),
                catalogue_version: "held".into(),
                policy_version: 3,
                weights: vec![1.0, 0.45, 0.35, 0.25, 0.15],
                people: vec![v1::RecommendedPerson { rank: 1, person: Some(shown(best)), score: 0.1 }],
                policy: "live".into(),
            })),
            "full" => Err(Status::resource_exhausted("the queue is full")),
            "broken" => Err(Status::internal("secret")),
            gone => Err(Status::aborted(format!("catalogue {gone} is no longer held"))),
        }
    }
}

#[tonic::async_trait]
impl Embedder for Peers {
    async fn find_faces(
        &self,
        call: Call<v1::FindFacesRequest>,
    ) -> Result<Reply<v1::FindFacesReply>, Status> {
        let face =
            |bounds: [f32; 4]| v1::Face { bounds: bounds.into(), probability: 0.5, landmarks: vec![1.0; 10] };
        match call.into_inner().picture.as_slice() {
            b"no picture" => Err(grpc_status(&NotAPicture)),
            b"no face" => Ok(Reply::new(v1::FindFacesReply { width: 64, height: 48, faces: vec![] })),
            _ => {
                let faces = vec![face([-2.5, 8.0, 40.0, 50.0]), face([44.0, 8.0, 60.0, 30.0])];
                Ok(Reply::new(v1::FindFacesReply { width: 64, height: 48, faces }))
            }
        }
    }

    async fn embed_photo(
        &self,
        call: Call<v1::EmbedPhotoRequest>,
    ) -> Result<Reply<v1::EmbedPhotoReply>, Status> {
        let v1::EmbedPhotoRequest { picture, profile, face } = call.into_inner();
        if face > 1 {
            return Err(Status::invalid_argument("the picture has 2 faces"));
        }
        match (picture.as_slice(), profile.as_str()) {
            (b"no face", _) => Err(Status::invalid_argument("there is no face in the picture")),
            (_, "dlib" | "next") => {
                let vector = vec![0.4, 0.3, 0.2, 1.0, 0.1, 0.0, 0.0, 0.0, 0.0];
                Ok(Reply::new(v1::EmbedPhotoReply { profile, vector, ..Default::default() }))
            }
            _ => Err(Status::unavailable(format!("photos cannot be embedded with profile {profile} here"))),
        }
    }
}

fn shown(person: &str) -> v1::ShownPerson {
    let links = vec![v1::Link { label: "site".into(), url: "https://example.org/".into() }];
    v1::ShownPerson { person: person.into(), name: "P".into(), portrait: "0".repeat(32), links }
}

/// A gateway with peers; they end with the set.
async fn peopled() -> (Edge, JoinSet<()>) {
    peopled_with(&[]).await
}

pub(super) async fn peopled_with(flags: &[&str]) -> (Edge, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut peers = JoinSet::new();
    peers.spawn(async move {
        let server = tonic::transport::Server::builder()
            .add_service(RecommenderServer::new(Peers))
            .add_service(EmbedderServer::new(Peers));
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    let peers_at = ["--recommend-url", &url, "--embed-url", &url];
    let edge = Edge::with(&[&peers_at, flags].concat()).await;
    edge.enrolled(&["p1", "p7", "p8", "p9"], "");
    (edge, peers)
}

pub(super) fn groups(version: &str, profile: &str) -> PhotoGroups {
    let groups = std::array::from_fn(|k| {
        let mut vector = vec![0.0; GROUPS];
        vector[k] = 1.0;
        Group { vector, representative: 0, members: 1 }
    });
    PhotoGroups { version: version.into(), profile: profile.into(), centre: vec![], groups }
}

fn slate() -> Value {
    let image_url = format!("/media/crops/p7/{}", "0".repeat(32));
    json!({
        "recommendation_id": "r1", "catalogue_version": "held", "policy_version": 3,
        "policy": "live", "weights": [1.0, 0.45, 0.35, 0.25, 0.15],
        "people": [{"rank": 1, "id": "p7", "name": "P", "image_url": image_url,
            "links": [{"label": "site", "url": "https://example.org/"}], "score": 0.1}],
    })
}

#[tokio::test]
async fn faces_and_slates_have_the_contracts_shape() {
    let (edge, _peers) = peopled().await;
    let faces = edge.get("/api/v1/representatives").await.json();
    let image_url = format!("/media/crops/p1/{}", "0".repeat(32));
    assert_eq!(faces["catalogue_version"], "held");
    assert_eq!(faces["representatives"].as_array().unwrap().len(), GROUPS);
    let ninth = json!({"group": 8, "person": {"id": "p1", "name": "P", "image_url": image_url}});
    assert_eq!(faces["representatives"][8], ninth);
    let body = r#"{"catalogue_version":"held","ranking":[4,0,8,2,6]}"#;
    let answer = edge.post("/api/v1/recommendations", body).await;
    assert_eq!(answer.json(), slate());
    // As text too: no weight or score may show what an f32 looks like as an f64.
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.contains("[1.0,0.45,0.35,0.25,0.15]") && text.contains(r#""score":0.1"#), "{text}");
}

#[tokio::test]
async fn whoever_may_not_be_shown_is_on_no_slate_and_represents_nobody() {
    let (edge, _peers) = peopled().await;
    edge.app.groups.hold(groups("held", "dlib"));
    let body = r#"{"catalogue_version":"held","ranking":[4,0,8,2,6]}"#;
    let best = async || {
        let answer = edge.post("/api/v1/recommendations", body).await;
        let by_photo = photo(&edge, "face").await;
        assert_eq!(answer.status, by_photo.status);
        let best = |answer: &super::Answer| answer.json()["people"][0]["id"].as_str().map(str::to_owned);
        assert_eq!(best(&answer), best(&by_photo));
        best(&answer)
    };
    assert_eq!(best().await.as_deref(), Some("p7"));
    // Somebody withdraws, and the consent of the next best has ended: the catalogue that serves names both.
    edge.app.consents.withdraw("p7", true);
    edge.enrolled(&["p8"], "2020-01-01");
    assert_eq!(best().await.as_deref(), Some("p9"));
    edge.app.consents.withdraw("p9", true);
    edge.post("/api/v1/recommendations", body).await.problem(503);

    assert_eq!(edge.get("/api/v1/representatives").await.status, 200);
    edge.enrolled(&["p1"], "2020-01-01");
    let (_, detail) = edge.get("/api/v1/representatives").await.problem(503);
    assert!(detail.contains("another is being made"), "{detail}");
}

#[tokio::test]
async fn faces_that_are_held_already_are_not_sent_again() {
    let (edge, _peers) = peopled().await;
    let first = edge.get("/api/v1/representatives").await;
    let tag = first.header("etag");
    assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "no-cache"));
    let again = Request::get("/api/v1/representatives").header("if-none-match", tag);
    let again = edge.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag));
    let other = Request::get("/api/v1/representatives").header("if-none-match", "\"other\"");
    assert_eq!(edge.send(other.body(Body::empty()).unwrap()).await.body, first.body);
}

#[tokio::test]
async fn the_recommenders_refusals_keep_their_class() {
    let (edge, _peers) = peopled().await;
    let ask = async |version: &str| {
        let body = format!(r#"{{"catalogue_version":"{version}","ranking":[4,0,8,2,6]}}"#);
        edge.post("/api/v1/recommendations", body).await
    };
    let (field, detail) = ask("old").await.problem(409);
    assert_eq!(
        (field.as_deref(), detail.as_str()),
        (Some("catalogue_version"), "catalogue old is no longer held")
    );
    assert_eq!(ask("full").await.problem(429).1, "the queue is full");
    assert!(!ask("broken").await.problem(500).1.contains("secret"));
}

#[tokio::test]
async fn a_photo_ranks_the_groups_and_falls_back_to_the_catalogue_still_held() {
    let (edge, _peers) = peopled().await;
    photo(&edge, "face").await.problem(503);
    edge.app.groups.hold(groups("held", "dlib"));
    // The newest catalogue has another profile: the photo is embedded for each catalogue that is asked.
    edge.app.groups.hold(groups("not yet", "next"));
    let answer = photo(&edge, "face").await.json();
    let mut expected = slate();
    expected["ranking"] = json!([3, 0, 1, 2, 4]);
    expected["similarities"] = answer["similarities"].clone();
    assert_eq!(answer, expected);
    let similarities = answer["similarities"].as_array().unwrap();
    assert_eq!(similarities.len(), GROUPS);
    assert!((similarities[0].as_f64().unwrap() - 0.350_823).abs() < 1e-4, "{similarities:?}");

    let (field, detail) = photo(&edge, "no face").await.problem(422);
    assert_eq!((field.as_deref(), detail.as_str()), (Some("image"), "there is no face in the picture"));
    edge.app.groups.hold(groups("newer", "another"));
    assert!(photo(&edge, "face").await.problem(503).1.contains("profile another"));
}

#[tokio::test]
async fn the_faces_of_a_photo_are_told_and_nothing_else() {
    let (edge, _peers) = peopled().await;
    let answer = form(&edge, FACES, &[("image", "two faces")]).await.json();
    let faces = json!([
        { "box": [0.0, 8.0, 40.0, 48.0], "probability": 0.5 },
        { "box": [44.0, 8.0, 60.0, 30.0], "probability": 0.5 },
    ]);
    assert_eq!(answer, json!({ "width": 64, "height": 48, "faces": faces }));
    assert_eq!(form(&edge, FACES, &[("image", "no face")]).await.json()["faces"], json!([]));
    let refused = form(&edge, FACES, &[("image", "no picture")]).await;
    assert_eq!(refused.problem(422).0.as_deref(), Some("image"));
    assert_eq!(refused.json()["code"], "not_a_picture");
    form(&edge, FACES, &[("face", "0")]).await.problem(400);
}

#[tokio::test]
async fn another_face_of_a_photo_can_be_meant() {
    let (edge, _peers) = peopled().await;
    edge.app.groups.hold(groups("held", "dlib"));
    let meant = async |face: &str| form(&edge, PHOTO, &[("face", face), ("image", "two faces")]).await;
    assert_eq!(meant("1").await.status, 200);
    assert_eq!(meant("7").await.problem(422).1, "the picture has 2 faces");
    for face in ["", "-1", "1.0", "+1", "one", "99999999999", "4294967296"] {
        assert_eq!(meant(face).await.problem(400).0.as_deref(), Some("face"), "{face}");
    }
}

const FACES: &str = "/api/v1/photos/faces";
const PHOTO: &str = "/api/v1/recommendations/photo";

async fn photo(edge: &Edge, bytes: &str) -> super::Answer {
    form(edge, PHOTO, &[("image", bytes)]).await
}

async fn form(edge: &Edge, path: &str, fields: &[(&str, &str)]) -> super::Answer {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body: String = fields.iter().map(part).collect();
    let request = Request::post(path).header("content-type", "multipart/form-data; boundary=b");
    edge.send(request.body(Body::from(format!("{body}--b--\r\n"))).unwrap()).await
}
