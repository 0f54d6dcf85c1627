//! `server` lines: names and numbers, addresses and host names, checks, live state.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use burdock_base::limit::MAX_SERVERS;
use burdock_base::{Instant, ProxyId, ServerId};
use burdock_model::{
    Address, CheckConnection, CheckSettings, FixedTls, Mode, Model, Observe, Protocol, Proxy, Server, Servers, Timeouts,
};
use burdock_persist::dynamic_value;
use burdock_sample::Scope;
use burdock_state::{AdminFlag, Backend as BackendState, ServerSettings};
use burdock_syntax::{Diagnostic, Diagnostics, Severity, SourceMap};

use super::check::{Checking, Checkings, ConnectWish, agent, protocol};
use super::tls::OfServer;
use super::{Resolver, TlsCommon, acme, address, carry, logging, proxy_header};
use crate::address::choose;
use crate::draft::{
    CheckOptions, HostPart, InitAddress, PortPart, ProtocolWord, ProxyDraft, ServerDraft, SetExt, Written,
};
use crate::keyword::unsupported;
use crate::load::LoadOptions;

/// A `server` line, its numbers and its surroundings.
struct Line<'a> {
    id: ServerId,
    numeric_id: u32,
    draft: &'a ServerDraft,
    section: &'a ProxyDraft,
    /// What the section says that its checks do.
    checking: &'a Checking,
}

/// Where a server is, once its name is resolved.
struct Place {
    address: Address,
    port_offset: Option<i32>,
    /// The name could not be resolved: it starts in maintenance.
    unresolved: bool,
}

/// A `server` line that comes at run time, the number that it gets, and the section as such a line sees it.
pub(crate) struct AddedLine<'a> {
    pub draft: &'a ServerDraft,
    pub section: &'a ProxyDraft,
    pub numeric_id: u32,
}

/// The server that a line makes which comes at run time: in maintenance, and unchecked until its checks are asked for.
pub(crate) fn added_server(
    line: &AddedLine<'_>,
    (model, proxy): (&Model, &Proxy),
    scope: &Scope<'_>,
    (tls, checkings): (&mut TlsCommon, &Checkings),
    options: &LoadOptions<'_>,
    sources: &SourceMap,
    findings: &mut Diagnostics,
) -> Option<Server> {
    let backend = proxy.backend.as_ref()?;
    let threads = model.global.threads;
    let mut resolver = Resolver {
        options,
        sources,
        findings,
        threads,
        default_maxconn: 0,
        logging: logging::Channels::default(),
        tls: std::mem::take(tls),
        acme: acme::Found::default(),
        checkings: checkings.clone(),
        sections: model.resolvers.to_vec(),
        fcgi_apps: model.fcgi_apps.to_vec(),
    };
    let checking = checkings.of_proxies.get(&proxy.id)?;
    let AddedLine { draft, section, numeric_id } = *line;
    let line = Line { id: backend.servers.free_id(), numeric_id, draft, section, checking };
    let mut carry = carry::Servers::added(threads);
    let server = resolver.server(proxy.id, &line, &proxy.timeouts, scope, &mut carry);
    *tls = resolver.tls.for_later();
    let server = server?;
    if carry.is_unresolved(server.id) {
        server.state.set_admin(AdminFlag::UnresolvedMaintenance, true, Instant::START, &backend.state);
    }
    server.state.check.set_suspended(server.check.is_some());
    Some(server)
}

impl Resolver<'_> {
    /// The servers of a section, with their state and that of their backend.
    pub(super) fn servers(
        &mut self,
        proxy: ProxyId,
        draft: &ProxyDraft,
        timeouts: &Timeouts,
        scope: &Scope<'_>,
    ) -> (Servers, Arc<BackendState>) {
        self.unique_names(draft);
        if draft.servers.len() > MAX_SERVERS {
            self.findings.push(
                Diagnostic::error(format!("'{}' has more than {MAX_SERVERS} servers", draft.display_name()))
                    .code("too-many-servers")
                    .at(draft.span, "this section"),
            );
        }
        let wanted: Vec<_> = draft
            .servers
            .iter()
            .map(|server| (server.options.id.value(), server.options.id.map_or(server.span, |id| id.span)))
            .collect();
        let numeric_ids = self.number(1, &wanted, "server of this section");
        let checking = self.checking(draft, scope);
        self.checkings.of_proxies.insert(proxy, checking.clone());
        let mut carry = carry::Servers::new(self.options.previous, draft.display_name(), self.threads);
        let mut servers = Vec::with_capacity(draft.servers.len());
        for ((index, server), numeric_id) in draft.servers.iter().enumerate().zip(numeric_ids) {
            let line =
                Line { id: ServerId(index as u32), numeric_id, draft: server, section: draft, checking: &checking };
            servers.extend(self.server(proxy, &line, timeouts, scope, &mut carry));
        }
        let state = carry.backend(draft.servers.len());
        for server in &servers {
            if carry.is_unresolved(server.id) {
                server.state.set_admin(AdminFlag::UnresolvedMaintenance, true, Instant::START, &state);
            }
            // Without checks the counter tells nothing, but lists show it (measured).
            let has_defaults = draft.servers.get(server.id.index()).is_some_and(|line| line.options.has_defaults);
            if has_defaults
                && server.check.is_none()
                && server.state.health().value == 0
                && !server.state.in_maintenance()
            {
                let rise = server.state.health().rise;
                server.state.set_health(rise, server.state.operational(), Instant::START, &state);
            }
        }
        (servers.into_iter().map(Arc::new).collect(), state)
    }

    fn unique_names(&mut self, draft: &ProxyDraft) {
        let mut names: BTreeMap<&str, &ServerDraft> = BTreeMap::new();
        for server in &draft.servers {
            let name = server.name.value.as_str();
            if let Some(other) = names.get(name) {
                self.findings.push(
                    Diagnostic::error(format!("another server of '{}' is named '{name}'", draft.display_name()))
                        .code("duplicate-name")
                        .at(server.name.span, "given again")
                        .also(other.name.span, "given here"),
                );
            }
            names.entry(name).or_insert(server);
        }
    }

    fn server(
        &mut self,
        proxy: ProxyId,
        line: &Line<'_>,
        timeouts: &Timeouts,
        scope: &Scope<'_>,
        carry: &mut carry::Servers<'_>,
    ) -> Option<Server> {
        let Line { id, numeric_id, draft, section, checking } = *line;
        let place = self.place(draft, section)?;
        let options = &draft.options;
        let mode = section.settings.mode.value().unwrap_or_default();
        let named = self.named_checking(draft);
        let checking = named.as_ref().unwrap_or(checking);
        let tls = match mode {
            // Its ring has it.
            Mode::Log => OfServer::default(),
            _ => self.server_tls(draft, section, &checking.wishes, scope),
        };
        let header = self.proxy_header(draft, mode, scope);
        let check = self.check(draft, section, checking, &place, timeouts, (tls.checks, &header));
        let agent = self.agent(draft, &place, timeouts);
        let settings = ServerSettings {
            id,
            weight: options.weight.value().unwrap_or(1),
            maxconn: options.maxconn.value().unwrap_or(0),
            rise: options.check.rise.value().unwrap_or(DEFAULT_RISE),
            fall: options.check.fall.value().unwrap_or(DEFAULT_FALL),
            checked: check.is_some(),
            disabled: options.disabled.value().unwrap_or(false),
        };
        let state = carry.server(&settings, &draft.name.value, &place.address, place.unresolved);
        Some(Server {
            id,
            proxy,
            name: draft.name.value.clone(),
            numeric_id,
            has_own_id: options.id.get().is_some(),
            hostname: hostname(draft),
            resolution: self.resolution(draft),
            cookie: options.cookie.get().cloned().or_else(|| dynamic_cookie(section, &place)),
            address: place.address,
            port_offset: place.port_offset,
            backup: options.backup.value().unwrap_or(false),
            non_stick: options.non_stick.value().unwrap_or(false),
            maxqueue: options.maxqueue.value().unwrap_or(0),
            hash_key: options.hash_key.value().unwrap_or_default(),
            source: options.source.get().and_then(address::source),
            agent,
            check,
            fast_open: options.fast_open.value().unwrap_or(false),
            pool_max_connections: options.pool_max_connections.value().flatten(),
            pool_purge_delay_ms: options.pool_purge_delay_ms.value().unwrap_or(DEFAULT_PURGE_DELAY_MS),
            max_reuse: options.max_reuse.value().flatten(),
            tls: tls.requests,
            proxy_header: header.requests,
            protocol: self.protocol(options.protocol, mode),
            ws: options.ws.value().unwrap_or_default(),
            position: self.position(draft.span),
            state,
        })
    }

    fn place(&mut self, draft: &ServerDraft, section: &ProxyDraft) -> Option<Place> {
        let written = &draft.address;
        let (part, port) = match &written.value {
            Written::Ip { host, port } => (host, *port),
            Written::Unix(path) => {
                return Some(Place { address: Address::Unix(path.clone()), port_offset: None, unresolved: false });
            }
            Written::Abstract { name, padded } => {
                let address = Address::Abstract { name: name.clone(), padded: *padded };
                return Some(Place { address, port_offset: None, unresolved: false });
            }
            Written::Descriptor(_) => return None,
        };
        let (ip, unresolved) = match part {
            HostPart::Name(name, family) => {
                // A disabled section is never used: HAProxy does not ask for its names either.
                if section.settings.disabled.value() == Some(true) {
                    (address::host(part), true)
                } else {
                    let asked = self.init_address(draft, name, |found| choose(found, *family))?;
                    asked.map_or_else(|| (address::host(part), true), |ip| (ip, false))
                }
            }
            known => (address::host(known), false),
        };
        let (port, port_offset) = match port {
            PortPart::Missing => (0, Some(0)),
            PortPart::Offset(offset) => (0, Some(offset)),
            PortPart::Fixed(port) | PortPart::Range(port, _) => (port, None),
        };
        Some(Place { address: Address::Tcp(SocketAddr::new(ip, port)), port_offset, unresolved })
    }

    /// Goes through the steps of `init-addr` for a host name. Nothing: it is a fault; an inner nothing: the server waits in maintenance.
    fn init_address(
        &mut self,
        draft: &ServerDraft,
        name: &str,
        choose: impl Fn(&[IpAddr]) -> Option<IpAddr>,
    ) -> Option<Option<IpAddr>> {
        let default = [InitAddress::Last, InitAddress::Libc];
        let steps = draft.options.init_address.get().map_or(&default[..], Vec::as_slice);
        for step in steps {
            match step {
                // No state of a previous run is read yet, so it never has an address.
                InitAddress::Last => {}
                InitAddress::Libc => {
                    if let Some(ip) = choose(&self.options.host.lookup(name).unwrap_or_default()) {
                        return Some(Some(ip));
                    }
                }
                InitAddress::Address(ip) => return Some(Some(*ip)),
                InitAddress::Nowhere => return Some(None),
            }
        }
        if self.options.command_line.ignore_unresolved {
            return Some(None);
        }
        if draft.options.resolution.section.is_some() {
            self.findings.push(
                Diagnostic::new(
                    Severity::Notice,
                    format!("the name '{name}' of server '{}' has no address yet", draft.name.value),
                )
                .code("unresolved")
                .at(draft.address.span, "it waits in maintenance until name servers know one"),
            );
            return Some(None);
        }
        self.findings.push(
            Diagnostic::error(format!("the name '{name}' of server '{}' cannot be resolved", draft.name.value))
                .code("unresolved")
                .at(draft.address.span, "no address found")
                .help("with 'init-addr last,libc,none' the server waits in maintenance for its address"),
        );
        None
    }

    /// The version of HTTP of checks: that of `check-proto`, else `proto`. Checks that speak no HTTP have none.
    fn check_protocol(&mut self, draft: &ServerDraft, section: &ProxyDraft, checking: &Checking) -> Protocol {
        let said = draft.options.check.protocol;
        let speaks_http = checking.speaks_http();
        if let Some(said) = said.filter(|said| (said.value == ProtocolWord::Bytes) == speaks_http) {
            let (message, help) = if speaks_http {
                ("these checks speak HTTP", "say 'h1' or 'h2'")
            } else {
                ("these checks speak no HTTP", "'option httpchk' makes them")
            };
            self.findings.push(
                Diagnostic::error(message)
                    .code("mode-mismatch")
                    .at(said.span, "not possible with such checks")
                    .help(help),
            );
            return Protocol::Auto;
        }
        if !speaks_http {
            return Protocol::Auto;
        }
        let wanted = said.or(draft.options.protocol);
        if let Some(wanted) = wanted.filter(|wanted| wanted.value == ProtocolWord::FastCgi) {
            if draft.options.check.enabled.value() == Some(true) {
                self.findings.push(
                    unsupported("checks that speak HTTP over FastCGI are", wanted.span)
                        .help("without 'option httpchk' the check is that a connection can be made"),
                );
            }
            return Protocol::Auto;
        }
        match wanted {
            None => Protocol::Auto,
            // What is possible for requests was said above.
            said if draft.options.check.protocol.is_some() => self.protocol(said, Mode::Http),
            said => self.protocol(said, section.settings.mode.value().unwrap_or_default()),
        }
    }

    /// How the connections of a check are made to a server.
    fn connections(
        &mut self,
        draft: &ServerDraft,
        section: &ProxyDraft,
        checking: &Checking,
        tls: Vec<Option<FixedTls>>,
        header: &proxy_header::OfServer,
    ) -> Box<[CheckConnection]> {
        let options = &draft.options.check;
        let of_checks = self.check_protocol(draft, section, checking);
        let sni_auto = options.sni_auto.value().unwrap_or(true);
        let connection = |(wish, tls): (&ConnectWish, _)| CheckConnection {
            tls,
            sni_auto: sni_auto && wish.is_implied,
            protocol: protocol(wish, of_checks),
            proxy_header: header.of_check(wish.send_proxy, wish.as_server),
        };
        checking.wishes.iter().zip(tls).map(connection).collect()
    }

    fn check(
        &mut self,
        draft: &ServerDraft,
        section: &ProxyDraft,
        checking: &Checking,
        place: &Place,
        timeouts: &Timeouts,
        (tls, header): (Vec<Option<FixedTls>>, &proxy_header::OfServer),
    ) -> Option<CheckSettings> {
        let options = &draft.options.check;
        let enabled = options.enabled.filter(|enabled| enabled.value)?;
        let address = check_address(draft, &place.address);
        let target = address.as_ref().unwrap_or(&place.address);
        let has_no_port = matches!(target, Address::Tcp(address) if address.port() == 0);
        if has_no_port && checking.needs_port() && !place.unresolved && section.settings.disabled.value() != Some(true)
        {
            self.findings.push(
                Diagnostic::error(format!("server '{}' has no port to check", draft.name.value))
                    .code("no-check-port")
                    .at(enabled.span, "a check needs a port")
                    .also(draft.address.span, "none here")
                    .help("give the address a port, or say which one to check: 'port 80'"),
            );
        }
        let inter_ms = options.inter_ms.value().unwrap_or(DEFAULT_INTER_MS);
        Some(CheckSettings {
            kind: checking.kind.clone(),
            address,
            inter_ms,
            fast_inter_ms: options.fast_inter_ms.value().unwrap_or(inter_ms),
            down_inter_ms: options.down_inter_ms.value().unwrap_or(inter_ms),
            timeout_ms: timeouts.check_ms,
            connect_timeout_ms: timeouts.connect_ms,
            connections: self.connections(draft, section, checking, tls, header),
            rise: options.rise.value().unwrap_or(DEFAULT_RISE),
            fall: options.fall.value().unwrap_or(DEFAULT_FALL),
            observe: self.observe(options, section),
        })
    }

    fn observe(&mut self, options: &CheckOptions, section: &ProxyDraft) -> Option<Observe> {
        let said = options.observe?;
        let responses = said.value?;
        if responses && section.settings.mode.value().unwrap_or_default() != Mode::Http {
            self.findings.push(
                Diagnostic::warning("'observe layer7' needs 'mode http'")
                    .code("mode-mismatch")
                    .at(said.span, "nothing is observed"),
            );
            return None;
        }
        Some(Observe {
            responses,
            limit: options.error_limit.value().unwrap_or(DEFAULT_ERROR_LIMIT),
            consequence: options.on_error.value().unwrap_or_default(),
        })
    }

    /// What an agent is asked, and where.
    fn agent(&mut self, draft: &ServerDraft, place: &Place, timeouts: &Timeouts) -> Option<CheckSettings> {
        let options = &draft.options.agent;
        let enabled = options.enabled.filter(|enabled| enabled.value)?;
        let Some(port) = options.port.value() else {
            self.findings.push(
                Diagnostic::error(format!("the agent of server '{}' has no port", draft.name.value))
                    .code("missing-argument")
                    .at(enabled.span, "'agent-port' is missing"),
            );
            return None;
        };
        let address = match (options.address.get(), &place.address) {
            (Some(Written::Ip { host, .. }), _) => Address::Tcp(SocketAddr::new(address::host(host), port)),
            (Some(Written::Unix(path)), _) => Address::Unix(path.clone()),
            (Some(Written::Abstract { name, padded }), _) => Address::Abstract { name: name.clone(), padded: *padded },
            (_, Address::Tcp(own)) => Address::Tcp(SocketAddr::new(own.ip(), port)),
            (_, own) => own.clone(),
        };
        let inter_ms = options.inter_ms.or(draft.options.check.inter_ms).value().unwrap_or(DEFAULT_INTER_MS);
        Some(CheckSettings {
            kind: agent(options.send.get()),
            address: Some(address),
            inter_ms,
            fast_inter_ms: inter_ms,
            down_inter_ms: inter_ms,
            timeout_ms: timeouts.check_ms,
            connect_timeout_ms: timeouts.connect_ms,
            connections: [CheckConnection::default()].into(),
            rise: 1,
            fall: 1,
            observe: None,
        })
    }
}

/// Where a server is checked, if `addr` or `port` say another place than its own.
fn check_address(draft: &ServerDraft, own: &Address) -> Option<Address> {
    let options = &draft.options.check;
    let port = options.port.value();
    match (options.address.get(), own) {
        (Some(Written::Ip { host, port: written }), _) => {
            let written = match written {
                PortPart::Fixed(written) if *written > 0 => Some(*written),
                _ => None,
            };
            let own = if let Address::Tcp(own) = own { own.port() } else { 0 };
            let port = port.or(written).unwrap_or(own);
            Some(Address::Tcp(SocketAddr::new(address::host(host), port)))
        }
        (Some(Written::Unix(path)), _) => Some(Address::Unix(path.clone())),
        (Some(Written::Abstract { name, padded }), _) => {
            Some(Address::Abstract { name: name.clone(), padded: *padded })
        }
        (_, Address::Tcp(own)) => port.map(|port| Address::Tcp(SocketAddr::new(own.ip(), port))),
        _ => None,
    }
}

/// The name that stands in the place of an address.
fn hostname(draft: &ServerDraft) -> Option<String> {
    match &draft.address.value {
        Written::Ip { host: HostPart::Name(name, _), .. } => Some(name.clone()),
        _ => None,
    }
}

/// The value made from the address, for servers of `cookie … dynamic` without one of their own.
fn dynamic_cookie(section: &ProxyDraft, place: &Place) -> Option<Vec<u8>> {
    let policy = section.settings.cookie.get()?;
    let key = section.settings.dynamic_cookie_key.get()?;
    match &place.address {
        Address::Tcp(address) if policy.dynamic && !place.unresolved => Some(dynamic_value(*address, key).to_vec()),
        _ => None,
    }
}

/// Configuration manual 5.2 `rise`.
const DEFAULT_RISE: u32 = 2;
/// Configuration manual 5.2 `fall`.
const DEFAULT_FALL: u32 = 3;
/// Configuration manual 5.2 `error-limit`.
const DEFAULT_ERROR_LIMIT: u32 = 10;
/// Configuration manual 5.2 `inter`.
const DEFAULT_INTER_MS: u64 = 2000;
/// Configuration manual 5.2 `pool-purge-delay`.
const DEFAULT_PURGE_DELAY_MS: u64 = 5000;
