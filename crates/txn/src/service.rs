//! What answers a request instead of a server (`use-service`).

/// A service of the program's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `prometheus-exporter`: the statistics in the text format of Prometheus.
    PrometheusExporter,
}

impl Service {
    /// What log lines show in place of a server.
    pub const fn shown_as(self) -> &'static str {
        match self {
            Self::PrometheusExporter => "<PROMEX>",
        }
    }
}
