//! Editing all cookies of one name in the Cookie fields of a request, in one pass a field however many there are.

use burdock_http::{EditError, Headers, cookie, cookie::CookieAt};
use smallvec::SmallVec;

/// What is done to each cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// It is taken out, with the attributes that belong to it (RFC 2965 `$Path` and its like).
    Remove,
    /// Its value loses everything up to and including the first such byte.
    StripThrough(u8),
}

/// A field value under construction; longer ones spill to the heap.
type Text = SmallVec<[u8; 512]>;

/// Edits every cookie called `name`. A Cookie field that has nothing left goes.
///
/// # Errors
/// None in practice: fields only shrink.
pub(crate) fn edit(headers: &mut Headers, name: &[u8], edit: Edit) -> Result<(), EditError> {
    let found: SmallVec<[CookieAt; 2]> = cookie::request_cookies(headers, name).collect();
    // Backwards, so that a field that goes moves none that is still to come.
    for crumbs in found.chunk_by(|a, b| a.field == b.field).rev() {
        let Some(field) = crumbs.first().map(|crumb| crumb.field) else { continue };
        let value = headers.value(field);
        let text = match edit {
            Edit::Remove => without(value, crumbs),
            Edit::StripThrough(delimiter) => stripped(value, crumbs, delimiter),
        };
        if text.is_empty() {
            headers.remove(field);
        } else if text.as_slice() != value {
            headers.replace_value(field, &text)?;
        }
    }
    Ok(())
}

fn without(value: &[u8], crumbs: &[CookieAt]) -> Text {
    let mut text = Text::new();
    let mut kept_from = 0;
    for crumb in crumbs {
        keep(&mut text, value.get(kept_from..crumb.name.start).unwrap_or_default());
        kept_from = end_with_attributes(value, crumb.value.end);
    }
    keep(&mut text, value.get(kept_from..).unwrap_or_default());
    while text.last().is_some_and(|&byte| is_blank(byte) || is_separator(byte)) {
        text.pop();
    }
    text
}

/// Adds a stretch of other cookies; what came before it ends with a separator.
fn keep(text: &mut Text, stretch: &[u8]) {
    let stretch = stretch.trim_ascii();
    if !stretch.is_empty() {
        if !text.is_empty() {
            text.push(b' ');
        }
        text.extend_from_slice(stretch);
    }
}

/// Where the cookie after the one whose value ends at `end` begins: its separator, blanks and `$` attributes are passed over.
fn end_with_attributes(value: &[u8], end: usize) -> usize {
    let mut at = next_crumb(value, end);
    while value.get(at) == Some(&b'$') {
        at = next_crumb(value, at);
    }
    at
}

/// The first byte behind the next separator outside quotes, and the blanks that follow it.
fn next_crumb(value: &[u8], from: usize) -> usize {
    let rest = value.get(from..).unwrap_or_default();
    let mut quoted = false;
    let separator = rest.iter().position(|&byte| {
        quoted ^= byte == b'"';
        !quoted && is_separator(byte)
    });
    let Some(separator) = separator else { return value.len() };
    let blanks = rest[separator + 1..].iter().take_while(|&&byte| is_blank(byte)).count();
    from + separator + 1 + blanks
}

fn stripped(value: &[u8], crumbs: &[CookieAt], delimiter: u8) -> Text {
    let mut text = Text::new();
    let mut kept_from = 0;
    for crumb in crumbs {
        let cookie = value.get(crumb.value.clone()).unwrap_or_default();
        let Some(at) = cookie.iter().position(|&byte| byte == delimiter) else { continue };
        text.extend_from_slice(value.get(kept_from..crumb.value.start).unwrap_or_default());
        kept_from = crumb.value.start + at + 1;
    }
    text.extend_from_slice(value.get(kept_from..).unwrap_or_default());
    text
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b';' | b',')
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(fields: &[&str], what: Edit) -> Vec<String> {
        let mut headers = Headers::new();
        for field in fields {
            headers.append(b"Cookie", field.as_bytes()).unwrap();
        }
        edit(&mut headers, b"S", what).unwrap();
        headers.iter().map(|header| String::from_utf8(header.value.to_vec()).unwrap()).collect()
    }

    #[test]
    fn cookies_are_taken_out() {
        fn check(fields: &[&str], expected: &[&str]) {
            assert_eq!(edited(fields, Edit::Remove), expected, "{fields:?}");
        }
        check(&["S=SA"], &[]);
        check(&["x=1; S=SB; y=2"], &["x=1; y=2"]);
        check(&["x=1;S=SB;y=2"], &["x=1; y=2"]);
        check(&["x=1;  S=SB  ;  y=2"], &["x=1; y=2"]);
        check(&["x=1, S=SB,y=2"], &["x=1, y=2"]);
        check(&["S=ZZ; S=SA;b=2"], &["b=2"]);
        check(&["a=1; S=ZZ ; S=YY;b=2"], &["a=1; b=2"]);
        check(&["S=SB; x=1; S=SA"], &["x=1"]);
        check(&["S=SA", "S=SB; c=1"], &["c=1"]);
        check(&["c=1; S=SA", "S=SB"], &["c=1"]);
        check(&["x=1; S=\"a; b\"; y=2"], &["x=1; y=2"]);
        check(&["$Version=1; S=SA; $Path=\"/;\"; y=2"], &["$Version=1; y=2"]);
        check(&["S=SA; $Path=/; $Domain=a"], &[]);
        check(&["x=1; S=SA;"], &["x=1"]);
        check(&["x=1; y=2"], &["x=1; y=2"]);
    }

    #[test]
    fn prefixes_are_stripped() {
        fn check(fields: &[&str], expected: &[&str]) {
            assert_eq!(edited(fields, Edit::StripThrough(b'~')), expected, "{fields:?}");
        }
        check(&["S=SA~own; x=1~2"], &["S=own; x=1~2"]);
        check(&["x=1; S=SA~a~b; S=c; S=~d"], &["x=1; S=a~b; S=c; S=d"]);
        check(&["S=\"SB~abc\""], &["S=abc\""]);
        check(&["S=SA", "S=ZZ~own"], &["S=SA", "S=own"]);
    }

    /// A field full of persistence cookies must not cost more than its length.
    #[test]
    fn many_cookies_go_in_one_pass() {
        let many = "S=a~b;".repeat(20_000);
        assert_eq!(edited(&[&format!("x=1; {many} y=2")], Edit::Remove), ["x=1; y=2"]);
        assert_eq!(edited(&[&many], Edit::StripThrough(b'~')), ["S=b;".repeat(20_000)]);
    }
}
