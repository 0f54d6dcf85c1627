//! What log lines travel through: targets with the rings and log backends that they name, `ring` sections, backends in `mode log`.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use burdock_balance::{Algorithm, HashFunction};
use burdock_model::log::DEFAULT_MAX_LENGTH;
use burdock_model::{
    Address, FarmServer, FixedTls, ForwardTarget, Framing, Level, LogBalance, LogFarm, LogFormat, LogHash, LogRing,
    LogTarget, Logging, Mode, Proxy, RingServer, Server, Transport,
};
use burdock_sample::{Expression, Names, Scope};
use burdock_state::Ring;
use burdock_syntax::{Diagnostic, Span, Word};

use super::tls::Section;
use super::{Resolver, address};
use crate::address::choose;
use crate::draft::{
    Draft, HostPart, LogDestination, LogDraft, LogLine, LogLineTarget, PortPart, ProxyDraft, ProxyKind, RingDraft,
    ServerDraft, ServerOptions, SetExt, Spanned, TimeoutName, Written,
};
use crate::keyword::{nearest, unsupported};

/// What `log` lines can name, and what came of them so far.
#[derive(Debug, Default)]
pub(super) struct Channels {
    rings: Vec<Arc<LogRing>>,
    /// `ring` sections by name.
    ring_names: BTreeMap<String, usize>,
    /// Backends in `mode log`: their places among the sections.
    farms: Vec<usize>,
    /// The same by name.
    farm_names: BTreeMap<String, usize>,
    /// `log-profile` sections by name.
    profile_names: BTreeMap<String, usize>,
    /// Formats that have been complained about: one of a `defaults` section is met by every section that starts from it.
    pub faulty_formats: Vec<Span>,
    /// What `log global` stands for.
    pub global_targets: Vec<ForwardTarget>,
    /// Rings that stand before stream targets, so far.
    implicit: usize,
}

impl Resolver<'_> {
    /// Rings and log backends, to be known before any `log` line is looked at.
    pub(super) fn log_channels(&mut self, draft: &Draft) {
        for ring in &draft.rings {
            self.ring(ring);
        }
        for (index, profile) in draft.log_profiles.iter().enumerate() {
            self.logging.profile_names.insert(profile.name.value.clone(), index);
        }
        for (index, proxy) in draft.proxies.iter().enumerate() {
            if proxy.settings.mode.value() != Some(Mode::Log) {
                continue;
            }
            let Some(mode) = &proxy.settings.mode else { continue };
            if proxy.kind == ProxyKind::Backend {
                self.logging.farm_names.insert(proxy.display_name().to_owned(), self.logging.farms.len());
                self.logging.farms.push(index);
            } else {
                self.findings.push(
                    Diagnostic::error(format!("'{}' cannot be in mode log", proxy.display_name()))
                        .code("mode-mismatch")
                        .at(mode.span, "only a 'backend' section can")
                        .help("messages of other programs are received by a 'log-forward' section"),
                );
            }
        }
    }

    /// The targets of `log` lines. `host_shown`: `log-send-hostname` is set, which makes another format the default.
    pub(super) fn log_targets(&mut self, lines: &LogDraft, host_shown: bool) -> Vec<ForwardTarget> {
        let mut targets = Vec::new();
        for line in lines {
            match &line.value {
                LogLine::Global => targets.extend_from_slice(&self.logging.global_targets),
                LogLine::Target(target) => targets.extend(self.log_target(target, host_shown, line.span)),
                LogLine::Faulty => {}
            }
        }
        targets
    }

    fn log_target(&mut self, line: &LogLineTarget, host_shown: bool, span: Span) -> Option<ForwardTarget> {
        let transport = match &line.destination {
            LogDestination::Udp(host, port) => Transport::Udp(SocketAddr::new(*host, *port)),
            LogDestination::Unix(path) => Transport::UnixDatagram(path.clone()),
            LogDestination::Abstract { name, padded } => {
                Transport::AbstractDatagram { name: name.clone(), padded: *padded }
            }
            LogDestination::Descriptor(descriptor) => Transport::Descriptor(*descriptor),
            LogDestination::Stream(address) => Transport::Ring(self.implicit_ring(address, span)),
            LogDestination::Ring(name) => Transport::Ring(self.named(name, "ring", |it| &it.ring_names)?),
            LogDestination::Backend(name) => Transport::Farm(self.named(name, "log backend", |it| &it.farm_names)?),
        };
        let profile = match &line.profile {
            Some(name) => Some(self.named(name, "log profile", |it| &it.profile_names)?),
            None => None,
        };
        let mut max_length = line.length.unwrap_or(DEFAULT_MAX_LENGTH);
        let mut format = line.format;
        if let Transport::Ring(index) = transport
            && let Some(ring) = self.logging.rings.get(index)
        {
            // The ring's own word counts, and its length is without the line's end (measured).
            format = ring.format.or(format);
            max_length = max_length.min(ring.max_length + 1);
        }
        let default = if host_shown { LogFormat::Rfc3164 } else { LogFormat::Local };
        Some(ForwardTarget {
            keeps_format: format.is_none(),
            target: LogTarget {
                transport,
                format: format.unwrap_or(default),
                max_length,
                facility: line.facility,
                max_level: line.max_level.unwrap_or(Level::Debug),
                min_level: line.min_level.unwrap_or(Level::Emergency),
                profile,
                sample: line.sample.clone(),
            },
        })
    }

    fn named(
        &mut self,
        name: &Spanned<String>,
        what: &str,
        names: impl Fn(&Channels) -> &BTreeMap<String, usize>,
    ) -> Option<usize> {
        let names = names(&self.logging);
        if let Some(index) = names.get(&name.value) {
            return Some(*index);
        }
        let fault = Diagnostic::error(format!("there is no {what} '{}'", name.value))
            .code("unknown-name")
            .at(name.span, "not found");
        let fault = match nearest(&name.value, names.keys().map(String::as_str)) {
            Some(near) => fault.help(format!("did you mean '{near}'?")),
            None if what == "log profile" => fault.help(format!("add a section 'log-profile {}'", name.value)),
            None if what == "ring" => fault.help(format!("add a section 'ring {}'", name.value)),
            None => fault.help("a log backend is a 'backend' section with 'mode log'"),
        };
        self.findings.push(fault);
        None
    }

    /// The ring that stands before a stream target.
    fn implicit_ring(&mut self, address: &Address, span: Span) -> usize {
        self.logging.implicit += 1;
        let ring = LogRing {
            name: format!("ring#{}", self.logging.implicit),
            description: format!("created from log directive declared into {}", self.file_and_line(span)),
            format: None,
            max_length: usize::from(u16::MAX),
            connect_timeout_ms: Some(IMPLICIT_CONNECT_TIMEOUT_MS),
            server_timeout_ms: Some(IMPLICIT_SERVER_TIMEOUT_MS),
            servers: vec![RingServer {
                name: "server".to_owned(),
                address: address.clone(),
                source: None,
                framing: Framing::Lines,
                max_reuse: None,
                tls: None,
            }],
            backing_file: None,
            size: DEFAULT_RING_BYTES,
            live: Arc::new(Ring::new(DEFAULT_RING_BYTES)),
        };
        self.add_ring(ring)
    }

    fn add_ring(&mut self, ring: LogRing) -> usize {
        self.logging.rings.push(Arc::new(ring));
        self.logging.rings.len() - 1
    }

    fn file_and_line(&self, span: Span) -> String {
        match self.sources.locate(span) {
            Some((name, position)) => format!("'{name}' at line {}", position.line),
            None => "the configuration".to_owned(),
        }
    }

    /// A `ring` section.
    fn ring(&mut self, draft: &RingDraft) {
        let name = &draft.name.value;
        if self.logging.ring_names.contains_key(name) || RESERVED_RINGS.contains(&name.as_str()) {
            self.findings.push(
                Diagnostic::error(format!("there is another ring '{name}'"))
                    .code("duplicate-name")
                    .at(draft.name.span, "given again"),
            );
            return;
        }
        let size = draft.size.value().map_or(DEFAULT_RING_BYTES, |size| usize::try_from(size).unwrap_or(usize::MAX));
        if let Some(said) = draft.size.filter(|_| size < LEAST_RING_BYTES) {
            self.findings.push(
                Diagnostic::advice(format!("ring '{name}' is too small for any line"))
                    .code("out-of-range")
                    .at(said.span, format!("{LEAST_RING_BYTES} bytes are taken")),
            );
        }
        let live = Ring::new(size.max(LEAST_RING_BYTES));
        let wanted = draft.max_length.map_or(DEFAULT_MAX_LENGTH as u64, |set| set.value);
        let max_length = usize::try_from(wanted).unwrap_or(usize::MAX).min(live.longest_line());
        if let Some(said) = draft.max_length.filter(|said| said.value > max_length as u64) {
            self.findings.push(
                Diagnostic::warning(format!("lines of {} bytes do not fit into ring '{name}'", said.value))
                    .code("out-of-range")
                    .at(said.span, format!("cut at {max_length} bytes")),
            );
        }
        let section = Section::of_ring(draft);
        let servers = draft.servers.iter().filter_map(|server| self.ring_server(server, &section)).collect();
        let ring = LogRing {
            name: name.clone(),
            description: draft.description.get().unwrap_or(name).clone(),
            format: Some(draft.format.value().unwrap_or(LogFormat::Raw)),
            max_length,
            connect_timeout_ms: draft.connect_timeout_ms.value().filter(|ms| *ms > 0),
            server_timeout_ms: draft.server_timeout_ms.value().filter(|ms| *ms > 0),
            servers,
            backing_file: self.backing_file(draft),
            size: live.capacity(),
            live: Arc::new(live),
        };
        let index = self.add_ring(ring);
        self.logging.ring_names.insert(name.clone(), index);
    }

    /// The file of a ring, which it has for itself.
    fn backing_file(&mut self, draft: &RingDraft) -> Option<PathBuf> {
        let said = draft.backing_file.as_ref()?;
        let other = self.logging.rings.iter().find(|ring| ring.backing_file.as_ref() == Some(&said.value));
        if let Some(other) = other {
            self.findings.push(
                Diagnostic::error(format!("ring '{}' has that file already", other.name))
                    .code("duplicate-name")
                    .at(said.span, "a ring needs one for itself"),
            );
        }
        Some(said.value.clone())
    }

    fn ring_server(&mut self, draft: &ServerDraft, section: &Section<'_>) -> Option<RingServer> {
        if draft.is_datagram {
            self.findings.push(unsupported("servers of rings that are reached by datagrams are", draft.address.span));
            return None;
        }
        let header = &draft.options.proxy_header;
        if header.line || header.block {
            self.findings.push(unsupported("'send-proxy' to servers of rings is", draft.span));
        }
        for (what, span) in without_meaning_in_rings(&draft.options) {
            self.findings.push(
                Diagnostic::warning(format!("'{what}' has no effect on a server of a ring"))
                    .code("no-effect-here")
                    .at(span, "ignored"),
            );
        }
        let no_port = || {
            Diagnostic::error(format!("server '{}' has no port", draft.name.value))
                .code("missing-port")
                .at(draft.address.span, "a port is missing")
        };
        let address = match &draft.address.value {
            Written::Ip { host, port } => {
                let PortPart::Fixed(port) = *port else {
                    self.findings.push(no_port());
                    return None;
                };
                let ip = match host {
                    HostPart::Name(name, family) => {
                        let found = self.options.host.lookup(name).unwrap_or_default();
                        let Some(ip) = choose(&found, *family) else {
                            self.findings.push(
                                Diagnostic::error(format!("the name '{name}' cannot be resolved"))
                                    .code("unresolved")
                                    .at(draft.address.span, "no address found"),
                            );
                            return None;
                        };
                        ip
                    }
                    known => address::host(known),
                };
                Address::Tcp(SocketAddr::new(ip, port))
            }
            Written::Unix(path) => Address::Unix(path.clone()),
            Written::Abstract { name, padded } => Address::Abstract { name: name.clone(), padded: *padded },
            Written::Descriptor(_) => return None,
        };
        let tls = self.tls_to_receiver(draft, section);
        Some(ring_server(draft.name.value.clone(), address, &draft.options, tls))
    }

    /// Everything that log lines travel through, once the proxies stand.
    pub(super) fn logging(&mut self, draft: &Draft, proxies: &[Arc<Proxy>], names: &Names) -> Logging {
        let farms: Vec<_> = std::mem::take(&mut self.logging.farms);
        let farms = farms
            .into_iter()
            .filter_map(|index| Some(Arc::new(self.farm(draft.proxies.get(index)?, proxies.get(index)?, names))))
            .collect();
        for proxy in draft.proxies.iter().filter(|proxy| proxy.settings.mode.value() != Some(Mode::Log)) {
            self.no_log_settings(proxy);
        }
        let forwards = draft.log_forwards.iter().map(|forward| Arc::new(self.log_forward(forward, draft))).collect();
        self.event_ring(names);
        self.same_names(draft);
        let profiles = draft.log_profiles.iter().map(|profile| self.log_profile(profile, names)).collect();
        Logging { rings: std::mem::take(&mut self.logging.rings), farms, forwards, profiles }
    }

    /// The `ring` sections as expressions may name them.
    pub(super) fn named_rings(&self) -> HashMap<String, Option<Arc<Ring>>> {
        let ring = |index: usize| self.logging.rings.get(index).filter(|ring| ring.format == Some(LogFormat::Raw));
        let named = self.logging.ring_names.iter();
        named.map(|(name, index)| (name.clone(), ring(*index).map(|ring| Arc::clone(&ring.live)))).collect()
    }

    /// The ring of the converter `debug`, where an expression writes to it.
    fn event_ring(&mut self, names: &Names) {
        if let Some(live) = names.asked_event_ring() {
            let ring = LogRing {
                name: EVENT_RING.to_owned(),
                description: "in-memory ring buffer".to_owned(),
                format: None,
                max_length: live.longest_line(),
                connect_timeout_ms: None,
                server_timeout_ms: None,
                servers: Vec::new(),
                backing_file: None,
                size: live.capacity(),
                live: Arc::clone(live),
            };
            self.add_ring(ring);
        }
    }

    /// What only backends in `mode log` can say.
    fn no_log_settings(&mut self, proxy: &ProxyDraft) {
        if let Some(balance) = proxy.settings.log_balance.filter(|_| proxy.kind.has_backend()) {
            self.findings.push(
                Diagnostic::warning(format!("the algorithm of '{}' is for log lines", proxy.display_name()))
                    .code("no-effect-here")
                    .at(balance.span, "'roundrobin' is taken"),
            );
        }
        for server in &proxy.servers {
            if server.is_datagram {
                self.findings.push(
                    Diagnostic::error(format!("server '{}' cannot be reached by datagrams", server.name.value))
                        .code("bad-address")
                        .at(server.address.span, "possible in a backend in 'mode log' only"),
                );
            }
            let options = &server.options;
            let log_only = [options.log_framing.map(|set| set.span), options.log_buffer.map(|set| set.span)];
            for span in log_only.into_iter().flatten() {
                self.findings.push(
                    Diagnostic::warning("the option has no effect outside of rings and backends in 'mode log'")
                        .code("no-effect-here")
                        .at(span, "ignored"),
                );
            }
        }
    }

    /// A backend in `mode log`.
    fn farm(&mut self, draft: &ProxyDraft, proxy: &Proxy, names: &Names) -> LogFarm {
        let balance = self.log_balance(draft);
        let mut farm = LogFarm {
            proxy: proxy.id,
            name: proxy.name.clone(),
            balance,
            hash: self.log_hash(draft, Scope::within(names, proxy.id)),
            all_backups: proxy.backend.as_ref().is_some_and(|backend| backend.all_backups),
            servers: Vec::new(),
            state: proxy.backend.as_ref().map_or_else(
                || Arc::new(burdock_state::Backend::new(self.threads)),
                |backend| Arc::clone(&backend.state),
            ),
            turn: AtomicU32::new(0),
        };
        if let Some(other) = draft
            .servers
            .iter()
            .find(|server| draft.servers.first().is_some_and(|it| it.is_datagram != server.is_datagram))
        {
            self.findings.push(
                Diagnostic::error("servers of a log backend are all reached by datagrams, or all over connections")
                    .code("mixed-servers")
                    .at(other.address.span, "this one is of the other kind"),
            );
        }
        for server in proxy.backend.iter().flat_map(|backend| &backend.servers) {
            let Some(line) = draft.servers.get(server.id.index()) else { continue };
            if let Some(transport) = self.farm_transport(draft, line, server) {
                farm.servers.push(FarmServer { transport, backup: server.backup, state: Arc::clone(&server.state) });
            }
        }
        farm
    }

    /// `balance log-hash` with its `hash-type`.
    fn log_hash(&mut self, draft: &ProxyDraft, scope: Scope<'_>) -> Option<LogHash> {
        let settings = &draft.settings;
        settings.log_balance.filter(|balance| balance.value == LogBalance::Hash)?;
        let converters = settings.log_hash.as_ref()?;
        // The value that converters begin with is text.
        let text = burdock_sample::fetch::all().find(|fetch| fetch.name == "str")?;
        let key = Expression::parse_converters(converters, &scope, text);
        let key = self.findings.take(key);
        let line = settings.hash_type;
        if let Some(line) = line.filter(|line| line.value.is_consistent) {
            self.findings.push(
                Diagnostic::error("log lines can be spread by 'hash-type map-based' only")
                    .code("bad-algorithm")
                    .at(line.span, "not possible in mode log"),
            );
        }
        let (function, avalanche) =
            line.map_or_else(Default::default, |line| (line.value.function, line.value.avalanche));
        if function == HashFunction::None {
            return Some(LogHash { key: key?, hash: None });
        }
        let call = format!("{}({})", function.name(), u8::from(avalanche));
        let hash = Expression::parse_converters(&Word::synthetic(call.into_bytes(), converters.span()), &scope, text);
        Some(LogHash { key: key?, hash: Some(self.findings.take(hash)?) })
    }

    fn log_balance(&mut self, draft: &ProxyDraft) -> LogBalance {
        let settings = &draft.settings;
        match (settings.log_balance.value(), settings.balance) {
            (Some(balance), _) => balance,
            (None, None) => LogBalance::Random,
            (None, Some(Spanned { value: Algorithm::Random, .. })) => LogBalance::Random,
            (None, Some(Spanned { value: Algorithm::RoundRobin, .. })) => LogBalance::RoundRobin,
            (None, Some(other)) => {
                self.findings.push(
                    Diagnostic::error("log lines cannot be balanced by that algorithm")
                        .code("bad-algorithm")
                        .at(other.span, "'roundrobin', 'random', 'sticky' and 'log-hash' are possible in mode log"),
                );
                LogBalance::Random
            }
        }
    }

    fn farm_transport(&mut self, section: &ProxyDraft, line: &ServerDraft, server: &Server) -> Option<Transport> {
        if matches!(&server.address, Address::Tcp(address) if address.port() == 0) || server.port_offset.is_some() {
            self.findings.push(
                Diagnostic::error(format!("server '{}' has no port", server.name))
                    .code("missing-port")
                    .at(line.address.span, "a port is missing"),
            );
            return None;
        }
        if line.is_datagram {
            if let Some(check) = line.options.check.enabled.filter(|check| check.value && server.check.is_some())
                && line.options.check.port.is_none()
                && line.options.check.address.is_none()
            {
                self.findings.push(
                    unsupported("checks of a server that is reached by datagrams are", check.span)
                        .help("'port' or 'addr' name a place that accepts connections"),
                );
            }
            if let Some(enabled) = line.options.tls.enabled.filter(|enabled| enabled.value) {
                self.findings.push(datagrams_in_clear(enabled.span));
            }
            return match &server.address {
                Address::Tcp(address) => Some(Transport::Udp(*address)),
                Address::Unix(path) => Some(Transport::UnixDatagram(path.clone())),
                Address::Abstract { name, padded } => {
                    Some(Transport::AbstractDatagram { name: name.clone(), padded: *padded })
                }
                Address::Inherited(_) => None,
            };
        }
        let tls = self.tls_to_receiver(line, &Section::of_proxy(section));
        let timeout = |name| section.settings.timeouts.get(name).value().filter(|ms| *ms > 0);
        let size =
            line.options.log_buffer.value().map_or(DEFAULT_RING_BYTES, |size| size as usize).max(LEAST_RING_BYTES);
        let ring = LogRing {
            name: format!("{}/{}", section.display_name(), server.name),
            description: format!("created from log backend declared into {}", self.file_and_line(line.span)),
            format: None,
            max_length: usize::from(u16::MAX),
            connect_timeout_ms: timeout(TimeoutName::Connect),
            server_timeout_ms: timeout(TimeoutName::Server),
            servers: vec![ring_server(server.name.clone(), server.address.clone(), &line.options, tls)],
            backing_file: None,
            size,
            live: Arc::new(Ring::new(size)),
        };
        Some(Transport::Ring(self.add_ring(ring)))
    }
}

/// DTLS is nothing that HAProxy has either.
pub(super) fn datagrams_in_clear(place: Span) -> Diagnostic {
    Diagnostic::error("there is no TLS for datagrams").code("bad-combination").at(place, "not possible here")
}

fn ring_server(name: String, address: Address, options: &ServerOptions, tls: Option<FixedTls>) -> RingServer {
    RingServer {
        name,
        address,
        source: options.source.get().and_then(address::source),
        framing: options.log_framing.value().unwrap_or_default(),
        max_reuse: options.max_reuse.value().flatten(),
        tls,
    }
}

/// Options of `server` lines that say nothing to a ring. The manual has them accepted there.
fn without_meaning_in_rings(options: &ServerOptions) -> Vec<(&'static str, Span)> {
    let said = [
        ("cookie", options.cookie.as_ref().map(|set| set.span)),
        ("weight", options.weight.map(|set| set.span)),
        ("maxconn", options.maxconn.map(|set| set.span)),
        ("maxqueue", options.maxqueue.map(|set| set.span)),
        ("backup", options.backup.map(|set| set.span)),
        ("disabled", options.disabled.map(|set| set.span)),
        ("check", options.check.enabled.map(|set| set.span)),
        ("tfo", options.fast_open.map(|set| set.span)),
        ("log-bufsize", options.log_buffer.map(|set| set.span)),
    ];
    said.into_iter().filter_map(|(name, span)| Some((name, span?))).collect()
}

/// Rings that HAProxy has from the start.
const RESERVED_RINGS: [&str; 4] = ["stdout", "stderr", EVENT_RING, "dpapi"];
/// The one of them that is there once something writes to it.
const EVENT_RING: &str = "buf0";
/// Configuration manual 12.5 `size`: that of a buffer.
const DEFAULT_RING_BYTES: usize = 16_384;
/// Smaller rings would hold no line.
const LEAST_RING_BYTES: usize = 1024;
/// For rings that stand before stream targets: nobody can say.
const IMPLICIT_CONNECT_TIMEOUT_MS: u64 = 1000;
/// As above. A receiver that takes nothing for so long has vanished.
const IMPLICIT_SERVER_TIMEOUT_MS: u64 = 10_000;
