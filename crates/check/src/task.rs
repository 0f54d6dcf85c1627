//! The life of one server's checks: wait, try, conclude, again.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use burdock_model::{Backend, CheckKind, CheckSettings, Model, Proxy, Server};
use burdock_state::{CheckReport, Operational, ServerCounter};

use crate::attempt::{Occasion, attempt};
use crate::external;
use crate::judge::{self, Phase, judge};
use crate::schedule::Jitter;
use crate::tell::{self, EventLog};
use crate::transition::Transition;

/// A server that is checked.
pub(crate) struct Subject {
    models: Arc<ArcSwap<Model>>,
    model: Arc<Model>,
    proxy: Arc<Proxy>,
    server: Arc<Server>,
    settings: CheckSettings,
    log: Rc<dyn EventLog>,
    jitter: Jitter,
}

/// Checks a server until it is there no more, or the task is ended.
pub(crate) async fn check_forever(mut subject: Subject, first_delay_ms: u64) {
    tokio::time::sleep(Duration::from_millis(first_delay_ms)).await;
    while subject.look_again() {
        if subject.is_due() {
            let report = subject.attempt().await;
            if !subject.look_again() {
                return;
            }
            // An administrator may have stepped in meanwhile.
            if subject.is_due() {
                subject.conclude(report);
            } else {
                subject.server.state.check.end(report);
            }
        }
        let pause_ms = subject.jitter.vary(subject.interval_ms());
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
}

impl Subject {
    /// The checked servers of a model that `known` does not have, in the order of the file.
    pub(crate) fn all(
        models: &Arc<ArcSwap<Model>>,
        model: &Arc<Model>,
        known: Option<&Model>,
        log: &Rc<dyn EventLog>,
    ) -> Vec<Self> {
        let mut subjects = Vec::new();
        for proxy in model.proxies.iter().filter(|proxy| !proxy.disabled) {
            let before = known.and_then(|known| known.proxies.get(proxy.id.index()));
            if before.is_some_and(|before| Arc::ptr_eq(before, proxy)) {
                continue;
            }
            for server in proxy.backend.iter().flat_map(|backend| &backend.servers) {
                let Some(settings) = server.check.clone() else { continue };
                if before.is_some_and(|before| find(before, server).is_some_and(|before| before.check.is_some())) {
                    continue;
                }
                subjects.push(Self {
                    models: Arc::clone(models),
                    model: Arc::clone(model),
                    proxy: Arc::clone(proxy),
                    server: Arc::clone(server),
                    settings,
                    log: Rc::clone(log),
                    jitter: Jitter::new(model.global.spread_checks_percent, subjects.len() as u64),
                });
            }
        }
        subjects
    }

    /// Takes over what the configuration in force says of the server. `false`: there is no such server any more, or no checks of it.
    fn look_again(&mut self) -> bool {
        let model = self.models.load();
        if Arc::ptr_eq(&model, &self.model) {
            return true;
        }
        let Some(proxy) = model.proxies.get(self.proxy.id.index()) else { return false };
        let Some(server) = find(proxy, &self.server) else { return false };
        let Some(settings) = server.check.clone() else { return false };
        (self.server, self.settings, self.proxy) = (Arc::clone(server), settings, Arc::clone(proxy));
        self.model = Arc::clone(&model);
        true
    }

    /// The time until the next check, as things stand.
    pub(crate) fn interval_ms(&self) -> u64 {
        let state = &self.server.state;
        match judge::phase(state.health(), state.operational() != Operational::Stopped) {
            Phase::Settled => self.settings.inter_ms,
            Phase::Down => self.settings.down_inter_ms,
            Phase::Moving => self.settings.fast_inter_ms,
        }
    }

    /// Whether checks have a say now.
    fn is_due(&self) -> bool {
        let state = &self.server.state;
        !state.in_maintenance() && !state.check.is_suspended()
    }

    async fn attempt(&self) -> CheckReport {
        self.server.state.check.begin();
        let Self { model, proxy, server, settings, .. } = self;
        let occasion = Occasion { model, proxy, server, settings };
        match &settings.kind {
            CheckKind::Script(script) => attempt(occasion, script).await,
            CheckKind::External(check) => external::run(occasion, check).await,
        }
    }

    fn backend(&self) -> Option<&Backend> {
        self.proxy.backend.as_deref()
    }

    /// Takes over what a check came to.
    fn conclude(&self, report: CheckReport) {
        let Some(backend) = self.backend() else { return };
        let state = &self.server.state;
        let (before, operational) = (state.health(), state.operational());
        let is_up = operational != Operational::Stopped;
        let verdict = judge(before, report.status.result(), is_up, operational != Operational::Stopping);
        if verdict.counts_as_failure {
            state.counters.add_shared(ServerCounter::FailedChecks, 1);
        }
        let status_before = state.check.end(report.clone());
        let tells_checks = self.proxy.log.health_checks;
        if tells_checks && (verdict.value != before.value || report.status != status_before) {
            let after = burdock_state::Health { value: verdict.value, ..before };
            tell::check(&*self.log, &self.proxy, &self.server, &report, after);
        }
        let told = if tells_checks { None } else { Some(&report) };
        let now = self.model.process.clock.now();
        match verdict.change {
            None => _ = state.set_health(verdict.value, operational, now, &backend.state),
            Some(change) => {
                let transition = Transition::new(&*self.log, &self.proxy, &self.server, now);
                transition.inspect(|transition| transition.obey_check(change, verdict.value, told));
            }
        }
    }
}

/// The same server in another model's proxy.
fn find<'a>(proxy: &'a Proxy, server: &Server) -> Option<&'a Arc<Server>> {
    let found = proxy.backend.as_ref()?.servers.get(server.id)?;
    Arc::ptr_eq(&found.state, &server.state).then_some(found)
}

#[cfg(test)]
mod tests;
