//! Options on what is logged and how.

use burdock_model::LineFormat;
use burdock_syntax::{Diagnostic, Parsed};

use super::switch;
use crate::args::Args;
use crate::draft::{ProxyDraft, ProxyKind, Spanned, Switch};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("option httplog", "[clf]", "log lines tell about the request", "4.2", httplog)
        .within(Sections::PROXY),
    Keyword::proxy("option tcplog", "", "log lines tell about the connection", "4.2", |proxy, args| {
        args.end()?;
        set_format(proxy, args, LineFormat::Tcp);
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

fn httplog(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let format = if args.next_if("clf").is_some() { LineFormat::HttpClf } else { LineFormat::Http };
    args.end()?;
    set_format(proxy, args, format);
    Ok(())
}

/// A backend has no traffic lines of its own; HAProxy warns.
fn set_format(proxy: &mut ProxyDraft, args: &mut Args<'_>, format: LineFormat) {
    if proxy.kind == ProxyKind::Backend {
        args.report(
            Diagnostic::warning(format!("'{}' has no effect in a 'backend' section", args.name))
                .code("no-effect-here")
                .at(args.name_span, "ignored")
                .note("traffic is logged by the frontend that received it"),
        );
        return;
    }
    proxy.settings.line_format = Some(Spanned::new(format, args.name_span));
}
