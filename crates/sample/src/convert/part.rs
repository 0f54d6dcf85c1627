//! Converters that pick a part of a text or of bytes, where it lies (configuration manual 7.3.1).

use std::ops::Range;

use burdock_http::bytes::hex_byte;

use super::Converter;
use super::argument::{OPERAND, operand};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "bytes",
        args: ArgSpec { usage: "<offset>[,<length>]", kinds: &[OPERAND; 2], required: 0 },
        prepare: Some(check_range),
        input: Type::Bin,
        output: Type::Bin,
        doc: "The bytes from that offset, as many as that length at most.",
        run: bytes,
    },
    Converter {
        name: "field",
        args: COUNTED,
        prepare: Some(check_counted),
        input: Type::Str,
        output: Type::Str,
        doc: "The field at that index, or several, between delimiters.",
        run: |value, _, args| pick(value, args, |_| true),
    },
    Converter {
        name: "host_only",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The host of a Host header's value, in lower case.",
        run: |value, input, _| {
            let Value::Str(text) = value else { return None };
            let host = input.scratch.copy(split_port(text).0);
            host.make_ascii_lowercase();
            Some(Value::Str(host))
        },
    },
    Converter {
        name: "param",
        args: ArgSpec { usage: "<name>[,<delim>]", kinds: &[ArgKind::Text; 2], required: 0 },
        prepare: Some(parse_delimiter),
        input: Type::Str,
        output: Type::Str,
        doc: "The value of the first parameter of that name.",
        run: parameter,
    },
    Converter {
        name: "port_only",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "The port of a Host header's value; 0 where it has none.",
        run: |value, _, _| match value {
            Value::Str(text) => Some(Value::Int(i64::from(port_number(split_port(text).1)))),
            _ => None,
        },
    },
    Converter {
        name: "word",
        args: COUNTED,
        prepare: Some(check_counted),
        input: Type::Str,
        output: Type::Str,
        doc: "The word at that index, or several, between delimiters; no word is empty.",
        run: |value, _, args| pick(value, args, |word| !word.is_empty()),
    },
];

const COUNTED: ArgSpec = ArgSpec {
    usage: "<index>,<delimiters>[,<count>]",
    kinds: &[ArgKind::Integer, ArgKind::Text, ArgKind::Integer],
    required: 2,
};

const DEFAULT_DELIMITER: u8 = b'&';

fn check_counted(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    if args.integer(0) == Some(0) {
        return Err("the index cannot be 0: the first is 1, the last -1".to_owned());
    }
    if args.text(1).is_none_or(<[u8]>::is_empty) {
        return Err("delimiters are missing".to_owned());
    }
    Ok(())
}

/// The piece at an index among those that `counts`, and as many behind it (before it, where the index counts from the end) as make up the
/// wanted number; a number below one stands for all up to the end of the text.
fn pick<'a>(value: Value<'a>, args: &'a Args, counts: fn(&[u8]) -> bool) -> Option<Value<'a>> {
    let (Value::Str(text), Some(index), Some(delimiters)) = (value, args.integer(0), args.text(1)) else { return None };
    let number = usize::try_from(args.integer(2).unwrap_or(1)).unwrap_or(0);
    let skipped = usize::try_from(index.unsigned_abs()).ok()?.checked_sub(1)?;
    let delimits = |byte: &u8| delimiters.contains(byte);
    let range = if index > 0 {
        let pieces = text.split(delimits).scan(0, |next, piece| {
            let start = *next;
            *next = start + piece.len() + 1;
            Some(start..start + piece.len())
        });
        let mut pieces = pieces.filter(|range| counts(&text[range.clone()])).skip(skipped);
        let first = pieces.next()?;
        first.start..farthest(&first, pieces, number).map_or(text.len(), |last| last.end)
    } else {
        let pieces = text.rsplit(delimits).scan(text.len(), |end, piece| {
            let range = *end - piece.len()..*end;
            *end = range.start.saturating_sub(1);
            Some(range)
        });
        let mut pieces = pieces.filter(|range| counts(&text[range.clone()])).skip(skipped);
        let first = pieces.next()?;
        farthest(&first, pieces, number).map_or(0, |last| last.start)..first.end
    };
    text.get(range).map(Value::Str)
}

/// The last of `number` pieces, the `first` of which is given; nothing where there are fewer, or all are wanted.
fn farthest(
    first: &Range<usize>,
    mut further: impl Iterator<Item = Range<usize>>,
    number: usize,
) -> Option<Range<usize>> {
    match number {
        0 => None,
        1 => Some(first.clone()),
        _ => further.nth(number - 2),
    }
}

fn check_range(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    for (index, least, fault) in [(0, 0, "the offset must be 0 or more"), (1, 1, "the length must be 1 or more")] {
        if args.integer(index).is_some_and(|number| number < least) {
            return Err(fault.to_owned());
        }
    }
    Ok(())
}

/// Empty where the offset is behind the end. A variable below zero gives nothing.
fn bytes<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Bin(all) = value else { return None };
    let argument = |index, default| usize::try_from(operand(input, args, index, default)?).ok();
    let rest = all.get(argument(0, 0)?..).unwrap_or_default();
    let length = argument(1, i64::MAX)?.min(rest.len());
    Some(Value::Bin(&rest[..length]))
}

fn parse_delimiter(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let fault = || "the delimiter must be one character, or '0x' and two hexadecimal digits".to_owned();
    let delimiter = match args.text(1) {
        None => DEFAULT_DELIMITER,
        Some(&[delimiter]) => delimiter,
        Some(&[b'0', b'x', high, low]) => hex_byte(high, low).ok_or_else(fault)?,
        Some(_) => return Err(fault()),
    };
    args.set(1, Arg::Integer(i64::from(delimiter)));
    Ok(())
}

/// A parameter without `=` has an empty value.
fn parameter<'a>(value: Value<'a>, _: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let (Value::Str(text), Some(delimiter)) = (value, args.integer(1)) else { return None };
    let name = args.text(0).unwrap_or_default();
    text.split(|&byte| i64::from(byte) == delimiter).find_map(|parameter| match parameter.strip_prefix(name)? {
        [] => Some(Value::Str(b"")),
        [b'=', value @ ..] => Some(Value::Str(value)),
        _ => None,
    })
}

/// The host and what stands behind the last colon, unless that belongs to an IPv6 address in brackets.
fn split_port(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().rposition(|byte| matches!(byte, b':' | b']')) {
        Some(colon) if text[colon] == b':' => (&text[..colon], &text[colon + 1..]),
        _ => (text, b""),
    }
}

/// HAProxy takes any byte for a digit here, and wraps at 32 bits.
fn port_number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number: u32, &byte| {
        number.wrapping_mul(10).wrapping_add(u32::from(byte)).wrapping_sub(u32::from(b'0'))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_refused, check_texts};

    #[test]
    fn fields() {
        for (arguments, expected) in [
            ("4,_", Some("")),
            ("5,_", Some("f5")),
            ("6,_", None),
            ("2,_,0", Some("f2_f3__f5")),
            ("2,_,2", Some("f2_f3")),
            ("2,_,20", Some("f2_f3__f5")),
            ("1,_,-1", Some("f1_f2_f3__f5")),
            ("-2,_,3", Some("f2_f3_")),
            ("-3,_,0", Some("f1_f2_f3")),
            ("-1,_", Some("f5")),
            ("-5,_", Some("f1")),
            ("-6,_", None),
            ("2,_3", Some("f2")),
        ] {
            check(&[(&format!("str(f1_f2_f3__f5),field({arguments})"), expected.map(str::as_bytes))]);
        }
        check(&[
            ("str(abc),field(1,x)", Some(b"abc")),
            ("str(abc),field(-1,x)", Some(b"abc")),
            ("str(abc),field(-2,x)", None),
            ("str(),field(1,x)", Some(b"")),
            ("str(),field(-1,x)", Some(b"")),
            ("str(),field(2,x)", None),
            ("str(_),field(2,_)", Some(b"")),
            ("str(_),field(-2,_)", Some(b"")),
            ("str(_),field(3,_)", None),
            ("str(_),field(-3,_)", None),
        ]);
        check_refused(&[
            ("str(a),field(0,_)", "the index cannot be 0: the first is 1, the last -1"),
            ("str(a),field(1,)", "delimiters are missing"),
            ("str(a),field(1)", "'field' lacks an argument"),
        ]);
    }

    #[test]
    fn words() {
        for (text, arguments, expected) in [
            ("f1_f2_f3__f5", "4,_", Some("f5")),
            ("f1_f2_f3__f5", "5,_", None),
            ("f1_f2_f3__f5", "2,_,0", Some("f2_f3__f5")),
            ("f1_f2_f3__f5", "3,_,2", Some("f3__f5")),
            ("f1_f2_f3__f5", "3,_,9", Some("f3__f5")),
            ("f1_f2_f3__f5", "-2,_,3", Some("f1_f2_f3")),
            ("f1_f2_f3__f5", "-3,_,0", Some("f1_f2")),
            ("f1_f2_f3__f5", "-5,_", None),
            ("__f1__f2__", "1,_,0", Some("f1__f2__")),
            ("__f1__f2__", "1,_,2", Some("f1__f2")),
            ("__f1__f2__", "1,_,5", Some("f1__f2__")),
            ("__f1__f2__", "2,_,0", Some("f2__")),
            ("__f1__f2__", "-1,_,0", Some("__f1__f2")),
            ("__f1__f2__", "-1,_,2", Some("f1__f2")),
            ("__f1__f2__", "-2,_,1", Some("f1")),
            ("/f1////f2/f3/f4", "2,/", Some("f2")),
            ("___", "1,_", None),
            ("", "1,_", None),
            ("abc", "-1,_", Some("abc")),
        ] {
            check(&[(&format!("str({text}),word({arguments})"), expected.map(str::as_bytes))]);
        }
        check_refused(&[("str(a),word(0,_)", "the index cannot be 0: the first is 1, the last -1")]);
    }

    #[test]
    fn ranges() {
        for (arguments, expected) in [
            ("(0)", "012345"),
            ("(1,3)", "123"),
            ("(5)", "5"),
            ("(6)", ""),
            ("(+1)", "12345"),
            ("(2,100)", "2345"),
            ("(9999999999)", ""),
            ("()", "012345"),
            ("", "012345"),
        ] {
            check_texts(&[(&format!("str(012345),bytes{arguments}"), expected)]);
        }
        check_refused(&[
            ("str(a),bytes(-1)", "the offset must be 0 or more"),
            ("str(a),bytes(2,0)", "the length must be 1 or more"),
            ("str(a),bytes(x)", "'x' is neither an integer nor the name of a variable"),
        ]);
    }

    #[test]
    fn parameters() {
        check(&[
            ("str(a=b&c=d&a=r),param(a)", Some(b"b")),
            ("str(a&b=c),param(a)", Some(b"")),
            ("str(a=&b&c=a),param(b)", Some(b"")),
            ("str(a=1;b=2;c=4),param(b,;)", Some(b"2")),
            ("str(a=1&b=2&c=4),param(b,0x26)", Some(b"2")),
            ("str(a=1jb=2),param(b,0x6A)", Some(b"2")),
            ("str(a=1=2&b),param(a)", Some(b"1=2")),
            ("str(=1),param()", Some(b"1")),
            ("str(a=1),param", None),
            ("str(a=1&testing=2),param(test)", None),
            ("str(testing=1&test=2),param(test)", Some(b"2")),
            ("str(a=1&a=2),param(A)", None),
            ("str(),param(a)", None),
        ]);
        let fault = "the delimiter must be one character, or '0x' and two hexadecimal digits";
        for delimiter in ["0X26", "0xZZ", "0x2", "0x262", "ab"] {
            check_refused(&[(&format!("str(a),param(b,{delimiter})"), fault)]);
        }
    }

    #[test]
    fn hosts_and_ports() {
        for (text, host, port) in [
            ("www.Example.com:80", "www.example.com", "80"),
            ("www.Example.com", "www.example.com", "0"),
            ("127.0.0.1:8080", "127.0.0.1", "8080"),
            ("[::1]", "[::1]", "0"),
            ("[::A]:80", "[::a]", "80"),
            ("[::1]x", "[::1]x", "0"),
            ("[::1", "[:", "1"),
            ("::1", ":", "1"),
            ("a:", "a", "0"),
            ("a:99999", "a", "99999"),
            ("a:0080", "a", "80"),
            ("a:b", "a", "50"),
            ("a:12x", "a", "192"),
            ("a:-1", "a", "4294967267"),
            ("a:123456789012345678901", "a", "792095797"),
            ("a:b:80", "a:b", "80"),
            (":80", "", "80"),
            ("", "", "0"),
        ] {
            check_texts(&[(&format!("str({text}),host_only"), host), (&format!("str({text}),port_only"), port)]);
        }
    }
}
