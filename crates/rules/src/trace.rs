//! A condition evaluated for people: which of its terms were looked at, which values they saw, and whether they held. Slower than
//! [`Condition::holds`], and with the same outcome.

use burdock_sample::{Input, Type, Value};

use crate::condition::{Condition, Test};
use crate::criterion::Criterion;

/// How a condition came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Whether the rule applies.
    pub holds: bool,
    /// `unless`: it applies where no alternative holds.
    pub unless: bool,
    /// The alternatives that were looked at; the last one may have decided. Empty where there is no condition.
    pub alternatives: Vec<Vec<TermTrace>>,
}

/// How a term came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermTrace {
    /// Whether a `!` stands before it.
    pub negated: bool,
    /// The name of the ACL; none: it stands between braces.
    pub acl: Option<String>,
    /// Its tests that were looked at.
    pub tests: Vec<TestTrace>,
    /// Whether it held, the negation included.
    pub holds: bool,
}

/// How a test came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestTrace {
    /// The test as written.
    pub text: String,
    /// The values that its expression had; none: it had no value.
    pub values: Vec<String>,
    /// Whether one of them matched.
    pub holds: bool,
}

impl Condition {
    /// Evaluates it, and tells what was seen on the way. What needs not be looked at is not.
    pub fn trace(&self, input: &Input<'_>) -> Trace {
        let Some((unless, alternatives)) = self.alternatives() else {
            return Trace { holds: true, ..Trace::default() };
        };
        let mut trace = Trace { unless, ..Trace::default() };
        let mut found = false;
        for terms in alternatives {
            let mut seen = Vec::new();
            for term in terms {
                let term = term_trace(term.is_negated(), term.test(), input);
                let holds = term.holds;
                seen.push(term);
                if !holds {
                    break;
                }
            }
            found = seen.iter().all(|term| term.holds);
            trace.alternatives.push(seen);
            if found {
                break;
            }
        }
        trace.holds = found != unless;
        trace
    }
}

fn term_trace(negated: bool, test: &Test, input: &Input<'_>) -> TermTrace {
    let mut tests = Vec::new();
    let (acl, held) = match test {
        Test::Named(acl) => {
            let held = acl.criteria().iter().any(|criterion| {
                tests.push(criterion.trace(input));
                tests.last().is_some_and(|test| test.holds)
            });
            (Some(acl.name().to_owned()), held)
        }
        Test::Anonymous(criterion) => {
            tests.push(criterion.trace(input));
            (None, tests.iter().any(|test| test.holds))
        }
    };
    TermTrace { negated, acl, tests, holds: held != negated }
}

impl Criterion {
    fn trace(&self, input: &Input<'_>) -> TestTrace {
        let mut values = Vec::new();
        self.expression().any(input, |value| {
            if values.len() < MOST_VALUES {
                values.push(shown(value, input));
            }
            false
        });
        TestTrace { text: self.text().to_owned(), values, holds: self.holds(input) }
    }
}

/// Values of a header that are shown, of many.
const MOST_VALUES: usize = 16;

/// A value for people: bytes that are no text in hexadecimal.
pub fn shown(value: Value<'_>, input: &Input<'_>) -> String {
    if let Value::Bin(bytes) = value {
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("0x{}", digits.concat());
    }
    match value.cast(Type::Str, input.scratch) {
        Some(Value::Str(text)) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::Instant;
    use burdock_sample::{Names, Phase, Scope, Scratch};
    use burdock_state::Directory;
    use burdock_syntax::Diagnostics;

    use super::*;
    use crate::acl::AclTable;
    use crate::testing::{lines, request};

    #[test]
    fn tells_what_was_seen() {
        let acls = lines("acl static path_beg /static /img");
        let words = lines("if static { hdr(host) -i a.example b.example } or !{ src 10.0.0.0/8 }").remove(0);
        let names = Names::default();
        let mut findings = Diagnostics::new();
        let table = AclTable::parse(acls.iter().map(|words| &words[1..]), Scope::outside(&names), &mut findings);
        let condition = Condition::parse(&words, table.whole(), Phase::UseBackend, &mut findings).unwrap();
        let txn = request("GET /static/x\nhost: c.example");
        let (world, scratch) = (Directory::empty(), Scratch::new());
        let input =
            Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::UseBackend, scratch: &scratch };
        let trace = condition.trace(&input);
        fn seen(term: &TermTrace) -> (Option<&str>, bool, Vec<&str>) {
            let values = term.tests.iter().flat_map(|test| &test.values).map(String::as_str);
            (term.acl.as_deref(), term.holds, values.collect())
        }
        let seen: Vec<Vec<_>> = trace.alternatives.iter().map(|terms| terms.iter().map(seen).collect()).collect();
        assert_eq!(
            seen,
            [
                vec![(Some("static"), true, vec!["/static/x"]), (None, false, vec!["c.example"])],
                vec![(None, true, vec!["127.0.0.1"])]
            ]
        );
        assert!(trace.holds && condition.holds(&input));
        assert_eq!(trace.alternatives[0][1].tests[0].text, "hdr(host) -i a.example b.example");
    }
}
