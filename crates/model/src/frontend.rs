//! The side of a proxy that faces clients.

use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_rules::Condition;

use crate::bind::Bind;

/// What a proxy needs to accept clients.
#[derive(Debug)]
pub struct Frontend {
    /// Where it listens.
    pub binds: Vec<Bind>,
    /// `maxconn`: client connections at once; zero: only the process's limit.
    pub maxconn: u32,
    /// `backlog`, where set.
    pub backlog: Option<u32>,
    /// `use_backend` rules in the order of the file.
    pub switch_rules: Vec<SwitchRule>,
    /// `default_backend`; for a `listen` section the section itself; none: requests that no rule takes get a 503.
    pub default_backend: Option<ProxyId>,
    /// Live state.
    pub state: Arc<burdock_state::Frontend>,
}

/// A `use_backend` line.
#[derive(Debug)]
pub struct SwitchRule {
    /// The backend it sends to.
    pub target: SwitchTarget,
    /// When it applies.
    pub condition: Condition,
}

/// What a `use_backend` line names.
#[derive(Debug)]
pub enum SwitchTarget {
    /// A backend known when the configuration was read.
    Backend(ProxyId),
}
