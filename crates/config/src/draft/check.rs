//! Lines on health checks as written (configuration manual 4.2 `option httpchk`, `http-check`, `tcp-check` and their kin).

use std::path::PathBuf;

use burdock_syntax::{Span, Word};

use super::{Set, Spanned};

/// What a section says of how servers are checked.
#[derive(Clone, Debug, Default)]
pub struct CheckDraft {
    /// The last `option` line, or `type` line, on what checks are.
    pub kind: Set<CheckKindLine>,
    /// `http-check` lines that make up requests and what is expected of responses, and the request of `option httpchk`.
    pub http: CheckLines,
    /// `tcp-check` lines.
    pub tcp: CheckLines,
    /// `http-check disable-on-404`
    pub disable_on_404: Set<bool>,
    /// `http-check send-state`
    pub send_state: Set<bool>,
    /// `external-check command`
    pub command: Set<PathBuf>,
    /// `external-check path`
    pub path: Set<PathBuf>,
}

impl CheckDraft {
    /// The first of the lines that make up a check.
    pub fn first_line(&self) -> Option<&CheckLine> {
        self.http.lines.first().or(self.tcp.lines.first())
    }
}

/// A kind of check.
#[derive(Clone, Debug)]
pub enum CheckKindLine {
    /// `option tcp-check`
    Tcp,
    /// `option httpchk`
    Http,
    /// `option ssl-hello-chk`
    TlsHello,
    /// `option smtpchk`: the greeting that is sent.
    Smtp(Vec<u8>),
    /// `option mysql-check`: the user and the form of the login; none: only the server's greeting is looked at.
    Mysql(Option<(Word, MysqlLogin)>),
    /// `option pgsql-check`: the user.
    Pgsql(Word),
    /// `option redis-check`
    Redis,
    /// `option ldap-check`
    Ldap,
    /// `option spop-check`
    Spop,
    /// `option external-check`
    External,
}

/// A form of logging in to MySQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MysqlLogin {
    /// `pre-41`
    Before41,
    /// `post-41`
    Since41,
    /// `post-80`
    Since80,
}

/// Lines of `http-check` or `tcp-check`. A section with a line of its own takes none over from its `defaults` section.
#[derive(Clone, Debug, Default)]
pub struct CheckLines {
    /// The first line of the section that they stand in; none: there are none.
    pub home: Option<Span>,
    /// The request that `option httpchk` describes.
    pub request: Option<CheckLine>,
    /// The lines.
    pub lines: Vec<CheckLine>,
}

impl CheckLines {
    /// The lines of the section that begins at `home`, to be added to: those of another section are forgotten.
    pub fn of(&mut self, home: Span) -> &mut Self {
        if self.home != Some(home) {
            *self = Self { home: Some(home), ..Self::default() };
        }
        self
    }
}

/// A line of `http-check` or `tcp-check`.
#[derive(Clone, Debug)]
pub struct CheckLine {
    /// What it does.
    pub verb: CheckVerb,
    /// The keyword and what it does, for messages: `http-check expect`.
    pub name: Spanned<String>,
    /// The words behind that.
    pub words: Vec<Word>,
}

/// What a line of `http-check` or `tcp-check` does.
#[derive(Clone, Debug)]
pub enum CheckVerb {
    /// `comment`
    Comment,
    /// `connect`
    Connect,
    /// `send` of `http-check`
    Request,
    /// `send`, `send-lf`, `send-binary`, `send-binary-lf` of `tcp-check`
    Send {
        /// It is made anew each time.
        is_format: bool,
        /// It is written in hexadecimal digits.
        is_binary: bool,
    },
    /// `expect`
    Expect,
    /// `set-var`: what stands in its parentheses.
    SetVariable(Word),
    /// `set-var-fmt`
    SetVariableText(Word),
    /// `unset-var`
    UnsetVariable(Word),
}

/// A `healthcheck` section.
#[derive(Clone, Debug)]
pub struct HealthcheckDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// What it says.
    pub check: CheckDraft,
}

impl HealthcheckDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Spanned<String>, span: Span) -> Self {
        Self { name, span, check: CheckDraft::default() }
    }
}
