//! The header of a TCP segment and its options (RFC 9293 section 3.1, RFC 7323).

use super::{Converter, array_at, bytes_of, of_header, u16_at};
use crate::value::{Type, Value};

pub(in crate::convert) const CONVERTERS: &[Converter] = &[
    of_header("tcp.dst", Type::Int, "The destination port of a TCP segment.", |value, _, _| {
        Some(Value::Int(u16_at(fixed(value)?, 2)?.into()))
    }),
    of_header("tcp.flags", Type::Int, "The eight flags of a TCP segment, FIN to CWR.", |value, _, _| {
        Some(Value::Int((*fixed(value)?.get(FLAGS)?).into()))
    }),
    of_header(
        "tcp.options.mss",
        Type::Int,
        "The maximum segment size that a TCP segment tells, or 0.",
        |value, _, _| {
            Some(Value::Int(
                Options::of(bytes_of(value)?)?.find(SEGMENT_SIZE).and_then(segment_size).unwrap_or(0).into(),
            ))
        },
    ),
    of_header(
        "tcp.options.sack",
        Type::Int,
        "1 if a TCP segment permits selective acknowledgement, or 0.",
        |value, _, _| has_option(value, SACK_PERMITTED),
    ),
    of_header("tcp.options.tsopt", Type::Int, "1 if a TCP segment has a timestamp, or 0.", |value, _, _| {
        has_option(value, TIMESTAMP)
    }),
    of_header("tcp.options.tsval", Type::Int, "The timestamp of a TCP segment's sender, or 0.", |value, _, _| {
        let stamp = Options::of(bytes_of(value)?)?.find(TIMESTAMP).and_then(|found| array_at(found, 0));
        Some(Value::Int(stamp.map_or(0, u32::from_be_bytes).into()))
    }),
    of_header("tcp.options.wscale", Type::Int, "The window scale that a TCP segment tells, or 0.", |value, _, _| {
        Some(Value::Int(Options::of(bytes_of(value)?)?.find(WINDOW_SCALE).and_then(window_scale).unwrap_or(0).into()))
    }),
    of_header("tcp.options.wsopt", Type::Int, "1 if a TCP segment tells a window scale, or 0.", |value, _, _| {
        has_option(value, WINDOW_SCALE)
    }),
    of_header(
        "tcp.options_list",
        Type::Bin,
        "The kinds of a TCP segment's options, a byte each.",
        |value, input, _| {
            let mut kinds = input.scratch.buffer();
            Options::of(bytes_of(value)?)?.for_each(|option| kinds.push_some(&[option.kind]));
            Some(Value::Bin(kinds.finish()))
        },
    ),
    of_header("tcp.seq", Type::Int, "The sequence number of a TCP segment.", |value, _, _| {
        Some(Value::Int(u32::from_be_bytes(array_at(fixed(value)?, 4)?).into()))
    }),
    of_header("tcp.src", Type::Int, "The source port of a TCP segment.", |value, _, _| {
        Some(Value::Int(u16_at(fixed(value)?, 0)?.into()))
    }),
    of_header("tcp.win", Type::Int, "The window of a TCP segment, not scaled.", |value, _, _| {
        Some(Value::Int(u16_at(fixed(value)?, WINDOW)?.into()))
    }),
];

/// Where things are in the header.
const DATA_OFFSET: usize = 12;
const FLAGS: usize = 13;
const WINDOW: usize = 14;

/// The least size of a header, in bytes.
const LEAST: usize = 20;

/// The kinds of options (RFC 9293 section 3.2, RFC 2018, RFC 7323).
const END: u8 = 0;
const NO_OPERATION: u8 = 1;
pub(super) const SEGMENT_SIZE: u8 = 2;
pub(super) const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const TIMESTAMP: u8 = 8;

/// The part of a header that has a fixed size, and what is behind it.
fn fixed(value: Value<'_>) -> Option<&[u8]> {
    bytes_of(value).filter(|segment| segment.len() >= LEAST)
}

/// A header that is there as a whole.
pub(super) struct Header<'a> {
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    pub(super) fn of(segment: &'a [u8]) -> Option<Self> {
        let size = usize::from(segment.get(DATA_OFFSET)? >> 4) * 4;
        if size < LEAST { None } else { Some(Self { bytes: segment.get(..size)? }) }
    }

    /// How many bytes it has: 20 to 60.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn flags(&self) -> u8 {
        self.bytes[FLAGS]
    }

    pub(super) fn window(&self) -> [u8; 2] {
        [self.bytes[WINDOW], self.bytes[WINDOW + 1]]
    }

    pub(super) fn options(&self) -> Options<'a> {
        Options { rest: &self.bytes[LEAST..] }
    }
}

/// The options of a header in their order, but for the one that ends them.
#[derive(Clone)]
pub(super) struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    fn of(segment: &'a [u8]) -> Option<Self> {
        Header::of(segment).map(|header| header.options())
    }

    /// Those with lengths that can be: their kinds, and what is behind their lengths.
    pub(super) fn sound(self) -> impl Iterator<Item = (u8, &'a [u8])> {
        self.filter_map(|option| Some((option.kind, option.behind?)))
    }

    /// What is behind the length of the first option of a kind.
    fn find(self, kind: u8) -> Option<&'a [u8]> {
        self.sound().find(|(found, _)| *found == kind).map(|(_, behind)| behind)
    }
}

/// The value of an option of kind [`SEGMENT_SIZE`], where the header has room for one.
pub(super) fn segment_size(behind: &[u8]) -> Option<u16> {
    u16_at(behind, 0)
}

/// The value of an option of kind [`WINDOW_SCALE`], where the header has room for one.
pub(super) fn window_scale(behind: &[u8]) -> Option<u8> {
    behind.first().copied()
}

/// An option. HAProxy reads the value that its kind has whether its length has room for it or not, so that all of the options is kept that
/// is behind its own length.
pub(super) struct TcpOption<'a> {
    kind: u8,
    /// None where its length cannot be; no option follows it then.
    behind: Option<&'a [u8]>,
}

impl<'a> Iterator for Options<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<TcpOption<'a>> {
        let (&kind, rest) = self.rest.split_first()?;
        if kind == END {
            return None;
        }
        if kind == NO_OPERATION {
            self.rest = rest;
            return Some(TcpOption { kind, behind: Some(&[]) });
        }
        let length = rest.first().map_or(0, |&length| usize::from(length));
        if !(2..=self.rest.len()).contains(&length) {
            self.rest = &[];
            return Some(TcpOption { kind, behind: None });
        }
        self.rest = &self.rest[length..];
        Some(TcpOption { kind, behind: rest.get(1..) })
    }
}

fn has_option(value: Value<'_>, kind: u8) -> Option<Value<'_>> {
    Some(Value::Int(Options::of(bytes_of(value)?)?.find(kind).is_some().into()))
}
