//! Version 1: a line of text (section 2.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::{Addresses, Fault, Header, Parse};

/// What the line begins with.
pub(crate) const PREFIX: &[u8] = b"PROXY ";

/// The longest line, its end included.
const MAX_LINE: usize = 107;

/// Reads what follows [`PREFIX`].
pub(crate) fn parse(rest: &[u8]) -> Result<Parse<Header>, Fault> {
    let room = &rest[..rest.len().min(MAX_LINE - PREFIX.len())];
    let Some(end) = room.windows(2).position(|pair| pair == b"\r\n") else {
        return if rest.len() > room.len() { Err(Fault::Invalid) } else { Ok(Parse::Partial) };
    };
    let line = room.get(..end).unwrap_or_default();
    let (protocol, ends) = match line.iter().position(|&byte| byte == b' ') {
        Some(blank) => line.split_at(blank),
        None => (line, &[][..]),
    };
    let addresses = match protocol {
        b"TCP4" => Some(addresses::<Ipv4Addr>(ends)?),
        b"TCP6" => Some(addresses::<Ipv6Addr>(ends)?),
        // Whatever follows is to be passed over.
        b"UNKNOWN" => None,
        _ => return Err(Fault::Protocol),
    };
    let length = PREFIX.len() + end + 2;
    Ok(Parse::Complete { header: Header { addresses, ..Header::default() }, length })
}

/// ` <source> <destination> <source port> <destination port>`
fn addresses<A: FromStr + Into<IpAddr>>(text: &[u8]) -> Result<Addresses, Fault> {
    let text = text.strip_prefix(b" ").and_then(|text| std::str::from_utf8(text).ok()).ok_or(Fault::Invalid)?;
    let mut words = text.split(' ');
    let mut next = || words.next().ok_or(Fault::Invalid);
    let [source, destination, source_port, destination_port] = [next()?, next()?, next()?, next()?];
    if words.next().is_some() {
        return Err(Fault::Invalid);
    }
    let end = |address: &str, port: &str| -> Option<SocketAddr> {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits)?;
        Some(SocketAddr::new(address.parse::<A>().ok()?.into(), port))
    };
    let source = end(source, source_port).ok_or(Fault::Invalid)?;
    let destination = end(destination, destination_port).ok_or(Fault::Invalid)?;
    Ok(Addresses { source, destination })
}
