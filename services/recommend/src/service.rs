//! The gRPC service: one file a method.

use std::sync::Arc;

use bus::Bus;
use domain::{CataloguePerson, CropId};
use proto::v1;
use proto::v1::recommender_server::Recommender as Service;
use runtime::failure::grpc_status;
use store::Impressions;
use tonic::{Request, Response, Status};

use crate::held::Held;

/// Answers `Recommender`.
pub(crate) struct Recommender {
    pub(crate) bus: Bus,
    pub(crate) impressions: Impressions,
    pub(crate) held: Arc<Held>,
}

#[tonic::async_trait]
impl Service for Recommender {
    async fn representatives(
        &self,
        _: Request<v1::RepresentativesRequest>,
    ) -> Result<Response<v1::RepresentativesReply>, Status> {
        self.representatives().map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn recommend(
        &self,
        request: Request<v1::RecommendRequest>,
    ) -> Result<Response<v1::RecommendReply>, Status> {
        self.recommend(request.into_inner()).await.map(Response::new).map_err(|e| grpc_status(&e))
    }
}

/// What is shown of a person.
pub(crate) fn shown(person: &CataloguePerson) -> v1::ShownPerson {
    v1::ShownPerson {
        person: person.id.to_string(),
        name: person.name.clone(),
        portrait: person.portrait.as_ref().map_or_else(String::new, CropId::to_string),
        links: person.links.iter().map(Into::into).collect(),
    }
}
