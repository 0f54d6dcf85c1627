//! Commands about the variables of the process (configuration manual 2.8, management manual 9.3). The texts are HAProxy's but where they
//! are the words of a fault in an expression or a format.

use std::borrow::Cow;
use std::net::IpAddr;

use burdock_base::{BindId, ProxyId};
use burdock_model::StatsLevel;
use burdock_sample::{Assignment, Expression, Format, Input, Names, Phase, Scope, Scratch, Style, Value};
use burdock_state::{Directory, NotAdded, Stored, VariableScope};
use burdock_syntax::{Diagnostic, Diagnostics, SourceMap, Word};
use burdock_txn::{Endpoint, Txn};

use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["get", "var"],
    usage: "get var <name>",
    doc: "the value of a variable of the process",
    level: StatsLevel::Operator,
    takes_payload: false,
    run: get,
}];

pub(super) const EXPERIMENTAL: &[Command] = &[Command {
    words: &["set", "var"],
    usage: "set var <name> [fmt|expr] {<fmt>|<expr>}",
    doc: "set a variable of the process to what an expression or a format gives",
    level: StatsLevel::Operator,
    takes_payload: false,
    run: set,
}];

fn get(call: Call<'_>) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused(NAME_MISSING);
    }
    let model = call.runtime.model.load();
    let directory = &model.directory;
    let slot = name.strip_prefix("proc.").and_then(|name| directory.process_variable(name));
    match slot.and_then(|slot| directory.variables.read(slot, shown)) {
        Some(value) => Answer::Text(format!("{name}: {value}\n")),
        None => Answer::refused("Variable not found."),
    }
}

/// `set var <name> [expr|fmt] <value>`. Words behind the value are passed over, as in HAProxy.
fn set(call: Call<'_>) -> Answer {
    let (is_format, value) = match call.arguments {
        [] => return Answer::refused(NAME_MISSING),
        [_] => return Answer::refused("Missing either 'expr', 'fmt' or expression."),
        [_, value] => (false, value),
        [_, kind, value, ..] => match kind.as_str() {
            "expr" => (false, value),
            "fmt" => (true, value),
            other => {
                return Answer::refused(format!(
                    "'set var': arg type must be either 'expr' or 'fmt' but got '{other}'."
                ));
            }
        },
    };
    let model = call.runtime.model.load();
    // Between reading the names that there are and adding new ones another connection may add some.
    for _ in 0..ATTEMPTS {
        let change = match Change::parse(call.argument(0), value, is_format, &model.directory) {
            Ok(change) => change,
            Err(reason) => return Answer::refused(reason),
        };
        match change.name_new_variables(&model.directory) {
            Ok(()) => {
                change.apply(&model.directory);
                return Answer::Done;
            }
            Err(NotAdded::Overtaken) => {}
            Err(NotAdded::TooMany) => {
                return Answer::refused("Too many variables that the configuration does not name.");
            }
        }
    }
    Answer::refused("Other connections keep adding variables, try again.")
}

const NAME_MISSING: &str = "Missing process-wide variable identifier.";

/// How often setting a variable is tried.
const ATTEMPTS: usize = 8;

/// What a variable is to become.
struct Change {
    names: Names,
    assignment: Assignment,
    value: Source,
}

enum Source {
    Expression(Expression),
    Format(Format),
}

impl Change {
    fn parse(name: &str, value: &str, is_format: bool, directory: &Directory) -> Result<Self, Cow<'static, str>> {
        let said = |fault: Diagnostic| Cow::from(fault.message().to_owned());
        let names = Names::of(directory);
        let mut sources = SourceMap::new();
        let mut word = |text: &str| {
            let file = sources.add("command", text).map_err(|_| "The command is too long.")?;
            Ok::<_, &'static str>(Word::verbatim(text, file.id(), 0))
        };
        let (name, value) = (word(name)?, word(value)?);
        let scope = Scope::outside(&names);
        let assignment = Assignment::parse(&name, &scope).map_err(said)?;
        if assignment.scope() != VariableScope::Process {
            return Err(format!("'set var': cannot set variable '{name}', only scope 'proc' is permitted here.").into());
        }
        let value = if is_format {
            Source::Format(Format::parse(&value, &scope, Phase::Runtime, &mut Diagnostics::new()).map_err(said)?)
        } else {
            let expression = Expression::parse(&value, &scope).map_err(said)?;
            if !expression.validity().contains(Phase::Runtime) {
                let fetch = expression.fetch().name;
                return Err(format!("sample fetch '{fetch}' has no value in the runtime API").into());
            }
            Source::Expression(expression)
        };
        if names.mentions_references() {
            return Err("maps and files of patterns can be named by the configuration alone".into());
        }
        Ok(Self { names, assignment, value })
    }

    /// Gives slots to the variables that nothing has named before.
    fn name_new_variables(&self, directory: &Directory) -> Result<(), NotAdded> {
        let mut new = self.names.variables(VariableScope::Process);
        new.retain(|(name, _)| directory.process_variable(name).is_none());
        new.sort_unstable_by_key(|&(_, slot)| slot);
        match new.first() {
            Some(&(_, first)) => directory.variables.add(first, new.into_iter().map(|(name, _)| name.into())),
            None => Ok(()),
        }
    }

    /// Sets the variable, unless the expression gives nothing.
    fn apply(&self, directory: &Directory) {
        let nowhere = Endpoint::Unix(0);
        let now = directory.process.clock.now();
        let txn = Txn::new(nowhere, nowhere, ProxyId(0), BindId(0), now);
        let scratch = Scratch::new();
        let input = Input { txn: &txn, world: directory, now, phase: Phase::Runtime, scratch: &scratch };
        let value = match &self.value {
            Source::Expression(expression) => expression.evaluate(&input),
            Source::Format(format) => Some(Value::Str(format.text(&input, Style::Plain))),
        };
        if let Some(value) = value {
            self.assignment.set(value, &input);
        }
    }
}

/// The type and the text of a value.
fn shown(value: &Stored) -> String {
    let (kind, text) = match value {
        Stored::Bool(value) => ("bool", u8::from(*value).to_string()),
        Stored::Int(value) => ("sint", value.to_string()),
        Stored::Addr(address @ IpAddr::V4(_)) => ("ipv4", address.to_string()),
        Stored::Addr(address @ IpAddr::V6(_)) => ("ipv6", address.to_string()),
        Stored::Str(text) => ("str", String::from_utf8_lossy(text).into_owned()),
        Stored::Bin(bytes) => ("bin", String::from_utf8_lossy(bytes).into_owned()),
        Stored::Method(name) => ("meth", String::from_utf8_lossy(name).into_owned()),
    };
    format!("type={kind} value=<{text}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (value, expected) in [
            (Stored::Bool(true), "type=bool value=<1>"),
            (Stored::Int(-5), "type=sint value=<-5>"),
            (Stored::Addr([1, 2, 3, 4].into()), "type=ipv4 value=<1.2.3.4>"),
            (Stored::Addr(std::net::Ipv6Addr::LOCALHOST.into()), "type=ipv6 value=<::1>"),
            (Stored::Str(b"hello world"[..].into()), "type=str value=<hello world>"),
            (Stored::Bin(b"AB"[..].into()), "type=bin value=<AB>"),
        ] {
            assert_eq!(shown(&value), expected);
        }
    }
}
