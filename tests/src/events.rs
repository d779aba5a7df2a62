//! Server-sent events, as a browser would hear them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

/// Longest wait for an event before a scenario fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream of `GET /api/v1/events`.
pub struct Events {
    answer: reqwest::Response,
    text: String,
}

impl Events {
    /// Opens the stream.
    pub async fn open(http: &str) -> Self {
        let answer = runtime::web::client()
            .get(format!("{http}/api/v1/events"))
            .send()
            .await
            .expect("events are served");
        assert_eq!(answer.status(), 200);
        Self { answer, text: String::new() }
    }

    /// The data of the next `event` for which `wanted` holds.
    pub async fn next(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        timeout(PATIENCE, async {
            loop {
                let (name, data) = self.any().await;
                if name == event && wanted(&data) {
                    return data;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no such {event} event came"))
    }

    async fn any(&mut self) -> (String, Value) {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))
                        .map(str::trim)
                        .map(str::to_owned)
                };
                let (name, data) = (field("event"), field("data"));
                self.text = rest.to_owned();
                if let (Some(name), Some(data)) = (name, data) {
                    return (name, serde_json::from_str(&data).expect("event data is JSON"));
                }
                continue;
            }
            let chunk = self.answer.chunk().await.expect("the stream goes on").expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("events are UTF-8"));
        }
    }
}
