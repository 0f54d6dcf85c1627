//! The TLS of `server` lines, of requests and of checks.

use std::sync::Arc;

use burdock_base::{BindId, Instant, ProxyId};
use burdock_model::{FixedTls, Mode, ServerTlsUse, WebSocketProtocol};
use burdock_sample::{Expression, Input, Names, Phase, Scope, Scratch, Type, Value};
use burdock_state::Directory;
use burdock_syntax::{Diagnostic, Severity, Span, Word};
use burdock_tls::ServerTls;
use burdock_tls::settings::{ServerSettings, Verify};
use burdock_txn::{Endpoint, Txn};

use super::certificate::Expansion;
use super::policy::merged;
use super::{Places, Section};
use crate::draft::{ProxyDraft, ServerDraft, SetExt};
use crate::resolve::Resolver;
use crate::resolve::check::ConnectWish;

/// What became of a line.
#[derive(Default)]
pub(in crate::resolve) struct OfServer {
    /// For requests.
    pub requests: Option<ServerTlsUse>,
    /// For the connections of checks, in their order.
    pub checks: Vec<Option<FixedTls>>,
}

impl Resolver<'_> {
    /// The TLS of a line.
    pub(in crate::resolve) fn server_tls(
        &mut self,
        draft: &ServerDraft,
        section: &ProxyDraft,
        wishes: &[ConnectWish],
        scope: &Scope<'_>,
    ) -> OfServer {
        let mode = section.settings.mode.value().unwrap_or_default();
        let said = &draft.options.tls;
        let enabled = said.enabled.value().unwrap_or(false);
        let check = &draft.options.check;
        let is_checked = check.enabled.value().unwrap_or(false);
        let elsewhere = check.port.is_some() || check.address.is_some();
        // A check that goes elsewhere speaks TLS only where that is said.
        let check_enabled = is_checked && said.check.value().unwrap_or(enabled && !elsewhere);
        let is_wanted = |wish: &ConnectWish| is_checked && (wish.tls || (wish.as_server && check_enabled));
        let in_clear = || OfServer { requests: None, checks: vec![None; wishes.len()] };
        if let Some(word) = &said.sni {
            // Looked at in any case, so that faults come to light.
            self.sni(word, scope);
        }
        if !enabled && !wishes.iter().any(is_wanted) {
            return in_clear();
        }
        let faults = self.findings.count(Severity::Error);
        let mut places = Places::default();
        let settings = self.server_settings(draft, &Section::of_proxy(section), &mut places);
        if self.findings.count(Severity::Error) > faults {
            return in_clear();
        }
        let Some(tls) = self.build(&settings, &places, draft.span) else { return in_clear() };
        let alpn = settings.policy.alpn.clone().unwrap_or_default();
        let with_alpn = |resolver: &mut Self, wanted: Vec<Vec<u8>>| {
            if wanted == alpn {
                return Some(Arc::clone(&tls));
            }
            let mut settings = settings.clone();
            settings.policy.alpn = Some(wanted);
            resolver.build(&settings, &places, draft.span)
        };
        let requests = enabled.then(|| ServerTlsUse {
            tls: Arc::clone(&tls),
            websocket: websocket_alpn(draft.options.ws.value().unwrap_or_default(), &alpn)
                .and_then(|wanted| with_alpn(self, wanted)),
            sni: self.server_name(draft, mode, scope),
        });
        let of_checks = said.check_alpn.get();
        let of_check = |wish: &ConnectWish| {
            let as_server = is_wanted(wish).then_some(wish.as_server)?;
            let alpn = wish.alpn.as_ref().or(of_checks.filter(|_| as_server)).unwrap_or(&alpn).clone();
            let sni = wish.sni.clone().or(said.check_sni.get().cloned().filter(|_| as_server));
            Some(FixedTls { tls: with_alpn(self, alpn)?, sni })
        };
        OfServer { requests, checks: wishes.iter().map(of_check).collect() }
    }

    /// The TLS towards a server that gets log lines. There is no request that `sni` could be taken from, so it has to be a constant.
    pub(in crate::resolve) fn tls_to_receiver(
        &mut self,
        draft: &ServerDraft,
        section: &Section<'_>,
    ) -> Option<FixedTls> {
        let said = &draft.options.tls;
        let faults = self.findings.count(Severity::Error);
        let sni = said.sni.as_ref().and_then(|word| self.constant(word));
        if !said.enabled.value().unwrap_or(false) {
            return None;
        }
        let mut places = Places::default();
        let settings = self.server_settings(draft, section, &mut places);
        if self.findings.count(Severity::Error) > faults {
            return None;
        }
        Some(FixedTls { tls: self.build(&settings, &places, draft.span)?, sni })
    }

    /// The text of an expression that depends on nothing.
    fn constant(&mut self, word: &Word) -> Option<String> {
        let names = Names::new(Vec::new(), None);
        let parsed = Expression::parse(word, &Scope::outside(&names));
        let expression = self.findings.take(parsed)?;
        let text = constant_text(&expression);
        if text.is_none() {
            self.findings.push(
                Diagnostic::error("no request says which name this server is to be asked for")
                    .code("misplaced-sample")
                    .at(word.span(), "has to be a constant here")
                    .help("sni str(logs.example.com)"),
            );
        }
        text
    }

    fn build(&mut self, settings: &ServerSettings, places: &Places, line: Span) -> Option<Arc<ServerTls>> {
        match ServerTls::build(settings, &self.tls.store, &self.tls.tuning) {
            Ok((tls, notices)) => {
                self.tls_notices(notices, places, line);
                Some(Arc::new(tls))
            }
            Err(problems) => {
                self.tls_problems(problems, places, line);
                None
            }
        }
    }

    fn server_settings(&mut self, draft: &ServerDraft, section: &Section<'_>, places: &mut Places) -> ServerSettings {
        let said = &draft.options.tls;
        let global = self.tls.global.defaults_behind(section.global_sections).server.tls.clone();
        let written = merged(&said.policy, &global.policy);
        let mut policy = self.tls_policy(&written, draft.span, places);
        let lenient = self.options.command_line.no_server_verification;
        let verify = policy.verify.unwrap_or(if lenient { Verify::None } else { Verify::Required });
        policy.verify = Some(verify);
        if verify == Verify::Required && policy.ca_file.is_none() {
            let place = written.verify.map(|verify| verify.span).or(said.enabled.map(|enabled| enabled.span));
            self.findings.push(
                Diagnostic::error(format!(
                    "the certificate of server '{}' is to be verified, but nothing says who may have signed it",
                    draft.name.value
                ))
                .code("missing-argument")
                .at(place.unwrap_or(draft.span), "'ca-file' is missing")
                .help("with 'ca-file @system-ca' those are believed whom the system believes")
                .help("'verify none' does without, which lets anybody between us and the server read and change everything"),
            );
        }
        let certificate = said.certificate.as_ref().and_then(|file| {
            let found = self.certificates(&file.value, file.span, Expansion::One).into_iter().next()?;
            places.add(found.name.as_str(), file.span);
            Some(found)
        });
        ServerSettings {
            label: format!("{}/{}", section.name, draft.name.value),
            early_data: policy.early_data.unwrap_or(false),
            policy,
            certificate,
            verify_host: said.verify_host.get().cloned(),
            no_reuse: said.no_reuse.value().unwrap_or(false),
            no_tickets: written.no_tickets.value().unwrap_or(false),
        }
    }

    /// What the server is asked for: what `sni` says, else the host of requests.
    fn server_name(&mut self, draft: &ServerDraft, mode: Mode, scope: &Scope<'_>) -> Option<Arc<Expression>> {
        let said = &draft.options.tls;
        if let Some(word) = &said.sni {
            // Faults were told before.
            return Expression::parse(word, scope).ok().map(Arc::new);
        }
        let automatic = mode == Mode::Http && said.sni_auto.value().unwrap_or(true);
        let word = automatic.then(|| Word::synthetic(HOST_OF_REQUEST, draft.span))?;
        let expression = Expression::parse(&word, scope);
        self.findings.take(expression).map(Arc::new)
    }

    fn sni(&mut self, word: &Word, scope: &Scope<'_>) {
        let parsed = Expression::parse(word, scope);
        let Some(expression) = self.findings.take(parsed) else { return };
        if !expression.validity().contains(Phase::ServerSource) {
            let fetch = expression.fetch().name;
            self.findings.push(
                Diagnostic::error(format!("sample fetch '{fetch}' has no value when a connection to a server begins"))
                    .code("misplaced-sample")
                    .at(word.span(), "never has a value here"),
            );
        }
    }
}

fn constant_text(expression: &Expression) -> Option<String> {
    let (nowhere, scratch, world) = (Endpoint::Unix(0), Scratch::new(), Directory::empty());
    let txn = Txn::new(nowhere, nowhere, ProxyId(0), BindId(0), Instant::START);
    let input = Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::Configuration, scratch: &scratch };
    match expression.evaluate(&input)?.cast(Type::Str, &scratch)? {
        Value::Str(text) => std::str::from_utf8(text).ok().map(str::to_owned),
        _ => None,
    }
}

/// What WebSocket offers where it is not what all requests offer.
fn websocket_alpn(ws: WebSocketProtocol, alpn: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let offers = |name: &[u8]| alpn.iter().any(|known| known == name);
    let wanted: &[u8] = match ws {
        WebSocketProtocol::Auto if offers(HTTP1) => HTTP1,
        WebSocketProtocol::Auto => return None,
        WebSocketProtocol::Http1 => HTTP1,
        WebSocketProtocol::Http2 => HTTP2,
    };
    let differs = !alpn.is_empty() && alpn != [wanted.to_vec()];
    differs.then(|| vec![wanted.to_vec()])
}

const HTTP1: &[u8] = b"http/1.1";
const HTTP2: &[u8] = b"h2";
/// What `sni-auto` stands for (configuration manual 5.2).
const HOST_OF_REQUEST: &str = "req.hdr(host),field(1,:)";
