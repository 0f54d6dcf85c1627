//! How long requests took: averages over the last requests and largest values (statistics fields `qtime` to `ttime` and their `_max`).
//! Requests only add to counters of their worker; whoever reads turns the growth of the counters into moving averages.

use std::sync::{Mutex, PoisonError};

use burdock_base::{CounterSet, Peak, WorkerId, counter_names};

/// The requests that an average covers (management manual 9.1 `qtime`).
const WINDOW: u64 = 1024;

counter_names! {
    /// What the averages are made of.
    Sum {
        /// Requests.
        Requests,
        /// Milliseconds in queues.
        Queue,
        /// Milliseconds of connecting.
        Connect,
        /// Milliseconds until the response's head.
        Response,
        /// Milliseconds in all.
        Total,
    }
}

/// Durations of a request in milliseconds, or their averages or maxima.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// In queues.
    pub queue_ms: u32,
    /// Connecting to the server.
    pub connect_ms: u32,
    /// From the connection to the response's head; zero in `mode tcp`.
    pub response_ms: u32,
    /// In all.
    pub total_ms: u32,
}

/// The durations of the requests of a server or backend.
#[derive(Debug)]
pub struct Latency {
    sums: CounterSet<Sum>,
    highest: [Peak; 4],
    window: Mutex<Window>,
}

/// The averages as of the last look, and the sums that they were made of.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    requests: u64,
    sums: [u64; 4],
    averages: [f64; 4],
}

impl Latency {
    /// For that many workers.
    pub fn new(workers: usize) -> Self {
        Self { sums: CounterSet::new(workers), highest: Default::default(), window: Mutex::default() }
    }

    /// Counts a request that has ended.
    pub fn note(&self, worker: WorkerId, timing: Timing) {
        let values = [timing.queue_ms, timing.connect_ms, timing.response_ms, timing.total_ms];
        self.sums.add(worker, Sum::Requests, 1);
        for ((name, value), highest) in SUMS.into_iter().zip(values).zip(&self.highest) {
            if value > 0 {
                self.sums.add(worker, name, u64::from(value));
                highest.see(value);
            }
        }
    }

    /// The averages over the last requests. To be called about once a second for them to cover the last 1024 under load: what was added
    /// between two calls counts evenly.
    pub fn average(&self) -> Timing {
        let requests = self.sums.get(Sum::Requests);
        let sums = SUMS.map(|name| self.sums.get(name));
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        *window = window.moved_to(requests, sums);
        Timing::from(window.averages.map(|average| average.ceil() as u32))
    }

    /// The largest values so far.
    pub fn highest(&self) -> Timing {
        Timing::from(std::array::from_fn(|n| self.highest[n].get()))
    }

    /// Forgets the largest values.
    pub fn reset_highest(&self) {
        self.highest.iter().for_each(Peak::reset);
    }
}

const SUMS: [Sum; 4] = [Sum::Queue, Sum::Connect, Sum::Response, Sum::Total];

impl Window {
    fn moved_to(&self, requests: u64, sums: [u64; 4]) -> Self {
        let new = requests.saturating_sub(self.requests);
        if new == 0 {
            return *self;
        }
        let span = requests.min(WINDOW);
        let averages = std::array::from_fn(|n| {
            let added = sums[n].saturating_sub(self.sums[n]) as f64;
            if new >= span {
                added / new as f64
            } else {
                self.averages[n] + (added - self.averages[n] * new as f64) / span as f64
            }
        });
        Self { requests, sums, averages }
    }
}

impl From<[u32; 4]> for Timing {
    fn from([queue_ms, connect_ms, response_ms, total_ms]: [u32; 4]) -> Self {
        Self { queue_ms, connect_ms, response_ms, total_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(latency: &Latency, response_ms: u32) {
        latency.note(WorkerId::new(0), Timing { response_ms, ..Timing::default() });
    }

    #[test]
    fn averages_all_requests_until_the_window_is_full() {
        let latency = Latency::new(1);
        note(&latency, 100);
        assert_eq!(latency.average().response_ms, 100);
        note(&latency, 50);
        note(&latency, 0);
        assert_eq!((latency.average().response_ms, latency.highest().response_ms), (50, 100));
        latency.reset_highest();
        assert_eq!(latency.highest(), Timing::default());
    }

    #[test]
    fn old_requests_fade() {
        let latency = Latency::new(1);
        (0..WINDOW).for_each(|_| note(&latency, 100));
        assert_eq!(latency.average().response_ms, 100);
        (0..WINDOW / 4).for_each(|_| note(&latency, 0));
        assert_eq!(latency.average().response_ms, 75);
        (0..2 * WINDOW).for_each(|_| note(&latency, 8));
        assert_eq!(latency.average().response_ms, 8);
    }
}
