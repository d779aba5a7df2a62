//! `Collect`: people who are enrolled already, once more from their sources.

use domain::PersonId;

use crate::run::Run;
use crate::{IngestError, enrolment};

impl Run {
    /// `named` ids; none means everyone.
    pub(crate) async fn collect(&mut self, named: &[String]) -> Result<(), IngestError> {
        let enrolled = enrolment::everyone(&self.collection.bus).await?;
        if let Some(stranger) = named.iter().find(|id| !enrolled.iter().any(|e| e.as_str() == **id)) {
            return Err(IngestError::NotEnrolled(stranger.clone()));
        }
        let wanted = |person: &PersonId| named.is_empty() || named.iter().any(|id| id == person.as_str());
        let people: Vec<_> = enrolled.into_iter().filter(wanted).collect();
        self.walk(&people).await
    }
}
