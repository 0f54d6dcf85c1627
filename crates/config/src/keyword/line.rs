//! Runs a line of a section against the section's keywords, and says what is wrong where none is meant for it.

use burdock_syntax::{Diagnostic, Diagnostics, Span, Word};

use super::{Keyword, Sections, Table, not_yet, span_of, with_suggestion};
use crate::args::{Args, Context, Prefix};
use crate::{ignored, known, removed};

/// Runs one line of a section against the section's keywords.
pub(crate) fn run_line<D: Clone>(
    table: &Table<D>,
    draft: &mut D,
    words: &[Word],
    context: &Context<'_>,
    findings: &mut Diagnostics,
) {
    let Some(line) = span_of(words) else { return };
    let prefix = match words {
        [first, _, ..] if *first == *"no" => Prefix::No,
        [first, _, ..] if *first == *"default" => Prefix::Default,
        _ => Prefix::None,
    };
    let named = if prefix == Prefix::None { words } else { words.get(1..).unwrap_or_default() };
    if let Some(found) = removed::find(named, context.section) {
        if let Some(today) = removed::explain(found, named, line, findings)
            && let Some((keyword, count)) = table.find(&today)
        {
            run_keyword(keyword, draft, prefix, &today, count, context, findings);
        }
        return;
    }
    if let Some((keyword, count)) = table.find(named) {
        run_keyword(keyword, draft, prefix, named, count, context, findings);
        return;
    }
    if let Some((found, count)) = ignored::find_line(named, context.section) {
        let name: Vec<_> = named.iter().take(count).map(Word::display).collect();
        let name = name.join(" ");
        findings.push(match found.prefixes.allow(prefix) {
            true => found.advice(&name, line),
            false => not_negatable(&name, prefix, line),
        });
        return;
    }
    findings.push(unknown_keyword(table, named, context.section, line));
}

fn run_keyword<D: Clone>(
    keyword: &'static Keyword<D>,
    draft: &mut D,
    prefix: Prefix,
    named: &[Word],
    count: usize,
    context: &Context<'_>,
    findings: &mut Diagnostics,
) {
    let (name_words, arguments) = named.split_at(count.min(named.len()));
    let Some(name_span) = span_of(name_words) else { return };
    if !keyword.prefixes.allow(prefix) {
        findings.push(not_negatable(keyword.name, prefix, name_span));
        return;
    }
    // Where it has no effect it is still read, so that faults come to light.
    let mut aside = None;
    let target = if keyword.sections.contains(context.section) {
        draft
    } else {
        findings.push(misplaced(keyword, context.section, name_span));
        if !keyword.ignored_in.contains(context.section) {
            return;
        }
        aside.insert(draft.clone())
    };
    let mut args = Args::new(keyword.name.to_owned(), name_span, arguments, context, findings);
    args.prefix = prefix;
    args.usage = keyword.arguments;
    if let Err(fault) = (keyword.parse)(target, &mut args) {
        findings.push(fault.or_at(name_span, ""));
    }
}

fn not_negatable(name: &str, prefix: Prefix, span: Span) -> Diagnostic {
    let word = if prefix == Prefix::No { "no" } else { "default" };
    Diagnostic::error(format!("'{name}' cannot have '{word}' before it"))
        .code("not-negatable")
        .at(span, format!("'{word}' is not possible here"))
}

/// The keyword is not for this section.
fn misplaced<D>(keyword: &Keyword<D>, section: Sections, span: Span) -> Diagnostic {
    let here = section.names().next().unwrap_or_default();
    let places: Vec<_> = keyword.sections.names().map(|name| format!("'{name}'")).collect();
    let note = format!("it belongs in {}", join_alternatives(&places));
    if keyword.ignored_in.contains(section) {
        return Diagnostic::warning(format!("'{}' has no effect in a '{here}' section", keyword.name))
            .code("no-effect-here")
            .at(span, "ignored")
            .note(note);
    }
    Diagnostic::error(format!("'{}' is not allowed in a '{here}' section", keyword.name))
        .code("misplaced")
        .at(span, "not allowed here")
        .note(note)
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn join_alternatives(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What to say of a line whose keyword is in no table.
fn unknown_keyword<D>(table: &Table<D>, named: &[Word], section: Sections, line: Span) -> Diagnostic {
    let here = section.names().next().unwrap_or_default();
    let (first, second) = (named.first(), named.get(1));
    let one = first.map(Word::display).unwrap_or_default();
    let two = second.map(|second| format!("{one} {second}"));
    let span = first.map_or(line, Word::span);

    // Some names have three words: the third says what kind, and is of no matter here.
    let is_known = |two: &str| {
        known::names(table.known)
            .any(|name| name.strip_prefix(two).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    if let Some(two) = &two
        && is_known(two)
    {
        return not_yet(two, second.map_or(span, |second| span.to(second.span())));
    }
    let is_group = |name: &str| name.split_once(' ').is_some_and(|(head, _)| head == one);
    let group: Vec<&str> = table
        .iter()
        .filter(|keyword| keyword.sections.contains(section))
        .map(|keyword| keyword.name)
        .chain(known::names(table.known))
        .filter(|name| is_group(name))
        .collect();
    if !group.is_empty() {
        let Some(second) = second else {
            return Diagnostic::error(format!("'{one}' needs to be followed by what it sets"))
                .code("missing-argument")
                .at(span.after(), "a name is missing here");
        };
        let names = group.iter().filter_map(|name| name.split_once(' ')).map(|(_, tail)| tail);
        let fault = Diagnostic::error(format!("unknown '{one} {second}'"))
            .code("unknown-keyword")
            .at(second.span(), format!("'{one}' knows no '{second}'"));
        return with_suggestion(fault, second, names);
    }
    if known::is_known(table.known, &one) {
        return not_yet(&one, span);
    }
    let names: Vec<&str> = table
        .iter()
        .filter(|keyword| keyword.sections.contains(section))
        .map(|keyword| keyword.name)
        .chain(known::names(table.known))
        .map(|name| name.split_once(' ').map_or(name, |(head, _)| head))
        .collect();
    let fault = Diagnostic::error(format!("unknown keyword '{one}' in a '{here}' section"))
        .code("unknown-keyword")
        .at(span, "not known here");
    match first {
        Some(first) => with_suggestion(fault, first, names.into_iter()),
        None => fault,
    }
}
