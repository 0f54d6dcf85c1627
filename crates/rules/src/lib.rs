//! Conditions (configuration manual 7.1, 7.2): named, anonymous and predefined ACLs, and the `if` and `unless` that use them. Everything is
//! resolved when a configuration is read; testing a condition looks nothing up and decides nothing else. Knows neither sockets nor which
//! rule it guards.
#![forbid(unsafe_code)]

mod acl;
mod condition;
mod criterion;
mod keyword;
mod predefined;
#[cfg(test)]
mod testing;

pub use acl::{AclScope, AclTable};
pub use condition::Condition;
