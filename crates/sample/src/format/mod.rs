//! Log formats: text with items and expressions in it, compiled once and written often (configuration manual 8.2.6). They make log lines, and
//! the arguments of many actions.

pub mod alias;
pub mod encode;
pub mod line;
pub mod origin;
mod parse;
pub mod stamp;

use std::cell::RefCell;

use burdock_syntax::{Diagnostic, Diagnostics, Parsed, SourceMap, Word};

use crate::expression::Expression;
use crate::input::{Input, Scratch};
use crate::names::{Names, Scope};
use crate::phase::Phase;
use alias::Alias;
use encode::Cbor;
use line::{Encoding, Flags, Line, Output};
use stamp::Stamps;

pub use line::Style;
pub use origin::Origin;

/// A format, compiled: what is written one after the other. The default one is empty.
#[derive(Clone, Debug, Default)]
pub struct Format {
    pieces: Box<[Piece]>,
    /// The flags that the last `%o` left: their encoding and `bin` hold for the whole format.
    whole: Flags,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<[u8]>),
    /// Blanks between items.
    Blank(Box<[u8]>),
    Item(Item),
}

/// What is written anew for each request.
#[derive(Clone, Debug)]
struct Item {
    source: Source,
    flags: Flags,
    /// `%(name)…`
    name: Option<Box<[u8]>>,
    /// `%(name:type)…`
    output: Option<Output>,
}

#[derive(Clone, Debug)]
enum Source {
    Alias(&'static Alias),
    Expression(Box<Expression>),
}

impl Format {
    /// Compiles a format string: text, `%%`, items `%alias` and expressions `%[fetch,converter]`, each with an optional `(name:type)` and
    /// optional flags `{+Q,-Q}` behind the percent sign. The flags of `%o` hold for all that follow. `phase` is when it is written.
    ///
    /// # Errors
    /// Points at the first item that is not understood, or that has no value in that phase.
    pub fn parse(word: &Word, scope: &Scope<'_>, phase: Phase, findings: &mut Diagnostics) -> Parsed<Format> {
        parse::parse(word, scope, phase, findings)
    }

    /// A format of log lines that stands in no configuration, as options name them. Its expressions name nothing.
    ///
    /// # Errors
    /// An item or a sample fetch is not known. The place is one in the text alone.
    pub fn compile(text: &str) -> Parsed<Format> {
        let names = Names::default();
        let mut sources = SourceMap::new();
        let file = sources.add("format", text).map_err(|_| Diagnostic::error("the format is too long"))?;
        let word = Word::verbatim(text, file.id(), 0);
        Self::parse(&word, &Scope::outside(&names), Phase::Log, &mut Diagnostics::new())
    }

    /// A text that stands for itself.
    pub fn literal(text: &[u8]) -> Format {
        Format { pieces: [Piece::Text(text.into())].into(), whole: Flags::default() }
    }

    /// Appends what the format gives for `input`.
    pub fn append(&self, input: &Input<'_>, style: Style, out: &mut Vec<u8>) {
        self.append_from(Origin::default(), input, style, out);
    }

    /// Appends a log line.
    pub fn append_line(&self, origin: Origin, input: &Input<'_>, out: &mut Vec<u8>) {
        self.append_from(origin, input, Style::Log, out);
    }

    fn append_from(&self, origin: Origin, input: &Input<'_>, style: Style, out: &mut Vec<u8>) {
        if let Some(text) = self.as_text() {
            out.extend_from_slice(text);
            return;
        }
        STAMPS.with(|stamps| {
            // Formats do not write formats.
            let Ok(mut stamps) = stamps.try_borrow_mut() else { return };
            let mut line = Line::new(out, stamps.get_or_insert_with(Stamps::local), style);
            line.origin = origin;
            line.binary = self.whole.binary;
            match self.whole.encoding {
                Encoding::Json if style != Style::Head => self.write_object(input, &mut line),
                Encoding::Cbor if style != Style::Head => self.write_map(input, &mut line),
                _ => self.write(input, &mut line, style),
            }
        });
    }

    /// What the format gives for `input`, in memory of the evaluation.
    pub fn text<'a>(&self, input: &Input<'a>, style: Style) -> &'a [u8] {
        self.text_in(input, style, input.scratch)
    }

    /// The same in memory that may outlive the input.
    pub fn text_in<'s>(&self, input: &Input<'_>, style: Style, memory: &'s Scratch) -> &'s [u8] {
        if let Some(text) = self.as_text() {
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
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_) | Piece::Blank(_)))
    }

    /// The text that it gives outside of log lines, where that is the same whatever the request.
    pub fn literal_text(&self) -> Option<Vec<u8>> {
        if self.whole.encoding != Encoding::Text {
            return None;
        }
        let mut text = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) | Piece::Blank(piece) => text.extend_from_slice(piece),
                Piece::Item(_) => return None,
            }
        }
        Some(text)
    }

    /// Whether it never gives anything.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn as_text(&self) -> Option<&[u8]> {
        match &*self.pieces {
            [Piece::Text(text)] if self.whole.encoding == Encoding::Text => Some(text),
            _ => None,
        }
    }

    /// Text with values in it. In a log line, blanks in a row with nothing between them become one, and none stand in front.
    fn write(&self, input: &Input<'_>, line: &mut Line<'_>, style: Style) {
        let merge = style == Style::Log;
        let mut after_blank = true;
        for piece in &self.pieces {
            let before = line.out.len();
            match piece {
                Piece::Text(text) => line.out.extend_from_slice(text),
                Piece::Blank(blanks) if !merge => line.out.extend_from_slice(blanks),
                Piece::Blank(_) if after_blank => continue,
                Piece::Blank(_) => {
                    line.out.push(b' ');
                    after_blank = true;
                    continue;
                }
                Piece::Item(item) => {
                    line.flags = item.flags;
                    if style == Style::Head {
                        line.flags.encoding = Encoding::Text;
                    }
                    item.write(input, line);
                }
            }
            after_blank &= line.out.len() == before;
        }
    }

    /// `%{+json}o`: the items that have a name.
    fn write_object(&self, input: &Input<'_>, line: &mut Line<'_>) {
        line.out.push(b'{');
        let mut separator: &[u8] = b"";
        for (name, item) in self.named_items() {
            for part in [separator, b"\"", name, b"\": "] {
                line.out.extend_from_slice(part);
            }
            line.flags = Flags { encoding: Encoding::Json, ..item.flags };
            item.write(input, line);
            separator = b", ";
        }
        line.out.push(b'}');
    }

    /// `%{+cbor}o`: the same.
    fn write_map(&self, input: &Input<'_>, line: &mut Line<'_>) {
        line.cbor().byte(Cbor::BEGIN_MAP);
        for (name, item) in self.named_items() {
            line.cbor().text(name);
            line.flags = Flags { encoding: Encoding::Cbor, ..item.flags };
            item.write(input, line);
        }
        line.cbor().byte(Cbor::BREAK);
    }

    fn named_items(&self) -> impl Iterator<Item = (&[u8], &Item)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Item(item) => Some((item.name.as_deref()?, item)),
            Piece::Text(_) | Piece::Blank(_) => None,
        })
    }
}

impl Item {
    fn write(&self, input: &Input<'_>, line: &mut Line<'_>) {
        line.output = self.output;
        match &self.source {
            Source::Alias(alias) => (alias.write)(input, line),
            Source::Expression(expression) => line.value(expression.evaluate(input), input.scratch),
        }
    }
}

thread_local! {
    /// Memory that texts are made in.
    static DRAFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Dates are rendered once a second and thread.
    static STAMPS: RefCell<Option<Stamps>> = const { RefCell::new(None) };
}

#[cfg(test)]
mod tests;
