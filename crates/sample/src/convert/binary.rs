//! Converters between bytes and their texts in base 64, 16 and 10 (configuration manual 7.3.1).

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input, MAX_MADE_BYTES};
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "b64dec",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Bin,
        doc: "The bytes that a text in base64 (RFC 4648 4) stands for.",
        run: |value, input, _| decode(value, input, decode_padded),
    },
    Converter {
        name: "base2",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Str,
        doc: "The bytes as binary digits.",
        run: |value, input, _| {
            let Value::Bin(bytes) = value else { return None };
            let mut text = input.scratch.buffer();
            bytes.iter().try_for_each(|byte| text.format(format_args!("{byte:08b}")))?;
            Some(Value::Str(text.finish()))
        },
    },
    Converter {
        name: "base64",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Str,
        doc: "The bytes in base64 (RFC 4648 4).",
        run: |value, input, _| encode(value, input, &STANDARD),
    },
    Converter {
        name: "be2dec",
        args: NUMBER_CHUNKS,
        prepare: Some(check_number_chunks),
        input: Type::Bin,
        output: Type::Str,
        doc: "The decimal numbers that chunks of bytes stand for, most significant byte first.",
        run: |value, input, args| {
            chunks(value, input, args, |text, chunk| {
                text.format(format_args!(
                    "{}",
                    chunk.iter().fold(0, |number: u64, &byte| number << 8 | u64::from(byte))
                ))
            })
        },
    },
    Converter {
        name: "be2hex",
        args: ArgSpec {
            usage: "[<separator>[,<chunk_size>[,<truncate>]]]",
            kinds: &[ArgKind::Text, ArgKind::Integer, ArgKind::Integer],
            required: 0,
        },
        prepare: Some(check_hex_chunks),
        input: Type::Bin,
        output: Type::Str,
        doc: "The bytes as hexadecimal digits, with a separator between chunks.",
        run: |value, input, args| chunks(value, input, args, push_hex),
    },
    Converter {
        name: "hex",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Str,
        doc: "The bytes as hexadecimal digits.",
        run: |value, input, _| {
            let Value::Bin(bytes) = value else { return None };
            let mut text = input.scratch.buffer();
            push_hex(&mut text, bytes)?;
            Some(Value::Str(text.finish()))
        },
    },
    Converter {
        name: "hex2i",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "The number that hexadecimal digits stand for.",
        run: |value, _, _| hexadecimal_number(value),
    },
    Converter {
        name: "htonl",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Int,
        output: Type::Bin,
        doc: "The lowest 32 bits of the number, most significant byte first.",
        run: |value, input, _| match value {
            Value::Int(number) => Some(Value::Bin(input.scratch.copy(&(number as u32).to_be_bytes()))),
            _ => None,
        },
    },
    Converter {
        name: "le2dec",
        args: NUMBER_CHUNKS,
        prepare: Some(check_number_chunks),
        input: Type::Bin,
        output: Type::Str,
        doc: "The decimal numbers that chunks of bytes stand for, least significant byte first.",
        run: |value, input, args| {
            chunks(value, input, args, |text, chunk| {
                let number = chunk.iter().rev().fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
                text.format(format_args!("{number}"))
            })
        },
    },
    Converter {
        name: "ub64dec",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Bin,
        doc: "The bytes that a text in base64url (RFC 4648 5) without padding stands for.",
        run: |value, input, _| decode(value, input, decode_unpadded),
    },
    Converter {
        name: "ub64enc",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Str,
        doc: "The bytes in base64url (RFC 4648 5) without padding.",
        run: |value, input, _| encode(value, input, &URL_SAFE_NO_PAD),
    },
];

const NUMBER_CHUNKS: ArgSpec = ArgSpec {
    usage: "<separator>,<chunk_size>[,<truncate>]",
    kinds: &[ArgKind::Text, ArgKind::Integer, ArgKind::Integer],
    required: 2,
};

/// As many as a 64-bit number has.
const MAX_NUMBER_BYTES: i64 = 8;

fn encode<'a>(value: Value<'a>, input: &Input<'a>, engine: &GeneralPurpose) -> Option<Value<'a>> {
    let Value::Bin(bytes) = value else { return None };
    if bytes.len() > MAX_MADE_BYTES / 4 * 3 {
        return None;
    }
    let text = input.scratch.zeros(bytes.len().div_ceil(3) * 4);
    let length = engine.encode_slice(bytes, text).ok()?;
    Some(Value::Str(&text[..length]))
}

fn decode<'a>(
    value: Value<'a>,
    input: &Input<'a>,
    decode: fn(&[u8], &mut Buffer<'a>) -> Option<()>,
) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let mut bytes = input.scratch.buffer();
    decode(text, &mut bytes)?;
    Some(Value::Bin(bytes.finish()))
}

/// HAProxy goes by groups of four characters, each of which may have padding of its own, and looks at no bits that are left over. That is
/// more lenient than the decoder which the encoder comes from.
fn decode_padded(text: &[u8], bytes: &mut Buffer<'_>) -> Option<()> {
    let (groups, []) = text.as_chunks::<4>() else { return None };
    for group in groups {
        let digits = group.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
        if digits == 0 {
            return None;
        }
        push_group(&group[..digits], b"+/", bytes)?;
    }
    Some(())
}

/// HAProxy takes a padding character, which has no place here, for the last digit.
fn decode_unpadded(text: &[u8], bytes: &mut Buffer<'_>) -> Option<()> {
    if text.len() % 4 == 1 {
        return None;
    }
    text.chunks(4).try_for_each(|group| {
        let mut digits = [0; 4];
        let digits = &mut digits[..group.len()];
        digits.copy_from_slice(group);
        digits.iter_mut().filter(|digit| **digit == b'=').for_each(|digit| *digit = b'_');
        push_group(digits, b"-_", bytes)
    })
}

/// Appends the bytes of up to four digits, of which the last two of the alphabet are given.
fn push_group(digits: &[u8], last_two: &[u8; 2], bytes: &mut Buffer<'_>) -> Option<()> {
    let mut bits = 0u32;
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            _ => 62 + u8::try_from(last_two.iter().position(|&last| last == digit)?).ok()?,
        };
        bits = bits << 6 | u32::from(value);
    }
    let [_, group @ ..] = (bits << (6 * (4 - digits.len()))).to_be_bytes();
    bytes.push(&group[..digits.len() * 6 / 8])
}

fn check_number_chunks(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    if !args.integer(1).is_some_and(|size| (1..=MAX_NUMBER_BYTES).contains(&size)) {
        return Err(format!("the size of chunks must be 1 to {MAX_NUMBER_BYTES}"));
    }
    check_truncate(args)
}

fn check_hex_chunks(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let separated = args.text(0).is_some() || args.integer(2).is_some();
    if args.integer(1).map_or(separated, |size| size < 1) {
        return Err("the size of chunks must be 1 or more".to_owned());
    }
    check_truncate(args)
}

fn check_truncate(args: &Args) -> Result<(), String> {
    match args.integer(2) {
        None | Some(0 | 1) => Ok(()),
        Some(other) => Err(format!("whether to truncate must be 0 or 1, not {other}")),
    }
}

/// The texts of chunks of bytes with a separator between them; those that still fit. What is left over at the end has its text too unless
/// it is to be truncated.
fn chunks<'a>(
    value: Value<'a>,
    input: &Input<'a>,
    args: &'a Args,
    push: fn(&mut Buffer<'a>, &[u8]) -> Option<()>,
) -> Option<Value<'a>> {
    let Value::Bin(bytes) = value else { return None };
    let separator = args.text(0).unwrap_or_default();
    let size = args.integer(1).map_or(bytes.len(), |size| usize::try_from(size).unwrap_or(usize::MAX)).max(1);
    let whole_only = args.integer(2) == Some(1);
    let mut text = input.scratch.buffer();
    for (index, chunk) in bytes.chunks(size).enumerate() {
        if whole_only && chunk.len() < size {
            break;
        }
        let before = text.len();
        if (index > 0 && text.push(separator).is_none()) || push(&mut text, chunk).is_none() {
            text.truncate(before);
            break;
        }
    }
    Some(Value::Str(text.finish()))
}

fn push_hex(text: &mut Buffer<'_>, bytes: &[u8]) -> Option<()> {
    bytes.iter().try_for_each(|&byte| text.push(&super::hex_digits(byte)))
}

/// Zero for an empty text, all bits set for more digits than 64 bits have room for; nothing where there is another character.
fn hexadecimal_number(value: Value<'_>) -> Option<Value<'_>> {
    let Value::Str(digits) = value else { return None };
    let mut number = Some(0u64);
    for &digit in digits {
        let digit = u64::from(char::from(digit).to_digit(16)?);
        number = number.and_then(|number| number.checked_mul(16)).map(|number| number | digit);
    }
    Some(Value::Int(number.unwrap_or(u64::MAX).cast_signed()))
}

#[cfg(test)]
mod tests {
    use crate::input::MAX_MADE_BYTES;
    use crate::testing::{check, check_refused, check_texts};

    #[test]
    fn base_64() {
        check(&[
            ("str(abc),base64", Some(b"YWJj")),
            ("str(a),base64", Some(b"YQ==")),
            ("str(),base64", Some(b"")),
            ("int(1),base64", Some(b"AAAAAAAAAAE=")),
            ("str(YWJj),b64dec", Some(b"abc")),
            ("str(YWI=),b64dec", Some(b"ab")),
            ("str(YR==),b64dec", Some(b"a")),
            ("str(),b64dec", Some(b"")),
            ("str(+/+/),b64dec", Some(b"\xfb\xff\xbf")),
            ("str(YWJjYQ==YWJj),b64dec", Some(b"abcaabc")),
            ("str(YW==YQ==),b64dec", Some(b"aa")),
            ("str(Y===),b64dec", Some(b"")),
            ("str(YQ),b64dec", None),
            ("str(YQ=),b64dec", None),
            ("str(YQ===),b64dec", None),
            ("str(YW*j),b64dec", None),
            ("str(=YWJ),b64dec", None),
            ("str(YW=j),b64dec", None),
            ("str(====),b64dec", None),
            ("str(-_-_),b64dec", None),
        ]);
    }

    #[test]
    fn base_64_for_urls() {
        check(&[
            ("str(abc),ub64enc", Some(b"YWJj")),
            ("str(a),ub64enc", Some(b"YQ")),
            ("str(ab),ub64enc", Some(b"YWI")),
            ("str(++++),b64dec,ub64enc", Some(b"----")),
            ("str(-_-_),ub64dec", Some(b"\xfb\xff\xbf")),
            ("str(YQ),ub64dec", Some(b"a")),
            ("str(YWI),ub64dec", Some(b"ab")),
            ("str(YQ==),ub64dec", Some(b"a\x0f\xff")),
            ("str(YQ=),ub64dec", Some(b"a\x0f")),
            ("str(),ub64dec", Some(b"")),
            ("str(Y),ub64dec", None),
            ("str(YWJjY),ub64dec", None),
            ("str(+/+/),ub64dec", None),
        ]);
    }

    #[test]
    fn digits() {
        check(&[
            ("str(abc),hex", Some(b"616263")),
            ("int(-1),hex", Some(b"FFFFFFFFFFFFFFFF")),
            ("str(),hex", Some(b"")),
            ("str(01ff),hex2i", Some(b"511")),
            ("str(FF0),hex2i", Some(b"4080")),
            ("str(),hex2i", Some(b"0")),
            ("str(7fffffffffffffff),hex2i", Some(b"9223372036854775807")),
            ("str(ffffffffffffffff),hex2i", Some(b"-1")),
            ("str(1ffffffffffffffff),hex2i", Some(b"-1")),
            ("str(zz),hex2i", None),
            ("str(FFzz),hex2i", None),
            ("str(0xFF),hex2i", None),
            ("str(abc),base2", Some(b"011000010110001001100011")),
            ("str(),base2", Some(b"")),
            ("str(AP9A),b64dec,base2", Some(b"000000001111111101000000")),
            ("ipv4(1.2.3.4),base2", Some(b"00000001000000100000001100000100")),
            ("int(-1),htonl,hex", Some(b"FFFFFFFF")),
            ("int(4294967297),htonl,hex", Some(b"00000001")),
            ("str(5),htonl,hex", Some(b"00000005")),
        ]);
    }

    #[test]
    fn numbers_of_chunks() {
        for (converter, expected) in [
            ("be2dec(:,2)", "258:772:1286:7"),
            ("be2dec(-,2,1)", "258-772-1286"),
            ("be2dec(,2,1)", "2587721286"),
            ("be2dec(:,8)", "283686952306183"),
            ("be2dec(:,8,1)", ""),
            ("le2dec(:,2)", "513:1027:1541:7"),
            ("le2dec(-,2,1)", "513-1027-1541"),
            ("le2dec(,2,0)", "513102715417"),
            ("be2hex", "01020304050607"),
            ("be2hex()", "01020304050607"),
            ("be2hex(:,2)", "0102:0304:0506:07"),
            ("be2hex(--,2,1)", "0102--0304--0506"),
            ("be2hex(,3,1)", "010203040506"),
            ("be2hex(:,200)", "01020304050607"),
            ("be2hex(:,200,1)", ""),
        ] {
            check_texts(&[(&format!("str(AQIDBAUGBw==),b64dec,{converter}"), expected)]);
        }
        check_texts(&[
            ("str(fwAAAQ==),b64dec,be2dec(.,1)", "127.0.0.1"),
            ("str(//////////8=),b64dec,be2dec(:,8)", "18446744073709551615"),
            ("str(),be2dec(:,2)", ""),
        ]);
        check_refused(&[
            ("str(a),be2dec(:,9)", "the size of chunks must be 1 to 8"),
            ("str(a),le2dec(:,0)", "the size of chunks must be 1 to 8"),
            ("str(a),be2dec(:)", "'be2dec' lacks an argument"),
            ("str(a),be2dec(:,2,2)", "whether to truncate must be 0 or 1, not 2"),
            ("str(a),be2hex(:)", "the size of chunks must be 1 or more"),
            ("str(a),be2hex(:,-1)", "the size of chunks must be 1 or more"),
            ("str(a),be2hex(:,2,3)", "whether to truncate must be 0 or 1, not 3"),
        ]);
    }

    #[test]
    fn what_does_not_fit() {
        let long = "a".repeat(MAX_MADE_BYTES / 2 + 1);
        let cut = ["61"; MAX_MADE_BYTES.div_ceil(3)].join(":");
        check(&[
            (&format!("str({long}),bytes(1),hex,length"), Some(b"16384")),
            (&format!("str({long}),hex"), None),
            (&format!("str({long}),be2hex(:,1)"), Some(&cut.as_bytes()[..16_382])),
            (&format!("str({long}),hex,base64"), None),
        ]);
    }
}
