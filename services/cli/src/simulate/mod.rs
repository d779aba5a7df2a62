//! `avzeus simulate`: visitors whose taste is known, so that a policy can be judged by what it is worth to them.

mod against;
mod crowd;
mod curves;
mod drawn_catalogue;
mod draws;
mod learner_process;
mod panel;
mod population;
mod report;
mod table;
mod trial;
mod visits;
mod weights_search;
mod which_catalogue;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use domain::Catalogue;
use domain::click_model::ClickModel;
use learning::rules;
use learning::settings::Settings;

use self::against::Visit;
use self::crowd::Crowd;
use self::population::Population;
use self::report::Report;
use self::trial::{Place, Plan};
use self::which_catalogue::CatalogueArgs;
use crate::CliError;

/// Seed of the drawn catalogue.
const CATALOGUE_SEED: u64 = 1;

/// `avzeus simulate`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SimulateArgs {
    /// Clicks after which learners are judged, 1 to 10,000,000 each, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,50000",
          value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    clicks: Vec<u64>,
    /// Runs of each learner: with the seeds --seed, --seed + 1 and so on, each with visitors of its own.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Populations, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Population::value_variants())]
    populations: Vec<Population>,
    /// Policies, separated by commas: fixed ones, and learners [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(policy_names()))]
    policies: Vec<String>,
    /// How visitors click.
    #[arg(long, value_enum, default_value_t = ClickModelName::Softmax)]
    click_model: ClickModelName,
    /// What every rank further down costs under the position model, in the logit, 0 or more.
    #[arg(long, default_value_t = 0.3)]
    position_bias: f64,
    /// Common visitors that all policies are judged by, exactly, 100 to 1,000,000.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    visitors: u32,
    /// Drive the running system at this address with one population instead, for as many clicks as the largest of
    /// --clicks. Its catalogue must be at hand: in the data folder, or exported.
    #[arg(long, value_name = "URL", conflicts_with_all = ["curves", "people"])]
    against: Option<String>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    settings: Settings,
    /// Write each population's learning curves to DIR/<population>.svg.
    #[arg(long, value_name = "DIR")]
    curves: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Learn what standard input asks for, for the process that started this one.
    #[arg(long, hide = true)]
    learner_process: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClickModelName {
    /// All ten are compared: a softmax over 20 × utility.
    Softmax,
    /// From the top, one after the other, until one attracts.
    Cascade,
    /// The softmax, with a cost for every rank further down.
    Position,
}

pub(crate) async fn run(args: SimulateArgs) -> Result<ExitCode, CliError> {
    args.settings.validate()?;
    let plan = args.plan()?;
    if let Some(url) = &args.against {
        return against(&args, url.trim_end_matches('/'), &plan).await;
    }
    let (catalogue, from) = args.catalogue.read(CATALOGUE_SEED).await?;
    if !args.learner_process {
        eprintln!("{:>12} {}, {} people: {from}", "catalogue", catalogue.version, catalogue.people.len());
    }
    let work = tokio::task::spawn_blocking({
        let args = args.clone();
        move || match args.learner_process {
            true => learner_process::answer(&Crowd::new(catalogue), &plan).map(|()| None),
            false => reported(&args, &plan, catalogue, plan.place()).map(Some),
        }
    });
    let report = work.await.map_err(|e| CliError::Start(std::io::Error::other(e)))??;
    let Some(report) = report else { return Ok(ExitCode::SUCCESS) };
    if let Some(folder) = &args.curves {
        curves::write(folder, &report.populations)?;
    }
    if args.json {
        println!("{}", serde_json::to_string(&report).expect("figures are plain numbers"));
    } else {
        table::print(&report);
        eprintln!("next: avzeus simulate --against URL --populations NAME drives a running system so");
    }
    Ok(ExitCode::SUCCESS)
}

async fn against(args: &SimulateArgs, url: &str, plan: &Plan) -> Result<ExitCode, CliError> {
    let [population] = plan.populations[..] else {
        let why = "takes one population at a time: name it with --populations";
        return Err(CliError::Option { option: "--against", why });
    };
    let crowd = Crowd::new(args.catalogue.served_at(url).await?);
    let (click_model, seed) = (plan.click_model, plan.settings.seed);
    let visit = Visit { url, crowd: &crowd, population, click_model, clicks: plan.clicks(), seed };
    let report = against::run(&visit).await?;
    if args.json {
        println!("{report}");
    } else {
        against::print(&report);
        eprintln!("next: avzeus policy show");
    }
    Ok(ExitCode::SUCCESS)
}

/// Tries everything that `plan` names on visitors of `catalogue`, learners at `place`.
fn reported(
    args: &SimulateArgs,
    plan: &Plan,
    catalogue: Catalogue,
    place: Place,
) -> Result<Report, CliError> {
    let (catalogue_version, people) = (catalogue.version.clone(), catalogue.people.len());
    let populations = trial::run(&Crowd::new(catalogue), plan, place)?;
    let click_model = args.click_model.to_possible_value().expect("no model is hidden").get_name().to_owned();
    Ok(Report { catalogue_version, people, click_model, visitors: plan.visitors, populations })
}

impl SimulateArgs {
    fn plan(&self) -> Result<Plan, CliError> {
        let mut checkpoints = self.clicks.clone();
        checkpoints.sort_unstable();
        checkpoints.dedup();
        let asked = |name: &str| self.policies.is_empty() || self.policies.iter().any(|p| p == name);
        Ok(Plan {
            populations: self.populations.clone(),
            learners: rules::ALL.into_iter().filter(|rule| asked(rule.name())).collect(),
            fixed: trial::FIXED.iter().copied().filter(|name| asked(name)).map(str::to_owned).collect(),
            click_model: self.click_model()?,
            checkpoints,
            seeds: self.seeds,
            visitors: self.visitors as usize,
            settings: self.settings.clone(),
        })
    }

    fn click_model(&self) -> Result<ClickModel, CliError> {
        let bias = self.position_bias;
        if !(bias >= 0.0 && bias.is_finite()) {
            return Err(CliError::OutOfRange { option: "--position-bias", given: bias, range: "0 or more" });
        }
        Ok(match self.click_model {
            ClickModelName::Softmax => ClickModel::Softmax,
            ClickModelName::Cascade => ClickModel::Cascade,
            ClickModelName::Position => ClickModel::Position { bias },
        })
    }
}

/// Everything that can be compared.
fn policy_names() -> Vec<&'static str> {
    trial::FIXED.into_iter().chain(rules::ALL.map(|rule| rule.name())).collect()
}

#[cfg(test)]
mod tests;
