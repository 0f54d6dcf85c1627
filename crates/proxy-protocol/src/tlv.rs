//! What a header of version 2 tells beside addresses: a list of types, lengths and values (section 2.2).

use crc::{CRC_32_ISCSI, Crc};

use crate::Fault;

/// The protocol spoken over the connection (ALPN).
pub const ALPN: u8 = 0x01;
/// The host that the client asks for.
pub const AUTHORITY: u8 = 0x02;
/// The checksum of the header.
pub const CRC32C: u8 = 0x03;
/// Nothing.
pub const NOOP: u8 = 0x04;
/// A name of the connection.
pub const UNIQUE_ID: u8 = 0x05;
/// What is known of the client's TLS; the types that follow are for within.
pub const SSL: u8 = 0x20;
/// The version of TLS.
pub const SSL_VERSION: u8 = 0x21;
/// The name in the client's certificate.
pub const SSL_CN: u8 = 0x22;
/// The cipher.
pub const SSL_CIPHER: u8 = 0x23;
/// How the certificate was signed that the client was shown.
pub const SSL_SIG_ALG: u8 = 0x24;
/// What its key is.
pub const SSL_KEY_ALG: u8 = 0x25;
/// The name of a network namespace.
pub const NETNS: u8 = 0x30;

/// Types by the names that `fc_pp_tlv` knows them by (configuration manual 7.3.3).
pub const NAMES: [(&str, u8); 12] = [
    ("ALPN", ALPN),
    ("AUTHORITY", AUTHORITY),
    ("CRC32", CRC32C),
    ("NETNS", NETNS),
    ("NOOP", NOOP),
    ("SSL", SSL),
    ("SSL_CIPHER", SSL_CIPHER),
    ("SSL_CN", SSL_CN),
    ("SSL_KEY_ALG", SSL_KEY_ALG),
    ("SSL_SIG_ALG", SSL_SIG_ALG),
    ("SSL_VERSION", SSL_VERSION),
    ("UNIQUE_ID", UNIQUE_ID),
];

/// The type that a text means: a number (from `0x` on a hexadecimal one, from `0` on an octal one), or one of [`NAMES`] in any case.
pub fn kind(text: &str) -> Option<u8> {
    let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, kind)| *kind);
    named.or_else(|| number(text))
}

/// The same for numbers alone.
pub fn number(text: &str) -> Option<u8> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    u8::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
}

/// The longest value of any type (configuration manual 7.3.3 `fc_pp_tlv`).
const MAX_VALUE: usize = 1024;
/// The longest name of a connection (section 2.2.5).
const MAX_UNIQUE_ID: usize = 128;
/// The longest name of a host.
const MAX_AUTHORITY: usize = 255;
/// The length of the checksum.
pub(crate) const CHECKSUM_BYTES: usize = 4;

pub(crate) const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Types and values in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tlvs(Box<[u8]>);

impl Tlvs {
    /// Reads the rest of a header; `header` is all of it, over which a checksum goes.
    pub(crate) fn parse(bytes: &[u8], header: &[u8]) -> Result<Self, Fault> {
        let start = header.len() - bytes.len();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (kind, value, next) = first(rest).ok_or(Fault::Invalid)?;
            let sound = match kind {
                CRC32C => value.first_chunk().is_some_and(|sum| {
                    let at = start + bytes.len() - rest.len() + HEAD_BYTES;
                    value.len() == CHECKSUM_BYTES && checksum_without(header, at) == u32::from_be_bytes(*sum)
                }),
                UNIQUE_ID => value.len() <= MAX_UNIQUE_ID,
                AUTHORITY => value.len() <= MAX_AUTHORITY,
                _ => value.len() <= MAX_VALUE,
            };
            if !sound {
                return Err(Fault::Invalid);
            }
            rest = next;
        }
        Ok(Self(bytes.into()))
    }

    /// Whether the bytes are types, lengths and values to their end.
    pub(crate) fn are_well_formed(mut bytes: &[u8]) -> bool {
        while let Some((_, _, next)) = first(bytes) {
            bytes = next;
        }
        bytes.is_empty()
    }

    /// All of them: type and value.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (kind, value, next) = first(rest)?;
            rest = next;
            Some((kind, value))
        })
    }

    /// The values of a type.
    pub fn all(&self, wanted: u8) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, value)| value)
    }
}

/// Type and length.
pub(crate) const HEAD_BYTES: usize = 3;

/// The first type, its value, and what follows.
fn first(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let ([kind, high, low], rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let (value, next) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
    Some((*kind, value, next))
}

/// The checksum of a header in which zeros stand in its place.
pub(crate) fn checksum_without(header: &[u8], at: usize) -> u32 {
    let (before, rest) = header.split_at(at.min(header.len()));
    let behind = rest.get(CHECKSUM_BYTES..).unwrap_or_default();
    let mut digest = CHECKSUM.digest();
    for part in [before, &[0; CHECKSUM_BYTES], behind] {
        digest.update(part);
    }
    digest.finalize()
}
