//! Logging out of turn: `do-log`.

use burdock_syntax::{Diagnostic, Parsed};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "do-log",
    parameter: Parameter::None,
    sets: RuleSetKinds::ALL,
    usage: "[profile <name>]",
    doc: "Writes a log line now, beside those that are written anyway.",
    parse,
}];

/// A line by a log profile of its own, by index.
#[derive(Debug)]
struct DoLog(Option<usize>);

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    if !args.next_if("profile") {
        return Ok(Box::new(DoLog(None)));
    }
    let word = args.required("the name of a 'log-profile' section")?;
    match args.scope.names.log_profiles.iter().position(|name| *word == **name) {
        Some(profile) => Ok(Box::new(DoLog(Some(profile)))),
        None => Err(Diagnostic::error(format!("there is no log profile '{word}'"))
            .code("unknown-name")
            .at(word.span(), "not found")
            .help(format!("add a section 'log-profile {word}'"))),
    }
}

impl Act for DoLog {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        Flow::Log(self.0)
    }
}
