//! Entries of ACLs and maps: `add-acl`, `del-acl`, `set-map`, `del-map` (configuration manual 4.4). The parameter names the file, `opt@…` or
//! `virt@…` that some ACL or map looks at. What would be no entry for all that look at it changes nothing.

use burdock_pattern::Target;
use burdock_sample::{ChangedReference, Format};
use burdock_syntax::Parsed;

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "add-acl",
        parameter: Parameter::Required,
        sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE),
        usage: "(<file>) <key format>",
        doc: "Adds a pattern to an ACL unless it is there.",
        parse: |args| parse(args, Change::Add),
    },
    Action {
        name: "del-acl",
        parameter: Parameter::Required,
        sets: RuleSetKinds::HTTP,
        usage: "(<file>) <key format>",
        doc: "Takes a pattern out of an ACL.",
        parse: |args| parse(args, Change::Delete),
    },
    Action {
        name: "set-map",
        parameter: Parameter::Required,
        sets: RuleSetKinds::HTTP,
        usage: "(<file>) <key format> <value format>",
        doc: "Gives the entries of a map with a key a new value, or adds one.",
        parse: parse_set_map,
    },
    Action {
        name: "del-map",
        parameter: Parameter::Required,
        sets: RuleSetKinds::HTTP,
        usage: "(<file>) <key format>",
        doc: "Takes the first entry with a key out of a map.",
        parse: |args| parse(args, Change::Delete),
    },
];

#[derive(Debug)]
struct ChangeEntry {
    reference: ChangedReference,
    key: Format,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Add,
    Set(Format),
    Delete,
}

fn parse_set_map(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let reference = reference(args)?;
    let key = args.format("a key")?;
    let change = Change::Set(args.format("a value")?);
    Ok(Box::new(ChangeEntry { reference, key, change }))
}

fn parse(args: &mut ActionArgs<'_>, change: Change) -> Parsed<Box<dyn Act>> {
    let reference = reference(args)?;
    let key = args.format("a key")?;
    Ok(Box::new(ChangeEntry { reference, key, change }))
}

fn reference(args: &ActionArgs<'_>) -> Parsed<ChangedReference> {
    let name = args.parameter.as_ref().filter(|name| !name.is_empty());
    name.map(|name| args.scope.names.changed_reference(name))
        .ok_or_else(|| args.missing("the name of a file in its parentheses"))
}

impl Act for ChangeEntry {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let Some(reference) = self.reference.get() else { return Flow::Continue };
        let key = scene.text(&self.key);
        let done = match &self.change {
            Change::Add => reference.put(key, None),
            Change::Set(value) => reference.put(key, Some(scene.text(value))),
            Change::Delete => reference.delete(&Target::Key(key.into())),
        };
        // As in HAProxy, a change that cannot be made is left out in silence.
        drop(done);
        Flow::Continue
    }
}

#[cfg(test)]
mod tests;
