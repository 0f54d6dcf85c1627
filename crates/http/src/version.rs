//! The protocol version that a message claims.

use std::fmt;

/// A protocol version as two small numbers; HTTP/2 and HTTP/3 have minor 0. Ordered by major, then minor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Digit before the dot.
    pub major: u8,
    /// Digit after the dot.
    pub minor: u8,
}

impl Version {
    /// Before there were headers.
    pub const HTTP_09: Version = Version { major: 0, minor: 9 };
    /// RFC 1945.
    pub const HTTP_10: Version = Version { major: 1, minor: 0 };
    /// RFC 9112.
    pub const HTTP_11: Version = Version { major: 1, minor: 1 };
    /// RFC 9113.
    pub const HTTP_2: Version = Version { major: 2, minor: 0 };
    /// RFC 9114.
    pub const HTTP_3: Version = Version { major: 3, minor: 0 };

    /// `HTTP/` digit `.` digit, and nothing else (RFC 9112 section 2.3).
    pub fn parse(text: &[u8]) -> Option<Version> {
        match text {
            b"HTTP/1.1" => Some(Version::HTTP_11),
            [b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
                Some(Version { major: major - b'0', minor: minor - b'0' })
            }
            _ => None,
        }
    }

    /// Whether connections of this version persist unless told otherwise (RFC 9112 section 9.3).
    pub fn is_persistent(self) -> bool {
        self >= Version::HTTP_11
    }

    /// The text of the versions in use; HTTP/1.1 stands in for any other.
    pub fn name(self) -> &'static str {
        match self {
            Version::HTTP_09 => "HTTP/0.9",
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_3 => "HTTP/3.0",
            _ => "HTTP/1.1",
        }
    }
}

impl Default for Version {
    fn default() -> Self {
        Version::HTTP_11
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing() {
        for (text, expected) in [
            ("HTTP/1.1", Some((1, 1))),
            ("HTTP/1.0", Some((1, 0))),
            ("HTTP/3.7", Some((3, 7))),
            ("HTTP/1.10", None),
            ("HTTP/11.1", None),
            ("HTTP/1.", None),
            ("http/1.1", None),
            ("RTSP/1.0", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text.as_bytes()).map(|v| (v.major, v.minor)), expected, "{text:?}");
        }
        assert!(Version::HTTP_2.is_persistent() && !Version::HTTP_10.is_persistent());
        for version in [Version::HTTP_09, Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3] {
            assert_eq!(version.name(), version.to_string());
        }
    }
}
