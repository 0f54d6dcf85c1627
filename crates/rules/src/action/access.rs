//! Letting through, and ending without an answer: `allow`, `accept`, `reject`.

use super::{Act, Action, Parameter, Scene};
use crate::flow::Flow;
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
