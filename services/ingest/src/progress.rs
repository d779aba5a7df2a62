//! Telling the caller how collecting goes, and counting it.

use domain::PersonId;
use domain::roster::Source;
use proto::v1;
use proto::v1::collect_progress::Told;
use tokio::sync::mpsc;
use tonic::Status;

use crate::metrics;
use crate::outcome::Outcome;
use crate::picture_settled::Settled;

/// Messages a slow caller may lag behind before collecting waits for it.
pub(crate) const LAG: usize = 256;

/// The caller, and the counts so far.
pub(crate) struct Progress {
    caller: mpsc::Sender<Result<v1::CollectProgress, Status>>,
    pub(crate) count: v1::CollectCount,
}

impl Progress {
    pub(crate) fn new(caller: mpsc::Sender<Result<v1::CollectProgress, Status>>) -> Self {
        Self { caller, count: v1::CollectCount::default() }
    }

    /// A row that nobody is collected for.
    pub(crate) async fn refused(&mut self, row: v1::RefusedRow) {
        self.count.refused_rows += 1;
        self.tell(Told::Refused(row)).await;
    }

    /// The last word of an import that is not done unless it is confirmed.
    pub(crate) async fn unconfirmed(&self, people: Vec<String>, shown: usize) {
        self.tell(Told::Unconfirmed(v1::Unconfirmed { people, shown: shown as u32 })).await;
    }

    /// A source of `person`, or all of them, that no picture is taken from.
    pub(crate) async fn passed_over(&mut self, person: &PersonId, source: Option<&Source>, reason: String) {
        tracing::warn!("a source, or all of a person's, was passed over");
        let source = source.map(Source::to_string).unwrap_or_default();
        let outcome = "passed_over".to_owned();
        let rejection =
            v1::Rejection { person: person.to_string(), source, outcome, reason, tried_again: true };
        self.tell(Told::Rejected(rejection)).await;
    }

    /// What became of a picture.
    pub(crate) async fn picture(&mut self, person: &PersonId, source: &str, settled: &Settled) {
        let slot = match settled.outcome {
            Outcome::Stored => &mut self.count.stored,
            Outcome::Known => &mut self.count.known,
            Outcome::NoFace => &mut self.count.no_face,
            Outcome::Duplicate => &mut self.count.duplicate,
            Outcome::Failed => &mut self.count.failed,
        };
        *slot += 1;
        let outcome = settled.outcome.name();
        ::metrics::counter!(metrics::PICTURES, "outcome" => outcome).increment(1);
        if !settled.outcome.is_crop() {
            let rejection = v1::Rejection {
                person: person.to_string(),
                source: source.to_owned(),
                outcome: outcome.to_owned(),
                reason: settled.reason.clone(),
                tried_again: !settled.is_final,
            };
            self.tell(Told::Rejected(rejection)).await;
        }
        self.counted().await;
    }

    /// The counts so far.
    pub(crate) async fn counted(&self) {
        self.tell(Told::Count(self.count)).await;
    }

    /// The last word.
    pub(crate) async fn summary(&self) {
        tracing::info!(count = ?self.count, "collecting is done");
        self.tell(Told::Summary(self.count)).await;
    }

    async fn tell(&self, told: Told) {
        // Whoever hung up is noticed by the run itself.
        let _ = self.caller.send(Ok(v1::CollectProgress { told: Some(told) })).await;
    }
}
