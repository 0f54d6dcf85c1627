//! The Client IP header of NetScaler, in both forms that HAProxy knows: a number agreed upon, lengths, and the first headers of the client's
//! packet.
//!
//! ```text
//! legacy    number (4)  length of the packet (4)                          packet
//! standard  number (4)  length of all (4)  type (2)  length of it (2)     packet
//! ```

use std::net::SocketAddr;

use crate::v2::IntoIp;
use crate::{Addresses, Parse};

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It begins with another number.
    Magic,
    /// The packet is not one of TCP over IP.
    Protocol,
    /// The packet ends before the ports.
    Truncated,
}

const LEGACY_BYTES: usize = 8;
const STANDARD_BYTES: usize = 12;
/// The protocol number of TCP.
const TCP: u8 = 6;

/// Reads a header that has to begin with `magic`.
///
/// # Errors
/// The bytes begin none, or one that cannot be accepted.
pub fn parse(bytes: &[u8], magic: u32) -> Result<Parse<Addresses>, Fault> {
    let Some((number, _)) = bytes.split_first_chunk() else { return Ok(Parse::Partial) };
    if u32::from_be_bytes(*number) != magic {
        return Err(Fault::Magic);
    }
    // The upper half of the ninth byte is the version of IP in one form, and zero in the other.
    let (start, length) = match (bytes.get(LEGACY_BYTES).map(|byte| byte >> 4), bytes) {
        (Some(4 | 6), [_, _, _, _, a, b, c, d, ..]) => (LEGACY_BYTES, u32::from_be_bytes([*a, *b, *c, *d]) as usize),
        (Some(0), [_, _, _, _, _, _, _, _, _, _, high, low, ..]) => {
            (STANDARD_BYTES, usize::from(u16::from_be_bytes([*high, *low])))
        }
        (None | Some(0), _) => return Ok(Parse::Partial),
        _ => return Err(Fault::Protocol),
    };
    let end = start.saturating_add(length);
    let Some(packet) = bytes.get(start..end) else { return Ok(Parse::Partial) };
    Ok(Parse::Complete { header: addresses(packet)?, length: end })
}

fn addresses(packet: &[u8]) -> Result<Addresses, Fault> {
    let first = *packet.first().ok_or(Fault::Truncated)?;
    match first >> 4 {
        4 => {
            let words = usize::from(first & 0x0f).max(5);
            ends::<4>(packet, 9, 12, words * 4)
        }
        6 => ends::<16>(packet, 6, 8, 40),
        _ => Err(Fault::Protocol),
    }
}

/// Reads addresses of so many bytes; the arguments say where in the packet things stand.
fn ends<const BYTES: usize>(packet: &[u8], protocol: usize, source: usize, ports: usize) -> Result<Addresses, Fault>
where
    [u8; BYTES]: IntoIp,
{
    if *packet.get(protocol).ok_or(Fault::Truncated)? != TCP {
        return Err(Fault::Protocol);
    }
    let at = |start: usize| packet.get(start..).and_then(<[u8]>::first_chunk::<BYTES>).ok_or(Fault::Truncated);
    let [a, b, c, d] = *packet.get(ports..).and_then(<[u8]>::first_chunk::<4>).ok_or(Fault::Truncated)?;
    Ok(Addresses {
        source: SocketAddr::new(at(source)?.ip(), u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(at(source + BYTES)?.ip(), u16::from_be_bytes([c, d])),
    })
}
