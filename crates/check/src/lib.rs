//! Health checks: when a server is tried, what the result means for its state, and what is said about it; the same for changes that
//! operators ask for. Knows nothing of requests.
#![forbid(unsafe_code)]

mod answer;
mod attempt;
mod expect;
mod external;
mod failure;
mod http;
mod judge;
mod link;
mod schedule;
mod server_state;
mod task;
mod tell;
#[cfg(test)]
mod testing;
mod text;
mod transition;
mod wording;

pub use tell::EventLog;
pub use transition::{ForcedHealth, Transition};

use std::rc::Rc;
use std::sync::Arc;

use burdock_model::Model;
use tokio::task::JoinSet;

use crate::task::Subject;

/// The running checks of one model. Dropping it ends them.
#[derive(Debug)]
#[must_use = "dropping it ends the checks"]
pub struct Checks {
    _tasks: JoinSet<()>,
}

/// Begins to check the servers of `model`: one task a checked server, on the `LocalSet` (or local runtime) that the caller is within.
pub fn start(model: &Arc<Model>, log: Rc<dyn EventLog>) -> Checks {
    let subjects = Subject::all(model, &log);
    let intervals: Vec<_> = subjects.iter().map(Subject::interval_ms).collect();
    let delays = schedule::first_delays_ms(&intervals, model.global.max_spread_checks_ms);
    let mut tasks = JoinSet::new();
    for (subject, delay_ms) in subjects.into_iter().zip(delays) {
        tasks.spawn_local(task::check_forever(subject, delay_ms));
    }
    Checks { _tasks: tasks }
}
