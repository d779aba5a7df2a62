//! `Recommend`: state, drawn weights, top ten, impression.

use std::time::Instant;

use bus::Subject;
use domain::impression::Occasion;
use domain::serving::INITIAL;
use domain::slate::{Scored, top_ten_without};
use domain::{Catalogue, Impression, Ranking, SLATE, State, weights};
use proto::{Message, v1};
use rand_distr::{Distribution, StandardNormal};
use uuid::Uuid;

use crate::service::{Recommender, shown};
use crate::{RecommendError, metrics};

impl Recommender {
    pub(crate) async fn recommend(
        &self,
        request: v1::RecommendRequest,
    ) -> Result<v1::RecommendReply, RecommendError> {
        let ranking = Ranking::new(&request.ranking)?;
        let catalogue = self.held.catalogue(&request.catalogue_version)?;
        let hidden = places(&catalogue, &request.hidden);
        if catalogue.people.len() < SLATE + hidden.len() {
            return Err(RecommendError::FewLeft);
        }
        let (impression, slate) = self.draw(&catalogue, ranking, &hidden);
        self.log(&impression).await?;
        ::metrics::counter!(metrics::MADE, "policy" => made_by(&impression).to_owned()).increment(1);
        Ok(reply(&catalogue, &impression, &slate))
    }

    fn draw(&self, catalogue: &Catalogue, ranking: Ranking, hidden: &[usize]) -> (Impression, Vec<Scored>) {
        let recommendation = Uuid::now_v7().simple().to_string();
        let arms = self.held.arms();
        let policy = arms.policy(&recommendation);
        let mut rng = rand::rng();
        let noise = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
        let state = State::of(&ranking, &catalogue.distances);
        let action = policy.network.act(&state, noise);
        let started = Instant::now();
        let slate = top_ten_without(&catalogue.cosines, &ranking, &weights::squash(&action.x), hidden);
        ::metrics::histogram!(metrics::SCORE_SECONDS).record(started.elapsed());
        let occasion =
            Occasion { recommendation, policy_version: policy.version, made_at_ms: runtime::now_ms() };
        let mut impression = Impression::of(occasion, catalogue, ranking, &action, &slate);
        impression.arms = arms.log(policy, &state, &action);
        (impression, slate)
    }

    /// The stream is the truth and must have the impression before anybody can click on it; Redis only
    /// makes finding it quick.
    async fn log(&self, impression: &Impression) -> Result<(), RecommendError> {
        let wire = v1::Impression::from(impression);
        let id = impression.recommendation.as_str();
        let cached = self.impressions.put(id, wire.encode_to_vec().into());
        let (stored, cached) = tokio::join!(self.bus.publish(Subject::RecommendationMade(id), &wire), cached);
        if let Err(error) = cached {
            tracing::debug!(%error, "an impression is in the stream alone");
            ::metrics::counter!(metrics::REDIS_MISSED).increment(1);
        }
        stored?;
        Ok(())
    }
}

/// Name of the policy that drew the weights.
fn made_by(impression: &Impression) -> &str {
    impression.arms.first().map_or(INITIAL, |arm| &arm.policy)
}

/// Where in the catalogue the people called `ids` stand; who is not in it need not be hidden.
fn places(catalogue: &Catalogue, ids: &[String]) -> Vec<usize> {
    if ids.is_empty() {
        return Vec::new();
    }
    let people = catalogue.people.iter().enumerate();
    people
        .filter(|(_, person)| ids.iter().any(|id| id == person.id.as_str()))
        .map(|(place, _)| place)
        .collect()
}

/// `slate` holds places in `catalogue`: looking ten ids up again would walk through everyone.
fn reply(catalogue: &Catalogue, impression: &Impression, slate: &[Scored]) -> v1::RecommendReply {
    let people = slate.iter().zip(1..).map(|(scored, rank)| v1::RecommendedPerson {
        rank,
        person: Some(shown(&catalogue.people[scored.person])),
        score: scored.score,
    });
    v1::RecommendReply {
        recommendation: impression.recommendation.clone(),
        catalogue_version: impression.catalogue_version.clone(),
        policy_version: impression.policy_version,
        weights: impression.weights().to_vec(),
        people: people.collect(),
        policy: made_by(impression).to_owned(),
    }
}
