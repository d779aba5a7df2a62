//! One child process: started, watched, started again, stopped.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::console::Log;
use crate::CliError;

/// First pause before a child that died is started again; it doubles with each early death.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A child that lived this long starts again with the first pause.
const SETTLED: Duration = Duration::from_secs(20);
/// Time a child has to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(15);

/// Time the pipe of an ended child has to run dry.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What to run.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(&'static str, String)>,
}

impl Recipe {
    fn start(&self, log: &Log, lines: &mut JoinSet<()>) -> Result<Child, CliError> {
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C reaches the whole foreground group; children are stopped by us, in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| CliError::Program { program: self.program.display().to_string() })?;
        if let Some(output) = child.stdout.take() {
            lines.spawn(copy(self.name, output, log.clone()));
        }
        if let Some(output) = child.stderr.take() {
            lines.spawn(copy(self.name, output, log.clone()));
        }
        Ok(child)
    }
}

/// Copies lines until the child closes its end: the task ends with the child.
async fn copy(name: &'static str, output: impl AsyncRead + Unpin, log: Log) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.line(name, &line);
    }
}

/// Runs the recipe until `stop`, starting it again whenever it ends. `started` hears of every process.
pub(super) async fn keep(
    recipe: Recipe,
    log: Log,
    stop: CancellationToken,
    started: impl Fn(&'static str, u32, u32),
) {
    let mut pause = FIRST_PAUSE;
    let mut restarts = 0;
    loop {
        let born = Instant::now();
        let mut lines = JoinSet::new();
        match recipe.start(&log, &mut lines) {
            Ok(mut child) => {
                started(recipe.name, child.id().unwrap_or_default(), restarts);
                let ended = tokio::select! {
                    ended = child.wait() => ended,
                    () = stop.cancelled() => {
                        end(&recipe, &mut child, &log).await;
                        // Its last words are worth a moment.
                        let _ = tokio::time::timeout(LAST_WORDS, lines.join_all()).await;
                        return;
                    }
                };
                let how = ended.map_or_else(|e| e.to_string(), |status| status.to_string());
                log.tell(recipe.name, &format!("ended by itself ({how}); starting it again"));
            }
            Err(error) => log.tell(recipe.name, &error.to_string()),
        }
        if born.elapsed() >= SETTLED {
            pause = FIRST_PAUSE;
        }
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        restarts += 1;
    }
}

/// Asks the child to end, and ends it if it does not.
async fn end(recipe: &Recipe, child: &mut Child, log: &Log) {
    let pid = child.id().and_then(|id| Pid::from_raw(id as i32));
    if let Some(pid) = pid {
        // It may have ended by itself a moment ago.
        let _ = kill_process(pid, Signal::TERM);
    }
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        log.tell(recipe.name, &format!("did not end within {} s and was killed", PATIENCE.as_secs()));
        let _ = child.kill().await;
    }
}
