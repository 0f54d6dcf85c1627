//! The side of a proxy that faces servers.

use std::sync::Arc;

use burdock_balance::{Algorithm, Balancer, Candidate};
use burdock_base::ProxyId;
use burdock_model::{Backend, BalanceSettings, Mode, PersistRule, Server, Timeouts};
use burdock_persist::{Persistence, PersistentServer};
use burdock_rules::{AclTable, Condition};
use burdock_sample::Phase;

use super::{Resolver, address};
use crate::draft::{ProxyDraft, SetExt, Switch};

impl Resolver<'_> {
    /// The server side of a section.
    pub(super) fn backend(
        &mut self,
        id: ProxyId,
        proxy: &ProxyDraft,
        timeouts: &Timeouts,
        acls: &AclTable,
        fullconn: u32,
    ) -> Backend {
        let settings = &proxy.settings;
        let mode = settings.mode.value().unwrap_or_default();
        let (servers, state) = self.servers(id, proxy, timeouts);
        let all_backups = settings.switches.is_on(Switch::AllBackups, false);
        // An algorithm for log lines means round robin to requests.
        let unsaid = if settings.log_balance.is_some() { Algorithm::RoundRobin } else { Algorithm::Random };
        let algorithm = settings.balance.value().unwrap_or(unsaid);
        let candidates =
            servers.iter().map(|server| Candidate { server: Arc::clone(&server.state), backup: server.backup });
        let balancer = Balancer::new(algorithm, all_backups, Arc::clone(&state), candidates.collect());
        Backend {
            balance: BalanceSettings { algorithm, balancer: Arc::new(balancer) },
            persistence: persistence(proxy, mode, &servers),
            persist: settings.switches.is_on(Switch::Persist, false),
            persist_rules: self.persist_rules(proxy, acls),
            retries: settings.retries.value().unwrap_or(DEFAULT_RETRIES),
            redispatch: settings.redispatch.value().filter(|interval| *interval != 0),
            retry_on: settings.retry_on.get().cloned().unwrap_or_default(),
            reuse: settings.reuse.value().unwrap_or_default(),
            all_backups,
            abort_on_close: settings.switches.is_on(Switch::AbortOnClose, mode == Mode::Http),
            source: settings.source.get().and_then(address::source),
            fullconn: settings.fullconn.value().filter(|limit| *limit > 0).unwrap_or(fullconn),
            servers,
            state,
        }
    }

    fn persist_rules(&mut self, proxy: &ProxyDraft, acls: &AclTable) -> Vec<PersistRule> {
        let mut rules = Vec::new();
        for line in &proxy.persist {
            let scope = acls.before(line.known_acls);
            if let Some(condition) = Condition::parse(&line.condition, scope, Phase::BackendTcpRequest, self.findings) {
                rules.push(PersistRule { kind: line.kind, condition });
            }
        }
        rules
    }
}

/// Cookie persistence is for HTTP alone.
fn persistence(proxy: &ProxyDraft, mode: Mode, servers: &[Arc<Server>]) -> Option<Persistence> {
    let policy = proxy.settings.cookie.get().filter(|_| mode == Mode::Http)?;
    let servers = servers
        .iter()
        .map(|server| PersistentServer { cookie: server.cookie.clone(), state: Arc::clone(&server.state) })
        .collect();
    Some(Persistence::new(policy.clone(), servers))
}

/// Configuration manual 4.2 `retries`.
const DEFAULT_RETRIES: u32 = 3;
