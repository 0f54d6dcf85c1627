//! Arithmetic and logic on signed integers of 64 bits (configuration manual 7.3.1). Nothing wraps: what overflows becomes the number that
//! is nearest to the true result.

use super::Converter;
use super::argument::{OPERAND, operand};
use crate::args::{ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

/// An operand that is left out counts as zero.
const ONE_OPERAND: ArgSpec = ArgSpec { usage: "<value>", kinds: &[OPERAND], required: 0 };

pub(super) const CONVERTERS: &[Converter] = &[
    binary("add", "The sum of the number and the argument.", |value, input, args| {
        with_operand(value, input, args, i64::saturating_add)
    }),
    binary("sub", "The number less the argument.", |value, input, args| {
        with_operand(value, input, args, i64::saturating_sub)
    }),
    binary("mul", "The product of the number and the argument.", |value, input, args| {
        with_operand(value, input, args, i64::saturating_mul)
    }),
    binary(
        "div",
        "The number divided by the argument, cut to an integer; by zero, the largest number.",
        |value, input, args| {
            with_operand(value, input, args, |value, by| if by == 0 { i64::MAX } else { value.saturating_div(by) })
        },
    ),
    binary("mod", "What remains of the number when divided by the argument; by zero, zero.", |value, input, args| {
        with_operand(value, input, args, |value, by| if by == 0 { 0 } else { value.wrapping_rem(by) })
    }),
    binary("and", "The bits that the number and the argument share.", |value, input, args| {
        with_operand(value, input, args, |value, mask| value & mask)
    }),
    binary("or", "The bits of the number and those of the argument.", |value, input, args| {
        with_operand(value, input, args, |value, mask| value | mask)
    }),
    binary("xor", "The bits in which the number and the argument differ.", |value, input, args| {
        with_operand(value, input, args, |value, mask| value ^ mask)
    }),
    unary("neg", Type::Int, "The number with the other sign.", |value, _, _| {
        number(value).map(|number| Value::Int(number.saturating_neg()))
    }),
    unary("cpl", Type::Int, "The number with all its bits flipped.", |value, _, _| {
        number(value).map(|number| Value::Int(!number))
    }),
    unary("bool", Type::Bool, "Whether the number is not zero.", |value, _, _| {
        number(value).map(|number| Value::Bool(number != 0))
    }),
    unary("not", Type::Bool, "Whether the number is zero.", |value, _, _| {
        number(value).map(|number| Value::Bool(number == 0))
    }),
    unary("even", Type::Bool, "Whether the number is even.", |value, _, _| {
        number(value).map(|number| Value::Bool(number & 1 == 0))
    }),
    unary("odd", Type::Bool, "Whether the number is odd.", |value, _, _| {
        number(value).map(|number| Value::Bool(number & 1 == 1))
    }),
];

type Convert = for<'a> fn(Value<'a>, &Input<'a>, &'a Args) -> Option<Value<'a>>;

const fn binary(name: &'static str, doc: &'static str, run: Convert) -> Converter {
    Converter { name, args: ONE_OPERAND, prepare: None, input: Type::Int, output: Type::Int, doc, run }
}

const fn unary(name: &'static str, output: Type, doc: &'static str, run: Convert) -> Converter {
    Converter { name, args: ArgSpec::NONE, prepare: None, input: Type::Int, output, doc, run }
}

fn with_operand<'a>(
    value: Value<'a>,
    input: &Input<'a>,
    args: &Args,
    operator: fn(i64, i64) -> i64,
) -> Option<Value<'a>> {
    Some(Value::Int(operator(number(value)?, operand(input, args, 0, 0)?)))
}

const fn number(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault};

    #[test]
    fn results_stay_within_64_bits() {
        for (expression, expected) in [
            ("int(5),add(3)", "8"),
            ("int(9223372036854775807),add(1)", "9223372036854775807"),
            ("int(-9223372036854775808),add(-1)", "-9223372036854775808"),
            ("int(9223372036854775807),sub(-1)", "9223372036854775807"),
            ("int(-9223372036854775808),sub(1)", "-9223372036854775808"),
            ("int(-5),sub(-9223372036854775808)", "9223372036854775803"),
            ("int(0),sub(-9223372036854775808)", "9223372036854775807"),
            ("int(9223372036854775807),mul(2)", "9223372036854775807"),
            ("int(9223372036854775807),mul(-2)", "-9223372036854775808"),
            ("int(-9223372036854775808),mul(-1)", "9223372036854775807"),
            ("int(-9223372036854775808),mul(2)", "-9223372036854775808"),
            ("int(3),mul(0)", "0"),
            ("int(7),div(2)", "3"),
            ("int(-7),div(2)", "-3"),
            ("int(7),div(0)", "9223372036854775807"),
            ("int(-7),div(0)", "9223372036854775807"),
            ("int(-9223372036854775808),div(-1)", "9223372036854775807"),
            ("int(7),mod(3)", "1"),
            ("int(-7),mod(3)", "-1"),
            ("int(7),mod(-3)", "1"),
            ("int(7),mod(0)", "0"),
            ("int(-9223372036854775808),mod(-1)", "0"),
            ("int(-9223372036854775808),neg", "9223372036854775807"),
            ("int(5),neg", "-5"),
            ("int(12),and(10)", "8"),
            ("int(12),or(3)", "15"),
            ("int(12),xor(10)", "6"),
            ("int(12),cpl", "-13"),
        ] {
            check(expression, Some(expected));
        }
    }

    #[test]
    fn truth_of_numbers() {
        for (expression, expected) in [
            ("int(12),bool", "1"),
            ("int(0),bool", "0"),
            ("int(0),not", "1"),
            ("int(3),not", "0"),
            ("int(-3),even", "0"),
            ("int(-4),even", "1"),
            ("int(-3),odd", "1"),
            ("int(4),odd", "0"),
        ] {
            check(expression, Some(expected));
        }
    }

    #[test]
    fn operands_and_inputs_of_every_form() {
        for (expression, expected) in [
            ("str(12abc),add(1)", "13"),
            ("bool(true),add(1)", "2"),
            ("int(5),add", "5"),
            ("int(5),add()", "5"),
            ("int(5),add(+1)", "6"),
            ("int(5),add(99999999999999999999)", "9223372036854775807"),
            ("int(-5),sub(99999999999999999999)", "-9223372036854775808"),
        ] {
            check(expression, Some(expected));
        }
        for (expression, message) in [
            ("int(5),add(1k)", "'1k' is neither an integer nor the name of a variable"),
            ("int(5),add(0x10)", "'0x10' is neither an integer nor the name of a variable"),
            ("int(5),add(-)", "'-' is neither an integer nor the name of a variable"),
            ("int(5),add(txn.)", "'txn.' is neither an integer nor the name of a variable"),
            ("int(5),add(foo.x)", "'foo.x' is neither an integer nor the name of a variable"),
            ("int(5),add(1,2)", "'add' takes one argument at most"),
            ("int(5),neg(1)", "'neg' takes no argument"),
            ("src,add(1)", "converter 'add' cannot be applied to this value"),
        ] {
            check_fault(expression, message);
        }
    }
}
