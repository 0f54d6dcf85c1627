//! Rules (configuration manual 4.4, 7.1, 7.2): ACLs, the conditions that use them, actions, and sets of rules. Everything is resolved when a
//! configuration is read; carrying a rule out looks nothing up by name. Knows no sockets: an action changes the record of a request or says,
//! as a [`Flow`], what the engine is to do.
#![forbid(unsafe_code)]

mod acl;
pub mod action;
mod condition;
mod criterion;
pub mod flow;
mod keyword;
mod predefined;
pub mod reply;
pub mod set;
#[cfg(test)]
mod testing;
pub mod trace;
mod verdict;

pub use acl::{AclScope, AclTable};
pub use action::{Act, Action, Scene};
pub use condition::Condition;
pub use flow::{Answer, Content, Flow, Lookup, Reason, SwitchTo, Wait};
pub use keyword::acl_keywords;
pub use reply::{ErrorPage, ReplyTemplate};
pub use set::{Cursor, Rule, RulePlace, RuleSet, RuleSetKind, RuleSetKinds};
pub use verdict::Verdict;
