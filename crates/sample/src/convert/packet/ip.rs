//! The header of an IP packet: version 4 (RFC 791 section 3.1) and version 6 with its extensions (RFC 8200 sections 3 and 4), and the
//! fingerprint of the sender of a SYN.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Converter, array_at, bytes_of, of_header, tcp, u16_at};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

pub(in crate::convert) const CONVERTERS: &[Converter] = &[
    of_header("ip.data", Type::Bin, "What is behind the header of an IP packet and its extensions.", |value, _, _| {
        let packet = bytes_of(value)?;
        Some(Value::Bin(&packet[Transport::of(packet)?.at..]))
    }),
    of_header(
        "ip.df",
        Type::Int,
        "1 if an IP packet is not to be fragmented, or 0; always 1 in version 6.",
        |value, _, _| {
            let packet = bytes_of(value)?;
            Some(Value::Int(dont_fragment(packet)?.into()))
        },
    ),
    of_header("ip.dst", Type::Addr, "The destination address of an IP packet.", |value, _, _| {
        let packet = bytes_of(value)?;
        let (v4, v6) = (16, 24);
        address(packet, v4, v6).map(Value::Addr)
    }),
    Converter {
        name: "ip.fp",
        args: ArgSpec { usage: "[<mode>]", kinds: &[ArgKind::Integer], required: 0 },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "What tells the sender of an IP packet with a TCP header from others, in 8 bytes or, by mode, more.",
        run: |value, input, args| fingerprint(bytes_of(value)?, input, args),
    },
    of_header("ip.hdr", Type::Bin, "The header of an IP packet with its options or extensions.", |value, _, _| {
        let packet = bytes_of(value)?;
        Some(Value::Bin(&packet[..Transport::of(packet)?.at]))
    }),
    of_header("ip.proto", Type::Int, "The transport protocol of an IP packet.", |value, _, _| {
        let packet = bytes_of(value)?;
        Some(Value::Int(protocol(packet)?.into()))
    }),
    of_header("ip.src", Type::Addr, "The source address of an IP packet.", |value, _, _| {
        source(bytes_of(value)?).map(Value::Addr)
    }),
    of_header("ip.tos", Type::Int, "The type of service or traffic class of an IP packet.", |value, _, _| {
        Some(Value::Int(type_of_service(bytes_of(value)?)?.into()))
    }),
    of_header("ip.ttl", Type::Int, "The time to live or hop limit of an IP packet.", |value, _, _| {
        Some(Value::Int(time_to_live(bytes_of(value)?)?.into()))
    }),
    of_header("ip.ver", Type::Int, "The version of an IP packet.", |value, _, _| {
        Some(Value::Int((bytes_of(value)?.first()? >> 4).into()))
    }),
];

/// Transport protocols.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// The sizes of the headers without options and extensions, in bytes.
const V4_SIZE: usize = 20;
const V6_SIZE: usize = 40;

enum Version {
    V4,
    V6,
}

impl Version {
    fn of(packet: &[u8]) -> Option<Self> {
        match packet.first()? >> 4 {
            4 => Some(Self::V4),
            6 => Some(Self::V6),
            _ => None,
        }
    }
}

/// What an IP packet carries.
struct Transport {
    protocol: u8,
    /// Where it begins; the packet has as many bytes.
    at: usize,
}

impl Transport {
    fn of(packet: &[u8]) -> Option<Self> {
        let found = match Version::of(packet)? {
            Version::V4 => {
                let at = usize::from(packet[0] & 0x0f) * 4;
                if at == 0 {
                    return None;
                }
                Self { protocol: *packet.get(9)?, at }
            }
            Version::V6 => Self::behind_extensions(packet)?,
        };
        if found.at <= packet.len() { Some(found) } else { None }
    }

    /// HAProxy takes every header for an extension that is neither of TCP nor of UDP, and counts the length of each in units of 8 bytes
    /// beyond the first 8 (RFC 6564 section 4), also where an older kind has another. Each step is of 8 bytes at least, so that it ends.
    fn behind_extensions(packet: &[u8]) -> Option<Self> {
        let (mut protocol, mut at) = (*packet.get(6)?, V6_SIZE);
        while !matches!(protocol, TCP | UDP) {
            let [next, length] = array_at(packet, at)?;
            protocol = next;
            at += (usize::from(length) + 1) * 8;
        }
        Some(Self { protocol, at })
    }
}

fn protocol(packet: &[u8]) -> Option<u8> {
    match Version::of(packet)? {
        Version::V4 => packet.get(9).copied(),
        Version::V6 => Transport::of(packet).map(|found| found.protocol),
    }
}

fn dont_fragment(packet: &[u8]) -> Option<bool> {
    match Version::of(packet)? {
        Version::V4 => Some(packet.get(6)? & 0x40 != 0),
        Version::V6 => Some(true),
    }
}

fn type_of_service(packet: &[u8]) -> Option<u8> {
    match Version::of(packet)? {
        Version::V4 => packet.get(1).copied(),
        Version::V6 => Some((u16_at(packet, 0)? >> 4) as u8),
    }
}

fn time_to_live(packet: &[u8]) -> Option<u8> {
    match Version::of(packet)? {
        Version::V4 => packet.get(..V4_SIZE)?.get(8).copied(),
        Version::V6 => packet.get(..V6_SIZE)?.get(7).copied(),
    }
}

fn source(packet: &[u8]) -> Option<IpAddr> {
    let (v4, v6) = (12, 8);
    address(packet, v4, v6)
}

/// The address at the offset that is right for the version.
fn address(packet: &[u8], v4: usize, v6: usize) -> Option<IpAddr> {
    match Version::of(packet)? {
        Version::V4 => array_at::<4>(packet.get(..V4_SIZE)?, v4).map(|address| Ipv4Addr::from(address).into()),
        Version::V6 => array_at::<16>(packet.get(..V6_SIZE)?, v6).map(|address| Ipv6Addr::from(address).into()),
    }
}

/// What the mode of `ip.fp` adds, in this order.
const WITH_TIME_TO_LIVE: i64 = 1;
const WITH_OPTIONS: i64 = 2;
const WITH_SOURCE: i64 = 4;

/// HAProxy takes what the packet carries for TCP, whatever its protocol is said to be.
fn fingerprint<'a>(packet: &[u8], input: &Input<'a>, args: &Args) -> Option<Value<'a>> {
    let transport = Transport::of(packet)?;
    let (v6, options_present, told_size) = match Version::of(packet)? {
        Version::V4 => (false, transport.at != V4_SIZE, usize::from(u16_at(packet, 2)?)),
        Version::V6 => (true, transport.at != V6_SIZE, V6_SIZE + usize::from(u16_at(packet, 4)?)),
    };
    let header = tcp::Header::of(&packet[transport.at..])?;
    // A packet may be cut where it was saved, so that only its own word tells whether data follow.
    let data = told_size.checked_sub(transport.at + header.size())?;
    let time_to_live = time_to_live(packet)?;
    let distance = match time_to_live {
        0..=32 => 0,
        33..=64 => 1,
        65..=128 => 2,
        129.. => 3,
    };
    let (mut scale, mut segment_size, mut seen) = (0, 0, 0);
    let mut kinds = input.scratch.buffer();
    for (kind, behind) in header.options().sound() {
        match kind {
            tcp::WINDOW_SCALE => scale = tcp::window_scale(behind).map_or(scale, |told| told.min(14) + 1),
            tcp::SEGMENT_SIZE => segment_size = tcp::segment_size(behind).unwrap_or(segment_size),
            _ => {}
        }
        seen |= option_bit(kind);
        kinds.push_some(&[kind]);
    }
    let traits = u8::from(v6) << 7
        | u8::from(dont_fragment(packet)?) << 6
        | distance << 4
        | u8::from(options_present) << 3
        | u8::from(data > 0) << 2
        | header.flags() >> 6;

    let mode = args.integer(0).unwrap_or(0);
    let mut made = input.scratch.buffer();
    made.push(&[type_of_service(packet)?, traits, ((header.size() / 4) as u8) << 4 | scale])?;
    made.push(&header.window())?;
    made.push(&segment_size.to_be_bytes())?;
    made.push(&[seen])?;
    if mode & WITH_TIME_TO_LIVE != 0 {
        made.push(&[time_to_live])?;
    }
    if mode & WITH_OPTIONS != 0 {
        made.push(kinds.finish())?;
    }
    if mode & WITH_SOURCE != 0 {
        match source(packet)? {
            IpAddr::V4(address) => made.push(&address.octets())?,
            IpAddr::V6(address) => made.push(&address.octets())?,
        }
    }
    Some(Value::Bin(made.finish()))
}

/// The bit of a kind of TCP options in a fingerprint: one each for 2 to 8, one for all beyond.
fn option_bit(kind: u8) -> u8 {
    match kind {
        0 | 1 => 0,
        2..=8 => 1 << (kind - 2),
        9.. => 1 << 7,
    }
}
