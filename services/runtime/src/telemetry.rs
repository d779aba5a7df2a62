//! Logs and metrics.

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, ServiceSettings};

/// Upper bounds, in seconds, of every histogram whose name ends in `_seconds`.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

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
pub struct MetricsPage(PrometheusHandle);

impl MetricsPage {
    /// Installs the process's recorder. Fails when one is there already.
    pub(crate) fn install() -> Result<Self, BuildError> {
        let suffix = metrics_exporter_prometheus::Matcher::Suffix("_seconds".to_owned());
        let handle = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS)?.install_recorder()?;
        Ok(Self(handle))
    }

    /// Prometheus exposition text.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}
