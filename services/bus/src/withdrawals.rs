//! Withdrawals: each service removes what it owns, and answers with what that was.

use std::time::Duration;

use domain::{Class, Classified, PersonId};
use proto::convert::decode;
use proto::{Malformed, v1};

use crate::{Absences, Bus, BusError, Delivery, Stream, Subject, Work, WorkSettings};

/// Pause before the broker is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// One at a time, and for ever: a withdrawal is never given up.
const SETTINGS: WorkSettings =
    WorkSettings { in_hand: 1, ack_wait: Duration::from_secs(30), deliveries: u32::MAX - 1 };

/// Why a withdrawal was not answered.
#[derive(Debug, thiserror::Error)]
enum Unanswered<E> {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Erasing(E),
}

impl<E: Classified> Classified for Unanswered<E> {
    fn class(&self) -> Class {
        match self {
            Self::Malformed(error) => error.class(),
            // Tried until it is done, whatever it was.
            Self::Bus(_) | Self::Erasing(_) => Class::Unavailable,
        }
    }
}

impl Bus {
    /// Hands every withdrawal to `erase`, those too that came while the service was down, and answers for `service` with
    /// what was removed. Of several instances one gets it. Goes on for ever.
    pub async fn answer_withdrawals<F, E>(&self, service: &str, erase: impl Fn(PersonId) -> F)
    where
        F: Future<Output = Result<Vec<v1::Removed>, E>>,
        E: Classified,
    {
        let mut withdrawals: Work<v1::PersonWithdrawn> =
            self.work_steadily(Stream::Withdrawals, &format!("{service}-withdrawals")).await;
        let mut absences = Absences::default();
        loop {
            let delivery = withdrawals.next().await;
            let answer = self.answer(service, &delivery, &erase, &mut absences);
            let settled = match delivery.kept(answer).await {
                Ok(()) => delivery.done().await,
                Err(error) => delivery.failed(&error).await,
            };
            if let Err(error) = settled {
                tracing::warn!(%error, "a withdrawal could not be settled and will come again");
            }
        }
    }

    /// Tells everyone that `person` withdrew, unless that is under way already.
    pub async fn withdraw(&self, person: &PersonId) -> Result<(), BusError> {
        let before = self.withdrawal(person).await?;
        if before.as_ref().is_none_or(|before| !before.is_open()) {
            let receipts = before.map(|before| before.receipts).unwrap_or_default();
            let withdrawn = v1::PersonWithdrawn {
                person: person.to_string(),
                withdrawn_at_ms: runtime::now_ms(),
                receipts,
            };
            self.publish(Subject::PersonWithdrawn(person), &withdrawn).await?;
        }
        Ok(())
    }

    /// The last withdrawal of `person`, with the receipts of it and of those before; `None` where they never did.
    pub async fn withdrawal(&self, person: &PersonId) -> Result<Option<v1::PersonWithdrawn>, BusError> {
        let newest = self.last::<v1::PersonWithdrawn>(Subject::PersonWithdrawn(person)).await?;
        let unreadable = |why| BusError::failed("tell of a withdrawal", why);
        newest.map(|entry| entry.message.map_err(unreadable)).transpose()
    }

    /// Opens a share of what may not be missed, however often it must be asked for.
    pub async fn work_steadily<M: proto::Message + Default>(&self, stream: Stream, durable: &str) -> Work<M> {
        loop {
            match self.work(stream, durable, SETTINGS).await {
                Ok(work) => {
                    self.missing.found(durable);
                    return work;
                }
                Err(error) => {
                    tracing::warn!(%error, durable, "opening again");
                    self.missing.tell(durable, format!("consumer {durable} cannot be opened: {error}"));
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn answer<F, E>(
        &self,
        service: &str,
        delivery: &Delivery<v1::PersonWithdrawn>,
        erase: impl Fn(PersonId) -> F,
        absences: &mut Absences,
    ) -> Result<(), Unanswered<E>>
    where
        F: Future<Output = Result<Vec<v1::Removed>, E>>,
    {
        let withdrawn = &delivery.message;
        if !withdrawn.is_open() {
            return Ok(());
        }
        let impossible = |e: domain::IdError| Malformed::Impossible { field: "person", why: e.to_string() };
        let person = PersonId::new(&withdrawn.person).map_err(impossible)?;
        self.note_absences(absences, withdrawn, delivery.is_repeated()).await?;
        let removed = erase(person.clone()).await.map_err(Unanswered::Erasing)?;
        self.note_absences(absences, withdrawn, delivery.is_repeated()).await?;
        let things: u64 = removed.iter().map(|removed| removed.count).sum();
        let answer = v1::PersonErased {
            person: withdrawn.person.clone(),
            service: service.to_owned(),
            withdrawn_at_ms: withdrawn.withdrawn_at_ms,
            erased_at_ms: runtime::now_ms(),
            removed,
            absent_brokers: absences.of(withdrawn).into_keys().collect(),
        };
        self.publish(Subject::PersonErased(&person, service), &answer).await?;
        absences.forget(withdrawn);
        tracing::info!(things, "a withdrawal is answered");
        Ok(())
    }

    /// What was answered so far to `withdrawn`, by service.
    pub async fn answers(&self, withdrawn: &v1::PersonWithdrawn) -> Result<Vec<v1::PersonErased>, BusError> {
        let Ok(person) = PersonId::new(&withdrawn.person) else { return Ok(Vec::new()) };
        let held = self.held_of(Stream::Erasures, &person).await?;
        let read = held.iter().filter_map(|h| decode::<v1::PersonErased>("PersonErased", &h.payload).ok());
        let mut answers: Vec<_> = read.filter(|a| a.withdrawn_at_ms == withdrawn.withdrawn_at_ms).collect();
        answers.sort_by(|a, b| a.service.cmp(&b.service));
        // An answer that was given twice says the second time that nothing was left; who was away then counts all the same.
        answers.dedup_by(|later, first| {
            let is_twice = later.service == first.service;
            if is_twice {
                first.absent_brokers.append(&mut later.absent_brokers);
            }
            is_twice
        });
        Ok(answers)
    }
}
