//! Logs and metrics.

use std::time::Duration;

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::time::interval;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, ServiceSettings};

/// Upper bounds, in seconds, of every histogram whose name ends in `_seconds`.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds of every other histogram: how many of something came together.
const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Time between two counts of what was recorded.
const UPKEEP: Duration = Duration::from_secs(5);

/// Sends `tracing` events to standard error in the chosen shape. A second call changes nothing.
pub fn init_logs(settings: &ServiceSettings) {
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would say on standard error that nobody reads standard error, and panic.
        .log_internal_errors(false);
    let installed = match settings.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    if installed.is_err() {
        tracing::debug!("logs were set up before");
    }
}

/// The text behind /metrics.
#[derive(Clone)]
pub(crate) struct MetricsPage(PrometheusHandle);

impl MetricsPage {
    /// Installs the process's recorder. Fails when one is there already.
    pub(crate) fn install() -> Result<Self, BuildError> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        Ok(Self(handle))
    }

    /// Returns Prometheus exposition text.
    pub(crate) fn render(&self) -> String {
        self.0.render()
    }

    /// Counts what was recorded into the buckets of its histogram, again and again, for ever.
    pub(crate) async fn keep_small(&self) {
        let mut ticks = interval(UPKEEP);
        loop {
            ticks.tick().await;
            // Until then the exporter keeps every single value: of a service whose page nobody reads, all there ever were.
            self.0.run_upkeep();
        }
    }
}

/// What keeps the process's metrics. Every histogram has buckets: without bounds the exporter would make a summary of it,
/// whose quantiles fall back to 0 once nothing is recorded for a minute, and which cannot be added up over processes.
fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets(&COUNTS)?.set_buckets_for_metric(seconds, &SECONDS)?;
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{describe_counter, describe_counter_by};

    #[test]
    fn counters_begin_with_0_and_every_histogram_has_buckets() {
        let recorder = recorder().unwrap();
        let page = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe_counter("avzeus_x_total", "events");
            describe_counter_by("avzeus_y_total", "why", &["late", "lost"], "events by why");
            metrics::histogram!("avzeus_batch_crops").record(3.0);
            metrics::histogram!("avzeus_batch_seconds").record(0.003);
        });
        let text = MetricsPage(page).render();
        for line in [
            "# HELP avzeus_x_total events",
            "avzeus_x_total 0",
            "avzeus_y_total{why=\"late\"} 0",
            "avzeus_y_total{why=\"lost\"} 0",
            "avzeus_batch_crops_bucket{le=\"2\"} 0",
            "avzeus_batch_crops_bucket{le=\"4\"} 1",
            "avzeus_batch_seconds_bucket{le=\"0.0025\"} 0",
            "avzeus_batch_seconds_bucket{le=\"0.005\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains(" summary"), "{text}");
    }
}
