//! Converters that take a field out of a Protocol Buffers message, alone or in gRPC's framing (configuration manual 7.3.1).

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "protobuf",
        args: FIELD,
        prepare: Some(parse_field_path),
        input: Type::Bin,
        output: Type::Bin,
        doc: "The field at that path of a Protocol Buffers message: its bytes, or its number where a type is given.",
        run: |value, _, args| {
            let Value::Bin(message) = value else { return None };
            interpret(find(message, args.compiled::<FieldPath>(0)?)?, args)
        },
    },
    Converter {
        name: "ungrpc",
        args: FIELD,
        prepare: Some(parse_field_path),
        input: Type::Bin,
        output: Type::Bin,
        doc: "The same out of a body that gRPC frames.",
        run: |value, _, args| {
            let (Value::Bin(body), Some(path)) = (value, args.compiled::<FieldPath>(0)) else { return None };
            interpret(frames(body).find_map(|message| find(message, path))?, args)
        },
    },
];

const FIELD: ArgSpec =
    ArgSpec { usage: "<field_number>[,<field_type>]", kinds: &[ArgKind::Text, ArgKind::Choice(TYPES)], required: 1 };

/// The types of numbers, by wire type and meaning.
const TYPES: &[&str] = &[
    "int32", "int64", "uint32", "uint64", "bool", "enum", "sint32", "sint64", "fixed64", "sfixed64", "double",
    "fixed32", "sfixed32", "float",
];

/// The numbers of a field and of those around it, outermost first.
type FieldPath = Box<[u64]>;

/// A compression flag and the length of a message in 32 bits.
const FRAME_HEADER_BYTES: usize = 5;

/// The most bytes that a number of 64 bits takes.
const MAX_VARINT_BYTES: usize = 10;

/// A field's value as it is encoded, without its length.
#[derive(Clone, Copy)]
enum Encoded<'a> {
    Varint(&'a [u8]),
    Fixed64(&'a [u8; 8]),
    Delimited(&'a [u8]),
    Fixed32(&'a [u8; 4]),
}

fn parse_field_path(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let text = String::from_utf8_lossy(args.text(0).unwrap_or_default());
    let path = text.split('.').map(|number| number.parse().ok().filter(|_| !number.starts_with('+')));
    let path = path.collect::<Option<FieldPath>>();
    let path = path.ok_or_else(|| format!("'{text}' is no number of a field, nor several with dots between them"))?;
    args.set_compiled(0, path);
    Ok(())
}

/// The messages of a body, up to the first that is not whole.
fn frames(mut body: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let ([_, length @ ..], rest) = body.split_first_chunk::<FRAME_HEADER_BYTES>()?;
        let (message, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        body = rest;
        Some(message)
    })
}

/// The first field of that number; where a path leads through it, only what it holds is looked at.
fn find<'a>(mut message: &'a [u8], path: &[u64]) -> Option<Encoded<'a>> {
    let (&last, around) = path.split_last()?;
    for &number in around {
        match first_field(message, number)? {
            Encoded::Delimited(inner) => message = inner,
            _ => return None,
        }
    }
    first_field(message, last)
}

fn first_field(mut message: &[u8], wanted: u64) -> Option<Encoded<'_>> {
    loop {
        let (key, rest) = split_varint(message)?;
        let key = varint(key);
        let (value, rest) = match key & 7 {
            0 => split_varint(rest).map(|(value, rest)| (Encoded::Varint(value), rest))?,
            1 => rest.split_first_chunk().map(|(value, rest)| (Encoded::Fixed64(value), rest))?,
            2 => {
                let (length, rest) = split_varint(rest)?;
                let (value, rest) = rest.split_at_checked(usize::try_from(varint(length)).ok()?)?;
                (Encoded::Delimited(value), rest)
            }
            5 => rest.split_first_chunk().map(|(value, rest)| (Encoded::Fixed32(value), rest))?,
            // Groups have been out of use for long, and HAProxy does not know them either.
            _ => return None,
        };
        if key >> 3 == wanted {
            return Some(value);
        }
        message = rest;
    }
}

fn split_varint(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let last = bytes.iter().take(MAX_VARINT_BYTES).position(|byte| byte & 0x80 == 0)?;
    bytes.split_at_checked(last + 1)
}

fn varint(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f))
}

/// The value as the type in the arguments; nothing where it is encoded otherwise. HAProxy has no fractions, and takes `float` by way of 32
/// bits without a sign.
fn interpret<'a>(value: Encoded<'a>, args: &Args) -> Option<Value<'a>> {
    let Some(kind) = args.choice(1) else {
        return Some(Value::Bin(match value {
            Encoded::Varint(bytes) | Encoded::Delimited(bytes) => bytes,
            Encoded::Fixed64(bytes) => bytes,
            Encoded::Fixed32(bytes) => bytes,
        }));
    };
    let number = match (*TYPES.get(kind)?, value) {
        ("int32" | "int64" | "uint32" | "uint64" | "bool" | "enum", Encoded::Varint(bytes)) => {
            varint(bytes).cast_signed()
        }
        ("sint32" | "sint64", Encoded::Varint(bytes)) => {
            let zigzag = varint(bytes);
            (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
        }
        ("fixed64" | "sfixed64", Encoded::Fixed64(bytes)) => i64::from_le_bytes(*bytes),
        ("double", Encoded::Fixed64(bytes)) => f64::from_le_bytes(*bytes) as i64,
        ("fixed32", Encoded::Fixed32(bytes)) => i64::from(u32::from_le_bytes(*bytes)),
        ("sfixed32", Encoded::Fixed32(bytes)) => i64::from(i32::from_le_bytes(*bytes)),
        ("float", Encoded::Fixed32(bytes)) => i64::from((f32::from_le_bytes(*bytes) as i32).cast_unsigned()),
        _ => return None,
    };
    Some(Value::Int(number))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use crate::testing::{check, check_refused};

    /// Fields 1 (a message of 1: 7 and 2: 9), 2: -5, 3: -7 in 64 bits, 4: -8 in 32 bits, 5: abc, 6: 9, 7: 10, 8: 2.5 in 64 bits, 9: -2.5
    /// in 32 bits, 10: 1, and 5 again.
    const MESSAGE: &[u8] = b"\x0a\x04\x08\x07\x10\x09\
        \x10\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01\x19\xf9\xff\xff\xff\xff\xff\xff\xff\x25\xf8\xff\xff\xff\
        \x2a\x03abc\x30\x09\x38\x0a\x41\0\0\0\0\0\0\x04\x40\x4d\0\0\x20\xc0\x50\x01\x2a\x03xyz";

    fn check_converter(message: &[u8], converter: &str, expected: Option<&[u8]>) {
        check(&[(&format!("str({}),b64dec,{converter}", STANDARD.encode(message)), expected)]);
    }

    #[test]
    fn fields() {
        for (arguments, expected) in [
            ("1", Some(&b"\x08\x07\x10\x09"[..])),
            ("1.1,int32", Some(b"7")),
            ("1.2,int32", Some(b"9")),
            ("1.3,int32", None),
            ("1.1.1", None),
            ("1,int32", None),
            ("2", Some(b"\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
            ("2,int32", Some(b"-5")),
            ("2,uint64", Some(b"-5")),
            ("2,sint32", Some(b"-9223372036854775806")),
            ("2,fixed64", None),
            ("2.1", None),
            ("3,fixed64", Some(b"-7")),
            ("3,sfixed64", Some(b"-7")),
            ("3,int64", None),
            ("4", Some(b"\xf8\xff\xff\xff")),
            ("4,fixed32", Some(b"4294967288")),
            ("4,sfixed32", Some(b"-8")),
            ("4,float", Some(b"0")),
            ("5", Some(b"abc")),
            ("5,int32", None),
            ("6,sint64", Some(b"-5")),
            ("7,sint32", Some(b"5")),
            ("8,double", Some(b"2")),
            ("9,float", Some(b"4294967294")),
            ("10,bool", Some(b"1")),
            ("0", None),
            ("99", None),
        ] {
            check_converter(MESSAGE, &format!("protobuf({arguments})"), expected);
        }
        for (arguments, fault) in [
            ("x", "'x' is no number of a field, nor several with dots between them"),
            ("1.", "'1.' is no number of a field, nor several with dots between them"),
            ("-1", "'-1' is no number of a field, nor several with dots between them"),
            ("5,string", "'string' is not possible here"),
        ] {
            check_refused(&[(&format!("str(a),protobuf({arguments})"), fault)]);
        }
    }

    #[test]
    fn only_the_first_field_counts() {
        for (message, arguments, expected) in [
            (&b"\x10\x01\x0a\x04\x08\x07\x10\x09\x10\x02"[..], "1.2,int32", Some(&b"9"[..])),
            (b"\x0a\x02\x08\x07\x0a\x02\x10\x09", "1.2,int32", None),
            (b"\x0a\x02\x08\x07\x10\x09", "1.2,int32", None),
            (b"\x08\x07\x10\x09", "2,int32", Some(b"9")),
            (b"\x0a\x04\x08\x07\x10\x09", "2,int32", None),
            (b"\x0a\0", "1", Some(b"")),
        ] {
            check_converter(message, &format!("protobuf({arguments})"), expected);
        }
    }

    #[test]
    fn broken_messages() {
        for message in [
            &b"\x0a\xff\x01a"[..],
            b"\x08\xff",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0d\x01\x02",
            b"\x09\x01\x02",
            b"\x0b\x08\x01\x0c",
            b"\x0e\x01",
            b"",
        ] {
            check_converter(message, "protobuf(1)", None);
        }
        for end in 0..MESSAGE.len() {
            check_converter(&MESSAGE[..end], "protobuf(98.1)", None);
        }
    }

    #[test]
    fn framed() {
        let frame = |message: &[u8]| {
            let length = u32::try_from(message.len()).unwrap();
            [&[0][..], &length.to_be_bytes(), message].concat()
        };
        let whole = frame(MESSAGE);
        for (body, arguments, expected) in [
            (whole.clone(), "(1.1,int32)", Some(&b"7"[..])),
            (whole.clone(), "(1),protobuf(2,int32)", Some(b"9")),
            ([&[1], &whole[1..], b"zz"].concat(), "(5)", Some(b"abc")),
            (whole[..whole.len() - 4].to_vec(), "(5)", None),
            (whole[..4].to_vec(), "(5)", None),
            ([frame(b"\x08\x07"), frame(b"\x10\x09")].concat(), "(2,int32)", Some(b"9")),
            ([frame(b""), frame(b"\x10\x09")].concat(), "(2,int32)", Some(b"9")),
            (b"\0\0\0\0\x03\x0a\x04\x08\x07\x10\x09".to_vec(), "(1)", None),
        ] {
            check_converter(&body, &format!("ungrpc{arguments}"), expected);
        }
    }
}
