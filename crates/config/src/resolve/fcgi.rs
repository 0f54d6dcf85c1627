//! `fcgi-app` sections, and which backends use them.

use std::sync::Arc;

use burdock_fcgi::variable_byte;
use burdock_http::HeaderName;
use burdock_model::{FcgiApp, FcgiParameter, Global, Mode, PassedHeader};
use burdock_pattern::{Case, Regex};
use burdock_rules::{AclTable, Condition};
use burdock_sample::{Format, Names, Phase, Scope};
use burdock_syntax::{Diagnostic, Word};

use super::Resolver;
use crate::draft::{Draft, FcgiAppDraft, ProtocolWord, ProxyDraft, SetExt};
use crate::keyword::nearest;

/// When the rules of an application are evaluated.
const PHASE: Phase = Phase::BackendHttpRequest;

impl Resolver<'_> {
    /// All sections.
    pub(super) fn read_fcgi_apps(&mut self, draft: &Draft, global: &Global, names: &Names) {
        for section in &draft.fcgi_apps {
            let app = self.fcgi_app(self.fcgi_apps.len(), section, global, names);
            self.fcgi_apps.push(Arc::new(app));
        }
    }

    fn fcgi_app(&mut self, index: usize, draft: &FcgiAppDraft, global: &Global, names: &Names) -> FcgiApp {
        let name = draft.name.value.clone();
        if draft.document_root.is_none() {
            self.findings.push(
                Diagnostic::error(format!("the FastCGI application '{name}' has no document root"))
                    .code("missing-argument")
                    .at(draft.span, "'docroot' is missing")
                    .help("docroot /var/www"),
            );
        }
        let multiplexes = draft.multiplexes.value().unwrap_or(false);
        if let Some(said) = draft.max_requests.filter(|said| said.value > 1 && !multiplexes) {
            self.findings.push(
                Diagnostic::warning("'option max-reqs' needs connections that carry several requests at once")
                    .code("no-effect-here")
                    .at(said.span, "ignored")
                    .help("option mpxs-conns"),
            );
        }
        let acls = AclTable::parse(draft.acls.iter().map(Vec::as_slice), Scope::outside(names), self.findings);
        let mut parameters = Vec::new();
        for line in &draft.parameters {
            let scope = acls.before(line.known_acls);
            let value = Format::parse(&line.value, &scope.names(), PHASE, self.findings);
            let value = self.findings.take(value);
            let condition = Condition::parse(&line.condition, scope, PHASE, self.findings);
            if let (Some(value), Some(condition)) = (value, condition) {
                let name = line.name.as_bytes().iter().copied().map(variable_byte).collect();
                parameters.push(FcgiParameter { name, value, condition });
            }
        }
        let mut passed_headers = Vec::new();
        for line in &draft.passed_headers {
            let scope = acls.before(line.known_acls);
            if let Some(condition) = Condition::parse(&line.condition, scope, PHASE, self.findings) {
                passed_headers.push(PassedHeader { name: HeaderName::lenient(line.name.as_bytes()), condition });
            }
        }
        let path_info = draft.path_info.as_ref().map(regex);
        let path_info = path_info.and_then(|regex| self.findings.take(regex));
        let targets = self.log_targets(&draft.log, global.log_hostname.is_some());
        FcgiApp {
            index,
            name,
            document_root: draft.document_root.get().cloned().unwrap_or_default().into(),
            index_script: draft.index_script.get().map(|script| script.as_slice().into()),
            path_info,
            asks_for_limits: draft.asks_for_limits.value().unwrap_or(false),
            keeps_connections: draft.keeps_connections.value().unwrap_or(true),
            multiplexes,
            max_requests: draft.max_requests.value().unwrap_or(1),
            parameters: parameters.into(),
            passed_headers: passed_headers.into(),
            log_targets: targets.into_iter().map(|line| line.target).collect(),
        }
    }

    /// The application of a backend, which servers of FastCGI need, and which needs such servers.
    pub(super) fn fcgi_app_of(&mut self, proxy: &ProxyDraft, mode: Mode) -> Option<Arc<FcgiApp>> {
        let spoken = |word: ProtocolWord| word == ProtocolWord::FastCgi;
        let mut servers = proxy.servers.iter().filter(|server| server.options.protocol.value().is_some_and(spoken));
        let first = servers.next();
        let section = proxy.display_name();
        let Some(line) = proxy.fcgi_apps.first() else {
            if let Some(server) = first.filter(|_| mode == Mode::Http) {
                let place = server.options.protocol.map_or(server.span, |said| said.span);
                self.findings.push(
                    Diagnostic::error(format!("'{section}' has servers of FastCGI and no application"))
                        .code("missing-argument")
                        .at(place, format!("'{}' is one of them", server.name.value))
                        .help("say 'use-fcgi-app' with the name of an 'fcgi-app' section"),
                );
            }
            return None;
        };
        let name = &line.name;
        let Some(app) = self.fcgi_apps.iter().find(|app| app.name == name.value).cloned() else {
            let fault = Diagnostic::error(format!("there is no section 'fcgi-app {}'", name.value));
            let fault = fault.code("unknown-name").at(name.span, "not found");
            let near = nearest(&name.value, self.fcgi_apps.iter().map(|app| app.name.as_str()));
            self.findings.push(match near {
                Some(near) => fault.replace(name.span, near, format!("did you mean '{near}'?")),
                None => fault,
            });
            return None;
        };
        if mode != Mode::Http {
            self.findings.push(
                Diagnostic::error("FastCGI applications need 'mode http'")
                    .code("mode-mismatch")
                    .at(name.span, format!("'{section}' is in another mode")),
            );
        } else if first.is_none() {
            self.findings.push(
                Diagnostic::error(format!("'{section}' has a FastCGI application and no server of FastCGI"))
                    .code("missing-argument")
                    .at(name.span, "the application")
                    .help("say 'proto fcgi' on the lines of its servers"),
            );
        }
        Some(app)
    }
}

fn regex(word: &Word) -> burdock_syntax::Parsed<Regex> {
    Regex::new(word.as_bytes(), Case::Matters).map_err(|fault| {
        let at = word.span_of(fault.offset..fault.offset + 1);
        Diagnostic::error(format!("'{word}' is no regular expression: {}", fault.reason))
            .code("bad-pattern")
            .at(at, "here")
    })
}
