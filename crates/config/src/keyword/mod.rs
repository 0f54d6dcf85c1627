//! Keywords: one descriptor each, in const tables beside the code that implements them. A family file lists its keywords; this file lists
//! the families and runs a line against them.

mod acme;
pub(crate) mod bind;
mod check;
pub(crate) mod condition;
pub(crate) mod crt_store;
mod error_section;
mod fcgi;
pub(crate) mod global;
mod line;
pub(crate) mod log;
mod log_forward;
mod log_profile;
pub(crate) mod option;
pub(crate) mod options;
pub(crate) mod proxy;
mod resolvers;
mod ring;
pub(crate) mod server;
pub(crate) mod tls;
mod userlist;

use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Parsed, Span, Word};

pub(crate) use line::run_line;

use crate::args::{Args, Prefix};
use crate::draft::{
    AcmeDraft, CrtStoreDraft, ErrorSectionDraft, FcgiAppDraft, GlobalDraft, HealthcheckDraft, LogForwardDraft,
    LogProfileDraft, ProxyDraft, ProxyKind, ResolversDraft, RingDraft, UserlistDraft,
};
use crate::known::{self, Class};
use crate::removed;

/// A set of section types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections(u16);

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
    /// `ring`
    pub const RING: Self = Self(32);
    /// `log-forward`
    pub const LOG_FORWARD: Self = Self(64);
    /// `http-errors`
    pub const HTTP_ERRORS: Self = Self(128);
    /// `userlist`
    pub const USERLIST: Self = Self(256);
    /// `log-profile`
    pub const LOG_PROFILE: Self = Self(512);
    /// `crt-store`
    pub const CRT_STORE: Self = Self(1024);
    /// `acme`
    pub const ACME: Self = Self(2048);
    /// No section: a line that comes at run time.
    pub const RUNTIME: Self = Self(4096);
    /// `healthcheck`
    pub const HEALTHCHECK: Self = Self(8192);
    /// `resolvers`
    pub const RESOLVERS: Self = Self(16384);
    /// `fcgi-app`
    pub const FCGI_APP: Self = Self(32768);

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
        const NAMES: [(Sections, &str); 15] = [
            (Sections::GLOBAL, "global"),
            (Sections::DEFAULTS, "defaults"),
            (Sections::FRONTEND, "frontend"),
            (Sections::LISTEN, "listen"),
            (Sections::BACKEND, "backend"),
            (Sections::RING, "ring"),
            (Sections::LOG_FORWARD, "log-forward"),
            (Sections::HTTP_ERRORS, "http-errors"),
            (Sections::USERLIST, "userlist"),
            (Sections::LOG_PROFILE, "log-profile"),
            (Sections::CRT_STORE, "crt-store"),
            (Sections::ACME, "acme"),
            (Sections::HEALTHCHECK, "healthcheck"),
            (Sections::RESOLVERS, "resolvers"),
            (Sections::FCGI_APP, "fcgi-app"),
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

    /// Whether it is an option that is followed by a parameter in parentheses, as in `set-proxy-v2-tlv-fmt(0x20)`.
    pub fn takes_parameter(&self) -> bool {
        self.arguments.starts_with('(')
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

/// The keywords of `ring` sections.
pub(crate) const RING: Table<RingDraft> = Table { families: &[ring::KEYWORDS], known: &[Class::Ring] };

/// The keywords of `log-forward` sections.
pub(crate) const LOG_FORWARD: Table<LogForwardDraft> =
    Table { families: &[log_forward::KEYWORDS], known: &[Class::LogForward] };
/// The keywords of `http-errors` sections.
pub(crate) const HTTP_ERRORS: Table<ErrorSectionDraft> = Table { families: &[error_section::KEYWORDS], known: &[] };

/// The keywords of `userlist` sections.
pub(crate) const USERLIST: Table<UserlistDraft> = Table { families: &[userlist::KEYWORDS], known: &[] };

/// The keywords of `log-profile` sections.
pub(crate) const LOG_PROFILE: Table<LogProfileDraft> =
    Table { families: &[log_profile::KEYWORDS], known: &[Class::LogProfile] };

/// The keywords of `crt-store` sections.
pub(crate) const CRT_STORE: Table<CrtStoreDraft> =
    Table { families: &[crt_store::KEYWORDS], known: &[Class::CrtStore] };

/// The keywords of `acme` sections.
pub(crate) const ACME: Table<AcmeDraft> = Table { families: &[acme::KEYWORDS], known: &[Class::Acme] };

/// The keywords of `healthcheck` sections.
pub(crate) const HEALTHCHECK: Table<HealthcheckDraft> =
    Table { families: &[check::SECTION, check::SECTION_LINES], known: &[Class::Healthcheck] };

/// The keywords of `resolvers` sections.
pub(crate) const RESOLVERS: Table<ResolversDraft> =
    Table { families: &[resolvers::KEYWORDS], known: &[Class::Resolvers] };

/// The keywords of `fcgi-app` sections.
pub(crate) const FCGI_APP: Table<FcgiAppDraft> = Table { families: &[fcgi::KEYWORDS], known: &[Class::FcgiApp] };

const PROXY_FAMILIES: &[&[Keyword<ProxyDraft>]] = &[
    proxy::section::KEYWORDS,
    proxy::bind_line::KEYWORDS,
    proxy::certificate::KEYWORDS,
    proxy::server_line::KEYWORDS,
    proxy::limit::KEYWORDS,
    proxy::timeout::KEYWORDS,
    proxy::balance::KEYWORDS,
    proxy::cookie::KEYWORDS,
    proxy::retry::KEYWORDS,
    proxy::reply::KEYWORDS,
    proxy::log_line::KEYWORDS,
    proxy::routing::KEYWORDS,
    proxy::rule::KEYWORDS,
    proxy::capture::KEYWORDS,
    proxy::old_rule::KEYWORDS,
    proxy::monitor::KEYWORDS,
    proxy::identifier::KEYWORDS,
    proxy::filter::KEYWORDS,
    proxy::stick::KEYWORDS,
    check::OPTIONS,
    check::LINES,
    check::PROGRAM,
    option::forwarded::KEYWORDS,
    option::connection::KEYWORDS,
    option::http::KEYWORDS,
    option::log::KEYWORDS,
    option::persistence::KEYWORDS,
];
