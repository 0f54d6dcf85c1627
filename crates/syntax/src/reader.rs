//! Gives the live lines of one file one after the other: lexes them, follows `.if` blocks and carries out the message
//! directives. What the lines mean is the caller's affair, who may change the environment between two of them.

use std::sync::Arc;

use crate::block::Blocks;
use crate::condition::Condition;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::environment::Environment;
use crate::facts::Facts;
use crate::lex::{Hash, Line, Place, is_blank, lex};
use crate::source::{SourceFile, Span};
use crate::suggest::suggest;
use crate::word::Word;

/// Reads one file line by line.
///
/// ```
/// use burdock_syntax::{Diagnostics, Environment, Facts, Reader, SourceMap};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("haproxy.cfg", "global\n  setenv PORT 80\nlisten l\n  bind \"*:${PORT}\"\n").unwrap();
/// let (facts, mut environment, mut diagnostics) = (Facts::default(), Environment::empty(), Diagnostics::new());
/// let mut reader = Reader::new(file, &facts);
/// let mut last = String::new();
/// while let Some(line) = reader.next_line(&environment, &mut diagnostics) {
///     match line.words.as_slice() {
///         [keyword, name, value] if *keyword == "setenv" => environment.set(name.as_bytes(), value.as_bytes()),
///         [keyword, name] if *keyword == "listen" => reader.enter_section(name.as_bytes()),
///         words => last = words.last().unwrap().to_string(),
///     }
/// }
/// assert_eq!(last, "*:80");
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    file: Arc<SourceFile>,
    facts: &'a Facts,
    /// Number of the next line.
    next: u32,
    section: Vec<u8>,
    blocks: Blocks,
}

/// What a line that starts with a dot does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    If,
    Elif,
    Else,
    Endif,
    Message(Severity),
}

const DIRECTIVES: [(&str, Directive); 8] = [
    (".if", Directive::If),
    (".elif", Directive::Elif),
    (".else", Directive::Else),
    (".endif", Directive::Endif),
    (".alert", Directive::Message(Severity::Error)),
    (".warning", Directive::Message(Severity::Warning)),
    (".notice", Directive::Message(Severity::Notice)),
    (".diag", Directive::Message(Severity::Diag)),
];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<'a> Reader<'a> {
    /// Starts at the top of a file, outside any section.
    pub fn new(file: Arc<SourceFile>, facts: &'a Facts) -> Reader<'a> {
        Reader { file, facts, next: 1, section: Vec::new(), blocks: Blocks::default() }
    }

    /// The next line that is neither empty nor switched off; none of its words is empty. Faults of lines on the way are
    /// added to `diagnostics`, and the lines that cannot be read are skipped. `None` at the end of the file, when open
    /// blocks have been complained about.
    pub fn next_line(&mut self, environment: &Environment, diagnostics: &mut Diagnostics) -> Option<Line> {
        if self.next == 1 && self.is_utf16() {
            let start = Span { source: self.file.id(), start: 0, end: 2 };
            let fault = Diagnostic::error("the file is encoded as UTF-16").code("file-encoding");
            diagnostics.push(fault.at(start, "").help("save it as UTF-8 without a byte order mark"));
            self.next = self.file.line_count() + 1;
        }
        while let Some(text) = self.file.line_span(self.next) {
            let number = self.next;
            self.next += 1;
            let text = if number == 1 { self.without_byte_order_mark(text, diagnostics) } else { text };
            if let Some(line) = self.read(number, text, environment, diagnostics) {
                return Some(line);
            }
        }
        self.finish(diagnostics);
        None
    }

    /// Tells the reader the value of `.SECTION` for the lines to come: the section's name, or its type if it has none.
    pub fn enter_section(&mut self, name: impl Into<Vec<u8>>) {
        self.section = name.into();
    }

    /// The file being read.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Reads one line. `None` if there is nothing in it for the caller.
    fn read(
        &mut self,
        number: u32,
        text: Span,
        environment: &Environment,
        diagnostics: &mut Diagnostics,
    ) -> Option<Line> {
        if !self.blocks.is_live() && !self.steers_blocks(text) {
            return None;
        }
        let live = self.blocks.is_live();
        let file = Arc::clone(&self.file);
        let place = Place { file: &file, line: number, section: &self.section };
        // What is switched off may be unfit for reading, unless its condition decides what comes next.
        let mut ignored = Diagnostics::new();
        let decides =
            self.blocks.wants_condition() && matches!(self.written_directive(text), Some((Directive::Elif, _)));
        let heard = if live || decides { &mut *diagnostics } else { &mut ignored };
        let words = lex(place, text, Hash::Comment, environment, heard);
        let Some(words) = words else {
            // The block structure is kept up, so that one fault does not bring others behind it.
            if let Some((directive, at)) = self.written_directive(text) {
                self.steer(directive, at, None, diagnostics);
            }
            return None;
        };
        let first = words.first()?;
        if first.as_bytes().first() == Some(&b'.') {
            self.obey(&words, live, environment, diagnostics);
            return None;
        }
        if !live {
            return None;
        }
        if first.is_empty() {
            diagnostics.push(
                Diagnostic::advice("the line is ignored because its first word is empty")
                    .code("empty-keyword")
                    .at(first.span(), "this is empty"),
            );
            return None;
        }
        Line::new(number, without_empty_argument(words, diagnostics))
    }

    /// Carries out a line that starts with a dot.
    fn obey(&mut self, words: &[Word], live: bool, environment: &Environment, diagnostics: &mut Diagnostics) {
        let Some((first, arguments)) = words.split_first() else { return };
        let Some(directive) = directive_named(first.as_bytes()) else {
            if live {
                diagnostics.push(unknown_directive(first));
            }
            return;
        };
        match directive {
            Directive::Message(severity) if live => report(severity, first, arguments, diagnostics),
            Directive::Message(_) => {}
            Directive::If | Directive::Elif => {
                let matters = if directive == Directive::If { live } else { self.blocks.wants_condition() };
                let condition = matters.then(|| self.evaluate(arguments, environment, diagnostics)).flatten();
                self.steer(directive, first.span(), condition, diagnostics);
            }
            Directive::Else | Directive::Endif => {
                if let Some(extra) = arguments.first().filter(|word| !word.is_empty()) {
                    let fault = Diagnostic::error(format!("unexpected argument '{extra}' for '{first}'"));
                    diagnostics.push(fault.code("extra-argument").at(extra.span(), "nothing may follow"));
                }
                self.steer(directive, first.span(), None, diagnostics);
            }
        }
    }

    fn evaluate(&self, words: &[Word], environment: &Environment, diagnostics: &mut Diagnostics) -> Option<bool> {
        let outcome = Condition::parse(words).and_then(|condition| condition.evaluate(self.facts, environment));
        diagnostics.take(outcome)
    }

    fn steer(&mut self, directive: Directive, at: Span, condition: Option<bool>, diagnostics: &mut Diagnostics) {
        let outcome = match directive {
            Directive::If => self.blocks.begin(at, condition),
            Directive::Elif => self.blocks.alternative(at, condition),
            Directive::Else => self.blocks.otherwise(at),
            Directive::Endif => self.blocks.end(at),
            Directive::Message(_) => Ok(()),
        };
        diagnostics.take(outcome);
    }

    /// Whether a switched-off line may begin with a directive: with a dot, or with something that could stand for one.
    fn steers_blocks(&self, text: Span) -> bool {
        let first = self.file.bytes(text).iter().find(|&&byte| !is_blank(byte));
        first.is_some_and(|byte| matches!(byte, b'.' | b'"' | b'\'' | b'\\'))
    }

    /// The directive that a line begins with as written, for lines that cannot be lexed.
    fn written_directive(&self, text: Span) -> Option<(Directive, Span)> {
        let bytes = self.file.bytes(text);
        let start = bytes.iter().position(|&byte| !is_blank(byte))?;
        let length = bytes[start..].iter().take_while(|&&byte| !is_blank(byte) && byte != b'#').count();
        let directive = directive_named(&bytes[start..start + length])?;
        let start = text.start + start as u32;
        Some((directive, Span { start, end: start + length as u32, ..text }))
    }

    fn is_utf16(&self) -> bool {
        self.file.text().starts_with(b"\xff\xfe") || self.file.text().starts_with(b"\xfe\xff")
    }

    fn without_byte_order_mark(&self, text: Span, diagnostics: &mut Diagnostics) -> Span {
        if !self.file.text().starts_with(BYTE_ORDER_MARK) {
            return text;
        }
        let end = text.start + BYTE_ORDER_MARK.len() as u32;
        let mark = Span { end, ..text };
        let fault = Diagnostic::error("the file begins with a byte order mark").code("file-encoding");
        diagnostics.push(fault.at(mark, "").replace(mark, "", "save the file as UTF-8 without a byte order mark"));
        Span { start: end, ..text }
    }

    fn finish(&mut self, diagnostics: &mut Diagnostics) {
        diagnostics.extend(self.blocks.close_all());
        let length = self.file.text().len() as u32;
        let truncated = length > 0 && self.file.text().last() != Some(&b'\n') && !self.is_utf16();
        if truncated && self.next != u32::MAX {
            let end = Span { source: self.file.id(), start: length, end: length };
            diagnostics.push(
                Diagnostic::warning("missing line feed on the last line, the file might have been truncated")
                    .code("truncated-file")
                    .at(end, "the file ends here")
                    .note("HAProxy refuses such a file")
                    .help("end the last line with a line feed"),
            );
        }
        // Told once, however often the end is read.
        self.next = u32::MAX;
    }
}

/// Refuses empty arguments, as HAProxy does for every keyword: there they end the line. They do so here too, so that
/// what stands before them is still looked at.
fn without_empty_argument(mut words: Vec<Word>, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let Some(index) = words.iter().position(Word::is_empty) else { return words };
    let empty = &words[index];
    let fault = Diagnostic::error(format!("argument number {index} is empty and marks the end of the argument list"));
    let fault = fault.code("empty-argument").at(empty.span(), "this is empty");
    diagnostics.push(match empty.quoting().expanded {
        true => fault
            .help("write \"${NAME-default}\" for a value to use while the variable is unset")
            .help("write \"${NAME[*]}\" to have no argument at all while the variable is empty"),
        false => fault.help("remove it"),
    });
    words.truncate(index);
    words
}

/// `.alert`, `.warning`, `.notice` and `.diag`.
fn report(severity: Severity, directive: &Word, arguments: &[Word], diagnostics: &mut Diagnostics) {
    if let Some(extra) = arguments.get(1).filter(|word| !word.is_empty()) {
        diagnostics.push(
            Diagnostic::error(format!("unexpected argument '{extra}' for '{directive}'"))
                .code("extra-argument")
                .at(extra.span(), "only one argument is possible")
                .help("put the message in quotes if it has spaces"),
        );
        return;
    }
    let message = arguments.first().map(Word::display).unwrap_or_default();
    diagnostics.push(Diagnostic::new(severity, format!("'{message}'")).code("message").at(directive.span(), ""));
}

fn directive_named(name: &[u8]) -> Option<Directive> {
    DIRECTIVES.iter().find(|(known, _)| known.as_bytes() == name).map(|&(_, directive)| directive)
}

fn unknown_directive(word: &Word) -> Diagnostic {
    let fault = Diagnostic::error(format!("unknown directive '{word}'")).code("unknown-directive").at(word.span(), "");
    match suggest(&word.display(), DIRECTIVES.map(|(name, _)| name)) {
        Some(known) => fault.replace(word.span(), known, format!("did you mean '{known}'?")),
        None => fault.note("a word that begins with a dot at the start of a line is a directive"),
    }
}

#[cfg(test)]
mod tests;
