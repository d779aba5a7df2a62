//! `Representatives`: the nine faces of the newest catalogue.

use proto::v1;

use crate::RecommendError;
use crate::service::{Recommender, shown};

impl Recommender {
    pub(crate) fn representatives(&self) -> Result<v1::RepresentativesReply, RecommendError> {
        let catalogue = self.held.newest()?;
        let representatives = catalogue.groups.iter().enumerate().map(|(group, g)| v1::Representative {
            group: group as u32,
            person: Some(shown(&catalogue.people[g.representative])),
        });
        Ok(v1::RepresentativesReply {
            catalogue_version: catalogue.version.clone(),
            representatives: representatives.collect(),
            people: catalogue.people.len() as u32,
        })
    }
}
