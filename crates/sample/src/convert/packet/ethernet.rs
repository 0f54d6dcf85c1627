//! The header of an Ethernet frame (IEEE 802.3) with its VLAN tags (IEEE 802.1Q).

use std::num::NonZero;

use super::{Converter, bytes_of, of_header, u16_at};
use crate::value::{Type, Value};

pub(in crate::convert) const CONVERTERS: &[Converter] = &[
    of_header("eth.data", Type::Bin, "What is behind the header of an Ethernet frame.", |value, _, _| {
        let frame = bytes_of(value)?;
        Some(Value::Bin(&frame[Tags::of(frame)?.end..]))
    }),
    of_header("eth.dst", Type::Bin, "The destination address of an Ethernet frame.", |value, _, _| {
        bytes_of(value)?.get(..ADDRESS).map(Value::Bin)
    }),
    of_header("eth.hdr", Type::Bin, "The header of an Ethernet frame with its VLAN tags.", |value, _, _| {
        let frame = bytes_of(value)?;
        Some(Value::Bin(&frame[..Tags::of(frame)?.end]))
    }),
    of_header("eth.proto", Type::Int, "The EtherType of an Ethernet frame, behind its VLAN tags.", |value, _, _| {
        Some(Value::Int(Tags::of(bytes_of(value)?)?.ether_type.into()))
    }),
    of_header("eth.src", Type::Bin, "The source address of an Ethernet frame.", |value, _, _| {
        bytes_of(value)?.get(ADDRESS..2 * ADDRESS).map(Value::Bin)
    }),
    of_header("eth.vlan", Type::Int, "The VLAN of an Ethernet frame, by its last tag.", |value, _, _| {
        Some(Value::Int(Tags::of(bytes_of(value)?)?.last_vlan?.get().into()))
    }),
];

const ADDRESS: usize = 6;

/// The tag of a customer's VLAN; HAProxy sees none in those of a provider (0x88a8).
const VLAN: u16 = 0x8100;

/// What follows the addresses, in a frame that carries something.
struct Tags {
    /// None where it is 0, which stands for none.
    last_vlan: Option<NonZero<u16>>,
    ether_type: u16,
    /// Where the header ends; the frame has more bytes than that.
    end: usize,
}

impl Tags {
    fn of(frame: &[u8]) -> Option<Self> {
        let (mut at, mut last_vlan) = (2 * ADDRESS, None);
        loop {
            let ether_type = u16_at(frame, at)?;
            at += size_of::<u16>();
            if ether_type != VLAN {
                return (at < frame.len()).then_some(Self { last_vlan, ether_type, end: at });
            }
            last_vlan = NonZero::new(u16_at(frame, at)? & 0x0fff);
            at += size_of::<u16>();
        }
    }
}
