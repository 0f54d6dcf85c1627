//! What a section does with TLS and with the version of HTTP: how it is agreed upon, and what is said to servers. The work of TLS itself is
//! `burdock-tls`'s.

use std::sync::Arc;

use burdock_sample::Expression;
use burdock_tls::ServerTls;

/// Which version of HTTP the connections of a `bind` or `server` line speak (configuration manual 5.1 and 5.2 `proto`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// What ALPN comes to, else what the connection begins with; towards servers HTTP/1.
    #[default]
    Auto,
    /// `proto h1`: HTTP/1, whatever was agreed upon.
    Http1,
    /// `proto h2`: HTTP/2, on clear connections too.
    Http2,
    /// `proto fcgi`: FastCGI, towards servers alone.
    FastCgi,
}

/// What WebSocket is spoken over towards a server (configuration manual 5.2 `ws`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WebSocketProtocol {
    /// What other requests are sent over; where ALPN leaves a choice, HTTP/1.
    #[default]
    Auto,
    /// `ws h1`: HTTP/1, by an upgrade.
    Http1,
    /// `ws h2`: HTTP/2, by an extended CONNECT (RFC 8441).
    Http2,
}

/// TLS of the connections to a server.
#[derive(Clone, Debug)]
pub struct ServerTlsUse {
    /// Certificates, versions, ALPN.
    pub tls: Arc<ServerTls>,
    /// The same for WebSocket, where ALPN is to offer something else (`ws`); none: [`ServerTlsUse::tls`].
    pub websocket: Option<Arc<ServerTls>>,
    /// `sni`, or what `sni-auto` stands for: the name that the server is asked for; none: it is asked for none. It also tells apart idle
    /// connections that may be used again.
    pub sni: Option<Arc<Expression>>,
}

/// TLS of connections that no request is the reason for: those of checks, and those to receivers of log lines.
#[derive(Clone, Debug)]
pub struct FixedTls {
    /// What connections are begun with; for checks with their own ALPN (`check-alpn`).
    pub tls: Arc<ServerTls>,
    /// The name that the server is asked for, known beforehand (`check-sni`, or a constant `sni`); none: it is asked for none.
    pub sni: Option<String>,
}
