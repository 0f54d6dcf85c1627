//! `log` lines, which the global section and proxies share (configuration manual 4.2 `log`).

use std::net::{IpAddr, SocketAddr};

use burdock_model::log::{FACILITY_NAMES, LEVEL_NAMES};
use burdock_model::{Address, Facility, LogFormat, LogSample};
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::address;
use crate::args::{Args, Prefix};
use crate::draft::{HostPart, LogDestination, LogDraft, LogLine, LogLineTarget, PortPart, Spanned, Written};

/// How `log` is written.
pub(crate) const USAGE: &str = "<target> [len <bytes>] [format <format>] [sample <ranges>:<size>] [profile <name>] <facility> [<level> [<minlevel>]]";

/// `log global`, `log <target> …`, `no log`.
pub(crate) fn parse(log: &mut LogDraft, args: &mut Args<'_>) -> Parsed<()> {
    if args.prefix == Prefix::No {
        args.end()?;
        log.clear();
        return Ok(());
    }
    let line = args.line_span();
    if let Some(word) = args.next_if("global") {
        args.end()?;
        if args.context.section == super::Sections::GLOBAL {
            return Err(Diagnostic::error("'log global' is for proxies: the global section is what it refers to")
                .code("misplaced")
                .at(word.span(), "not here"));
        }
        if !log.iter().any(|line| line.value == LogLine::Global) {
            log.push(Spanned::new(LogLine::Global, line));
        }
        return Ok(());
    }
    let target = target(args);
    log.push(Spanned::new(target.as_ref().map_or(LogLine::Faulty, |target| LogLine::Target(target.clone())), line));
    target.map(|_| ())
}

fn target(args: &mut Args<'_>) -> Parsed<LogLineTarget> {
    let destination = destination(args)?;
    let mut target = LogLineTarget {
        destination,
        length: None,
        format: None,
        profile: None,
        sample: None,
        facility: Facility(0),
        max_level: None,
        min_level: None,
    };
    loop {
        if args.next_if("len").is_some() {
            target.length = Some(args.number("a length in bytes", 80..=65_535)?.value as usize);
        } else if args.next_if("format").is_some() {
            target.format = Some(args.choice("a format", &FORMATS)?.value);
        } else if args.next_if("sample").is_some() {
            target.sample = Some(sample(args)?);
        } else if args.next_if("profile").is_some() {
            target.profile = Some(args.text("the name of a 'log-profile' section")?);
        } else {
            break;
        }
    }
    target.facility = facility(args)?;
    if args.peek().is_some() {
        target.max_level = Some(args.choice("a level", &LEVEL_NAMES)?.value);
    }
    if args.peek().is_some() {
        target.min_level = Some(args.choice("a level", &LEVEL_NAMES)?.value);
    }
    args.end()?;
    Ok(target)
}

fn facility(args: &mut Args<'_>) -> Parsed<Facility> {
    let choices: Vec<(&str, Facility)> =
        FACILITY_NAMES.iter().zip(0..).map(|(name, number)| (*name, Facility(number))).collect();
    Ok(args.choice("a facility", &choices)?.value)
}

fn destination(args: &mut Args<'_>) -> Parsed<LogDestination> {
    let word = args.required("a target")?;
    if *word == *"stdout" {
        return Ok(LogDestination::Descriptor(1));
    }
    if *word == *"stderr" {
        return Ok(LogDestination::Descriptor(2));
    }
    let text = word.display();
    if let Some(name) = text.strip_prefix("ring@") {
        return Ok(LogDestination::Ring(Spanned::new(name.to_owned(), word.span())));
    }
    if let Some(name) = text.strip_prefix("backend@") {
        return Ok(LogDestination::Backend(Spanned::new(name.to_owned(), word.span())));
    }
    if STREAM_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
        return Ok(LogDestination::Stream(stream_address(word, args)?));
    }
    let datagram = datagram_form(word);
    match address::parse(datagram.as_ref().unwrap_or(word), args.context.environment)? {
        Written::Ip { host, port } => {
            let (host, port) = host_and_port(&host, port, word, args)?;
            Ok(LogDestination::Udp(host, port))
        }
        Written::Unix(path) => Ok(LogDestination::Unix(path)),
        Written::Descriptor(descriptor) => Ok(LogDestination::Descriptor(descriptor)),
        Written::Abstract { name, padded } => Ok(LogDestination::Abstract { name, padded }),
    }
}

/// Where a connection goes.
fn stream_address(word: &Word, args: &Args<'_>) -> Parsed<Address> {
    match address::parse(word, args.context.environment)? {
        Written::Ip { host, port } => {
            let (host, port) = host_and_port(&host, port, word, args)?;
            Ok(Address::Tcp(SocketAddr::new(host, port)))
        }
        Written::Unix(path) => Ok(Address::Unix(path)),
        Written::Abstract { name, padded } => Ok(Address::Abstract { name, padded }),
        Written::Descriptor(_) => Err(bad_target(word, "a descriptor cannot be connected to".into())),
    }
}

fn host_and_port(host: &HostPart, port: PortPart, word: &Word, args: &Args<'_>) -> Parsed<(IpAddr, u16)> {
    let host = host_address(host, args)
        .ok_or_else(|| bad_target(word, format!("'{word}' cannot be resolved to an address")))?;
    match port {
        PortPart::Missing => Ok((host, SYSLOG_PORT)),
        PortPart::Fixed(port) => Ok((host, port)),
        PortPart::Range(..) | PortPart::Offset(_) => Err(bad_target(word, "a log target has one port".into())),
    }
}

fn bad_target(word: &Word, message: String) -> Diagnostic {
    Diagnostic::error(message).code("bad-address").at(word.span(), "not possible as a log target")
}

/// What makes a target a stream.
pub(super) const STREAM_PREFIXES: [&str; 8] =
    ["tcp@", "tcp4@", "tcp6@", "uxst@", "stream+ip@", "stream+ipv4@", "stream+ipv6@", "stream+unix@"];

/// Datagrams are what `log` sends in any case, so the prefixes that say so mean no more than their plain forms.
pub(crate) fn datagram_form(word: &Word) -> Option<Word> {
    const FORMS: [(&str, &str); 10] = [
        ("udp@", "ip@"),
        ("udp4@", "ipv4@"),
        ("udp6@", "ipv6@"),
        ("uxdg@", "unix@"),
        ("dgram+ip@", "ip@"),
        ("dgram+ipv4@", "ipv4@"),
        ("dgram+ipv6@", "ipv6@"),
        ("dgram+unix@", "unix@"),
        ("dgram+abns@", "abns@"),
        ("dgram+fd@", "fd@"),
    ];
    FORMS.iter().find_map(|(datagram, plain)| {
        let rest = word.as_bytes().strip_prefix(datagram.as_bytes())?;
        Some(Word::synthetic([plain.as_bytes(), rest].concat(), word.span()))
    })
}

fn host_address(host: &HostPart, args: &Args<'_>) -> Option<IpAddr> {
    match host {
        HostPart::Any(family) => Some(address::any(*family)),
        HostPart::Address(address) => Some(*address),
        HostPart::Name(name, family) => address::choose(&args.context.host.lookup(name).ok()?, *family),
    }
}

/// `1,3-5:10`
fn sample(args: &mut Args<'_>) -> Parsed<LogSample> {
    let word = args.required("ranges and a size")?;
    let bad = |message: &str| Diagnostic::error(message).code("bad-sample").at(word.span(), "such as 1,3-5:10");
    let (list, size) = word.to_str()?.split_once(':').ok_or_else(|| bad("the size of the sample is missing"))?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let size = number(size).ok_or_else(|| bad("the size of the sample is no number"))?;
    let mut ranges = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(bad("a range of the sample is no number from 1"));
        };
        ranges.push((first.min(last), first.max(last)));
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| matches!(pair, [a, b] if b.0 <= a.1)) {
        return Err(bad("the ranges of the sample overlap"));
    }
    if ranges.last().is_some_and(|range| range.1 > size) {
        return Err(bad("a range of the sample reaches beyond its size"));
    }
    Ok(LogSample { ranges, size })
}

/// The names of `format`.
pub(super) const FORMATS: [(&str, LogFormat); 8] = [
    ("local", LogFormat::Local),
    ("rfc3164", LogFormat::Rfc3164),
    ("rfc5424", LogFormat::Rfc5424),
    ("priority", LogFormat::Priority),
    ("short", LogFormat::Short),
    ("timed", LogFormat::Timed),
    ("iso", LogFormat::Iso),
    ("raw", LogFormat::Raw),
];

/// RFC 5426 section 3.3.
const SYSLOG_PORT: u16 = 514;
