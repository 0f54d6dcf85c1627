//! The side of a proxy that faces servers.

use std::sync::Arc;

use burdock_balance::{Affinity, Algorithm, Balancer, Method};
use burdock_base::ProxyId;
use burdock_http::HeaderName;
use burdock_model::{
    Backend, BalanceKey, BalanceSettings, KeySource, Mode, PersistRule, ServerRule, ServerTarget, Servers, Timeouts,
};
use burdock_persist::Persistence;
use burdock_rules::{AclTable, Condition};
use burdock_sample::{Expression, Format, Phase};
use burdock_syntax::{Diagnostic, Word};

use super::{Resolver, address};
use crate::draft::{KeyLine, ProxyDraft, SetExt, Switch};
use crate::keyword::nearest;

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
        let (servers, state) = self.servers(id, proxy, timeouts, &acls.whole().names());
        if proxy.unpublished {
            state.set_published(false);
        }
        let all_backups = settings.switches.is_on(Switch::AllBackups, false);
        // An algorithm for log lines means round robin to requests.
        let unsaid = if settings.log_balance.is_some() { Algorithm::RoundRobin } else { Algorithm::Random };
        let (algorithm, key) = self.balance_key(proxy, settings.balance.value().unwrap_or(unsaid), mode, acls);
        let method = Method {
            is_consistent: settings.hash_type.is_some_and(|line| line.value.is_consistent),
            draws: settings.draws.unwrap_or(Method::from(algorithm).draws),
            all_backups,
            load_percent: settings.load_percent.value().unwrap_or(0),
            affinity: settings.affinity.value().unwrap_or_default(),
            ..Method::from(algorithm)
        };
        self.advise_on_ring(proxy, &method);
        let balancer = Balancer::new(method, Arc::clone(&state), servers.candidates());
        Backend {
            balance: BalanceSettings { algorithm, key: key.map(Arc::new), balancer: Arc::new(balancer) },
            persistence: persistence(proxy, mode, &servers).map(Arc::new),
            dynamic_cookie_key: settings.dynamic_cookie_key.get().cloned(),
            persist: settings.switches.is_on(Switch::Persist, false),
            persist_rules: self.persist_rules(proxy, acls).into(),
            server_rules: self.server_rules(proxy, &servers, acls).into(),
            stick_rules: self.stick_rules(proxy, acls).into(),
            name_header: settings
                .name_header
                .get()
                .filter(|_| mode == Mode::Http)
                .map(|name| HeaderName::lenient(name)),
            fcgi_app: self.fcgi_app_of(proxy, mode),
            forwarded: self.forwarded(proxy, mode, acls.whole().names()),
            retries: settings.retries.value().unwrap_or(DEFAULT_RETRIES),
            redispatch: settings.redispatch.value().filter(|interval| *interval != 0),
            retry_on: settings.retry_on.get().cloned().unwrap_or_default(),
            reuse: settings.reuse.value().unwrap_or_default(),
            all_backups,
            abort_on_close: settings.switches.is_on(Switch::AbortOnClose, mode == Mode::Http),
            smart_connect: settings.switches.is_on(Switch::SmartConnect, mode == Mode::Http),
            source: settings.source.get().and_then(address::source),
            fullconn: settings.fullconn.value().filter(|limit| *limit > 0).unwrap_or(fullconn),
            servers,
            state,
        }
    }

    /// What is said of busy servers means something to keys of a ring alone, a limit of shares to a draw too. HAProxy says nothing of that.
    fn advise_on_ring(&mut self, proxy: &ProxyDraft, method: &Method) {
        let on_ring = method.is_consistent && method.algorithm.is_keyed();
        let settings = &proxy.settings;
        let is_limited = settings.load_percent.filter(|percent| percent.value > 0);
        let unheard = [
            ("hash-balance-factor", is_limited.map(|it| it.span), on_ring || method.algorithm == Algorithm::Random),
            (
                "hash-preserve-affinity",
                settings.affinity.filter(|it| it.value != Affinity::Always).map(|it| it.span),
                on_ring,
            ),
        ];
        for (name, span, counts) in unheard {
            if let Some(span) = span.filter(|span| !counts && proxy.says(*span)) {
                self.findings.push(
                    Diagnostic::advice(format!("'{name}' has no effect with 'balance {}'", method.algorithm.name()))
                        .code("no-effect-here")
                        .at(span, "")
                        .help("it is for algorithms that hash a key, with 'hash-type consistent'"),
                );
            }
        }
    }

    /// What the algorithm hashes, and the algorithm that is left where that is not possible.
    fn balance_key(
        &mut self,
        proxy: &ProxyDraft,
        algorithm: Algorithm,
        mode: Mode,
        acls: &AclTable,
    ) -> (Algorithm, Option<BalanceKey>) {
        let settings = &proxy.settings;
        let Some(line) = settings.balance_key.as_ref().filter(|_| algorithm.is_keyed()) else {
            return (algorithm, None);
        };
        let needs_http = matches!(algorithm, Algorithm::Uri | Algorithm::UrlParameter | Algorithm::Header);
        if needs_http && mode != Mode::Http {
            let span = settings.balance.map(|line| line.span);
            let fault = Diagnostic::warning(format!("'balance {}' needs 'mode http'", algorithm.name()));
            let fault = fault.code("no-effect-here");
            self.findings.push(match span {
                Some(span) => fault.at(span, "'roundrobin' is taken"),
                None => fault,
            });
            return (Algorithm::RoundRobin, None);
        }
        let scope = acls.whole().names();
        let mut sample = |word: &Word| {
            let expression = Expression::parse(word, &scope).and_then(|expression| {
                if expression.validity().contains(Phase::UseServer) {
                    return Ok(expression);
                }
                let fetch = expression.fetch().name;
                Err(Diagnostic::error(format!("sample fetch '{fetch}' has no value when a server is chosen"))
                    .code("misplaced-sample")
                    .at(word.span(), "never has a value here"))
            });
            self.findings.take(expression)
        };
        let source = match line {
            KeyLine::Source => Some(KeySource::Client),
            KeyLine::Uri(key) => Some(KeySource::Uri(*key)),
            KeyLine::Parameter(name, in_body) => {
                Some(KeySource::Parameter { name: name.as_bytes().into(), in_body: *in_body })
            }
            KeyLine::Sample(word) => sample(word).map(KeySource::Sample),
            KeyLine::Header(word, false) => sample(word).map(KeySource::Header),
            KeyLine::Header(word, true) => sample(word).map(KeySource::Domain),
        };
        let (function, avalanche) =
            settings.hash_type.map_or_else(Default::default, |line| (line.value.function, line.value.avalanche));
        (algorithm, source.map(|source| BalanceKey { source, function, avalanche }))
    }

    fn server_rules(&mut self, proxy: &ProxyDraft, servers: &Servers, acls: &AclTable) -> Vec<ServerRule> {
        let mut rules = Vec::new();
        for line in &proxy.server_rules {
            let scope = acls.before(line.known_acls);
            let condition = Condition::parse(&line.condition, scope, Phase::UseServer, self.findings);
            let target = if line.server.as_bytes().contains(&b'%') {
                let format = Format::parse(&line.server, &scope.names(), Phase::UseServer, self.findings);
                self.findings.take(format).map(ServerTarget::Named)
            } else {
                let found = servers.iter().find(|server| line.server == *server.name.as_str());
                match found {
                    Some(server) => scope.names().names.note_server(server.proxy, server.id),
                    None => self.findings.push(unknown_server(&line.server, servers)),
                }
                found.map(|server| ServerTarget::Server(server.id))
            };
            if let (Some(condition), Some(target)) = (condition, target) {
                rules.push(ServerRule { target, condition });
            }
        }
        rules
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

fn unknown_server(name: &Word, servers: &Servers) -> Diagnostic {
    let fault =
        Diagnostic::error(format!("there is no server '{name}'")).code("unknown-name").at(name.span(), "not found");
    match nearest(&name.display(), servers.iter().map(|server| server.name.as_str())) {
        Some(near) => fault.replace(name.span(), near, format!("did you mean '{near}'?")),
        None => fault,
    }
}

/// Cookie persistence is for HTTP alone.
fn persistence(proxy: &ProxyDraft, mode: Mode, servers: &Servers) -> Option<Persistence> {
    let policy = proxy.settings.cookie.get().filter(|_| mode == Mode::Http)?;
    Some(Persistence::new(policy.clone(), &servers.persistent()))
}

/// Configuration manual 4.2 `retries`.
const DEFAULT_RETRIES: u32 = 3;
