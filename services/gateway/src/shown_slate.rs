//! Slates on which everyone may be shown. The catalogue that serves may name somebody who withdrew a moment ago, or whose
//! consent ends today: until there is another one, the next best take their places.

use domain::Ranking;
use proto::v1;
use tonic::Status;

use crate::app::App;
use crate::problem::Problem;

/// How often ten are asked for: each time those are passed over who turned out to be hidden.
const ROUNDS: usize = 3;

/// Ten people for `ranking` over the catalogue called `version`, or the recommender's refusal.
pub(crate) async fn recommended(
    app: &App,
    version: &str,
    ranking: &Ranking,
) -> Result<Result<v1::RecommendReply, Status>, Problem> {
    let mut hidden = app.consents.withdrawn();
    for _ in 0..ROUNDS {
        let reply = match app.recommender.recommend(version, ranking, hidden.clone()).await {
            Ok(reply) => reply,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let shown: Vec<&str> =
            reply.people.iter().filter_map(|place| Some(&*place.person.as_ref()?.person)).collect();
        let found = app.consents.hidden(&shown, &app.bus).await?;
        if found.is_empty() {
            return Ok(Ok(reply));
        }
        hidden.extend(found);
    }
    Err(being_replaced())
}

/// The catalogue that serves cannot be shown as it is.
pub(crate) fn being_replaced() -> Problem {
    Problem::unavailable(
        "somebody in the catalogue may not be shown any more; another is being made: try again in a moment",
    )
}
