//! Converters that shorten, turn or test a text as a whole (configuration manual 7.3.1).

use super::Converter;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "cut_crlf",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text up to its first carriage return or newline.",
        run: |value, _, _| part(value, |text| text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or(text)),
    },
    Converter {
        name: "has_ctl",
        args: ArgSpec { usage: "[<mask>]", kinds: &[ArgKind::Text], required: 0 },
        prepare: Some(parse_mask),
        input: Type::Bin,
        output: Type::Bool,
        doc: "Whether there is a control character among those that the mask tells.",
        run: |value, _, args| match value {
            Value::Bin(bytes) => Some(Value::Bool(has_control(bytes, args.integer(0)?))),
            _ => None,
        },
    },
    Converter {
        name: "iif",
        args: ArgSpec { usage: "<true>,<false>", kinds: &[ArgKind::Text; 2], required: 2 },
        prepare: None,
        input: Type::Bool,
        output: Type::Str,
        doc: "The first text where the value is true, the second where it is false.",
        run: |value, _, args| args.text(usize::from(value == Value::Bool(false))).map(Value::Str),
    },
    Converter {
        name: "length",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "The number of bytes of the text.",
        run: |value, _, _| match value {
            Value::Str(text) => i64::try_from(text.len()).ok().map(Value::Int),
            _ => None,
        },
    },
    Converter {
        name: "lower",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text in lower case.",
        run: |value, input, _| changed(value, input, <[u8]>::make_ascii_lowercase),
    },
    Converter {
        name: "ltrim",
        args: SOME_CHARACTERS,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text without those characters at its beginning.",
        run: |value, _, args| {
            let trimmed = args.text(0).unwrap_or_default();
            part(value, |text| &text[text.iter().take_while(|byte| trimmed.contains(byte)).count()..])
        },
    },
    Converter {
        name: "reverse",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text with its last byte first.",
        run: |value, input, _| changed(value, input, <[u8]>::reverse),
    },
    Converter {
        name: "reverse_dom",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The name of a domain with its last label first.",
        run: reverse_labels,
    },
    Converter {
        name: "rtrim",
        args: SOME_CHARACTERS,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text without those characters at its end.",
        run: |value, _, args| {
            let trimmed = args.text(0).unwrap_or_default();
            let excess = |text: &[u8]| text.iter().rev().take_while(|byte| trimmed.contains(byte)).count();
            part(value, |text| &text[..text.len() - excess(text)])
        },
    },
    Converter {
        name: "upper",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text in upper case.",
        run: |value, input, _| changed(value, input, <[u8]>::make_ascii_uppercase),
    },
];

/// HAProxy takes none, and then trims nothing.
const SOME_CHARACTERS: ArgSpec = ArgSpec { usage: "<chars>", kinds: &[ArgKind::Text], required: 0 };

/// Bits 0 to 31 stand for the characters of that code, bit 32 for DEL.
const ALL_CONTROLS: i64 = 0x1_ffff_ffff;
const ALL_BUT_TAB: i64 = ALL_CONTROLS & !(1 << b'\t');
/// NUL, newline and carriage return: what RFC 9110 5.5 forbids above all.
const FORBIDDEN_IN_HTTP: i64 = 1 << b'\0' | 1 << b'\n' | 1 << b'\r';
const DELETE: u8 = 0x7f;

/// A copy of a text, changed in place.
fn changed<'a>(value: Value<'a>, input: &Input<'a>, change: fn(&mut [u8])) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let copy = input.scratch.copy(text);
    change(copy);
    Some(Value::Str(copy))
}

/// A part of a text, where it lies.
fn part<'a>(value: Value<'a>, cut: impl FnOnce(&'a [u8]) -> &'a [u8]) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    Some(Value::Str(cut(text)))
}

fn parse_mask(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let mask = match args.text(0) {
        None => ALL_BUT_TAB,
        Some(b"any") => ALL_CONTROLS,
        Some(b"http") => FORBIDDEN_IN_HTTP,
        Some(text) => {
            let text = String::from_utf8_lossy(text);
            let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => i64::from_str_radix(digits, 16),
                None => text.parse(),
            };
            match parsed {
                Ok(mask) if mask & !ALL_CONTROLS == 0 => mask,
                Ok(_) => return Err(format!("'{text}' has bits above the 33 of the mask")),
                Err(_) => return Err(format!("'{text}' is not 'any', 'http' or a number, decimal or after '0x'")),
            }
        }
    };
    args.set(0, Arg::Integer(mask));
    Ok(())
}

fn has_control(bytes: &[u8], mask: i64) -> bool {
    bytes.iter().any(|&byte| match byte {
        0..0x20 => mask >> byte & 1 == 1,
        DELETE => mask >> 32 & 1 == 1,
        _ => false,
    })
}

/// Nothing where a label is empty; a dot at the end is no label.
fn reverse_labels<'a>(value: Value<'a>, input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    let Value::Str(name) = value else { return None };
    let name = name.strip_suffix(b".").unwrap_or(name);
    let mut reversed = input.scratch.buffer();
    for (index, label) in name.rsplit(|&byte| byte == b'.').enumerate() {
        if label.is_empty() {
            return None;
        }
        if index > 0 {
            reversed.push(b".")?;
        }
        reversed.push(label)?;
    }
    Some(Value::Str(reversed.finish()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_refused, check_texts};

    #[test]
    fn control_characters() {
        check_texts(&[
            ("str(a),has_ctl", "0"),
            ("str(a),has_ctl()", "0"),
            ("str(gIGf),b64dec,has_ctl(any)", "0"),
            ("str(YQli),b64dec,has_ctl", "0"),
            ("str(YQli),b64dec,has_ctl(any)", "1"),
            ("str(YQli),b64dec,has_ctl(http)", "0"),
            ("str(YQli),b64dec,has_ctl(0x200)", "1"),
            ("str(YQli),b64dec,has_ctl(512)", "1"),
            ("str(YQ1i),b64dec,has_ctl(http)", "1"),
            ("str(YQBi),b64dec,has_ctl(http)", "1"),
            ("str(YX9i),b64dec,has_ctl", "1"),
            ("str(YX9i),b64dec,has_ctl(0X100000000)", "1"),
            ("str(YX9i),b64dec,has_ctl(0)", "0"),
        ]);
        check_refused(&[
            ("str(a),has_ctl(0x200000000)", "'0x200000000' has bits above the 33 of the mask"),
            ("str(a),has_ctl(-1)", "'-1' has bits above the 33 of the mask"),
            ("str(a),has_ctl(12x)", "'12x' is not 'any', 'http' or a number, decimal or after '0x'"),
            ("str(a),has_ctl(ANY)", "'ANY' is not 'any', 'http' or a number, decimal or after '0x'"),
        ]);
    }

    #[test]
    fn choices() {
        check_texts(&[
            ("int(-1),iif(ok,ko)", "ok"),
            ("int(0),iif(ok,ko)", "ko"),
            ("str(x),iif(ok,ko)", "ko"),
            ("bool(true),iif(,ko)", ""),
            ("bool(false),iif(ok,)", ""),
        ]);
        check_refused(&[
            ("bool(true),iif(ok)", "'iif' lacks an argument"),
            ("src,iif(ok,ko)", "converter 'iif' cannot be applied to this value"),
        ]);
    }

    #[test]
    fn ends_and_length() {
        check_texts(&[
            ("str(abc),length", "3"),
            ("str(),length", "0"),
            ("'str(\"  x y \"),ltrim(\" x\")'", "y "),
            ("'str(\"  x y \"),rtrim(\" y\")'", "  x"),
            ("str(aaa),ltrim(a)", ""),
            ("str(aaa),rtrim(a)", ""),
            ("str(aaa),rtrim()", "aaa"),
            ("str(aaa),ltrim", "aaa"),
            ("str(YWINYw==),b64dec,cut_crlf", "ab"),
            ("str(YWIKYw==),b64dec,cut_crlf", "ab"),
            ("str(DWI=),b64dec,cut_crlf", ""),
            ("str(abc),cut_crlf", "abc"),
        ]);
    }

    #[test]
    fn turned_around() {
        check(&[
            ("str(),reverse", Some(b"")),
            ("'str(ab cd),reverse'", Some(b"dc ba")),
            ("int(12),reverse", Some(b"21")),
            ("str(mail.example.com),reverse_dom", Some(b"com.example.mail")),
            ("str(example.com.),reverse_dom", Some(b"com.example")),
            ("str(Host:80.x),reverse_dom", Some(b"x.Host:80")),
            ("str(a),reverse_dom", Some(b"a")),
            ("str(example.com..),reverse_dom", None),
            ("str(.com),reverse_dom", None),
            ("str(a..b),reverse_dom", None),
            ("str(.),reverse_dom", None),
            ("str(),reverse_dom", None),
        ]);
    }
}
