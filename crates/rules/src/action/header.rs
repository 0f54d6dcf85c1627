//! Header lines: `add-header`, `set-header`.

use burdock_http::{HeaderName, Headers};
use burdock_sample::Format;
use burdock_syntax::Parsed;

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "add-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <format>",
        doc: "Adds a header line.",
        parse: |args| parse(args, false),
    },
    Action {
        name: "set-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <format>",
        doc: "Adds a header line in place of all lines of that name.",
        parse: |args| parse(args, true),
    },
];

#[derive(Debug)]
struct Add {
    name: HeaderName,
    value: Format,
    /// Whether lines of that name go first.
    replaces: bool,
    /// Whether it is about the response.
    response: bool,
}

fn parse(args: &mut ActionArgs<'_>, replaces: bool) -> Parsed<Box<dyn Act>> {
    let name = args.required("the name of a header")?;
    let name = HeaderName::lenient(name.as_bytes());
    let value = args.format("a value")?;
    Ok(Box::new(Add { name, value, replaces, response: args.set.is_response() }))
}

impl Act for Add {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let value = scene.text(&self.value);
        let headers = headers(scene, self.response);
        if self.replaces {
            headers.remove_all_named(&self.name);
        }
        Flow::edited(headers.append(self.name.as_bytes(), value))
    }
}

/// The headers of one of the two messages.
pub(super) fn headers<'s>(scene: &'s mut Scene<'_>, response: bool) -> &'s mut Headers {
    if response { &mut scene.txn.response.headers } else { &mut scene.txn.request.headers }
}
