//! What is put into a variable and when (configuration manual 2.8, 4.4 `set-var`): shared by the actions and the converters that set one.

use burdock_state::{VariableId, VariableScope};
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::input::Input;
use crate::names::Scope;
use crate::value::Value;
use crate::variable;

/// A variable, and what must hold for it to be set.
#[derive(Clone, Debug)]
pub struct Assignment {
    variable: VariableId,
    conditions: Box<[Condition]>,
}

/// What must hold for a variable to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// It exists, with or without a value.
    Exists(bool),
    /// The new value is an empty text.
    Empty(bool),
    /// It has a value.
    Set(bool),
    /// Its present value is greater than the new one; of no effect unless both are numbers.
    Greater,
    /// Its present value is less than the new one; of no effect unless both are numbers.
    Less,
}

const CONDITIONS: [(&str, Condition); 8] = [
    ("ifexists", Condition::Exists(true)),
    ("ifnotexists", Condition::Exists(false)),
    ("ifempty", Condition::Empty(true)),
    ("ifnotempty", Condition::Empty(false)),
    ("ifset", Condition::Set(true)),
    ("ifnotset", Condition::Set(false)),
    ("ifgt", Condition::Greater),
    ("iflt", Condition::Less),
];

impl Assignment {
    /// Reads `name[,condition…]`.
    ///
    /// # Errors
    /// The first part is no name of a variable, or another is no condition.
    pub fn parse(word: &Word, scope: &Scope<'_>) -> Parsed<Self> {
        let mut parts = word.as_bytes().split(|&byte| byte == b',');
        let variable = scope
            .names
            .variable(parts.next().unwrap_or_default())
            .map_err(|fault| Diagnostic::error(format!("'{word}' {fault}")).code("bad-argument").at(word.span(), ""))?;
        Self::of(variable, parts)
            .map_err(|fault| Diagnostic::error(fault).code("bad-argument").at(word.span(), "no such condition"))
    }

    /// The same for arguments that have been cut apart.
    ///
    /// # Errors
    /// One of the texts is no condition.
    pub fn of<'t>(variable: VariableId, conditions: impl Iterator<Item = &'t [u8]>) -> Result<Self, String> {
        let conditions: Option<_> = conditions.map(named).collect();
        conditions
            .map(|conditions| Self { variable, conditions })
            .ok_or_else(|| format!("the conditions are {}", condition_names()))
    }

    /// Sets the variable, if the conditions hold and its scope is at hand. Says whether it did.
    pub fn set(&self, value: Value<'_>, input: &Input<'_>) -> bool {
        (self.conditions.is_empty() || self.holds(variable::get(input, self.variable), value))
            && variable::set(input, self.variable, Some(value))
    }

    /// Takes its value away, whatever the conditions.
    pub fn unset(&self, input: &Input<'_>) {
        variable::set(input, self.variable, None);
    }

    /// Where the variable lives.
    pub const fn scope(&self) -> VariableScope {
        self.variable.scope
    }

    /// Whether there are conditions.
    pub fn is_conditional(&self) -> bool {
        !self.conditions.is_empty()
    }

    fn holds(&self, present: Option<Value<'_>>, new: Value<'_>) -> bool {
        let is_set = present.is_some();
        let numbers = match (present, new) {
            (Some(Value::Int(present)), Value::Int(new)) => Some((present, new)),
            _ => None,
        };
        self.conditions.iter().all(|condition| match *condition {
            // Variables of the process exist since the configuration was read.
            Condition::Exists(wanted) => (is_set || self.variable.scope == VariableScope::Process) == wanted,
            Condition::Empty(wanted) => matches!(new, Value::Str(b"") | Value::Bin(b"")) == wanted,
            Condition::Set(wanted) => is_set == wanted,
            Condition::Greater => numbers.is_none_or(|(present, new)| present > new),
            Condition::Less => numbers.is_none_or(|(present, new)| present < new),
        })
    }
}

fn named(name: &[u8]) -> Option<Condition> {
    CONDITIONS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, condition)| *condition)
}

fn condition_names() -> String {
    let names: Vec<_> = CONDITIONS.iter().map(|(name, _)| format!("'{name}'")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use burdock_base::Instant;
    use burdock_state::{Directory, ProcessVariables, Stored};

    use super::*;
    use crate::input::Scratch;
    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::{empty_txn, word};

    /// What is left in a variable that `before` was put into, where `after` is then put into it under conditions.
    fn left(name: &str, before: Option<Value<'_>>, conditions: &str, after: Value<'_>) -> Option<Stored> {
        let (txn, names, scratch) = (empty_txn(), Names::default(), Scratch::new());
        let world = Directory { variables: std::sync::Arc::new(ProcessVariables::new(1)), ..Directory::empty() };
        let input = Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::Log, scratch: &scratch };
        let assignment = |text: String| Assignment::parse(&word(&text), &Scope::outside(&names)).unwrap();
        if let Some(before) = before {
            assignment(name.to_owned()).set(before, &input);
        }
        let changed = assignment(format!("{name}{conditions}"));
        changed.set(after, &input);
        match txn.variables.slots(changed.variable.scope) {
            Some(slots) => slots.read(changed.variable.slot, Clone::clone),
            None => world.variables.read(changed.variable.slot, Clone::clone),
        }
    }

    #[test]
    fn conditions() {
        use Value::{Bool, Int, Str};
        for (name, before, conditions, after, expected) in [
            ("txn.a", None, "", Int(1), Some(Int(1))),
            ("txn.a", None, ",ifexists", Int(1), None),
            ("proc.a", None, ",ifexists", Int(1), Some(Int(1))),
            ("proc.a", None, ",ifnotexists", Int(1), None),
            ("sess.a", None, ",ifnotexists", Int(1), Some(Int(1))),
            ("txn.a", Some(Int(5)), ",ifnotset", Int(1), Some(Int(5))),
            ("txn.a", Some(Int(5)), ",ifset", Str(b"x"), Some(Str(b"x"))),
            ("txn.a", Some(Int(5)), ",ifempty", Str(b""), Some(Str(b""))),
            ("txn.a", Some(Int(5)), ",ifempty", Int(0), Some(Int(5))),
            ("txn.a", Some(Int(5)), ",ifnotempty", Str(b""), Some(Int(5))),
            ("txn.a", Some(Int(5)), ",ifgt", Int(6), Some(Int(5))),
            ("txn.a", Some(Int(5)), ",ifgt", Int(4), Some(Int(4))),
            ("txn.a", Some(Int(5)), ",iflt", Int(4), Some(Int(5))),
            ("txn.a", Some(Int(0)), ",ifgt", Bool(true), Some(Bool(true))),
            ("txn.a", None, ",iflt", Int(4), Some(Int(4))),
            ("txn.a", Some(Int(5)), ",ifset,iflt", Int(55), Some(Int(55))),
        ] {
            let found = left(name, before, conditions, after);
            assert_eq!(found, expected.map(Value::store), "{name}{conditions} {before:?} {after:?}");
        }
    }

    #[test]
    fn faults() {
        let names = Names::default();
        for text in ["a", "txn.", "foo.a", "txn.a,often", "txn.a,", "txn.a-b"] {
            assert!(Assignment::parse(&word(text), &Scope::outside(&names)).is_err(), "{text}");
        }
    }
}
