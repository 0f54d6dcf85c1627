//! Replacements that name the groups of a regular expression: `\0` to `\9` (configuration manual 7.3.1 `regsub`, 4.4
//! `http-request replace-header`).

use std::fmt;

use crate::regex::Captures;

/// A compiled replacement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<[u8]>),
    /// What a group has matched; 0 is the whole match.
    Group(usize),
}

/// `\x` without two hexadecimal digits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateFault;

impl Template {
    /// Reads a replacement. A backslash stands in front of the digit of a group, of `x` and two hexadecimal digits, or of a byte that then
    /// stands for itself.
    ///
    /// # Errors
    /// [`TemplateFault`].
    pub fn parse(mut text: &[u8]) -> Result<Self, TemplateFault> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        loop {
            let (byte, rest) = match text {
                [] => break,
                [b'\\', digit @ b'0'..=b'9', rest @ ..] => {
                    flush(&mut literal, &mut pieces);
                    pieces.push(Piece::Group(usize::from(digit - b'0')));
                    text = rest;
                    continue;
                }
                [b'\\', b'x', digits @ ..] => {
                    let (&[high, low], rest) = digits.split_first_chunk().ok_or(TemplateFault)?;
                    (hexadecimal(high, low).ok_or(TemplateFault)?, rest)
                }
                [b'\\', byte, rest @ ..] | [byte, rest @ ..] => (*byte, rest),
            };
            literal.push(byte);
            text = rest;
        }
        flush(&mut literal, &mut pieces);
        Ok(Self { pieces })
    }

    /// Hands the pieces of the result to `push`, in order. A group that matched nothing is empty.
    pub fn expand<'a>(&'a self, subject: &'a [u8], captures: &Captures, mut push: impl FnMut(&'a [u8])) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(bytes) => push(bytes),
                Piece::Group(index) => {
                    if let Some(bytes) = captures.get(*index).and_then(|range| subject.get(range)) {
                        push(bytes);
                    }
                }
            }
        }
    }
}

fn flush(literal: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal).into()));
    }
}

/// The byte that two hexadecimal digits stand for.
pub(crate) fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("two hexadecimal digits must follow '\\x'")
    }
}

impl std::error::Error for TemplateFault {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Regex};

    #[test]
    fn expansion() {
        for (pattern, template, subject, expected) in [
            ("^/x(.)(.*)$", r"got-\1-\2-\0-\3-\\-\x41-\q", "/xab", r"got-a-b-/xab--\-A-q"),
            ("^/y", r"y\1", "/y", "y"),
            ("^/z(a)?z", r"\1-end", "/zz", "-end"),
            ("^/z(a)?z", r"\1-end", "/zaz", "a-end"),
            ("b", r"<\0>\", "abc", r"<b>\"),
            ("b", "", "abc", ""),
        ] {
            let mut captures = Captures::default();
            assert!(Regex::new(pattern.as_bytes(), Case::Matters).unwrap().captures(subject.as_bytes(), &mut captures));
            let mut result = Vec::new();
            let template = Template::parse(template.as_bytes()).unwrap();
            template.expand(subject.as_bytes(), &captures, |piece| result.extend_from_slice(piece));
            assert_eq!(result, expected.as_bytes(), "{pattern} {template:?} {subject}");
        }
    }

    #[test]
    fn faults() {
        for text in [r"\x", r"a\x4", r"\xzz"] {
            assert_eq!(Template::parse(text.as_bytes()), Err(TemplateFault), "{text}");
        }
    }
}
