//! The text of a line while it is written. Knows how values look in a line, not where they come from.

use std::io::Write as _;
use std::net::IpAddr;

use super::encode::{
    Cbor, escape_from, is_special_in_json, is_special_in_structured_data, is_unprintable, is_unprintable_in_captures,
    push_captured, push_encoded, push_head_text, push_hexadecimal, push_hexadecimal_bytes, push_number, push_signed,
    until_nul,
};
use super::origin::Origin;
use super::stamp::Stamps;
use crate::input::Scratch;
use crate::value::{Type, Value};

/// How the values of items look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `Q`: texts stand in quotes.
    pub quote: bool,
    /// `X`: numbers and addresses are written in hexadecimal.
    pub hexadecimal: bool,
    /// `E`: what would end a quoted text is escaped by a backslash.
    pub escape: bool,
    /// `bin`: bytes stand for themselves. Counts where it holds for a whole format.
    pub binary: bool,
    /// `json`, `cbor`
    pub encoding: Encoding,
}

/// The notation of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Text for people.
    #[default]
    Text,
    /// JSON (RFC 8259).
    Json,
    /// CBOR (RFC 8949).
    Cbor,
}

/// The type that an item was given: `%(name:type)…`. It counts where there is an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `str`
    Text,
    /// `sint`
    Integer,
    /// `bool`
    Truth,
    /// `raw`: the bytes as they are, in no notation.
    Raw,
}

/// What a format is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A log line: blanks in a row become one, what is absent is a dash.
    Log,
    /// Part of a message's head: a header's value, a target. Of what an expression gives, control characters are percent-encoded and
    /// nothing is quoted; what is absent leaves nothing; nothing is in JSON or CBOR.
    Head,
    /// Any other text: what is absent leaves nothing.
    Plain,
}

/// The end of a line under construction, and how the present item is to look.
#[derive(Debug)]
pub struct Line<'a> {
    pub(super) out: &'a mut Vec<u8>,
    stamps: &'a mut Stamps,
    pub(super) flags: Flags,
    pub(super) output: Option<Output>,
    /// Whether `bin` holds for the whole format.
    pub(super) binary: bool,
    style: Style,
    pub(super) origin: Origin,
}

impl<'a> Line<'a> {
    /// The line behind what `out` holds, with no flags.
    pub fn new(out: &'a mut Vec<u8>, stamps: &'a mut Stamps, style: Style) -> Line<'a> {
        let (flags, origin) = (Flags::default(), Origin::default());
        Line { out, stamps, flags, output: None, binary: false, style, origin }
    }

    /// A whole number.
    pub fn number(&mut self, n: impl Into<i64>) {
        let n = n.into();
        match (self.flags.encoding, self.output) {
            (Encoding::Text, _) | (Encoding::Json, None | Some(Output::Integer | Output::Raw)) => {
                push_signed(self.out, n);
            }
            (Encoding::Json, Some(Output::Text)) => {
                self.out.push(b'"');
                push_signed(self.out, n);
                self.out.push(b'"');
            }
            (_, Some(Output::Truth)) => self.truth(n != 0),
            (Encoding::Cbor, _) => self.cbor().integer(n),
        }
    }

    /// A large count.
    pub fn count(&mut self, n: u64) {
        self.number(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// A number that the flag `X` shows in hexadecimal, with at least `width` digits.
    pub fn number_or_hexadecimal(&mut self, n: u64, width: usize) {
        if self.flags.hexadecimal {
            self.string(false, |_, out| push_hexadecimal(out, n, width));
        } else {
            self.count(n);
        }
    }

    /// A number with at least three digits.
    pub fn millis(&mut self, n: u32) {
        if self.flags.hexadecimal || self.flags.encoding != Encoding::Text {
            return self.number_or_hexadecimal(n.into(), 2);
        }
        super::encode::push_padded(self.out, n, 3);
    }

    /// An address.
    pub fn address(&mut self, address: IpAddr) {
        let hexadecimal = self.flags.hexadecimal;
        self.string(!hexadecimal, |_, out| match address {
            IpAddr::V4(v4) if hexadecimal => push_hexadecimal_bytes(out, &v4.octets()),
            IpAddr::V6(v6) if hexadecimal => push_hexadecimal_bytes(out, &v6.octets()),
            IpAddr::V4(v4) => {
                for (index, octet) in v4.octets().into_iter().enumerate() {
                    if index > 0 {
                        out.push(b'.');
                    }
                    push_number(out, octet.into());
                }
            }
            IpAddr::V6(v6) => {
                // Memory takes everything that is written to it.
                let _ = write!(out, "{v6}");
            }
        });
    }

    /// A mark before a number, where it is written for people.
    pub fn mark(&mut self, mark: u8) {
        if self.flags.encoding == Encoding::Text {
            self.out.push(mark);
        }
    }

    /// A byte as it is.
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// A text that is never quoted for people.
    pub fn raw(&mut self, text: &[u8]) {
        self.string(false, |_, out| out.extend_from_slice(text));
    }

    /// A text that is known to be printable: names of the configuration.
    pub fn text(&mut self, text: &[u8]) {
        self.string(true, |_, out| out.extend_from_slice(text));
    }

    /// A text that is put together from parts, which CBOR keeps apart.
    pub fn joined(&mut self, parts: &[&[u8]]) {
        if self.flags.encoding != Encoding::Cbor {
            return self.string(true, |_, out| parts.iter().for_each(|part| out.extend_from_slice(part)));
        }
        let mut cbor = self.cbor();
        cbor.byte(Cbor::BEGIN_TEXT);
        parts.iter().for_each(|part| cbor.chunk(part));
        cbor.byte(Cbor::BREAK);
    }

    /// A text that came from outside, in parts, its unprintable bytes encoded (configuration manual 8.6).
    pub fn encoded(&mut self, parts: &[&[u8]]) {
        if self.flags.encoding != Encoding::Cbor {
            return self.string(true, |_, out| parts.iter().for_each(|part| push_encoded(out, part)));
        }
        let text = parts.concat();
        let mut cbor = self.cbor();
        cbor.byte(Cbor::BEGIN_TEXT);
        cbor.encoded_chunks(&text, is_unprintable);
        cbor.byte(Cbor::BREAK);
    }

    /// A text that there may not be: `-`, or empty quotes.
    pub fn absent(&mut self) {
        match (self.flags.encoding, self.flags.quote, self.style) {
            (Encoding::Json, ..) | (_, true, _) => self.out.extend_from_slice(b"\"\""),
            (Encoding::Cbor, ..) => self.cbor().byte(Cbor::NULL),
            (Encoding::Text, _, Style::Log) => self.out.push(b'-'),
            (Encoding::Text, _, Style::Head | Style::Plain) => {}
        }
    }

    /// What an expression gives, if it gives anything. A text ends at its first NUL, as texts of HAProxy do.
    pub(super) fn value(&mut self, value: Option<Value<'_>>, scratch: &Scratch) {
        let output = self.output.take();
        let Some(value) = value else { return self.absent() };
        if let (Value::Bin(bytes), true, Encoding::Text | Encoding::Json) = (value, self.binary, self.flags.encoding) {
            match self.style {
                Style::Head => push_head_text(self.out, bytes),
                Style::Log | Style::Plain => self.out.extend_from_slice(bytes),
            }
            return;
        }
        match self.flags.encoding {
            Encoding::Text => self.value_for_people(value, scratch),
            Encoding::Json | Encoding::Cbor => self.value_in_notation(value, output, scratch),
        }
    }

    fn value_for_people(&mut self, value: Value<'_>, scratch: &Scratch) {
        let whole = self.style == Style::Head && value.kind() != Type::Bin;
        let Some(Value::Str(text)) = value.cast(Type::Str, scratch) else { return self.absent() };
        let text = if whole { text } else { until_nul(text) };
        match self.style {
            _ if text.is_empty() => self.absent(),
            Style::Head => {
                let start = self.out.len();
                push_head_text(self.out, text);
                if self.flags.escape {
                    escape_from(self.out, start, is_special_in_structured_data);
                }
            }
            Style::Log | Style::Plain => self.text(text),
        }
    }

    fn value_in_notation(&mut self, value: Value<'_>, output: Option<Output>, scratch: &Scratch) {
        let wanted = match output {
            None => Type::Any,
            Some(Output::Text) => Type::Str,
            Some(Output::Integer) => Type::Int,
            Some(Output::Truth) => Type::Bool,
            Some(Output::Raw) => Type::Bin,
        };
        let cast = match (value, wanted) {
            (Value::Str(b""), _) | (Value::Addr(_), Type::Bool) => None,
            (Value::Addr(IpAddr::V4(address)), Type::Int) => Some(Value::Int(u32::from(address).into())),
            _ => value.cast(wanted, scratch),
        };
        match (cast, output) {
            (None, _) => self.absent(),
            (Some(Value::Bin(bytes)), Some(Output::Raw)) => self.out.extend_from_slice(bytes),
            (Some(Value::Bool(truth)), _) => self.truth(truth),
            (Some(Value::Int(n)), _) => self.number(n),
            (Some(Value::Bin(bytes)), _) if self.flags.encoding == Encoding::Cbor => self.cbor().byte_string(bytes),
            (Some(other), _) => match other.cast(Type::Str, scratch) {
                Some(Value::Str(text)) if !until_nul(text).is_empty() => self.text(until_nul(text)),
                _ => self.absent(),
            },
        }
    }

    /// Texts captured from a message (configuration manual 8.8), none where a slot is empty: in braces, bars between them; the braces and
    /// bars within them are encoded. Nothing at all where there is no slot.
    pub fn captured<'t>(&mut self, texts: impl ExactSizeIterator<Item = Option<&'t [u8]>>) {
        if texts.len() == 0 {
            return self.nothing();
        }
        if self.flags.encoding != Encoding::Cbor {
            return self.string(true, |_, out| {
                for (index, text) in texts.enumerate() {
                    out.push(if index == 0 { b'{' } else { b'|' });
                    push_captured(out, text.unwrap_or_default());
                }
                out.push(b'}');
            });
        }
        let mut cbor = self.cbor();
        cbor.byte(Cbor::BEGIN_TEXT);
        for (index, text) in texts.enumerate() {
            cbor.chunk(if index == 0 { b"{" } else { b"|" });
            cbor.encoded_chunks(text.unwrap_or_default(), is_unprintable_in_captures);
        }
        cbor.chunk(b"}");
        cbor.byte(Cbor::BREAK);
    }

    /// The same as a list, in which each text stands in quotes of its own.
    pub fn captured_list<'t>(&mut self, texts: impl ExactSizeIterator<Item = Option<&'t [u8]>>) {
        if texts.len() == 0 {
            return self.nothing();
        }
        let missing: &[u8] = if self.flags.quote { b"" } else { b"-" };
        let texts = texts.map(|text| text.unwrap_or(missing));
        let (begin, between, end): (&[u8], &[u8], &[u8]) = match self.flags.encoding {
            Encoding::Text => (b"", b" ", b""),
            Encoding::Json => (b"[", b", ", b"]"),
            Encoding::Cbor => return self.captured_list_in_cbor(texts),
        };
        self.out.extend_from_slice(begin);
        for (index, text) in texts.enumerate() {
            if index > 0 {
                self.out.extend_from_slice(between);
            }
            self.string(true, |_, out| push_captured(out, text));
        }
        self.out.extend_from_slice(end);
    }

    fn captured_list_in_cbor<'t>(&mut self, texts: impl Iterator<Item = &'t [u8]>) {
        let mut cbor = self.cbor();
        cbor.byte(Cbor::BEGIN_LIST);
        for text in texts {
            cbor.byte(Cbor::BEGIN_TEXT);
            cbor.encoded_chunks(text, is_unprintable_in_captures);
            cbor.byte(Cbor::BREAK);
        }
        cbor.byte(Cbor::BREAK);
    }

    /// A date, rendered into the buffer by the stamps.
    pub fn date(&mut self, render: impl FnOnce(&mut Stamps, &mut Vec<u8>)) {
        self.string(false, render);
    }

    /// What is not there at all: no text for people.
    fn nothing(&mut self) {
        match self.flags.encoding {
            Encoding::Text => {}
            Encoding::Json => self.out.extend_from_slice(b"null"),
            Encoding::Cbor => self.cbor().byte(Cbor::NULL),
        }
    }

    fn truth(&mut self, truth: bool) {
        match self.flags.encoding {
            Encoding::Cbor => self.cbor().truth(truth),
            _ => self.out.extend_from_slice(if truth { b"true" } else { b"false" }),
        }
    }

    /// A text as `write` makes it. `quotable`: the flags `Q` and `E` apply.
    fn string(&mut self, quotable: bool, write: impl FnOnce(&mut Stamps, &mut Vec<u8>)) {
        let quote = match self.flags.encoding {
            Encoding::Json => true,
            Encoding::Text | Encoding::Cbor => self.flags.quote && quotable,
        };
        if quote {
            self.out.push(b'"');
        }
        let start = self.out.len();
        write(self.stamps, self.out);
        match self.flags.encoding {
            Encoding::Text if self.flags.escape && quotable => {
                escape_from(self.out, start, is_special_in_structured_data);
            }
            Encoding::Text => {}
            Encoding::Json => escape_from(self.out, start, is_special_in_json),
            Encoding::Cbor => {
                let text = self.out.split_off(start);
                self.cbor().text(&text);
            }
        }
        if quote {
            self.out.push(b'"');
        }
    }

    pub(super) fn cbor(&mut self) -> Cbor<'_> {
        Cbor { out: self.out, binary: self.binary }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What HAProxy 3.5 writes for captured headers in its notations.
    #[test]
    fn captured_texts() {
        let mut stamps = Stamps::local();
        let mut check = |texts: &[Option<&[u8]>], flags: Flags, braced: &str, listed: &str| {
            let mut out = Vec::new();
            let mut line = Line::new(&mut out, &mut stamps, Style::Log);
            line.flags = flags;
            line.captured(texts.iter().copied());
            line.byte(b'/');
            line.captured_list(texts.iter().copied());
            assert_eq!(String::from_utf8(out).unwrap(), format!("{braced}/{listed}"));
        };
        let people = Flags::default();
        let quoted = Flags { quote: true, ..people };
        let json = Flags { encoding: Encoding::Json, ..people };
        let cbor = Flags { encoding: Encoding::Cbor, ..people };
        check(&[], quoted, "", "");
        check(&[], json, "null", "null");
        check(&[], cbor, "F6", "F6");
        check(&[None], people, "{}", "-");
        check(&[None], json, "\"{}\"", "[\"-\"]");
        check(&[None], cbor, "7F617B617DFF", "9F7F612DFFFF");
        let odd: &[Option<&[u8]>] = &[Some(b"se|c{o}nd, \"x"), None, Some(b"")];
        check(odd, people, "{se#7Cc#7Bo#7Dnd, #22x||}", "se#7Cc#7Bo#7Dnd, #22x - ");
        check(&[Some(b"a"), None], quoted, "\"{a|}\"", "\"a\" \"\"");
        check(&[Some(b"a\\t"), None], json, "\"{a\\\\t|}\"", "[\"a\\\\t\", \"-\"]");
        check(&[Some(b"q\""), None], cbor, "7F617B617163233232617C617DFF", "9F7F617163233232FF7F612DFFFF");
    }
}
