//! The converter `json_query` (configuration manual 7.3.1): a value out of a JSON text, found by member names and indices.
//!
//! The text is walked once and nothing is built from it; what stands behind the value need not even be JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use burdock_http::bytes::hex_byte;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::cast::leading_number;
use crate::input::Input;
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "json_query",
    args: ArgSpec {
        usage: "<json_path>[,<output_type>]",
        kinds: &[ArgKind::Text, ArgKind::Choice(&["int"])],
        required: 1,
    },
    prepare: Some(prepare),
    input: Type::Str,
    output: Type::Any,
    doc: "The value at that path of a JSON text.",
    run,
}];

/// Puts the path in the first place of the arguments.
pub(super) fn prepare(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let path = parse_path(args.text(0).unwrap_or_default())?;
    args.set_compiled(0, path);
    Ok(())
}

/// A step of a path, from a value to one that it holds.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(Box<str>),
    Index(usize),
}

/// HAProxy takes numbers up to here for integers: beyond, not all of them exist as a floating-point number.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// How many digits of a number with a fraction its text has.
const SIGNIFICANT_DIGITS: i32 = 6;

/// `$` and then `.name`, where a backslash makes a dot part of the name, and `[index]` in any order.
fn parse_path(text: &[u8]) -> Result<Box<[Step]>, String> {
    let text = str::from_utf8(text).map_err(|_| "the path is not UTF-8".to_owned())?;
    let fault = |reason: &str| format!("the path '{text}' is not possible: {reason}");
    let mut rest = text.strip_prefix('$').ok_or_else(|| fault("it must begin with '$'"))?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, behind) = inside.split_once(']').ok_or_else(|| fault("a ']' is missing"))?;
            let index = index.parse().map_err(|_| fault("only an index can stand in brackets"))?;
            steps.push(Step::Index(index));
            rest = behind;
        } else if let Some(name) = rest.strip_prefix('.') {
            let (name, behind) = split_name(name);
            if name.is_empty() || name == "*" {
                return Err(fault("a name must follow each dot"));
            }
            steps.push(Step::Member(name.into()));
            rest = behind;
        } else {
            return Err(fault("only '.' or '[' can begin a step"));
        }
    }
    Ok(steps.into())
}

fn split_name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '.' | '[' => return (name, &text[at..]),
            '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => name.push(character),
        }
    }
    (name, "")
}

/// Whether [`prepare`] has put a path there.
pub(super) fn is_prepared(args: &Args) -> bool {
    args.compiled::<Box<[Step]>>(0).is_some()
}

/// What stands at the path that [`prepare`] has put there.
pub(super) fn run<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let (Value::Str(text), Some(steps)) = (value, args.compiled::<Box<[Step]>>(0)) else { return None };
    let mut found = None;
    let search = Search { steps, found: &mut found };
    // A fault behind the value is none for those who ask for the value.
    let _ = search.deserialize(&mut serde_json::Deserializer::from_slice(text));
    let found = found?.as_bytes();
    match found {
        b"true" => Some(Value::Bool(true)),
        b"false" => Some(Value::Bool(false)),
        [b'[', ..] => Some(Value::Str(found)),
        [b'"', quoted @ .., b'"'] => unescape(quoted, input).map(Value::Str),
        [b'-' | b'0'..=b'9', ..] if args.choice(1).is_some() => {
            Some(leading_number(found)).filter(|number| number.unsigned_abs() <= MAX_INTEGER).map(Value::Int)
        }
        [b'-' | b'0'..=b'9', ..] => {
            let number: f64 = str::from_utf8(found).ok()?.parse().ok()?;
            Some(Value::Str(input.scratch.format(format_args!("{}", General(number)))))
        }
        _ => None,
    }
}

/// HAProxy knows fewer escapes than JSON has: no `\/`, and only bytes by number.
fn unescape<'a>(mut text: &'a [u8], input: &Input<'a>) -> Option<&'a [u8]> {
    if !text.contains(&b'\\') {
        return Some(text);
    }
    let mut plain = input.scratch.buffer();
    loop {
        let (byte, rest) = match text {
            [] => return Some(plain.finish()),
            [b'\\', b'u', b'0', b'0', high, low, rest @ ..] => (hex_byte(*high, *low)?, rest),
            [b'\\', escape, rest @ ..] => {
                let byte = match escape {
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'"' | b'\\' => *escape,
                    _ => return None,
                };
                (byte, rest)
            }
            [byte, rest @ ..] => (*byte, rest),
        };
        plain.push(&[byte])?;
        text = rest;
    }
}

/// A number in the shorter of the fixed and the scientific notation, without zeros at the end (`%g` in C).
struct General(f64);

impl fmt::Display for General {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::try_from(SIGNIFICANT_DIGITS - 1).unwrap_or(0);
        let scientific = format!("{:.decimals$e}", self.0);
        let Some((mantissa, exponent)) = scientific.split_once('e') else { return formatter.write_str(&scientific) };
        let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
        if (-4..SIGNIFICANT_DIGITS).contains(&exponent) {
            let decimals = usize::try_from(SIGNIFICANT_DIGITS - 1 - exponent).unwrap_or(0);
            return formatter.write_str(without_zeros(&format!("{:.decimals$}", self.0)));
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(formatter, "{}e{sign}{:02}", without_zeros(mantissa), exponent.unsigned_abs())
    }
}

fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Looks for the first value at the end of some steps.
struct Search<'s, 'a> {
    steps: &'s [Step],
    found: &'s mut Option<&'a str>,
}

impl<'a> DeserializeSeed<'a> for Search<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.steps.first() {
            None => {
                *self.found = Some(<&RawValue>::deserialize(deserializer)?.get());
                Ok(())
            }
            Some(Step::Member(_)) => deserializer.deserialize_map(self),
            Some(Step::Index(_)) => deserializer.deserialize_seq(self),
        }
    }
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what the path leads through")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let Some((Step::Member(name), steps)) = self.steps.split_first() else {
            return Err(A::Error::custom("no array"));
        };
        while let Some(wanted) = members.next_key_seed(Named(name))? {
            if wanted {
                return members.next_value_seed(Search { steps, found: self.found });
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        let Some((&Step::Index(index), steps)) = self.steps.split_first() else {
            return Err(A::Error::custom("no object"));
        };
        for _ in 0..index {
            if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        elements.next_element_seed(Search { steps, found: self.found }).map(Option::unwrap_or_default)
    }
}

/// Whether the name of a member is this one.
struct Named<'n>(&'n str);

impl<'a> DeserializeSeed<'a> for Named<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Named<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use crate::testing::{check, check_refused};

    /// Checks the text of a value in a JSON text, and of the same as an integer.
    fn check_query(json: &str, path: &str, expected: Option<&[u8]>, as_integer: Option<&[u8]>) {
        let json = STANDARD.encode(json);
        check(&[
            (&format!("'str({json}),b64dec,json_query(\"{path}\")'"), expected),
            (&format!("'str({json}),b64dec,json_query(\"{path}\",int)'"), as_integer),
        ]);
    }

    #[test]
    fn paths() {
        let json = r#"{"s":"v","o":{"a":{"b":"deep"}},"arr":["x","y",1,{"k":2}],"my.key":"myvalue","boolean-false":false,
            "dup":1,"dup":2, "sp" : [ 1 , 2 ] ,"e":"","n":null,"ea":[],"t":true}"#;
        for (path, expected) in [
            ("$.s", Some("v")),
            ("$.o.a.b", Some("deep")),
            ("$.o.a", None),
            ("$.o.none", None),
            ("$.s.x", None),
            ("$.S", None),
            ("$", None),
            ("$.arr", Some(r#"["x","y",1,{"k":2}]"#)),
            ("$.arr[0]", Some("x")),
            ("$.arr[3].k", Some("2")),
            ("$.arr[3]", None),
            ("$.arr[9]", None),
            ("$.my\\\\.key", Some("myvalue")),
            ("$.my.key", None),
            ("$.boolean-false", Some("0")),
            ("$.t", Some("1")),
            ("$.dup", Some("1")),
            ("$.sp", Some("[ 1 , 2 ]")),
            ("$.e", Some("")),
            ("$.ea", Some("[]")),
            ("$.n", None),
        ] {
            check_query(json, path, expected.map(str::as_bytes), expected.map(str::as_bytes));
        }
        check_query("[[1,2],[3,4]]", "$[1][0]", Some(b"3"), Some(b"3"));
        check_query("\"str\"", "$", Some(b"str"), Some(b"str"));
        check_query("12", "$", Some(b"12"), Some(b"12"));
    }

    #[test]
    fn numbers() {
        for (number, expected, as_integer) in [
            ("4", "4", Some("4")),
            ("-5", "-5", Some("-5")),
            ("0", "0", Some("0")),
            ("1.50", "1.5", Some("1")),
            ("3.0", "3", Some("3")),
            ("-0.5", "-0.5", Some("0")),
            ("0.1234567890123", "0.123457", Some("0")),
            ("0.0001", "0.0001", Some("0")),
            ("0.00001", "1e-05", Some("0")),
            ("1e3", "1000", Some("1")),
            ("1e-7", "1e-07", Some("1")),
            ("1e20", "1e+20", Some("1")),
            ("100000.5", "100000", Some("100000")),
            ("999999.5", "1e+06", Some("999999")),
            ("1000000", "1e+06", Some("1000000")),
            ("123456789", "1.23457e+08", Some("123456789")),
            ("9007199254740991", "9.0072e+15", Some("9007199254740991")),
            ("9007199254740993", "9.0072e+15", None),
            ("-9007199254740992", "-9.0072e+15", None),
            ("12345678901234567890", "1.23457e+19", None),
            ("1e400", "inf", Some("1")),
        ] {
            let (expected, as_integer) = (Some(expected.as_bytes()), as_integer.map(str::as_bytes));
            check_query(&format!("{{\"a\":{number}}}"), "$.a", expected, as_integer);
        }
    }

    #[test]
    fn strings() {
        for (string, expected) in [
            (r#"x\ty\"z\\"#, Some(&b"x\ty\"z\\"[..])),
            (r"\b\f\r\n", Some(b"\x08\x0c\r\n")),
            (r"\u0041\u00E9\u0000x", Some(b"A\xe9\0x")),
            ("é", Some("é".as_bytes())),
            (r"x\/y", None),
            (r"\u0100", None),
            (r"\ud83d\ude00", None),
        ] {
            check_query(&format!("{{\"a\":\"{string}\"}}"), "$.a", expected, expected);
        }
    }

    #[test]
    fn what_is_not_quite_json() {
        for (json, expected) in [
            ("{\"a\":1", Some("1")),
            ("{\"a\":1,", Some("1")),
            ("{\"a\":1}x", Some("1")),
            ("{\"a\":1,\"b\":}", Some("1")),
            ("  { \"a\" : 7 }", Some("7")),
            ("{\"x\":{\"a\":3},\"a\":7}", Some("7")),
            ("{\"a\\\"b\":7,\"a\":8}", Some("8")),
            ("{\"ab\":1,\"a\":2}", Some("2")),
            ("x{\"a\":1}", None),
            ("{a:1}", None),
            ("{\"a\":tru}", None),
            ("{\"a\":\"x", None),
            ("{\"a\":+1}", None),
            ("[1]", None),
            ("", None),
        ] {
            check_query(json, "$.a", expected.map(str::as_bytes), expected.map(str::as_bytes));
        }
        let deep = format!("{{\"x\":{}{},\"a\":1}}", "[".repeat(5000), "]".repeat(5000));
        check_query(&deep, "$.a", Some(b"1"), Some(b"1"));
    }

    #[test]
    fn refused() {
        check_refused(&[
            ("str(a),json_query(a)", "the path 'a' is not possible: it must begin with '$'"),
            ("str(a),json_query()", "the path '' is not possible: it must begin with '$'"),
            ("str(a),json_query($a)", "the path '$a' is not possible: only '.' or '[' can begin a step"),
            ("str(a),json_query($..a)", "the path '$..a' is not possible: a name must follow each dot"),
            ("str(a),json_query($.a[*])", "the path '$.a[*]' is not possible: only an index can stand in brackets"),
            ("str(a),json_query($.a[1)", "the path '$.a[1' is not possible: a ']' is missing"),
            ("str(a),json_query($.a,str)", "'str' is not possible here"),
        ]);
    }
}
