//! Sections of `mode tcp` whose connections may change to `mode http` while traffic runs (configuration manual 4): by a rule, or since their
//! backend is in that mode.

use burdock_model::Mode;
use burdock_rules::RuleSetKind;
use burdock_syntax::Diagnostic;

use super::Resolver;
use super::frontend::Routes;
use crate::draft::{Draft, ProxyDraft, RuleLine, SetExt};

/// Whether connections of a section in `mode tcp` may change their mode.
pub(super) fn may_switch(proxy: &ProxyDraft, routes: &Routes, draft: &Draft) -> bool {
    if !proxy.kind.has_frontend() || proxy.settings.mode.value().unwrap_or_default() != Mode::Tcp {
        return false;
    }
    let is_http =
        |index: usize| draft.proxies.get(index).is_some_and(|target| target.settings.mode.value() == Some(Mode::Http));
    // A name that is made while traffic runs can be that of any backend.
    has_rule(proxy, &draft.defaults)
        || routes.backends().any(is_http)
        || proxy.switches.iter().any(|line| line.format.is_some())
}

/// Whether a rule of the section changes the mode.
pub(super) fn has_rule(proxy: &ProxyDraft, defaults: &[ProxyDraft]) -> bool {
    let is_switch = |line: &RuleLine| {
        line.kind == RuleSetKind::TcpRequestContent && line.words.first().is_some_and(|word| *word == *"switch-mode")
    };
    let base = proxy.base.and_then(|base| defaults.get(base));
    proxy.rules.iter().chain(base.into_iter().flat_map(|base| &base.rules)).any(is_switch)
}

impl Resolver<'_> {
    /// A section that serves itself what comes in `mode tcp` has nobody to serve requests.
    pub(super) fn warn_of_switch(&mut self, proxy: &ProxyDraft, routes: &Routes) {
        let alone = proxy.kind.has_backend() && routes.backends().next().is_none() && proxy.switches.is_empty();
        let rule = proxy.rules.iter().find(|line| line.words.first().is_some_and(|word| *word == *"switch-mode"));
        if let Some(rule) = rule.filter(|_| alone && proxy.settings.mode.value().unwrap_or_default() == Mode::Tcp) {
            let message = format!("'{}' changes to mode http, but its servers are in mode tcp", proxy.display_name());
            self.findings.push(
                Diagnostic::warning(message)
                    .code("mode-mismatch")
                    .at(rule.span, "nobody can serve what is switched")
                    .help("send it to a backend in mode http with 'use_backend' or 'default_backend'"),
            );
        }
    }
}
