//! The text of a line while it is written. Knows how values look in a line, not where they come from.

use super::stamp::Stamps;

/// How the values of items look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `Q`: texts stand in quotes.
    pub quote: bool,
    /// `X`: numbers and addresses are written in hexadecimal.
    pub hexadecimal: bool,
    /// `E`: what would end a quoted text is escaped by a backslash.
    pub escape: bool,
}

/// The end of a line under construction, and how the present item is to look.
#[derive(Debug)]
pub struct Line<'a> {
    pub(super) out: &'a mut Vec<u8>,
    stamps: &'a mut Stamps,
    pub(super) flags: Flags,
    style: Style,
}

/// What a format is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A log line: what is not printable is encoded, what is absent is a dash.
    Log,
    /// A header's value, a path and the like: bytes stand for themselves, what is absent leaves nothing.
    Plain,
}

impl<'a> Line<'a> {
    /// The line behind what `out` holds, with no flags.
    pub fn new(out: &'a mut Vec<u8>, stamps: &'a mut Stamps, style: Style) -> Line<'a> {
        Line { out, stamps, flags: Flags::default(), style }
    }

    /// Whether every blank of the format is written, as the bodies and headers of answers need it.
    pub const fn keeps_blanks(&self) -> bool {
        matches!(self.style, Style::Plain)
    }

    /// A whole number.
    pub fn number(&mut self, n: impl Into<i64>) {
        let n = n.into();
        if n < 0 {
            self.out.push(b'-');
        }
        push_number(self.out, n.unsigned_abs());
    }

    /// A large count.
    pub fn count(&mut self, n: u64) {
        push_number(self.out, n);
    }

    /// A byte as it is.
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// Bytes as they are, never quoted.
    pub fn raw(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    /// A text that is known to be printable: names of the configuration.
    pub fn text(&mut self, text: &[u8]) {
        self.quoted(|out| out.extend_from_slice(text));
    }

    /// A text that came from outside, its unprintable bytes encoded (configuration manual 8.6).
    pub fn encoded(&mut self, parts: &[&[u8]]) {
        let style = self.style;
        self.quoted(|out| {
            parts.iter().for_each(|part| match style {
                Style::Log => push_encoded(out, part),
                Style::Plain => out.extend_from_slice(part),
            });
        });
    }

    /// A text that there may not be: `-`, or empty quotes.
    pub fn absent(&mut self) {
        self.out.extend_from_slice(match (self.flags.quote, self.style) {
            (true, _) => b"\"\"",
            (false, Style::Log) => b"-",
            (false, Style::Plain) => b"",
        });
    }

    /// A date, rendered into the buffer by the stamps.
    pub fn date(&mut self, render: impl FnOnce(&mut Stamps, &mut Vec<u8>)) {
        render(self.stamps, self.out);
    }

    fn quoted(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.flags.quote {
            self.out.push(b'"');
            write(self.out);
            self.out.push(b'"');
        } else {
            write(self.out);
        }
    }
}

/// Appends a number in decimal.
pub fn push_number(out: &mut Vec<u8>, mut n: u64) {
    const MOST_DIGITS: usize = 20;
    let mut digits = [0; MOST_DIGITS];
    let mut start = MOST_DIGITS;
    loop {
        start -= 1;
        digits[start] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a number in decimal, at least `width` digits, with zeros in front.
pub fn push_padded(out: &mut Vec<u8>, n: u32, width: usize) {
    let start = out.len();
    push_number(out, u64::from(n));
    for _ in out.len() - start..width {
        out.insert(start, b'0');
    }
}

/// Appends text with every byte that is no printable ASCII, the quote, and `#` itself as `#` and two hexadecimal digits.
pub fn push_encoded(out: &mut Vec<u8>, text: &[u8]) {
    let must_encode = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'#');
    push_escaped(out, text, must_encode);
}

/// Appends text with control characters alone encoded: for messages of our own that quote what others said.
pub fn push_without_controls(out: &mut Vec<u8>, text: &[u8]) {
    push_escaped(out, text, u8::is_ascii_control);
}

fn push_escaped(out: &mut Vec<u8>, mut text: &[u8], must_encode: impl Fn(&u8) -> bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    while let Some(at) = text.iter().position(&must_encode) {
        let byte = text[at];
        out.extend_from_slice(&text[..at]);
        out.extend_from_slice(&[b'#', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |n: u64, expected: &str| {
            let mut out = Vec::new();
            push_number(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(0, "0");
        check(1090, "1090");
        check(u64::MAX, "18446744073709551615");
        let mut out = b"x".to_vec();
        push_padded(&mut out, 7, 3);
        push_padded(&mut out, 1234, 3);
        assert_eq!(out, b"x0071234");
    }

    #[test]
    fn encodes_as_haproxy_does() {
        let check = |text: &[u8], expected: &str| {
            let mut out = Vec::new();
            push_encoded(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(b"GET /a\"b", "GET /a#22b");
        check(b"/a#b", "/a#23b");
        check(b"/a\xc3\xa9b\x7f\x01", "/a#C3#A9b#7F#01");
        check(b"/a\\b{c}|~", "/a\\b{c}|~");
    }
}
