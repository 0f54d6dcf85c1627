//! Keywords of `resolvers` sections (configuration manual 5.3.2).

use std::net::{IpAddr, SocketAddr};

use burdock_resolve::{MAX_PAYLOAD, Transport};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::log::{STREAM_PREFIXES, datagram_form};
use super::proxy::server_line::is_name_character;
use super::{Keyword, Sections, unsupported};
use crate::address;
use crate::args::{Args, not_one_of};
use crate::draft::{HostPart, NameServerLine, NameServers, PortPart, ResolversDraft, Set, Written};

pub(super) const KEYWORDS: &[Keyword<ResolversDraft>] = &[
    keyword("accepted_payload_size", "<bytes>", "the largest answer that is taken, and announced", |section, args| {
        let size = args.number("a number of bytes", SMALLEST_PAYLOAD..=i64::from(MAX_PAYLOAD))?;
        args.lenient_end();
        section.payload_bytes = Some(size.map(|size| u16::try_from(size).unwrap_or(MAX_PAYLOAD)));
        Ok(())
    }),
    keyword("hold", "valid|obsolete|nx|refused|timeout|other <time>", "how long what is known holds", hold),
    keyword("nameserver", "<name> <address>:<port>", "a name server, over UDP or, with 'tcp@', over TCP", name_server),
    keyword("parse-resolv-conf", "", "the name servers that the machine itself asks", |section, args| {
        section.name_servers.push(NameServers::OfMachine(args.name_span));
        args.lenient_end();
        Ok(())
    }),
    keyword("resolve_retries", "<number>", "how often a name is asked for before that is given up", |section, args| {
        section.retries = Some(args.lenient_count("a number")?);
        args.lenient_end();
        Ok(())
    }),
    keyword("timeout resolve", "<time>", "the time between looks at the names of servers", |section, args| {
        time(&mut section.resolve_ms, args)
    }),
    keyword("timeout retry", "<time>", "the time until a name is asked for again", |section, args| {
        time(&mut section.retry_ms, args)
    }),
];

/// Below the header of a message nothing fits.
const SMALLEST_PAYLOAD: i64 = 12;

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut ResolversDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<ResolversDraft> {
    Keyword::new(name, arguments, summary, "5.3.2", parse).within(Sections::RESOLVERS)
}

fn time(setting: &mut Set<u64>, args: &mut Args<'_>) -> Parsed<()> {
    *setting = Some(args.time_ms()?);
    args.lenient_end();
    Ok(())
}

fn hold(section: &mut ResolversDraft, args: &mut Args<'_>) -> Parsed<()> {
    let status = args.required("a status and a time")?;
    let hold = &mut section.hold;
    let setting = match status.as_bytes() {
        b"valid" => &mut hold.valid_ms,
        b"obsolete" => &mut hold.obsolete_ms,
        b"nx" => &mut hold.no_such_name_ms,
        b"refused" => &mut hold.refused_ms,
        b"timeout" => &mut hold.timeout_ms,
        b"other" => &mut hold.other_ms,
        _ => {
            return Err(not_one_of(status, "a status", ["valid", "obsolete", "nx", "refused", "timeout", "other"]));
        }
    };
    time(setting, args)
}

fn name_server(section: &mut ResolversDraft, args: &mut Args<'_>) -> Parsed<()> {
    let name = args.text("a name and an address")?;
    if let Some(c) = name.value.chars().find(|c| !is_name_character(*c)) {
        return Err(Diagnostic::error(format!("the name of a name server cannot hold '{}'", c.escape_default()))
            .code("bad-name")
            .at(name.span, "letters, digits, '-', '_', '.' and ':' are possible"));
    }
    let known = section.name_servers.iter().find_map(|known| match known {
        NameServers::One(line) if line.name.value == name.value => Some(line.name.span),
        _ => None,
    });
    if let Some(first) = known {
        return Err(Diagnostic::error(format!("another name server of the section is named '{}'", name.value))
            .code("duplicate-name")
            .at(name.span, "given again")
            .also(first, "given here"));
    }
    let word = args.required("an address")?;
    let is_stream = STREAM_PREFIXES.iter().any(|prefix| word.display().starts_with(prefix));
    let transport = if is_stream { Transport::Tcp } else { Transport::Udp };
    let address = address_of(word, args)?;
    if let Some(option) = args.peek() {
        let what = format!("options of name servers, such as '{option}', are");
        let span = option.span();
        args.rest();
        return Err(unsupported(&what, span));
    }
    section.name_servers.push(NameServers::One(NameServerLine { name, address, transport }));
    Ok(())
}

fn address_of(word: &Word, args: &Args<'_>) -> Parsed<SocketAddr> {
    let bad = |message: String, label: &str| Err(Diagnostic::error(message).code("bad-address").at(word.span(), label));
    let datagram = datagram_form(word);
    let (host, port) = match address::parse(datagram.as_ref().unwrap_or(word), args.context.environment)? {
        Written::Ip { host, port } => (host, port),
        _ => return Err(unsupported("name servers behind other than IP addresses are", word.span())),
    };
    let ip: IpAddr = match host {
        HostPart::Address(ip) => ip,
        HostPart::Any(_) => return bad("name servers have an address".into(), "any address is none"),
        HostPart::Name(name, family) => {
            match address::choose(&args.context.host.lookup(&name).unwrap_or_default(), family) {
                Some(ip) => ip,
                None => return bad(format!("'{name}' cannot be resolved to an address"), "not found"),
            }
        }
    };
    match port {
        PortPart::Fixed(port) if port > 0 => Ok(SocketAddr::new(ip, port)),
        PortPart::Missing => bad(format!("the name server '{word}' has no port"), "DNS usually has port 53"),
        _ => bad("a name server has one port".into(), "not possible here"),
    }
}
