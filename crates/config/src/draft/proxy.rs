//! `defaults`, `frontend`, `backend` and `listen` sections as written.

use burdock_http::HeaderName;
use burdock_model::PersistKind;
use burdock_rules::RuleSetKind;
use burdock_syntax::{Span, Word};
use burdock_txn::bandwidth::Direction;

use super::{BindDraft, FcgiUseLine, ListLine, ServerDraft, Set, Settings, Spanned, StickLine, TableLine};

/// A `defaults`, `frontend`, `backend` or `listen` section.
#[derive(Clone, Debug)]
pub struct ProxyDraft {
    /// Which of them.
    pub kind: ProxyKind,
    /// Its name; an anonymous `defaults` section has none.
    pub name: Set<String>,
    /// The section's first line.
    pub span: Span,
    /// How many `global` sections precede it.
    pub global_sections: usize,
    /// The `defaults` section that it starts from, by index: its rules come before this section's.
    pub base: Option<usize>,
    /// What it says, on top of what its `defaults` section said.
    pub settings: Settings,
    /// `be-unpublished`
    pub unpublished: bool,
    /// `id`
    pub id: Set<u32>,
    /// `description`
    pub description: Set<String>,
    /// `bind` lines
    pub binds: Vec<BindDraft>,
    /// `server` lines
    pub servers: Vec<ServerDraft>,
    /// `acl` lines
    pub acls: Vec<AclLine>,
    /// `use_backend` lines
    pub switches: Vec<SwitchLine>,
    /// `force-persist` and `ignore-persist` lines
    pub persist: Vec<PersistLine>,
    /// `http-request` lines and their kin
    pub rules: Vec<RuleLine>,
    /// `capture` and `declare capture` lines, and rules that declare a slot
    pub captures: CaptureDraft,
    /// `use-server` lines
    pub server_rules: Vec<ServerRuleLine>,
    /// `monitor fail` lines
    pub monitor_fail: Vec<ConditionLine>,
    /// `force-be-switch` lines
    pub force_switch: Vec<ConditionLine>,
    /// `ssl-f-use` lines
    pub certificates: Vec<ListLine>,
    /// `use-fcgi-app` and `filter fcgi-app` lines
    pub fcgi_apps: Vec<FcgiUseLine>,
    /// `filter bwlim-in` and `filter bwlim-out` lines
    pub bandwidth_filters: Vec<BandwidthFilterLine>,
    /// `stick-table`
    pub table: Option<TableLine>,
    /// `stick` lines
    pub sticks: Vec<StickLine>,
}

impl ProxyDraft {
    /// A section that has said nothing yet beyond what it inherits.
    pub fn new(kind: ProxyKind, name: Set<String>, span: Span, settings: Settings) -> Self {
        Self {
            kind,
            name,
            span,
            global_sections: 0,
            base: None,
            settings,
            unpublished: false,
            id: None,
            description: None,
            binds: Vec::new(),
            servers: Vec::new(),
            acls: Vec::new(),
            switches: Vec::new(),
            persist: Vec::new(),
            rules: Vec::new(),
            captures: CaptureDraft::default(),
            server_rules: Vec::new(),
            monitor_fail: Vec::new(),
            force_switch: Vec::new(),
            certificates: Vec::new(),
            fcgi_apps: Vec::new(),
            bandwidth_filters: Vec::new(),
            table: None,
            sticks: Vec::new(),
        }
    }

    /// The name for messages.
    pub fn display_name(&self) -> &str {
        self.name.as_ref().map_or("", |name| name.value.as_str())
    }

    /// Whether a setting was written in this section itself, and not in the `defaults` section it starts from.
    pub fn says(&self, span: Span) -> bool {
        span.source == self.span.source && span.start >= self.span.start
    }
}

/// Which section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// `defaults`
    Defaults,
    /// `frontend`
    Frontend,
    /// `backend`
    Backend,
    /// `listen`
    Listen,
}

impl ProxyKind {
    /// The section's keyword.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Frontend => "frontend",
            Self::Backend => "backend",
            Self::Listen => "listen",
        }
    }

    /// Whether it faces clients.
    pub const fn has_frontend(self) -> bool {
        matches!(self, Self::Frontend | Self::Listen)
    }

    /// Whether it faces servers.
    pub const fn has_backend(self) -> bool {
        matches!(self, Self::Backend | Self::Listen)
    }
}

/// An `acl` line: the words behind the keyword.
pub type AclLine = Vec<Word>;

/// `if` or `unless` and what follows.
pub type ConditionWords = Vec<Word>;

/// A `use_backend` line.
#[derive(Clone, Debug)]
pub struct SwitchLine {
    /// The backend's name.
    pub backend: Spanned<String>,
    /// The same where it is a format that gives the name.
    pub format: Option<Word>,
    /// The condition; empty: always.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// A `force-persist` or `ignore-persist` line.
#[derive(Clone, Debug)]
pub struct PersistLine {
    /// Which of the two.
    pub kind: PersistKind,
    /// The condition.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// A line that is a condition and nothing else.
#[derive(Clone, Debug)]
pub struct ConditionLine {
    /// The condition.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// A `use-server` line.
#[derive(Clone, Debug)]
pub struct ServerRuleLine {
    /// The server's name, or a format that gives it.
    pub server: Word,
    /// The condition.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// When a rule has its turn among those of its kind in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleOrder {
    /// Before all others: `block`.
    First,
    /// Where it stands.
    Written,
    /// After those: the rules of old files that search in header lines.
    Old,
    /// Last of all: `redirect`.
    Last,
}

/// An `http-request` line or one of its kin.
#[derive(Clone, Debug)]
pub struct RuleLine {
    /// Which kind of rule.
    pub kind: RuleSetKind,
    /// When it has its turn.
    pub order: RuleOrder,
    /// The whole line.
    pub span: Span,
    /// The words behind the keyword.
    pub words: Vec<Word>,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// What a section keeps of messages for log lines.
#[derive(Clone, Debug, Default)]
pub struct CaptureDraft {
    /// The slots of requests, in the order of their lines.
    pub request: Vec<CaptureLine>,
    /// The slots of responses.
    pub response: Vec<CaptureLine>,
    /// The last `capture cookie` line.
    pub cookie: Option<CookieCapture>,
}

/// A line that declares a slot for a text.
#[derive(Clone, Debug)]
pub struct CaptureLine {
    /// The header whose last line is kept; none where rules fill the slot.
    pub header: Option<HeaderName>,
    /// The most bytes that are kept.
    pub length: usize,
    /// The line, or the first word of the rule.
    pub span: Span,
}

/// A `capture cookie` line.
#[derive(Clone, Debug)]
pub struct CookieCapture {
    /// What the cookie, from its name on, begins with.
    pub start: Vec<u8>,
    /// The most bytes that are kept.
    pub length: usize,
}

/// A `filter bwlim-in` or `filter bwlim-out` line.
#[derive(Clone, Debug)]
pub struct BandwidthFilterLine {
    /// The name by which rules put it in force.
    pub name: Spanned<String>,
    /// Which of the two.
    pub direction: Direction,
    /// `default-limit`
    pub bytes: u32,
    /// `default-period`, in milliseconds
    pub period_ms: u32,
    /// `min-size`
    pub at_least: u32,
}
