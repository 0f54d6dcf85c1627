//! Health checks: whether, where and how often.

use burdock_model::OnError;
use burdock_syntax::limits::MAX_TIMER_MS;
use burdock_syntax::{Diagnostic, Parsed};

use crate::address;
use crate::args::{Args, within};
use crate::draft::{HostPart, PortPart, ServerOptions, Spanned, Written};
use crate::keyword::{Keyword, tls};

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("check", "", "checks its health", "5.2", |server, args| {
        server.check.enabled = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-check", "", "does not check its health", "5.2", |server, args| {
        server.check.enabled = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("addr", "<ip>[:<port>]|<path>", "where checks go", "5.2", |server, args| {
        server.check.address = Some(check_address(args)?);
        Ok(())
    }),
    Keyword::new("port", "<port>", "the port that checks go to", "5.2", |server, args| {
        let port = within(args.lenient_number("a port")?, 0..=i64::from(u16::MAX))?;
        // Port 0 is what nothing means.
        server.check.port = Some(port.map(|port| port as u16)).filter(|port| port.value > 0);
        Ok(())
    }),
    Keyword::new("inter", "<time>", "the time between checks", "5.2", |server, args| {
        server.check.inter_ms = Some(interval(args)?);
        Ok(())
    }),
    Keyword::new("fastinter", "<time>", "the time between checks while the state changes", "5.2", |server, args| {
        server.check.fast_inter_ms = Some(interval(args)?);
        Ok(())
    }),
    Keyword::new("downinter", "<time>", "the time between checks while it is down", "5.2", |server, args| {
        server.check.down_inter_ms = Some(interval(args)?);
        Ok(())
    }),
    Keyword::new("check-proto", "h1|h2|none", "the protocol that checks speak", "5.2", |server, args| {
        server.check.protocol = Some(tls::protocol(args)?);
        Ok(())
    }),
    Keyword::new("check-send-proxy", "", "checks begin with a line of the PROXY protocol", "5.2", |server, args| {
        server.check.send_proxy = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-check-send-proxy", "", "checks begin with no such line", "5.2", |server, args| {
        server.check.send_proxy = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("check-sni-auto", "", "checks over TLS ask for the host of their request", "5.2", |server, args| {
        server.check.sni_auto = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "no-check-sni-auto",
        "",
        "checks over TLS ask for no name where 'check-sni' says none",
        "5.2",
        |server, args| {
            server.check.sni_auto = Some(Spanned::new(false, args.name_span));
            Ok(())
        },
    ),
    Keyword::new("healthcheck", "<section>", "the section that says what checks do", "5.2", |server, args| {
        server.check.section = Some(args.text("the name of a section")?);
        Ok(())
    }),
    Keyword::new("observe", "none|layer4|layer7", "errors of traffic count as failed checks", "5.2", |server, args| {
        const CHOICES: [(&str, Option<bool>); 3] = [("none", None), ("layer4", Some(false)), ("layer7", Some(true))];
        server.check.observe = Some(args.choice("what is watched", &CHOICES)?);
        Ok(())
    }),
    Keyword::new("error-limit", "<count>", "errors in a row that 'observe' bears", "5.2", |server, args| {
        let limit = args.number("a number of errors", 1..=i64::from(i32::MAX))?;
        server.check.error_limit = Some(limit.map(|limit| limit as u32));
        Ok(())
    }),
    Keyword::new(
        "on-error",
        "fastinter|fail-check|sudden-death|mark-down",
        "what follows from the errors of 'observe'",
        "5.2",
        |server, args| {
            const CHOICES: [(&str, OnError); 4] = [
                ("fastinter", OnError::FastInter),
                ("fail-check", OnError::FailCheck),
                ("sudden-death", OnError::SuddenDeath),
                ("mark-down", OnError::MarkDown),
            ];
            server.check.on_error = Some(args.choice("a consequence", &CHOICES)?);
            Ok(())
        },
    ),
    Keyword::new("rise", "<count>", "good checks that bring it up", "5.2", |server, args| {
        server.check.rise = Some(checks(args)?);
        Ok(())
    }),
    Keyword::new("fall", "<count>", "failed checks that take it down", "5.2", |server, args| {
        server.check.fall = Some(checks(args)?);
        Ok(())
    }),
];

fn checks(args: &mut Args<'_>) -> Parsed<Spanned<u32>> {
    Ok(within(args.lenient_number("a number of checks")?, 1..=MOST_CHECKS)?.map(|count| count as u32))
}

pub(super) fn interval(args: &mut Args<'_>) -> Parsed<Spanned<u64>> {
    within(args.checked_time_ms()?, 1..=MAX_TIMER_MS)
}

pub(super) fn check_address(args: &mut Args<'_>) -> Parsed<Spanned<Written>> {
    let word = args.required("an address")?;
    let written = address::parse(word, args.context.environment)?;
    let bad =
        |message: &str| Err(Diagnostic::error(message).code("bad-address").at(word.span(), "not possible for checks"));
    match written {
        Written::Ip { host: HostPart::Name(name, family), port } => {
            let found = args.context.host.lookup(&name).unwrap_or_default();
            match address::choose(&found, family) {
                Some(found) => Ok(Spanned::new(Written::Ip { host: HostPart::Address(found), port }, word.span())),
                None => bad(&format!("'{name}' cannot be resolved to an address")),
            }
        }
        Written::Ip { port: PortPart::Range(..) | PortPart::Offset(_), .. } => bad("checks go to one port"),
        Written::Descriptor(_) => bad("a descriptor cannot be connected to"),
        written => Ok(Spanned::new(written, word.span())),
    }
}

/// Largest `rise` and `fall`: their sum has to stay a number.
const MOST_CHECKS: i64 = i32::MAX as i64 / 2;
