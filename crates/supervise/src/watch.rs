//! The main thread while workers work: it serves the runtime API, asks name servers, samples rates, hears signals, and sees the workers end.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use burdock_base::Instant;
use burdock_control::Control;
use burdock_engine::WorkerHandle;
use burdock_model::{Level, Model, Proxy};
use burdock_observe::{LogService, Logs, RateSampler, notice};
use burdock_resolve::Service;
use burdock_state::Standing;
use nix::sys::signal::SigSet;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::LocalSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::failure::Failure;
use crate::report;

/// How often rates are sampled and workers looked after.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// How often a stopping process looks whether its workers have ended.
const STOP_LOOK_EVERY: Duration = Duration::from_millis(10);

/// Holds back the signals that are listened for, until they are: one that comes while the process still starts must not end it. Threads
/// started meanwhile never see them.
///
/// # Errors
/// The system refuses.
pub fn hold_signals() -> Result<(), Failure> {
    held_signals().thread_block().map_err(|error| Failure::new(format!("Cannot hold signals back: {error}")))
}

fn held_signals() -> SigSet {
    use nix::sys::signal::{SIGHUP, SIGQUIT, SIGTTIN, SIGTTOU, SIGUSR1};
    SigSet::from_iter([SIGUSR1, SIGHUP, SIGQUIT, SIGTTOU, SIGTTIN])
}

/// Returns once a soft stop has ended.
///
/// # Errors
/// The runtime could not be made, or a worker has failed.
pub fn watch(
    model: &Arc<ArcSwap<Model>>,
    control: Control,
    workers: Vec<WorkerHandle>,
    logs: Option<LogService>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("Cannot start the supervisor: {error}")))?;
    let local = LocalSet::new();
    local.spawn_local(async move {
        if let Err(error) = control.serve().await {
            notice(Level::Alert, &format!("the runtime API has ended: {error}"));
        }
    });
    let resolving = Service::new(&model.load().resolvers);
    local.spawn_local(resolving.run());
    local.spawn_local(burdock_locate::run(Arc::clone(model), Rc::new(EventLines(Logs::new(&model.load())))));
    local.block_on(&runtime, supervise(model, workers, logs))
}

/// Where it is told that servers have moved.
struct EventLines(Logs);

impl burdock_control::EventLog for EventLines {
    fn event(&self, proxy: &Proxy, level: Level, text: &str) {
        self.0.event(proxy, level, text);
    }
}

async fn supervise(
    model: &Arc<ArcSwap<Model>>,
    workers: Vec<WorkerHandle>,
    logs: Option<LogService>,
) -> Result<(), Failure> {
    let [mut soft_stop, mut hang_up, mut quit] =
        [heard(SignalKind::user_defined1())?, heard(SignalKind::hangup())?, heard(SignalKind::quit())?];
    let mut pause = heard(SignalKind::from_raw(nix::sys::signal::SIGTTOU as i32))?;
    let mut resume = heard(SignalKind::from_raw(nix::sys::signal::SIGTTIN as i32))?;
    held_signals().thread_unblock().map_err(|error| Failure::new(format!("Cannot listen for signals: {error}")))?;
    let clock = model.load().process.clock;
    let mut sampler = RateSampler::new(clock.now());
    let mut sample = interval(SAMPLE_EVERY);
    sample.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut look = interval(STOP_LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stopping: Option<Stop> = None;
    let mut paused = Paused::default();
    loop {
        tokio::select! {
            _ = soft_stop.recv(), if stopping.is_none() => stopping = Some(Stop::begin(model, &workers, logs.as_ref())),
            _ = pause.recv(), if stopping.is_none() => paused.pause(&model.load()),
            _ = resume.recv(), if stopping.is_none() => paused.resume(),
            _ = hang_up.recv() => report::dump_servers(&model.load()),
            _ = quit.recv() => report::dump_memory(),
            _ = sample.tick() => {
                sampler.tick(&model.load(), clock.now());
                clear_tables(&model.load(), clock.now());
                if stopping.is_none() && let Some(failed) = workers.iter().position(WorkerHandle::is_finished) {
                    return Err(Failure::new(format!("Worker {} has failed. Exiting.", failed + 1)));
                }
            }
            _ = look.tick(), if stopping.is_some() => {
                if workers.iter().all(WorkerHandle::is_finished) {
                    return end(model, workers, logs);
                }
                if stopping.as_ref().is_some_and(|stop| clock.now() >= stop.hard_stop_at) {
                    notice(Level::Warning, "soft-stop running for too long, performing a hard-stop.");
                    return Ok(());
                }
            }
        }
    }
}

/// Proxies that gave their ports up to a younger process (SIGTTOU), until it has failed (SIGTTIN) or sends this one away.
#[derive(Default)]
struct Paused(Vec<(String, Arc<burdock_state::Frontend>)>);

impl Paused {
    fn pause(&mut self, model: &Model) {
        for proxy in model.proxies.iter().filter(|proxy| !proxy.disabled) {
            let Some(side) = proxy.frontend.as_ref().filter(|side| side.state.standing() == Standing::Open) else {
                continue;
            };
            side.state.set_standing(Standing::Paused);
            notice(Level::Warning, &format!("Paused proxy {}.", proxy.name));
            self.0.push((proxy.name.to_string(), Arc::clone(&side.state)));
        }
    }

    fn resume(&mut self) {
        for (name, state) in self.0.drain(..).filter(|(_, state)| state.standing() == Standing::Paused) {
            state.set_standing(Standing::Open);
            notice(Level::Warning, &format!("Resumed proxy {name}."));
        }
    }
}

/// What stick tables have no use for any more goes, whether or not anybody looks at them.
fn clear_tables(model: &Model, now: Instant) {
    model.directory.tables.iter().for_each(|table| {
        table.clear_expired(now);
    });
}

/// A soft stop under way.
struct Stop {
    /// When it is given up (`hard-stop-after`).
    hard_stop_at: Instant,
}

impl Stop {
    fn begin(model: &Arc<ArcSwap<Model>>, workers: &[WorkerHandle], logs: Option<&LogService>) -> Self {
        let model = model.load();
        model.process.begin_stopping();
        workers.iter().for_each(WorkerHandle::soft_stop);
        logs.into_iter().for_each(LogService::stop_receiving);
        Self { hard_stop_at: model.process.clock.now().after_optional_ms(model.global.hard_stop_after_ms) }
    }
}

fn heard(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("Cannot listen for signals: {error}")))
}

fn end(model: &Arc<ArcSwap<Model>>, workers: Vec<WorkerHandle>, logs: Option<LogService>) -> Result<(), Failure> {
    let failed = workers.into_iter().map(WorkerHandle::join).filter(Result::is_err).count();
    // What the last workers wrote is on its way.
    logs.into_iter().for_each(LogService::finish);
    report::say_stopped(&model.load());
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{failed} workers have failed while stopping."))),
    }
}
