//! `when`: a value only under a condition of how the request fares (configuration manual 7.3.1).

use std::sync::Arc;

use burdock_syntax::Word;

use super::Converter;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::fetch::acl::Term;
use crate::input::Input;
use crate::names::Scope;
use crate::value::Type;

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "when",
    args: ArgSpec {
        usage: "[!]<condition>[,<args>...]",
        kinds: &[ArgKind::Text, NAME, ArgKind::Text, ArgKind::Text],
        required: 1,
    },
    prepare: Some(prepare),
    input: Type::Any,
    output: Type::Any,
    doc: "The value as it is where the condition holds, else nothing.",
    run: |value, input, args| {
        let condition: &Condition = args.compiled(0)?;
        (condition.holds(input) != condition.negated).then_some(value)
    },
}];

/// Kept as the word that it is, for messages to point at it.
const NAME: ArgKind = ArgKind::Compile(|word, _| Ok(Arg::Compiled(Arc::new(word.clone()))));

struct Condition {
    negated: bool,
    test: Test,
}

enum Test {
    Fared(fn(&Input<'_>) -> bool),
    Acl(Term),
}

impl Condition {
    fn holds(&self, input: &Input<'_>) -> bool {
        match &self.test {
            Test::Fared(test) => test(input),
            Test::Acl(term) => term.holds(input).unwrap_or(false),
        }
    }
}

fn prepare(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    let text = args.text(0).unwrap_or_default();
    let (negated, word) = match text {
        [b'!', word @ ..] => (true, word),
        word => (false, word),
    };
    let fared: fn(&Input<'_>) -> bool = match word {
        b"acl" => {
            args.set_compiled(0, Condition { negated, test: Test::Acl(acl_term(args, scope)?) });
            return Ok(());
        }
        b"error" => has_failed,
        b"normal" => |input| !has_failed(input),
        b"forwarded" => |input| input.txn.timings.connected.is_some(),
        b"stopping" => |input| input.world.process.is_stopping(),
        b"processed" | b"toapplet" => {
            return Err(format!("the condition '{}' is not supported yet", String::from_utf8_lossy(word)));
        }
        _ => {
            return Err(format!(
                "'{}' is no condition: 'acl', 'error', 'normal', 'forwarded' and 'stopping' are",
                String::from_utf8_lossy(word)
            ));
        }
    };
    args.set_compiled(0, Condition { negated, test: Test::Fared(fared) });
    Ok(())
}

fn acl_term(args: &Args, scope: &Scope<'_>) -> Result<Term, String> {
    let name = args.compiled::<Word>(1).filter(|name| !name.is_empty());
    let name = name.ok_or("the condition 'acl' lacks the name of an ACL")?;
    if !args.is_omitted(2) {
        return Err("the condition 'acl' takes one name".to_owned());
    }
    Term::parse(name, scope).map_err(|fault| fault.message().to_owned())
}

fn has_failed(input: &Input<'_>) -> bool {
    let http = input.world.proxy(input.txn.frontend).is_some_and(|proxy| proxy.http);
    input.txn.has_failed(http)
}
