//! The field lines of a head or a trailer section (RFC 9112 section 5): where names and values lie. Must not know what they mean.

use super::error::{HeadError, HeadErrorKind};
use crate::bytes::{token_len, trim_end, trim_start};
use crate::headers::{Headers, Span};

/// A section of field lines that is complete.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldSection {
    /// Position behind the empty line that ends it.
    pub(crate) end: usize,
    /// Whether a value spans lines and must be unfolded once its bytes are adopted.
    pub(crate) folded: bool,
}

/// A line of the input without its end, and where the next one starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) end: usize,
    pub(crate) next: usize,
}

/// How field lines are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldRules {
    /// Fields allowed, one less than `tune.http.maxhdr`, which counts the start line.
    pub(crate) max_fields: usize,
    /// Drop fields of invalid names instead of refusing them, and let NUL pass in values.
    pub(crate) relaxed: bool,
}

/// Finds the line that starts at `from`. A bare LF ends a line too; a CR must be followed by LF. Nothing when it is not complete.
#[inline]
pub(crate) fn find_line(input: &[u8], from: usize) -> Result<Option<Line>, HeadError> {
    let Some(end) = input.get(from..).and_then(|rest| memchr::memchr2(b'\r', b'\n', rest)) else { return Ok(None) };
    let end = from + end;
    Ok(match (input.get(end), input.get(end + 1)) {
        (Some(b'\n'), _) => Some(Line { end, next: end + 1 }),
        (_, Some(b'\n')) => Some(Line { end, next: end + 2 }),
        (_, None) => None,
        _ => return Err(HeadError { kind: HeadErrorKind::LineEnd, offset: end }),
    })
}

/// Notes every field from `start` on in `headers`, with places counted from `base`. Nothing when the section is not complete; then,
/// and on an error, what was noted means nothing.
pub(crate) fn parse_fields(
    input: &[u8],
    base: usize,
    start: usize,
    rules: &FieldRules,
    headers: &mut Headers,
) -> Result<Option<FieldSection>, HeadError> {
    let mut section = FieldSection { end: start, folded: false };
    let mut last_kept = false;
    loop {
        let at = section.end;
        let Some(&first) = input.get(at) else { return Ok(None) };
        match first {
            b'\r' | b'\n' => match find_line(input, at)? {
                Some(line) => {
                    section.end = line.next;
                    break;
                }
                None => return Ok(None),
            },
            b' ' | b'\t' => {
                if at == start && !rules.relaxed {
                    return Err(HeadError { kind: HeadErrorKind::Continuation, offset: at });
                }
                let Some(line) = find_line(input, at)? else { return Ok(None) };
                if last_kept {
                    section.folded |= continue_value(input, base, at, line.end, headers);
                }
                section.end = line.next;
            }
            _ => {
                let Some(name) = find_name(input, at, rules.relaxed)? else { return Ok(None) };
                let Some(line) = find_line(input, name.end + 1)? else { return Ok(None) };
                last_kept = name.valid;
                if last_kept {
                    if headers.len() >= rules.max_fields {
                        return Err(HeadError { kind: HeadErrorKind::TooManyHeaders, offset: at });
                    }
                    let value = trimmed(input, name.end + 1, line.end);
                    // As nearly every field comes: nothing but `: ` and CR LF around its value.
                    let is_line = value == (name.end + 2, line.end)
                        && input.get(name.end + 1) == Some(&b' ')
                        && line.next == line.end + 2;
                    headers.note_field(span(base, at, name.end), span(base, value.0, value.1), is_line);
                }
                section.end = line.next;
            }
        }
    }
    if !rules.relaxed
        && let Some(nul) = input.get(start..section.end).and_then(|section| memchr::memchr(0, section))
    {
        return Err(HeadError { kind: HeadErrorKind::HeaderValue, offset: start + nul });
    }
    Ok(Some(section))
}

struct Name {
    /// Position of the colon.
    end: usize,
    valid: bool,
}

/// Finds the colon behind the name that starts at `at`. Nothing when it has not been received.
#[inline]
fn find_name(input: &[u8], at: usize, relaxed: bool) -> Result<Option<Name>, HeadError> {
    let rest = input.get(at..).unwrap_or_default();
    let len = token_len(rest);
    let fault = |kind, len| Err(HeadError { kind, offset: at + len });
    match rest.get(len) {
        None => return Ok(None),
        Some(b':') if len > 0 => return Ok(Some(Name { end: at + len, valid: true })),
        Some(b':') => return fault(HeadErrorKind::HeaderName, len),
        Some(b'\r' | b'\n') => return fault(HeadErrorKind::HeaderWithoutColon, len),
        _ if !relaxed => return fault(HeadErrorKind::HeaderName, len),
        _ => {}
    }
    match memchr::memchr3(b':', b'\r', b'\n', rest) {
        None => Ok(None),
        Some(end) if rest.get(end) == Some(&b':') => Ok(Some(Name { end: at + end, valid: false })),
        Some(end) => fault(HeadErrorKind::HeaderWithoutColon, end),
    }
}

/// Adds a continuation line to the value noted last. Says whether the value now spans lines.
fn continue_value(input: &[u8], base: usize, from: usize, to: usize, headers: &mut Headers) -> bool {
    let (start, end) = trimmed(input, from, to);
    let Some(value) = headers.last_noted_value() else { return false };
    if start == end {
        return false;
    }
    if value.len == 0 {
        *value = span(base, start, end);
        return false;
    }
    value.len = (end - base) as u32 - value.start;
    true
}

/// The part of `from..to` without blanks at its ends.
#[inline]
fn trimmed(input: &[u8], from: usize, to: usize) -> (usize, usize) {
    let text = trim_end(input.get(from..to).unwrap_or_default());
    let end = from + text.len();
    (end - trim_start(text).len(), end)
}

#[inline]
pub(crate) fn span(base: usize, start: usize, end: usize) -> Span {
    Span { start: (start - base) as u32, len: (end - start) as u32 }
}
