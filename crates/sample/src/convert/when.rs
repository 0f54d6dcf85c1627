//! `when`: a value only under a condition of how the request fares (configuration manual 7.3.1).

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::names::Scope;
use crate::value::Type;

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "when",
    args: ArgSpec { usage: "[!]<condition>[,<args>...]", kinds: &[ArgKind::Text; 4], required: 1 },
    prepare: Some(prepare),
    input: Type::Any,
    output: Type::Any,
    doc: "The value as it is where the condition holds, else nothing.",
    run: |value, input, args| {
        let condition: &Condition = args.compiled(0)?;
        ((condition.holds)(input) != condition.negated).then_some(value)
    },
}];

struct Condition {
    negated: bool,
    holds: fn(&Input<'_>) -> bool,
}

fn prepare(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let text = args.text(0).unwrap_or_default();
    let (negated, word) = match text {
        [b'!', word @ ..] => (true, word),
        word => (false, word),
    };
    let holds: fn(&Input<'_>) -> bool = match word {
        b"error" => has_failed,
        b"normal" => |input| !has_failed(input),
        b"forwarded" => |input| input.txn.timings.connected.is_some(),
        b"stopping" => |input| input.world.process.is_stopping(),
        b"acl" | b"processed" | b"toapplet" => {
            return Err(format!("the condition '{}' is not supported yet", String::from_utf8_lossy(word)));
        }
        _ => {
            return Err(format!(
                "'{}' is no condition: 'error', 'normal', 'forwarded' and 'stopping' are",
                String::from_utf8_lossy(word)
            ));
        }
    };
    args.set_compiled(0, Condition { negated, holds });
    Ok(())
}

fn has_failed(input: &Input<'_>) -> bool {
    let http = input.world.proxy(input.txn.frontend).is_some_and(|proxy| proxy.http);
    input.txn.has_failed(http)
}
