//! What a rule has done to variables: those of all scopes before and after, compared.

use burdock_state::{Directory, Stored, VariableName, VariableScope};
use burdock_txn::Txn;
use serde::Serialize;

/// A variable that has another value than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableChange {
    /// Its name, with its scope.
    pub name: String,
    /// The value that it had; none: it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value that it has; none: it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The values of all variables, as they were.
pub(crate) struct Variables(Vec<Option<Stored>>);

impl Variables {
    pub(crate) fn of(txn: &Txn, world: &Directory) -> Self {
        Self(world.variable_names.iter().map(|name| value(name, txn, world)).collect())
    }

    /// Those that have another value now, by name.
    pub(crate) fn changes(&self, txn: &Txn, world: &Directory) -> Vec<VariableChange> {
        let change = |(name, before): (&VariableName, &Option<Stored>)| {
            let after = value(name, txn, world);
            (*before != after).then(|| VariableChange {
                name: format!("{}.{}", name.scope.name(), name.name),
                before: before.as_ref().map(shown),
                after: after.as_ref().map(shown),
            })
        };
        world.variable_names.iter().zip(&self.0).filter_map(change).collect()
    }
}

fn value(name: &VariableName, txn: &Txn, world: &Directory) -> Option<Stored> {
    match name.scope {
        VariableScope::Process => world.variables.read(name.slot, Clone::clone),
        scope => txn.variables.slots(scope)?.read(name.slot, Clone::clone),
    }
}

fn shown(value: &Stored) -> String {
    match value {
        Stored::Bool(truth) => truth.to_string(),
        Stored::Int(number) => number.to_string(),
        Stored::Addr(address) => address.to_string(),
        Stored::Str(text) | Stored::Method(text) => String::from_utf8_lossy(text).into_owned(),
        Stored::Bin(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
