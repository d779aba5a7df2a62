//! `Rebuild`: everyone is grouped anew.

use proto::v1;
use tokio::sync::oneshot;

use crate::ClusterError;
use crate::publisher::Asked;
use crate::service::Service;

impl Service {
    /// Answers when the new catalogue is published, or with the reason why it is not.
    pub(crate) async fn rebuild(
        &self,
        request: v1::RebuildRequest,
    ) -> Result<v1::DescribeReply, ClusterError> {
        let (told, rebuilt) = oneshot::channel();
        let asked = Asked::Rebuild { force: request.force, told };
        self.rebuilds.try_send(asked).map_err(|_| ClusterError::Reading)?;
        rebuilt.await.map_err(|_| ClusterError::Reading)??;
        self.describe("").await
    }
}
