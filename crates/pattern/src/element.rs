//! Entries of references and the values that maps give them.

use std::net::IpAddr;
use std::sync::Arc;

use crate::template::Template;

/// An entry of a reference, as it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names the entry within its reference; later entries have greater numbers.
    pub id: u64,
    /// The line of the file that it was loaded from; 0 for what was added at run time.
    pub line: u32,
    /// The pattern.
    pub key: Arc<[u8]>,
}

/// An entry together with what a view made of its value.
#[derive(Clone, Debug)]
pub struct Element {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Its value.
    pub value: MapValue,
}

/// The value of a map's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapValue {
    /// The view gives none.
    None,
    /// As it is written.
    Text(Arc<[u8]>),
    /// Names groups of the regular expression that is its key.
    Template(Arc<Template>),
    /// A number.
    Int(i64),
    /// An address.
    Addr(IpAddr),
}

/// What a view makes of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Nothing: an ACL looks at keys alone.
    #[default]
    None,
    /// Texts: `map_<match>` and `map_<match>_key`.
    Text,
    /// Texts that name groups: `map_regm`.
    Template,
    /// Numbers: `map_<match>_int`.
    Int,
    /// Addresses: `map_<match>_ip`.
    Addr,
}

impl ValueKind {
    /// Reads the text of a value; nothing where it is none of this kind.
    pub(crate) fn parse(self, text: Option<&Arc<[u8]>>) -> Option<MapValue> {
        let empty = || Arc::from(b"".as_slice());
        let bytes = text.map(|text| &**text).unwrap_or_default();
        Some(match self {
            Self::None => MapValue::None,
            Self::Text => MapValue::Text(text.cloned().unwrap_or_else(empty)),
            Self::Template => MapValue::Template(Arc::new(Template::parse(bytes).ok()?)),
            Self::Int => MapValue::Int(parse_integer(bytes)?),
            Self::Addr => MapValue::Addr(str::from_utf8(bytes).ok()?.parse().ok()?),
        })
    }
}

/// A whole number; what does not fit becomes the nearest that does, and nothing is 0, both as HAProxy has it.
fn parse_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [] => return Some(0),
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0_i64, |number, digit| {
        let digit = i64::from(digit - b'0');
        let number = number.saturating_mul(10);
        if negative { number.saturating_sub(digit) } else { number.saturating_add(digit) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (kind, text, expected) in [
            (ValueKind::Int, "5", Some(MapValue::Int(5))),
            (ValueKind::Int, "-3", Some(MapValue::Int(-3))),
            (ValueKind::Int, "+7", Some(MapValue::Int(7))),
            (ValueKind::Int, "", Some(MapValue::Int(0))),
            (ValueKind::Int, "99999999999999999999", Some(MapValue::Int(i64::MAX))),
            (ValueKind::Int, "-99999999999999999999", Some(MapValue::Int(i64::MIN))),
            (ValueKind::Int, "-9223372036854775808", Some(MapValue::Int(i64::MIN))),
            (ValueKind::Int, "5x", None),
            (ValueKind::Int, " 7", None),
            (ValueKind::Int, "0x10", None),
            (ValueKind::Int, "-", None),
            (ValueKind::Addr, "1.2.3.4", Some(MapValue::Addr([1, 2, 3, 4].into()))),
            (ValueKind::Addr, "foo", None),
            (ValueKind::Template, r"\x4", None),
            (ValueKind::None, "x", Some(MapValue::None)),
        ] {
            assert_eq!(kind.parse(Some(&text.as_bytes().into())), expected, "{kind:?} {text:?}");
        }
    }
}
