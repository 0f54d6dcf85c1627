//! What is worth a warning in a section as a whole. HAProxy warns of each of these too.

use burdock_model::Mode;
use burdock_persist::CookieMode;
use burdock_syntax::{Diagnostic, Span};

use super::Resolver;
use super::frontend::Routes;
use crate::draft::{ProxyDraft, ProxyKind, SetExt, Switch, TimeoutName};

impl Resolver<'_> {
    /// Everything about one section.
    pub(super) fn warn_of(&mut self, proxy: &ProxyDraft, mode: Mode) {
        self.findings.extend(no_bind(proxy));
        if mode != Mode::Log {
            self.findings.extend(missing_timeouts(proxy));
        }
        self.findings.extend(unused_servers(proxy));
        self.findings.extend(fast_open_without_retries(proxy));
        if mode != Mode::Http {
            self.findings.extend(needs_http(proxy, mode));
        }
    }
}

impl Resolver<'_> {
    /// Session cookies that clients of TLS get, and that browsers would send in clear too.
    pub(super) fn insecure_cookies(&mut self, proxies: &[ProxyDraft], routes: &[Routes]) {
        for (index, proxy) in proxies.iter().enumerate().filter(|(_, proxy)| proxy.kind.has_backend()) {
            let is_http = proxy.settings.mode.value().unwrap_or_default() == Mode::Http;
            let own = proxy.settings.cookie.as_ref();
            let own = own.filter(|cookie| is_http && cookie.value.mode == CookieMode::Insert && !cookie.value.secure);
            let Some(cookie) = own else { continue };
            let leads_here = |(at, routes): &(usize, &Routes)| *at == index || routes.backends().any(|to| to == index);
            let frontends = routes.iter().enumerate().filter(leads_here).filter_map(|(at, _)| proxies.get(at));
            let mut binds = frontends.flat_map(|frontend| &frontend.binds);
            let Some(ssl) = binds.find_map(|bind| bind.options.tls.enabled) else { continue };
            self.findings.push(
                Diagnostic::advice(format!("the session cookie of '{}' lacks 'secure'", proxy.display_name()))
                    .code("insecure-cookie")
                    .at(cookie.span, "browsers send it over clear connections too")
                    .also(ssl, "clients come over TLS here")
                    .replace(
                        cookie.span.after(),
                        " secure",
                        "add 'secure', and 'httponly' if no script needs the cookie",
                    ),
            );
        }
    }
}

fn no_bind(proxy: &ProxyDraft) -> Option<Diagnostic> {
    if !proxy.kind.has_frontend() || !proxy.binds.is_empty() {
        return None;
    }
    let (kind, name) = (proxy.kind.keyword(), proxy.display_name());
    let line = "bind :80";
    let warning = Diagnostic::warning(format!("{kind} '{name}' listens nowhere: it has no 'bind' line"))
        .code("no-bind")
        .at(proxy.span, "no address to listen on");
    let warning =
        warning.replace(proxy.span.after(), format!("\n    {line}"), format!("add a line with the address: '{line}'"));
    Some(if proxy.kind == ProxyKind::Listen { warning.note("without one it is a 'backend'") } else { warning })
}

/// Without these a connection whose other end has vanished stays for ever.
fn missing_timeouts(proxy: &ProxyDraft) -> Option<Diagnostic> {
    let is_missing = |name: &TimeoutName| proxy.settings.timeouts.get(*name).value().is_none_or(|ms| ms == 0);
    let mut wanted = Vec::new();
    if proxy.kind.has_frontend() {
        wanted.push((TimeoutName::Client, "timeout client"));
    }
    if proxy.kind.has_backend() && !proxy.servers.is_empty() {
        wanted.extend([(TimeoutName::Connect, "timeout connect"), (TimeoutName::Server, "timeout server")]);
    }
    wanted.retain(|(name, _)| is_missing(name));
    if wanted.is_empty() {
        return None;
    }
    let names: Vec<_> = wanted.iter().map(|(_, name)| format!("'{name}'")).collect();
    let lines: String = wanted.iter().map(|(name, line)| format!("\n    {line} {}", usual(*name))).collect();
    Some(
        Diagnostic::warning(format!(
            "{} '{}' has no {}",
            proxy.kind.keyword(),
            proxy.display_name(),
            names.join(", no ")
        ))
        .code("missing-timeout")
        .at(proxy.span, "connections whose other end has vanished would stay for ever")
        .replace(proxy.span.after(), lines, "set them, here or in a 'defaults' section"),
    )
}

/// A value that suits most.
const fn usual(name: TimeoutName) -> &'static str {
    match name {
        TimeoutName::Connect => "5s",
        _ => "50s",
    }
}

fn unused_servers(proxy: &ProxyDraft) -> Option<Diagnostic> {
    let default = proxy.settings.default_backend.as_ref().filter(|_| proxy.kind == ProxyKind::Listen)?;
    let first = proxy.servers.first()?;
    Some(
        Diagnostic::warning(format!("the servers of '{}' are never used", proxy.display_name()))
            .code("unused-servers")
            .at(default.span, "requests are sent here instead")
            .also(first.span, "never used"),
    )
}

fn fast_open_without_retries(proxy: &ProxyDraft) -> Option<Diagnostic> {
    let retries = proxy.settings.retry_on.get();
    let enough = retries.is_some_and(|on| on.conn_failure && on.empty_response && on.response_timeout);
    let is_fast = |server: &&crate::draft::ServerDraft| server.options.fast_open.value() == Some(true);
    let server = proxy.servers.iter().find(is_fast).filter(|_| !enough)?;
    let place = server.options.fast_open.map_or(server.span, |set| set.span);
    Some(
        Diagnostic::warning(format!(
            "server '{}' uses TCP Fast Open, but failures that come with it are not retried",
            server.name.value
        ))
        .code("fast-open-without-retries")
        .at(place, "data may be lost with the first packet")
        .help("add 'retry-on conn-failure empty-response response-timeout'"),
    )
}

/// Settings that only mean something in mode http.
fn needs_http(proxy: &ProxyDraft, mode: Mode) -> Vec<Diagnostic> {
    let settings = &proxy.settings;
    let warn = |what: &str, span: Span| {
        Diagnostic::warning(format!("{what} has no effect in '{}': it needs 'mode http'", proxy.display_name()))
            .code("needs-http")
            .at(span, if mode == Mode::Log { "in mode log" } else { "in mode tcp" })
    };
    let mut found = Vec::new();
    if let Some(cookie) = settings.cookie.as_ref().filter(|_| proxy.kind.has_backend()) {
        found.push(warn("'cookie'", cookie.span));
    }
    for server in &proxy.servers {
        if let Some(cookie) = &server.options.cookie {
            found.push(warn(&format!("the cookie of server '{}'", server.name.value), cookie.span));
        }
    }
    if let Some(line) = &settings.forward_for {
        found.push(warn("'option forwardfor'", line.span));
    }
    for (switch, name, both_sides, backend_side) in HTTP_SWITCHES {
        let here = both_sides || if backend_side { proxy.kind.has_backend() } else { proxy.kind.has_frontend() };
        if let Some(said) = settings.switches.get(switch).filter(|said| said.value && here) {
            found.push(warn(&format!("'option {name}'"), said.span));
        }
    }
    found
}

/// Options, whether both sides have them, and if not, whether it is the side that faces servers.
const HTTP_SWITCHES: [(Switch, &str, bool, bool); 5] = [
    (Switch::IgnoreProbes, "http-ignore-probes", false, false),
    (Switch::NoDelay, "http-no-delay", true, true),
    (Switch::PreferLastServer, "prefer-last-server", false, true),
    (Switch::RelaxedRequests, "accept-unsafe-violations-in-http-request", false, false),
    (Switch::RelaxedResponses, "accept-unsafe-violations-in-http-response", false, true),
];
