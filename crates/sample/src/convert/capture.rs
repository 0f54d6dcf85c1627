//! Converters that keep what passes them for the log (configuration manual 7.3.1 and 8.8), in a slot that the frontend declares.

use burdock_state::CaptureEntry;
use burdock_txn::CaptureSlots;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::format::encode::until_nul;
use crate::input::Input;
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "capture-req",
        args: SLOT,
        prepare: Some(check_slot),
        input: Type::Str,
        output: Type::Str,
        doc: "The text as it is, which that slot of requests keeps; nothing where the frontend has no such slot.",
        run: |value, input, args| keep(value, input, args, |captures| &captures.request, &input.txn.captures.request),
    },
    Converter {
        name: "capture-res",
        args: SLOT,
        prepare: Some(check_slot),
        input: Type::Str,
        output: Type::Str,
        doc: "The text as it is, which that slot of responses keeps; nothing where the frontend has no such slot.",
        run: |value, input, args| keep(value, input, args, |captures| &captures.response, &input.txn.captures.response),
    },
];

const SLOT: ArgSpec = ArgSpec { usage: "<id>", kinds: &[ArgKind::Integer], required: 1 };

fn check_slot(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    match args.integer(0) {
        Some(..0) => Err("the number of a capture must be 0 or more".to_owned()),
        _ => Ok(()),
    }
}

fn keep<'a>(
    value: Value<'a>,
    input: &Input<'a>,
    args: &Args,
    lengths: fn(&CaptureEntry) -> &[usize],
    slots: &CaptureSlots,
) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let slot = usize::try_from(args.integer(0)?).ok()?;
    let &length = lengths(&input.world.proxy(input.txn.frontend)?.captures).get(slot)?;
    slots.put(slot, until_nul(text), length);
    Some(value)
}

#[cfg(test)]
mod tests {
    use burdock_state::CaptureEntry;

    use crate::fetch::tests::bench;
    use crate::phase::Phase;
    use crate::testing::check_refused;

    #[test]
    fn texts_are_kept_and_go_on() {
        let mut bench = bench(&[], false);
        std::sync::Arc::get_mut(&mut bench.world.proxies[0]).unwrap().captures =
            CaptureEntry { request: [4, 9].into(), response: [3].into() };
        let kept = |expression: &str, slot: &str, expected: &str| {
            let whole = bench.evaluate(expression, Phase::Log);
            assert_eq!(bench.evaluate(slot, Phase::Log).as_deref(), Some(expected), "{expression}");
            whole
        };
        assert_eq!(kept("str(abcdef),capture-req(0)", "capture.req.hdr(0)", "abcd").as_deref(), Some("abcdef"));
        assert_eq!(kept("int(123456),capture-res(0)", "capture.res.hdr(0)", "123").as_deref(), Some("123456"));
        kept("str(x),capture-req(0)", "capture.req.hdr(0)", "x");
        kept("str(a),capture-req(1),length,capture-req(0)", "capture.req.hdr(0)", "1");
        bench.check(Phase::Log, &[("capture.req.hdr(1)", Some("a"))]);
        bench.check(Phase::Log, &[("str(a),capture-req(2)", None), ("str(a),capture-res(1)", None)]);
    }

    #[test]
    fn slots_have_numbers() {
        check_refused(&[("str(a),capture-req(-1)", "the number of a capture must be 0 or more")]);
    }
}
