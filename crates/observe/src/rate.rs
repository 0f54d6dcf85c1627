//! Rates: once a second the totals are read and their growth is kept, so that counting costs requests nothing.

use std::time::Duration;

use burdock_base::Instant;
use burdock_model::{Model, Proxy};
use burdock_state::proxy::{BackendCounter, FrontendCounter};
use burdock_state::{Process, ProcessCounter, ServerCounter};
use rustix::time::{ClockId, clock_gettime};

/// Reads totals and has their growth per second kept in the states (`burdock_state::Rate`), together with the share of time that the
/// process was idle.
#[derive(Debug)]
pub struct RateSampler {
    last: Instant,
    used: Duration,
}

impl RateSampler {
    /// A sampler that begins now.
    pub fn new(now: Instant) -> RateSampler {
        RateSampler { last: now, used: processor_time() }
    }

    /// To be called once a second, from one thread.
    pub fn tick(&mut self, model: &Model, now: Instant) {
        let elapsed_ms = now.ms_since(self.last);
        if elapsed_ms == 0 {
            return;
        }
        let mut sessions = 0;
        for proxy in &model.proxies {
            sessions += sample_proxy(proxy, elapsed_ms);
        }
        let process = &model.process;
        process.connection_rate.sample(process.counters.get(ProcessCounter::Connections), elapsed_ms);
        process.session_rate.sample(sessions, elapsed_ms);
        process.tls_rate.sample(process.counters.get(ProcessCounter::TlsHandshakes), elapsed_ms);
        process.tls_key_rate.sample(process.counters.get(ProcessCounter::TlsKeys), elapsed_ms);
        process.tls_server_key_rate.sample(process.counters.get(ProcessCounter::TlsServerKeys), elapsed_ms);
        process.bytes_out_rate.sample(process.counters.get(ProcessCounter::BytesOut), elapsed_ms);
        self.note_idle_time(process, model.global.threads, elapsed_ms, now);
        self.last = now;
    }

    fn note_idle_time(&mut self, process: &Process, threads: usize, elapsed_ms: u64, now: Instant) {
        let used = processor_time();
        let busy_ms = used.saturating_sub(self.used).as_millis();
        let available_ms = u128::from(elapsed_ms) * threads.max(1) as u128;
        let busy_percent = (busy_ms * 100 / available_ms).min(100) as u32;
        self.used = used;
        process.note_sampling(now, 100 - busy_percent);
    }
}

/// Sessions begun on all frontends.
pub(crate) fn total_sessions(model: &Model) -> u64 {
    let frontends = model.proxies.iter().filter_map(|proxy| proxy.frontend.as_ref());
    frontends.map(|frontend| frontend.state.counters.get(FrontendCounter::Sessions)).sum()
}

/// Samples a proxy and its servers; returns the sessions that its frontend has begun.
fn sample_proxy(proxy: &Proxy, elapsed_ms: u64) -> u64 {
    if let Some(backend) = &proxy.backend {
        let state = &backend.state;
        state.session_rate.sample(state.counters.get(BackendCounter::Sessions), elapsed_ms);
        // Moves the averages on, so that each covers the requests of about a second.
        state.latency.average();
        for server in &backend.servers {
            let state = &server.state;
            state.session_rate.sample(state.counters.get(ServerCounter::Sessions), elapsed_ms);
            state.latency.average();
        }
    }
    let Some(frontend) = &proxy.frontend else { return 0 };
    let state = &frontend.state;
    let sessions = state.counters.get(FrontendCounter::Sessions);
    state.session_rate.sample(sessions, elapsed_ms);
    state.connection_rate.sample(state.counters.get(FrontendCounter::Connections), elapsed_ms);
    state.request_rate.sample(state.counters.get(FrontendCounter::Requests), elapsed_ms);
    sessions
}

/// Processor time that the process has used since its start.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
