//! Format strings: where items begin and end, their names, types and flags (configuration manual 8.2.6).

use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Severity, Word};

use super::alias;
use super::line::{Encoding, Flags, Output};
use super::{Format, Item, Piece, Source};
use crate::expression::Expression;
use crate::names::Scope;
use crate::phase::Phase;

/// Compiles a format string.
pub(super) fn parse(word: &Word, scope: &Scope<'_>, phase: Phase, findings: &mut Diagnostics) -> Parsed<Format> {
    let mut parser =
        Parser { word, at: 0, pieces: Vec::new(), literal: Vec::new(), standing: Flags::default(), phase, findings };
    parser.run(scope)?;
    Ok(Format { pieces: parser.pieces.into(), whole: parser.standing })
}

/// The name of an item.
type Name = Box<[u8]>;

struct Parser<'w> {
    word: &'w Word,
    at: usize,
    pieces: Vec<Piece>,
    literal: Vec<u8>,
    /// The flags of the last `%o`.
    standing: Flags,
    phase: Phase,
    findings: &'w mut Diagnostics,
}

impl Parser<'_> {
    fn run(&mut self, scope: &Scope<'_>) -> Parsed<()> {
        let bytes = self.word.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            let next = bytes.get(self.at + 1);
            match (byte, next) {
                (b' ' | b'\t', _) => {
                    self.end_literal();
                    let end = bytes[self.at..].iter().position(|byte| !matches!(byte, b' ' | b'\t'));
                    let end = end.map_or(bytes.len(), |length| self.at + length);
                    self.pieces.push(Piece::Blank(bytes[self.at..end].into()));
                    self.at = end;
                }
                (b'%', Some(b'%')) => {
                    self.literal.push(b'%');
                    self.at += 2;
                }
                (b'%', Some(next)) if !begins_item(*next) && !matches!(next, b' ' | b'\t') => {
                    self.advise(self.at..self.at + 1, "a '%' that begins no item is left out");
                    self.at += 1;
                }
                (b'%', _) => {
                    self.end_literal();
                    self.item(scope)?;
                }
                (other, _) => {
                    self.literal.push(other);
                    self.at += 1;
                }
            }
        }
        self.end_literal();
        Ok(())
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.literal).into()));
        }
    }

    /// An item, from its `%` on.
    fn item(&mut self, scope: &Scope<'_>) -> Parsed<()> {
        let start = self.at;
        self.at += 1;
        let (name, output) = self.name()?;
        let flags = self.flags()?;
        match self.word.as_bytes().get(self.at) {
            Some(b'[') => {
                let expression = self.expression(start, scope)?;
                self.pieces.push(Piece::Item(Item { source: Source::Expression(expression), flags, name, output }));
            }
            Some(byte) if byte.is_ascii_alphanumeric() => {
                if let Some(alias) = self.alias()? {
                    let asked = &scope.names.asked;
                    asked.set(alias.adds_to(asked.get()));
                    self.pieces.push(Piece::Item(Item { source: Source::Alias(alias), flags, name, output }));
                } else {
                    self.standing = flags;
                }
            }
            _ if self.at == start + 1 => {
                return Err(Diagnostic::error("a '%' stands alone")
                    .code("bad-format")
                    .at(self.word.span_of(start..start + 1), "the name of an item is missing")
                    .help("write '%%' for a percent sign"));
            }
            _ => {
                return Err(Diagnostic::error("a name or flags stand before no item")
                    .code("bad-format")
                    .at(
                        self.word.span_of(start..self.at),
                        "the name of an item, or an expression in brackets, is missing",
                    )
                    .note("the order is %(name:type){flags}item"));
            }
        }
        Ok(())
    }

    /// An expression in brackets.
    fn expression(&mut self, start: usize, scope: &Scope<'_>) -> Parsed<Box<Expression>> {
        let (expression, end) = Expression::parse_bracketed(self.word, self.at + 1, scope)?;
        if self.word.as_bytes().get(end) != Some(&b']') {
            return Err(Diagnostic::error("missing closing bracket of an expression")
                .code("unclosed-bracket")
                .at(self.word.span_of(self.at..self.at + 1), "this bracket is never closed"));
        }
        self.at = end + 1;
        if !expression.validity().contains(self.phase) {
            let (name, place) = (expression.fetch().name, self.phase.name());
            return Err(Diagnostic::error(format!("sample fetch '{name}' has no value in '{place}'"))
                .code("misplaced-sample")
                .at(self.word.span_of(start..self.at), "never has a value here"));
        }
        Ok(Box::new(expression))
    }

    /// The item of a name; none: `%o`.
    fn alias(&mut self) -> Parsed<Option<&'static alias::Alias>> {
        let bytes = self.word.as_bytes();
        let length = bytes[self.at..].iter().position(|byte| !byte.is_ascii_alphanumeric());
        let range = self.at..length.map_or(bytes.len(), |length| self.at + length);
        self.at = range.end;
        let name = self.word.slice(range.clone()).display().into_owned();
        if name == "o" {
            return Ok(None);
        }
        alias::named(&name).map(Some).ok_or_else(|| unknown_alias(&name, self.word, range))
    }

    /// `(name)`, `(name:type)`, `(:type)`
    fn name(&mut self) -> Parsed<(Option<Name>, Option<Output>)> {
        let bytes = self.word.as_bytes();
        if bytes.get(self.at) != Some(&b'(') {
            return Ok((None, None));
        }
        let start = self.at + 1;
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let end = bytes[start..].iter().position(|byte| !is_name(byte)).map_or(bytes.len(), |length| start + length);
        let name = (end > start).then(|| bytes[start..end].into());
        match bytes.get(end) {
            Some(b')') => {
                self.at = end + 1;
                Ok((name, None))
            }
            Some(b':') => {
                let Some(length) = bytes[end..].iter().position(|&byte| byte == b')') else {
                    return Err(self.unclosed("parenthesis"));
                };
                self.at = end + length + 1;
                let output = self.word.slice(end + 1..end + length);
                match OUTPUTS.iter().find(|(known, _)| output == **known) {
                    Some((_, output)) => Ok((name, Some(*output))),
                    None => Err(Diagnostic::error(format!("'{output}' is no type of an item"))
                        .code("bad-format")
                        .at(self.word.span_of(end..end + length), "possible are 'str', 'sint', 'bool' and 'raw'")),
                }
            }
            Some(_) => Err(Diagnostic::error("a character cannot stand in the name of an item")
                .code("bad-format")
                .at(self.word.span_of(end..end + 1), "letters, digits, '-' and '_' are possible")),
            None => Err(self.unclosed("parenthesis")),
        }
    }

    /// The flags in braces, on top of those that stand.
    fn flags(&mut self) -> Parsed<Flags> {
        let bytes = self.word.as_bytes();
        let mut flags = self.standing;
        if bytes.get(self.at) != Some(&b'{') {
            return Ok(flags);
        }
        let start = self.at + 1;
        let Some(length) = bytes[start..].iter().position(|&byte| byte == b'}') else {
            return Err(self.unclosed("brace"));
        };
        self.at = start + length + 1;
        for flag in bytes[start..start + length].split(|&byte| byte == b',').filter(|flag| !flag.is_empty()) {
            let known = match flag {
                [b'+', name @ ..] => set_flag(&mut flags, name, true),
                [b'-', name @ ..] => set_flag(&mut flags, name, false),
                _ => false,
            };
            if !known {
                let message = format!("'{}' is no flag: it has no effect", String::from_utf8_lossy(flag));
                self.advise(start..start + length, &message);
            }
        }
        Ok(flags)
    }

    fn unclosed(&self, what: &str) -> Diagnostic {
        Diagnostic::error(format!("missing closing {what}"))
            .code("unclosed-brace")
            .at(self.word.span_of(self.at..self.at + 1), format!("this {what} is never closed"))
    }

    /// Says what HAProxy passes over in silence.
    fn advise(&mut self, range: std::ops::Range<usize>, message: &str) {
        let advice = Diagnostic::warning(message).with_severity(Severity::Advice).code("bad-format");
        self.findings.push(advice.at(self.word.span_of(range), "").note("HAProxy accepts it without a word"));
    }
}

/// Whether an item may go on with this byte behind its percent sign.
fn begins_item(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'[' | b'{' | b'(')
}

/// Sets a flag or takes it away. Of two encodings the first one stays. Says whether the flag is known.
fn set_flag(flags: &mut Flags, name: &[u8], on: bool) -> bool {
    let encoding = match name {
        b"Q" => {
            flags.quote = on;
            return true;
        }
        b"X" => {
            flags.hexadecimal = on;
            return true;
        }
        b"E" => {
            flags.escape = on;
            return true;
        }
        b"bin" => {
            flags.binary = on;
            return true;
        }
        b"json" => Encoding::Json,
        b"cbor" => Encoding::Cbor,
        _ => return false,
    };
    if on && flags.encoding == Encoding::Text {
        flags.encoding = encoding;
    } else if !on && flags.encoding == encoding {
        flags.encoding = Encoding::Text;
    }
    true
}

fn unknown_alias(name: &str, word: &Word, range: std::ops::Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(format!("no item of log formats is named '%{name}'"));
    let fault = fault.code("bad-format").at(word.span_of(range), "not known");
    match burdock_syntax::suggest::suggest(name, alias::ALIASES.iter().map(|alias| alias.name)) {
        Some(near) => fault.help(format!("did you mean '%{near}'?")),
        None => fault.help("write '%%' for a percent sign"),
    }
}

/// The names of types.
const OUTPUTS: [(&str, Output); 4] =
    [("str", Output::Text), ("sint", Output::Integer), ("bool", Output::Truth), ("raw", Output::Raw)];
