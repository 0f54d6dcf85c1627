//! Health checks: when a server is tried, what the result means for its state, and what is said about it; the same for changes that
//! operators ask for. Knows nothing of requests.
#![forbid(unsafe_code)]

mod agent;
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

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use arc_swap::ArcSwap;
use burdock_model::Model;
use tokio::task::JoinSet;

use crate::task::Subject;

/// The running checks. Dropping it ends them.
#[derive(Debug)]
#[must_use = "dropping it ends the checks"]
pub struct Checks {
    _tasks: JoinSet<()>,
}

/// Begins to check the servers of the model in force, and those that are added later: one task a checked server, on the `LocalSet` (or local
/// runtime) that the caller is within.
pub fn start(models: &Arc<ArcSwap<Model>>, log: Rc<dyn EventLog>) -> Checks {
    let model = models.load_full();
    let subjects = Subject::all(models, &model, None, &log);
    let intervals: Vec<_> = subjects.iter().map(Subject::interval_ms).collect();
    let delays = schedule::first_delays_ms(&intervals, model.global.max_spread_checks_ms);
    let mut checks = JoinSet::new();
    for (subject, delay_ms) in subjects.into_iter().zip(delays) {
        checks.spawn_local(task::check_forever(subject, delay_ms));
    }
    let mut tasks = JoinSet::new();
    tasks.spawn_local(follow(Arc::clone(models), model, log, checks));
    Checks { _tasks: tasks }
}

/// Begins to check servers as they are added. Those that are taken out end by themselves.
async fn follow(models: Arc<ArcSwap<Model>>, mut known: Arc<Model>, log: Rc<dyn EventLog>, mut checks: JoinSet<()>) {
    loop {
        let model = another(&models, &known).await;
        for subject in Subject::all(&models, &model, Some(&known), &log) {
            checks.spawn_local(task::check_forever(subject, 0));
        }
        while checks.try_join_next().is_some() {}
        known = model;
    }
}

/// Waits for another model than the one that is known.
async fn another(models: &ArcSwap<Model>, known: &Arc<Model>) -> Arc<Model> {
    poll_fn(|cx| {
        known.process.publications.add(cx.waker());
        let model = models.load_full();
        if Arc::ptr_eq(&model, known) { Poll::Pending } else { Poll::Ready(model) }
    })
    .await
}
