//! Learners in processes of their own, one for each core.
//!
//! burn keeps what every thread of a process records for its gradients behind one lock: two learners beside each other
//! in one process take as long as one after the other. So `avzeus simulate` starts itself again, with the same arguments
//! and one more, and asks these processes line by line on their standard input.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use domain::PolicyNetwork;
use learning::rules;
use proto::convert::decode;
use proto::{Message, v1};
use serde::{Deserialize, Serialize};

use super::crowd::Crowd;
use super::population::Population;
use super::trial::{Learn, Plan};
use crate::CliError;

/// What makes `avzeus simulate` such a process.
const ARGUMENT: &str = "--learner-process";

/// Clicks between two words on how far a learner is.
const WORD: u64 = 1024;

/// What one learner is to learn.
#[derive(Serialize, Deserialize)]
struct Question {
    catalogue_version: String,
    population: String,
    learner: String,
    seed: u64,
}

/// A line of the answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// So many more clicks were learned from.
    Clicks(u64),
    /// The policy at each checkpoint, a weight head in base64; the last line.
    Policies(Vec<String>),
}

/// A process that learns.
pub(super) struct LearnerProcess {
    child: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl LearnerProcess {
    /// Starts one with this process's own arguments.
    pub(super) fn start() -> Result<Self, CliError> {
        let program = std::env::current_exe().map_err(CliError::Start)?;
        let mut command = Command::new(program);
        command.args(std::env::args_os().skip(1)).arg(ARGUMENT);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(CliError::Start)?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both are piped")
        };
        Ok(Self { child, questions, answers: BufReader::new(answers).lines() })
    }

    /// Returns the policies that `learn` comes to on visitors of `crowd`, one a checkpoint; `learned` hears how
    /// many clicks more were learned from.
    pub(super) fn learn(
        &mut self,
        crowd: &Crowd,
        learn: Learn,
        mut learned: impl FnMut(u64),
    ) -> Result<Vec<PolicyNetwork>, CliError> {
        let question = Question {
            catalogue_version: crowd.catalogue.version.clone(),
            population: learn.population.name().to_owned(),
            learner: learn.rule.name().to_owned(),
            seed: learn.seed,
        };
        write(&mut self.questions, &question).map_err(CliError::Start)?;
        for line in &mut self.answers {
            match serde_json::from_str(&line.map_err(CliError::Start)?).map_err(unreadable)? {
                Answer::Clicks(clicks) => learned(clicks),
                Answer::Policies(policies) => return policies.iter().map(|policy| read(policy)).collect(),
            }
        }
        // Its own words are on standard error.
        Err(CliError::Start(std::io::Error::other("a process that learns ended before it had answered")))
    }
}

impl Drop for LearnerProcess {
    fn drop(&mut self) {
        // One that is in the middle of an answer would go on to its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers the questions on standard input until they end.
pub(super) fn answer(crowd: &Crowd, plan: &Plan) -> Result<(), CliError> {
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lines() {
        let question: Question = serde_json::from_str(&line.map_err(CliError::Start)?).map_err(unreadable)?;
        if question.catalogue_version != crowd.catalogue.version {
            let why = "needs one catalogue, and another one has come to serve meanwhile: try again";
            return Err(CliError::Option { option: "simulate", why });
        }
        let population = Population::from_str(&question.population, false).map_err(unreadable)?;
        let rule = rules::named(&question.learner).map_err(unreadable)?;
        let learn = Learn { population, rule, seed: question.seed };
        let (mut clicks, mut failed) = (0, None);
        let learned = |more| {
            clicks += more;
            if clicks % WORD == 0 && failed.is_none() {
                failed = write(&mut answers, &Answer::Clicks(WORD)).err();
            }
        };
        let policies = plan.learned(crowd, learn, learned);
        if let Some(error) = failed {
            return Err(CliError::Start(error));
        }
        let last = [Answer::Clicks(clicks % WORD), Answer::Policies(policies.iter().map(written).collect())];
        for answer in last {
            write(&mut answers, &answer).map_err(CliError::Start)?;
        }
    }
    Ok(())
}

fn write(to: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")?;
    to.flush()
}

fn written(policy: &PolicyNetwork) -> String {
    STANDARD.encode(v1::WeightHead::from(policy).encode_to_vec())
}

fn read(written: &str) -> Result<PolicyNetwork, CliError> {
    let bytes = STANDARD.decode(written).map_err(unreadable)?;
    let head: v1::WeightHead = decode("WeightHead", &bytes).map_err(unreadable)?;
    PolicyNetwork::try_from(&head).map_err(unreadable)
}

fn unreadable(why: impl std::fmt::Display) -> CliError {
    CliError::Start(std::io::Error::other(format!("a process that learns was not understood: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use learning::fold::Fold;
    use learning::settings::Settings;

    #[test]
    fn a_policy_comes_back_to_the_bit() {
        let policy = Fold::initial(&Settings::default()).policy().clone();
        assert_eq!(read(&written(&policy)).unwrap(), policy);
        assert!(read("no policy").is_err());
    }
}
