//! `expect` lines.

use std::ops::RangeInclusive;

use burdock_model::{Content, ExpectStep, HeaderPattern, StatusSet, TextMatch, TextPattern};
use burdock_pattern::{Case, Regex};
use burdock_sample::{Expression, Format, Phase};
use burdock_state::CheckStatus;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::line::{binary, in_checks};
use super::script::Compiler;
use crate::args::{Args, not_one_of};
use crate::draft::CheckLine;

/// A step that expects nothing yet.
pub(super) fn usual() -> ExpectStep {
    ExpectStep {
        content: Content::Text([].into()),
        negated: false,
        least_bytes: None,
        ok_status: CheckStatus::Layer7Passed,
        error_status: CheckStatus::Layer7Problem,
        timeout_status: CheckStatus::Layer7Timeout,
        on_success: None,
        on_error: None,
        code: None,
    }
}

/// Formats and expressions of a line, compiled once all its words were read.
#[derive(Default)]
struct Words {
    content: Option<(ContentWord, Vec<Word>)>,
    on_success: Option<Word>,
    on_error: Option<Word>,
    code: Option<Word>,
    comment: Option<String>,
    error_status: Option<CheckStatus>,
}

/// A way of matching, by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ContentWord {
    Text,
    TextFormat,
    Binary,
    BinaryFormat,
    Regex,
    BinaryRegex,
    Status,
    StatusRegex,
    Header,
    WholeHeader,
}

const OF_BYTES: &[(&str, ContentWord)] = &[
    ("string", ContentWord::Text),
    ("string-lf", ContentWord::TextFormat),
    ("rstring", ContentWord::Regex),
    ("binary", ContentWord::Binary),
    ("binary-lf", ContentWord::BinaryFormat),
    ("rbinary", ContentWord::BinaryRegex),
];

const OF_RESPONSES: &[(&str, ContentWord)] = &[
    ("status", ContentWord::Status),
    ("rstatus", ContentWord::StatusRegex),
    ("string", ContentWord::Text),
    ("string-lf", ContentWord::TextFormat),
    ("rstring", ContentWord::Regex),
    ("hdr", ContentWord::Header),
    ("fhdr", ContentWord::WholeHeader),
];

/// Reads a line.
pub(super) fn read(
    compiler: &mut Compiler<'_>,
    line: &CheckLine,
    is_http: bool,
) -> Parsed<(ExpectStep, Option<String>)> {
    let mut step = usual();
    let words = read_words(&mut compiler.args(line), &mut step, is_http)?;
    let scope = compiler.scope;
    let mut format = |word: &Word| Format::parse(word, &scope, Phase::Check, compiler.findings);
    step.on_success = words.on_success.as_ref().map(&mut format).transpose()?;
    step.on_error = words.on_error.as_ref().map(&mut format).transpose()?;
    step.code = words.code.as_ref().map(|word| in_checks(Expression::parse(word, &scope)?, word)).transpose()?;
    let Some((kind, patterns)) = words.content else {
        return Err(compiler.args(line).missing("something to look for"));
    };
    step.content = content(kind, &patterns, &mut format)?;
    let usual_error = match step.content {
        Content::Status(_) | Content::StatusRegex(_) | Content::Header(_) => CheckStatus::Layer7Status,
        _ => CheckStatus::Layer7Problem,
    };
    step.error_status = words.error_status.unwrap_or(usual_error);
    Ok((step, words.comment))
}

fn read_words(args: &mut Args<'_>, step: &mut ExpectStep, is_http: bool) -> Parsed<Words> {
    const OK: &[(&str, CheckStatus)] = &[
        ("L7OK", CheckStatus::Layer7Passed),
        ("L7OKC", CheckStatus::Layer7Conditional),
        ("L6OK", CheckStatus::Layer6Passed),
        ("L4OK", CheckStatus::Layer4Passed),
    ];
    const ERROR: &[(&str, CheckStatus)] = &[
        ("L7OKC", CheckStatus::Layer7Conditional),
        ("L7RSP", CheckStatus::Layer7Problem),
        ("L7STS", CheckStatus::Layer7Status),
        ("L6RSP", CheckStatus::Layer6Problem),
        ("L4CON", CheckStatus::Layer4Problem),
    ];
    const TIMEOUT: &[(&str, CheckStatus)] = &[
        ("L7TOUT", CheckStatus::Layer7Timeout),
        ("L6TOUT", CheckStatus::Layer6Timeout),
        ("L4TOUT", CheckStatus::Layer4Timeout),
    ];
    let kinds = if is_http { OF_RESPONSES } else { OF_BYTES };
    let mut words = Words::default();
    while let Some(word) = args.next() {
        match word.as_bytes() {
            b"min-recv" => {
                let least = args.number("a number of bytes, or -1", -1..=i64::from(i32::MAX))?.value;
                step.least_bytes = usize::try_from(least).ok();
            }
            b"comment" => words.comment = Some(args.text("a text")?.value),
            b"ok-status" => step.ok_status = args.choice("a status", OK)?.value,
            b"error-status" => words.error_status = Some(args.choice("a status", ERROR)?.value),
            b"tout-status" => step.timeout_status = args.choice("a status", TIMEOUT)?.value,
            b"on-success" => words.on_success = Some(args.required("a format")?.clone()),
            b"on-error" => words.on_error = Some(args.required("a format")?.clone()),
            b"status-code" => words.code = Some(args.required("a sample expression")?.clone()),
            b"!" => step.negated = !step.negated,
            text => {
                let marks = text.iter().take_while(|&&byte| byte == b'!').count();
                let name = text.get(marks..).unwrap_or_default();
                let Some((_, kind)) = kinds.iter().find(|(known, _)| known.as_bytes() == name) else {
                    return Err(not_one_of(word, "something to look for", kinds.iter().map(|(name, _)| *name)));
                };
                step.negated ^= marks % 2 == 1;
                if words.content.is_some() {
                    return Err(Diagnostic::error("a line looks for one thing alone")
                        .code("unexpected-argument")
                        .at(word.span(), "a second one"));
                }
                words.content = Some((*kind, pattern_words(*kind, word, args)?));
            }
        }
    }
    Ok(words)
}

/// The words that a way of matching takes: one, or those of a header.
fn pattern_words(kind: ContentWord, name: &Word, args: &mut Args<'_>) -> Parsed<Vec<Word>> {
    if !matches!(kind, ContentWord::Header | ContentWord::WholeHeader) {
        let what = format!("what '{name}' is to match");
        return Ok(vec![args.required(&what)?.clone()]);
    }
    let mut words = Vec::new();
    for part in [&["name", "name-lf"][..], &["value", "value-lf"][..]] {
        let Some(word) = args.peek().filter(|word| part.iter().any(|name| **word == **name)) else {
            if part[0] == "name" {
                return Err(args.missing("'name' or 'name-lf'"));
            }
            continue;
        };
        args.next();
        words.push(word.clone());
        if args.peek().is_some_and(|word| *word == *"-m") {
            words.extend(args.next().cloned());
            words.push(args.required("how it is compared")?.clone());
        }
        words.push(args.required("a pattern")?.clone());
    }
    Ok(words)
}

fn content(kind: ContentWord, words: &[Word], format: &mut impl FnMut(&Word) -> Parsed<Format>) -> Parsed<Content> {
    let Some(word) = words.first() else { return Err(Diagnostic::error("there is no pattern")) };
    Ok(match kind {
        ContentWord::Text => Content::Text(word.as_bytes().into()),
        ContentWord::TextFormat => Content::TextFormat(format(word)?),
        ContentWord::Binary => Content::Binary(binary(word)?),
        ContentWord::BinaryFormat => Content::BinaryFormat(format(word)?),
        ContentWord::Regex => Content::Regex(regex(word, Case::Matters)?),
        ContentWord::BinaryRegex => Content::BinaryRegex(regex(word, Case::Matters)?),
        ContentWord::Status => Content::Status(statuses(word)?),
        ContentWord::StatusRegex => Content::StatusRegex(regex(word, Case::Matters)?),
        ContentWord::Header | ContentWord::WholeHeader => {
            let mut rest = words;
            let name = text_pattern(&mut rest, true, format)?;
            let value = if rest.is_empty() { None } else { Some(text_pattern(&mut rest, false, format)?) };
            Content::Header(HeaderPattern { name, value, whole: kind == ContentWord::WholeHeader })
        }
    })
}

/// `name [-m <method>] <pattern>` and its like. Names are compared in lower case.
fn text_pattern(
    words: &mut &[Word],
    is_name: bool,
    format: &mut impl FnMut(&Word) -> Parsed<Format>,
) -> Parsed<TextPattern> {
    const METHODS: [(&str, Option<TextMatch>); 5] = [
        ("str", Some(TextMatch::Same)),
        ("beg", Some(TextMatch::Beginning)),
        ("end", Some(TextMatch::End)),
        ("sub", Some(TextMatch::Inside)),
        ("reg", None),
    ];
    let mut next = || {
        let (first, rest) = words.split_first()?;
        *words = rest;
        Some(first)
    };
    let no_pattern = || Diagnostic::error("there is no pattern");
    let is_format = next().ok_or_else(no_pattern)?.as_bytes().ends_with(b"-lf");
    let mut pattern = next().ok_or_else(no_pattern)?;
    let mut method = Some(TextMatch::Same);
    if *pattern == *"-m" {
        let word = next().ok_or_else(no_pattern)?;
        let known = METHODS.iter().find(|(name, _)| *word == **name);
        let Some((_, found)) = known else {
            return Err(not_one_of(word, "how it is compared", METHODS.iter().map(|(name, _)| *name)));
        };
        if is_format && found.is_none() {
            return Err(Diagnostic::error("a regular expression cannot be made anew each time")
                .code("bad-argument")
                .at(word.span(), "not possible with a format"));
        }
        method = *found;
        pattern = next().ok_or_else(no_pattern)?;
    }
    let case = if is_name { Case::Ignored } else { Case::Matters };
    Ok(match method {
        None => TextPattern::Regex(regex(pattern, case)?),
        Some(method) if is_format => TextPattern::Format(method, format(pattern)?),
        Some(method) if is_name => TextPattern::Text(method, pattern.as_bytes().to_ascii_lowercase().into()),
        Some(method) => TextPattern::Text(method, pattern.as_bytes().into()),
    })
}

fn regex(word: &Word, case: Case) -> Parsed<Regex> {
    Regex::new(word.as_bytes(), case).map_err(|fault| {
        let at = word.span_of(fault.offset..fault.offset + 1);
        Diagnostic::error(format!("'{word}' is no regular expression: {}", fault.reason))
            .code("bad-pattern")
            .at(at, "here")
    })
}

/// `200,201,300-310`
fn statuses(word: &Word) -> Parsed<StatusSet> {
    let bad = |part: &str, label: &str| {
        Diagnostic::error(format!("'{part}' is no status nor range of statuses"))
            .code("bad-argument")
            .at(word.span(), label.to_owned())
    };
    let parts = word.to_str()?.split(',').map(|part| {
        let number = |text: &str| text.parse::<u32>().map_err(|_| bad(part, "numbers are expected"));
        let range: RangeInclusive<u32> = match part.split_once('-') {
            Some((first, last)) => number(first)?..=number(last)?,
            None => number(part)?..=number(part)?,
        };
        if range.is_empty() { Err(bad(part, "a range begins with the smaller number")) } else { Ok(range) }
    });
    Ok(StatusSet(parts.collect::<Parsed<_>>()?))
}
