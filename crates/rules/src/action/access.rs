//! Letting through and refusing: `allow`, `accept`, `deny`, `reject`, `silent-drop`.

use burdock_syntax::Parsed;

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Answer, Flow};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "allow",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "",
        doc: "Ends the evaluation of these rules.",
        parse: |_| Ok(Box::new(Fixed(|| Flow::Accept))),
    },
    Action {
        name: "accept",
        parameter: Parameter::None,
        sets: RuleSetKinds::TCP,
        usage: "",
        doc: "Ends the evaluation of these rules.",
        parse: |_| Ok(Box::new(Fixed(|| Flow::Accept))),
    },
    Action {
        name: "reject",
        parameter: Parameter::None,
        sets: RuleSetKinds::TCP.with(RuleSetKinds::HTTP_REQUEST),
        usage: "",
        doc: "Closes the connection without an answer.",
        parse: |_| Ok(Box::new(Fixed(|| Flow::Reject))),
    },
    Action {
        name: "deny",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE),
        usage: "[deny_status <code>]",
        doc: "Refuses the request, or the response, with the page of a status.",
        parse: parse_deny,
    },
];

/// Always the same.
struct Fixed(fn() -> Flow);

impl std::fmt::Debug for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", (self.0)())
    }
}

impl Act for Fixed {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        (self.0)()
    }
}

#[derive(Debug)]
struct Deny {
    status: u16,
}

fn parse_deny(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let mut status = if args.set.is_response() { 502 } else { 403 };
    if args.next_if("deny_status") {
        let word = args.required("a status")?;
        let known = word.to_str().ok().and_then(|text| text.parse().ok()).filter(|code| (200..600).contains(code));
        status = known.ok_or_else(|| args.unexpected(word, "a status from 200 to 599"))?;
    }
    Ok(Box::new(Deny { status }))
}

impl Act for Deny {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        Flow::Answer(Box::new(Answer::refusal(self.status)))
    }
}
