//! A visitor over HTTP.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// Someone who ranks and clicks.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    http: String,
}

impl Visitor {
    /// Visits the system at `http`.
    pub fn of(http: &str) -> Self {
        Self { client: runtime::web::client(), http: http.to_owned() }
    }

    /// GET; the status and the body as JSON.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer =
            self.client.get(format!("{}{path}", self.http)).send().await.expect("the gateway answers");
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// GET; `None` when the connection broke.
    pub async fn try_get(&self, path: &str) -> Option<(StatusCode, Value)> {
        let answer = self.client.get(format!("{}{path}", self.http)).send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    /// POST of JSON; `None` when the connection broke.
    pub async fn try_post(&self, path: &str, body: &Value) -> Option<(StatusCode, Value)> {
        let answer = self.client.post(format!("{}{path}", self.http)).json(body).send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    /// POST of JSON; the status and the body as JSON.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.try_post(path, body).await.expect("the gateway answers")
    }

    /// The faces.
    pub async fn representatives(&self) -> Value {
        let (status, faces) = self.get("/api/v1/representatives").await;
        assert_eq!(status, 200, "{faces}");
        faces
    }

    /// Ten people for `ranking`, of the newest catalogue.
    pub async fn recommend(&self, ranking: [usize; 5]) -> Value {
        let version = self.representatives().await["catalogue_version"].clone();
        let body = json!({ "catalogue_version": version, "ranking": ranking });
        let (status, slate) = self.post("/api/v1/recommendations", &body).await;
        assert_eq!(status, 200, "{slate}");
        slate
    }

    /// A click on the person at `rank` (1-based) of `slate`.
    pub async fn click(&self, slate: &Value, rank: usize) -> (StatusCode, Value) {
        self.post("/api/v1/clicks", &Self::click_body(slate, rank)).await
    }

    /// The body of such a click.
    pub fn click_body(slate: &Value, rank: usize) -> Value {
        json!({ "recommendation_id": slate["recommendation_id"], "person_id": slate["people"][rank - 1]["id"] })
    }
}
