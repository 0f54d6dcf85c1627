//! `acl`: what named ACLs say (configuration manual 7.3.2). They are handed in: what they consist of is not known here.

use std::sync::Arc;

use burdock_syntax::{Parsed, Word};

use super::row::inspection;
use super::{Fetch, Sight};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::names::{Decide, Scope, no_acls};
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] =
    &[inspection("acl", Type::Bool, Validity::ALWAYS, "Whether all the ACLs hold; '!' negates one.", all_hold)
        .with(ArgSpec { usage: "[!]<name>[,...]", kinds: &[ArgKind::Compile(named); 12], required: 1 })];

/// A named ACL among the arguments.
pub(crate) struct Term {
    negated: bool,
    /// None: it is at fault itself, and has been complained about.
    acl: Option<Arc<dyn Decide>>,
}

impl Term {
    /// Finds what `[!]<name>` stands for.
    pub(crate) fn parse(word: &Word, scope: &Scope<'_>) -> Parsed<Self> {
        let negated = word.as_bytes().first() == Some(&b'!');
        let name = word.slice(usize::from(negated)..word.len());
        let acls = scope.acls.ok_or_else(|| no_acls(&name))?;
        Ok(Self { negated, acl: acls.find(&name)? })
    }

    /// Whether it holds; nothing while that depends on what is yet to come.
    pub(crate) fn holds(&self, input: &Input<'_>) -> Option<bool> {
        match &self.acl {
            Some(acl) => acl.decide(input).map(|holds| holds != self.negated),
            None => Some(false),
        }
    }
}

fn named(word: &Word, scope: &Scope<'_>) -> Parsed<Arg> {
    Term::parse(word, scope).map(|term| Arg::Compiled(Arc::new(term)))
}

fn all_hold<'a>(input: &Input<'a>, args: &'a Args) -> Sight<'a> {
    let terms = (0..).map_while(|index| args.compiled::<Term>(index));
    let mut undecided = false;
    for term in terms {
        match term.holds(input) {
            Some(true) => {}
            Some(false) => return Sight::Settled(Some(Value::Bool(false))),
            None => undecided = true,
        }
    }
    if undecided { Sight::Changing(None) } else { Sight::Settled(Some(Value::Bool(true))) }
}
