//! Converters that escape a text for URLs and JSON, or undo it (configuration manual 7.3.1).

use burdock_http::form::{self, PlusSign};

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input};
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "json",
        args: ArgSpec {
            usage: "[<input-code>]",
            kinds: &[ArgKind::Choice(&["ascii", "utf8", "utf8s", "utf8p", "utf8ps"])],
            required: 0,
        },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text as it stands between the quotes of a JSON string, in ASCII.",
        run: to_json,
    },
    Converter {
        name: "url_dec",
        args: ArgSpec { usage: "[<in_form>]", kinds: &[ArgKind::Integer], required: 0 },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text that an URL-encoded one stands for.",
        run: from_url,
    },
    Converter {
        name: "url_enc",
        args: ArgSpec { usage: "[<enc_type>]", kinds: &[ArgKind::Choice(&["query"])], required: 0 },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text URL-encoded, fit for a query.",
        run: to_url,
    },
];

/// The decoders of `json`, as its argument lists them.
const ASCII: usize = 0;
const UTF8_SILENT: usize = 2;
const UTF8_PERMISSIVE: usize = 3;
const UTF8_PERMISSIVE_SILENT: usize = 4;

/// Nothing where `%` is not followed by two hexadecimal digits. A question mark counts only if it was not encoded.
fn from_url<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(encoded) = value else { return None };
    let plus = match args.integer(0) {
        None | Some(0) => PlusSign::BlankInQuery,
        Some(_) => PlusSign::Blank,
    };
    let mut text = input.scratch.buffer();
    for byte in form::decoded(encoded, plus) {
        text.push(&[byte.ok()?])?;
    }
    Some(Value::Str(text.finish()))
}

fn to_url<'a>(value: Value<'a>, input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let mut encoded = input.scratch.buffer();
    for &byte in until_nul(text) {
        // RFC 3986 2.3, unreserved characters.
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(&[byte])?;
        } else {
            let [high, low] = super::hex_digits(byte);
            encoded.push(&[b'%', high, low])?;
        }
    }
    Some(Value::Str(encoded.finish()))
}

/// What HAProxy, to which NUL ends a text here, sees of it.
fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or(text)
}

fn to_json<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let mut rest = until_nul(text);
    let decoder = args.choice(0).unwrap_or(ASCII);
    let permissive = matches!(decoder, UTF8_PERMISSIVE | UTF8_PERMISSIVE_SILENT);
    let silent = matches!(decoder, UTF8_SILENT | UTF8_PERMISSIVE_SILENT);
    let mut escaped = input.scratch.buffer();
    while let Some(&byte) = rest.first() {
        let (code, length) = if decoder == ASCII { (Some(u16::from(byte)), 1) } else { decode_utf8(rest, permissive) };
        rest = &rest[length..];
        match code {
            Some(code) => push_json(code, &mut escaped)?,
            None if silent => {}
            None => return None,
        }
    }
    Some(Value::Str(escaped.finish()))
}

/// The character that a text which is not empty begins with, if it is one that four hexadecimal digits can tell, and how many bytes it
/// takes. What is longer than need be counts only where the caller is permissive.
fn decode_utf8(text: &[u8], permissive: bool) -> (Option<u16>, usize) {
    let first = text[0];
    let (further, least) = match first {
        0..0x80 => return (Some(u16::from(first)), 1),
        0xc0..0xe0 => (1, 0x80),
        0xe0..0xf0 => (2, 0x800),
        0xf0..0xf8 => (3, 0x1_0000),
        _ => return (None, 1),
    };
    let mut code = u32::from(first) & (0x3f >> further);
    let continuation = text[1..].iter().take(further).take_while(|&&byte| byte & 0xc0 == 0x80);
    let length = 1 + continuation.inspect(|&&byte| code = code << 6 | u32::from(byte & 0x3f)).count();
    let whole = length == 1 + further && (permissive || code >= least);
    let code = u16::try_from(code).ok().filter(|code| whole && !matches!(code, 0xd800..0xe000 | 0xfffe..));
    (code, length)
}

fn push_json(code: u16, escaped: &mut Buffer<'_>) -> Option<()> {
    match u8::try_from(code) {
        Ok(byte @ (b'"' | b'\\' | b'/')) => escaped.push(&[b'\\', byte]),
        Ok(0x08) => escaped.push(b"\\b"),
        Ok(0x0c) => escaped.push(b"\\f"),
        Ok(b'\n') => escaped.push(b"\\n"),
        Ok(b'\r') => escaped.push(b"\\r"),
        Ok(b'\t') => escaped.push(b"\\t"),
        Ok(byte @ 0x20..0x7f) => escaped.push(&[byte]),
        _ => escaped.format(format_args!("\\u{code:04x}")),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use crate::testing::{check, check_refused, check_texts};

    #[test]
    fn urls() {
        check(&[
            ("str(/bla+%20?foo%3Dbar%2B42+42%20),url_dec", Some(b"/bla+ ?foo=bar+42 42 ")),
            ("str(/bla+%20?foo%3Dbar%2B42+42%20),url_dec(1)", Some(b"/bla  ?foo=bar+42 42 ")),
            ("str(a+b),url_dec(0)", Some(b"a+b")),
            ("str(a+b),url_dec(-1)", Some(b"a b")),
            ("str(a+b?c+d),url_dec", Some(b"a+b?c d")),
            ("str(a%3fb+c),url_dec", Some(b"a?b+c")),
            ("str(a%41%4a%4A%00),url_dec", Some(b"aAJJ\0")),
            ("str(),url_dec", Some(b"")),
            ("str(a%),url_dec", None),
            ("str(a%2),url_dec", None),
            ("str(a%2zb),url_dec", None),
            ("str(a%%41),url_dec", None),
            ("'str(foo=bar+42 42 ),url_enc'", Some(b"foo%3Dbar%2B42%2042%20")),
            ("str(/),url_enc(query)", Some(b"%2F")),
            (
                "'str(\"!#$%&()*+,-./0:;<=>?@AZ[]^_`az{|}~\"),url_enc()'",
                Some(b"%21%23%24%25%26%28%29%2A%2B%2C-.%2F0%3A%3B%3C%3D%3E%3F%40AZ%5B%5D%5E_%60az%7B%7C%7D~"),
            ),
            ("str(/w==),b64dec,url_enc", Some(b"%FF")),
            ("str(YQBi),b64dec,url_enc", Some(b"a")),
        ]);
        check_refused(&[("str(a),url_enc(foo)", "'foo' is not possible here")]);
    }

    #[test]
    fn json_strings() {
        check_texts(&[
            ("'str(foo 1/2),json'", "foo 1\\/2"),
            ("str(YSJiXGMvZA==),b64dec,json(ascii)", "a\\\"b\\\\c\\/d"),
            ("str(CAwKDQk=),b64dec,json(utf8)", "\\b\\f\\n\\r\\t"),
            ("str(YQBi),b64dec,json", "a"),
            ("str(AR9/),b64dec,json", "\\u0001\\u001f\\u007f"),
            ("str(w6k=),b64dec,json()", "\\u00c3\\u00a9"),
            ("str(),json(utf8)", ""),
        ]);
        check_refused(&[("str(a),json(UTF8)", "'UTF8' is not possible here")]);
    }

    #[test]
    fn json_strings_by_decoder() {
        // The answers of utf8, utf8s, utf8p and utf8ps.
        for (bytes, expected) in [
            (&b"\xc3\xa9"[..], [Some("\\u00e9"), Some("\\u00e9"), Some("\\u00e9"), Some("\\u00e9")]),
            (b"\xe2\x82\xac", [Some("\\u20ac"), Some("\\u20ac"), Some("\\u20ac"), Some("\\u20ac")]),
            (b"\xf0\x9f\x98\x80", [None, Some(""), None, Some("")]),
            (b"-\xe0-", [None, Some("--"), None, Some("--")]),
            (b"-\xc3", [None, Some("-"), None, Some("-")]),
            (b"-\x80-", [None, Some("--"), None, Some("--")]),
            (b"-\xc0\xaf-", [None, Some("--"), Some("-\\/-"), Some("-\\/-")]),
            (b"-\xe0\x80\xaf-", [None, Some("--"), Some("-\\/-"), Some("-\\/-")]),
            (b"-\xf0\x80\x82\xac-", [None, Some("--"), Some("-\\u00ac-"), Some("-\\u00ac-")]),
            (b"-\xed\xa0\x80-", [None, Some("--"), None, Some("--")]),
            (b"-\xef\xbf\xbe-", [None, Some("--"), None, Some("--")]),
            (b"-\xf8\x88\x80\x80\x80-", [None, Some("--"), None, Some("--")]),
            (b"-\xff-", [None, Some("--"), None, Some("--")]),
            (b"-\xe2\x82", [None, Some("-"), None, Some("-")]),
            (b"-\xe2AB-", [None, Some("-AB-"), None, Some("-AB-")]),
        ] {
            for (decoder, expected) in ["utf8", "utf8s", "utf8p", "utf8ps"].into_iter().zip(expected) {
                let expression = format!("str({}),b64dec,json({decoder})", STANDARD.encode(bytes));
                check(&[(&expression, expected.map(str::as_bytes))]);
            }
        }
    }
}
