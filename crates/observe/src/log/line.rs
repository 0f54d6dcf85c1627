//! The text of a line while it is written, and a format as a compiled list of pieces (configuration manual 8.2.6).
//! Knows how values look in a line, not where they come from.

use super::alias::{self, Alias, Facts};
use super::stamp::Stamps;

/// A log format, compiled: what is written one after the other. The default one is empty.
#[derive(Debug, Default)]
pub struct Format {
    pieces: Box<[Piece]>,
}

#[derive(Debug)]
enum Piece {
    Text(Box<[u8]>),
    /// Blanks between items: several in a row, with nothing between them, become one.
    Blank,
    Alias(&'static Alias, Flags),
}

/// How the values of items look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `Q`: texts stand in quotes.
    pub quote: bool,
}

/// Why a format cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// No item has this name.
    UnknownAlias(String),
    /// The argument in braces is no flag that is supported.
    UnknownFlag(String),
    /// A `%` that nothing follows, or braces that are not closed.
    Incomplete,
}

impl Format {
    /// Compiles a format string: text, `%%`, and items `%alias` or `%{+Q,-Q}alias`, where the flags of `%o` hold for all that follow.
    ///
    /// # Errors
    /// What is wrong with the first item that is not understood.
    pub fn compile(text: &str) -> Result<Format, FormatError> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut standing = Flags::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let tail = &rest[c.len_utf8()..];
            match c {
                ' ' | '\t' => {
                    end_literal(&mut literal, &mut pieces);
                    pieces.push(Piece::Blank);
                    rest = tail;
                }
                '%' if tail.starts_with('%') => {
                    literal.push(b'%');
                    rest = &tail[1..];
                }
                '%' => {
                    end_literal(&mut literal, &mut pieces);
                    let (flags, tail) = split_flags(tail, standing)?;
                    let end = tail.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tail.len());
                    let (name, tail) = tail.split_at(end);
                    match name {
                        "" => return Err(FormatError::Incomplete),
                        "o" => standing = flags,
                        _ => {
                            let alias = alias::named(name).ok_or_else(|| FormatError::UnknownAlias(name.to_owned()))?;
                            pieces.push(Piece::Alias(alias, flags));
                        }
                    }
                    rest = tail;
                }
                _ => {
                    literal.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
                    rest = tail;
                }
            }
        }
        end_literal(&mut literal, &mut pieces);
        Ok(Format { pieces: pieces.into() })
    }

    /// Writes the line of `facts` behind what `out` holds.
    pub fn write(&self, facts: &Facts<'_>, out: &mut Vec<u8>, stamps: &mut Stamps) {
        let mut line = Line::new(out, stamps);
        let mut after_blank = true;
        for piece in &self.pieces {
            let before = line.out.len();
            match piece {
                Piece::Text(text) => line.out.extend_from_slice(text),
                Piece::Blank if after_blank => continue,
                Piece::Blank => {
                    line.out.push(b' ');
                    after_blank = true;
                    continue;
                }
                Piece::Alias(alias, flags) => {
                    line.flags = *flags;
                    (alias.write)(facts, &mut line);
                }
            }
            after_blank &= line.out.len() == before;
        }
    }
}

fn end_literal(literal: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Text(std::mem::take(literal).into()));
    }
}

/// The flags in braces at the start of `text`, on top of those that stand, and the rest.
fn split_flags(text: &str, standing: Flags) -> Result<(Flags, &str), FormatError> {
    let Some(inside) = text.strip_prefix('{') else { return Ok((standing, text)) };
    let (arguments, rest) = inside.split_once('}').ok_or(FormatError::Incomplete)?;
    let mut flags = standing;
    for argument in arguments.split(',') {
        match argument {
            "+Q" | "Q" => flags.quote = true,
            "-Q" => flags.quote = false,
            _ => return Err(FormatError::UnknownFlag(argument.to_owned())),
        }
    }
    Ok((flags, rest))
}

/// The end of a line under construction, and how the present item is to look.
#[derive(Debug)]
pub struct Line<'a> {
    out: &'a mut Vec<u8>,
    stamps: &'a mut Stamps,
    flags: Flags,
}

impl<'a> Line<'a> {
    /// The line behind what `out` holds, with no flags.
    pub fn new(out: &'a mut Vec<u8>, stamps: &'a mut Stamps) -> Line<'a> {
        Line { out, stamps, flags: Flags::default() }
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
        self.quoted(|out| parts.iter().for_each(|part| push_encoded(out, part)));
    }

    /// A text that there may not be: `-`, or empty quotes.
    pub fn absent(&mut self) {
        self.out.extend_from_slice(if self.flags.quote { b"\"\"" } else { b"-" });
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
pub(super) fn push_number(out: &mut Vec<u8>, mut n: u64) {
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
pub(super) fn push_padded(out: &mut Vec<u8>, n: u32, width: usize) {
    let start = out.len();
    push_number(out, u64::from(n));
    for _ in out.len() - start..width {
        out.insert(start, b'0');
    }
}

/// Appends text with every byte that is no printable ASCII, the quote, and `#` itself as `#` and two hexadecimal digits.
pub(super) fn push_encoded(out: &mut Vec<u8>, text: &[u8]) {
    let must_encode = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'#');
    push_escaped(out, text, must_encode);
}

/// Appends text with control characters alone encoded: for messages of our own that quote what others said.
pub(super) fn push_without_controls(out: &mut Vec<u8>, text: &[u8]) {
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

    #[test]
    fn refuses_what_it_does_not_know() {
        let check = |text: &str, expected: FormatError| assert_eq!(Format::compile(text).unwrap_err(), expected);
        check("%nosuch", FormatError::UnknownAlias("nosuch".into()));
        check("a %", FormatError::Incomplete);
        check("%{+Q", FormatError::Incomplete);
        check("%{+json}r", FormatError::UnknownFlag("+json".into()));
    }
}
