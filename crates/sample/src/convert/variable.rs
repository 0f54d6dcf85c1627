//! Converters that set variables or put their values beside the sample (configuration manual 7.3.1 and 2.8).

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::assignment::Assignment;
use crate::input::{Buffer, Input};
use crate::names::Scope;
use crate::value::{Type, Value};
use crate::variable;

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "set-var",
        args: ArgSpec {
            usage: "<var>[,<cond>[,<cond>[,<cond>[,<cond>]]]]",
            kinds: &[ArgKind::Variable, ArgKind::Text, ArgKind::Text, ArgKind::Text, ArgKind::Text],
            required: 1,
        },
        prepare: Some(prepare_assignment),
        input: Type::Any,
        output: Type::Any,
        doc: "The value as it is, which the variable gets too; nothing where a condition does not hold.",
        run: |value, input, args| args.compiled::<Assignment>(0)?.set(value, input).then_some(value),
    },
    Converter {
        name: "unset-var",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Any,
        output: Type::Any,
        doc: "The value as it is; the variable loses its own.",
        run: |value, input, args| variable::set(input, args.variable(0)?, None).then_some(value),
    },
    Converter {
        name: "concat",
        args: ArgSpec { usage: "[<start>[,<var>[,<end>]]]", kinds: AROUND_VARIABLE, required: 0 },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text with a text, a variable's value and another text behind it.",
        run: |value, input, args| {
            let Value::Str(text) = value else { return None };
            let parts =
                [args.text(0).unwrap_or_default(), text_of_variable(input, args, 1), args.text(2).unwrap_or_default()];
            joined(input, text, parts)
        },
    },
    Converter {
        name: "add_item",
        args: ArgSpec { usage: "<delim>,[<var>][,<suff>]", kinds: AROUND_VARIABLE, required: 1 },
        prepare: Some(check_item),
        input: Type::Str,
        output: Type::Str,
        doc: "The text with an item behind it: a variable's value and a suffix. A delimiter stands between two that are not empty.",
        run: |value, input, args| {
            let Value::Str(text) = value else { return None };
            let item = [text_of_variable(input, args, 1), args.text(2).unwrap_or_default()];
            let needs_delimiter = !text.is_empty() && item.iter().any(|part| !part.is_empty());
            let delimiter = if needs_delimiter { args.text(0).unwrap_or_default() } else { b"" };
            joined(input, text, [delimiter, item[0], item[1]])
        },
    },
    Converter {
        name: "strcmp",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "How the text compares with a variable's value: below zero, zero, above zero.",
        run: |value, input, args| {
            let other = variable::get(input, args.variable(0)?)?.cast(Type::Str, input.scratch)?;
            match (value, other) {
                (Value::Str(one), Value::Str(other)) => Some(Value::Int(difference(one, other))),
                _ => None,
            }
        },
    },
    Converter {
        name: "secure_memcmp",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Bin,
        output: Type::Bool,
        doc: "Whether the bytes are those of a variable, found out in a time that does not tell where they differ.",
        run: |value, input, args| {
            let other = variable::get(input, args.variable(0)?)?.cast(Type::Bin, input.scratch)?;
            match (value, other) {
                (Value::Bin(one), Value::Bin(other)) => Some(Value::Bool(same_in_constant_time(one, other))),
                _ => None,
            }
        },
    },
];

const ONE_VARIABLE: ArgSpec = ArgSpec { usage: "<var>", kinds: &[ArgKind::Variable], required: 1 };

const AROUND_VARIABLE: &[ArgKind] = &[ArgKind::Text, ArgKind::Variable, ArgKind::Text];

fn prepare_assignment(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let variable = args.variable(0).ok_or("a variable is missing")?;
    let assignment = Assignment::of(variable, (1..=MOST_CONDITIONS).filter_map(|index| args.text(index)))?;
    args.set_compiled(0, assignment);
    Ok(())
}

const MOST_CONDITIONS: usize = 4;

fn check_item(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    if args.is_omitted(1) && args.is_omitted(2) {
        return Err("a suffix is missing, and so is a variable".to_owned());
    }
    Ok(())
}

/// The text of the variable at an index; empty where there is none.
fn text_of_variable<'a>(input: &Input<'a>, args: &Args, index: usize) -> &'a [u8] {
    let value = args.variable(index).and_then(|variable| variable::get(input, variable));
    match value.and_then(|value| value.cast(Type::Str, input.scratch)) {
        Some(Value::Str(text)) => text,
        _ => b"",
    }
}

/// What does not fit is cut.
fn joined<'a>(input: &Input<'a>, text: &[u8], parts: [&[u8]; 3]) -> Option<Value<'a>> {
    let mut all: Buffer<'a> = input.scratch.buffer();
    all.push_some(text);
    parts.into_iter().for_each(|part| all.push_some(part));
    Some(Value::Str(all.finish()))
}

/// The difference of the first bytes that differ; where one text begins with the other, -1 or 1 by their lengths.
fn difference(one: &[u8], other: &[u8]) -> i64 {
    match one.iter().zip(other).find(|(one, other)| one != other) {
        Some((one, other)) => i64::from(*one) - i64::from(*other),
        None => one.len().cmp(&other.len()) as i64,
    }
}

fn same_in_constant_time(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (one, other)| bits | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use burdock_state::{Directory, ProcessVariables};

    use crate::convert::testing::check_fault;
    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::Bench;

    /// Values as HAProxy gave them, with these variables.
    fn check(cases: &[(&str, Option<&str>)]) {
        for case in cases {
            let world = Directory { variables: std::sync::Arc::new(ProcessVariables::new(4)), ..Directory::empty() };
            let setting_up = [
                "int(7),set-var(txn.i)",
                "str(abc),set-var(txn.s)",
                "str(12abc),set-var(txn.n)",
                "bool(true),set-var(txn.b)",
                "ipv4(127.0.0.1),set-var(txn.a)",
                "bin(616263),set-var(txn.bin)",
                "meth(GET),set-var(txn.m)",
                "str(),set-var(txn.e)",
                "int(1),set-var(txn.one)",
                "int(2),set-var(txn.two)",
                "int(-1),set-var(txn.neg)",
                "str(a2V5),set-var(txn.key)",
            ];
            Bench::new(Names::default(), world, &setting_up).check(Phase::FrontendHttpRequest, &[*case]);
        }
    }

    #[test]
    fn operands() {
        check(&[
            ("int(1),add(txn.i)", Some("8")),
            ("int(1),add(txn.none)", None),
            ("int(1),add(txn.s)", Some("1")),
            ("int(1),add(txn.n)", Some("13")),
            ("int(1),add(txn.b)", Some("2")),
            ("int(1),add(txn.a)", Some("2130706434")),
            ("int(1),add(txn.bin)", None),
            ("int(1),add(txn.m)", None),
            ("int(1),add(txn.e)", None),
            ("int(20),div(txn.i)", Some("2")),
            ("int(20),mod(txn.i)", Some("6")),
            ("int(3),xor(txn.i)", Some("4")),
            ("int(1),add(proc.x)", None),
            ("str(012345),bytes(txn.one)", Some("3132333435")),
            ("str(012345),bytes(txn.one,txn.two)", Some("3132")),
            ("str(012345),bytes(1,txn.two)", Some("3132")),
            ("str(012345),bytes(txn.neg)", None),
            ("str(012345),bytes(1,txn.neg)", None),
            ("str(012345),bytes(txn.none)", None),
            ("str(012345),bytes(txn.one,txn.none)", None),
            ("str(012345),bytes(txn.n)", Some("")),
            ("str(012345),bytes(1,txn.s)", Some("")),
            ("str(012345),bytes(txn.s)", Some("303132333435")),
            ("str(abc),hmac(md5,txn.key)", Some("D2FE98063F876B03193AFB49B4979591")),
            ("str(abc),hmac(md5,txn.none)", None),
            ("str(abc),hmac(md5,txn.s)", None),
        ]);
    }

    #[test]
    fn texts_beside_variables() {
        check(&[
            ("str(a),concat(-,txn.s,+)", Some("a-abc+")),
            ("str(a),concat(-,txn.none,+)", Some("a-+")),
            ("str(a),concat(-)", Some("a-")),
            ("str(a),concat(,txn.s)", Some("aabc")),
            ("str(a),concat(,,+)", Some("a+")),
            ("str(a),concat", Some("a")),
            ("str(a),concat(-,txn.b,+)", Some("a-1+")),
            ("str(a),concat(-,txn.a,+)", Some("a-127.0.0.1+")),
            ("str(a),concat(-,txn.bin,+)", Some("a-abc+")),
            ("str(a),concat(-,txn.m,+)", Some("a-GET+")),
            ("bin(6100ff),concat(z)", Some("az")),
            ("str(a),add_item(-,txn.s)", Some("a-abc")),
            ("str(),add_item(-,txn.s)", Some("abc")),
            ("str(a),add_item(-,txn.none)", Some("a")),
            ("str(a),add_item(-,txn.none,z)", Some("a-z")),
            ("str(a),add_item(-,,z)", Some("a-z")),
            ("str(a),add_item(,txn.s)", Some("aabc")),
            ("str(a),add_item(-,txn.e)", Some("a")),
            ("str(),add_item(-,,z)", Some("z")),
        ]);
    }

    #[test]
    fn comparisons() {
        check(&[
            ("str(abc),strcmp(txn.s)", Some("0")),
            ("str(abb),strcmp(txn.s)", Some("-1")),
            ("str(abz),strcmp(txn.s)", Some("23")),
            ("str(ab),strcmp(txn.s)", Some("-1")),
            ("str(abcdef),strcmp(txn.s)", Some("1")),
            ("str(abc),strcmp(txn.none)", None),
            ("str(7),strcmp(txn.i)", Some("0")),
            ("str(1.2.3.4),strcmp(txn.a)", Some("-4")),
            ("str(abc),secure_memcmp(txn.s)", Some("1")),
            ("str(abd),secure_memcmp(txn.s)", Some("0")),
            ("str(ab),secure_memcmp(txn.s)", Some("0")),
            ("str(abc),secure_memcmp(txn.none)", None),
            ("int(7),secure_memcmp(txn.i)", Some("1")),
            ("str(7),secure_memcmp(txn.i)", Some("0")),
            ("bin(7f000001),secure_memcmp(txn.a)", Some("1")),
            ("str(),secure_memcmp(txn.e)", Some("1")),
        ]);
    }

    #[test]
    fn setting_under_conditions() {
        check(&[
            ("str(a),set-var(txn.q),concat(-,txn.q)", Some("a-a")),
            ("str(a),set-var(txn.q),unset-var(txn.q),concat(-,txn.q)", Some("a-")),
            ("str(a),set-var(txn.q,ifexists)", None),
            ("str(a),set-var(txn.q,ifnotexists),concat(-,txn.q)", Some("a-a")),
            ("str(q),set-var(txn.s,ifnotexists)", None),
            ("str(),set-var(txn.s,ifnotempty)", None),
            ("int(0),set-var(txn.s,ifnotempty),concat(-,txn.s)", Some("0-0")),
            ("str(),set-var(txn.s,ifempty),concat(-,txn.s)", Some("-")),
            ("int(0),set-var(txn.q,ifempty)", None),
            ("meth(GET),set-var(txn.q,ifempty)", None),
            ("str(zz),set-var(txn.e,ifset),concat(-,txn.e)", Some("zz-zz")),
            ("str(zz),set-var(txn.s,ifgt),concat(-,txn.s)", Some("zz-zz")),
            ("int(9),set-var(txn.i,ifgt)", None),
            ("int(5),set-var(txn.i,ifgt),concat(-,txn.i)", Some("5-5")),
            ("int(5),set-var(txn.i,iflt)", None),
            ("int(5),set-var(txn.q,ifgt),concat(-,txn.q)", Some("5-5")),
            ("str(a),set-var(txn.q,ifexists,ifgt)", None),
            ("str(a),set-var(proc.z,ifexists),concat(-,proc.z)", Some("a-a")),
            ("str(a),set-var(proc.z,ifset)", None),
            ("str(a),set-var(res.x)", None),
            ("str(a),unset-var(res.x)", None),
            ("str(a),set-var(check.x)", None),
            ("str(a),set-var(sess.x),concat(-,sess.x)", Some("a-a")),
        ]);
    }

    #[test]
    fn types_are_kept() {
        check(&[
            ("var(txn.a),ipmask(8)", Some("127.0.0.0")),
            ("var(txn.i),add(1)", Some("8")),
            ("var(txn.n),add(1)", Some("13")),
            ("var(txn.s),ipmask(8)", None),
            ("var(txn.i),hex", Some("0000000000000007")),
            ("var(txn.a),hex", Some("7F000001")),
            ("var(txn.m),lower", Some("get")),
            ("var(txn.none)", None),
            ("var(txn.none,5),add(1)", Some("6")),
            ("var(txn.none,)", Some("")),
            ("bin(00ff),set-var(txn.q)", Some("00FF")),
        ]);
    }

    #[test]
    fn faults() {
        for (expression, message) in [
            ("str(a),concat(-,s,+)", "'s' must begin with 'proc.', 'sess.', 'txn.', 'req.', 'res.' or 'check.'"),
            ("str(a),add_item(-)", "in 'add_item', a suffix is missing, and so is a variable"),
            ("str(a),strcmp", "'strcmp' lacks an argument"),
            (
                "str(a),set-var(txn.q,foo)",
                "in 'set-var', the conditions are 'ifexists', 'ifnotexists', 'ifempty', 'ifnotempty', 'ifset', 'ifnotset', 'ifgt', 'iflt'",
            ),
            ("str(a),set-var()", "'set-var' lacks an argument"),
            ("var(txn.a-b)", "'txn.a-b' is no name of a variable: letters, digits, '_' and '.' are possible"),
        ] {
            check_fault(expression, message);
        }
    }
}
