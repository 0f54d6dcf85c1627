//! Keys of stick tables: bytes, in a form that the type of the table says (configuration manual 11.1 `type`).

use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the keys of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `ip`, `ipv4`: addresses of IPv4.
    Ipv4,
    /// `ipv6`: addresses; those of IPv4 are mapped.
    Ipv6,
    /// `integer`: numbers of 32 bits.
    Integer,
    /// `string`: texts of so many bytes at most.
    Text(usize),
    /// `binary`: exactly so many bytes.
    Binary(usize),
}

/// A key taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPart<'a> {
    /// An address.
    Address(IpAddr),
    /// A number.
    Number(u32),
    /// Text.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl KeyType {
    /// Its name, as tables are shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ip",
            Self::Ipv6 => "ipv6",
            Self::Integer => "integer",
            Self::Text(_) => "string",
            Self::Binary(_) => "binary",
        }
    }

    /// What a key stands for.
    pub fn part(self, key: &[u8]) -> KeyPart<'_> {
        match self {
            Self::Ipv4 => KeyPart::Address(Ipv4Addr::from(key.try_into().unwrap_or([0; 4])).into()),
            Self::Ipv6 => KeyPart::Address(Ipv6Addr::from(key.try_into().unwrap_or([0; 16])).into()),
            Self::Integer => KeyPart::Number(u32::from_be_bytes(key.try_into().unwrap_or([0; 4]))),
            Self::Text(_) => KeyPart::Text(key),
            Self::Binary(_) => KeyPart::Bytes(key),
        }
    }

    /// The address as a key; none where the table has no room for its family.
    pub fn of_address(self, address: IpAddr) -> Option<AddressKey> {
        match (self, address) {
            (Self::Ipv4, IpAddr::V4(address)) => Some(AddressKey::V4(address.octets())),
            (Self::Ipv4, IpAddr::V6(address)) => Some(AddressKey::V4(address.to_ipv4_mapped()?.octets())),
            (Self::Ipv6, IpAddr::V4(address)) => Some(AddressKey::V6(address.to_ipv6_mapped().octets())),
            (Self::Ipv6, IpAddr::V6(address)) => Some(AddressKey::V6(address.octets())),
            _ => None,
        }
    }

    /// Shows a key, as the runtime API does.
    pub fn show(self, key: &[u8], text: &mut String) {
        // Writing to a string never fails.
        let _ = self.write(key, text);
    }

    fn write(self, key: &[u8], text: &mut String) -> fmt::Result {
        match self.part(key) {
            KeyPart::Address(address) => write!(text, "{address}"),
            KeyPart::Number(number) => write!(text, "{number}"),
            KeyPart::Text(bytes) => bytes.iter().try_for_each(|&byte| match byte {
                b'\\' | b' ' | b'=' => write!(text, "\\{}", char::from(byte)),
                byte if byte.is_ascii_graphic() => text.write_char(char::from(byte)),
                byte => write!(text, "\\x{byte:02x}"),
            }),
            KeyPart::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(text, "{byte:02X}")),
        }
    }
}

/// An address as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKey {
    /// Of a table of type `ipv4`.
    V4([u8; 4]),
    /// Of a table of type `ipv6`.
    V6([u8; 16]),
}

impl AddressKey {
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::V4(bytes) => bytes,
            Self::V6(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_by_their_type() {
        for (kind, key, expected) in [
            (KeyType::Ipv4, &[10, 0, 0, 1][..], "10.0.0.1"),
            (KeyType::Integer, &[0, 0, 1, 2], "258"),
            (KeyType::Text(9), b"a b=c\\\x01", "a\\ b\\=c\\\\\\x01"),
            (KeyType::Binary(3), b"\x01\xab\0", "01AB00"),
        ] {
            let mut text = String::new();
            kind.show(key, &mut text);
            assert_eq!(text, expected);
        }
        let mapped = KeyType::Ipv6.of_address([192, 168, 0, 1].into()).unwrap();
        let mut text = String::new();
        KeyType::Ipv6.show(mapped.as_bytes(), &mut text);
        assert_eq!(text, "::ffff:192.168.0.1");
        assert_eq!(KeyType::Ipv4.of_address("::ffff:1.2.3.4".parse().unwrap()), Some(AddressKey::V4([1, 2, 3, 4])));
        assert_eq!(KeyType::Ipv4.of_address("::1".parse().unwrap()), None);
    }
}
