//! How Prometheus is told of a field: by which name, as what, and in which form. A part of each field's own row.

/// How Prometheus is told of a field.
#[derive(Clone, Copy, Debug)]
pub struct Exposition {
    /// The metric's name behind `haproxy_` and the kind of object.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// How its values are written.
    pub form: Form,
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// How values are written. Where there is none, `NaN` is, if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are.
    Number,
    /// As they are, of frontends and backends alone.
    ProxyNumber,
    /// As they are, of frontends and backends in `mode http` alone.
    ProxyHttp,
    /// As they are, of servers with checks alone; 0 where there is none.
    Checked,
    /// In seconds; not at all where there is none.
    Milliseconds,
    /// The label `code`, and of proxies in `mode http` alone.
    Class(&'static str),
    /// The label `state`, a line for each there is, with 1 for that which holds.
    State,
    /// The same for the outcome of the last check, of servers that have one.
    CheckState,
    /// Of backends: how many servers are in a state, with the label `state`.
    ServersByState,
    /// The same by the outcome of their last check.
    ServersByCheck,
    /// The label `version`, and 1.
    Version,
}

impl Kind {
    /// The word of the text format.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}
