//! The same visitors over HTTP: they drive a running system, which learns from them as from anybody.

use std::collections::HashMap;
use std::time::Instant;

use domain::click_model::{self, ClickModel, Expected};
use domain::slate::Scored;
use domain::{Class, SLATE};
use futures::{StreamExt, stream};
use rand_distr::{Distribution, StandardUniform};
use reqwest::Client;
use serde_json::{Value, json};

use super::crowd::{Crowd, Guest};
use super::draws::{Purpose, draws};
use super::population::Population;
use super::report::Figures;
use crate::CliError;
use crate::progress::Progress;

/// Visitors at a time.
const SIDE_BY_SIDE: usize = 8;
/// Parts of the time that are told one by one.
const PARTS: u64 = 10;

/// A running system, and who visits it.
pub(super) struct Visit<'a> {
    pub(super) url: &'a str,
    pub(super) crowd: &'a Crowd,
    pub(super) population: Population,
    pub(super) click_model: ClickModel,
    pub(super) clicks: u64,
    pub(super) seed: u64,
}

/// Clicks up to here, and the mean of the last part's: the rewards earned, and the true utilities.
struct Part {
    clicks: u64,
    figures: Figures,
}

/// Visits, clicks, and returns the report as `--json` prints it; tells each part as it is over.
pub(super) async fn run(visit: &Visit<'_>) -> Result<Value, CliError> {
    let version = &visit.crowd.catalogue.version;
    let people = visit.crowd.catalogue.people.iter().enumerate();
    let places: HashMap<&str, usize> = people.map(|(place, person)| (person.id.as_str(), place)).collect();
    let client = runtime::web::client();
    let (mut visitors, mut clicks) =
        (draws(visit.seed, Purpose::Visitors), draws(visit.seed, Purpose::Clicks));
    let guests = (0..visit.clicks).map(|click| {
        let rule = visit.population.season(click, visit.clicks).rule(visit.crowd);
        let guest = visit.crowd.guest(visit.crowd.visitor(&mut visitors), rule);
        let uniform: f64 = StandardUniform.sample(&mut clicks);
        (guest, uniform)
    });
    let mut visits = stream::iter(guests)
        .map(|(guest, uniform)| one(visit, &client, &places, guest, uniform))
        .buffered(SIDE_BY_SIDE);
    let mut progress = Progress::new("visiting", visit.clicks);
    let started = Instant::now();
    let (mut parts, mut part, mut made) = (Vec::new(), Vec::new(), 0);
    while let Some(earned) = visits.next().await {
        part.push(earned?);
        made += 1;
        let rate = made as f64 / started.elapsed().as_secs_f64();
        progress.at(made, visit.clicks, &format!("clicks, {rate:.0} a second"));
        if made * PARTS / visit.clicks > (made - 1) * PARTS / visit.clicks {
            parts.push(Part { clicks: made, figures: Figures::mean(part.drain(..)) });
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    progress.done(&format!("{made} clicks in {seconds:.1} s, {:.0} a second", made as f64 / seconds));
    let told = |part: &Part| json!({ "clicks": part.clicks, "figures": part.figures });
    Ok(json!({
        "against": visit.url, "catalogue_version": version, "population": visit.population.name(),
        "clicks": made, "clicks_per_second": made as f64 / seconds,
        "parts": parts.iter().map(told).collect::<Vec<_>>(),
    }))
}

/// Prints what [`run`] returned.
pub(super) fn print(report: &Value) {
    println!("{:>8} {:>8} {:>6} {:>7} {:>7}", "clicks", "reward", "rank", "first", "ten");
    for part in report["parts"].as_array().into_iter().flatten() {
        let figure = |name: &str| part["figures"][name].as_f64().unwrap_or(f64::NAN);
        let (reward, rank) = (figure("reward"), figure("click_rank"));
        let (first, ten) = (figure("utility_first"), figure("utility_ten"));
        println!(
            "{:>8} {reward:>8.4} {rank:>6.3} {first:>7.4} {ten:>7.4}",
            part["clicks"].as_u64().unwrap_or(0)
        );
    }
}

/// One visitor: ranks, looks at the ten, clicks.
async fn one(
    visit: &Visit<'_>,
    client: &Client,
    places: &HashMap<&str, usize>,
    guest: Guest,
    uniform: f64,
) -> Result<Figures, CliError> {
    let version = &visit.crowd.catalogue.version;
    let ranking = guest.visitor.ranking.groups();
    let question = json!({ "catalogue_version": version, "ranking": ranking });
    let shown = post(client, visit.url, "recommendations", &question).await?;
    let people = shown["people"].as_array().map_or(&[][..], Vec::as_slice);
    let slate: Option<Vec<Scored>> = people
        .iter()
        .map(|p| Some(Scored { person: *places.get(p["id"].as_str()?)?, score: p["score"].as_f64()? as f32 }))
        .collect();
    let slate = slate.filter(|slate| slate.len() == SLATE);
    let slate =
        slate.ok_or_else(|| refused("it shows people who are not in the catalogue at hand".into()))?;
    let utilities = visit.crowd.utilities(&guest, &slate);
    let chances = visit.click_model.probabilities(&utilities, visit.crowd.known(&guest));
    let rank = click_model::drawn(&chances, uniform);
    let click = json!({ "recommendation_id": shown["recommendation_id"], "person_id": people[rank]["id"] });
    post(client, visit.url, "clicks", &click).await?;
    let mut clicked = [0.0; SLATE];
    clicked[rank] = 1.0;
    Ok(Expected::of(&utilities, &clicked).into())
}

async fn post(client: &Client, url: &str, path: &str, body: &Value) -> Result<Value, CliError> {
    let answer = client.post(format!("{url}/api/v1/{path}")).json(body).send().await;
    let answer = answer.map_err(|e| refused(e.to_string()))?;
    let status = answer.status();
    let body: Value = answer.json().await.map_err(|e| refused(e.to_string()))?;
    if status.is_success() { Ok(body) } else { Err(refused(format!("{status}: {}", body["detail"]))) }
}

fn refused(why: String) -> CliError {
    CliError::Refused { service: "gateway", why, class: Class::Unavailable }
}
