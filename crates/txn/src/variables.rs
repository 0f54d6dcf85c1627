//! The variables that a request can see, but for those of the process.

use burdock_state::{Slots, VariableScope};

/// Variables by scope.
#[derive(Debug, Default)]
pub struct Variables {
    /// `sess`: they belong to the client's connection, which lends them to each of its requests.
    pub session: Slots,
    /// `txn`
    pub transaction: Slots,
    /// `req`
    pub request: Slots,
    /// `res`
    pub response: Slots,
    /// `check`
    pub check: Slots,
}

impl Variables {
    /// The slots of a scope; those of the process are elsewhere.
    pub const fn slots(&self, scope: VariableScope) -> Option<&Slots> {
        match scope {
            VariableScope::Process => None,
            VariableScope::Session => Some(&self.session),
            VariableScope::Transaction => Some(&self.transaction),
            VariableScope::Request => Some(&self.request),
            VariableScope::Response => Some(&self.response),
            VariableScope::Check => Some(&self.check),
        }
    }

    /// Ends what ends with a request.
    pub fn begin_next(&mut self) {
        for slots in [&mut self.transaction, &mut self.request, &mut self.response, &mut self.check] {
            if !slots.is_empty() {
                slots.clear();
            }
        }
    }
}
