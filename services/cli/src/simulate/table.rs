//! What came out, as a terminal shows it.

use super::report::{Figures, Judged, PolicyReport, PopulationReport, Report};

/// Prints every population's policies.
pub(super) fn print(report: &Report) {
    let Report { catalogue_version, people, click_model, visitors, .. } = report;
    println!(
        "catalogue {catalogue_version}, {people} people; {click_model} clicks; {visitors} common visitors"
    );
    println!(
        "closed: share of the gap initial → optimum in reward and in the utility of the first, mean/worst seed"
    );
    for population in &report.populations {
        print_population(population);
    }
}

fn print_population(population: &PopulationReport) {
    println!(
        "\n{:<26} {:>7} {:>8} {:>6} {:>7} {:>7}  {:^15} {:>9} {:>11}",
        population.name, "clicks", "reward", "rank", "first", "ten", "closed as served", "", "at the mean"
    );
    println!("{:<26} {:>39}  {:>8} {:>8} {:>8} {:>8}", "", "", "reward", "first", "reward", "first");
    let mut shown: Vec<&PolicyReport> = Vec::new();
    for policy in &population.policies {
        // What does not learn is the same after any number of clicks, unless the population's taste has changed.
        let before = shown.iter().rev().find(|before| before.policy == policy.policy);
        if before.is_some_and(|before| before.served == policy.served) {
            continue;
        }
        shown.push(policy);
        match (policy.for_reward, policy.for_utility) {
            (Some(reward), Some(utility)) => {
                line(&format!("{} for reward", policy.policy), policy.clicks, &reward, "");
                line(&format!("{} for utility", policy.policy), policy.clicks, &utility, "");
            }
            _ => line(&policy.policy, policy.clicks, &policy.served.figures, &closed(policy)),
        }
    }
}

fn line(name: &str, clicks: u64, figures: &Figures, closed: &str) {
    let Figures { reward, click_rank, utility_first, utility_ten } = figures;
    println!(
        "{name:<26} {clicks:>7} {reward:>8.4} {click_rank:>6.3} {utility_first:>7.4} {utility_ten:>7.4}  {closed}"
    );
}

fn closed(policy: &PolicyReport) -> String {
    let pair = |mean: Option<f64>, worst: Option<f64>| match (mean, worst) {
        (Some(mean), Some(worst)) => format!("{:.0}/{:.0}", 100.0 * mean, 100.0 * worst),
        _ => "–".to_owned(),
    };
    let served = |of: fn(&Judged) -> Option<f64>| pair(of(&policy.served), policy.worst(|s| of(&s.served)));
    let settled = |of: fn(&Judged) -> Option<f64>| {
        pair(policy.mean_action.as_ref().and_then(of), policy.worst(|s| s.mean_action.as_ref().and_then(of)))
    };
    format!(
        "{:>8} {:>8} {:>8} {:>8}",
        served(|j| j.reward_closed),
        served(|j| j.utility_closed),
        settled(|j| j.reward_closed),
        settled(|j| j.utility_closed)
    )
}
