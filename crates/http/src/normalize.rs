//! The normalizers of URIs (configuration manual, action `normalize-uri`; RFC 3986 section 6.2.2). They look at the target from its path
//! on, and count a fragment, which only relaxed parsing lets through, to the path or query that it follows. Must not know requests.

use crate::bytes::hex_byte;
use crate::uri::Target;

/// One way to bring targets of the same meaning to the same form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// `fragment-encode`: every `#` becomes `%23`.
    FragmentEncode,
    /// `fragment-strip`: the first `#` and what follows it are dropped.
    FragmentStrip,
    /// `path-merge-slashes`: slashes in a row become one.
    PathMergeSlashes,
    /// `path-strip-dot`: segments of one dot are dropped.
    PathStripDot,
    /// `path-strip-dotdot`: segments of two dots take the segment before them along.
    PathStripDotDot {
        /// `full`: those which have none before them are dropped, too.
        full: bool,
    },
    /// `percent-decode-unreserved`: what needs no encoding is decoded, once.
    PercentDecodeUnreserved {
        /// `strict`: a `%` without two hexadecimal digits is a fault.
        strict: bool,
    },
    /// `percent-to-uppercase`: the digits behind a `%` become upper-case.
    PercentToUppercase {
        /// `strict`: a `%` without two hexadecimal digits is a fault.
        strict: bool,
    },
    /// `query-sort-by-name`: the parameters are sorted by their names' bytes; those of one name keep their order.
    QuerySortByName,
}

/// Why words name no normalizer: the operator's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// There is no normalizer of that name.
    UnknownName,
    /// The normalizer takes the option that is given here, and no other.
    UnknownOption(&'static str),
}

/// What a strict normalizer found: a `%` without two hexadecimal digits. The client's fault; the answer is 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPercent;

/// Whether the normalized target differs from the given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does, and `out` holds it.
    Changed,
    /// It does not; what `out` holds is of no use.
    Unchanged,
}

impl Normalizer {
    /// The names of all normalizers.
    pub const NAMES: [&'static str; 8] = [
        "fragment-encode",
        "fragment-strip",
        "path-merge-slashes",
        "path-strip-dot",
        "path-strip-dotdot",
        "percent-decode-unreserved",
        "percent-to-uppercase",
        "query-sort-by-name",
    ];

    /// The option that a normalizer of that name may have.
    pub fn option_of(name: &[u8]) -> Option<&'static str> {
        match name {
            b"path-strip-dotdot" => Some("full"),
            b"percent-decode-unreserved" | b"percent-to-uppercase" => Some("strict"),
            _ => None,
        }
    }

    /// The normalizer of that name. `option` is the word behind it, where [`Normalizer::option_of`] knows one and the word is not yet that
    /// of a condition.
    ///
    /// # Errors
    /// Which of the two words is not known.
    pub fn parse(name: &[u8], option: Option<&[u8]>) -> Result<Normalizer, ParseError> {
        let set = match (option, Normalizer::option_of(name)) {
            (None, _) => false,
            (Some(given), Some(known)) if given == known.as_bytes() => true,
            (Some(_), Some(known)) => return Err(ParseError::UnknownOption(known)),
            (Some(_), None) => return Err(ParseError::UnknownName),
        };
        Ok(match name {
            b"fragment-encode" => Normalizer::FragmentEncode,
            b"fragment-strip" => Normalizer::FragmentStrip,
            b"path-merge-slashes" => Normalizer::PathMergeSlashes,
            b"path-strip-dot" => Normalizer::PathStripDot,
            b"path-strip-dotdot" => Normalizer::PathStripDotDot { full: set },
            b"percent-decode-unreserved" => Normalizer::PercentDecodeUnreserved { strict: set },
            b"percent-to-uppercase" => Normalizer::PercentToUppercase { strict: set },
            b"query-sort-by-name" => Normalizer::QuerySortByName,
            _ => return Err(ParseError::UnknownName),
        })
    }

    /// Writes the normalized form of a request's target to `out`, which is emptied first and grows at most to three times the target. `*`
    /// and authorities stay as they are.
    ///
    /// # Errors
    /// Only strict normalizers fail.
    pub fn normalize(self, target: &[u8], out: &mut Vec<u8>) -> Result<Outcome, BadPercent> {
        let start = Target::new(target).path_range().start;
        let (before, text) = target.split_at_checked(start).unwrap_or((target, b""));
        let (path, query) = text.split_at(memchr::memchr(b'?', text).unwrap_or(text.len()));
        out.clear();
        out.extend_from_slice(before);
        match self {
            Normalizer::FragmentEncode => encode_fragment(text, out),
            Normalizer::FragmentStrip => {
                out.extend_from_slice(text.split(|&byte| byte == b'#').next().unwrap_or_default())
            }
            Normalizer::PathMergeSlashes => merge_slashes(path, out),
            Normalizer::PathStripDot => strip_dot(path, out),
            Normalizer::PathStripDotDot { full } => strip_dot_dot(path, full, out),
            Normalizer::PercentDecodeUnreserved { strict } => rewrite_percent(text, strict, out, decode_unreserved)?,
            Normalizer::PercentToUppercase { strict } => rewrite_percent(text, strict, out, to_uppercase)?,
            Normalizer::QuerySortByName => {
                out.extend_from_slice(path);
                sort_query(query, out);
            }
        }
        if matches!(self, Normalizer::PathMergeSlashes | Normalizer::PathStripDot | Normalizer::PathStripDotDot { .. })
        {
            out.extend_from_slice(query);
        }
        Ok(if out == target { Outcome::Unchanged } else { Outcome::Changed })
    }
}

fn encode_fragment(text: &[u8], out: &mut Vec<u8>) {
    let mut parts = text.split(|&byte| byte == b'#');
    out.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        out.extend_from_slice(b"%23");
        out.extend_from_slice(part);
    }
}

fn merge_slashes(path: &[u8], out: &mut Vec<u8>) {
    let mut last = 0;
    for &byte in path {
        if (last, byte) != (b'/', b'/') {
            out.push(byte);
        }
        last = byte;
    }
}

/// A path is `/` before each of its segments, so that `/a/` has two. A dropped last segment leaves an empty one.
fn strip_dot(path: &[u8], out: &mut Vec<u8>) {
    let mut segments = segments(path).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            b"." if segments.peek().is_none() => out.push(b'/'),
            b"." => {}
            _ => push_segment(segment, out),
        }
    }
}

fn strip_dot_dot(path: &[u8], full: bool, out: &mut Vec<u8>) {
    // Nothing before this place of `out` can be taken along: the authority, and segments of two dots that found none.
    let mut floor = out.len();
    let mut segments = segments(path).peekable();
    while let Some(segment) = segments.next() {
        if segment != b".." {
            push_segment(segment, out);
            continue;
        }
        match out.get(floor..).and_then(|taken| memchr::memrchr(b'/', taken)) {
            Some(slash) => out.truncate(floor + slash),
            None if full => {}
            None => {
                push_segment(segment, out);
                floor = out.len();
            }
        }
        if segments.peek().is_none() {
            out.push(b'/');
        }
    }
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').skip(1)
}

fn push_segment(segment: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    out.extend_from_slice(segment);
}

/// Gives the two digits behind each `%` to `rewrite`. Where they are missing, the `%` stays and the search goes on behind it.
fn rewrite_percent(
    text: &[u8],
    strict: bool,
    out: &mut Vec<u8>,
    rewrite: fn([u8; 2], u8, &mut Vec<u8>),
) -> Result<(), BadPercent> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        let digits = behind.get(1..3).and_then(|digits| <[u8; 2]>::try_from(digits).ok());
        rest = match digits.and_then(|digits| Some((digits, hex_byte(digits[0], digits[1])?))) {
            Some((digits, value)) => {
                rewrite(digits, value, out);
                behind.get(3..).unwrap_or_default()
            }
            None if strict => return Err(BadPercent),
            None => {
                out.push(b'%');
                behind.get(1..).unwrap_or_default()
            }
        };
    }
    out.extend_from_slice(rest);
    Ok(())
}

fn decode_unreserved([high, low]: [u8; 2], value: u8, out: &mut Vec<u8>) {
    // RFC 3986 section 2.3.
    if value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
        out.push(value);
    } else {
        out.extend_from_slice(&[b'%', high, low]);
    }
}

fn to_uppercase([high, low]: [u8; 2], _: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
}

/// `query` with its `?`, or empty. An `&` ends a parameter, so that one at the end makes none.
fn sort_query(query: &[u8], out: &mut Vec<u8>) {
    let Some((mark, parameters)) = query.split_first() else { return };
    out.push(*mark);
    let mut sorted: Vec<&[u8]> = parameters.split(|&byte| byte == b'&').collect();
    if let Some([]) = sorted.last() {
        sorted.pop();
    }
    sorted.sort_by_key(|parameter| parameter.split(|&byte| byte == b'=').next());
    for (index, parameter) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(parameter);
    }
}

#[cfg(test)]
mod tests;
