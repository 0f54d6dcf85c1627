//! The life of one server's checks, or of those of its agent: wait, try, conclude, again.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use burdock_model::{Backend, CheckKind, CheckSettings, Model, OnError, Proxy, Server};
use burdock_state::{CheckReport, CheckState, CheckStatus, Health, Operational, ServerCounter, TrafficError};

use crate::agent;
use crate::attempt::{LastConnection, Occasion, attempt};
use crate::external;
use crate::judge::{self, Change, Phase, Verdict, judge};
use crate::schedule::Jitter;
use crate::tell::{self, Checker, EventLog};
use crate::transition::Transition;

/// A server that is checked.
pub(crate) struct Subject {
    models: Arc<ArcSwap<Model>>,
    model: Arc<Model>,
    proxy: Arc<Proxy>,
    server: Arc<Server>,
    by: Checker,
    settings: CheckSettings,
    log: Rc<dyn EventLog>,
    jitter: Jitter,
}

/// Checks a server until it is there no more, or the task is ended.
pub(crate) async fn check_forever(mut subject: Subject, first_delay_ms: u64) {
    tokio::time::sleep(Duration::from_millis(first_delay_ms)).await;
    while subject.look_again() {
        if subject.is_due() {
            let (report, last_connection) = subject.attempt().await;
            if !subject.look_again() {
                return;
            }
            // An administrator may have stepped in meanwhile.
            if subject.is_due() {
                subject.conclude(report);
            } else {
                subject.state().end(report);
            }
            drop(last_connection);
        }
        let pause_ms = subject.jitter.vary(subject.interval_ms());
        subject.pause(pause_ms).await;
    }
}

impl Subject {
    /// The checked servers of a model that `known` does not have, and the agents of those, in the order of the file.
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
                let before = before.and_then(|before| find(before, server));
                for by in [Checker::Health, Checker::Agent] {
                    let Some(settings) = by.settings(server).cloned() else { continue };
                    if before.is_some_and(|before| by.settings(before).is_some()) {
                        continue;
                    }
                    subjects.push(Self {
                        models: Arc::clone(models),
                        model: Arc::clone(model),
                        proxy: Arc::clone(proxy),
                        server: Arc::clone(server),
                        by,
                        settings,
                        log: Rc::clone(log),
                        jitter: Jitter::new(model.global.spread_checks_percent, subjects.len() as u64),
                    });
                }
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
        let Some(settings) = self.by.settings(server).cloned() else { return false };
        (self.server, self.settings, self.proxy) = (Arc::clone(server), settings, Arc::clone(proxy));
        self.model = Arc::clone(&model);
        true
    }

    /// The time until the next check, as things stand.
    pub(crate) fn interval_ms(&self) -> u64 {
        if self.by == Checker::Agent {
            return self.settings.inter_ms;
        }
        let state = &self.server.state;
        match judge::phase(state.health(), state.operational() != Operational::Stopped) {
            Phase::Settled => self.settings.inter_ms,
            Phase::Down => self.settings.down_inter_ms,
            Phase::Moving => self.settings.fast_inter_ms,
        }
    }

    /// Whether checks have a say now. An agent may end the maintenance that it asked for.
    fn is_due(&self) -> bool {
        (self.by == Checker::Agent || !self.server.state.in_maintenance()) && !self.state().is_suspended()
    }

    /// The state of these checks.
    fn state(&self) -> &CheckState {
        match self.by {
            Checker::Health => &self.server.state.check,
            Checker::Agent => &self.server.state.agent,
        }
    }

    /// Lets time pass. Errors of traffic may end it early.
    async fn pause(&self, pause_ms: u64) {
        let began = tokio::time::Instant::now();
        let mut until = began + Duration::from_millis(pause_ms);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                error = poll_fn(|cx| self.state().poll_alarm(cx)) => {
                    if self.is_due() {
                        self.heed(error);
                    }
                    // The next check comes as soon as the state that they led to asks for.
                    let pause_ms = match self.settings.observe.map(|observe| observe.consequence) {
                        Some(OnError::FastInter) => self.settings.fast_inter_ms,
                        _ => self.interval_ms(),
                    };
                    until = until.min(tokio::time::Instant::now() + Duration::from_millis(pause_ms));
                }
            }
        }
    }

    async fn attempt(&self) -> (CheckReport, LastConnection) {
        self.state().begin();
        let Self { model, proxy, server, settings, .. } = self;
        let occasion = Occasion { model, proxy, server, settings };
        match &settings.kind {
            CheckKind::Script(script) => attempt(occasion, script).await,
            CheckKind::External(check) => (external::run(occasion, check).await, LastConnection::none()),
        }
    }

    fn backend(&self) -> Option<&Backend> {
        self.proxy.backend.as_deref()
    }

    /// Takes over what a check came to.
    fn conclude(&self, report: CheckReport) {
        match self.by {
            Checker::Health => self.conclude_check(report),
            Checker::Agent => self.conclude_agent(report),
        }
    }

    fn conclude_check(&self, report: CheckReport) {
        let (health, operational) = (self.server.state.health(), self.server.state.operational());
        let is_up = operational != Operational::Stopped;
        let mut verdict = judge(health, report.status.result(), is_up, operational != Operational::Stopping);
        if verdict.change == Some(Change::Up) && self.server.state.agent.is_against() {
            // Only the agent can take that back.
            verdict.change = None;
        }
        self.carry_out(verdict, report);
    }

    /// Does as errors of traffic ask (configuration manual 5.2 `on-error`).
    fn heed(&self, error: TrafficError) {
        let Some(observe) = self.settings.observe else { return };
        let (health, operational) = (self.server.state.health(), self.server.state.operational());
        let is_up = operational != Operational::Stopped;
        if !is_up {
            return;
        }
        let down = Verdict { value: 0, change: Some(Change::Down), counts_as_failure: true };
        let verdict = match observe.consequence {
            OnError::FastInter => return,
            // Before its checks have found it good, none of their failures is made up.
            OnError::FailCheck if !health.is_good() => return,
            OnError::FailCheck => judge(health, burdock_state::CheckResult::Failed, is_up, true),
            OnError::SuddenDeath if health.value > health.rise => {
                Verdict { value: health.rise, change: None, counts_as_failure: true }
            }
            OnError::SuddenDeath | OnError::MarkDown => down,
        };
        self.server.state.counters.add_shared(ServerCounter::Observed, 1);
        let info = format!("Detected {} consecutive errors, last one was: {}", observe.limit, error.description());
        self.carry_out(verdict, CheckReport { status: CheckStatus::Observed, info, ..CheckReport::default() });
    }

    fn carry_out(&self, verdict: Verdict, report: CheckReport) {
        let Some(backend) = self.backend() else { return };
        let state = &self.server.state;
        let (before, operational) = (state.health(), state.operational());
        if verdict.counts_as_failure {
            state.counters.add_shared(ServerCounter::FailedChecks, 1);
        }
        let status_before = state.check.end(report.clone());
        let tells_checks = self.proxy.log.health_checks;
        if tells_checks && (verdict.value != before.value || report.status != status_before) {
            let after = Health { value: verdict.value, ..before };
            tell::check(&*self.log, &self.proxy, &self.server, self.by, &report, after);
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

    /// Does as an agent asks. That it cannot be reached is told and no more: the checks of the server are there for that.
    fn conclude_agent(&self, mut report: CheckReport) {
        let state = &self.server.state;
        let advice = (report.status == CheckStatus::Layer7Passed).then(|| agent::read(&report.info));
        let advice = advice.unwrap_or_default();
        if advice.status != CheckStatus::Initializing {
            (report.status, report.info) = (advice.status, advice.info);
        }
        let now = self.model.process.clock.now();
        let Some(transition) = Transition::new(&*self.log, &self.proxy, &self.server, now) else { return };
        let weight = advice.weight.map(|weight| weight.of(state.configured_weight()));
        if let Some(weight) = weight.filter(|weight| *weight != state.weight()) {
            transition.set_weight(weight);
        }
        if let Some(limit) = advice.maxconn.filter(|limit| *limit != state.maxconn()) {
            transition.set_maxconn(limit);
        }
        if let Some(wish) = advice.wish {
            transition.grant(wish);
        }
        let was_against = state.agent.is_against();
        let is_against = advice.is_up.map_or(was_against, |is_up| !is_up);
        state.agent.set_against(is_against);
        let status_before = state.agent.end(report.clone());
        let tells_checks = self.proxy.log.health_checks;
        let is_news = is_against != was_against || report.status != status_before;
        if tells_checks && is_news && report.status != CheckStatus::Checked {
            let health = Health { value: u32::from(!is_against), rise: 1, fall: 1 };
            tell::check(&*self.log, &self.proxy, &self.server, self.by, &report, health);
        }
        let told = if tells_checks { None } else { Some(&report) };
        let health = state.health();
        let is_up = state.operational() != Operational::Stopped;
        match advice.is_up {
            Some(false) if is_up => transition.obey_check(Change::Down, health.value, told),
            Some(true) if !is_up && (self.server.check.is_none() || health.is_good()) => {
                transition.obey_check(Change::Up, health.value, told);
            }
            _ => {}
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
