//! Version 2: a binary block (section 2.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Addresses, Fault, Header, Parse, Rejected, Tlvs};

/// What the block begins with.
pub(crate) const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family, length.
pub(crate) const FIXED_BYTES: usize = 16;

/// The version, in the upper half of the byte that the command is the lower half of.
pub(crate) const VERSION: u8 = 0x20;

/// Commands, families and transports as bytes of the block.
pub(crate) const LOCAL: u8 = 0;
/// See [`LOCAL`].
pub(crate) const PROXY: u8 = 1;
/// See [`LOCAL`].
pub(crate) const TCP_OVER_IPV4: u8 = 0x11;
/// See [`LOCAL`].
pub(crate) const TCP_OVER_IPV6: u8 = 0x21;

/// Reads a block from its signature on.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parse<Header>, Rejected> {
    let (signature, rest) = bytes.split_at(bytes.len().min(SIGNATURE.len()));
    if !SIGNATURE.starts_with(signature) {
        return Err(Fault::NotHeader.into());
    }
    if rest.first().is_some_and(|byte| byte & 0xf0 != VERSION) {
        return Err(Fault::NotHeader.into());
    }
    let [version_and_command, family, high, low, rest @ ..] = rest else { return Ok(Parse::Partial) };
    let Some(block) = rest.get(..usize::from(u16::from_be_bytes([*high, *low]))) else { return Ok(Parse::Partial) };
    let length = FIXED_BYTES + block.len();
    let whole = bytes.get(..length).unwrap_or_default();
    let header = match version_and_command & 0x0f {
        LOCAL => Header { addresses: None, tlvs: local_tlvs(*family, block, whole)? },
        PROXY => proxied(*family, block, whole)?,
        _ => return Err(Fault::Invalid.into()),
    };
    Ok(Parse::Complete { header, length })
}

fn proxied(family: u8, block: &[u8], whole: &[u8]) -> Result<Header, Rejected> {
    let (addresses, tlvs) = match family {
        TCP_OVER_IPV4 => addresses::<4>(block),
        TCP_OVER_IPV6 => addresses::<16>(block),
        _ => None,
    }
    .ok_or(Fault::Invalid)?;
    match Tlvs::parse(tlvs, whole) {
        Ok(tlvs) => Ok(Header { addresses: Some(addresses), tlvs }),
        Err(fault) => Err(Rejected { fault, addresses: Some(addresses) }),
    }
}

/// A proxy that speaks for itself may send whatever it likes in the place of addresses; what TLVs follow counts all the same, where they can
/// be told.
fn local_tlvs(family: u8, block: &[u8], whole: &[u8]) -> Result<Tlvs, Fault> {
    let tlvs = match family {
        TCP_OVER_IPV4 => addresses::<4>(block).map_or(block, |(_, rest)| rest),
        TCP_OVER_IPV6 => addresses::<16>(block).map_or(block, |(_, rest)| rest),
        _ => block,
    };
    match Tlvs::parse(tlvs, whole) {
        Err(fault) if Tlvs::are_well_formed(tlvs) => Err(fault),
        outcome => Ok(outcome.unwrap_or_default()),
    }
}

/// The addresses that a block begins with, of so many bytes each, and what follows them.
fn addresses<const BYTES: usize>(block: &[u8]) -> Option<(Addresses, &[u8])>
where
    [u8; BYTES]: IntoIp,
{
    let (source, rest) = block.split_first_chunk::<BYTES>()?;
    let (destination, rest) = rest.split_first_chunk::<BYTES>()?;
    let ([a, b, c, d], rest) = rest.split_first_chunk::<4>()?;
    let source = SocketAddr::new(source.ip(), u16::from_be_bytes([*a, *b]));
    let destination = SocketAddr::new(destination.ip(), u16::from_be_bytes([*c, *d]));
    Some((Addresses { source, destination }, rest))
}

/// Bytes that are an address.
pub(crate) trait IntoIp {
    fn ip(&self) -> IpAddr;
}

impl IntoIp for [u8; 4] {
    fn ip(&self) -> IpAddr {
        Ipv4Addr::from(*self).into()
    }
}

impl IntoIp for [u8; 16] {
    fn ip(&self) -> IpAddr {
        Ipv6Addr::from(*self).into()
    }
}
