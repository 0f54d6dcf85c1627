//! One thing that can be named.

/// A thing that can be named in a configuration or on the runtime API.
#[derive(Clone, Debug)]
pub struct Item {
    /// What kind of thing.
    pub class: Class,
    /// Its name; several words are separated by one blank.
    pub name: String,
    /// Other names of the same.
    pub aliases: Vec<String>,
    /// How it is written.
    pub usage: String,
    /// What it is or does, in a line.
    pub summary: String,
    /// Where it may stand.
    pub valid: Vec<String>,
    /// What goes in and comes out, where that is a question of types.
    pub types: Option<String>,
    /// Where HAProxy's configuration manual describes it.
    pub manual: Option<&'static str>,
    /// A line that uses it.
    pub example: Option<String>,
    /// What it does otherwise than in HAProxy.
    pub differs: Option<&'static str>,
}

/// The kinds of things, in the order of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Lines of the `global` section.
    Global,
    /// Lines of proxy sections.
    Proxy,
    /// Lines of `ring` sections.
    Ring,
    /// Lines of `log-forward` sections.
    LogForward,
    /// Lines of `log-profile` sections.
    LogProfile,
    /// Lines of `acme` sections.
    Acme,
    /// Lines of `healthcheck` sections.
    Healthcheck,
    /// Lines of `resolvers` sections.
    Resolvers,
    /// Lines of `fcgi-app` sections.
    FcgiApp,
    /// Lines of `crt-store` sections, and what follows `load` there.
    CrtStore,
    /// Options of `bind` lines.
    Bind,
    /// Options of `server` lines.
    Server,
    /// Actions of rules.
    Action,
    /// Sample fetches.
    Fetch,
    /// Converters.
    Converter,
    /// Names that only conditions know.
    AclKeyword,
    /// Matching methods.
    MatchMethod,
    /// Items of log formats.
    LogItem,
    /// Load-balancing algorithms.
    Balance,
    /// Commands of the runtime API.
    Command,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Global,
        Self::Proxy,
        Self::Ring,
        Self::LogForward,
        Self::LogProfile,
        Self::Acme,
        Self::Healthcheck,
        Self::Resolvers,
        Self::FcgiApp,
        Self::CrtStore,
        Self::Bind,
        Self::Server,
        Self::Action,
        Self::Fetch,
        Self::Converter,
        Self::AclKeyword,
        Self::MatchMethod,
        Self::LogItem,
        Self::Balance,
        Self::Command,
    ];

    /// The name of its page.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Proxy => "proxy",
            Self::Ring => "ring",
            Self::LogForward => "log-forward",
            Self::LogProfile => "log-profile",
            Self::Acme => "acme",
            Self::Healthcheck => "healthcheck",
            Self::Resolvers => "resolvers",
            Self::FcgiApp => "fcgi-app",
            Self::CrtStore => "crt-store",
            Self::Bind => "bind",
            Self::Server => "server",
            Self::Action => "actions",
            Self::Fetch => "fetches",
            Self::Converter => "converters",
            Self::AclKeyword => "acl-keywords",
            Self::MatchMethod => "match-methods",
            Self::LogItem => "log-items",
            Self::Balance => "balance",
            Self::Command => "commands",
        }
    }

    /// What its page is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "Keywords of the global section",
            Self::Proxy => "Keywords of defaults, frontend, listen and backend sections",
            Self::Ring => "Keywords of ring sections",
            Self::LogForward => "Keywords of log-forward sections",
            Self::LogProfile => "Keywords of log-profile sections",
            Self::Acme => "Keywords of acme sections",
            Self::Healthcheck => "Keywords of healthcheck sections",
            Self::Resolvers => "Keywords of resolvers sections",
            Self::FcgiApp => "Keywords of fcgi-app sections",
            Self::CrtStore => "Keywords of crt-store sections, and options of their load lines",
            Self::Bind => "Options of bind lines",
            Self::Server => "Options of server and default-server lines",
            Self::Action => "Actions of rules",
            Self::Fetch => "Sample fetches",
            Self::Converter => "Converters",
            Self::AclKeyword => "ACL keywords beyond the sample fetches",
            Self::MatchMethod => "Matching methods",
            Self::LogItem => "Items of log formats",
            Self::Balance => "Load-balancing algorithms",
            Self::Command => "Commands of the runtime API",
        }
    }

    /// One of them, in words.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Global => "keyword of the global section",
            Self::Proxy => "keyword",
            Self::Ring => "keyword of ring sections",
            Self::LogForward => "keyword of log-forward sections",
            Self::LogProfile => "keyword of log-profile sections",
            Self::Acme => "keyword of acme sections",
            Self::Healthcheck => "keyword of healthcheck sections",
            Self::Resolvers => "keyword of resolvers sections",
            Self::FcgiApp => "keyword of fcgi-app sections",
            Self::CrtStore => "keyword of crt-store sections",
            Self::Bind => "option of bind lines",
            Self::Server => "option of server lines",
            Self::Action => "action",
            Self::Fetch => "sample fetch",
            Self::Converter => "converter",
            Self::AclKeyword => "ACL keyword",
            Self::MatchMethod => "matching method",
            Self::LogItem => "item of log formats",
            Self::Balance => "load-balancing algorithm",
            Self::Command => "command of the runtime API",
        }
    }
}

impl Item {
    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}
