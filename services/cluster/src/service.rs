//! The gRPC service: one file a method.

use std::sync::Arc;

use bus::Bus;
use futures::stream::BoxStream;
use proto::v1;
use proto::v1::cataloguer_server::Cataloguer;
use runtime::failure::grpc_status;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

use crate::publisher::Asked;
use crate::rules::Rules;
use crate::table::Table;

/// Answers `Cataloguer`.
pub(crate) struct Service {
    pub(crate) table: Arc<Table>,
    pub(crate) rules: Rules,
    pub(crate) bus: Bus,
    pub(crate) rebuilds: mpsc::Sender<Asked>,
}

#[tonic::async_trait]
impl Cataloguer for Service {
    type ElbowStream = BoxStream<'static, Result<v1::ElbowRow, Status>>;
    type ExportStream = BoxStream<'static, Result<v1::ExportPart, Status>>;

    async fn describe(
        &self,
        request: Request<v1::DescribeRequest>,
    ) -> Result<Response<v1::DescribeReply>, Status> {
        let reply = self.describe(&request.into_inner().person).await;
        reply.map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn rebuild(
        &self,
        request: Request<v1::RebuildRequest>,
    ) -> Result<Response<v1::DescribeReply>, Status> {
        let reply = self.rebuild(request.into_inner()).await;
        reply.map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn replace_representative(
        &self,
        request: Request<v1::ReplaceRepresentativeRequest>,
    ) -> Result<Response<v1::DescribeReply>, Status> {
        let reply = self.replace_representative(request.into_inner()).await;
        reply.map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn elbow(&self, request: Request<v1::ElbowRequest>) -> Result<Response<Self::ElbowStream>, Status> {
        self.elbow(request.into_inner()).map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn export(&self, _: Request<v1::ExportRequest>) -> Result<Response<Self::ExportStream>, Status> {
        self.export().map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn import(
        &self,
        request: Request<Streaming<v1::ImportRow>>,
    ) -> Result<Response<v1::ImportReply>, Status> {
        self.import(request.into_inner()).await.map(Response::new)
    }
}
