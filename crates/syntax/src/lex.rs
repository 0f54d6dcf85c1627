//! Cuts one line into words: comments, quotes, escapes and environment variables (configuration manual 2.1 to 2.3).
//! Knows nothing of blocks or keywords.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::environment::{Environment, is_name_byte, is_name_start};
use crate::limits::{MAX_LINE_BYTES, MAX_WORDS};
use crate::source::{SourceFile, Span};
use crate::suggest::suggest;
use crate::word::{Word, WordBuilder};

/// One line that says something: it has at least one word, and the first one is not empty.
#[derive(Clone, Debug)]
pub struct Line {
    /// Line number in its file, from 1.
    pub number: u32,
    /// From the first word to the end of the last one.
    pub span: Span,
    /// The words; never empty.
    pub words: Vec<Word>,
}

impl Line {
    /// A line of these words. `None` if there are none or the first one is empty.
    pub fn new(number: u32, words: Vec<Word>) -> Option<Line> {
        let first = words.first().filter(|word| !word.is_empty())?;
        let span = words.iter().fold(first.span(), |span, word| span.to(word.span()));
        Some(Line { number, span, words })
    }

    /// All words but the first.
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// Where a line stands, for pseudo-variables.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The file: `.FILE`.
    pub file: &'a SourceFile,
    /// The line from 1: `.LINE`.
    pub line: u32,
    /// Name of the section, or its type where it has no name; empty before the first: `.SECTION`.
    pub section: &'a [u8],
}

/// What `#` means outside quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// The rest of the line is a comment, as in files.
    Comment,
    /// A character like any other, as in a condition given on the command line.
    Ordinary,
}

/// Names of the pseudo-variables (configuration manual 2.3).
const PSEUDO_VARIABLES: [&str; 3] = [".FILE", ".LINE", ".SECTION"];

/// Cuts `text`, a part of the line at `place`, into words. An empty list means a line without statement. `None` if
/// there are errors; all of them are added to `diagnostics`, as are remarks on lines that are merely odd.
pub fn lex(
    place: Place<'_>,
    text: Span,
    hash: Hash,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Word>> {
    let errors = diagnostics.count(Severity::Error);
    let mut lexer = Lexer {
        text: place.file.bytes(text),
        base: text.start,
        at: 0,
        place,
        environment,
        diagnostics,
        words: Vec::new(),
        open: None,
        explicit: false,
        value_bytes: 0,
        full: false,
    };
    lexer.refuse_nul();
    if lexer.text.len() > MAX_LINE_BYTES {
        lexer.too_long(MAX_LINE_BYTES);
    }
    lexer.run(hash);
    let words = lexer.words;
    (diagnostics.count(Severity::Error) == errors).then_some(words)
}

struct Lexer<'a> {
    text: &'a [u8],
    /// Source offset of `text[0]`.
    base: u32,
    at: usize,
    place: Place<'a>,
    environment: &'a Environment,
    diagnostics: &'a mut Diagnostics,
    words: Vec<Word>,
    /// The word being assembled.
    open: Option<WordBuilder>,
    /// Whether the open word counts even if nothing is in it: `""` is a word, an empty `"${LIST[*]}"` is none.
    explicit: bool,
    /// Bytes of all finished words.
    value_bytes: usize,
    /// A limit was reached: what follows is not taken.
    full: bool,
}

/// A reference to a variable as written: `$NAME`, `${NAME}`, `${NAME[*]}`, `${NAME-default}`, `${NAME[*]-default}`.
struct Reference<'a> {
    name: &'a [u8],
    split: bool,
    default: Option<&'a [u8]>,
    /// Text offsets of the whole reference.
    range: Range<usize>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self, hash: Hash) {
        while let Some(&byte) = self.text.get(self.at) {
            if self.full {
                return;
            }
            match byte {
                // Behind a blank a carriage return is one too; behind a word it ends the line.
                b'\r' if self.at > 0 && !is_blank(self.text[self.at - 1]) || self.open.is_some() => {
                    self.finish_word();
                    self.remark_on_text_after_return(hash);
                    return;
                }
                byte if is_blank(byte) => {
                    self.finish_word();
                    self.at += 1;
                }
                b'#' if hash == Hash::Comment => break,
                b'\'' => self.strong_quote(),
                b'"' => self.weak_quote(),
                b'\\' => self.escape(false),
                _ => self.plain(byte),
            }
        }
        self.finish_word();
    }

    /// A NUL character cannot be meant anywhere, not even in a comment: the file is damaged or of another kind.
    fn refuse_nul(&mut self) {
        if let Some(at) = self.text.iter().position(|&byte| byte == 0) {
            let span = self.span(at..at + 1);
            self.diagnostics.push(Diagnostic::error("stray NUL character").code("nul-character").at(span, ""));
        }
    }

    /// Everything up to the closing single quote, as it is.
    fn strong_quote(&mut self) {
        let opening = self.at;
        self.word().quoting.strong = true;
        self.explicit = true;
        self.at += 1;
        while !self.full {
            match self.text.get(self.at) {
                None | Some(b'\r') => return self.unmatched_quote(opening, '\''),
                Some(b'\'') => break,
                Some(&byte) => self.plain(byte),
            }
        }
        self.at += 1;
    }

    /// Everything up to the closing double quote, with escapes and variables.
    fn weak_quote(&mut self) {
        let opening = self.at;
        self.word().quoting.weak = true;
        self.at += 1;
        let mut has_list = false;
        while !self.full {
            match self.text.get(self.at) {
                None | Some(b'\r') => return self.unmatched_quote(opening, '"'),
                Some(b'"') => break,
                Some(b'\\') => self.escape(true),
                Some(b'$') => has_list |= self.variable(),
                Some(&byte) => self.plain(byte),
            }
        }
        self.at += 1;
        self.explicit |= !has_list;
    }

    /// A backslash. Before anything that needs no escape it stands for itself; so it does before a tab, which the manual
    /// counts among the escapes but HAProxy does not.
    fn escape(&mut self, weak: bool) {
        let start = self.at;
        let value = match self.text.get(start + 1).copied() {
            Some(byte @ (b' ' | b'#' | b'\\' | b'\'' | b'"')) => byte,
            Some(b'$') if weak => b'$',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'x') => return self.hexadecimal(),
            _ => return self.plain(b'\\'),
        };
        self.at += 2;
        self.escaped(value, start);
    }

    /// `\xNN`.
    fn hexadecimal(&mut self) {
        let start = self.at;
        let digits = self.text.get(start + 2..start + 4);
        let value = digits.and_then(|digits| Some(hex_digit(digits[0])? * 16 + hex_digit(digits[1])?));
        let length = match value {
            Some(_) => 4,
            None => 2 + self.text[start + 2..].iter().take(2).take_while(|digit| digit.is_ascii_hexdigit()).count(),
        };
        self.at += length;
        let span = self.span(start..self.at);
        match value {
            Some(0) => self.diagnostics.push(
                Diagnostic::error("a word cannot hold a NUL character")
                    .code("nul-character")
                    .at(span, "")
                    .note("HAProxy drops the rest of the word without a message"),
            ),
            Some(value) => self.escaped(value, start),
            None => self.diagnostics.push(
                Diagnostic::error("truncated or invalid hexadecimal sequence")
                    .code("bad-escape")
                    .at(span, "two hexadecimal digits must follow \"\\x\"")
                    .help("write a literal backslash as \\\\ or put the word in single quotes"),
            ),
        }
    }

    /// A dollar sign between double quotes. Returns whether it was a list that splits words.
    fn variable(&mut self) -> bool {
        let reference = match self.reference() {
            Ok(reference) => reference,
            Err(fault) => {
                self.diagnostics.push(fault);
                self.explicit = true;
                return false;
            }
        };
        self.at = reference.range.end;
        let range = reference.range.clone();
        if let Some(builder) = &mut self.open {
            builder.quoting.expanded = true;
        }
        let pseudo: Vec<u8>;
        let value = match reference.name {
            b".FILE" => Some(self.place.file.name().as_bytes()),
            b".SECTION" => Some(self.place.section),
            b".LINE" => {
                pseudo = self.place.line.to_string().into_bytes();
                Some(pseudo.as_slice())
            }
            name => self.environment.get(name),
        };
        let value = value.or(reference.default).unwrap_or_default();
        if reference.split {
            self.expand_list(value, range);
        } else {
            self.expand(value, range);
        }
        reference.split
    }

    /// Reads the reference that begins at the dollar sign here. On a fault it goes behind what could be read.
    fn reference(&mut self) -> Result<Reference<'a>, Diagnostic> {
        let start = self.at;
        let braced = self.text.get(start + 1) == Some(&b'{');
        let name_start = start + 1 + usize::from(braced);
        let mut at = name_start + usize::from(self.text.get(name_start) == Some(&b'.'));
        if !self.text.get(at).is_some_and(|&byte| is_name_start(byte)) {
            self.at = at;
            let fault =
                Diagnostic::error("forbidden first character in environment variable name").code("bad-variable");
            return Err(fault
                .at(self.span(start..at), "a name starting with a letter or an underscore must follow")
                .help("write a literal dollar sign as \\$ or use single quotes"));
        }
        at += self.text[at..].iter().take_while(|&&byte| is_name_byte(byte)).count();
        let name = &self.text[name_start..at];
        if name[0] == b'.' && !PSEUDO_VARIABLES.iter().any(|known| known.as_bytes() == name) {
            // Goes behind the whole reference, so that its default is not taken for text.
            self.at = if braced { self.closing_brace(at).map_or(self.text.len(), |brace| brace + 1) } else { at };
            return Err(self.unknown_pseudo_variable(name_start..at));
        }
        if !braced {
            return Ok(Reference { name, split: false, default: None, range: start..at });
        }
        let mut split = false;
        if self.text.get(at) == Some(&b'[') {
            if !self.text[at..].starts_with(b"[*]") {
                self.at = at;
                let fault = Diagnostic::error("truncated or invalid word expansion sequence").code("bad-variable");
                return Err(fault.at(self.span(at..at + 1), "only \"[*]\" may stand here"));
            }
            split = true;
            at += 3;
        }
        let mut default = None;
        if self.text.get(at) == Some(&b'-') {
            // Without a brace the default takes the rest of the line.
            let end = self.closing_brace(at).unwrap_or(self.text.len());
            default = self.text.get(at + 1..end);
            at = end;
        }
        if self.text.get(at) != Some(&b'}') {
            self.at = at;
            let fault = Diagnostic::error("unmatched brace in environment variable name").code("bad-variable");
            let fault = fault.at(self.span(start..at), "this reference is not closed");
            return Err(fault.replace(self.span(at..at), "}", "add the closing brace"));
        }
        Ok(Reference { name, split, default, range: start..at + 1 })
    }

    fn closing_brace(&self, from: usize) -> Option<usize> {
        let rest = &self.text[from..];
        rest.iter().position(|&byte| byte == b'}').map(|position| from + position)
    }

    fn unknown_pseudo_variable(&self, range: Range<usize>) -> Diagnostic {
        let name = String::from_utf8_lossy(&self.text[range.clone()]).into_owned();
        let span = self.span(range);
        let fault = Diagnostic::error(format!("unknown pseudo-variable '{name}'")).code("bad-variable").at(span, "");
        match suggest(&name, PSEUDO_VARIABLES) {
            Some(known) => fault.replace(span, known, format!("did you mean '{known}'?")),
            None => {
                fault.help("the pseudo-variables are .FILE, .LINE and .SECTION; other names cannot start with a dot")
            }
        }
    }

    /// Adds the value of a variable to the open word.
    fn expand(&mut self, value: &[u8], range: Range<usize>) {
        let source = self.offset(range.start)..self.offset(range.end);
        self.word_from(range.start).stand_for(value, source);
        self.check_length();
    }

    /// Adds the value of a list: blanks in it separate words.
    fn expand_list(&mut self, value: &[u8], range: Range<usize>) {
        let end = self.offset(range.end);
        let mut rest = value;
        while !rest.is_empty() && !self.full {
            let blanks = rest.iter().take_while(|&&byte| is_space(byte)).count();
            if blanks > 0 {
                self.finish_word_at(end);
                rest = &rest[blanks..];
                continue;
            }
            let length = rest.iter().take_while(|&&byte| !is_space(byte)).count();
            let start = self.offset(range.start);
            let word = self.word_from(range.start);
            word.quoting.weak = true;
            word.quoting.expanded = true;
            word.stand_for(&rest[..length], start..end);
            self.check_length();
            rest = &rest[length..];
        }
    }

    /// Takes the byte here as it is.
    fn plain(&mut self, byte: u8) {
        let at = self.offset(self.at);
        self.word().verbatim(byte, at);
        self.at += 1;
        self.check_length();
    }

    /// Takes a byte that the escape sequence from `start` to here stands for.
    fn escaped(&mut self, byte: u8, start: usize) {
        let source = self.offset(start)..self.offset(self.at);
        let word = self.word_from(start);
        word.quoting.escaped = true;
        word.stand_for(&[byte], source);
        self.check_length();
    }

    /// The open word; opens one here if there is none.
    fn word(&mut self) -> &mut WordBuilder {
        self.word_from(self.at)
    }

    /// The open word; opens one at the text offset `start` if there is none.
    fn word_from(&mut self, start: usize) -> &mut WordBuilder {
        if self.open.is_none() {
            self.explicit = false;
        }
        let (source, start) = (self.place.file.id(), self.offset(start));
        self.open.get_or_insert_with(|| WordBuilder::new(source, start))
    }

    fn finish_word(&mut self) {
        self.finish_word_at(self.offset(self.at));
    }

    fn finish_word_at(&mut self, end: u32) {
        let Some(builder) = self.open.take() else { return };
        if builder.len() == 0 && !self.explicit {
            return;
        }
        let word = builder.finish(end);
        if self.words.len() == MAX_WORDS {
            self.full = true;
            let fault = Diagnostic::error(format!("too many words: a line may have {MAX_WORDS}")).code("line-limit");
            self.diagnostics.push(fault.at(word.span(), "this one is too many"));
            return;
        }
        self.value_bytes += word.len();
        self.words.push(word);
    }

    fn check_length(&mut self) {
        if self.value_bytes + self.open.as_ref().map_or(0, WordBuilder::len) > MAX_LINE_BYTES {
            self.too_long(self.at);
        }
    }

    /// Complains once and has nothing more taken from the line.
    fn too_long(&mut self, at: usize) {
        if self.full {
            return;
        }
        self.full = true;
        let limit = format!("line too long: {MAX_LINE_BYTES} bytes are possible, as written and as expanded");
        let span = self.span(at..at);
        self.diagnostics.push(Diagnostic::error(limit).code("line-limit").at(span, "the limit is reached here"));
    }

    /// Ends the line: what follows an unmatched quote cannot be told apart.
    fn unmatched_quote(&mut self, opening: usize, quote: char) {
        self.open = None;
        self.at = self.text.len();
        let fault = Diagnostic::error("unmatched quote")
            .code("unmatched-quote")
            .at(self.span(opening..opening + 1), "this quote is never closed on the line")
            .help(format!("close it with {quote} or, if it is a plain character, write it as \\{quote}"));
        self.diagnostics.push(fault);
    }

    /// HAProxy drops what stands between a carriage return right behind a word and the end of the line.
    fn remark_on_text_after_return(&mut self, hash: Hash) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.iter().position(|&byte| !is_blank(byte)) else { return };
        if rest[first] == b'#' && hash == Hash::Comment {
            return;
        }
        let span = self.span(self.at + first..self.text.len());
        self.diagnostics.push(
            Diagnostic::advice("text behind a carriage return is ignored")
                .code("text-after-carriage-return")
                .at(span, "not read")
                .help("end lines with line feeds"),
        );
    }

    fn offset(&self, at: usize) -> u32 {
        self.base + at as u32
    }

    fn span(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text.len()).max(range.start);
        Span { source: self.place.file.id(), start: self.offset(range.start), end: self.offset(end) }
    }
}

/// Whether a byte separates words of a line.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

/// Whether a byte separates words of a list in a variable, which may have line feeds as well.
fn is_space(byte: u8) -> bool {
    is_blank(byte) || byte == b'\n'
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests;
