//! Log formats: text with items and expressions in it, compiled once and written often (configuration manual 8.2.6). They make log lines, and
//! the arguments of many actions.

pub mod alias;
pub mod line;
pub mod stamp;

use std::cell::RefCell;

use burdock_syntax::{Diagnostic, Diagnostics, Parsed, SourceMap, Word};

use crate::expression::Expression;
use crate::input::{Input, Scratch};
use crate::names::{Names, Scope};
use crate::phase::Phase;
use crate::value::{Type, Value};
use alias::Alias;
use line::{Flags, Line};
use stamp::Stamps;

pub use line::Style;

/// A format, compiled: what is written one after the other. The default one is empty.
#[derive(Clone, Debug, Default)]
pub struct Format {
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<[u8]>),
    /// Blanks between items: several in a row, with nothing between them, become one.
    Blank,
    Alias(&'static Alias, Flags),
    Expression(Box<Expression>, Flags),
}

impl Format {
    /// Compiles a format string: text, `%%`, items `%alias` or `%{+Q,-Q}alias`, where the flags of `%o` hold for all that follow, and
    /// expressions `%[fetch,converter]`. `phase` is when it is written; what has no value then earns a warning.
    ///
    /// # Errors
    /// Points at the first item that is not understood.
    pub fn parse(word: &Word, scope: &Scope<'_>, phase: Phase, findings: &mut Diagnostics) -> Parsed<Format> {
        let mut parser = Parser { word, pieces: Vec::new(), literal: Vec::new(), standing: Flags::default(), at: 0 };
        parser.run(scope, phase, findings)?;
        Ok(Format { pieces: parser.pieces.into() })
    }

    /// A format of text and items alone, as options name them.
    ///
    /// # Errors
    /// An item is not known.
    pub fn of_items(text: &str) -> Parsed<Format> {
        let names = Names::default();
        let mut sources = SourceMap::new();
        let file = sources.add("format", text).map_err(|_| Diagnostic::error("the format is too long"))?;
        let word = Word::verbatim(text, file.id(), 0);
        Self::parse(&word, &Scope::outside(&names), Phase::Log, &mut Diagnostics::new())
    }

    /// A text that stands for itself.
    pub fn literal(text: &[u8]) -> Format {
        Format { pieces: [Piece::Text(text.into())].into() }
    }

    /// Appends what the format gives for `input`.
    pub fn append(&self, input: &Input<'_>, style: Style, out: &mut Vec<u8>) {
        if let [Piece::Text(text)] = &*self.pieces {
            out.extend_from_slice(text);
            return;
        }
        STAMPS.with(|stamps| {
            // Formats do not write formats.
            let Ok(mut stamps) = stamps.try_borrow_mut() else { return };
            self.write(input, &mut Line::new(out, stamps.get_or_insert_with(Stamps::local), style));
        });
    }

    /// What the format gives for `input`, in memory of the evaluation.
    pub fn text<'a>(&self, input: &Input<'a>, style: Style) -> &'a [u8] {
        self.text_in(input, style, input.scratch)
    }

    /// The same in memory that may outlive the input.
    pub fn text_in<'s>(&self, input: &Input<'_>, style: Style, memory: &'s Scratch) -> &'s [u8] {
        if let [Piece::Text(text)] = &*self.pieces {
            return memory.copy(text);
        }
        let mut out = DRAFT.take();
        self.append(input, style, &mut out);
        let text = memory.copy(&out);
        out.clear();
        DRAFT.set(out);
        text
    }

    /// Whether it gives the same text whatever the request.
    pub fn is_literal(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_) | Piece::Blank))
    }

    /// Whether it never gives anything.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn write(&self, input: &Input<'_>, line: &mut Line<'_>) {
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
                    (alias.write)(input, line);
                }
                Piece::Expression(expression, flags) => {
                    line.flags = *flags;
                    line.value(match expression.evaluate(input).and_then(|value| value.cast(Type::Str, input.scratch)) {
                        Some(Value::Str(text)) => Some(text),
                        _ => None,
                    });
                }
            }
            after_blank &= line.out.len() == before;
        }
    }
}

thread_local! {
    /// Memory that texts are made in.
    static DRAFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Dates are rendered once a second and thread.
    static STAMPS: RefCell<Option<Stamps>> = const { RefCell::new(None) };
}

struct Parser<'w> {
    word: &'w Word,
    pieces: Vec<Piece>,
    literal: Vec<u8>,
    /// The flags of the last `%o`.
    standing: Flags,
    at: usize,
}

impl Parser<'_> {
    fn run(&mut self, scope: &Scope<'_>, phase: Phase, findings: &mut Diagnostics) -> Parsed<()> {
        let bytes = self.word.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b' ' | b'\t' => {
                    self.end_literal();
                    self.pieces.push(Piece::Blank);
                }
                b'%' if bytes.get(self.at) == Some(&b'%') => {
                    self.literal.push(b'%');
                    self.at += 1;
                }
                b'%' => {
                    self.end_literal();
                    self.item(scope, phase, findings)?;
                }
                other => self.literal.push(other),
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

    /// What follows a `%`.
    fn item(&mut self, scope: &Scope<'_>, phase: Phase, findings: &mut Diagnostics) -> Parsed<()> {
        let bytes = self.word.as_bytes();
        let start = self.at - 1;
        let flags = self.flags()?;
        if bytes.get(self.at) == Some(&b'[') {
            let (expression, end) = Expression::parse_bracketed(self.word, self.at + 1, scope)?;
            if bytes.get(end) != Some(&b']') {
                return Err(Diagnostic::error("missing closing bracket of an expression")
                    .code("unclosed-bracket")
                    .at(self.word.span_of(self.at..self.at + 1), "this bracket is never closed"));
            }
            if !expression.validity().contains(phase) {
                let (name, place) = (expression.fetch().name, phase.name());
                let fault = format!("sample fetch '{name}' has no value in '{place}'");
                let fault = Diagnostic::warning(fault).code("misplaced-sample");
                findings.push(fault.at(self.word.span_of(start..end + 1), "always empty here"));
            }
            self.at = end + 1;
            self.pieces.push(Piece::Expression(Box::new(expression), flags));
            return Ok(());
        }
        let length = bytes[self.at..].iter().position(|byte| !byte.is_ascii_alphanumeric());
        let end = length.map_or(bytes.len(), |length| self.at + length);
        let range = self.at..end;
        self.at = end;
        let name = self.word.slice(range.clone()).display().into_owned();
        match name.as_str() {
            "" => Err(Diagnostic::error("a '%' stands alone")
                .code("bad-format")
                .at(self.word.span_of(start..start + 1), "the name of an item is missing")
                .help("write '%%' for a percent sign")),
            "o" => {
                self.standing = flags;
                Ok(())
            }
            _ => match alias::named(&name) {
                Some(alias) => {
                    self.pieces.push(Piece::Alias(alias, flags));
                    Ok(())
                }
                None => Err(unknown_alias(&name, self.word, range)),
            },
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
            return Err(Diagnostic::error("missing closing brace of flags")
                .code("unclosed-brace")
                .at(self.word.span_of(self.at..start), "this brace is never closed"));
        };
        self.at = start + length + 1;
        for flag in bytes[start..start + length].split(|&byte| byte == b',') {
            match flag {
                b"+Q" | b"Q" => flags.quote = true,
                b"-Q" => flags.quote = false,
                b"+X" | b"X" => flags.hexadecimal = true,
                b"-X" => flags.hexadecimal = false,
                b"+E" | b"E" => flags.escape = true,
                b"-E" => flags.escape = false,
                _ => {
                    let text = String::from_utf8_lossy(flag).into_owned();
                    return Err(Diagnostic::error(format!("'{text}' is no flag that is supported"))
                        .code("bad-format")
                        .at(self.word.span_of(start..start + length), ""));
                }
            }
        }
        Ok(flags)
    }
}

fn unknown_alias(name: &str, word: &Word, range: std::ops::Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(format!("no item of log formats is named '%{name}'"));
    let fault = fault.code("bad-format").at(word.span_of(range), "not known");
    match burdock_syntax::suggest::suggest(name, alias::ALIASES.iter().map(|alias| alias.name)) {
        Some(near) => fault.help(format!("did you mean '%{near}'?")),
        None => fault,
    }
}

#[cfg(test)]
mod tests;
