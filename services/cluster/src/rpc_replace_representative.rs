//! `ReplaceRepresentative`: somebody chooses by hand who stands for a group.

use domain::{GROUPS, PersonId};
use proto::v1;
use tokio::sync::oneshot;

use crate::ClusterError;
use crate::publisher::Asked;
use crate::service::Service;

impl Service {
    /// Answers when the catalogue with that face is published, or with the reason why it is not.
    pub(crate) async fn replace_representative(
        &self,
        request: v1::ReplaceRepresentativeRequest,
    ) -> Result<v1::DescribeReply, ClusterError> {
        let v1::ReplaceRepresentativeRequest { group, person } = request;
        let group = group as usize;
        if group >= GROUPS {
            return Err(ClusterError::NoGroup(group));
        }
        let person = (!person.is_empty()).then(|| PersonId::new(person)).transpose()?;
        let (told, replaced) = oneshot::channel();
        let asked = Asked::Represent { group, person, told };
        self.rebuilds.try_send(asked).map_err(|_| ClusterError::Reading)?;
        replaced.await.map_err(|_| ClusterError::Reading)??;
        self.describe("").await
    }
}
