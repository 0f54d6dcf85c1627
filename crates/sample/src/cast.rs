//! Conversion between types, as it happens between the links of an expression and in front of a match (configuration manual 7.1, the table
//! of types and match methods).

use std::net::IpAddr;

use crate::input::Scratch;
use crate::value::{Type, Value};

/// Whether a value of type `from` can become one of type `to`; it may still fail for a single value. That an address can be a number is
/// left to values whose type was not known before they came.
pub const fn castable(from: Type, to: Type) -> bool {
    matches!(
        (from, to),
        (Type::Any, _)
            | (_, Type::Any | Type::Str | Type::Bin)
            | (Type::Bool | Type::Int | Type::Str, Type::Bool | Type::Int)
            | (Type::Addr | Type::Int | Type::Str, Type::Addr)
            | (Type::Str | Type::Method, Type::Method)
    )
}

impl<'a> Value<'a> {
    /// This value as one of another type; nothing where it has no meaning there.
    #[inline]
    pub fn cast(self, to: Type, scratch: &'a Scratch) -> Option<Self> {
        // Nearly always it is what it has to be.
        if to == Type::Any || self.kind() == to { Some(self) } else { self.converted(to, scratch) }
    }

    fn converted(self, to: Type, scratch: &'a Scratch) -> Option<Self> {
        Some(match (self, to) {
            (value, Type::Any)
            | (value @ Self::Bool(_), Type::Bool)
            | (value @ Self::Int(_), Type::Int)
            | (value @ Self::Addr(_), Type::Addr) => value,
            (Self::Int(value), Type::Bool) => Self::Bool(value != 0),
            (Self::Str([]), Type::Bool | Type::Int) => return None,
            (Self::Str(text), Type::Bool) => Self::Bool(leading_number(text) != 0),
            (Self::Bool(value), Type::Int) => Self::Int(i64::from(value)),
            (Self::Str(text), Type::Int) => Self::Int(leading_number(text)),
            (Self::Addr(IpAddr::V4(address)), Type::Bool) => Self::Bool(!address.is_unspecified()),
            (Self::Addr(IpAddr::V4(address)), Type::Int) => Self::Int(i64::from(u32::from(address))),
            (Self::Str(text), Type::Addr) => Self::Addr(std::str::from_utf8(text).ok()?.parse().ok()?),
            (Self::Int(value), Type::Addr) => Self::Addr(std::net::Ipv4Addr::from(value as u32).into()),
            (Self::Str(text) | Self::Method(text), Type::Method) => Self::Method(text),
            // HAProxy takes bytes for a text of C: it ends at the first zero.
            (Self::Bin(bytes), Type::Str) => Self::Str(bytes.split(|&byte| byte == 0).next().unwrap_or_default()),
            (value, Type::Str) => Self::Str(value.text(scratch)),
            (Self::Addr(IpAddr::V4(address)), Type::Bin) => Self::Bin(scratch.copy(&address.octets())),
            (Self::Addr(IpAddr::V6(address)), Type::Bin) => Self::Bin(scratch.copy(&address.octets())),
            (Self::Bool(value), Type::Bin) => Self::Bin(scratch.copy(&i64::from(value).to_be_bytes())),
            (Self::Int(value), Type::Bin) => Self::Bin(scratch.copy(&value.to_be_bytes())),
            (Self::Str(text) | Self::Bin(text) | Self::Method(text), Type::Bin) => Self::Bin(text),
            (Self::Addr(_) | Self::Bin(_) | Self::Method(_), Type::Bool | Type::Int)
            | (Self::Bool(_) | Self::Bin(_) | Self::Method(_), Type::Addr)
            | (Self::Bool(_) | Self::Int(_) | Self::Addr(_) | Self::Bin(_), Type::Method) => return None,
        })
    }

    /// The value as text.
    fn text(self, scratch: &'a Scratch) -> &'a [u8] {
        match self {
            Self::Bool(false) => b"0",
            Self::Bool(true) => b"1",
            Self::Int(value) => scratch.format(format_args!("{value}")),
            Self::Addr(address) => scratch.format(format_args!("{address}")),
            Self::Str(text) | Self::Bin(text) | Self::Method(text) => text,
        }
    }
}

/// The number that a text begins with; zero where there is none. What is too large becomes the largest that there is.
pub(crate) fn leading_number(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let mut value = 0i64;
    for byte in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(byte - b'0');
        value = value.saturating_mul(10);
        value = if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) };
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [Value<'static>; 6] = [
        Value::Bool(true),
        Value::Int(-5),
        Value::Addr(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
        Value::Str(b"12"),
        Value::Bin(b"\x01\x02\x03\x04"),
        Value::Method(b"GET"),
    ];

    #[test]
    fn what_can_be_cast_is_and_the_rest_is_not() {
        let scratch = Scratch::new();
        for value in VALUES {
            for to in [Type::Bool, Type::Int, Type::Addr, Type::Str, Type::Bin, Type::Method] {
                let cast = value.cast(to, &scratch);
                let possible = match (value.kind(), to) {
                    (Type::Str, Type::Addr) => false,
                    // An address of IPv4 is a number, but which kind it is shows only when it is there.
                    (Type::Addr, Type::Bool | Type::Int) => true,
                    (from, to) => castable(from, to),
                };
                assert_eq!(cast.map(|cast| cast.kind()), possible.then_some(to), "{value:?} to {to:?}");
            }
        }
    }

    #[test]
    fn texts() {
        let scratch = Scratch::new();
        for (value, expected) in [
            (Value::Bool(true), "1"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (VALUES[2], "127.0.0.1"),
            (Value::Method(b"FOO"), "FOO"),
        ] {
            assert_eq!(value.cast(Type::Str, &scratch), Some(Value::Str(expected.as_bytes())));
        }
    }

    #[test]
    fn numbers_in_front_of_texts() {
        for (text, expected) in [
            ("12abc", 12),
            ("-5", -5),
            ("+12", 12),
            ("0x10", 0),
            (" 12", 0),
            ("", 0),
            ("-", 0),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
        ] {
            assert_eq!(leading_number(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn addresses_from_texts() {
        let scratch = Scratch::new();
        let address = |text: &'static str| Value::Str(text.as_bytes()).cast(Type::Addr, &scratch);
        assert_eq!(address("1.2.3.4"), Some(Value::Addr([1, 2, 3, 4].into())));
        assert_eq!(address("::1"), Some(Value::Addr(std::net::Ipv6Addr::LOCALHOST.into())));
        assert_eq!(address("host"), None);
    }
}
