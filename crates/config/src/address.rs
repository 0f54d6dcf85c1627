//! Addresses as words (configuration manual 4.2 `bind`, `server`, `source`): prefix, host, port. Names are not resolved here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use burdock_syntax::{Diagnostic, Environment, Parsed, Word};

use crate::draft::{Family, HostPart, PortPart, Written};
use crate::keyword::unsupported;

/// Splits an address word into its parts. Variables are expanded even outside quotes (measured: HAProxy's address parser does so).
pub(crate) fn parse(word: &Word, environment: &Environment) -> Parsed<Written> {
    let written = split(word, environment)?;
    let length = match &written {
        Written::Unix(path) => path.as_os_str().len(),
        Written::Abstract { name, .. } => name.len(),
        Written::Ip { .. } | Written::Descriptor(_) => 0,
    };
    if length > LONGEST_SOCKET_NAME {
        return Err(Diagnostic::error(format!(
            "the name of the socket is too long: {LONGEST_SOCKET_NAME} bytes are possible"
        ))
        .code("bad-address")
        .at(word.span(), "too long"));
    }
    Ok(written)
}

/// What the kernel's `sun_path` holds beside a zero byte.
const LONGEST_SOCKET_NAME: usize = 107;

fn split(word: &Word, environment: &Environment) -> Parsed<Written> {
    let text = environment.expand_address(word.as_bytes());
    let fault =
        |message: String, label: &str| Err(Diagnostic::error(message).code("bad-address").at(word.span(), label));
    if text.is_empty() {
        return fault("the address is empty".into(), "nothing is left of it once variables are expanded");
    }
    if text.starts_with(b"/") {
        return Ok(Written::Unix(path(&text)));
    }
    // The type of socket may be said with any family, and with none; all of ours are streams.
    let (prefix, rest) = split_prefix(text.strip_prefix(b"stream+").unwrap_or(&text));
    match prefix {
        "" if rest.starts_with(b"dgram+") => Err(unsupported("addresses for datagrams are", word.span())),
        "" => ip(word, rest, Family::Unspecified),
        "ip" | "tcp" => ip(word, rest, Family::Unspecified),
        "ipv4" | "tcp4" => ip(word, rest, Family::V4),
        "ipv6" | "tcp6" => ip(word, rest, Family::V6),
        "unix" | "uxst" if rest.is_empty() => fault("the path is empty".into(), "a path is missing"),
        "unix" | "uxst" => Ok(Written::Unix(path(rest))),
        "abns" | "abnsz" if rest.is_empty() => fault("the name is empty".into(), "a name is missing"),
        "abns" => Ok(Written::Abstract { name: rest.to_vec(), padded: true }),
        "abnsz" => Ok(Written::Abstract { name: rest.to_vec(), padded: false }),
        "fd" => match std::str::from_utf8(rest).ok().and_then(|number| number.parse().ok()) {
            Some(number) if number >= 0 => Ok(Written::Descriptor(number)),
            _ => fault(
                format!("'{}' is no number of a descriptor", String::from_utf8_lossy(rest)),
                "a number is expected behind 'fd@'",
            ),
        },
        other => Err(unsupported(&format!("addresses with '{other}@' are"), word.span())),
    }
}

/// What stands before the `@`, if that is a prefix of HAProxy's, and the rest.
fn split_prefix(text: &[u8]) -> (&'static str, &[u8]) {
    PREFIXES
        .iter()
        .find_map(|&prefix| Some((prefix, text.strip_prefix(prefix.as_bytes())?.strip_prefix(b"@")?)))
        .unwrap_or(("", text))
}

/// All prefixes of HAProxy's.
const PREFIXES: [&str; 29] = [
    "abns",
    "abnsz",
    "dgram+abns",
    "dgram+fd",
    "dgram+ip",
    "dgram+ipv4",
    "dgram+ipv6",
    "dgram+unix",
    "fd",
    "ip",
    "ipv4",
    "ipv6",
    "mptcp",
    "mptcp4",
    "mptcp6",
    "quic+fd",
    "quic+ip",
    "quic+ipv4",
    "quic+ipv6",
    "quic4",
    "quic6",
    "rhttp",
    "sockpair",
    "tcp",
    "tcp4",
    "tcp6",
    "udp",
    "unix",
    "uxst",
];

/// Host and port: the port stands behind the last colon, an IPv6 address may stand in brackets.
fn ip(word: &Word, text: &[u8], family: Family) -> Parsed<Written> {
    let text = std::str::from_utf8(text).map_err(|_| bad_host(word, &String::from_utf8_lossy(text)))?;
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(|| bad_host(word, text))?)),
        None => match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        None | Some("") => PortPart::Missing,
        Some(port) => parse_port(word, port)?,
    };
    Ok(Written::Ip { host: parse_host(word, host, family)?, port })
}

fn parse_host(word: &Word, host: &str, family: Family) -> Parsed<HostPart> {
    if host.is_empty() || host == "*" {
        return Ok(HostPart::Any(family));
    }
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match (host.parse::<IpAddr>(), family) {
        (Ok(IpAddr::V4(_)), Family::V6) | (Ok(IpAddr::V6(_)), Family::V4) => Err(bad_host(word, host)),
        (Ok(address), _) => Ok(HostPart::Address(address)),
        (Err(_), _) if is_host_name(host) => Ok(HostPart::Name(host.to_owned(), family)),
        (Err(_), _) => Err(bad_host(word, host)),
    }
}

/// Letters, digits, `-`, `_` and dots: anything else was never a host name and need not be asked for.
fn is_host_name(text: &str) -> bool {
    text.len() <= LONGEST_HOST_NAME && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// RFC 1035 section 2.3.4.
const LONGEST_HOST_NAME: usize = 255;

fn bad_host(word: &Word, host: &str) -> Diagnostic {
    let fault = Diagnostic::error(format!("'{host}' is neither an address nor a host name"))
        .code("bad-address")
        .at(word.span(), "bad address");
    match word.display().parse::<Ipv6Addr>() {
        Ok(address) => fault.note("what follows the last colon is the port").replace(
            word.span(),
            format!("[{address}]:80"),
            "put brackets around an IPv6 address",
        ),
        Err(_) => fault,
    }
}

/// `80`, `8000-8010`, `+80`, `-80`.
fn parse_port(word: &Word, text: &str) -> Parsed<PortPart> {
    let bad = |reason: &str| {
        Diagnostic::error(format!("'{text}' is no port: {reason}")).code("bad-port").at(word.span(), "bad port")
    };
    let number = |text: &str| -> Parsed<u16> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad("a number is expected; names of services are not looked up"));
        }
        text.parse().map_err(|_| bad("the largest is 65535"))
    };
    if let Some(offset) = text.strip_prefix('+') {
        return Ok(PortPart::Offset(i32::from(number(offset)?)));
    }
    if let Some(offset) = text.strip_prefix('-') {
        return Ok(PortPart::Offset(-i32::from(number(offset)?)));
    }
    let Some((first, last)) = text.split_once('-') else { return Ok(PortPart::Fixed(number(text)?)) };
    let (first, last) = (number(first)?, number(last)?);
    if first == 0 || last < first {
        return Err(bad("the first port of a range is at least 1 and not above the last"));
    }
    Ok(PortPart::Range(first, last))
}

/// The address that nothing or `*` stands for.
pub(crate) const fn any(family: Family) -> IpAddr {
    match family {
        Family::Unspecified | Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// The first address of the wanted family.
pub(crate) fn choose(found: &[IpAddr], family: Family) -> Option<IpAddr> {
    let wanted = |address: &&IpAddr| match family {
        Family::Unspecified => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    found.iter().find(wanted).copied()
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}
