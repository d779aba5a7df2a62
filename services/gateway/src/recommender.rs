//! Questions to the recommender.

use domain::Ranking;
use proto::v1;
use proto::v1::recommender_client::RecommenderClient;
use tonic::Status;
use tonic::transport::Channel;

/// What it is called in a problem.
pub(crate) const WHO: &str = "recommender";

/// The recommender, over a channel that connects when first used and again whenever it must.
pub(crate) struct Recommender(RecommenderClient<Channel>);

impl Recommender {
    pub(crate) fn new(channel: Channel) -> Self {
        Self(RecommenderClient::new(channel))
    }

    /// The nine faces of the catalogue it serves.
    pub(crate) async fn representatives(&self) -> Result<v1::RepresentativesReply, Status> {
        let asked = self.0.clone().representatives(v1::RepresentativesRequest {}).await;
        asked.map(tonic::Response::into_inner)
    }

    /// Ten people for `ranking` over the catalogue called `version`, none of those in `hidden` among them.
    pub(crate) async fn recommend(
        &self,
        version: &str,
        ranking: &Ranking,
        hidden: Vec<String>,
    ) -> Result<v1::RecommendReply, Status> {
        let ranking = ranking.groups().iter().map(|&g| g as i64).collect();
        let request = v1::RecommendRequest { catalogue_version: version.to_owned(), ranking, hidden };
        self.0.clone().recommend(request).await.map(tonic::Response::into_inner)
    }
}

/// Its words, or that there are none.
pub(crate) fn refusal(status: &Status) -> String {
    match std::error::Error::source(status) {
        Some(_) => "the recommender does not answer".to_owned(),
        None => status.message().to_owned(),
    }
}
