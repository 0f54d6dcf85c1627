//! `server` and `default-server` lines as written (configuration manual 5.2).

use burdock_balance::HashKey;
use burdock_model::{Framing, Network, OnError, WebSocketProtocol};
use burdock_resolve::Family;
use burdock_syntax::Span;

use super::{ProtocolWord, ProxyHeaderDraft, ServerAddress, ServerTlsDraft, Set, SourceLine, Spanned, Written};

/// A `server` line.
#[derive(Clone, Debug)]
pub struct ServerDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// Where it is.
    pub address: ServerAddress,
    /// Whether datagrams are sent to it (`udp@` and its like), as only backends in `mode log` do.
    pub is_datagram: bool,
    /// Its options, those of `default-server` included.
    pub options: ServerOptions,
    /// The whole line.
    pub span: Span,
}

/// Options of `server` and `default-server` lines.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// A `default-server` line stands before it
    pub has_defaults: bool,
    /// `cookie`
    pub cookie: Set<Vec<u8>>,
    /// `weight`
    pub weight: Set<u32>,
    /// `maxconn`
    pub maxconn: Set<u32>,
    /// `maxqueue`
    pub maxqueue: Set<u32>,
    /// `hash-key`
    pub hash_key: Set<HashKey>,
    /// `backup`, `no-backup`
    pub backup: Set<bool>,
    /// `non-stick`, `stick`
    pub non_stick: Set<bool>,
    /// `disabled`, `enabled`
    pub disabled: Set<bool>,
    /// `id`
    pub id: Set<u32>,
    /// `source`
    pub source: Set<SourceLine>,
    /// `check` and its companions
    pub check: CheckOptions,
    /// `agent-check` and its companions
    pub agent: AgentOptions,
    /// `resolvers` and its companions
    pub resolution: ResolutionOptions,
    /// `init-addr`
    pub init_address: Set<Vec<InitAddress>>,
    /// `tfo`, `no-tfo`
    pub fast_open: Set<bool>,
    /// `pool-max-conn`; none in the value: no limit
    pub pool_max_connections: Set<Option<u32>>,
    /// `pool-purge-delay`
    pub pool_purge_delay_ms: Set<u64>,
    /// `max-reuse`; none in the value: no limit
    pub max_reuse: Set<Option<u32>>,
    /// `ssl` and what goes with it
    pub tls: ServerTlsDraft,
    /// `proto`
    pub protocol: Set<ProtocolWord>,
    /// `ws`
    pub ws: Set<WebSocketProtocol>,
    /// `send-proxy` and what goes with it
    pub proxy_header: ProxyHeaderDraft,
    /// `log-proto`
    pub log_framing: Set<Framing>,
    /// `log-bufsize`
    pub log_buffer: Set<u64>,
}

/// `check` and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// `check`, `no-check`
    pub enabled: Set<bool>,
    /// `addr`
    pub address: Set<Written>,
    /// `port`
    pub port: Set<u16>,
    /// `inter`
    pub inter_ms: Set<u64>,
    /// `fastinter`
    pub fast_inter_ms: Set<u64>,
    /// `downinter`
    pub down_inter_ms: Set<u64>,
    /// `rise`
    pub rise: Set<u32>,
    /// `fall`
    pub fall: Set<u32>,
    /// `check-proto`
    pub protocol: Set<ProtocolWord>,
    /// `check-send-proxy`
    pub send_proxy: Set<bool>,
    /// `check-sni-auto`, `no-check-sni-auto`
    pub sni_auto: Set<bool>,
    /// `healthcheck`: the section that says what is done
    pub section: Set<String>,
    /// `observe`: whether responses are looked at too; none in the value: nothing is
    pub observe: Set<Option<bool>>,
    /// `error-limit`
    pub error_limit: Set<u32>,
    /// `on-error`
    pub on_error: Set<OnError>,
}

/// `resolvers` and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct ResolutionOptions {
    /// `resolvers`: the section
    pub section: Set<String>,
    /// `resolve-prefer`
    pub prefer: Set<Family>,
    /// `resolve-net`
    pub networks: Set<Vec<Network>>,
    /// `resolve-opts`: whether `allow-dup-ip` is in force
    pub allows_duplicates: Set<bool>,
}

/// `agent-check` and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct AgentOptions {
    /// `agent-check`, `no-agent-check`
    pub enabled: Set<bool>,
    /// `agent-addr`
    pub address: Set<Written>,
    /// `agent-port`
    pub port: Set<u16>,
    /// `agent-inter`
    pub inter_ms: Set<u64>,
    /// `agent-send`
    pub send: Set<Vec<u8>>,
}

/// A step of `init-addr`: where the address of a host name may come from at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitAddress {
    /// `last`: a state file of the previous run.
    Last,
    /// `libc`: the system's resolver.
    Libc,
    /// `none`: nowhere; the server waits in maintenance.
    Nowhere,
    /// An address.
    Address(std::net::IpAddr),
}
