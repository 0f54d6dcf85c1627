//! The side of a proxy that faces clients: where it listens, and where it sends requests.

use std::sync::Arc;

use burdock_base::{BindId, ProxyId};
use burdock_model::{
    Address, Bind, CaptureCookie, CaptureSlot, Captures, Frontend, Mode, Monitor, Preface, Protocol, SocketOptions,
    SwitchRule, SwitchTarget, UniqueId,
};
use burdock_rules::{AclTable, Condition};
use burdock_sample::{Format, Phase};
use burdock_syntax::{Diagnostic, Span};
use burdock_tls::BindTls;

use super::name::BackendNames;
use super::tls::Section;
use super::{Resolver, address, carry, global, limit};
use crate::draft::{
    BindDraft, BindOptions, CaptureDraft, CaptureLine, ConditionLine, GlobalDraft, ProxyDraft, SetExt, Spanned, Switch,
    SwitchLine, ThreadSelection,
};
use crate::keyword::nearest;

/// Where a frontend sends requests, by index among all sections. What could not be found has been complained about.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// `default_backend`.
    pub default_backend: Option<usize>,
    /// `use_backend` rules, in order.
    pub rules: Vec<Option<usize>>,
}

impl Routes {
    /// All backends that requests may be sent to.
    pub fn backends(&self) -> impl Iterator<Item = usize> {
        self.rules.iter().flatten().copied().chain(self.default_backend)
    }
}

impl Resolver<'_> {
    /// Finds the backends that a section names. Those of a disabled section are not looked for, as in HAProxy.
    pub(super) fn routes(&mut self, proxy: &ProxyDraft, names: &BackendNames, proxies: &[ProxyDraft]) -> Routes {
        if !proxy.kind.has_frontend() || proxy.settings.disabled.value() == Some(true) {
            return Routes { default_backend: None, rules: vec![None; proxy.switches.len()] };
        }
        let default = proxy.settings.default_backend.as_ref();
        let default_backend = default.and_then(|name| self.route(proxy, name, names, proxies));
        if let (Some(name), Some(target)) = (default, default_backend)
            && proxies.get(target).is_some_and(|target| target.span == proxy.span)
        {
            self.findings.push(
                Diagnostic::error(format!("'{}' sends requests to itself by 'default_backend'", proxy.display_name()))
                    .code("loop")
                    .at(name.span, "this section")
                    .help("a 'listen' section sends requests to its own servers without this line"),
            );
        }
        let mut route = |rule: &SwitchLine| match rule.format {
            Some(_) => None,
            None => self.route(proxy, &rule.backend, names, proxies),
        };
        let rules = proxy.switches.iter().map(&mut route).collect();
        Routes { default_backend, rules }
    }

    fn route(
        &mut self,
        proxy: &ProxyDraft,
        name: &Spanned<String>,
        names: &BackendNames,
        proxies: &[ProxyDraft],
    ) -> Option<usize> {
        let Some((index, target)) = names.get(&name.value).and_then(|index| Some((*index, proxies.get(*index)?)))
        else {
            self.findings.push(unknown_backend(name, names, proxies));
            return None;
        };
        let (mode, other) =
            (proxy.settings.mode.value().unwrap_or_default(), target.settings.mode.value().unwrap_or_default());
        let modes = |fault: Diagnostic| {
            let shown = |mode| if mode == Mode::Http { "in mode http" } else { "in mode tcp" };
            fault.at(name.span, shown(other)).also(target.span, shown(other)).also(proxy.span, shown(mode))
        };
        match (mode, other) {
            (_, Mode::Log) => {
                self.findings.push(
                    Diagnostic::error(format!("'{}' is for log lines: no requests can be sent to it", name.value))
                        .code("mode-mismatch")
                        .at(name.span, "in mode log")
                        .also(target.span, "in mode log"),
                );
            }
            (Mode::Http, Mode::Tcp) => {
                let message = format!(
                    "'{}' in mode http cannot send requests to '{}' in mode tcp",
                    proxy.display_name(),
                    name.value
                );
                self.findings.push(modes(Diagnostic::error(message).code("mode-mismatch")));
            }
            // Connections change their mode on the way.
            _ => {}
        }
        Some(index)
    }

    /// The client side of a section.
    pub(super) fn frontend(
        &mut self,
        id: ProxyId,
        proxy: &ProxyDraft,
        routes: &Routes,
        acls: &AclTable,
        global: &GlobalDraft,
    ) -> Frontend {
        let itself = proxy.kind.has_backend().then_some(id);
        Frontend {
            binds: self.binds(proxy, global),
            maxconn: limit::frontend_maxconn(proxy, self.default_maxconn),
            smart_accept: proxy
                .settings
                .switches
                .is_on(Switch::SmartAccept, proxy.settings.mode.value() == Some(Mode::Http)),
            backlog: proxy.settings.backlog.value().filter(|backlog| *backlog > 0),
            switch_rules: self.switch_rules(proxy, routes, acls),
            force_switch: self.conditions(&proxy.force_switch, Phase::UseBackend, acls),
            monitor: self.monitor(proxy, acls),
            unique_id: self.unique_id(proxy, acls),
            default_backend: routes.default_backend.map(|index| ProxyId(index as u32)).or(itself),
            captures: captures(&proxy.captures),
            state: carry::frontend(self.options.previous, proxy.display_name(), self.threads),
        }
    }

    fn switch_rules(&mut self, proxy: &ProxyDraft, routes: &Routes, acls: &AclTable) -> Vec<SwitchRule> {
        let mut rules = Vec::new();
        for (rule, target) in proxy.switches.iter().zip(&routes.rules) {
            let scope = acls.before(rule.known_acls);
            let condition = Condition::parse(&rule.condition, scope, Phase::UseBackend, self.findings);
            let target = match (&rule.format, target) {
                (Some(word), _) => {
                    let format = Format::parse(word, &scope.names(), Phase::UseBackend, self.findings);
                    self.findings.take(format).map(SwitchTarget::Named)
                }
                (None, Some(target)) => Some(SwitchTarget::Backend(ProxyId(*target as u32))),
                (None, None) => None,
            };
            if let (Some(condition), Some(target)) = (condition, target) {
                rules.push(SwitchRule { target, condition, position: self.position(rule.backend.span) });
            }
        }
        rules
    }

    fn conditions(&mut self, lines: &[ConditionLine], phase: Phase, acls: &AclTable) -> Vec<Condition> {
        let mut parse = |line: &ConditionLine| {
            Condition::parse(&line.condition, acls.before(line.known_acls), phase, self.findings)
        };
        lines.iter().filter_map(&mut parse).collect()
    }

    fn monitor(&mut self, proxy: &ProxyDraft, acls: &AclTable) -> Option<Monitor> {
        let fail = self.conditions(&proxy.monitor_fail, Phase::FrontendHttpRequest, acls);
        let http = proxy.settings.mode.value().unwrap_or_default() == Mode::Http;
        let uri = proxy.settings.monitor_uri.get().filter(|_| http)?.clone();
        Some(Monitor { uri, fail })
    }

    fn unique_id(&mut self, proxy: &ProxyDraft, acls: &AclTable) -> Option<UniqueId> {
        let word = proxy.settings.unique_id_format.get()?;
        let format = Format::parse(word, &acls.whole().names(), Phase::FrontendHttpRequest, self.findings);
        let format = self.findings.take(format)?;
        let after_rules = word.display().contains("var(");
        Some(UniqueId { format, after_rules, header: proxy.settings.unique_id_header.get().cloned() })
    }

    /// All addresses that a section listens on, ranges of ports spread out.
    fn binds(&mut self, proxy: &ProxyDraft, global: &GlobalDraft) -> Vec<Bind> {
        let prefix = global.unix_prefix.get().map(Vec::as_slice);
        let mut addresses: Vec<(&BindDraft, Span, Address)> = Vec::new();
        for line in &proxy.binds {
            for written in &line.addresses {
                let spread = address::listen(&written.value, prefix);
                addresses.extend(spread.into_iter().map(|address| (line, written.span, address)));
            }
        }
        let mut last_line = None;
        let wanted: Vec<_> = addresses
            .iter()
            .map(|(line, span, _)| {
                // The number is for the first address of a line; the others count on.
                let is_first = last_line.replace(line.span) != Some(line.span);
                let id = line.options.id.filter(|_| is_first);
                (id.value(), id.map_or(*span, |id| id.span))
            })
            .collect();
        let numeric_ids = self.number(1, &wanted, "address of this section");
        let mode = proxy.settings.mode.value().unwrap_or_default();
        let mut of_line: Option<(Span, Option<Arc<BindTls>>, Protocol)> = None;
        let mut binds = Vec::with_capacity(addresses.len());
        for ((index, (line, span, address)), numeric_id) in addresses.into_iter().enumerate().zip(numeric_ids) {
            let inherited = match address {
                Address::Inherited(descriptor) => self.adopt(descriptor, span),
                _ => None,
            };
            // All addresses of a line share its TLS.
            let (tls, protocol) = match &of_line {
                Some((known, tls, protocol)) if *known == line.span => (tls.clone(), *protocol),
                _ => {
                    let protocol = self.client_protocol(line.options.protocol, mode);
                    (self.bind_tls(line, &Section::of_proxy(proxy), mode), protocol)
                }
            };
            of_line = Some((line.span, tls.clone(), protocol));
            let state = carry::listener(self.options.previous, proxy.display_name(), &address, self.threads);
            binds.push(Bind {
                id: BindId(index as u32),
                name: line.options.name.get().cloned(),
                numeric_id,
                address,
                inherited,
                options: socket_options(&line.options),
                permissions: global::permissions(&line.options, global),
                maxconn: line.options.maxconn.value().unwrap_or(0),
                threads: self.accepting_threads(&line.options),
                tls,
                preface: Preface {
                    proxy: line.options.accept_proxy.value().unwrap_or(false),
                    netscaler: line.options.netscaler_magic.is_some(),
                },
                netscaler_magic: line.options.netscaler_magic.value().unwrap_or(0),
                protocol,
                position: self.position(line.span),
                state,
            });
        }
        binds
    }

    /// The workers that accept, by index; empty: all.
    fn accepting_threads(&mut self, options: &BindOptions) -> Vec<usize> {
        let Some(selection) = &options.thread else { return Vec::new() };
        let all = 1..=self.threads as u32;
        let chosen: Vec<usize> = match &selection.value {
            ThreadSelection::All => return Vec::new(),
            ThreadSelection::Odd => all.filter(|thread| thread % 2 == 1).map(index).collect(),
            ThreadSelection::Even => all.filter(|thread| thread % 2 == 0).map(index).collect(),
            ThreadSelection::Ranges(ranges) => {
                let is_chosen = |thread: &u32| ranges.iter().any(|(first, last)| (first..=last).contains(&thread));
                all.filter(is_chosen).map(index).collect()
            }
        };
        if chosen.is_empty() {
            self.findings.push(
                Diagnostic::error("none of these worker threads exists")
                    .code("bad-threads")
                    .at(selection.span, format!("there are {} threads", self.threads)),
            );
        }
        chosen
    }
}

fn captures(draft: &CaptureDraft) -> Captures {
    let slots = |lines: &[CaptureLine]| {
        lines.iter().map(|line| CaptureSlot { header: line.header.clone(), length: line.length }).collect()
    };
    Captures {
        request: slots(&draft.request),
        response: slots(&draft.response),
        cookie: draft.cookie.as_ref().map(|line| CaptureCookie { start: line.start.clone(), length: line.length }),
    }
}

/// Threads count from 1 in the configuration.
const fn index(thread: u32) -> usize {
    thread as usize - 1
}

pub(super) fn socket_options(options: &BindOptions) -> SocketOptions {
    SocketOptions {
        backlog: options.backlog.value().filter(|backlog| *backlog > 0),
        interface: options.interface.get().cloned(),
        fast_open: options.fast_open.value().unwrap_or(false),
        defer_accept: options.defer_accept.value().unwrap_or(false),
        saved_syn: options.saved_syn.value().flatten(),
        max_segment: options.max_segment.value(),
        user_timeout_ms: options.user_timeout_ms.value(),
        transparent: options.transparent.value().unwrap_or(false),
        v6_only: options.v6_only.value(),
    }
}

fn unknown_backend(name: &Spanned<String>, names: &BackendNames, proxies: &[ProxyDraft]) -> Diagnostic {
    let fault = Diagnostic::error(format!("there is no backend '{}'", name.value))
        .code("unknown-name")
        .at(name.span, "not found");
    if let Some(frontend) = proxies.iter().find(|proxy| proxy.display_name() == name.value) {
        return fault.also(frontend.span, "this section has no backend side");
    }
    match nearest(&name.value, names.keys().map(String::as_str)) {
        Some(near) => fault.replace(name.span, near, format!("did you mean '{near}'?")),
        None => fault,
    }
}
