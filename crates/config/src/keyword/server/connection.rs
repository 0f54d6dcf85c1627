//! Connections to a server: where they come from, how long they are kept.

use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::address;
use crate::args::{Args, within};
use crate::draft::{HostPart, PortPart, ServerOptions, SourceLine, Spanned, Written};
use crate::keyword::{Keyword, not_yet, tls};

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("source", SOURCE_USAGE, "the address that connections come from", "5.2", |server, args| {
        server.source = Some(source(args, PortRanges::Allowed)?);
        Ok(())
    }),
    Keyword::new("tfo", "", "TCP Fast Open", "5.2", |server, args| {
        server.fast_open = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-tfo", "", "no TCP Fast Open", "5.2", |server, args| {
        server.fast_open = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "pool-max-conn",
        "<connections>",
        "idle connections kept to it; -1: no limit",
        "5.2",
        |server, args| {
            server.pool_max_connections = Some(limit(args, -1)?);
            Ok(())
        },
    ),
    Keyword::new(
        "pool-purge-delay",
        "<time>",
        "how often unused idle connections are thinned out",
        "5.2",
        |server, args| {
            server.pool_purge_delay_ms = Some(args.time_ms()?);
            Ok(())
        },
    ),
    Keyword::new(
        "max-reuse",
        "<requests>",
        "further requests that a connection may serve; -1: no limit",
        "5.2",
        |server, args| {
            server.max_reuse = Some(limit(args, i64::MIN)?);
            Ok(())
        },
    ),
    Keyword::new("proto", "h1|h2|fcgi|none", "the protocol that it speaks", "5.2", |server, args| {
        server.protocol = Some(tls::protocol(args)?);
        Ok(())
    }),
];

/// How `source` is written.
pub(crate) const SOURCE_USAGE: &str = "<ip>[:<port>[-<last port>]] [interface <name>]";

/// `least` is -1, or below where anything negative means no limit.
fn limit(args: &mut Args<'_>, least: i64) -> Parsed<Spanned<Option<u32>>> {
    let number = within(args.lenient_number("a number, or -1 for no limit")?, least..=i64::from(i32::MAX))?;
    Ok(number.map(|number| u32::try_from(number).ok()))
}

/// Whether a range of ports may be given: only a server counts through one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortRanges {
    Allowed,
    Refused,
}

/// `source <ip>[:<port>] [interface <name>]`, of a proxy or a server.
pub(crate) fn source(args: &mut Args<'_>, ranges: PortRanges) -> Parsed<Spanned<SourceLine>> {
    let word = args.required("an address")?;
    let address = source_address(args, word, ranges)?;
    let mut interface = None;
    loop {
        if args.next_if("interface").is_some() {
            interface = Some(args.text("the name of an interface")?.value);
        } else if let Some(usesrc) = args.next_if("usesrc") {
            args.skip(1);
            return Err(not_yet("usesrc", usesrc.span()));
        } else {
            return Ok(Spanned::new(SourceLine { address, interface }, word.span()));
        }
    }
}

fn source_address(args: &Args<'_>, word: &Word, ranges: PortRanges) -> Parsed<Written> {
    let bad =
        |message: String| Err(Diagnostic::error(message).code("bad-address").at(word.span(), "not possible here"));
    match address::parse(word, args.context.environment)? {
        Written::Ip { port: PortPart::Offset(_), .. } => {
            bad("connections need a port of their own to come from".into())
        }
        Written::Ip { port: PortPart::Range(..), .. } if ranges == PortRanges::Refused => {
            bad("a range of ports is only possible on a 'server' line".into())
        }
        Written::Ip { host: HostPart::Name(name, family), port } => {
            match address::choose(&args.context.host.lookup(&name).unwrap_or_default(), family) {
                Some(found) => Ok(Written::Ip { host: HostPart::Address(found), port }),
                None => bad(format!("'{name}' cannot be resolved to an address")),
            }
        }
        written @ Written::Ip { .. } => Ok(written),
        _ => bad("connections to servers can only come from an IP address".into()),
    }
}
