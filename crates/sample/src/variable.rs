//! Variables as expressions and rules see them (configuration manual 2.8): which scopes there are when, and how values get in and out.

use burdock_state::{Slots, Stored, VariableId, VariableScope};

use crate::input::{Input, Scratch};
use crate::phase::Phase;
use crate::value::Value;

/// The value of a variable; nothing where it is not set or its scope is not at hand.
pub fn get<'a>(input: &Input<'a>, variable: VariableId) -> Option<Value<'a>> {
    let load = |stored: &Stored| Value::load(stored, input.scratch);
    match variable.scope {
        VariableScope::Process => input.world.variables.read(variable.slot, load),
        scope => slots(input, scope)?.read(variable.slot, load),
    }
}

/// Sets a variable, or takes its value away. Says whether its scope is at hand: there is nothing to set otherwise.
pub fn set(input: &Input<'_>, variable: VariableId, value: Option<Value<'_>>) -> bool {
    let stored = value.map(|value| value.store());
    match variable.scope {
        VariableScope::Process => input.world.variables.set(variable.slot, stored),
        scope => match slots(input, scope) {
            Some(slots) => slots.set(variable.slot, stored),
            None => return false,
        },
    }
    true
}

/// The variables of a scope, where it is at hand. Those of the request end where those of the response begin: when a server is to be
/// connected to.
fn slots<'a>(input: &Input<'a>, scope: VariableScope) -> Option<&'a Slots> {
    let checking = input.phase == Phase::Check;
    let at_hand = match scope {
        VariableScope::Request => !checking && input.txn.timings.queued.is_none(),
        VariableScope::Response => !checking && input.txn.timings.queued.is_some(),
        VariableScope::Check => checking,
        VariableScope::Process | VariableScope::Session | VariableScope::Transaction => true,
    };
    if at_hand { input.txn.variables.slots(scope) } else { None }
}

impl Value<'_> {
    /// The same in memory of its own.
    pub fn store(self) -> Stored {
        match self {
            Self::Bool(value) => Stored::Bool(value),
            Self::Int(value) => Stored::Int(value),
            Self::Addr(address) => Stored::Addr(address),
            Self::Str(text) => Stored::Str(text.into()),
            Self::Bin(bytes) => Stored::Bin(bytes.into()),
            Self::Method(text) => Stored::Method(text.into()),
        }
    }
}

impl<'a> Value<'a> {
    /// A copy of a stored value in the memory of an evaluation.
    pub fn load(stored: &Stored, scratch: &'a Scratch) -> Self {
        match stored {
            Stored::Bool(value) => Self::Bool(*value),
            Stored::Int(value) => Self::Int(*value),
            Stored::Addr(address) => Self::Addr(*address),
            Stored::Str(text) => Self::Str(scratch.copy(text)),
            Stored::Bin(bytes) => Self::Bin(scratch.copy(bytes)),
            Stored::Method(text) => Self::Method(scratch.copy(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::Instant;
    use burdock_state::{Directory, ProcessVariables};

    use super::*;
    use crate::testing::empty_txn;

    #[test]
    fn scopes_come_and_go() {
        let mut txn = empty_txn();
        let world = Directory { variables: std::sync::Arc::new(ProcessVariables::new(1)), ..Directory::empty() };
        for (connected, phase, expected) in [
            (false, Phase::FrontendHttpRequest, [true, true, true, true, false, false]),
            (false, Phase::Log, [true, true, true, true, false, false]),
            (true, Phase::BackendHttpResponse, [true, true, true, false, true, false]),
            (true, Phase::Log, [true, true, true, false, true, false]),
            (false, Phase::Check, [true, true, true, false, false, true]),
        ] {
            txn.timings.queued = connected.then_some(Instant::START);
            let scratch = Scratch::new();
            let input = Input { txn: &txn, world: &world, now: Instant::START, phase, scratch: &scratch };
            for (scope, expected) in VariableScope::ALL.into_iter().zip(expected) {
                let variable = VariableId { scope, slot: 0 };
                for value in [Value::Str(b"abc"), Value::Int(7)] {
                    assert_eq!(set(&input, variable, Some(value)), expected, "{scope:?} in {phase:?}");
                    assert_eq!(get(&input, variable), expected.then_some(value), "{scope:?} in {phase:?}");
                }
                set(&input, variable, None);
                assert_eq!(get(&input, variable), None);
            }
        }
    }
}
