//! Cookies as persistence needs them: finding, cutting out and changing one cookie in Cookie fields, and finding, removing and changing
//! Set-Cookie fields. As lenient as HAProxy is, not as strict as RFC 6265: `,` separates too, blanks may surround `=`, quotes protect
//! separators, `$` attributes of RFC 2109 belong to the cookie before them. Must not know which server a value stands for.

use crate::bytes::{is_blank, trim_end};
use crate::headers::{EditError, Headers};
use crate::name::KnownHeader;
use std::ops::Range;

/// Between a server's name and the application's value in `prefix` mode (configuration manual, `cookie`).
pub const PREFIX_DELIMITER: u8 = b'~';

/// Between a server's name and the dates of `maxidle` and `maxlife` (configuration manual, `cookie`).
pub const DATE_DELIMITER: u8 = b'|';

/// One element of a Cookie or Set-Cookie value, as ranges of that value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name; may be empty.
    pub name: Range<usize>,
    /// What follows `=`, without surrounding blanks, quotes included; nothing where there is no `=`.
    pub value: Option<Range<usize>>,
    /// At the delimiter behind it, or the value's end.
    end: usize,
}

/// Where one cookie of a request stands. Removing or changing cookies of the same field makes it stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAt {
    /// Index of the Cookie field.
    pub field: usize,
    /// Its name within the field's value.
    pub name: Range<usize>,
    /// Its value within the field's value, quotes included.
    pub value: Range<usize>,
}

/// Where the cookie of a Set-Cookie field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookieAt {
    /// Index of the Set-Cookie field.
    pub field: usize,
    /// Its name within the field's value.
    pub name: Range<usize>,
    /// Its value within the field's value, quotes included.
    pub value: Range<usize>,
}

/// All elements of a Cookie value, or of a Set-Cookie value (whose first is the cookie), in order.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = Pair> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let pair = Pair::read(text, next?);
        next = (pair.end < text.len()).then_some(pair.end + 1);
        Some(pair)
    })
}

/// All cookies called `name` (case matters) over all Cookie fields in order.
pub fn request_cookies<'a>(headers: &'a Headers, name: &'a [u8]) -> impl Iterator<Item = CookieAt> + 'a {
    headers.all(KnownHeader::Cookie).flat_map(move |(field, text)| {
        pairs(text).filter_map(move |pair| {
            let value = pair.value_if_named(text, name)?;
            Some(CookieAt { field, name: pair.name, value })
        })
    })
}

/// Cuts one cookie out, with its `$` attributes and one delimiter, so that what remains is a clean list. The field goes when no cookie
/// remains in it.
pub fn remove_request_cookie(headers: &mut Headers, at: &CookieAt) {
    cut(headers, at.field, |pair, _| pair.name == at.name);
}

/// Cuts out all cookies called `name` (`cookie … indirect`).
pub fn remove_request_cookies(headers: &mut Headers, name: &[u8]) {
    if !headers.contains(KnownHeader::Cookie) {
        return;
    }
    // Backwards, since a field may go.
    for field in (0..headers.len()).rev() {
        if headers.get(field).is_some_and(|header| header.known == KnownHeader::Cookie) {
            cut(headers, field, |pair, text| pair.value_if_named(text, name).is_some());
        }
    }
}

/// Replaces one cookie's value.
pub fn replace_request_cookie(headers: &mut Headers, at: &CookieAt, value: &[u8]) -> Result<(), EditError> {
    headers.splice_value(at.field, at.value.clone(), value)
}

/// Leaves of the value of each cookie called `name` what stands behind its first [`PREFIX_DELIMITER`] (`cookie … prefix`), in one pass a
/// field however many there are.
pub fn strip_request_cookie_prefixes(headers: &mut Headers, name: &[u8]) {
    for field in 0..headers.len() {
        if headers.get(field).is_none_or(|header| header.known != KnownHeader::Cookie) {
            continue;
        }
        headers.rewrite_value(field, |text| {
            let (mut kept, mut from) = (0, 0);
            let mut next = Some(0);
            while let Some(start) = next {
                let pair = Pair::read(text, start);
                next = (pair.end < text.len()).then_some(pair.end + 1);
                let Some(value) = pair.value_if_named(text, name) else { continue };
                let prefix = text.get(value.clone()).and_then(|value| memchr::memchr(PREFIX_DELIMITER, value));
                if let Some(prefix_len) = prefix {
                    text.copy_within(from..value.start, kept);
                    kept += value.start - from;
                    from = value.start + prefix_len + 1;
                }
            }
            text.copy_within(from.., kept);
            kept + text.len() - from
        });
    }
}

/// Removes the blanks around `=` in all cookies of a request, as HAProxy does in a backend that has a persistence cookie.
pub fn tidy_request_cookies(headers: &mut Headers) {
    tidy(headers, KnownHeader::Cookie, usize::MAX);
}

/// A value's server name and the rest, apart by the first [`PREFIX_DELIMITER`].
pub fn split_prefix(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(PREFIX_DELIMITER, value)?;
    Some((value.get(..at)?, value.get(at + 1..)?))
}

/// All Set-Cookie fields whose cookie is called `name`. Only the cookie at a field's start counts.
pub fn set_cookies<'a>(headers: &'a Headers, name: &'a [u8]) -> impl Iterator<Item = SetCookieAt> + 'a {
    headers.all(KnownHeader::SetCookie).filter_map(move |(field, text)| {
        let pair = Pair::read(text, 0);
        let value = pair.value_if_named(text, name)?;
        Some(SetCookieAt { field, name: pair.name, value })
    })
}

/// Removes every Set-Cookie field whose cookie is called `name` and says how many there were.
pub fn remove_set_cookies(headers: &mut Headers, name: &[u8]) -> usize {
    if !headers.contains(KnownHeader::SetCookie) {
        return 0;
    }
    headers.retain(|header| {
        header.known != KnownHeader::SetCookie
            || Pair::read(header.value, 0).value_if_named(header.value, name).is_none()
    })
}

/// Replaces the value of one Set-Cookie and keeps its attributes (`cookie … rewrite`).
pub fn replace_set_cookie(headers: &mut Headers, at: &SetCookieAt, value: &[u8]) -> Result<(), EditError> {
    headers.splice_value(at.field, at.value.clone(), value)
}

/// Puts `prefix` before the value of one Set-Cookie (`cookie … prefix`: the server's name and its delimiter).
pub fn prefix_set_cookie(headers: &mut Headers, at: &SetCookieAt, prefix: &[u8]) -> Result<(), EditError> {
    headers.splice_value(at.field, at.value.start..at.value.start, prefix)
}

/// Removes the blanks around the first `=` in all Set-Cookie fields, as HAProxy does in a backend that has a persistence cookie.
pub fn tidy_set_cookies(headers: &mut Headers) {
    tidy(headers, KnownHeader::SetCookie, 1);
}

impl Pair {
    /// Reads the element that starts at `start`.
    fn read(text: &[u8], start: usize) -> Pair {
        let skip_blanks = |from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            from + rest.iter().position(|&byte| !is_blank(byte)).unwrap_or(rest.len())
        };
        let name_start = skip_blanks(start);
        let rest = text.get(name_start..).unwrap_or_default();
        let name_len = rest.iter().position(|&byte| matches!(byte, b'=' | b';' | b',' | b' ' | b'\t'));
        let name_end = name_start + name_len.unwrap_or(rest.len());
        let equals = skip_blanks(name_end);
        if text.get(equals) != Some(&b'=') {
            return Pair { name: name_start..name_end, value: None, end: element_end(text, name_end) };
        }
        let value_start = skip_blanks(equals + 1);
        let end = element_end(text, value_start);
        let value = value_start..value_start + trim_end(text.get(value_start..end).unwrap_or_default()).len();
        Pair { name: name_start..name_end, value: Some(value), end }
    }

    fn value_if_named(&self, text: &[u8], name: &[u8]) -> Option<Range<usize>> {
        self.value.clone().filter(|_| text.get(self.name.clone()) == Some(name))
    }

    /// Whether there is nothing between its delimiters.
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.value.is_none()
    }

    /// Whether it is one of RFC 2109's `$Version`, `$Path`, `$Domain`, `$Port`.
    fn is_attribute(&self, text: &[u8]) -> bool {
        text.get(self.name.start) == Some(&b'$')
    }

    fn is_cookie(&self, text: &[u8]) -> bool {
        !self.is_empty() && !self.is_attribute(text)
    }
}

/// Position of the next `;` or `,` outside quotes, or the text's end.
fn element_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr3(b';', b',', b'"', rest) else { return text.len() };
        at += found;
        if text.get(at) != Some(&b'"') {
            return at;
        }
        at = quoted_end(text, at + 1);
    }
}

/// Position behind the closing quote, or the text's end; a backslash protects the next byte.
fn quoted_end(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    text.len()
}

/// Removes the cookies for which `unwanted` holds from one field, in one pass and in place.
fn cut(headers: &mut Headers, field: usize, unwanted: impl Fn(&Pair, &[u8]) -> bool) {
    let (mut cookie_left, mut cut_any) = (false, false);
    headers.rewrite_value(field, |text| {
        let mut kept = 0;
        // The delimiter before the first of the elements that were cut out last; a blank where they stood at the front.
        let mut gap = None;
        let mut next = Some(0);
        while let Some(start) = next {
            let pair = Pair::read(text, start);
            next = (pair.end < text.len()).then_some(pair.end + 1);
            let goes_along = gap.is_some() && (pair.is_empty() || pair.is_attribute(text));
            if goes_along || unwanted(&pair, text) {
                cut_any = true;
                gap = gap.or_else(|| Some(start.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ')));
                continue;
            }
            cookie_left |= pair.is_cookie(text);
            let from = match gap.take() {
                // As it stands, with the delimiter before it.
                None => start.saturating_sub(1),
                Some(delimiter) => {
                    kept = trim_end(text.get(..kept).unwrap_or_default()).len();
                    let front_is_empty =
                        text.get(..kept).is_some_and(|front| front.iter().all(|byte| b";, \t".contains(byte)));
                    if front_is_empty {
                        kept = 0;
                    } else {
                        text[kept..kept + 2].copy_from_slice(&[delimiter, b' ']);
                        kept += 2;
                    }
                    pair.name.start
                }
            };
            text.copy_within(from..pair.end, kept);
            kept += pair.end - from;
        }
        kept
    });
    if cut_any && !cookie_left {
        headers.remove(field);
    }
}

/// Whether blanks stand beside any `=`: they hardly ever do.
fn has_loose_equals(text: &[u8]) -> bool {
    let is_blank_at = |at: usize| text.get(at).is_some_and(|byte| is_blank(*byte));
    memchr::memchr_iter(b'=', text).any(|at| is_blank_at(at + 1) || at.checked_sub(1).is_some_and(is_blank_at))
}

/// Removes the blanks around `=` in the first `max_pairs` elements of each field of that kind, in one pass and in place.
fn tidy(headers: &mut Headers, known: KnownHeader, max_pairs: usize) {
    if !headers.contains(known) {
        return;
    }
    for field in 0..headers.len() {
        if headers.get(field).is_none_or(|header| header.known != known || !has_loose_equals(header.value)) {
            continue;
        }
        headers.rewrite_value(field, |text| {
            let (mut kept, mut from) = (0, 0);
            for _ in 0..max_pairs {
                let pair = Pair::read(text, from);
                if let Some(value) = pair.value.filter(|value| value.start > pair.name.end + 1) {
                    text.copy_within(from..pair.name.end, kept);
                    kept += pair.name.end - from;
                    text[kept] = b'=';
                    kept += 1;
                    from = value.start;
                }
                let end = (pair.end + 1).min(text.len());
                text.copy_within(from..end, kept);
                kept += end - from;
                from = end;
                if from == text.len() {
                    break;
                }
            }
            text.copy_within(from.., kept);
            kept + text.len() - from
        });
    }
}

#[cfg(test)]
mod tests;
