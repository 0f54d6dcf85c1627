//! The words of one line behind its keyword, taken one by one. Every way in which a word can be wrong is worded here, once.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use burdock_syntax::units::{Time, TimeUnit, parse_size, parse_timer};
use burdock_syntax::{Diagnostic, Diagnostics, Environment, Parsed, Severity, Span, Word};

use crate::draft::{Set, Spanned};
use crate::host::Host;
use crate::keyword::{Sections, nearest};

/// What the meaning of a line depends on beside its words.
pub(crate) struct Context<'a> {
    /// Variables as they are at this line.
    pub environment: &'a Environment,
    /// The machine.
    pub host: &'a dyn Host,
    /// The directory that relative file names start from; none: the process's own.
    pub base_directory: Option<&'a Path>,
    /// The section the line stands in.
    pub section: Sections,
}

/// `no` or `default` before a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Neither.
    None,
    /// `no`.
    No,
    /// `default`.
    Default,
}

/// A cursor over the words behind a keyword.
pub(crate) struct Args<'a> {
    /// The keyword as it was written, prefix included: `timeout client`, `no option httpclose`.
    pub name: String,
    /// Where that stands.
    pub name_span: Span,
    /// What stood before it.
    pub prefix: Prefix,
    /// What stands in parentheses behind an option, where it takes that.
    pub parameter: Option<Word>,
    /// What the keyword's table says about its arguments, for help.
    pub usage: &'static str,
    /// Surroundings.
    pub context: &'a Context<'a>,
    words: &'a [Word],
    next: usize,
    findings: &'a mut Diagnostics,
}

impl<'a> Args<'a> {
    /// A cursor at the first of `words`.
    pub fn new(
        name: String,
        name_span: Span,
        words: &'a [Word],
        context: &'a Context<'a>,
        findings: &'a mut Diagnostics,
    ) -> Self {
        Self { name, name_span, prefix: Prefix::None, parameter: None, usage: "", context, words, next: 0, findings }
    }

    /// Where findings that do not end the line go.
    pub fn findings(&mut self) -> &mut Diagnostics {
        self.findings
    }

    /// Keeps a finding that does not end the line.
    pub fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// The whole line, from the keyword to the last word.
    pub fn line_span(&self) -> Span {
        self.words.last().map_or(self.name_span, |last| self.name_span.to(last.span()))
    }

    /// Where the last word taken ends: a missing one belongs there.
    pub fn here(&self) -> Span {
        self.taken().last().map_or(self.name_span, Word::span).after()
    }

    fn taken(&self) -> &'a [Word] {
        self.words.get(..self.next).unwrap_or_default()
    }

    /// The next word, left where it is.
    pub fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.next)
    }

    /// The next word. An empty one ends the line, as an unset variable would.
    pub fn next(&mut self) -> Option<&'a Word> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    /// Goes on as an option of the line: messages speak of it from here.
    pub fn enter(&mut self, option: &str, span: Span, usage: &'static str) {
        self.name = option.to_owned();
        self.name_span = span;
        self.usage = usage;
    }

    /// Passes over `count` words.
    pub fn skip(&mut self, count: usize) {
        self.next = self.next.saturating_add(count).min(self.words.len());
    }

    /// Passes over the words before the next one for which `wanted` holds.
    pub fn skip_until(&mut self, wanted: impl Fn(&Word) -> bool) {
        while self.peek().is_some_and(|word| !wanted(word)) {
            self.next += 1;
        }
    }

    /// The next word if it is `expected`.
    pub fn next_if(&mut self, expected: &str) -> Option<&'a Word> {
        self.peek().filter(|word| **word == *expected)?;
        self.next()
    }

    /// The words not yet taken; takes them all.
    pub fn rest(&mut self) -> &'a [Word] {
        let rest = self.words.get(self.next..).unwrap_or_default();
        self.next = self.words.len();
        rest
    }

    /// All words behind the keyword, whether taken or not; takes them all.
    pub fn all(&mut self) -> &'a [Word] {
        self.next = self.words.len();
        self.words
    }

    /// The next word, which has to be there; `what` says what it is: `a file name`.
    pub fn required(&mut self, what: &str) -> Parsed<&'a Word> {
        match self.next() {
            Some(word) if !word.is_empty() => Ok(word),
            Some(word) => Err(self.missing(what).at(word.span(), "this is empty")),
            None => Err(self.missing(what)),
        }
    }

    /// The fault that a word is missing here.
    pub fn missing(&self, what: &str) -> Diagnostic {
        let fault = Diagnostic::error(format!("'{}' needs {what}", self.name))
            .code("missing-argument")
            .at(self.here(), format!("{what} is missing here"));
        self.with_usage(fault)
    }

    /// Adds how the keyword is to be written.
    pub fn with_usage(&self, fault: Diagnostic) -> Diagnostic {
        if self.usage.is_empty() { fault } else { fault.help(format!("usage: {} {}", self.name, self.usage)) }
    }

    /// Nothing may follow.
    pub fn end(&mut self) -> Parsed<()> {
        let rest = self.rest();
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return Ok(()) };
        let fault = Diagnostic::error(format!("'{}' takes no argument '{first}'", self.name))
            .code("unexpected-argument")
            .at(first.span().to(last.span()), "not expected here");
        Err(self.with_usage(fault))
    }

    /// Nothing should follow, but HAProxy takes no notice where something does: advice is given.
    pub fn lenient_end(&mut self) {
        if let Err(fault) = self.end() {
            self.report(fault.with_severity(Severity::Advice).note("left aside, as HAProxy does without a word"));
        }
    }

    /// The next word as text.
    pub fn text(&mut self, what: &str) -> Parsed<Spanned<String>> {
        let word = self.required(what)?;
        Ok(Spanned::new(word.to_str()?.to_owned(), word.span()))
    }

    /// The next word as bytes.
    pub fn bytes(&mut self, what: &str) -> Parsed<Spanned<Vec<u8>>> {
        let word = self.required(what)?;
        Ok(Spanned::new(word.as_bytes().to_vec(), word.span()))
    }

    /// The next word as a value that may be empty.
    pub fn value(&mut self) -> Parsed<Vec<u8>> {
        self.next().map(|word| word.as_bytes().to_vec()).ok_or_else(|| self.missing("a value"))
    }

    /// The next word as the name of a file, as it was written.
    pub fn path(&mut self, what: &str) -> Parsed<Spanned<PathBuf>> {
        use std::os::unix::ffi::OsStrExt;
        let word = self.required(what)?;
        Ok(Spanned::new(PathBuf::from(std::ffi::OsStr::from_bytes(word.as_bytes())), word.span()))
    }

    /// A file name made to start from `default-path`'s directory.
    pub fn located(&self, path: &Path) -> PathBuf {
        self.context.base_directory.map_or_else(|| path.to_owned(), |directory| directory.join(path))
    }

    /// The next word as a whole number within `range`.
    pub fn number(&mut self, what: &str, range: RangeInclusive<i64>) -> Parsed<Spanned<i64>> {
        let word = self.required(what)?;
        number_of(word, what, range)
    }

    /// As [`Args::number`] without a range, but read the forgiving way of `atol`: what is no number counts as zero, and what follows its
    /// digits is skipped. HAProxy reads some keywords so, in silence; the line is kept and advice given.
    pub fn lenient_number(&mut self, what: &str) -> Parsed<Spanned<i64>> {
        let word = self.required(what)?;
        match number_of(word, what, i64::MIN..=i64::MAX) {
            Ok(number) => Ok(number),
            Err(fault) => {
                let value = leading_number(word.as_bytes());
                self.report(
                    fault
                        .with_severity(Severity::Advice)
                        .note(format!("read as {value}, as HAProxy does without a word")),
                );
                Ok(Spanned::new(value, word.span()))
            }
        }
    }

    /// As [`Args::lenient_number`], for what cannot be below zero: a negative number counts as zero, with advice.
    pub fn lenient_count(&mut self, what: &str) -> Parsed<Spanned<u32>> {
        let number = self.lenient_number(what)?;
        Ok(self.counted(number))
    }

    /// As [`Args::lenient_count`], and what is missing counts as zero too.
    pub fn lenient_optional_count(&mut self, what: &str) -> Parsed<Spanned<u32>> {
        let number = self.lenient_optional_number(what)?;
        Ok(self.counted(number))
    }

    fn counted(&mut self, number: Spanned<i64>) -> Spanned<u32> {
        if number.value < 0 {
            self.report(
                Diagnostic::advice(format!("{} is below zero", number.value))
                    .code("out-of-range")
                    .at(number.span, "counts as 0")
                    .note("HAProxy accepts it without a word"),
            );
        }
        number.map(|number| number.clamp(0, i64::from(u32::MAX)) as u32)
    }

    /// As [`Args::lenient_number`], and what is missing counts as zero too.
    pub fn lenient_optional_number(&mut self, what: &str) -> Parsed<Spanned<i64>> {
        if self.peek().is_some() {
            return self.lenient_number(what);
        }
        let advice = self.missing(what).with_severity(Severity::Advice);
        self.report(advice.note("read as 0, as HAProxy does without a word"));
        Ok(Spanned::new(0, self.here()))
    }

    /// The next word as a time; a bare number is in `unit`.
    pub fn time(&mut self, unit: TimeUnit) -> Parsed<Spanned<Time>> {
        let word = self.required("a time")?;
        Ok(Spanned::new(parse_timer(word, unit, self.findings)?, word.span()))
    }

    /// The next word as a time in milliseconds, which a bare number is too.
    pub fn time_ms(&mut self) -> Parsed<Spanned<u64>> {
        Ok(self.time(TimeUnit::Millisecond)?.map(Time::ms))
    }

    /// As [`Args::time_ms`], with HAProxy's warning where the number is so small that seconds may be meant.
    pub fn checked_time_ms(&mut self) -> Parsed<Spanned<u64>> {
        let time = self.time(TimeUnit::Millisecond)?;
        let ms = time.value.ms();
        if !time.value.explicit_unit && ms > 0 && ms < SUSPICIOUS_BELOW_MS {
            self.report(
                Diagnostic::warning(format!(
                    "'{} {ms}' is very short: a number without a unit means milliseconds",
                    self.name
                ))
                .code("suspicious-time")
                .at(time.span, format!("{ms} milliseconds"))
                .replace(time.span, format!("{ms}s"), "seconds")
                .replace(time.span, format!("{ms}ms"), "milliseconds, if that is what you mean"),
            );
        }
        Ok(time.map(Time::ms))
    }

    /// The next word as a time in seconds, which a bare number is too.
    pub fn time_s(&mut self) -> Parsed<Spanned<u64>> {
        Ok(self.time(TimeUnit::Second)?.map(Time::s))
    }

    /// The next word as a size in bytes, within `range`.
    pub fn size(&mut self, range: RangeInclusive<u64>) -> Parsed<Spanned<u64>> {
        let word = self.required("a size")?;
        let size = parse_size(word, *range.end())?;
        within(Spanned::new(size, word.span()), range)
    }

    /// The next word as one of the names of `choices`.
    pub fn choice<T: Copy>(&mut self, what: &str, choices: &[(&str, T)]) -> Parsed<Spanned<T>> {
        let word = self.required(what)?;
        match choices.iter().find(|(name, _)| *word == **name) {
            Some((_, value)) => Ok(Spanned::new(*value, word.span())),
            None => Err(not_one_of(word, what, choices.iter().map(|(name, _)| *name))),
        }
    }
}

/// Sets what may only be said once: the first word on it counts, and HAProxy warns of a second.
pub(crate) fn set_once<T>(setting: &mut Set<T>, value: Spanned<T>, args: &mut Args<'_>) {
    match setting {
        None => *setting = Some(value),
        Some(first) => args.report(
            Diagnostic::warning(format!("'{}' was said before", args.name))
                .code("said-before")
                .at(args.name_span, "ignored")
                .also(first.span, "this one counts"),
        ),
    }
}

/// A word as a whole number within `range`.
pub(crate) fn number_of(word: &Word, what: &str, range: RangeInclusive<i64>) -> Parsed<Spanned<i64>> {
    let number = word.to_str()?.parse::<i64>().map_err(|_| {
        Diagnostic::error(format!("{what} is expected, not '{word}'"))
            .code("not-a-number")
            .at(word.span(), "not a whole number")
    })?;
    within(Spanned::new(number, word.span()), range)
}

/// A number that has to lie within `range`.
pub(crate) fn within<T: std::fmt::Display + PartialOrd>(
    number: Spanned<T>,
    range: RangeInclusive<T>,
) -> Parsed<Spanned<T>> {
    if range.contains(&number.value) {
        return Ok(number);
    }
    let (least, most) = range.into_inner();
    Err(Diagnostic::error(format!("{} is out of range", number.value))
        .code("out-of-range")
        .at(number.span, format!("must be between {least} and {most}")))
}

/// The fault that a word is none of the names it could be.
pub(crate) fn not_one_of<'n>(word: &Word, what: &str, names: impl IntoIterator<Item = &'n str>) -> Diagnostic {
    let names: Vec<_> = names.into_iter().collect();
    let listed: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    let fault = Diagnostic::error(format!("{what} is expected, not '{word}'"))
        .code("unknown-value")
        .at(word.span(), "not known")
        .note(format!("possible are {}", listed.join(", ")));
    match nearest(&word.display(), names) {
        Some(name) => fault.replace(word.span(), name, format!("did you mean '{name}'?")),
        None => fault,
    }
}

/// The number that a text begins with, as `atol` reads it; zero where there is none.
pub(crate) fn leading_number(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let size = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -size } else { size }
}

/// HAProxy warns of bare numbers below this (measured).
const SUSPICIOUS_BELOW_MS: u64 = 100;
