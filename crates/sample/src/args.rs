//! Arguments of fetches and converters: what a descriptor declares, and what an expression holds once they are parsed.

use std::any::Any;
use std::sync::Arc;

use burdock_base::{ProxyId, ServerId};
use burdock_http::HeaderName;
use burdock_state::{Table, VariableId, VariableScope};
use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use crate::names::{ProxyNames, Scope};

/// The arguments that a fetch or converter takes.
#[derive(Clone, Copy, Debug)]
pub struct ArgSpec {
    /// As documentation writes them: `[<name>[,<occ>]]`; empty where there are none.
    pub usage: &'static str,
    /// Their kinds in order; there can be no more.
    pub kinds: &'static [ArgKind],
    /// How many of them must be given.
    pub required: usize,
}

/// The kind of an argument.
#[derive(Clone, Copy, Debug)]
pub enum ArgKind {
    /// Any text.
    Text,
    /// The same, optional, where an empty one is not the same as none.
    TextOrEmpty,
    /// A decimal number with an optional sign.
    Integer,
    /// The name of a header, resolved when the expression is parsed. One that is given and empty stands for all headers.
    Header,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// The name of a proxy with a client side; left out, it is the one that the expression stands in.
    Frontend,
    /// The name of a proxy with a server side; left out, it is the one that the expression stands in.
    Backend,
    /// `[backend/]server`
    Server,
    /// The name of a variable with its scope.
    Variable,
    /// The name of a variable with its scope, or what this function makes of the text; the fault is a sentence without its subject.
    OrVariable(fn(&[u8]) -> Result<Arg, &'static str>),
    /// The name of an environment variable, whose value becomes the argument.
    Environment,
    /// The name of a `userlist` section.
    Userlist,
    /// The name of a stick table; left out, it is that of the proxy that the expression stands in.
    Table,
    /// The name of a stick table, or nothing.
    OtherTable,
    /// The number by which something is tracked (`tune.stick-counters`).
    Tracker,
    /// What this function makes of the text; the fault is a sentence without its subject.
    Parse(fn(&[u8]) -> Result<Arg, &'static str>),
    /// What this function makes of the word where it stands; an optional one may be empty.
    Compile(fn(&Word, &Scope<'_>) -> Parsed<Arg>),
}

/// A parsed argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// An optional one that was left out or is empty.
    Omitted,
    /// [`ArgKind::Text`], what one of [`ArgKind::Parse`] decoded to, the value of an [`ArgKind::Environment`] that is set.
    Text(Box<[u8]>),
    /// [`ArgKind::Integer`]
    Integer(i64),
    /// [`ArgKind::Header`]
    Header(HeaderName),
    /// [`ArgKind::Frontend`], [`ArgKind::Backend`]
    Proxy(ProxyId),
    /// [`ArgKind::Server`]
    Server(ProxyId, ServerId),
    /// [`ArgKind::Variable`], [`ArgKind::OrVariable`]
    Variable(VariableId),
    /// [`ArgKind::Choice`], by index.
    Choice(usize),
    /// [`ArgKind::Table`], [`ArgKind::OtherTable`]
    Table(Arc<Table>),
    /// What a converter has made of a text of its own form, once, when the expression is parsed: see [`Args::set`].
    Compiled(Arc<dyn Any + Send + Sync>),
}

/// The parsed arguments of one fetch or converter, as many as its specification has kinds.
#[derive(Clone, Debug, Default)]
pub struct Args(Box<[Arg]>);

impl ArgSpec {
    /// No arguments.
    pub const NONE: Self = Self { usage: "", kinds: &[], required: 0 };

    /// Parses what stood between the parentheses of `keyword`; nothing stands for no parentheses. An empty argument counts as left out
    /// unless its kind takes an empty text.
    pub fn parse(&self, keyword: &Word, values: &[Word], scope: &Scope<'_>) -> Parsed<Args> {
        let values = match values {
            [only] if only.is_empty() && self.kinds.is_empty() => &[],
            values => values,
        };
        if let Some(excess) = values.get(self.kinds.len()) {
            return Err(self.too_many(keyword, excess.span()));
        }
        let parse_one = |(index, kind): (usize, &ArgKind)| match values.get(index) {
            Some(word) if !word.is_empty() => kind.parse(word, scope),
            Some(_) if matches!(kind, ArgKind::TextOrEmpty) => Ok(Arg::Text(Box::default())),
            Some(word) if index >= self.required && matches!(kind, ArgKind::Compile(_)) => kind.parse(word, scope),
            Some(_) if index < self.required && matches!(kind, ArgKind::Text) => Ok(Arg::Text(Box::default())),
            Some(word) if matches!(kind, ArgKind::Header) => kind.parse(word, scope),
            Some(word) if index < self.required && matches!(kind, ArgKind::Parse(_) | ArgKind::OrVariable(_)) => {
                kind.parse(word, scope)
            }
            _ if index < self.required => Err(self.too_few(keyword)),
            _ => match kind {
                ArgKind::Frontend => own_proxy(keyword, scope, "client", |proxy| proxy.frontend),
                ArgKind::Backend => own_proxy(keyword, scope, "server", |proxy| proxy.backend),
                ArgKind::Table => own_table(keyword, scope).map(Arg::Table),
                _ => Ok(Arg::Omitted),
            },
        };
        self.kinds.iter().enumerate().map(parse_one).collect::<Parsed<_>>().map(Args)
    }

    fn too_many(&self, keyword: &Word, excess: Span) -> Diagnostic {
        let limit = match self.kinds.len() {
            0 => "no argument".to_owned(),
            1 => "one argument at most".to_owned(),
            count => format!("{count} arguments at most"),
        };
        Diagnostic::error(format!("'{keyword}' takes {limit}"))
            .code("excess-argument")
            .at(excess, "this is one too many")
            .help(format!("usage: {keyword}{}", self.in_parentheses()))
    }

    fn too_few(&self, keyword: &Word) -> Diagnostic {
        Diagnostic::error(format!("'{keyword}' lacks an argument"))
            .code("missing-argument")
            .at(keyword.span(), "")
            .help(format!("usage: {keyword}{}", self.in_parentheses()))
    }

    fn in_parentheses(&self) -> String {
        if self.usage.is_empty() { String::new() } else { format!("({})", self.usage) }
    }
}

impl ArgKind {
    fn parse(self, word: &Word, scope: &Scope<'_>) -> Parsed<Arg> {
        match self {
            Self::Text | Self::TextOrEmpty => Ok(Arg::Text(word.as_bytes().into())),
            Self::Frontend => proxy(word, scope, "frontend", |proxy| proxy.frontend),
            Self::Backend => proxy(word, scope, "backend", |proxy| proxy.backend),
            Self::Server => server(word, scope),
            Self::Table | Self::OtherTable => table(word, scope).map(Arg::Table),
            Self::Tracker => tracker(word, scope).map(|number| Arg::Integer(number as i64)),
            Self::Variable => {
                scope.names.variable(word.as_bytes()).map(Arg::Variable).map_err(|fault| bad_argument(word, fault))
            }
            Self::OrVariable(_) if names_a_variable(word.as_bytes()) => Self::Variable.parse(word, scope),
            Self::OrVariable(parse) => parse(word.as_bytes()).map_err(|fault| bad_argument(word, fault)),
            Self::Environment => Ok(match scope.names.environment.get(word.as_bytes()) {
                Some(value) => Arg::Text(value.into()),
                None => Arg::Omitted,
            }),
            Self::Userlist => {
                let lists = &scope.names.userlists;
                let found = lists.get(&*word.display()).cloned();
                let found = found.map(|list| Arg::Compiled(list));
                found.ok_or_else(|| unknown(word, "userlist", &word.display(), lists.keys().map(String::as_str)))
            }
            Self::Header => Ok(Arg::Header(HeaderName::lenient(word.as_bytes()))),
            Self::Integer => word
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .map(Arg::Integer)
                .ok_or_else(|| bad_argument(word, "is not an integer")),
            Self::Choice(choices) => {
                choices.iter().position(|choice| *word == **choice).map(Arg::Choice).ok_or_else(|| {
                    let choices: Vec<_> = choices.iter().map(|choice| format!("'{choice}'")).collect();
                    Diagnostic::error(format!("'{word}' is not possible here"))
                        .code("bad-argument")
                        .at(word.span(), "")
                        .help(format!("expected: {}", choices.join(" or ")))
                })
            }
            Self::Compile(compile) => compile(word, scope),
            Self::Parse(parse) => parse(word.as_bytes()).map_err(|fault| bad_argument(word, fault)),
        }
    }
}

fn bad_argument(word: &Word, fault: &str) -> Diagnostic {
    Diagnostic::error(format!("'{word}' {fault}")).code("bad-argument").at(word.span(), "")
}

/// Whether a text begins like the name of a variable does: with a scope and a dot, and something behind it (configuration manual 2.8).
fn names_a_variable(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |&byte| byte == b'.');
    let scope = parts.next().unwrap_or_default();
    let is_scope = VariableScope::ALL.into_iter().any(|known| known.name().as_bytes() == scope);
    is_scope && parts.next().is_some_and(|name| !name.is_empty())
}

/// The proxy that an expression stands in, where its argument was left out.
fn own_proxy(keyword: &Word, scope: &Scope<'_>, side: &str, fits: fn(&ProxyNames) -> bool) -> Parsed<Arg> {
    let Some(id) = scope.proxy else { return Ok(Arg::Omitted) };
    match scope.names.proxies.get(id.index()) {
        Some(proxy) if !fits(proxy) => {
            Err(Diagnostic::error(format!("'{keyword}' needs a name here: '{}' has no {side} side", proxy.name))
                .code("missing-argument")
                .at(keyword.span(), ""))
        }
        _ => Ok(Arg::Proxy(id)),
    }
}

fn proxy(word: &Word, scope: &Scope<'_>, what: &str, fits: fn(&ProxyNames) -> bool) -> Parsed<Arg> {
    scope.names.proxy(&word.display(), fits).map(Arg::Proxy).ok_or_else(|| {
        let names = scope.names.proxies.iter().filter(|proxy| fits(proxy)).map(|proxy| proxy.name.as_str());
        unknown(word, what, &word.display(), names)
    })
}

/// The stick table that an expression or a rule means where it names none, which `keyword` does.
///
/// # Errors
/// There is none: the section has no table, or it is one that others start from.
pub fn own_table(keyword: &Word, scope: &Scope<'_>) -> Parsed<Arc<Table>> {
    let fault = |why: &str| {
        Diagnostic::error(format!("'{keyword}' needs the name of a table here: {why}"))
            .code("missing-argument")
            .at(keyword.span(), "")
    };
    if scope.inherited {
        return Err(fault("a 'defaults' section has no stick table"));
    }
    let proxy = scope.proxy.and_then(|proxy| scope.names.proxies.get(proxy.index()));
    match proxy {
        None => Err(fault("it stands in no section that has one")),
        Some(proxy) => proxy.table.clone().ok_or_else(|| fault(&format!("'{}' has no 'stick-table'", proxy.name))),
    }
}

/// The stick table that a word names.
///
/// # Errors
/// There is none of that name.
pub fn table(word: &Word, scope: &Scope<'_>) -> Parsed<Arc<Table>> {
    let tables = || scope.names.proxies.iter().filter_map(|proxy| proxy.table.as_ref());
    let name = word.display();
    match tables().find(|table| *table.name() == *name) {
        Some(table) => Ok(Arc::clone(table)),
        None if scope.names.proxies.iter().any(|proxy| *proxy.name == *name) => {
            Err(Diagnostic::error(format!("'{name}' has no stick table"))
                .code("unknown-name")
                .at(word.span(), "this section has no 'stick-table' line"))
        }
        None => Err(unknown(word, "stick table", &name, tables().map(|table| table.name()))),
    }
}

/// The number by which something is tracked, that a word gives.
///
/// # Errors
/// It is none, or too high.
pub fn tracker(word: &Word, scope: &Scope<'_>) -> Parsed<usize> {
    let limit = scope.names.trackers();
    let number = word.to_str().ok().and_then(|text| text.parse().ok());
    number.filter(|number| *number < limit).ok_or_else(|| {
        let fault = Diagnostic::error(format!("'{word}' is no number of a tracked entry")).code("out-of-range");
        let fault = fault.help("the global section's 'tune.stick-counters' says how many there can be");
        match limit.checked_sub(1) {
            Some(last) => fault.at(word.span(), format!("0 to {last} are possible")),
            None => fault.at(word.span(), "none is possible"),
        }
    })
}

fn server(word: &Word, scope: &Scope<'_>) -> Parsed<Arg> {
    let text = word.display();
    if scope.inherited && !text.contains('/') {
        return Err(Diagnostic::error(format!("'{text}' needs the name of its backend in a 'defaults' section"))
            .code("missing-argument")
            .at(word.span(), "")
            .help(format!("write it as '<backend>/{text}'")));
    }
    let (proxy, name) = match text.split_once('/') {
        Some((backend, name)) => {
            let names = scope.names.proxies.iter().filter(|proxy| proxy.backend).map(|proxy| proxy.name.as_str());
            let found = scope.names.proxy(backend, |proxy| proxy.backend);
            (found.ok_or_else(|| unknown(word, "backend", backend, names))?, name)
        }
        None => (scope.proxy.ok_or_else(|| unknown(word, "server", &text, std::iter::empty()))?, &*text),
    };
    scope.names.server(proxy, name).map(|server| Arg::Server(proxy, server)).ok_or_else(|| {
        let servers = scope.names.proxies.get(proxy.index()).map_or(&[][..], |proxy| &proxy.servers);
        unknown(word, "server", name, servers.iter().map(String::as_str))
    })
}

fn unknown<'n>(word: &Word, what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Diagnostic {
    let fault =
        Diagnostic::error(format!("there is no {what} '{name}'")).code("unknown-name").at(word.span(), "not found");
    match suggest(name, known) {
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None => fault,
    }
}

impl Args {
    /// Puts a parsed form into the place of the argument at `index`, if there is one.
    pub fn set(&mut self, index: usize, arg: Arg) {
        if let Some(place) = self.0.get_mut(index) {
            *place = arg;
        }
    }

    /// Puts what a text means to its converter into the place of the argument at `index`; [`Args::compiled`] gives it back.
    pub fn set_compiled<T: Any + Send + Sync>(&mut self, index: usize, value: T) {
        self.set(index, Arg::Compiled(Arc::new(value)));
    }

    /// Puts something behind all arguments; [`Args::compiled`] gives it back too.
    pub fn append_compiled<T: Any + Send + Sync>(&mut self, value: T) {
        let mut args = std::mem::take(&mut self.0).into_vec();
        args.push(Arg::Compiled(Arc::new(value)));
        self.0 = args.into();
    }

    /// What [`Args::set_compiled`] has put at `index`.
    pub fn compiled<T: Any>(&self, index: usize) -> Option<&T> {
        match self.0.get(index) {
            Some(Arg::Compiled(value)) => value.downcast_ref(),
            _ => None,
        }
    }

    /// The text at `index`.
    pub fn text(&self, index: usize) -> Option<&[u8]> {
        match self.0.get(index) {
            Some(Arg::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number at `index`.
    pub fn integer(&self, index: usize) -> Option<i64> {
        match self.0.get(index) {
            Some(&Arg::Integer(number)) => Some(number),
            _ => None,
        }
    }

    /// The header's name at `index`.
    pub fn header(&self, index: usize) -> Option<&HeaderName> {
        match self.0.get(index) {
            Some(Arg::Header(name)) => Some(name),
            _ => None,
        }
    }

    /// Which of the choices stands at `index`.
    pub fn choice(&self, index: usize) -> Option<usize> {
        match self.0.get(index) {
            Some(&Arg::Choice(choice)) => Some(choice),
            _ => None,
        }
    }

    /// The proxy at `index`.
    pub fn proxy(&self, index: usize) -> Option<ProxyId> {
        match self.0.get(index) {
            Some(&Arg::Proxy(proxy)) => Some(proxy),
            _ => None,
        }
    }

    /// The server at `index`, and whose it is.
    pub fn server(&self, index: usize) -> Option<(ProxyId, ServerId)> {
        match self.0.get(index) {
            Some(&Arg::Server(proxy, server)) => Some((proxy, server)),
            _ => None,
        }
    }

    /// The stick table at `index`.
    pub fn table(&self, index: usize) -> Option<&Arc<Table>> {
        match self.0.get(index) {
            Some(Arg::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// The variable at `index`.
    pub fn variable(&self, index: usize) -> Option<VariableId> {
        match self.0.get(index) {
            Some(&Arg::Variable(variable)) => Some(variable),
            _ => None,
        }
    }

    /// Whether the argument at `index` was left out.
    pub fn is_omitted(&self, index: usize) -> bool {
        matches!(self.0.get(index), None | Some(Arg::Omitted))
    }
}
