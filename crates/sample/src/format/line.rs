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
    /// Part of a message's head: a header's value, a target. Control characters are percent-encoded, what an expression gives is never
    /// quoted, what is absent leaves nothing.
    Head,
    /// Any other text: bytes stand for themselves, what is absent leaves nothing.
    Plain,
}

impl<'a> Line<'a> {
    /// The line behind what `out` holds, with no flags.
    pub fn new(out: &'a mut Vec<u8>, stamps: &'a mut Stamps, style: Style) -> Line<'a> {
        Line { out, stamps, flags: Flags::default(), style }
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
                Style::Head => push_head_text(out, part),
                Style::Plain => out.extend_from_slice(part),
            });
        });
    }

    /// A text that there may not be: `-`, or empty quotes.
    pub fn absent(&mut self) {
        self.out.extend_from_slice(match (self.flags.quote, self.style) {
            (true, _) => b"\"\"",
            (false, Style::Log) => b"-",
            (false, Style::Head | Style::Plain) => b"",
        });
    }

    /// What an expression gives, if it gives anything. A text ends at its first NUL, as texts of HAProxy do.
    pub(super) fn value(&mut self, text: Option<&[u8]>) {
        self.flags.quote &= self.style != Style::Head;
        match text {
            Some(text) => self.encoded(&[until_nul(text)]),
            None => self.absent(),
        }
    }

    /// Texts captured from a message (configuration manual 8.8), none where a slot is empty: in braces, bars between them; the braces and
    /// bars within them are encoded. Nothing at all where there is no slot.
    pub fn captured<'t>(&mut self, texts: impl ExactSizeIterator<Item = Option<&'t [u8]>>) {
        if texts.len() == 0 {
            return;
        }
        self.quoted(|out| {
            for (index, text) in texts.enumerate() {
                out.push(if index == 0 { b'{' } else { b'|' });
                push_captured(out, text.unwrap_or_default());
            }
            out.push(b'}');
        });
    }

    /// The same as a list with blanks between, in which each text stands in quotes of its own.
    pub fn captured_list<'t>(&mut self, texts: impl Iterator<Item = Option<&'t [u8]>>) {
        for (index, text) in texts.enumerate() {
            if index > 0 {
                self.out.push(b' ');
            }
            match text {
                Some(text) => self.quoted(|out| push_captured(out, text)),
                None if self.flags.quote => self.out.extend_from_slice(b"\"\""),
                None => self.out.push(b'-'),
            }
        }
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

/// Appends a captured text: as [`push_encoded`], and what stands around captured texts is encoded too.
fn push_captured(out: &mut Vec<u8>, text: &[u8]) {
    let must_encode = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'#' | b'{' | b'|' | b'}');
    push_escaped(out, text, must_encode);
}

/// Appends a text so that it can stand in a head: control characters but the tab as `%` and two hexadecimal digits.
fn push_head_text(out: &mut Vec<u8>, text: &[u8]) {
    push_marked(out, text, b'%', |byte| byte.is_ascii_control() && *byte != b'\t');
}

/// A text up to its first NUL.
pub fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn push_escaped(out: &mut Vec<u8>, text: &[u8], must_encode: impl Fn(&u8) -> bool) {
    push_marked(out, text, b'#', must_encode);
}

fn push_marked(out: &mut Vec<u8>, mut text: &[u8], mark: u8, must_encode: impl Fn(&u8) -> bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    while let Some(at) = text.iter().position(&must_encode) {
        let byte = text[at];
        out.extend_from_slice(&text[..at]);
        out.extend_from_slice(&[mark, DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
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

    #[test]
    fn captured_texts() {
        let mut stamps = Stamps::local();
        let mut check = |texts: &[Option<&[u8]>], quote: bool, braced: &str, listed: &str| {
            let mut out = Vec::new();
            let mut line = Line::new(&mut out, &mut stamps, Style::Log);
            line.flags.quote = quote;
            line.captured(texts.iter().copied());
            line.byte(b'/');
            line.captured_list(texts.iter().copied());
            assert_eq!(String::from_utf8(out).unwrap(), format!("{braced}/{listed}"));
        };
        check(&[], true, "", "");
        check(&[None], false, "{}", "-");
        check(&[Some(b"se|c{o}nd, \"x"), None, Some(b"")], false, "{se#7Cc#7Bo#7Dnd, #22x||}", "se#7Cc#7Bo#7Dnd, #22x - ");
        check(&[Some(b"a"), None], true, "\"{a|}\"", "\"a\" \"\"");
    }

    #[test]
    fn texts_for_heads() {
        let mut out = Vec::new();
        push_head_text(&mut out, b"a\x01\t\r\n\x1f \"#%\x7f\x80");
        assert_eq!(out, b"a%01\t%0D%0A%1F \"#%%7F\x80");
        assert_eq!(until_nul(b"a\0b"), b"a");
        assert_eq!(until_nul(b"\0b"), b"");
    }
}
