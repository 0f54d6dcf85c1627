//! Headers as they are sent: at once, in front of everything else.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use crate::Addresses;
use crate::tlv::{CHECKSUM_BYTES, CRC32C, HEAD_BYTES, checksum_without};
use crate::v2::{FIXED_BYTES, LOCAL, PROXY, SIGNATURE, TCP_OVER_IPV4, TCP_OVER_IPV6, VERSION};

/// More than the length of a header, or of a value in it, can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// A header of version 1. Without addresses the protocol is unknown.
pub fn write_v1(addresses: Option<&Addresses>) -> Vec<u8> {
    let mut line = Vec::new();
    let written = match addresses.map(of_one_family) {
        None => line.write_all(b"PROXY UNKNOWN\r\n"),
        Some(Addresses { source, destination }) => {
            let family = if source.is_ipv4() { 4 } else { 6 };
            let (from, to) = (source.ip(), destination.ip());
            write!(line, "PROXY TCP{family} {from} {to} {} {}\r\n", source.port(), destination.port())
        }
    };
    debug_assert!(written.is_ok(), "memory takes everything");
    line
}

/// A header of version 2 that is being put together.
#[derive(Debug)]
pub struct V2Writer {
    bytes: Vec<u8>,
    /// Where the checksum goes.
    checksum: Option<usize>,
}

impl V2Writer {
    /// A header without TLVs. Without addresses the proxy speaks for itself (`LOCAL`).
    pub fn new(addresses: Option<&Addresses>) -> Self {
        let addresses = addresses.map(of_one_family);
        let (command, family) = match addresses {
            None => (LOCAL, 0),
            Some(Addresses { source: SocketAddr::V4(_), .. }) => (PROXY, TCP_OVER_IPV4),
            Some(_) => (PROXY, TCP_OVER_IPV6),
        };
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([VERSION | command, family, 0, 0]);
        if let Some(Addresses { source, destination }) = addresses {
            for ip in [source.ip(), destination.ip()] {
                match ip {
                    IpAddr::V4(ip) => bytes.extend(ip.octets()),
                    IpAddr::V6(ip) => bytes.extend(ip.octets()),
                }
            }
            for port in [source.port(), destination.port()] {
                bytes.extend(port.to_be_bytes());
            }
        }
        Self { bytes, checksum: None }
    }

    /// Adds a value.
    ///
    /// # Errors
    /// It is too long.
    pub fn tlv(&mut self, kind: u8, value: &[u8]) -> Result<(), TooLong> {
        put(&mut self.bytes, kind, value)
    }

    /// Adds a value that holds others: `value` first, then what `fill` adds.
    ///
    /// # Errors
    /// It is too long.
    pub fn nested(
        &mut self,
        kind: u8,
        value: &[u8],
        fill: impl FnOnce(&mut TlvWriter) -> Result<(), TooLong>,
    ) -> Result<(), TooLong> {
        let mut inner = TlvWriter(value.to_vec());
        fill(&mut inner)?;
        self.tlv(kind, &inner.0)
    }

    /// Adds the checksum, which the end of the header is waited for with.
    ///
    /// # Errors
    /// It does not fit.
    pub fn checksum(&mut self) -> Result<(), TooLong> {
        self.checksum = Some(self.bytes.len() + HEAD_BYTES);
        self.tlv(CRC32C, &[0; CHECKSUM_BYTES])
    }

    /// The header.
    ///
    /// # Errors
    /// It is too long.
    pub fn finish(mut self) -> Result<Vec<u8>, TooLong> {
        let length = u16::try_from(self.bytes.len() - FIXED_BYTES).map_err(|_| TooLong)?;
        if let Some(place) = self.bytes.get_mut(FIXED_BYTES - 2..FIXED_BYTES) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        if let Some(at) = self.checksum {
            let sum = checksum_without(&self.bytes, at);
            if let Some(place) = self.bytes.get_mut(at..at + CHECKSUM_BYTES) {
                place.copy_from_slice(&sum.to_be_bytes());
            }
        }
        Ok(self.bytes)
    }
}

/// The inside of a value that holds others.
#[derive(Debug)]
pub struct TlvWriter(Vec<u8>);

impl TlvWriter {
    /// Adds a value.
    ///
    /// # Errors
    /// It is too long.
    pub fn tlv(&mut self, kind: u8, value: &[u8]) -> Result<(), TooLong> {
        put(&mut self.0, kind, value)
    }
}

fn put(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) -> Result<(), TooLong> {
    let length = u16::try_from(value.len()).map_err(|_| TooLong)?;
    bytes.push(kind);
    bytes.extend(length.to_be_bytes());
    bytes.extend(value);
    Ok(())
}

/// Both ends in IPv6 where one of them is.
fn of_one_family(addresses: &Addresses) -> Addresses {
    let Addresses { source, destination } = *addresses;
    if source.is_ipv4() == destination.is_ipv4() {
        return *addresses;
    }
    let wide = |end: SocketAddr| match end {
        SocketAddr::V4(end) => SocketAddr::new(end.ip().to_ipv6_mapped().into(), end.port()),
        SocketAddr::V6(_) => end,
    };
    Addresses { source: wide(source), destination: wide(destination) }
}
