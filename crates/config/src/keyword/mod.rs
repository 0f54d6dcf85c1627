//! Keywords: one descriptor each, in const tables beside the code that implements them. A family file lists its keywords; this file lists
//! the families and runs a line against them.

pub(crate) mod bind;
pub(crate) mod condition;
pub(crate) mod global;
pub(crate) mod log;
pub(crate) mod option;
pub(crate) mod options;
pub(crate) mod proxy;
pub(crate) mod server;

use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Span, Word};

use crate::args::{Args, Context, Prefix};
use crate::draft::{GlobalDraft, ProxyDraft, ProxyKind};
use crate::known::{self, Class};
use crate::{ignored, removed};

/// A set of section types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections(u8);

impl Sections {
    /// None.
    pub const NONE: Self = Self(0);
    /// `global`
    pub const GLOBAL: Self = Self(1);
    /// `defaults`
    pub const DEFAULTS: Self = Self(2);
    /// `frontend`
    pub const FRONTEND: Self = Self(4);
    /// `listen`
    pub const LISTEN: Self = Self(8);
    /// `backend`
    pub const BACKEND: Self = Self(16);
    /// `defaults`, `frontend`, `listen`, `backend`
    pub const PROXY: Self = Self(30);
    /// `defaults`, `frontend`, `listen`
    pub const CLIENT_SIDE: Self = Self(14);
    /// `defaults`, `listen`, `backend`
    pub const SERVER_SIDE: Self = Self(26);

    /// Both.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The section type of a proxy.
    pub const fn of(kind: ProxyKind) -> Self {
        match kind {
            ProxyKind::Defaults => Self::DEFAULTS,
            ProxyKind::Frontend => Self::FRONTEND,
            ProxyKind::Listen => Self::LISTEN,
            ProxyKind::Backend => Self::BACKEND,
        }
    }

    /// The names of the section types, in the manual's order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(Sections, &str); 5] = [
            (Sections::GLOBAL, "global"),
            (Sections::DEFAULTS, "defaults"),
            (Sections::FRONTEND, "frontend"),
            (Sections::LISTEN, "listen"),
            (Sections::BACKEND, "backend"),
        ];
        NAMES.into_iter().filter(move |(section, _)| self.contains(*section)).map(|(_, name)| name)
    }
}

/// Which of `no` and `default` may stand before a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefixes {
    /// Neither.
    None,
    /// `no`.
    No,
    /// Both.
    NoAndDefault,
}

impl Prefixes {
    /// Whether that prefix, or the lack of one, is possible.
    const fn allow(self, prefix: Prefix) -> bool {
        match prefix {
            Prefix::None => true,
            Prefix::No => !matches!(self, Self::None),
            Prefix::Default => matches!(self, Self::NoAndDefault),
        }
    }
}

/// Everything there is to say about a keyword that sets something in a `D`.
pub(crate) struct Keyword<D: 'static> {
    /// Its words, separated by one blank: `maxconn`, `timeout client`.
    pub name: &'static str,
    /// Sections it is meant for.
    pub sections: Sections,
    /// Sections where HAProxy warns and goes on without it; elsewhere it is an error.
    pub ignored_in: Sections,
    /// What may stand before it.
    pub prefixes: Prefixes,
    /// What follows it, for people.
    pub arguments: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Where HAProxy's configuration manual describes it.
    pub manual: &'static str,
    /// Reads the line.
    pub parse: fn(&mut D, &mut Args<'_>) -> Parsed<()>,
}

impl<D> Keyword<D> {
    /// A keyword of the section type that `D` stands for.
    pub const fn new(
        name: &'static str,
        arguments: &'static str,
        summary: &'static str,
        manual: &'static str,
        parse: fn(&mut D, &mut Args<'_>) -> Parsed<()>,
    ) -> Self {
        Self {
            name,
            sections: Sections::NONE,
            ignored_in: Sections::NONE,
            prefixes: Prefixes::None,
            arguments,
            summary,
            manual,
            parse,
        }
    }

    /// The sections it is meant for.
    pub const fn within(mut self, sections: Sections) -> Self {
        self.sections = sections;
        self
    }

    /// The sections where it only earns a warning.
    pub const fn ignored_in(mut self, sections: Sections) -> Self {
        self.ignored_in = sections;
        self
    }

    /// `no` and `default` may stand before it.
    pub const fn negatable(mut self) -> Self {
        self.prefixes = Prefixes::NoAndDefault;
        self
    }

    /// `no` may stand before it, `default` not.
    pub const fn deniable(mut self) -> Self {
        self.prefixes = Prefixes::No;
        self
    }
}

impl Keyword<GlobalDraft> {
    /// A keyword of the `global` section.
    pub const fn global(
        name: &'static str,
        arguments: &'static str,
        summary: &'static str,
        manual: &'static str,
        parse: fn(&mut GlobalDraft, &mut Args<'_>) -> Parsed<()>,
    ) -> Self {
        Self::new(name, arguments, summary, manual, parse).within(Sections::GLOBAL)
    }
}

impl Keyword<ProxyDraft> {
    /// A keyword of proxies; [`Keyword::within`] says of which.
    pub const fn proxy(
        name: &'static str,
        arguments: &'static str,
        summary: &'static str,
        manual: &'static str,
        parse: fn(&mut ProxyDraft, &mut Args<'_>) -> Parsed<()>,
    ) -> Self {
        Self::new(name, arguments, summary, manual, parse)
    }
}

/// The keywords of a kind of section, and where to look for those that are not among them.
pub(crate) struct Table<D: 'static> {
    /// The families.
    pub families: &'static [&'static [Keyword<D>]],
    /// What HAProxy knows there.
    pub known: &'static [Class],
}

impl<D> Table<D> {
    /// All keywords.
    pub fn iter(&self) -> impl Iterator<Item = &'static Keyword<D>> {
        self.families.iter().flat_map(|family| family.iter())
    }

    /// Whether Burdock or HAProxy, today or once, has a keyword that begins with this word.
    pub fn knows(&self, word: &str, section: Sections) -> bool {
        let begins = |name: &str| name.split(' ').next() == Some(word);
        matches!(word, "no" | "default")
            || self.iter().any(|keyword| begins(keyword.name))
            || known::names(self.known).any(begins)
            || removed::REMOVED.iter().any(|removed| removed.sections.contains(section) && begins(removed.name))
    }

    /// The keyword that a line begins with, and how many words its name takes.
    pub fn find(&self, words: &[Word]) -> Option<(&'static Keyword<D>, usize)> {
        self.iter().find_map(|keyword| {
            let count = starts_with(words, keyword.name)?;
            Some((keyword, count))
        })
    }
}

/// The number of words of `name` if `words` begin with them.
pub(crate) fn starts_with(words: &[Word], name: &str) -> Option<usize> {
    let mut count = 0;
    for part in name.split(' ') {
        if *words.get(count)? != *part {
            return None;
        }
        count += 1;
    }
    Some(count)
}

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

/// The keyword is HAProxy's but not yet ours.
pub(crate) fn not_yet(name: &str, span: Span) -> Diagnostic {
    unsupported(&format!("'{name}' is"), span)
}

/// As [`not_yet`], for what is no single keyword: `addresses with 'quic4@' are`.
pub(crate) fn unsupported(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("{what} known to HAProxy but not supported by Burdock yet"))
        .code("not-supported-yet")
        .at(span, "not supported yet")
}

/// The name that a word was probably meant to be. Names whose length alone tells them apart are not compared: there are hundreds.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const MOST_EDITS: usize = 3;
    suggest(word, names.into_iter().filter(|name| name.len().abs_diff(word.len()) <= MOST_EDITS))
}

/// Adds the nearest name, where one is near.
pub(crate) fn with_suggestion<'n>(fault: Diagnostic, word: &Word, names: impl Iterator<Item = &'n str>) -> Diagnostic {
    match nearest(&word.display(), names) {
        Some(name) => fault.replace(word.span(), name, format!("did you mean '{name}'?")),
        None => fault,
    }
}

/// From the first of the words to the last.
pub(crate) fn span_of(words: &[Word]) -> Option<Span> {
    Some(words.first()?.span().to(words.last()?.span()))
}

/// The keywords of the `global` section.
pub(crate) const GLOBAL: Table<GlobalDraft> = Table { families: global::FAMILIES, known: &[Class::Global] };

/// The keywords of `defaults`, `frontend`, `listen` and `backend` sections.
pub(crate) const PROXY: Table<ProxyDraft> =
    Table { families: PROXY_FAMILIES, known: &[Class::Proxy, Class::Option, Class::Timeout] };

const PROXY_FAMILIES: &[&[Keyword<ProxyDraft>]] = &[
    proxy::section::KEYWORDS,
    proxy::bind_line::KEYWORDS,
    proxy::server_line::KEYWORDS,
    proxy::limit::KEYWORDS,
    proxy::timeout::KEYWORDS,
    proxy::balance::KEYWORDS,
    proxy::cookie::KEYWORDS,
    proxy::retry::KEYWORDS,
    proxy::reply::KEYWORDS,
    proxy::log_line::KEYWORDS,
    proxy::routing::KEYWORDS,
    option::connection::KEYWORDS,
    option::http::KEYWORDS,
    option::log::KEYWORDS,
    option::persistence::KEYWORDS,
];
