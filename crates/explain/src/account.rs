//! What is told: stages in the order in which a request meets them, steps in each, and the outcome.

use burdock_rules::trace::Trace;
use serde::Serialize;

use crate::variable::VariableChange;

/// What became of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// The request in a line.
    pub request: String,
    /// What was looked at, in order.
    pub stages: Vec<Stage>,
    /// How it ended.
    pub outcome: Outcome,
}

/// A part of the way: the rules of one kind in one section, or a decision.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Where: `frontend www: http-request`.
    pub title: String,
    /// What was tried or decided.
    pub steps: Vec<Step>,
}

/// A rule that was tried, or a decision.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Step {
    /// `file:line`, where it stands in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The rule as written, or the decision in words.
    pub text: String,
    /// Whether it applied.
    pub applies: bool,
    /// The alternatives of its condition that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<Vec<Term>>,
    /// What it did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The variables that it changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<VariableChange>,
}

/// A term of a condition.
#[derive(Clone, Debug, Serialize)]
pub struct Term {
    /// The ACL's name, with `!` where it is negated; none: it stands between braces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// Whether a `!` stands before it.
    pub negated: bool,
    /// Whether it held, the negation included.
    pub holds: bool,
    /// Its tests that were looked at.
    pub tests: Vec<Test>,
}

/// A test of a term.
#[derive(Clone, Debug, Serialize)]
pub struct Test {
    /// As written.
    pub text: String,
    /// The values that it saw.
    pub values: Vec<String>,
    /// Whether one of them matched.
    pub holds: bool,
}

/// How a request ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Who took it.
    pub frontend: String,
    /// The backend, where one was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// The server, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Why that server, or why none.
    pub why: String,
    /// The status, where the answer is ours or was assumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The request's head as the server would get it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_to_server: Vec<String>,
    /// The response's head as the client would get it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_to_client: Vec<String>,
    /// The log line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

impl Step {
    /// A decision.
    pub fn decided(text: impl Into<String>) -> Self {
        Self { text: text.into(), applies: true, ..Self::default() }
    }

    /// A rule and how its condition came out.
    pub fn rule(place: String, text: String, trace: Trace) -> Self {
        let test =
            |test: burdock_rules::trace::TestTrace| Test { text: test.text, values: test.values, holds: test.holds };
        let term = |term: burdock_rules::trace::TermTrace| Term {
            acl: term.acl,
            negated: term.negated,
            holds: term.holds,
            tests: term.tests.into_iter().map(test).collect(),
        };
        let condition = trace.alternatives.into_iter().map(|terms| terms.into_iter().map(term).collect()).collect();
        Self { place: Some(place), text, applies: trace.holds, condition, ..Self::default() }
    }
}
