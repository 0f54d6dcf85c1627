//! Options on what is logged and how.

use burdock_model::LineFormat;
use burdock_syntax::Parsed;

use super::switch;
use crate::args::Args;
use crate::draft::{ProxyDraft, Spanned, Switch};
use crate::keyword::proxy::log_line::has_traffic;
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("option httplog", "[clf]", "log lines tell about the request", "4.2", |proxy, args| {
        either(proxy, args, LineFormat::Http, LineFormat::HttpClf)
    })
    .within(Sections::PROXY),
    Keyword::proxy("option tcplog", "[clf]", "log lines tell about the connection", "4.2", |proxy, args| {
        either(proxy, args, LineFormat::Tcp, LineFormat::TcpClf)
    })
    .within(Sections::PROXY),
    Keyword::proxy("option httpslog", "", "log lines tell about the request and TLS", "4.2", |proxy, args| {
        args.lenient_end();
        set_format(proxy, args, LineFormat::Https);
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy("option dontlognull", "", "connections without a byte are not logged", "4.2", |proxy, args| {
        switch(proxy, args, Switch::DontLogNull)
    })
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy("option dontlog-normal", "", "successful requests are not logged", "4.2", |proxy, args| {
        switch(proxy, args, Switch::DontLogNormal)
    })
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option logasap",
        "",
        "the line is written once the response's head has come",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::LogAsSoonAsPossible),
    )
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option log-separate-errors",
        "",
        "failed requests are logged at level 'err'",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::LogSeparateErrors),
    )
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option log-health-checks",
        "",
        "every change of a check's result is logged",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::LogHealthChecks),
    )
    .within(Sections::SERVER_SIDE)
    .negatable(),
];

fn either(proxy: &mut ProxyDraft, args: &mut Args<'_>, plain: LineFormat, clf: LineFormat) -> Parsed<()> {
    let format = if args.next_if("clf").is_some() { clf } else { plain };
    args.end()?;
    set_format(proxy, args, format);
    Ok(())
}

/// The last format that is named counts.
fn set_format(proxy: &mut ProxyDraft, args: &mut Args<'_>, format: LineFormat) {
    if has_traffic(proxy, args) {
        proxy.settings.line_format = Some(Spanned::new(format, args.name_span));
    }
}
