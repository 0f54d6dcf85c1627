//! Host names as they are asked for.

use std::fmt;

/// A host name that can be asked for: in lower case, without the dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(Box<str>);

/// RFC 1035 section 2.3.4, without what the form on the wire adds.
const LONGEST_NAME: usize = 253;
/// RFC 1035 section 2.3.4.
const LONGEST_LABEL: usize = 63;

impl HostName {
    /// Letters, digits, `-` and `_` in labels. Nothing where the text is no such name: there is no use in asking for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        let is_label = |label: &[u8]| {
            (1..=LONGEST_LABEL).contains(&label.len())
                && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if text.len() > LONGEST_NAME || !text.split(|&byte| byte == b'.').all(is_label) {
            return None;
        }
        Some(Self(std::str::from_utf8(text).ok()?.to_ascii_lowercase().into()))
    }

    /// Whether it is the name of a service, which has `SRV` records in place of addresses (RFC 2782).
    pub fn is_service(&self) -> bool {
        self.0.starts_with('_')
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_asked_for() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(HostName::parse(text.as_bytes()).as_ref().map(HostName::as_str), expected, "{text:?}");
        };
        check("Example.COM.", Some("example.com"));
        check("_http._tcp.example", Some("_http._tcp.example"));
        check("localhost", Some("localhost"));
        for text in ["", ".", "a..b", ".a", "a b", "a:80", "é.example", "a\0b", &"a".repeat(64), &"a.".repeat(128)] {
            check(text, None);
        }
        check(&"a.".repeat(126), Some(&"a.".repeat(126)[..251]));
    }
}
