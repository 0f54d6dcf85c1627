//! Health checks: when a server is tried, what the result means for its state, and what is said about it.
//! Knows nothing of requests.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use burdock_model::{Level, Model, Proxy};

/// Where changes of state are told: the proxy's `log` targets, and standard error in the foreground.
pub trait EventLog {
    /// Tells of one event of a proxy.
    fn event(&self, proxy: &Proxy, level: Level, text: &str);
}

/// The running checks of one model. Dropping it ends them.
#[derive(Debug)]
#[must_use = "dropping it ends the checks"]
pub struct Checks {}

/// Begins to check the servers of `model`: one local task a checked server. Must be called within a `LocalSet` (or a local runtime).
pub fn start(model: &Arc<Model>, log: Rc<dyn EventLog>) -> Checks {
    let _ = (model, log);
    Checks {}
}
