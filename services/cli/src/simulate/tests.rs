#![allow(clippy::unwrap_used)]

use clap::Parser;
use domain::click_model::{self, ClickModel};
use domain::policy::PolicyNetwork;
use domain::slate::top_ten;
use domain::visitor::Visitor;
use domain::{State, weights};
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::crowd::Crowd;
use super::draws::{Purpose, draws};
use super::panel::Panel;
use super::population::Season;
use super::trial::{self, Place};
use super::weights_search::{Aim, Search};
use super::{SimulateArgs, drawn_catalogue, reported};
use learning::fold::Fold;

#[derive(Parser)]
struct Only {
    #[command(flatten)]
    args: SimulateArgs,
}

fn arguments(words: &str) -> SimulateArgs {
    Only::parse_from(std::iter::once("simulate").chain(words.split(' '))).args
}

fn crowd() -> Crowd {
    Crowd::new(drawn_catalogue::drawn(120, 7).unwrap())
}

fn visitors(crowd: &Crowd, count: usize) -> Vec<Visitor> {
    let mut source = draws(3, Purpose::Panel);
    (0..count).map(|_| crowd.visitor(&mut source)).collect()
}

/// A policy whose mean differs from state to state.
fn policy() -> PolicyNetwork {
    let mut policy = Fold::initial(&arguments("--seeds 1").settings).policy().clone();
    policy
        .mean
        .weight
        .iter_mut()
        .enumerate()
        .for_each(|(i, weight)| *weight = ((i as f32) * 0.7).sin() * 0.4);
    policy
}

#[test]
fn the_exact_expectation_is_what_many_visits_come_to() {
    let (crowd, policy) = (crowd(), policy());
    let visitors = visitors(&crowd, 300);
    for season in Season::ALL {
        for model in [ClickModel::Softmax, ClickModel::Cascade, ClickModel::Position { bias: 0.3 }] {
            let exact = Panel::new(&crowd, &visitors, season, model).served(&policy);
            let mut source = draws(9, Purpose::Clicks);
            let (visits, mut sums) = (30_000, [[0.0; 2]; 2]);
            for visit in 0..visits {
                let guest = crowd.guest(visitors[visit % visitors.len()], season.rule(&crowd));
                let ranking = guest.visitor.ranking;
                let noise = std::array::from_fn(|_| StandardNormal.sample(&mut source));
                let action = policy.act(&State::of(&ranking, &crowd.catalogue.distances), noise);
                let slate = top_ten(&crowd.catalogue.cosines, &ranking, &weights::squash(&action.x));
                let utilities = crowd.utilities(&guest, &slate);
                let chances = model.probabilities(&utilities, crowd.known(&guest));
                let rank = click_model::drawn(&chances, StandardUniform.sample(&mut source)) as f64 + 1.0;
                for (sum, value) in sums.iter_mut().zip([rank, utilities[0].into()]) {
                    *sum = [sum[0] + value, sum[1] + value * value];
                }
            }
            for ([sum, squares], exact) in sums.into_iter().zip([exact.click_rank, exact.utility_first]) {
                let mean = sum / visits as f64;
                let error = ((squares / visits as f64 - mean * mean) / visits as f64).sqrt();
                assert!(
                    (mean - exact).abs() < 4.0 * error + 5e-4,
                    "{season:?} {model:?}: {mean} ± {error}, exactly {exact}"
                );
            }
        }
    }
}

#[test]
fn no_weights_are_better_than_the_optimum() {
    let crowd = crowd();
    let visitors = visitors(&crowd, 500);
    let policy = Fold::initial(&arguments("--seeds 1").settings).policy().clone();
    for season in Season::ALL {
        let panel = Panel::new(&crowd, &visitors, season, ClickModel::Softmax);
        let (search, initial) = (Search::over(&panel), panel.mean_action(&policy));
        for (aim, of) in [
            (Aim::Reward, (|worth| worth.reward) as fn(domain::click_model::Expected) -> f64),
            (Aim::Utility, |worth| worth.utility_first),
        ] {
            let (constant, optimum) = (search.constant(aim), search.by_state(aim));
            assert!(of(constant.worth) >= of(initial) - 1e-9, "{season:?} {aim:?}");
            assert!(of(optimum.worth) >= of(constant.worth) - 1e-9, "{season:?} {aim:?}");
        }
        let half = panel.settled(|_, _| weights::squash(&[0.0; 4]));
        assert!((half.reward - initial.reward).abs() < 1e-12, "initial's mean is half of every cap");
    }
}

#[test]
fn a_taste_for_a_blend_is_met_by_the_blend() {
    let crowd = crowd();
    let panel = Panel::new(&crowd, &visitors(&crowd, 300), Season::Blend, ClickModel::Softmax);
    let found = Search::over(&panel).constant(Aim::Utility).worth;
    let blended = panel.settled(|_, _| domain::taste::BLEND);
    assert!(blended.utility_first >= found.utility_first - 1e-6, "scores are utilities: nothing beats them");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_cores() {
    let words = "--clicks 20,40 --seeds 2 --visitors 100 --people 40 --populations blend,shift --json";
    let report = |words: &str| {
        let args = arguments(words);
        let catalogue = drawn_catalogue::drawn(40, 1).unwrap();
        serde_json::to_string(&reported(&args, &args.plan().unwrap(), catalogue, Place::Here).unwrap())
            .unwrap()
    };
    let first = report(words);
    assert_eq!(first, report(words));
    assert_ne!(first, report(&format!("{words} --seed 5")));
    let json: serde_json::Value = serde_json::from_str(&first).unwrap();
    let populations = json["populations"].as_array().unwrap();
    let names = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|p| p["policy"].as_str().unwrap().to_owned()).collect()
    };
    for population in populations {
        let policies = names(&population["policies"]);
        for policy in trial::FIXED.into_iter().chain(["a2c"]) {
            assert_eq!(policies.iter().filter(|name| *name == policy).count(), 2, "{policy} in {policies:?}");
        }
        for policy in population["policies"].as_array().unwrap() {
            let seeds = policy["seeds"].as_array().unwrap();
            let mean = seeds.iter().map(|s| s["reward"].as_f64().unwrap()).sum::<f64>() / seeds.len() as f64;
            assert!((mean - policy["reward"].as_f64().unwrap()).abs() < 1e-12);
        }
    }
}

#[test]
fn a_setting_or_bias_that_cannot_be_is_told() {
    let told = |words: &str| arguments(words).plan().unwrap_err().to_string();
    assert!(told("--click-model position --position-bias=-1").contains("--position-bias"));
    assert!(Only::try_parse_from(["simulate", "--policies", "magic"]).is_err());
    assert!(Only::try_parse_from(["simulate", "--clicks", "0"]).is_err());
}
