//! Rules and sets of them: an action and a condition each, carried out in order.

use std::sync::Arc;

use burdock_http::ResponseHead;
use burdock_sample::{Origin, Phase};
use burdock_syntax::{Diagnostics, Word};
use burdock_txn::RuleOrigin;

use crate::acl::AclScope;
use crate::action::{self, Act, Action, ActionArgs, Scene};
use crate::condition::Condition;
use crate::flow::{Flow, Wait};
use crate::verdict::Verdict;

/// The kinds of rules, in the order in which a request meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RuleSetKind {
    /// `tcp-request connection`
    TcpRequestConnection,
    /// `tcp-request session`
    TcpRequestSession,
    /// `tcp-request content`
    TcpRequestContent,
    /// `http-request`
    HttpRequest,
    /// `tcp-response content`
    TcpResponseContent,
    /// `http-response`
    HttpResponse,
    /// `http-after-response`
    HttpAfterResponse,
}

impl RuleSetKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TcpRequestConnection,
        Self::TcpRequestSession,
        Self::TcpRequestContent,
        Self::HttpRequest,
        Self::TcpResponseContent,
        Self::HttpResponse,
        Self::HttpAfterResponse,
    ];

    /// The words that a rule of this kind begins with.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::TcpRequestConnection => "tcp-request connection",
            Self::TcpRequestSession => "tcp-request session",
            Self::TcpRequestContent => "tcp-request content",
            Self::HttpRequest => "http-request",
            Self::TcpResponseContent => "tcp-response content",
            Self::HttpResponse => "http-response",
            Self::HttpAfterResponse => "http-after-response",
        }
    }

    /// Whether its actions are about the response.
    pub const fn is_response(self) -> bool {
        matches!(self, Self::TcpResponseContent | Self::HttpResponse | Self::HttpAfterResponse)
    }

    /// Whether its actions may look at and change HTTP messages.
    pub const fn is_http(self) -> bool {
        matches!(self, Self::HttpRequest | Self::HttpResponse | Self::HttpAfterResponse)
    }

    /// What a log line says of itself that one of its rules asks for.
    pub const fn log_origin(self) -> Origin {
        match self {
            Self::TcpRequestConnection => Origin::TcpRequestConnection,
            Self::TcpRequestSession => Origin::TcpRequestSession,
            Self::TcpRequestContent => Origin::TcpRequestContent,
            Self::HttpRequest => Origin::HttpRequest,
            Self::TcpResponseContent => Origin::TcpResponseContent,
            Self::HttpResponse => Origin::HttpResponse,
            Self::HttpAfterResponse => Origin::HttpAfterResponse,
        }
    }

    /// When its rules are evaluated, in a section that has a client side alone or one with a server side. A `listen` section evaluates its
    /// rules once, and they see what those of a backend see too.
    pub const fn phase(self, client_side_alone: bool) -> Phase {
        match (self, client_side_alone) {
            (Self::TcpRequestConnection, _) => Phase::TcpRequestConnection,
            (Self::TcpRequestSession, _) => Phase::TcpRequestSession,
            (Self::TcpRequestContent, true) => Phase::FrontendTcpRequest,
            (Self::TcpRequestContent, false) => Phase::BackendTcpRequest,
            (Self::HttpRequest, true) => Phase::FrontendHttpRequest,
            (Self::HttpRequest, false) => Phase::BackendHttpRequest,
            (Self::TcpResponseContent, true) => Phase::FrontendTcpResponse,
            (Self::TcpResponseContent, false) => Phase::BackendTcpResponse,
            (Self::HttpResponse | Self::HttpAfterResponse, true) => Phase::FrontendHttpResponse,
            (Self::HttpResponse | Self::HttpAfterResponse, false) => Phase::BackendHttpResponse,
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleSetKinds(u8);

impl RuleSetKinds {
    /// Every kind.
    pub const ALL: Self = Self(0x7f);
    /// `http-request`
    pub const HTTP_REQUEST: Self = Self::of(RuleSetKind::HttpRequest);
    /// `http-response`
    pub const HTTP_RESPONSE: Self = Self::of(RuleSetKind::HttpResponse);
    /// `http-after-response`
    pub const HTTP_AFTER_RESPONSE: Self = Self::of(RuleSetKind::HttpAfterResponse);
    /// The three of HTTP.
    pub const HTTP: Self = Self::HTTP_REQUEST.with(Self::HTTP_RESPONSE).with(Self::HTTP_AFTER_RESPONSE);
    /// `tcp-request content`
    pub const TCP_CONTENT: Self = Self::of(RuleSetKind::TcpRequestContent);
    /// `tcp-response content`
    pub const TCP_RESPONSE: Self = Self::of(RuleSetKind::TcpResponseContent);
    /// `tcp-request connection`
    pub const TCP_CONNECTION: Self = Self::of(RuleSetKind::TcpRequestConnection);
    /// `tcp-request session`
    pub const TCP_SESSION: Self = Self::of(RuleSetKind::TcpRequestSession);
    /// The three of `tcp-request`.
    pub const TCP_REQUEST: Self = Self::TCP_CONNECTION.with(Self::TCP_SESSION).with(Self::TCP_CONTENT);
    /// The four of TCP.
    pub const TCP: Self = Self::TCP_REQUEST.with(Self::TCP_RESPONSE);

    /// One kind.
    pub const fn of(kind: RuleSetKind) -> Self {
        Self(1 << kind as u8)
    }

    /// Both.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the kind is one of these.
    pub const fn contains(self, kind: RuleSetKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// The kinds.
    pub fn iter(self) -> impl Iterator<Item = RuleSetKind> {
        RuleSetKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// What it does.
    pub act: Box<dyn Act>,
    /// When it applies.
    pub condition: Condition,
    /// The action, for people.
    pub action: &'static Action,
    /// Where it stands.
    pub place: RulePlace,
}

/// Where a rule stands in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePlace {
    /// The file's name.
    pub file: Arc<str>,
    /// The line's number.
    pub line: u32,
    /// The line as written, blanks made one.
    pub text: Box<str>,
}

impl Rule {
    /// Parses the words behind the keyword: an action, its arguments, a condition. What is wrong goes to `findings`.
    pub fn parse(
        kind: RuleSetKind,
        words: &[Word],
        place: RulePlace,
        acls: AclScope<'_>,
        phase: Phase,
        findings: &mut Diagnostics,
    ) -> Option<Self> {
        let (name, rest) = words.split_first()?;
        let (action, parameter) = findings.take(action::resolve(name, kind))?;
        let scope = acls.names();
        let mut args = ActionArgs::new((name, parameter), rest, action.usage, (kind, phase), &scope, findings);
        let act = (action.parse)(&mut args);
        let used = args.used();
        let act = findings.take(act)?;
        let condition = Condition::parse(rest.get(used..).unwrap_or_default(), acls, phase, findings)?;
        Some(Self { act, condition, action, place })
    }
}

/// Rules in the order in which they are carried out.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Where the evaluation of a set stands: after a wait it goes on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor(usize);

impl RuleSet {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Where the rule stands that was carried out last.
    pub fn origin_before(&self, cursor: &Cursor) -> Option<RuleOrigin> {
        let RulePlace { file, line, .. } = &self.rules.get(cursor.0.checked_sub(1)?)?.place;
        Some(RuleOrigin { file: Arc::clone(file), line: *line })
    }

    /// Carries rules out from the cursor on, until one of them says something other than to go on. At the end: [`Flow::Accept`].
    pub fn run(&self, cursor: &mut Cursor, scene: &mut Scene<'_>) -> Flow {
        if *cursor == Cursor::default() {
            // `strict-mode off` holds for the set that it stands in.
            scene.txn.directives.lenient = false;
        }
        while let Some((at, verdict)) = self.next_that_counts(cursor.0, scene) {
            cursor.0 = at + 1;
            if verdict == Verdict::Undecided {
                // It keeps the rules behind it waiting.
                return Flow::Wait(Wait::Content);
            }
            let rule = &self.rules[at];
            let flow = rule.act.run(scene);
            if flow.is_final() {
                scene.txn.final_rule = self.origin_before(cursor);
            }
            match flow {
                Flow::Continue => {}
                Flow::Interim(mut head) => {
                    return match self.merge_interim(cursor, scene, &mut head) {
                        Flow::Failed => Flow::Failed,
                        _ => Flow::Interim(head),
                    };
                }
                other => return other,
            }
        }
        Flow::Accept
    }

    /// The first rule from there on whose condition does not fail.
    fn next_that_counts(&self, from: usize, scene: &Scene<'_>) -> Option<(usize, Verdict)> {
        let input = scene.input();
        let inspecting = scene.txn.inspecting;
        for (at, Rule { condition, .. }) in self.rules.iter().enumerate().skip(from) {
            let verdict = match inspecting {
                true => condition.judge(&input),
                false if condition.holds(&input) => Verdict::Holds,
                false => Verdict::Fails,
            };
            if verdict != Verdict::Fails {
                return Some((at, verdict));
            }
        }
        None
    }

    /// Rules that follow and make an interim response, too, share the one of the first of them.
    fn merge_interim(&self, cursor: &mut Cursor, scene: &mut Scene<'_>, head: &mut ResponseHead) -> Flow {
        let first = self.last(*cursor).map(|rule| rule.action.name);
        while let Some(rule) = self.rules.get(cursor.0).filter(|rule| Some(rule.action.name) == first) {
            cursor.0 += 1;
            if !rule.condition.holds(&scene.input()) {
                continue;
            }
            let merged = match rule.act.run(scene) {
                Flow::Interim(more) => action::merge_interim(&mut head.headers, &more.headers),
                other => other,
            };
            if matches!(merged, Flow::Failed) {
                return Flow::Failed;
            }
        }
        Flow::Continue
    }

    /// The rule that was carried out last.
    pub fn last(&self, cursor: Cursor) -> Option<&Rule> {
        self.rules.get(cursor.0.checked_sub(1)?)
    }
}
