//! Headers of the PROXY protocol: what connections to servers begin with, and where none can be received.

use std::sync::Arc;

use burdock_model::{Mode, ProxyHeader};
use burdock_sample::{Format, Phase, Scope};
use burdock_syntax::Diagnostic;

use super::Resolver;
use crate::draft::{BindOptions, ProxyHeaderDraft, ServerDraft, SetExt};
use crate::keyword::unsupported;

/// The headers of a server.
#[derive(Default)]
pub(super) struct OfServer {
    /// Of connections for requests.
    pub requests: Option<Arc<ProxyHeader>>,
    /// Of those for checks.
    pub checks: Option<Arc<ProxyHeader>>,
}

impl OfServer {
    /// What a connection of a check begins with, that asks for a header itself or is made as the server's line says.
    pub(super) fn of_check(&self, asked_for: bool, as_server: bool) -> Option<Arc<ProxyHeader>> {
        if asked_for {
            return Some(self.requests.clone().unwrap_or_else(|| Arc::new(ProxyHeader::Line)));
        }
        self.checks.clone().filter(|_| as_server)
    }
}

impl Resolver<'_> {
    /// What connections to a server begin with.
    pub(super) fn proxy_header(&mut self, draft: &ServerDraft, mode: Mode, scope: &Scope<'_>) -> OfServer {
        let (said, check) = (&draft.options.proxy_header, &draft.options.check);
        let requests = self.header(said, scope);
        if mode == Mode::Log {
            if requests.is_some() {
                self.findings.push(
                    Diagnostic::warning("servers of log backends are told nothing by the PROXY protocol")
                        .code("no-effect-here")
                        .at(draft.span, "its 'send-proxy' is left aside"),
                );
            }
            return OfServer::default();
        }
        // A check that goes elsewhere has a header only where that is said.
        let elsewhere = check.port.is_some() || check.address.is_some();
        let checks = match check.send_proxy.value() {
            Some(true) => Some(requests.clone().unwrap_or_else(|| Arc::new(ProxyHeader::Line))),
            Some(false) => None,
            None => requests.clone().filter(|_| !elsewhere),
        };
        OfServer { requests, checks }
    }

    fn header(&mut self, said: &ProxyHeaderDraft, scope: &Scope<'_>) -> Option<Arc<ProxyHeader>> {
        let mut values = Vec::new();
        for (kind, word) in &said.values {
            let format = Format::parse(word, scope, Phase::BackendHttpRequest, self.findings);
            values.extend(self.findings.take(format).map(|format| (*kind, format)));
        }
        match said {
            ProxyHeaderDraft { block: true, parts, .. } => Some(Arc::new(ProxyHeader::Block { parts: *parts, values })),
            ProxyHeaderDraft { line: true, .. } => Some(Arc::new(ProxyHeader::Line)),
            _ => None,
        }
    }

    /// Addresses where no proxy can announce a client yet.
    pub(super) fn no_announcements_here(&mut self, options: &BindOptions, where_: &str) {
        let spans = [options.accept_proxy.map(|said| said.span), options.netscaler_magic.map(|said| said.span)];
        for span in spans.into_iter().flatten() {
            self.findings.push(unsupported(&format!("headers of proxies {where_} are"), span));
        }
    }
}
