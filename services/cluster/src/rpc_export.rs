//! `Export`: the catalogue with its vectors.

use futures::stream::{self, BoxStream, StreamExt};
use proto::v1;
use proto::v1::export_part::Part;
use tonic::Status;

use crate::ClusterError;
use crate::service::Service;

impl Service {
    /// What serves: a head, then a part a person, each made when it is read.
    pub(crate) fn export(&self) -> Result<BoxStream<'static, Result<v1::ExportPart, Status>>, ClusterError> {
        let making = self.table.made();
        let served = making.served.clone().ok_or(ClusterError::NoCatalogue)?;
        let (basis, draft) = (served.draft.basis(), &served.draft);
        let head = v1::ExportHead {
            catalogue_version: served.version,
            profile: basis.profile.clone(),
            people: draft.members().len() as u32,
            centre: basis.centre.clone(),
            groups: draft.groups().into_iter().map(Into::into).collect(),
        };
        let people: Vec<_> = draft.members().map(|m| m.person.id.clone()).collect();
        let people = stream::iter(people).filter_map(move |id| {
            let member = served.draft.member(&id);
            let direction = making.findings.get(&id).and_then(|finding| finding.direction.clone());
            let part = member.map(|member| {
                let person = v1::ExportPerson {
                    person: Some(member.into()),
                    direction: direction.unwrap_or_default(),
                };
                Ok(v1::ExportPart { part: Some(Part::Person(person)) })
            });
            std::future::ready(part)
        });
        let head = Ok(v1::ExportPart { part: Some(Part::Head(head)) });
        Ok(stream::once(std::future::ready(head)).chain(people).boxed())
    }
}
