//! Converters of messages of the Financial Information eXchange protocol (configuration manual 7.3.1; FIX 4.4, volume 1).

use super::Converter;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "fix_is_valid",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Bool,
        doc: "Whether a valid FIX message begins here.",
        run: |value, _, _| match value {
            Value::Bin(bytes) => match validate(bytes) {
                Ok(()) => Some(Value::Bool(true)),
                Err(Fault::Invalid) => Some(Value::Bool(false)),
                Err(Fault::Incomplete) => None,
            },
            _ => None,
        },
    },
    Converter {
        name: "fix_tag_value",
        args: ArgSpec { usage: "<tag>", kinds: &[ArgKind::Text], required: 1 },
        prepare: Some(parse_tag),
        input: Type::Bin,
        output: Type::Bin,
        doc: "The value of the first field of that tag in a FIX message.",
        run: |value, _, args| {
            let (Value::Bin(mut rest), Some(wanted)) = (value, args.integer(0)) else { return None };
            loop {
                let field = split_field(rest).ok()?;
                if i64::from(field.tag) == wanted {
                    return Some(Value::Bin(field.value));
                }
                rest = field.rest;
            }
        },
    },
];

const BEGIN_STRING: u32 = 8;
const BODY_LENGTH: u32 = 9;
const CHECK_SUM: u32 = 10;
const MSG_TYPE: u32 = 35;

/// The tags that have names here.
const NAMES: [(&str, u32); 6] = [
    ("BeginString", BEGIN_STRING),
    ("BodyLength", BODY_LENGTH),
    ("CheckSum", CHECK_SUM),
    ("MsgType", MSG_TYPE),
    ("SenderCompID", 49),
    ("TargetCompID", 56),
];

const VERSIONS: [&[u8]; 6] = [b"FIX.4.0", b"FIX.4.1", b"FIX.4.2", b"FIX.4.3", b"FIX.4.4", b"FIXT.1.1"];

/// What ends a field.
const SOH: u8 = 1;

/// `8=FIX.4.4|9=5|35=0|10=000|`
const MIN_MESSAGE_BYTES: usize = 26;
const CHECK_SUM_DIGITS: usize = 3;

/// Why there is no valid message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Invalid,
    /// More bytes may make it valid.
    Incomplete,
}

/// `tag=value|` and what stands behind it.
struct Field<'a> {
    tag: u32,
    value: &'a [u8],
    rest: &'a [u8],
}

fn parse_tag(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let text = String::from_utf8_lossy(args.text(0).unwrap_or_default());
    let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text)).map(|&(_, tag)| tag);
    let tag = named.or_else(|| tag_number(text.as_bytes()));
    let tag = tag.ok_or_else(|| format!("'{text}' is neither the number nor the known name of a tag"))?;
    args.set(0, Arg::Integer(i64::from(tag)));
    Ok(())
}

fn tag_number(digits: &[u8]) -> Option<u32> {
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    str::from_utf8(digits).ok()?.parse().ok().filter(|&tag| tag != 0)
}

fn split_field(bytes: &[u8]) -> Result<Field<'_>, Fault> {
    let end = bytes.iter().position(|&byte| byte == SOH).ok_or(Fault::Incomplete)?;
    let (field, rest) = (&bytes[..end], &bytes[end + 1..]);
    let equals = field.iter().position(|&byte| byte == b'=').ok_or(Fault::Invalid)?;
    let tag = tag_number(&field[..equals]).ok_or(Fault::Invalid)?;
    Ok(Field { tag, value: &field[equals + 1..], rest })
}

/// Goes from field to field up to the check sum, and looks at what was counted there. Values may be empty: HAProxy takes more than FIX has.
fn validate(message: &[u8]) -> Result<(), Fault> {
    if message.len() < MIN_MESSAGE_BYTES {
        return Err(Fault::Incomplete);
    }
    let begin = split_tag(message, BEGIN_STRING)?;
    if !VERSIONS.contains(&begin.value) {
        return Err(Fault::Invalid);
    }
    let length = split_tag(begin.rest, BODY_LENGTH)?;
    let body_bytes = number(length.value).ok_or(Fault::Invalid)?;
    let mut rest = split_tag(length.rest, MSG_TYPE)?.rest;
    loop {
        let field = split_field(rest)?;
        if field.tag != CHECK_SUM {
            rest = field.rest;
            continue;
        }
        let counted = &message[..message.len() - rest.len()];
        let sum = counted.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte));
        let good = length.rest.len() - rest.len() == body_bytes
            && field.value.len() == CHECK_SUM_DIGITS
            && number(field.value) == Some(usize::from(sum));
        return if good { Ok(()) } else { Err(Fault::Invalid) };
    }
}

/// A field that must have this tag.
fn split_tag(bytes: &[u8], tag: u32) -> Result<Field<'_>, Fault> {
    split_field(bytes).and_then(|field| if field.tag == tag { Ok(field) } else { Err(Fault::Invalid) })
}

fn number(digits: &[u8]) -> Option<usize> {
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use crate::testing::{check, check_refused};

    const BODY: &str = "35=A|49=SENDER|56=TARGET|34=1|58=hello|";

    /// A message of that version and body, `|` for each SOH, with the right length and check sum.
    fn message(version: &str, body: &str) -> String {
        with_check_sum(&format!("8={version}|9={}|{body}", body.len()))
    }

    fn with_check_sum(message: &str) -> String {
        let sum = message.replace('|', "\x01").bytes().fold(0u8, u8::wrapping_add);
        format!("{message}10={sum:03}|")
    }

    fn check_converter(message: &str, converter: &str, expected: Option<&str>) {
        let message = STANDARD.encode(message.replace('|', "\x01"));
        check(&[(&format!("str({message}),b64dec,{converter}"), expected.map(str::as_bytes))]);
    }

    #[test]
    fn valid_or_not() {
        let good = message("FIX.4.4", BODY);
        for (message, expected) in [
            (good.clone(), Some("1")),
            (message("FIX.4.0", BODY), Some("1")),
            (message("FIXT.1.1", BODY), Some("1")),
            (message("FIX.4.5", BODY), Some("0")),
            (message("FIX.5.0", BODY), Some("0")),
            (message("FIX.4.4", "35=0|"), Some("1")),
            (message("FIX.4.4", "35=A|49=|"), Some("1")),
            (message("FIX.4.4", "35=A|58=a=b|"), Some("1")),
            (message("FIX.4.4", "035=A|"), Some("1")),
            (message("FIX.4.4", "35=A|=x|"), Some("0")),
            (message("FIX.4.4", "35=A|4x=x|"), Some("0")),
            (message("FIX.4.4", "35=A|49|"), Some("0")),
            (message("FIX.4.4", "49=S|35=A|"), Some("0")),
            (with_check_sum(&format!("8=FIX.4.4|9=10|{BODY}")), Some("0")),
            (with_check_sum(&format!("8=FIX.4.4|9=039|{BODY}")), Some("1")),
            (with_check_sum(&format!("8=FIX.4.4|9=39x|{BODY}")), Some("0")),
            (format!("8=FIX.4.4|9=39|{BODY}10=000|"), Some("0")),
            (format!("8=FIX.4.4|9=39|{BODY}10=0000|"), Some("0")),
            (format!("8=FIX.4.4|9=39|{BODY}10=92|"), Some("0")),
            (with_check_sum(&format!("8=FIX.4.4|9=1000|{BODY}")), Some("0")),
            (format!("8=FIX.4.4xx{}", "a".repeat(40)), None),
            ("9=5|8=FIX.4.4|35=A|10=000|".to_owned(), Some("0")),
            (format!("{good}{good}"), Some("1")),
            (good.trim_end_matches('|').to_owned(), None),
            (message("FIX.4.4", ""), None),
            (with_check_sum(&format!("8=FIX.4.4|9=99999999999999999999|{BODY}")), Some("0")),
            (String::new(), None),
        ] {
            check_converter(&message, "fix_is_valid", expected);
        }
        for end in 0..good.len() {
            check_converter(&good[..end], "fix_is_valid", None);
        }
    }

    #[test]
    fn values() {
        let good = message("FIX.4.4", BODY);
        for (tag, expected) in [
            ("35", Some("A")),
            ("msgtype", Some("A")),
            ("8", Some("FIX.4.4")),
            ("BodyLength", Some("39")),
            ("CheckSum", Some("092")),
            ("SenderCompID", Some("SENDER")),
            ("TargetCompID", Some("TARGET")),
            ("058", Some("hello")),
            ("99", None),
        ] {
            check_converter(&good, &format!("fix_tag_value({tag})"), expected);
        }
        check_converter(&message("FIX.4.4", "35=AB|35=C|58=a=b|"), "fix_tag_value(35)", Some("AB"));
        check_converter(&message("FIX.4.4", "35=AB|35=C|58=a=b|"), "fix_tag_value(58)", Some("a=b"));
        check_converter(good.trim_end_matches('|'), "fix_tag_value(10)", None);
        check_converter("", "fix_tag_value(10)", None);
        for tag in ["foo", "0", "-1", "35x", ""] {
            let fault = format!("'{tag}' is neither the number nor the known name of a tag");
            check_refused(&[(&format!("str(a),fix_tag_value({tag})"), &fault)]);
        }
    }
}
