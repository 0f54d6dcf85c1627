//! The process as a whole: its connections, its life.

use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use burdock_base::{Clock, CounterSet, Gauge, Instant, Peak, counter_names};

use crate::rate::Rate;

counter_names! {
    /// What is counted for the whole process.
    ProcessCounter {
        /// Client connections accepted.
        Connections,
        /// Requests received.
        Requests,
        /// Bytes sent to clients.
        BytesOut,
        /// Log lines that could not be handed to their target.
        DroppedLogs,
        /// Log messages received by `log-forward` sections.
        ReceivedLogs,
        /// TLS handshakes of clients that were completed.
        TlsHandshakes,
        /// Those that resumed no session, so that keys had to be computed.
        TlsKeys,
        /// The latter towards servers.
        TlsServerKeys,
    }
}

/// The live state of the process. One value, shared by every thread.
#[derive(Debug)]
pub struct Process {
    /// The clock that every instant in the process comes from.
    pub clock: Clock,
    /// Client connections open now; checked against `maxconn` of the global section.
    pub connections: Gauge,
    /// The most client connections seen at once.
    pub connections_peak: Peak,
    /// Counters.
    pub counters: CounterSet<ProcessCounter>,
    /// Listeners that wait for a connection of any frontend to end.
    pub room: WakeList,
    /// Those who follow the model and which servers are in use: woken when another model is in force, or a server was taken out of use.
    pub publications: WakeList,
    /// Client connections accepted per second.
    pub connection_rate: Rate,
    /// Sessions begun per second, over all frontends.
    pub session_rate: Rate,
    /// Completed TLS handshakes of clients.
    pub tls_rate: Rate,
    /// Those that resumed no session.
    pub tls_key_rate: Rate,
    /// The latter towards servers.
    pub tls_server_key_rate: Rate,
    /// Bytes sent to clients per second.
    pub bytes_out_rate: Rate,
    rates_sampled: AtomicU64,
    idle_percent: AtomicU32,
    stopping: AtomicBool,
    generation: AtomicU64,
    maxconn: AtomicU32,
}

impl Process {
    /// A fresh process with that many workers and that connection limit (zero: none).
    pub fn new(clock: Clock, workers: usize, maxconn: u32) -> Self {
        Self {
            clock,
            connections: Gauge::default(),
            connections_peak: Peak::default(),
            counters: CounterSet::new(workers),
            room: WakeList::default(),
            publications: WakeList::default(),
            connection_rate: Rate::default(),
            session_rate: Rate::default(),
            tls_rate: Rate::default(),
            tls_key_rate: Rate::default(),
            tls_server_key_rate: Rate::default(),
            bytes_out_rate: Rate::default(),
            rates_sampled: AtomicU64::new(Instant::START.as_ms()),
            idle_percent: AtomicU32::new(100),
            stopping: AtomicBool::new(false),
            generation: AtomicU64::new(0),
            maxconn: AtomicU32::new(maxconn),
        }
    }

    /// The generation of the model in force. Whoever reads it finds that model, or a later one, at the swap point.
    pub fn generation(&self) -> u64 {
        self.generation.load(Acquire)
    }

    /// Says that a model of that generation is at the swap point, and wakes those who follow.
    pub fn note_publication(&self, generation: u64) {
        self.generation.store(generation, Release);
        self.publications.wake_all();
    }

    /// Whether a soft stop was asked for: no new connections, those open finish their requests.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Begins a soft stop. There is no way back.
    pub fn begin_stopping(&self) {
        self.stopping.store(true, Relaxed);
    }

    /// The limit of client connections of the whole process; zero means none.
    pub fn maxconn(&self) -> u32 {
        self.maxconn.load(Relaxed)
    }

    /// Changes the limit of client connections.
    pub fn set_maxconn(&self, limit: u32) {
        self.maxconn.store(limit, Relaxed);
    }

    /// When the totals behind every [`Rate`] were last read.
    pub fn rates_sampled(&self) -> Instant {
        Instant::from_ms(self.rates_sampled.load(Relaxed))
    }

    /// Takes note that every rate was sampled at `now`, and which share of the workers' time was idle meanwhile, in percent.
    pub fn note_sampling(&self, now: Instant, idle_percent: u32) {
        self.rates_sampled.store(now.as_ms(), Relaxed);
        self.idle_percent.store(idle_percent.min(100), Relaxed);
    }

    /// Which share of the workers' time was idle before the last sampling, in percent.
    pub fn idle_percent(&self) -> u32 {
        self.idle_percent.load(Relaxed)
    }
}

/// Those who wait for a limit to have room again, on whatever thread. Waking is rare, so asking whether anybody waits is one load.
#[derive(Debug, Default)]
pub struct WakeList {
    anybody: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl WakeList {
    /// Adds a task to be woken by the next [`WakeList::wake_all`].
    pub fn add(&self, waker: &Waker) {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
        self.anybody.store(true, SeqCst);
    }

    /// Wakes everybody who waits.
    pub fn wake_all(&self) {
        if !self.anybody.load(SeqCst) {
            return;
        }
        let woken = {
            let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
            self.anybody.store(false, SeqCst);
            std::mem::take(&mut *wakers)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}
