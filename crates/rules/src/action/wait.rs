//! What has to come before the next rule: `pause`, `wait-for-handshake`, `wait-for-body`.

use burdock_syntax::Parsed;
use burdock_syntax::units::{self, TimeUnit};

use super::args::Amount;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Flow, Wait};
use crate::set::RuleSetKinds;

const REQUEST_AND_RESPONSE: RuleSetKinds = RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE);

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "pause",
        parameter: Parameter::None,
        sets: REQUEST_AND_RESPONSE,
        usage: "{<time>|<expression>}",
        doc: "Lets time pass, in milliseconds.",
        parse: |args| Ok(Box::new(Pause(args.time("a time or an expression")?))),
    },
    Action {
        name: "wait-for-handshake",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: "",
        doc: "Waits for the end of the handshake with the client, so that nothing was sent by another.",
        parse: |_| Ok(Box::new(Always(Wait::Handshake))),
    },
    Action {
        name: "wait-for-body",
        parameter: Parameter::None,
        sets: REQUEST_AND_RESPONSE,
        usage: "time <time> [at-least <bytes>]",
        doc: "Waits for the body, all of it or so many bytes, no longer than that time.",
        parse: parse_body,
    },
];

#[derive(Debug)]
struct Pause(Amount);

impl Act for Pause {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        match self.0.of(scene).and_then(|ms| u64::try_from(ms).ok()) {
            None | Some(0) => Flow::Continue,
            Some(ms) => Flow::Wait(Wait::Pause { ms: ms.min(burdock_syntax::limits::MAX_TIMER_MS) }),
        }
    }
}

#[derive(Debug)]
struct Always(Wait);

impl Act for Always {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        Flow::Wait(self.0)
    }
}

fn parse_body(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let (mut limit_ms, mut at_least) = (None, None);
    while let Some(word) = args.next_argument() {
        match word.as_bytes() {
            b"time" => {
                let word = args.required("a time")?;
                limit_ms = Some(units::parse_timer(word, TimeUnit::Millisecond, args.findings)?.ms());
            }
            b"at-least" => {
                let word = args.required("a number of bytes")?;
                at_least = Some(units::parse_size(word, u64::MAX)?).filter(|bytes| *bytes > 0);
            }
            b"use-large-buffer" => {
                return Err(burdock_syntax::Diagnostic::error(
                    "'use-large-buffer' is known to HAProxy but not supported by Burdock yet",
                )
                .code("not-supported-yet")
                .at(word.span(), "not supported yet"));
            }
            _ => return Err(args.unexpected(word, "'time' or 'at-least'")),
        }
    }
    let Some(limit_ms) = limit_ms else { return Err(args.missing("'time' and a time")) };
    Ok(Box::new(Always(Wait::Body { limit_ms, at_least })))
}

#[cfg(test)]
mod tests {
    use burdock_state::Directory;

    use crate::action::testing::{Rules, faults};
    use crate::testing::request;
    use crate::{Flow, Wait};

    #[test]
    fn what_is_waited_for() {
        for (rule, expected) in [
            ("pause 5", Some(Wait::Pause { ms: 5 })),
            ("pause 2s", Some(Wait::Pause { ms: 2000 })),
            ("pause req.hdr(x),mul(10)", Some(Wait::Pause { ms: 70 })),
            ("pause int(-5)", None),
            ("pause int(0)", None),
            ("pause req.hdr(none)", None),
            ("wait-for-handshake", Some(Wait::Handshake)),
            ("wait-for-body time 1s", Some(Wait::Body { limit_ms: 1000, at_least: None })),
            ("wait-for-body at-least 1k time 7 if TRUE", Some(Wait::Body { limit_ms: 7, at_least: Some(1024) })),
            ("wait-for-body time 1s at-least 0", Some(Wait::Body { limit_ms: 1000, at_least: None })),
        ] {
            let rules = Rules::parse(&format!("http-request {rule}")).unwrap_or_else(|fault| panic!("{rule}: {fault}"));
            let waits = match rules.run(&mut request("GET /\nx: 7"), &Directory::empty()) {
                Flow::Wait(wait) => Some(wait),
                _ => None,
            };
            assert_eq!(waits, expected, "{rule}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("pause", "'pause' lacks a time or an expression"),
                ("pause 0", "'0' is not possible here"),
                ("pause src", "this expression gives no value of type 'sint'"),
                ("wait-for-handshake x", "unexpected word 'x'"),
                ("wait-for-body", "'wait-for-body' lacks 'time' and a time"),
                ("wait-for-body time", "'wait-for-body' lacks a time"),
                ("wait-for-body at-least 1k", "'wait-for-body' lacks 'time' and a time"),
                ("wait-for-body time 1s at-least", "'wait-for-body' lacks a number of bytes"),
                ("wait-for-body time 1s now", "'now' is not possible here"),
                ("wait-for-body time 1s use-large-buffer", "'use-large-buffer' is known to HAProxy"),
            ],
        );
    }
}
