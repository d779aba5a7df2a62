//! A learner at work: seeded visitors come one after the other, are served by what was learned so far, and click.

use domain::click_model::{self, ClickModel};
use domain::impression::{Impression, Occasion};
use domain::slate::top_ten;
use domain::{PolicyNetwork, State, weights};
use learning::fold::Fold;
use learning::settings::Settings;
use proto::convert::impression::RecordedClick;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::crowd::Crowd;
use super::draws::{Purpose, draws};
use super::population::Population;

/// Folds in as many clicks as the last of `checkpoints` (rising), as it would live: every slate is drawn from the
/// policy that the click before has left, and logged with its density. Returns the policy at each checkpoint; `learned`
/// hears how many clicks more were learned from.
pub(super) fn policies(
    crowd: &Crowd,
    population: Population,
    click_model: ClickModel,
    settings: &Settings,
    checkpoints: &[u64],
    mut learned: impl FnMut(u64),
) -> Vec<PolicyNetwork> {
    let all = checkpoints.last().copied().unwrap_or(0);
    let source = |purpose| draws(settings.seed, purpose);
    let (mut visitors, mut exploration) = (source(Purpose::Visitors), source(Purpose::Exploration));
    let mut clicks = source(Purpose::Clicks);
    let mut fold = Fold::initial(settings);
    let mut reached = Vec::with_capacity(checkpoints.len());
    for click in 1..=all {
        let visitor = crowd.visitor(&mut visitors);
        let guest = crowd.guest(visitor, population.season(click - 1, all).rule(crowd));
        let noise = std::array::from_fn(|_| StandardNormal.sample(&mut exploration));
        let action = fold.policy().act(&State::of(&visitor.ranking, &crowd.catalogue.distances), noise);
        let slate = top_ten(&crowd.catalogue.cosines, &visitor.ranking, &weights::squash(&action.x));
        let chances = click_model.probabilities(&crowd.utilities(&guest, &slate), crowd.known(&guest));
        let rank = click_model::drawn(&chances, StandardUniform.sample(&mut clicks));

        let occasion = Occasion {
            recommendation: click.to_string(),
            policy_version: fold.clicks_applied(),
            made_at_ms: click,
        };
        let impression = Impression::of(occasion, &crowd.catalogue, visitor.ranking, &action, &slate);
        let alias = impression.slate[rank].alias.clone();
        let earned = impression.click_on(&alias).expect("the person clicked is on the slate");
        fold.apply(click, &RecordedClick { impression, alias, click: earned, clicked_at_ms: click });
        learned(1);
        if checkpoints.contains(&click) {
            reached.push(fold.policy().clone());
        }
    }
    reached
}
