//! `option forwarded` (RFC 7239) and other options on what servers are told of a request's origin: `originalto`, `http-restrict-req-hdr-names`,
//! `h1-case-adjust-bogus-client` and `-server` (configuration manual 4.2).

use burdock_http::{HeaderName, KnownHeader};
use burdock_model::{ForwardFor, HeaderNamePolicy};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::http::{header_name, network};
use super::switch;
use crate::args::{Args, Prefix};
use crate::draft::{ForwardedLine, ProxyDraft, Spanned, Switch};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "option forwarded",
        FORWARDED,
        "tells servers of a request's way in a standard header",
        "4.2",
        forwarded,
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND)
    .deniable(),
    Keyword::proxy(
        "option originalto",
        "[except <network>] [header <name>]",
        "tells servers the address that the client connected to",
        "4.2",
        originalto,
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "option http-restrict-req-hdr-names",
        "preserve|delete|reject",
        "what becomes of headers with unusual names",
        "4.2",
        |proxy, args| {
            let policy = args.choice("a policy", POLICIES)?;
            args.end()?;
            proxy.settings.header_names = Some(policy);
            Ok(())
        },
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "option h1-case-adjust-bogus-client",
        "",
        "spells header names for clients as 'h1-case-adjust' says",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::AdjustCaseForClients),
    )
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option h1-case-adjust-bogus-server",
        "",
        "spells header names for servers as 'h1-case-adjust' says",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::AdjustCaseForServers),
    )
    .within(Sections::SERVER_SIDE)
    .negatable(),
];

const FORWARDED: &str = "[proto] [host | host-expr <expr>] [by | by-expr <expr>] [by_port | by_port-expr <expr>] \
    [for | for-expr <expr>] [for_port | for_port-expr <expr>]";

const POLICIES: &[(&str, HeaderNamePolicy)] = &[
    ("preserve", HeaderNamePolicy::Preserve),
    ("delete", HeaderNamePolicy::Delete),
    ("reject", HeaderNamePolicy::Reject),
];

fn forwarded(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let mut line = ForwardedLine::default();
    if args.peek().is_none() {
        (line.proto, line.client) = (true, Some(None));
    }
    while let Some(word) = args.next() {
        let own = || Some(None);
        match word.as_bytes() {
            b"proto" => line.proto = true,
            b"host" => line.host = own(),
            b"by" => line.by = own(),
            b"by_port" => line.by_port = own(),
            b"for" => line.client = own(),
            b"for_port" => line.client_port = own(),
            b"host-expr" => line.host = expression(args)?,
            b"by-expr" => line.by = expression(args)?,
            b"by_port-expr" => line.by_port = expression(args)?,
            b"for-expr" => line.client = expression(args)?,
            b"for_port-expr" => line.client_port = expression(args)?,
            _ => {
                let fault = Diagnostic::error(format!("'{word}' is no part of the header"));
                return Err(args.with_usage(fault.code("unknown-value").at(word.span(), "not known")));
            }
        }
    }
    for (node, port, name) in [(&line.by, &line.by_port, "by"), (&line.client, &line.client_port, "for")] {
        if node.is_none() && port.is_some() {
            args.report(
                Diagnostic::warning(format!("'{name}_port' is left aside without '{name}'"))
                    .code("ignored-argument")
                    .at(args.name_span, "has a port and no name"),
            );
        }
    }
    let line = (args.prefix != Prefix::No).then_some(line);
    proxy.settings.forwarded = Some(Spanned::new(line, args.line_span()));
    Ok(())
}

fn expression(args: &mut Args<'_>) -> Parsed<Option<Option<Word>>> {
    Ok(Some(Some(args.required("a sample expression")?.clone())))
}

fn originalto(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let mut line = ForwardFor { header: KnownHeader::XOriginalTo.into(), except: None, if_none: false };
    loop {
        if args.next_if("except").is_some() {
            line.except = Some(network(args.required("a network")?)?);
        } else if args.next_if("header").is_some() {
            line.header = HeaderName::lenient(&header_name(args.required("the name of a header")?)?);
        } else {
            break;
        }
    }
    args.end()?;
    proxy.settings.original_to = Some(Spanned::new(line, args.line_span()));
    Ok(())
}
