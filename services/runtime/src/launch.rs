//! From the command line to the end of a service.

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use domain::Classified;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::failure::told;
use crate::telemetry::MetricsPage;
use crate::{Health, ServiceSettings, ops, telemetry};

/// A service's configuration: knows the settings all services share, and can be checked.
pub trait Configured {
    /// The shared part.
    fn service(&self) -> &ServiceSettings;

    /// Whether values that parse also make sense together.
    fn validate(&self) -> Result<(), Invalid>;

    /// What `--check-config` says beside, a line each: what the values come to on this machine.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A setting that cannot be: named as a user would set it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {why}")]
pub struct Invalid {
    /// Environment name.
    pub setting: &'static str,
    /// What is wrong and what would be right.
    pub why: String,
}

/// What a running service is given.
#[derive(Clone)]
pub struct Lifecycle {
    /// Cancelled when the service should end; hand it down.
    pub shutdown: CancellationToken,
    /// Where readiness is told.
    pub health: Health,
}

/// Exit code for a configuration that cannot be.
const BAD_INPUT: u8 = 2;

/// Runs a service: checks its configuration, sets up logs, metrics and the ops routes, and waits for
/// `run`. SIGTERM and Ctrl-C cancel the token; what has not ended `drain_seconds` later is cut off.
/// Exits 0 after a drain, 1 when `run` failed, 2 for a bad configuration.
pub fn launch<C, F, R, E>(name: &'static str, config: C, run: F) -> ExitCode
where
    C: Configured,
    F: FnOnce(C, Lifecycle) -> R,
    R: Future<Output = Result<(), E>>,
    E: Classified,
{
    let settings = config.service().clone();
    if let Err(invalid) = config.validate() {
        eprintln!("{name}: {invalid}");
        return ExitCode::from(BAD_INPUT);
    }
    if settings.check_config {
        // Whoever asked may have left: the exit code says it, too.
        let mut out = std::io::stdout();
        let _ = writeln!(out, "{name}: the configuration is sound");
        for remark in config.remarks() {
            let _ = writeln!(out, "{name}: {remark}");
        }
        return ExitCode::SUCCESS;
    }
    telemetry::init_logs(&settings);
    let started = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(e) => {
            tracing::error!(error = %e, "the async runtime did not start");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(live(name, config, settings, run));
    // Work that ignores cancellation, such as a blocking read, must not hold the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

async fn live<C, F, R, E>(name: &'static str, config: C, settings: ServiceSettings, run: F) -> ExitCode
where
    F: FnOnce(C, Lifecycle) -> R,
    R: Future<Output = Result<(), E>>,
    E: Classified,
{
    let metrics = match MetricsPage::install() {
        Ok(metrics) => metrics,
        Err(e) => {
            tracing::error!(error = %e, "metrics could not be set up");
            return ExitCode::FAILURE;
        }
    };
    let life = Lifecycle { shutdown: CancellationToken::new(), health: Health::default() };
    let ops_end = CancellationToken::new();
    let mut around = JoinSet::new();
    around.spawn(ops::serve(settings.ops_addr, life.health.clone(), metrics, ops_end.clone()));
    let shutdown = life.shutdown.clone();
    tracing::info!(service = name, ops = %settings.ops_addr, "started");
    let work = run(config, life);
    tokio::pin!(work);
    let outcome = tokio::select! {
        outcome = &mut work => Some(outcome),
        () = terminated() => None,
        // The ops routes end only by failing: nobody could see whether the service lives.
        Some(ended) = around.join_next() => {
            tracing::error!(error = ?ended, "health and metrics cannot be served");
            return ExitCode::FAILURE;
        }
    };
    shutdown.cancel();
    let outcome = match outcome {
        Some(outcome) => Some(outcome),
        None => {
            tracing::info!(service = name, "draining");
            tokio::time::timeout(Duration::from_secs(settings.drain_seconds), work).await.ok()
        }
    };
    ops_end.cancel();
    match outcome {
        Some(Ok(())) => {
            tracing::info!(service = name, "ended");
            ExitCode::SUCCESS
        }
        Some(Err(error)) => {
            tracing::error!(service = name, class = error.class().name(), "{}", told(&error));
            ExitCode::FAILURE
        }
        None => {
            tracing::warn!(
                service = name,
                seconds = settings.drain_seconds,
                "cut off before the drain was done"
            );
            ExitCode::FAILURE
        }
    }
}

/// Ends when the process is asked to: SIGTERM, Ctrl-C, or its terminal closed.
pub async fn terminated() {
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut term), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else {
        // Without handlers the system ends the process itself.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
}
