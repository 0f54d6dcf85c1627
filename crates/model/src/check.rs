//! Health checks: where they go, how often, and what they do. Whatever a check is called, it is a list of steps that are taken one after
//! the other over connections of its own (configuration manual 4.2 `tcp-check`, `http-check` and the `option` lines of protocols).

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_pattern::Regex;
use burdock_sample::{Assignment, Expression, Format};
use burdock_state::{CheckStatus, TrafficError};

use crate::address::Address;
use crate::proxy_header::ProxyHeader;
use crate::server::Server;
use crate::tls::{FixedTls, Protocol};

/// How a server is checked.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// What is done.
    pub kind: CheckKind,
    /// Where, if not at the server's own address: `addr` and `port`.
    pub address: Option<Address>,
    /// `inter`: milliseconds between checks.
    pub inter_ms: u64,
    /// `fastinter`: the same while the state is changing.
    pub fast_inter_ms: u64,
    /// `downinter`: the same while the server is fully down.
    pub down_inter_ms: u64,
    /// `timeout check`: milliseconds for the exchange after the connection; none: `inter` bounds the whole check.
    pub timeout_ms: Option<u64>,
    /// `timeout connect`, the bound of the connection where `timeout check` is set.
    pub connect_timeout_ms: Option<u64>,
    /// How the connections of the script are made to this server, by [`ConnectStep::slot`].
    pub connections: Box<[CheckConnection]>,
    /// `rise`: good checks that bring a server up.
    pub rise: u32,
    /// `fall`: failed checks that take a server down.
    pub fall: u32,
    /// `observe`: errors of traffic that stand for failed checks.
    pub observe: Option<Observe>,
}

/// What is watched in traffic (configuration manual 5.2 `observe`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observe {
    /// `layer7`: responses are looked at, beside connections that fail; else connections alone.
    pub responses: bool,
    /// `error-limit`: errors in a row.
    pub limit: u32,
    /// `on-error`: what follows from them.
    pub consequence: OnError,
}

/// What follows from errors of traffic (configuration manual 5.2 `on-error`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// `fastinter`: the next check comes soon.
    FastInter,
    /// `fail-check`: as if a check had failed.
    #[default]
    FailCheck,
    /// `sudden-death`: the next failed check takes the server down.
    SuddenDeath,
    /// `mark-down`: the server goes down.
    MarkDown,
}

/// What traffic shows of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A connection was made.
    Connected,
    /// A connection was refused, or not made in time.
    NotConnected,
    /// A response with this status came.
    Response(u16),
}

impl CheckSettings {
    /// What traffic shows comes to: nothing, something fine, an error.
    fn judge(&self, seen: Seen) -> Option<(Option<TrafficError>, u32)> {
        let Observe { responses, limit, .. } = self.observe?;
        let error = match seen {
            Seen::Connected if !responses => None,
            Seen::Connected => return None,
            Seen::NotConnected => Some(TrafficError::Connection),
            Seen::Response(_) if !responses => return None,
            Seen::Response(100..=499 | 501 | 505) => None,
            Seen::Response(_) => Some(TrafficError::Response),
        };
        Some((error, limit))
    }
}

impl Server {
    /// Takes note of what traffic shows, where that is asked for.
    pub fn observe(&self, seen: Seen) {
        if let Some((error, limit)) = self.check.as_ref().and_then(|check| check.judge(seen)) {
            self.state.check.note_traffic(error, limit);
        }
    }
}

/// What a check does.
#[derive(Clone, Debug)]
pub enum CheckKind {
    /// Takes steps over connections.
    Script(Arc<CheckScript>),
    /// Runs a program.
    External(Arc<ExternalCheck>),
}

/// A program that checks (`option external-check`).
#[derive(Debug)]
pub struct ExternalCheck {
    /// `external-check command`
    pub command: PathBuf,
    /// `external-check path`: its `PATH`.
    pub path: Option<OsString>,
    /// `external-check preserve-env` of the global section: it gets our environment too.
    pub keeps_environment: bool,
}

/// What a connection of a check is to one server: what its line and the step's say together.
#[derive(Clone, Debug, Default)]
pub struct CheckConnection {
    /// TLS; none: in clear.
    pub tls: Option<FixedTls>,
    /// `check-sni-auto`: where no name is said, the server is asked for the host of the request that follows.
    pub sni_auto: bool,
    /// The version of HTTP, where the check speaks it.
    pub protocol: Protocol,
    /// `send-proxy`, `check-send-proxy`: the header that is sent first; none: it begins with what the check says.
    pub proxy_header: Option<Arc<ProxyHeader>>,
}

/// Steps, and what holds for all of them.
#[derive(Debug)]
pub struct CheckScript {
    /// What the lines that it is made of were.
    pub dialect: CheckDialect,
    /// The steps in their order.
    pub steps: Box<[CheckStep]>,
    /// `http-check disable-on-404`: that status stops a server for new visitors.
    pub disable_on_404: bool,
    /// `http-check send-state`: requests tell the server's state.
    pub send_state: bool,
    /// `unique-id-format`: the identifier that expressions see.
    pub unique_id: Option<Format>,
}

/// What a check is written in, which decides what is said of its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDialect {
    /// Nothing was said: it connects.
    Plain,
    /// `option tcp-check`, with or without `tcp-check` lines.
    Tcp {
        /// Whether there are such lines.
        has_lines: bool,
    },
    /// `option httpchk` and `http-check` lines.
    Http,
    /// An `option` that names a protocol.
    Protocol,
}

/// A step of a check.
#[derive(Debug)]
pub struct CheckStep {
    /// Its place among the lines, as messages count; zero: it stands in no line.
    pub number: u32,
    /// What is said of it where it fails.
    pub comment: Option<Box<str>>,
    /// What is done.
    pub action: CheckAction,
}

/// What a step does.
#[derive(Debug)]
pub enum CheckAction {
    /// `connect`: opens a connection; the one before is closed.
    Connect(ConnectStep),
    /// `tcp-check send` and its kin.
    Send(CheckBytes),
    /// `http-check send`
    Request(Box<RequestStep>),
    /// `expect`
    Expect(Box<ExpectStep>),
    /// `set-var`
    SetVariable(Assignment, Expression),
    /// `set-var-fmt`
    SetVariableText(Assignment, Format),
    /// `unset-var`
    UnsetVariable(Assignment),
}

/// A `connect` step.
#[derive(Debug, Default)]
pub struct ConnectStep {
    /// Which of [`CheckSettings::connections`] it is.
    pub slot: usize,
    /// `addr`; none: where checks of the server go.
    pub address: Option<Address>,
    /// `port`; none: the address's, else that of the server's checks.
    pub port: Option<CheckPort>,
    /// `linger`, and checks that say goodbye: the connection is closed in an orderly way instead of being reset.
    pub linger: bool,
}

/// The port of a `connect` step.
#[derive(Debug)]
pub enum CheckPort {
    /// This one.
    Fixed(u16),
    /// What this gives; where it gives none, the default.
    Sample(Expression),
}

/// Bytes that are sent or looked for.
#[derive(Debug)]
pub enum CheckBytes {
    /// Always the same.
    Fixed(Box<[u8]>),
    /// A text made anew each time.
    Text(Format),
    /// The same, read as hexadecimal digits.
    Hexadecimal(Format),
}

/// A request of HTTP.
#[derive(Debug)]
pub struct RequestStep {
    /// The method.
    pub method: Box<[u8]>,
    /// The target; where it gives nothing, `/`.
    pub target: CheckBytes,
    /// The version as it is sent: `HTTP/1.0`, or what else was written.
    pub version: Box<[u8]>,
    /// Header fields in their order, names in lower case.
    pub headers: Box<[(Box<[u8]>, Format)]>,
    /// The body.
    pub body: Option<CheckBytes>,
}

/// An `expect` step.
#[derive(Debug)]
pub struct ExpectStep {
    /// What is looked for.
    pub content: Content,
    /// `!`: it must not be found.
    pub negated: bool,
    /// `min-recv`: bytes that have to be there first, whereupon the outcome is final; none: more may come as long as it is not found.
    pub least_bytes: Option<usize>,
    /// `ok-status`: what the check comes to where it ends with this step.
    pub ok_status: CheckStatus,
    /// `error-status`
    pub error_status: CheckStatus,
    /// `tout-status`
    pub timeout_status: CheckStatus,
    /// `on-success`: what is said where the check ends with this step.
    pub on_success: Option<Format>,
    /// `on-error`
    pub on_error: Option<Format>,
    /// `status-code`: the code that is told in place of the response's own.
    pub code: Option<Expression>,
}

/// What an `expect` step looks for.
#[derive(Debug)]
pub enum Content {
    /// `string`
    Text(Box<[u8]>),
    /// `string-lf`
    TextFormat(Format),
    /// `binary`
    Binary(Box<[u8]>),
    /// `binary-lf`: its text is hexadecimal digits.
    BinaryFormat(Format),
    /// `rstring`
    Regex(Regex),
    /// `rbinary`: matches the hexadecimal digits of what was received, in upper case.
    BinaryRegex(Regex),
    /// `status`
    Status(StatusSet),
    /// `rstatus`
    StatusRegex(Regex),
    /// `hdr`, `fhdr`
    Header(HeaderPattern),
    /// The answer of a protocol that needs code of its own to be understood.
    Answer(ProtocolAnswer),
}

/// A list of statuses and ranges of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet(pub Box<[RangeInclusive<u32>]>);

impl StatusSet {
    /// Whether a status is among them.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&u32::from(status)))
    }
}

/// A header field that is looked for.
#[derive(Debug)]
pub struct HeaderPattern {
    /// Its name, in lower case.
    pub name: TextPattern,
    /// Its value; none: whatever it is.
    pub value: Option<TextPattern>,
    /// `fhdr`: values are not cut at their commas.
    pub whole: bool,
}

/// A text and how it is compared.
#[derive(Debug)]
pub enum TextPattern {
    /// A text of the line's.
    Text(TextMatch, Box<[u8]>),
    /// A text made anew each time (`name-lf`, `value-lf`).
    Format(TextMatch, Format),
    /// `-m reg`
    Regex(Regex),
}

/// How texts are compared: `-m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// `str`: they are the same.
    Same,
    /// `beg`
    Beginning,
    /// `end`
    End,
    /// `sub`
    Inside,
}

impl TextMatch {
    /// Whether `text` fits `pattern`.
    pub fn matches(self, text: &[u8], pattern: &[u8]) -> bool {
        match self {
            Self::Same => text == pattern,
            Self::Beginning => text.starts_with(pattern),
            Self::End => text.ends_with(pattern),
            Self::Inside => pattern.is_empty() || text.windows(pattern.len()).any(|part| part == pattern),
        }
    }
}

/// Answers that are understood by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolAnswer {
    /// MySQL's first packet, by which a server introduces itself.
    MysqlGreeting,
    /// MySQL's packet behind that, by which it admits us.
    MysqlAdmission,
    /// LDAP's answer to a bind.
    LdapBind,
    /// The hello of a SPOE agent.
    SpopHello,
    /// The line of a server's agent.
    AgentLine,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_ranges() {
        let set = StatusSet([200..=200, 300..=310].into());
        assert_eq!(
            [199, 200, 201, 300, 310, 311].map(|status| set.contains(status)),
            [false, true, false, true, true, false]
        );
    }

    #[test]
    fn texts_are_compared() {
        let all = [TextMatch::Same, TextMatch::Beginning, TextMatch::End, TextMatch::Inside];
        for (pattern, expected) in [
            (&b"abc"[..], [true; 4]),
            (b"ab", [false, true, false, true]),
            (b"bc", [false, false, true, true]),
            (b"b", [false, false, false, true]),
            (b"abcd", [false; 4]),
            (b"", [false, true, true, true]),
        ] {
            assert_eq!(all.map(|method| method.matches(b"abc", pattern)), expected, "{pattern:?}");
        }
    }
}
