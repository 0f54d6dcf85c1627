//! Live state of a server: may it be used, how loaded is it, who waits for it.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burdock_base::{CounterSet, Gauge, Instant, Peak, ServerId, WorkerId, counter_names};

use crate::check::CheckState;
use crate::latency::Latency;
use crate::proxy::Backend;
use crate::queue::Queue;
use crate::rate::Rate;

counter_names! {
    /// What is counted for a server. Names follow the statistics fields of management manual 9.1.
    ServerCounter {
        /// Requests assigned (`stot`).
        Sessions,
        /// Requests sent (`req_tot`).
        Requests,
        /// Bytes received from clients (`bin`).
        BytesIn,
        /// Bytes sent to clients (`bout`).
        BytesOut,
        /// Failed connection attempts (`econ`).
        ConnectErrors,
        /// Responses that failed (`eresp`).
        ResponseErrors,
        /// Responses refused by a rule (`dresp`).
        DeniedResponses,
        /// Attempts repeated (`wretr`).
        Retries,
        /// Requests that left this server for another (`wredis`).
        Redispatches,
        /// Times that the load-balancing algorithm chose this server (`lbtot`).
        Balanced,
        /// Transfers that the client aborted (`cli_abrt`).
        ClientAborts,
        /// Transfers that the server aborted (`srv_abrt`).
        ServerAborts,
        /// Connections opened (`connect`).
        Connects,
        /// Requests sent over a pooled connection (`reuse`).
        Reuses,
        /// Failed checks while the server was up (`chkfail`).
        FailedChecks,
        /// Transitions from up to down (`chkdown`).
        Downs,
        /// Failures that traffic showed (`hanafail`).
        Observed,
        /// Responses with status 100 to 199 (`hrsp_1xx`).
        Responses1xx,
        /// Responses with status 200 to 299.
        Responses2xx,
        /// Responses with status 300 to 399.
        Responses3xx,
        /// Responses with status 400 to 499.
        Responses4xx,
        /// Responses with status 500 to 599.
        Responses5xx,
        /// Responses with any other status.
        ResponsesOther,
    }
}

/// A reason why an administrator, or another server that this one tracks, keeps a server from traffic.
/// The values are bits; several may hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum AdminFlag {
    /// Maintenance asked for at run time.
    ForcedMaintenance = 1,
    /// Maintenance taken over from a tracked server.
    InheritedMaintenance = 2,
    /// `disabled` in the configuration. It only says so: such a server starts in forced maintenance, which ends as any other does.
    ConfiguredMaintenance = 4,
    /// Drain asked for at run time: bound visitors only.
    ForcedDrain = 8,
    /// Drain taken over from a tracked server.
    InheritedDrain = 16,
    /// The server's name does not resolve.
    UnresolvedMaintenance = 32,
    /// The host name was given at run time. It only says so.
    ForcedHostName = 64,
}

const MAINTENANCE: u32 = AdminFlag::ForcedMaintenance as u32
    | AdminFlag::InheritedMaintenance as u32
    | AdminFlag::UnresolvedMaintenance as u32;
/// What `disabled` comes to.
const DISABLED: u32 = AdminFlag::ConfiguredMaintenance as u32 | AdminFlag::ForcedMaintenance as u32;
const DRAIN: u32 = AdminFlag::ForcedDrain as u32 | AdminFlag::InheritedDrain as u32;

/// What an operator asks of a server (management manual 9.3 `set server ... state`). Each wish takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Normal use.
    Ready,
    /// Bound visitors only.
    Drain,
    /// No traffic at all, and no checks.
    Maintenance,
}

impl Wish {
    /// The administrative flags, with this wish in the place of the one before.
    const fn applied_to(self, admin: u32) -> u32 {
        let rest = admin & !(AdminFlag::ForcedMaintenance as u32 | AdminFlag::ForcedDrain as u32);
        match self {
            Self::Ready => rest,
            Self::Drain => rest | AdminFlag::ForcedDrain as u32,
            Self::Maintenance => rest | AdminFlag::ForcedMaintenance as u32,
        }
    }
}

/// What the checks say of a server. Maintenance stops it as well; it comes out running.
/// `Running ⇄ Stopping → Stopped → Starting → Running`; without slow start `Starting` is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operational {
    /// Down.
    Stopped = 0,
    /// Up, warming up.
    Starting = 1,
    /// Up.
    Running = 2,
    /// Up for bound visitors only (a check answered so).
    Stopping = 3,
}

/// The consecutive-results counter of health checks. `value` runs from 0 to `rise + fall - 1`; from `rise` on the checks speak for the server.
/// A server starts up, yet with a value of 0, and where it is checked, its first failed check takes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Present value.
    pub value: u32,
    /// Good checks that bring a server up.
    pub rise: u32,
    /// Failed checks that take a server down.
    pub fall: u32,
}

impl Health {
    /// The largest value: as many checks must fail as `fall` says.
    pub const fn full(self) -> u32 {
        self.rise + self.fall - 1
    }

    /// Whether the checks speak for the server.
    pub const fn is_good(self) -> bool {
        self.value >= self.rise
    }

    /// Progress and goal, as log lines of checks show it: `2/3 UP`, `1/2 DOWN`.
    pub const fn progress(self) -> (u32, u32) {
        if self.is_good() { (self.value - self.rise + 1, self.fall) } else { (self.value, self.rise) }
    }
}

/// What a server starts with.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// Its id within the backend.
    pub id: ServerId,
    /// Configured weight, 0 to 256.
    pub weight: u32,
    /// Requests at once; zero: no limit.
    pub maxconn: u32,
    /// Good checks that bring it up.
    pub rise: u32,
    /// Failed checks that take it down.
    pub fall: u32,
    /// Whether checks run: a checked server starts one failed check away from down, and out of maintenance with `rise` good ones.
    pub checked: bool,
    /// Whether the configuration says `disabled`.
    pub disabled: bool,
}

/// Connections to a server that wait for a further request, by the worker that has them, who alone writes their number.
#[derive(Debug)]
pub struct IdleConnections(Box<[AtomicU32]>);

impl IdleConnections {
    /// Counts one in.
    pub fn up(&self, worker: WorkerId) {
        self.change(worker, |n| n.saturating_add(1));
    }

    /// Counts one out.
    pub fn down(&self, worker: WorkerId) {
        self.change(worker, |n| n.saturating_sub(1));
    }

    fn change(&self, worker: WorkerId, to: impl FnOnce(u32) -> u32) {
        if let Some(cell) = self.0.get(worker.index()) {
            cell.store(to(cell.load(Relaxed)), Relaxed);
        }
    }

    /// How many there are.
    pub fn get(&self) -> u32 {
        self.by_worker().sum()
    }

    /// The same, worker by worker.
    pub fn by_worker(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|cell| cell.load(Relaxed))
    }
}

/// The live state of a server.
#[derive(Debug)]
pub struct Server {
    /// Its id within the backend.
    pub id: ServerId,
    /// Requests that hold a slot now; checked against `maxconn`.
    pub sessions: Gauge,
    /// The most seen at once.
    pub sessions_peak: Peak,
    /// Connections to it that are idle in pools.
    pub idle_connections: IdleConnections,
    /// Requests bound to this server that wait for a slot.
    pub queue: Queue,
    /// Counters.
    pub counters: CounterSet<ServerCounter>,
    /// What its health checks came to.
    pub check: CheckState,
    /// What the checks of its agent came to.
    pub agent: CheckState,
    /// Requests assigned per second.
    pub session_rate: Rate,
    /// How long its requests took.
    pub latency: Latency,
    configured_weight: u32,
    is_checked: bool,
    rise: u32,
    fall: u32,
    availability: AtomicU8,
    operational: AtomicU8,
    admin: AtomicU32,
    weight: AtomicU32,
    health: AtomicU32,
    maxconn: AtomicU32,
    last_change: AtomicU64,
    usable_since: AtomicU64,
    down_ms: AtomicU64,
    last_session_s: AtomicU64,
    transition: Mutex<()>,
}

/// The server takes visitors that nothing binds to it.
const NEW: u8 = 1;
/// The server takes visitors that are bound to it.
const BOUND: u8 = 2;

impl Server {
    /// A server as it stands at the start.
    pub fn new(settings: &ServerSettings, workers: usize) -> Self {
        Self::starting(settings, workers, if settings.disabled { DISABLED } else { 0 })
    }

    /// A server that comes at run time: it is in maintenance until it is asked for.
    pub fn added(settings: &ServerSettings, workers: usize) -> Self {
        Self::starting(settings, workers, AdminFlag::ForcedMaintenance as u32)
    }

    fn starting(settings: &ServerSettings, workers: usize, admin: u32) -> Self {
        let operational = if admin & MAINTENANCE == 0 { Operational::Running } else { Operational::Stopped };
        let server = Self {
            id: settings.id,
            sessions: Gauge::default(),
            sessions_peak: Peak::default(),
            idle_connections: IdleConnections((0..workers.max(1)).map(|_| AtomicU32::new(0)).collect()),
            queue: Queue::new(),
            counters: CounterSet::new(workers),
            check: CheckState::default(),
            agent: CheckState::default(),
            session_rate: Rate::default(),
            latency: Latency::new(workers),
            configured_weight: settings.weight,
            is_checked: settings.checked,
            rise: settings.rise,
            fall: settings.fall,
            availability: AtomicU8::new(0),
            operational: AtomicU8::new(operational as u8),
            admin: AtomicU32::new(admin),
            weight: AtomicU32::new(settings.weight),
            health: AtomicU32::new(0),
            maxconn: AtomicU32::new(settings.maxconn),
            last_change: AtomicU64::new(0),
            usable_since: AtomicU64::new(0),
            down_ms: AtomicU64::new(0),
            last_session_s: AtomicU64::new(0),
            transition: Mutex::new(()),
        };
        server.settle_availability();
        server
    }

    /// Whether visitors that nothing binds may be sent to it.
    pub fn accepts_new(&self) -> bool {
        self.availability.load(Relaxed) & NEW != 0
    }

    /// Whether visitors bound to it may be sent to it: true in drain and at weight zero, false when down or in maintenance.
    pub fn accepts_bound(&self) -> bool {
        self.availability.load(Relaxed) & BOUND != 0
    }

    /// Whether it is in maintenance for whatever reason.
    pub fn in_maintenance(&self) -> bool {
        self.admin.load(Relaxed) & MAINTENANCE != 0
    }

    /// Whether it drains for an administrator's reason.
    pub fn is_draining(&self) -> bool {
        self.admin.load(Relaxed) & DRAIN != 0
    }

    /// The administrative flags as bits of [`AdminFlag`] (statistics and server-state files show them).
    pub fn admin_bits(&self) -> u32 {
        self.admin.load(Relaxed)
    }

    /// What the checks say.
    pub fn operational(&self) -> Operational {
        match self.operational.load(Relaxed) {
            0 => Operational::Stopped,
            1 => Operational::Starting,
            2 => Operational::Running,
            _ => Operational::Stopping,
        }
    }

    /// The check counter.
    pub fn health(&self) -> Health {
        Health { value: self.health.load(Relaxed), rise: self.rise, fall: self.fall }
    }

    /// Present weight, 0 to 256.
    pub fn weight(&self) -> u32 {
        self.weight.load(Relaxed)
    }

    /// The weight of the configuration.
    pub fn configured_weight(&self) -> u32 {
        self.configured_weight
    }

    /// Requests at once; zero: no limit.
    pub fn maxconn(&self) -> u32 {
        self.maxconn.load(Relaxed)
    }

    /// The instant of the last transition.
    pub fn last_change(&self) -> Instant {
        Instant::from_ms(self.last_change.load(Relaxed))
    }

    /// The backend's epoch since which it takes visitors that nothing binds: of two servers the one with the smaller has been usable
    /// longer.
    pub fn usable_since(&self) -> u64 {
        self.usable_since.load(Relaxed)
    }

    /// Milliseconds spent down so far, the present downtime included.
    pub fn downtime_ms(&self, now: Instant) -> u64 {
        let past = self.down_ms.load(Relaxed);
        if self.operational() == Operational::Stopped { past + now.ms_since(self.last_change()) } else { past }
    }

    /// The instant at which a request was last assigned; `None` before the first.
    pub fn last_session(&self) -> Option<Instant> {
        match self.last_session_s.load(Relaxed) {
            0 => None,
            s => Some(Instant::from_ms(s * 1000)),
        }
    }

    /// Whether a slot is free and nobody waits for one: a balancer passes over servers for which this is false.
    pub fn has_room(&self) -> bool {
        let limit = self.maxconn();
        limit == 0 || (self.sessions.get() < limit && self.queue.is_empty())
    }

    /// Takes a slot if one is free. Whoever takes one must give it back through [`Server::release`].
    pub fn try_acquire(&self, now: Instant) -> bool {
        let taken = self.sessions.up_below(self.maxconn());
        if taken {
            self.note_session(now);
        }
        taken
    }

    fn note_session(&self, now: Instant) {
        self.sessions_peak.see(self.sessions.get());
        self.last_session_s.store((now.as_ms() / 1000).max(1), Relaxed);
    }

    /// Gives a slot back, and hands it on to whoever waits: those bound to this server before those of the backend, unless one of these has
    /// a higher priority.
    pub fn release(&self, backend: &Backend) {
        self.sessions.down();
        self.serve_waiters(backend);
    }

    /// Hands free slots to waiters. To be called also when the server comes up or its limit rises.
    pub fn serve_waiters(&self, backend: &Backend) {
        while !(self.queue.is_empty() && backend.queue.is_empty()) {
            if !self.sessions.up_below(self.maxconn()) {
                return;
            }
            // Who waits for this server alone is served by it even in maintenance (measured).
            let own = || (self.accepts_bound() || self.in_maintenance()) && self.queue.grant(self.id);
            let shared = || self.accepts_new() && backend.queue.grant(self.id);
            let shared_first = match (self.queue.first_class(), backend.queue.first_class()) {
                (Some(own), Some(shared)) => shared < own,
                _ => false,
            };
            let turns: [&dyn Fn() -> bool; 2] = if shared_first { [&shared, &own] } else { [&own, &shared] };
            let granted = turns.iter().any(|grant| grant());
            if !granted {
                self.sessions.down();
                return;
            }
        }
    }

    /// Changes the weight.
    pub fn set_weight(&self, weight: u32, backend: &Backend) {
        let _transition = self.lock_transition();
        self.weight.store(weight, Relaxed);
        self.settle(backend);
    }

    /// Changes the limit of requests at once (zero: none).
    pub fn set_maxconn(&self, limit: u32, backend: &Backend) {
        self.maxconn.store(limit, Relaxed);
        self.serve_waiters(backend);
    }

    /// Sets or clears an administrative flag. Says whether that changed anything.
    pub fn set_admin(&self, flag: AdminFlag, on: bool, now: Instant, backend: &Backend) -> bool {
        let flag = flag as u32;
        self.change_admin(|before| if on { before | flag } else { before & !flag }, now, backend)
    }

    /// Does as an operator asks. Says whether that changed anything.
    pub fn grant(&self, wish: Wish, now: Instant, backend: &Backend) -> bool {
        self.change_admin(|before| wish.applied_to(before), now, backend)
    }

    /// Maintenance stops a server and forgets what its checks came to. Out of it a server runs, and the checks count from `rise` on.
    fn change_admin(&self, change: impl Fn(u32) -> u32, now: Instant, backend: &Backend) -> bool {
        let _transition = self.lock_transition();
        let before = self.admin.load(Relaxed);
        let after = change(before);
        if before == after {
            return false;
        }
        self.admin.store(after, Relaxed);
        match (before & MAINTENANCE != 0, after & MAINTENANCE != 0) {
            (false, true) => {
                self.health.store(0, Relaxed);
                let was_up = self.operate(Operational::Stopped, now);
                // A server whose name did not resolve at the start was never up.
                if was_up && after & AdminFlag::UnresolvedMaintenance as u32 == 0 {
                    self.counters.add_shared(ServerCounter::Downs, 1);
                }
            }
            (true, false) => {
                if self.is_checked && !self.check.is_suspended() {
                    self.health.store(self.rise, Relaxed);
                }
                self.operate(Operational::Running, now);
            }
            _ => {}
        }
        self.settle(backend);
        true
    }

    /// Sets the check counter to `value` and the operational state that goes with it. Returns the state before where it changed. In
    /// maintenance the state stays as it is.
    pub fn set_health(&self, value: u32, state: Operational, now: Instant, backend: &Backend) -> Option<Operational> {
        let _transition = self.lock_transition();
        let before = self.operational();
        self.health.store(value.min(self.rise + self.fall - 1), Relaxed);
        if self.in_maintenance() || !self.operate(state, now) {
            return None;
        }
        if state == Operational::Stopped {
            self.counters.add_shared(ServerCounter::Downs, 1);
        }
        self.settle(backend);
        Some(before)
    }

    /// Takes note of an operational state, within a transition. Says whether it is another than before.
    fn operate(&self, state: Operational, now: Instant) -> bool {
        let before = self.operational();
        if before == state {
            return false;
        }
        if before == Operational::Stopped {
            self.down_ms.fetch_add(now.ms_since(self.last_change()), Relaxed);
        }
        self.operational.store(state as u8, Relaxed);
        self.last_change.store(now.as_ms(), Relaxed);
        true
    }

    fn settle(&self, backend: &Backend) {
        let was_usable = self.accepts_new();
        self.settle_availability();
        if !was_usable && self.accepts_new() {
            self.usable_since.store(backend.epoch() + 1, Relaxed);
        }
        backend.servers_changed();
        self.serve_waiters(backend);
    }

    fn settle_availability(&self) {
        let admin = self.admin.load(Relaxed);
        let operational = self.operational();
        let bound = admin & MAINTENANCE == 0 && operational != Operational::Stopped;
        let new = bound && operational != Operational::Stopping && admin & DRAIN == 0 && self.weight() > 0;
        self.availability.store(if new { NEW } else { 0 } | if bound { BOUND } else { 0 }, Relaxed);
    }

    fn lock_transition(&self) -> MutexGuard<'_, ()> {
        self.transition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
