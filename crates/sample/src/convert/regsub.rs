//! The converter `regsub` (configuration manual 7.3.1): what a regular expression matches, replaced.
//!
//! Expressions are those of the `regex` crate, each of whose searches takes time linear in the text: what only a backtracking matcher can do,
//! such as looking around, is refused when the configuration is read.

use regex::bytes::{CaptureLocations, Regex, RegexBuilder};

use burdock_http::bytes::hex_byte;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input};
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "regsub",
    args: ArgSpec { usage: "<regex>,<subst>[,<flags>]", kinds: &[ArgKind::Text; 3], required: 2 },
    prepare: Some(|args, _| Substitution::parse(args).map(|substitution| args.set_compiled(0, substitution))),
    input: Type::Str,
    output: Type::Str,
    doc: "The text with what the regular expression matches replaced: once, or everywhere with the flag 'g'.",
    run: |value, input, args| {
        let Value::Str(text) = value else { return None };
        Some(Value::Str(args.compiled::<Substitution>(0)?.apply(text, input)))
    },
}];

/// The arguments, compiled.
#[derive(Debug)]
struct Substitution {
    regex: Regex,
    replacement: Vec<Piece>,
    everywhere: bool,
}

/// A piece of a replacement.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(u8),
    /// What a group has matched; 0 is the whole match.
    Group(usize),
}

impl Substitution {
    fn parse(args: &Args) -> Result<Self, String> {
        let [pattern, replacement, flags] = [0, 1, 2].map(|index| args.text(index).unwrap_or_default());
        if pattern.is_empty() {
            return Err("the regular expression is missing".to_owned());
        }
        if let Some(flag) = flags.iter().find(|flag| !b"gi".contains(flag)) {
            return Err(format!("the flag '{}' is neither 'g' nor 'i'", flag.escape_ascii()));
        }
        let pattern = str::from_utf8(pattern).map_err(|_| "the regular expression is not UTF-8".to_owned())?;
        // Texts are bytes, whatever their encoding.
        let regex = RegexBuilder::new(pattern).unicode(false).case_insensitive(flags.contains(&b'i')).build();
        let regex = regex.map_err(|fault| {
            let fault = fault.to_string();
            let reason = fault.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the regular expression '{pattern}' is not possible: {reason}")
        })?;
        Ok(Self { regex, replacement: parse_replacement(replacement)?, everywhere: flags.contains(&b'g') })
    }

    /// What does not fit into a value is cut off. As HAProxy has it, an empty match may follow another match at once.
    fn apply<'a>(&self, text: &[u8], input: &Input<'a>) -> &'a [u8] {
        let mut result = input.scratch.buffer();
        let mut groups = self.regex.capture_locations();
        let mut at = 0;
        while let Some(found) = self.regex.captures_read_at(&mut groups, text, at) {
            let last = at == text.len();
            result.push_some(&text[at..found.start()]);
            self.push_replacement(text, &groups, &mut result);
            at = found.end();
            if found.is_empty() && at < text.len() {
                result.push_some(&text[at..=at]);
                at += 1;
            }
            if last || !self.everywhere {
                break;
            }
        }
        result.push_some(&text[at..]);
        result.finish()
    }

    fn push_replacement(&self, text: &[u8], groups: &CaptureLocations, result: &mut Buffer<'_>) {
        for piece in &self.replacement {
            match *piece {
                Piece::Literal(byte) => result.push_some(&[byte]),
                Piece::Group(index) => {
                    let range = groups.get(index).map_or(0..0, |(start, end)| start..end);
                    result.push_some(&text[range]);
                }
            }
        }
    }
}

/// A backslash stands in front of the digit of a group, of `x` and two hexadecimal digits, or of a byte that then stands for itself.
fn parse_replacement(mut text: &[u8]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    loop {
        let (piece, rest) = match text {
            [] => return Ok(pieces),
            [b'\\', digit @ b'0'..=b'9', rest @ ..] => (Piece::Group(usize::from(digit - b'0')), rest),
            [b'\\', b'x', digits @ ..] => {
                let decoded = digits
                    .split_first_chunk()
                    .and_then(|(&[high, low], rest)| hex_byte(high, low).map(|byte| (Piece::Literal(byte), rest)));
                decoded.ok_or("two hexadecimal digits must follow '\\x'")?
            }
            [b'\\', byte, rest @ ..] | [byte, rest @ ..] => (Piece::Literal(*byte), rest),
        };
        pieces.push(piece);
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use crate::input::MAX_MADE_BYTES;
    use crate::testing::{check_refused, check_texts};

    #[test]
    fn replaced() {
        for (arguments, of_path, of_mixture) in [
            ("/+,/,g", "/a/b/c/xzxyz/", "abxAB12.3"),
            ("/+,/", "/a///b/c/xzxyz/", "abxAB12.3"),
            ("\"[a-z]+\",X,g", "/////X///X/X/X/", "XAB12.3"),
            ("X,y,gi", "/////a///b/c/yzyyz/", "abyAB12.3"),
            ("x,", "/////a///b/c/zxyz/", "abAB12.3"),
            ("\"(a)(b)?\",\"\\2\\1\"", "/////a///b/c/xzxyz/", "baxAB12.3"),
            ("\"(b)\",\"<\\1\\0\\9>\"", "/////a///<bb>/c/xzxyz/", "a<bb>xAB12.3"),
            ("\"x*\",-,g", "-/-/-/-/-/-a-/-/-/-b-/-c-/--z--y-z-/-", "-a-b--A-B-1-2-.-3-"),
            ("\"b|$\",Z,g", "/////a///Z/c/xzxyz/ZZ", "aZxAB12.3ZZ"),
            ("\"^/\",\"\",g", "////a///b/c/xzxyz/", "abxAB12.3"),
            ("b,\"$0&\"", "/////a///$0&/c/xzxyz/", "a$0&xAB12.3"),
            ("b,\"\\x41\"", "/////a///A/c/xzxyz/", "aAxAB12.3"),
            ("b,Z,gg", "/////a///Z/c/xzxyz/", "aZxAB12.3"),
            ("\"a|ab\",Q", "/////Q///b/c/xzxyz/", "QbxAB12.3"),
            ("\"\\d+\",N,g", "/////a///b/c/xzxyz/", "abxABN.N"),
            ("\"\\.\",N,g", "/////a///b/c/xzxyz/", "abxAB12N3"),
        ] {
            check_texts(&[
                (&format!("'str(/////a///b/c/xzxyz/),regsub({arguments})'"), of_path),
                (&format!("'str(abxAB12.3),regsub({arguments})'"), of_mixture),
            ]);
        }
        check_texts(&[("str(),regsub(a,b)", ""), ("str(),regsub(^,b)", "b")]);
    }

    #[test]
    fn cut_where_it_is_full() {
        let long = "a".repeat(MAX_MADE_BYTES / 2);
        check_texts(&[(&format!("str({long}),regsub(a,bcd,g),length"), "16384")]);
    }

    #[test]
    fn refused() {
        check_refused(&[
            ("str(a),regsub(x)", "'regsub' lacks an argument"),
            ("str(a),regsub(,b)", "the regular expression is missing"),
            ("str(a),regsub(x,y,z)", "the flag 'z' is neither 'g' nor 'i'"),
            ("'str(a),regsub(\"(\",y)'", "the regular expression '(' is not possible: unclosed group"),
            (
                "'str(a),regsub(\"a(?=b)\",y)'",
                "is not possible: look-around, including look-ahead and look-behind, is not supported",
            ),
            ("'str(a),regsub(a,\"\\\\x4\")'", "two hexadecimal digits must follow '\\x'"),
        ]);
    }
}
