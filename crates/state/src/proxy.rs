//! Live state of frontends and backends.

use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use burdock_base::{CounterSet, Gauge, Peak, counter_names};

use crate::latency::Latency;
use crate::process::WakeList;
use crate::queue::Queue;
use crate::rate::Rate;

counter_names! {
    /// What is counted for a frontend. Names follow the statistics fields of management manual 9.1.
    FrontendCounter {
        /// Connections accepted (`conn_tot`).
        Connections,
        /// Sessions begun (`stot`).
        Sessions,
        /// Requests received (`req_tot`).
        Requests,
        /// Bytes received from clients (`bin`).
        BytesIn,
        /// Bytes sent to clients (`bout`).
        BytesOut,
        /// Requests refused by a rule (`dreq`).
        DeniedRequests,
        /// Responses refused by a rule (`dresp`).
        DeniedResponses,
        /// Connections refused by a `tcp-request connection` rule (`dcon`).
        DeniedConnections,
        /// Sessions refused by a `tcp-request session` rule (`dses`).
        DeniedSessions,
        /// Malformed or aborted requests (`ereq`).
        RequestErrors,
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
        /// Log lines of traffic (log format `%lc`).
        LogLines,
    }
}

counter_names! {
    /// What is counted for a backend.
    BackendCounter {
        /// Sessions that reached the backend (`stot`).
        Sessions,
        /// Requests that reached the backend (`req_tot`).
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
        /// Requests sent to another server than first chosen (`wredis`).
        Redispatches,
        /// Times that the load-balancing algorithm chose a server (`lbtot`).
        Balanced,
        /// Transfers that the client aborted (`cli_abrt`).
        ClientAborts,
        /// Transfers that the server aborted (`srv_abrt`).
        ServerAborts,
        /// Connections opened to servers (`connect`).
        Connects,
        /// Requests sent over a pooled connection (`reuse`).
        Reuses,
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

/// The live state of one listening address of a frontend.
#[derive(Debug, Default)]
pub struct Listener {
    /// Client connections open now; checked against the address's own `maxconn`.
    pub sessions: Gauge,
    /// The most seen at once.
    pub sessions_peak: Peak,
}

/// The live state of a frontend.
#[derive(Debug)]
pub struct Frontend {
    /// Client connections open now; checked against the frontend's `maxconn`.
    pub sessions: Gauge,
    /// The most seen at once.
    pub sessions_peak: Peak,
    /// Counters.
    pub counters: CounterSet<FrontendCounter>,
    /// Connections accepted per second.
    pub connection_rate: Rate,
    /// Sessions begun per second.
    pub session_rate: Rate,
    /// Requests received per second.
    pub request_rate: Rate,
    standing: AtomicU8,
    changes: AtomicU32,
    watchers: WakeList,
    /// [`AS_CONFIGURED`] until it is set.
    maxconn: AtomicU64,
}

/// Whether a frontend takes clients (management manual 9.3 `disable frontend`, `shutdown frontend`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// It does.
    Open = 0,
    /// Nobody listens on its addresses until it is enabled again.
    Paused = 1,
    /// Never more.
    Closed = 2,
}

/// No limit of clients was set at run time.
const AS_CONFIGURED: u64 = u64::MAX;

impl Frontend {
    /// An idle frontend for that many workers.
    pub fn new(workers: usize) -> Self {
        Self {
            sessions: Gauge::default(),
            sessions_peak: Peak::default(),
            counters: CounterSet::new(workers),
            connection_rate: Rate::default(),
            session_rate: Rate::default(),
            request_rate: Rate::default(),
            standing: AtomicU8::new(Standing::Open as u8),
            changes: AtomicU32::new(0),
            watchers: WakeList::default(),
            maxconn: AtomicU64::new(AS_CONFIGURED),
        }
    }

    /// Whether it takes clients.
    pub fn standing(&self) -> Standing {
        match self.standing.load(Relaxed) {
            0 => Standing::Open,
            1 => Standing::Paused,
            _ => Standing::Closed,
        }
    }

    /// Changes whether it takes clients, and wakes those who listen for it.
    pub fn set_standing(&self, standing: Standing) {
        self.standing.store(standing as u8, Relaxed);
        self.changes.fetch_add(1, Release);
        self.watchers.wake_all();
    }

    /// How often that has changed. Whoever reads it sees the changes that it counts.
    pub fn changes(&self) -> u32 {
        self.changes.load(Acquire)
    }

    /// Those who are woken by the next change.
    pub fn watchers(&self) -> &WakeList {
        &self.watchers
    }

    /// The limit of clients that was set at run time; none: that of the configuration holds.
    pub fn maxconn(&self) -> Option<u32> {
        u32::try_from(self.maxconn.load(Relaxed)).ok()
    }

    /// Changes the limit of clients. At zero nobody is let in.
    pub fn set_maxconn(&self, limit: u32) {
        self.maxconn.store(limit.into(), Relaxed);
    }
}

/// The live state of a backend.
#[derive(Debug)]
pub struct Backend {
    /// Requests being processed now.
    pub sessions: Gauge,
    /// The most seen at once.
    pub sessions_peak: Peak,
    /// Requests that wait for any server to have a free slot.
    pub queue: Queue,
    /// Counters.
    pub counters: CounterSet<BackendCounter>,
    /// Sessions that reached the backend per second.
    pub session_rate: Rate,
    /// How long its requests took.
    pub latency: Latency,
    /// Rises with each change of any server's availability or weight; balancers rebuild what they derived from it.
    epoch: AtomicU64,
    is_unpublished: AtomicBool,
    last_change_s: AtomicU32,
    downs: AtomicU32,
    is_down: AtomicBool,
    down_s: AtomicU32,
}

impl Backend {
    /// An idle backend for that many workers.
    pub fn new(workers: usize) -> Self {
        Self {
            sessions: Gauge::default(),
            sessions_peak: Peak::default(),
            queue: Queue::new(),
            counters: CounterSet::new(workers),
            session_rate: Rate::default(),
            latency: Latency::new(workers),
            epoch: AtomicU64::new(1),
            is_unpublished: AtomicBool::new(false),
            last_change_s: AtomicU32::new(0),
            downs: AtomicU32::new(0),
            is_down: AtomicBool::new(false),
            down_s: AtomicU32::new(0),
        }
    }

    /// Whether rules may send requests to it (management manual 9.3 `publish backend`).
    pub fn is_published(&self) -> bool {
        !self.is_unpublished.load(Relaxed)
    }

    /// Lets rules send requests to it, or not.
    pub fn set_published(&self, published: bool) {
        self.is_unpublished.store(!published, Relaxed);
    }

    /// The present epoch of server availability. Whoever reads it sees the changes that led to it.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Acquire)
    }

    /// Says that a server's availability or weight changed.
    pub fn servers_changed(&self) {
        self.epoch.fetch_add(1, Release);
    }

    /// Takes note that the backend as a whole went up or down at `second` since the start.
    pub fn note_transition(&self, second: u32, down: bool) {
        let since = second.saturating_sub(self.last_change_s.swap(second, Relaxed));
        if self.is_down.swap(down, Relaxed) {
            self.down_s.fetch_add(since, Relaxed);
        }
        if down {
            self.downs.fetch_add(1, Relaxed);
        }
    }

    /// Second since the process's start of the last transition of the whole backend.
    pub fn last_change_s(&self) -> u32 {
        self.last_change_s.load(Relaxed)
    }

    /// How many times the backend lost its last server.
    pub fn downs(&self) -> u32 {
        self.downs.load(Relaxed)
    }

    /// Seconds without a usable server so far, at `second` since the start.
    pub fn downtime_s(&self, second: u32) -> u32 {
        let past = self.down_s.load(Relaxed);
        if self.is_down.load(Relaxed) { past + second.saturating_sub(self.last_change_s()) } else { past }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downtime_of_a_backend_adds_up() {
        let backend = Backend::new(1);
        backend.note_transition(10, true);
        assert_eq!(backend.downtime_s(14), 4);
        backend.note_transition(15, false);
        backend.note_transition(20, true);
        assert_eq!((backend.downtime_s(22), backend.downs(), backend.last_change_s()), (7, 2, 20));
    }
}
