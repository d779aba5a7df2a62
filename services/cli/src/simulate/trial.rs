//! Every policy on trial: the fixed ones once a season, each learner once a population and seed, on all cores.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use domain::PolicyNetwork;
use domain::click_model::{ClickModel, Expected};
use learning::fold::Fold;
use learning::rules::Rule;
use learning::settings::Settings;

use super::crowd::Crowd;
use super::draws::{Purpose, draws};
use super::learner_process::LearnerProcess;
use super::panel::Panel;
use super::population::{Population, Season};
use super::report::{Figures, Gap, PolicyReport, PopulationReport, SeedReport, WeightRange};
use super::visits;
use super::weights_search::{Aim, Found, Search};
use crate::CliError;
use crate::progress::Progress;

/// Seed of the common visitors: whatever else is tried, they stay the same.
const PANEL_SEED: u64 = 0;
/// Time between two looks at how far the trial is.
const LOOK: Duration = Duration::from_millis(200);

/// What is tried.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) populations: Vec<Population>,
    pub(super) learners: Vec<&'static dyn Rule>,
    /// Names of the fixed policies that are reported.
    pub(super) fixed: Vec<String>,
    pub(super) click_model: ClickModel,
    /// Clicks after which learners are judged, rising.
    pub(super) checkpoints: Vec<u64>,
    pub(super) seeds: u64,
    /// Common visitors.
    pub(super) visitors: usize,
    /// Of every learner; the seed is the first one's.
    pub(super) settings: Settings,
}

/// One thing to work out.
#[derive(Debug, Clone, Copy)]
enum Task {
    Fixed(Season),
    Learn(Learn),
}

/// A learner on trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learn {
    pub(super) population: Population,
    pub(super) rule: &'static dyn Rule,
    pub(super) seed: u64,
}

/// Where learners learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In this process.
    Here,
    /// In a process of its own for each core.
    Processes,
}

/// What came of it.
enum Outcome {
    Fixed(Box<Fixed>),
    /// At each checkpoint: as served, at the mean action, and the weights it gives.
    Learned(Vec<(Expected, Expected, WeightRange)>),
}

/// The fixed policies of one season.
struct Fixed {
    initial: Expected,
    initial_mean: Expected,
    random: Expected,
    best_constant: [Found; 2],
    optimum: [Found; 2],
}

/// Tries everything, learners at `place`.
pub(super) fn run(crowd: &Crowd, plan: &Plan, place: Place) -> Result<Vec<PopulationReport>, CliError> {
    let mut source = draws(PANEL_SEED, Purpose::Panel);
    let visitors: Vec<_> = (0..plan.visitors).map(|_| crowd.visitor(&mut source)).collect();
    let panels = thread::scope(|scope| {
        let visitors = &visitors;
        Season::ALL
            .map(|season| scope.spawn(move || Panel::new(crowd, visitors, season, plan.click_model)))
            .map(|panel| panel.join().expect("a panel is made of what is there"))
    });
    let tasks = plan.tasks();
    let outcomes = side_by_side(&tasks, plan, |task, process, clicks_made| match *task {
        Task::Fixed(season) => {
            Ok(Outcome::Fixed(Box::new(Fixed::found(&panels[season as usize], &plan.settings))))
        }
        Task::Learn(learn) => {
            let learned = |clicks| {
                clicks_made.fetch_add(clicks, Ordering::Relaxed);
            };
            let policies = match place {
                Place::Here => plan.learned(crowd, learn, learned),
                Place::Processes => {
                    let process = match process {
                        Some(process) => process,
                        None => process.insert(LearnerProcess::start()?),
                    };
                    process.learn(crowd, learn, learned)?
                }
            };
            let panel = |clicks| &panels[learn.population.season(clicks, plan.clicks()) as usize];
            let judged = plan.checkpoints.iter().zip(&policies);
            Ok(Outcome::Learned(judged.map(|(&clicks, policy)| judge(panel(clicks), policy)).collect()))
        }
    })?;
    Ok(plan.report(&tasks, &outcomes))
}

fn judge(panel: &Panel, policy: &PolicyNetwork) -> (Expected, Expected, WeightRange) {
    let range = panel.range(policy);
    let weights = WeightRange { least: range.map(|r| r.0), most: range.map(|r| r.1) };
    (panel.served(policy), panel.mean_action(policy), weights)
}

/// Works on the tasks in order on all cores, and tells how far it is; outcomes are in the order of the tasks.
fn side_by_side(
    tasks: &[Task],
    plan: &Plan,
    work: impl Fn(&Task, &mut Option<LearnerProcess>, &AtomicU64) -> Result<Outcome, CliError> + Sync,
) -> Result<Vec<Outcome>, CliError> {
    let (next, clicks_made) = (AtomicUsize::new(0), AtomicU64::new(0));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let learned = tasks.iter().filter(|task| matches!(task, Task::Learn(_))).count() as u64;
    let all_clicks = learned * plan.clicks();
    let mut progress = Progress::new("simulating", all_clicks);
    let started = Instant::now();
    let outcomes = thread::scope(|scope| {
        // As many places as tasks: nobody ever waits to hand an outcome over.
        let (done, finished) = mpsc::sync_channel(tasks.len());
        for _ in 0..cores.min(tasks.len()) {
            let (done, next, clicks_made, work) = (done.clone(), &next, &clicks_made, &work);
            scope.spawn(move || {
                let mut process = None;
                while let Some((place, task)) = taken(tasks, next) {
                    let outcome = work(task, &mut process, clicks_made);
                    let failed = outcome.is_err();
                    if done.send((place, outcome)).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
        loop {
            match finished.recv_timeout(LOOK) {
                Ok((place, Ok(outcome))) => drop(outcomes.insert(place, outcome)),
                Ok((_, Err(error))) => {
                    // Whoever works on something ends it, and takes nothing more.
                    next.store(tasks.len(), Ordering::Relaxed);
                    break Err(error);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break Ok(outcomes.into_values().collect()),
            }
            let made = clicks_made.load(Ordering::Relaxed);
            let rate = made as f64 / started.elapsed().as_secs_f64();
            progress.at(made, all_clicks, &format!("clicks, {rate:.0} a second"));
        }
    });
    let (seconds, made) = (started.elapsed().as_secs_f64(), clicks_made.load(Ordering::Relaxed));
    progress.done(&format!("{made} clicks in {seconds:.1} s, {:.0} a second", made as f64 / seconds));
    outcomes
}

fn taken<'a>(tasks: &'a [Task], next: &AtomicUsize) -> Option<(usize, &'a Task)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, tasks.get(place)?))
}

impl Fixed {
    fn found(panel: &Panel, settings: &Settings) -> Self {
        let initial = Fold::initial(settings);
        let search = Search::over(panel);
        let aims = [Aim::Reward, Aim::Utility];
        Self {
            initial: panel.served(initial.policy()),
            initial_mean: panel.mean_action(initial.policy()),
            random: panel.uniform(),
            best_constant: aims.map(|aim| search.constant(aim)),
            optimum: aims.map(|aim| search.by_state(aim)),
        }
    }

    /// From `initial` to the best figure that any weights reach.
    fn gap(&self, initial: &Expected) -> Gap {
        Gap { initial: (*initial).into(), optimum: best_of_each(&self.optimum) }
    }
}

/// Reward and rank of the weights found for reward, utilities of those found for utility.
fn best_of_each([for_reward, for_utility]: &[Found; 2]) -> Figures {
    let (reward, utility) = (Figures::from(for_reward.worth), Figures::from(for_utility.worth));
    Figures { reward: reward.reward, click_rank: reward.click_rank, ..utility }
}

impl Plan {
    /// Clicks that each learner learns from.
    pub(super) fn clicks(&self) -> u64 {
        self.checkpoints.last().copied().unwrap_or(0)
    }

    /// Returns where learners learn: a single one has nobody to wait for.
    pub(super) fn place(&self) -> Place {
        match self.learners.len() as u64 * self.populations.len() as u64 * self.seeds {
            0 | 1 => Place::Here,
            _ => Place::Processes,
        }
    }

    /// Returns the policies that `learn` comes to on visitors of `crowd`, one a checkpoint; `learned` hears how
    /// many clicks more were learned from.
    pub(super) fn learned(
        &self,
        crowd: &Crowd,
        learn: Learn,
        learned: impl FnMut(u64),
    ) -> Vec<PolicyNetwork> {
        let settings = Settings { rule: learn.rule, seed: learn.seed, ..self.settings.clone() };
        visits::policies(crowd, learn.population, self.click_model, &settings, &self.checkpoints, learned)
    }

    /// The longest first, so that the cores end together.
    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for season in Season::ALL {
            let lived = |p: &Population| {
                self.checkpoints.iter().any(|&clicks| p.season(clicks, self.clicks()) == season)
            };
            if self.populations.iter().any(lived) {
                tasks.push(Task::Fixed(season));
            }
        }
        for seed in (0..self.seeds).map(|n| self.settings.seed + n) {
            for &population in &self.populations {
                tasks.extend(self.learners.iter().map(|&rule| Task::Learn(Learn { population, rule, seed })));
            }
        }
        // Who updates most often takes longest.
        tasks.sort_by_key(|task| match task {
            Task::Fixed(_) => 0,
            Task::Learn(learn) => Settings { rule: learn.rule, ..self.settings.clone() }.every_clicks(),
        });
        tasks
    }

    fn report(&self, tasks: &[Task], outcomes: &[Outcome]) -> Vec<PopulationReport> {
        let fixed = |season: Season| {
            let found = tasks.iter().zip(outcomes).find_map(|(task, outcome)| match (task, outcome) {
                (Task::Fixed(found), Outcome::Fixed(fixed)) if *found == season => Some(fixed),
                _ => None,
            });
            found.expect("every season that a checkpoint falls in was worked out")
        };
        let learned = |population: Population, rule: &'static dyn Rule| {
            tasks.iter().zip(outcomes).filter_map(move |(task, outcome)| match (task, outcome) {
                (Task::Learn(learn), Outcome::Learned(judged))
                    if learn.population == population && learn.rule == rule =>
                {
                    Some((learn.seed, judged))
                }
                _ => None,
            })
        };
        let report = |&population: &Population| {
            let mut policies = Vec::new();
            for (nth, &clicks) in self.checkpoints.iter().enumerate() {
                let fixed = fixed(population.season(clicks, self.clicks()));
                policies.extend(self.fixed.iter().map(|name| fixed.report(name, clicks)));
                let (served, mean) = (fixed.gap(&fixed.initial), fixed.gap(&fixed.initial_mean));
                for &rule in &self.learners {
                    let seeds = learned(population, rule).map(|(seed, judged)| {
                        let (drawn, settled, weights) = judged[nth];
                        SeedReport {
                            seed: Some(seed),
                            served: served.judge(drawn.into()),
                            mean_action: Some(mean.judge(settled.into())),
                            weights: Some(weights),
                        }
                    });
                    let seeds = seeds.collect();
                    policies.push(PolicyReport::of_seeds(rule.name(), clicks, seeds, &served, &mean));
                }
            }
            PopulationReport { name: population.name(), policies }
        };
        self.populations.iter().map(report).collect()
    }
}

impl Fixed {
    /// The policy of that name among [`FIXED`].
    fn report(&self, name: &str, clicks: u64) -> PolicyReport {
        let (served, mean) = (self.gap(&self.initial), self.gap(&self.initial_mean));
        let (figures, mean_action, searched) = match name {
            "initial" => (self.initial.into(), Some(self.initial_mean.into()), None),
            "random" => (self.random.into(), None, None),
            "best_constant" => (best_of_each(&self.best_constant), None, Some(&self.best_constant)),
            _ => (best_of_each(&self.optimum), None, Some(&self.optimum)),
        };
        let seed = SeedReport {
            seed: None,
            served: served.judge(figures),
            mean_action: mean_action.map(|figures| mean.judge(figures)),
            weights: None,
        };
        let mut report = PolicyReport::of_seeds(name, clicks, vec![seed], &served, &mean);
        report.for_reward = searched.map(|[reward, _]| reward.worth.into());
        report.for_utility = searched.map(|[_, utility]| utility.worth.into());
        report
    }
}

/// Policies that do not learn.
pub(super) const FIXED: [&str; 4] = ["initial", "random", "best_constant", "optimum"];
