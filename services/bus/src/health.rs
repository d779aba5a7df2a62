//! How every running service is: each answers for itself, whoever asks.

use std::time::Duration;

use async_nats::Client;
use bytes::Bytes;
use futures::StreamExt;
use prost::Message;
use proto::v1::ServiceHealth;
use runtime::Health;
use tokio::time::timeout;

use crate::{Bus, BusError};

/// Where they are asked.
const SUBJECT: &str = "health";

/// How long the first answer may take; a broker passes a question on within milliseconds.
const FIRST: Duration = Duration::from_secs(1);
/// How long the next one may take after it.
const NEXT: Duration = Duration::from_millis(150);

impl Bus {
    /// How everyone is who answers now; several instances of a service answer each for themselves. A service that is
    /// not there does not.
    pub async fn everyones_health(&self) -> Result<Vec<ServiceHealth>, BusError> {
        self.check()?;
        let failed = |e: &dyn std::fmt::Display| BusError::failed("ask services how they are", e);
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|e| failed(&e))?;
        let question = self.client.publish_with_reply(self.spelled(SUBJECT), inbox, Bytes::new());
        question.await.map_err(|e| failed(&e))?;
        let (mut told, mut patience) = (Vec::new(), FIRST);
        while let Ok(Some(answer)) = timeout(patience, answers.next()).await {
            // Where nobody listens the broker itself answers, with nothing.
            if let Ok(health) = ServiceHealth::decode(answer.payload)
                && !health.service.is_empty()
            {
                told.push(health);
            }
            patience = NEXT;
        }
        told.sort_by(|a, b| (&a.service, &a.instance).cmp(&(&b.service, &b.instance)));
        Ok(told)
    }
}

/// Answers for the service called `name` for as long as `client` lives.
pub(crate) async fn answer(client: Client, namespace: String, name: String, health: Health) {
    let subject = if namespace.is_empty() { SUBJECT.to_owned() } else { format!("{namespace}.{SUBJECT}") };
    let instance = client.new_inbox().rsplit('.').next().unwrap_or_default().to_owned();
    let me =
        ServiceHealth { service: name, instance, started_at_ms: runtime::now_ms(), ..Default::default() };
    // A client that is gone for good takes no subscription.
    let Ok(mut questions) = client.subscribe(subject).await else { return };
    while let Some(question) = questions.next().await {
        let Some(to) = question.reply else { continue };
        let unmet = health.unmet().into_iter().map(|(name, why)| (name.to_owned(), why));
        let facts = health.facts().into_iter().map(|(name, value)| (name.to_owned(), value));
        let answer = ServiceHealth { unmet: unmet.collect(), facts: facts.collect(), ..me.clone() };
        if let Err(error) = client.publish(to, answer.encode_to_vec().into()).await {
            tracing::debug!(%error, "a question about health goes unanswered");
        }
    }
}
