//! Request targets (RFC 9112 section 3.2) and the parts of a URI (RFC 3986) as slices of the target's text, and hosts with ports.
//! Must not know header fields.

use crate::bytes::is_host_text;
use std::ops::Range;

/// The four forms of a request target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetForm {
    /// A path with an optional query: `/a?b`.
    Origin,
    /// A whole URI: `http://host/a`.
    Absolute,
    /// Host and port, for CONNECT: `host:443`.
    Authority,
    /// `*`, for OPTIONS.
    Asterisk,
}

/// A request target; its parts are found when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    text: &'a [u8],
}

impl<'a> Target<'a> {
    /// Wraps the text of a target.
    pub fn new(text: &'a [u8]) -> Target<'a> {
        Target { text }
    }

    /// Which form it has. What is neither a path, `*` nor a URI counts as an authority.
    pub fn form(self) -> TargetForm {
        match self.text {
            [b'/', ..] => TargetForm::Origin,
            b"*" => TargetForm::Asterisk,
            _ if self.scheme_len().is_some() => TargetForm::Absolute,
            _ => TargetForm::Authority,
        }
    }

    /// The scheme of an absolute URI, without `://`.
    pub fn scheme(self) -> Option<&'a [u8]> {
        self.scheme_len().and_then(|len| self.text.get(..len))
    }

    /// Authority of an absolute URI or of an authority-form target, with user information.
    pub fn authority(self) -> Option<&'a [u8]> {
        self.authority_range().and_then(|range| self.text.get(range))
    }

    /// Path without query and fragment. Empty for `*`, for authorities, and for a URI that has none.
    pub fn path(self) -> &'a [u8] {
        self.slice(self.path_range())
    }

    /// Query without its `?`.
    pub fn query(self) -> Option<&'a [u8]> {
        let rest = self.slice(self.path_range().end..self.path_and_query_range().end);
        rest.strip_prefix(b"?")
    }

    /// Path and query as one slice, without the fragment.
    pub fn path_and_query(self) -> &'a [u8] {
        self.slice(self.path_and_query_range())
    }

    /// Fragment without its `#`; only relaxed parsing lets one through.
    pub fn fragment(self) -> Option<&'a [u8]> {
        self.slice(self.path_and_query_range().end..self.text.len()).strip_prefix(b"#")
    }

    /// Where the authority stands in the target.
    pub(crate) fn authority_range(self) -> Option<Range<usize>> {
        match self.form() {
            TargetForm::Origin | TargetForm::Asterisk => None,
            TargetForm::Authority => Some(0..self.text.len()),
            TargetForm::Absolute => {
                let start = self.scheme_len()? + SCHEME_END.len();
                Some(start..self.find(start, b"/?#"))
            }
        }
    }

    /// Where the path stands in the target.
    pub(crate) fn path_range(self) -> Range<usize> {
        let start = self.path_start();
        start..self.find(start, b"?#")
    }

    /// Where path and query stand in the target.
    pub(crate) fn path_and_query_range(self) -> Range<usize> {
        let start = self.path_start();
        start..self.find(start, b"#")
    }

    fn path_start(self) -> usize {
        match self.form() {
            TargetForm::Origin => 0,
            TargetForm::Absolute => self.authority_range().map_or(self.text.len(), |authority| authority.end),
            TargetForm::Authority | TargetForm::Asterisk => self.text.len(),
        }
    }

    /// Length of the scheme if `://` follows it (RFC 3986 section 3.1).
    fn scheme_len(self) -> Option<usize> {
        let len = memchr::memchr(b':', self.text)?;
        let (scheme, rest) = self.text.split_at_checked(len)?;
        let [first, others @ ..] = scheme else { return None };
        let valid = rest.starts_with(SCHEME_END)
            && first.is_ascii_alphabetic()
            && others.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        valid.then_some(len)
    }

    /// Position of the first of `stops` from `start` on, or the text's end.
    fn find(self, start: usize, stops: &[u8]) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let found = match *stops {
            [one] => memchr::memchr(one, rest),
            [one, two] => memchr::memchr2(one, two, rest),
            _ => rest.iter().position(|byte| stops.contains(byte)),
        };
        start + found.unwrap_or(rest.len())
    }

    fn slice(self, range: Range<usize>) -> &'a [u8] {
        self.text.get(range).unwrap_or_default()
    }
}

const SCHEME_END: &[u8] = b"://";

/// A host and an optional port, as they stand in a Host field or behind the user information of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// Name, IPv4 address, or IPv6 address in brackets.
    pub host: &'a [u8],
    /// Text after the colon; `Some` and empty for `host:`.
    pub port: Option<&'a [u8]>,
}

impl<'a> HostPort<'a> {
    /// Splits `host[:port]` at its last colon outside brackets. Nothing is validated.
    pub fn split(text: &'a [u8]) -> HostPort<'a> {
        let after_bracket = memchr::memrchr(b']', text).map_or(0, |at| at + 1);
        match memchr::memrchr(b':', text) {
            Some(at) if at >= after_bracket => {
                HostPort { host: text.get(..at).unwrap_or_default(), port: text.get(at + 1..) }
            }
            _ => HostPort { host: text, port: None },
        }
    }

    /// Whether there is one way to tell host and port apart: several colons outside brackets leave doubt which is the last one's.
    pub fn is_unambiguous(self) -> bool {
        self.host.starts_with(b"[") || !self.host.contains(&b':')
    }

    /// Whether both mean the same endpoint: hosts alike but for case, ports alike as text, or both (absent, empty or explicit) one of
    /// `default_ports` (RFC 9110 section 4.2.3). Without default ports, an absent and an empty port are alike too.
    pub fn same_endpoint(self, other: HostPort<'_>, default_ports: &[&[u8]]) -> bool {
        let (own, others) = (self.port.unwrap_or_default(), other.port.unwrap_or_default());
        let same_port = own == others
            || (own.is_empty() && default_ports.contains(&others))
            || (others.is_empty() && default_ports.contains(&own));
        same_port && self.host.eq_ignore_ascii_case(other.host)
    }
}

/// The port that a scheme implies, as text; only those of HTTP are known.
pub fn default_port(scheme: &[u8]) -> Option<&'static [u8]> {
    if scheme.eq_ignore_ascii_case(b"http") {
        Some(b"80")
    } else if scheme.eq_ignore_ascii_case(b"https") {
        Some(b"443")
    } else {
        None
    }
}

/// Length of an authority's user information with its `@` (RFC 3986 section 3.2.1).
pub fn user_info_len(authority: &[u8]) -> usize {
    memchr::memrchr(b'@', authority).map_or(0, |at| at + 1)
}

/// Whether `text` can be a Host field's value, or an authority without user information: no byte that would end an authority elsewhere
/// (`,` `/` `?` `#` `\` `@`, blanks, controls, non-ASCII), and brackets only around the whole host. It may be empty.
pub fn is_valid_host_port(text: &[u8]) -> bool {
    match text.strip_prefix(b"[") {
        None => is_host_text(text),
        Some(rest) => match memchr::memchr(b']', rest) {
            None => false,
            Some(end) => {
                let (address, port) = (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
                let one_colon = port.iter().filter(|&&byte| byte == b':').count() == 1;
                is_host_text(address)
                    && is_host_text(port)
                    && (port.is_empty() || (port.starts_with(b":") && one_colon))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_targets() {
        use TargetForm::*;
        // target, form, scheme, authority, path, query, fragment
        for (text, form, scheme, authority, path, query, fragment) in [
            ("/", Origin, None, None, "/", None, None),
            ("/a/b?c?d#e", Origin, None, None, "/a/b", Some("c?d"), Some("e")),
            ("/a#b?c", Origin, None, None, "/a", None, Some("b?c")),
            ("//h/a", Origin, None, None, "//h/a", None, None),
            ("*", Asterisk, None, None, "", None, None),
            ("h:80", Authority, None, Some("h:80"), "", None, None),
            ("*/x", Authority, None, Some("*/x"), "", None, None),
            ("http://h", Absolute, Some("http"), Some("h"), "", None, None),
            ("http://h?a=b", Absolute, Some("http"), Some("h"), "", Some("a=b"), None),
            ("http://h#f", Absolute, Some("http"), Some("h"), "", None, Some("f")),
            ("http://u:p@h:81/a?b", Absolute, Some("http"), Some("u:p@h:81"), "/a", Some("b"), None),
            ("http:///a", Absolute, Some("http"), Some(""), "/a", None, None),
            ("a+b-c.1://h/", Absolute, Some("a+b-c.1"), Some("h"), "/", None, None),
            ("1a://h/", Authority, None, Some("1a://h/"), "", None, None),
            ("://h/", Authority, None, Some("://h/"), "", None, None),
            ("http:/h", Authority, None, Some("http:/h"), "", None, None),
        ] {
            let target = Target::new(text.as_bytes());
            let text_of = |part: Option<&'static [u8]>| part.map(|p| std::str::from_utf8(p).unwrap());
            assert_eq!(target.form(), form, "{text}");
            assert_eq!(text_of(target.scheme()), scheme, "{text}");
            assert_eq!(text_of(target.authority()), authority, "{text}");
            assert_eq!(std::str::from_utf8(target.path()).unwrap(), path, "{text}");
            assert_eq!(text_of(target.query()), query, "{text}");
            assert_eq!(text_of(target.fragment()), fragment, "{text}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        for (text, host, port) in [
            ("h", "h", None),
            ("h:", "h", Some("")),
            ("h:80", "h", Some("80")),
            ("[::1]", "[::1]", None),
            ("[::1]:8", "[::1]", Some("8")),
            ("a:b:80", "a:b", Some("80")),
            (":80", "", Some("80")),
        ] {
            let expected = HostPort { host: host.as_bytes(), port: port.map(str::as_bytes) };
            assert_eq!(HostPort::split(text.as_bytes()), expected, "{text}");
            assert_eq!(expected.is_unambiguous(), text != "a:b:80", "{text}");
        }
    }

    #[test]
    fn same_endpoints() {
        for (one, other, default_ports, expected) in [
            ("h", "H", &[][..], true),
            ("h:80", "h", &[b"80".as_slice()], true),
            ("h:", "h:80", &[b"80"], true),
            ("h:80", "h", &[], false),
            ("h:80", "h:081", &[b"80"], false),
            ("h:080", "h", &[b"80"], false),
            ("h:443", "h", &[b"80", b"443"], true),
            ("h:443", "h:80", &[b"80", b"443"], false),
            ("g", "h", &[b"80"], false),
        ] {
            let (a, b) = (HostPort::split(one.as_bytes()), HostPort::split(other.as_bytes()));
            assert_eq!(a.same_endpoint(b, default_ports), expected, "{one} {other}");
            assert_eq!(b.same_endpoint(a, default_ports), expected, "{other} {one}");
        }
    }

    #[test]
    fn valid_hosts() {
        for text in [
            "",
            "h",
            "h:80",
            "h:",
            "h:x",
            ":80",
            "[::1]",
            "[::1]:80",
            "::1",
            "a:b:80",
            "a%zz",
            "a;b=!$&'()*+~_",
            "a|b",
            "a\"<>",
        ] {
            assert!(is_valid_host_port(text.as_bytes()), "{text}");
        }
        for text in [
            "a, b", "a,b", "a b", "a/b", "u@b", "a\\b", "a?b", "a#b", "[::1", "a[b", "a]b", "]", "[::1]x", "[::1]::8",
            "[[::1]]", "é", "a\x7f",
        ] {
            assert!(!is_valid_host_port(text.as_bytes()), "{text}");
        }
    }
}
