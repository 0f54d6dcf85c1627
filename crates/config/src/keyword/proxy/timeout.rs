//! `timeout` lines (configuration manual 4.2).

use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::{ProxyDraft, TimeoutName};
use crate::keyword::{Keyword, Sections};

macro_rules! timeouts {
    ($($name:literal, $timeout:ident, $sections:ident, $ignored:ident, $summary:literal;)+) => {
        &[$(
            Keyword::proxy($name, "<time>", $summary, "4.2", |proxy, args| set(proxy, args, TimeoutName::$timeout))
                .within(Sections::$sections)
                .ignored_in(Sections::$ignored),
        )+]
    };
}

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = timeouts![
    "timeout client", Client, CLIENT_SIDE, BACKEND, "how long a client may be silent";
    "timeout client-fin", ClientFin, CLIENT_SIDE, BACKEND, "the same once one direction is closed";
    "timeout client-hs", ClientHandshake, CLIENT_SIDE, BACKEND, "how long a handshake with a client may take";
    "timeout connect", Connect, SERVER_SIDE, FRONTEND, "how long connecting to a server may take";
    "timeout server", Server, SERVER_SIDE, FRONTEND, "how long a server may be silent";
    "timeout server-fin", ServerFin, SERVER_SIDE, FRONTEND, "the same once one direction is closed";
    "timeout queue", Queue, SERVER_SIDE, FRONTEND, "how long a request may wait for a server";
    "timeout tunnel", Tunnel, SERVER_SIDE, FRONTEND, "how long a tunnel may be silent";
    "timeout check", Check, SERVER_SIDE, FRONTEND, "how long a health check may take once connected";
    "timeout tarpit", Tarpit, PROXY, NONE, "how long a tarpitted request is held";
    "timeout http-request", HttpRequest, PROXY, NONE, "how long the head of a request may take";
    "timeout http-keep-alive", HttpKeepAlive, PROXY, NONE, "how long a client may wait between requests";
];

fn set(proxy: &mut ProxyDraft, args: &mut Args<'_>, name: TimeoutName) -> Parsed<()> {
    let time = args.checked_time_ms()?;
    args.end()?;
    proxy.settings.timeouts.set(name, time);
    Ok(())
}
