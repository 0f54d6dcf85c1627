//! Options on how long connections live: `http-keep-alive`, `http-server-close`, `httpclose`, `abortonclose`, `http-ignore-probes`,
//! `http-no-delay`, `tcp-smart-accept`, `tcp-smart-connect`.

use burdock_model::ConnectionMode;
use burdock_syntax::Parsed;

use super::switch;
use crate::args::{Args, Prefix};
use crate::draft::{ProxyDraft, SetExt, Spanned, Switch};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("option http-keep-alive", "", "connections stay open on both sides", "4.2", |proxy, args| {
        mode(proxy, args, ConnectionMode::KeepAlive)
    })
    .within(Sections::PROXY)
    .deniable(),
    Keyword::proxy(
        "option http-server-close",
        "",
        "connections to servers are closed after each response",
        "4.2",
        |proxy, args| mode(proxy, args, ConnectionMode::ServerClose),
    )
    .within(Sections::PROXY)
    .deniable(),
    Keyword::proxy("option httpclose", "", "connections are closed after each response", "4.2", |proxy, args| {
        mode(proxy, args, ConnectionMode::Close)
    })
    .within(Sections::PROXY)
    .deniable(),
    Keyword::proxy("option abortonclose", "", "gives up requests whose client has gone", "4.2", |proxy, args| {
        switch(proxy, args, Switch::AbortOnClose)
    })
    .within(Sections::PROXY)
    .negatable(),
    Keyword::proxy("option http-ignore-probes", "", "a connection without a byte is no error", "4.2", |proxy, args| {
        switch(proxy, args, Switch::IgnoreProbes)
    })
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy("option http-no-delay", "", "data is sent on at once, which it always is", "4.2", |proxy, args| {
        switch(proxy, args, Switch::NoDelay)
    })
    .within(Sections::PROXY)
    .negatable(),
    Keyword::proxy(
        "option tcp-smart-accept",
        "",
        "what a client sends first is acknowledged by the response",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::SmartAccept),
    )
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option tcp-smart-connect",
        "",
        "a server's acceptance is acknowledged by the request",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::SmartConnect),
    )
    .within(Sections::SERVER_SIDE)
    .negatable(),
];

/// The last of them counts; `no` takes back the one it names, and only that.
fn mode(proxy: &mut ProxyDraft, args: &mut Args<'_>, mode: ConnectionMode) -> Parsed<()> {
    args.end()?;
    let connection = &mut proxy.settings.connection;
    if args.prefix == Prefix::None {
        *connection = Some(Spanned::new(mode, args.name_span));
    } else if connection.value() == Some(mode) {
        *connection = None;
    }
    Ok(())
}
