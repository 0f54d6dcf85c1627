//! A word: its value after unquoting and expansion, and where every byte of the value stands in the source.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, Parsed};
use crate::source::{SourceId, Span};

/// How (part of) a word was written. The value alone does not tell `a\ b` from `"a b"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoting {
    /// Some of it stood between double quotes.
    pub weak: bool,
    /// Some of it stood between single quotes.
    pub strong: bool,
    /// Some of it was escaped with a backslash.
    pub escaped: bool,
    /// Some of it came out of an environment variable.
    pub expanded: bool,
}

impl Quoting {
    /// Whether any quote was used.
    pub fn is_quoted(self) -> bool {
        self.weak || self.strong
    }
}

/// One word of a line. The value is bytes: `\xNN` and files in other encodings may yield what is not UTF-8.
///
/// Compares with strings by value: `word == "maxconn"`.
#[derive(Clone, Debug)]
pub struct Word {
    value: Vec<u8>,
    span: Span,
    quoting: Quoting,
    /// Empty when value and source are the same bytes; else covers the whole value in order.
    pieces: Vec<Piece>,
}

/// A run of value bytes and the source they came from.
#[derive(Clone, Debug)]
struct Piece {
    value_end: u32,
    source: Range<u32>,
    /// Byte for byte the same as the source; otherwise the run stands for the source range as a whole.
    verbatim: bool,
}

impl Word {
    /// A word whose whole value stands for `span`: for defaults, generated text and tests.
    pub fn synthetic(value: impl Into<Vec<u8>>, span: Span) -> Word {
        let mut builder = WordBuilder::new(span.source, span.start);
        builder.stand_for(&value.into(), span.start..span.end);
        builder.finish(span.end)
    }

    /// A word that stands in the source byte for byte, starting at `start`.
    pub fn verbatim(value: impl Into<Vec<u8>>, source: SourceId, start: u32) -> Word {
        let value = value.into();
        let span = Span { source, start, end: start + value.len() as u32 };
        Word { value, span, quoting: Quoting::default(), pieces: Vec::new() }
    }

    /// Puts words together with one space between neighbours, as for conditions and free texts such as `description`.
    /// `None` if there are no words.
    pub fn join(words: &[Word]) -> Option<Word> {
        let (first, rest) = words.split_first()?;
        let mut builder = WordBuilder::new(first.span.source, first.span.start);
        builder.append(first);
        let mut end = first.span.end;
        for word in rest {
            builder.stand_for(b" ", end..word.span.start);
            builder.append(word);
            end = word.span.end;
        }
        Some(builder.finish(end))
    }

    /// The value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.value
    }

    /// The value as text, or the fault that it is not UTF-8.
    pub fn to_str(&self) -> Parsed<&str> {
        std::str::from_utf8(&self.value).map_err(|fault| {
            let at = fault.valid_up_to();
            Diagnostic::error(format!("'{}' is not valid UTF-8 text", self.display()))
                .code("not-utf8")
                .at(self.span_of(at..at + fault.error_len().unwrap_or(1)), "this is not UTF-8")
        })
    }

    /// The value for people: what is not UTF-8 shows as replacement characters.
    pub fn display(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// Length of the value in bytes.
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether the value is empty, such as `""` or an unset variable.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// The word as written, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// How it was written.
    pub fn quoting(&self) -> Quoting {
        self.quoting
    }

    /// The source of a range of value bytes, for pointing inside a word. A range in expanded text gives the whole
    /// variable reference; an empty range gives the place before its byte.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let length = self.value.len();
        let (start, end) = (range.start.min(length), range.end.min(length));
        let from = self.source_of(start).start;
        let until = if end > start { self.source_of(end - 1).end } else { from };
        Span { source: self.span.source, start: from, end: until.max(from) }
    }

    /// A part of the word as a word of its own, places kept: for parsers of expressions inside words.
    pub fn slice(&self, range: Range<usize>) -> Word {
        let span = self.span_of(range.clone());
        let mut builder = WordBuilder::new(span.source, span.start);
        builder.append_range(self, range);
        let mut word = builder.finish(span.end);
        word.quoting = self.quoting;
        word
    }

    /// Source range of one value byte; of the end of the word for the index just behind the value.
    fn source_of(&self, index: usize) -> Range<u32> {
        if self.pieces.is_empty() {
            let at = (self.span.start + index as u32).min(self.span.end);
            return at..(at + 1).min(self.span.end);
        }
        let position = self.pieces.partition_point(|piece| piece.value_end as usize <= index);
        match self.pieces.get(position) {
            Some(piece) if piece.verbatim => {
                let at = piece.source.end - (piece.value_end - index as u32);
                at..at + 1
            }
            Some(piece) => piece.source.clone(),
            None => {
                let end = self.pieces.last().map_or(self.span.end, |piece| piece.source.end);
                end..end
            }
        }
    }
}

/// Assembles a word from left to right.
#[derive(Debug)]
pub(crate) struct WordBuilder {
    value: Vec<u8>,
    source: SourceId,
    start: u32,
    pieces: Vec<Piece>,
    pub(crate) quoting: Quoting,
}

impl WordBuilder {
    /// Starts a word at a source offset.
    pub(crate) fn new(source: SourceId, start: u32) -> WordBuilder {
        WordBuilder { value: Vec::new(), source, start, pieces: Vec::new(), quoting: Quoting::default() }
    }

    /// Adds a byte that stands in the source as it is.
    pub(crate) fn verbatim(&mut self, byte: u8, at: u32) {
        self.value.push(byte);
        self.verbatim_run(1, at..at + 1);
    }

    /// Adds bytes that stand for a stretch of source text.
    pub(crate) fn stand_for(&mut self, bytes: &[u8], source: Range<u32>) {
        if !bytes.is_empty() {
            self.value.extend_from_slice(bytes);
            self.pieces.push(Piece { value_end: self.value.len() as u32, source, verbatim: false });
        }
    }

    /// Number of value bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.value.len()
    }

    /// Ends the word; `end` is the source offset behind its last character.
    pub(crate) fn finish(mut self, end: u32) -> Word {
        let span = Span { source: self.source, start: self.start, end: end.max(self.start) };
        let plain = match self.pieces.as_slice() {
            [only] => only.verbatim && only.source == (span.start..span.end),
            _ => false,
        };
        if plain {
            // Most words are plain; they shall not hold the memory.
            self.pieces = Vec::new();
        }
        if self.pieces.is_empty() && !plain {
            // An empty value: keep one piece, since "no pieces" means "the same as the source".
            self.pieces.push(Piece { value_end: 0, source: span.start..span.end, verbatim: false });
        }
        Word { value: self.value, span, quoting: self.quoting, pieces: self.pieces }
    }

    fn append(&mut self, word: &Word) {
        self.append_range(word, 0..word.len());
        self.quoting.weak |= word.quoting.weak;
        self.quoting.strong |= word.quoting.strong;
        self.quoting.escaped |= word.quoting.escaped;
        self.quoting.expanded |= word.quoting.expanded;
    }

    /// Adds a part of a word, places kept.
    pub(crate) fn append_range(&mut self, word: &Word, range: Range<usize>) {
        let end = range.end.min(word.len());
        let mut at = range.start.min(end);
        if word.pieces.is_empty() {
            let from = word.span.start;
            self.value.extend_from_slice(&word.value[at..end]);
            self.verbatim_run((end - at) as u32, from + at as u32..from + end as u32);
            return;
        }
        while at < end {
            let position = word.pieces.partition_point(|piece| piece.value_end as usize <= at);
            let Some(piece) = word.pieces.get(position) else { return };
            let until = (piece.value_end as usize).min(end);
            if piece.verbatim {
                let first = piece.source.end - (piece.value_end - at as u32);
                self.value.extend_from_slice(&word.value[at..until]);
                self.verbatim_run((until - at) as u32, first..first + (until - at) as u32);
            } else {
                self.stand_for(&word.value[at..until], piece.source.clone());
            }
            at = until;
        }
    }

    /// Records that the last `count` value bytes stand verbatim in the source, growing the last piece where it ends there.
    fn verbatim_run(&mut self, count: u32, source: Range<u32>) {
        if count == 0 {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.verbatim && last.source.end == source.start => {
                last.source.end = source.end;
                last.value_end += count;
            }
            _ => self.pieces.push(Piece { value_end: self.value.len() as u32, source, verbatim: true }),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.value == other.as_bytes()
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.value == other.as_bytes()
    }
}
