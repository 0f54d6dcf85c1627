//! Parameters of URLs and of urlencoded bodies, as `name=value` between separators, and the decoding of their text. Must not know which
//! fetch asks, nor where the text is from.

use crate::bytes::hex_byte;

/// How the parameters of a text are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// What stands before the first parameter of a URL, and ends one as `&` and `;` do.
    delimiter: u8,
}

impl Separators {
    /// Those of a URL (configuration manual 7.3.6, `url_param`): parameters begin behind the first `delimiter`, usually `?`.
    pub fn url(delimiter: u8) -> Separators {
        Separators { delimiter }
    }

    /// Those of a body (configuration manual 7.3.6, `req.body_param`).
    pub const BODY: Separators = Separators { delimiter: b'&' };

    fn end(self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'&' | b';')
    }
}

/// A parameter as it stands in the text: nothing is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// What precedes the first `=`; may be empty.
    pub name: &'a [u8],
    /// What follows it; may be empty.
    pub value: &'a [u8],
}

/// The parameters of a request's target, whatever its form. They begin behind the first delimiter and run to the target's end, fragment
/// included; without a delimiter there are none.
pub fn url_parameters(target: &[u8], delimiter: u8) -> Parameters<'_> {
    let start = memchr::memchr(delimiter, target).map_or(target.len(), |at| at + 1);
    Parameters { rest: target.get(start..), separators: Separators::url(delimiter) }
}

/// The parameters of a body of the type `application/x-www-form-urlencoded`.
pub fn body_parameters(body: &[u8]) -> Parameters<'_> {
    Parameters { rest: Some(body), separators: Separators::BODY }
}

/// The parameters of a text in order. What has no `=` is no parameter and is skipped.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    /// What was not looked at yet; nothing behind the last separator.
    rest: Option<&'a [u8]>,
    separators: Separators,
}

impl<'a> Parameters<'a> {
    /// Those of that name, or all where there is none. Names are compared as they stand, without decoding.
    pub fn named<'n>(self, name: Option<&'n [u8]>, case: Case) -> impl Iterator<Item = Parameter<'a>> + use<'a, 'n> {
        self.filter(move |parameter| match (name, case) {
            (None, _) => true,
            (Some(name), Case::Sensitive) => parameter.name == name,
            (Some(name), Case::Insensitive) => parameter.name.eq_ignore_ascii_case(name),
        })
    }

    /// The value of the first parameter of that name, or of the first one.
    pub fn find(self, name: Option<&[u8]>, case: Case) -> Option<&'a [u8]> {
        self.named(name, case).next().map(|parameter| parameter.value)
    }
}

/// Whether upper and lower case differ in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// They do.
    #[default]
    Sensitive,
    /// They do not, in ASCII: the argument `i`.
    Insensitive,
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        while let Some(text) = self.rest {
            let end = text.iter().position(|&byte| self.separators.end(byte));
            self.rest = end.and_then(|end| text.get(end + 1..));
            let piece = text.get(..end.unwrap_or(text.len()))?;
            if let Some(equals) = memchr::memchr(b'=', piece)
                && let (Some(name), Some(value)) = (piece.get(..equals), piece.get(equals + 1..))
            {
                return Some(Parameter { name, value });
            }
        }
        None
    }
}

/// Where a text that is to be decoded is from: a plus stands for a blank in a query, and for itself before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlusSign {
    /// It is a blank behind the first question mark that was not encoded.
    BlankInQuery,
    /// It is a blank everywhere: the text is of a query or a body.
    Blank,
}

/// A `%` without two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPercent;

/// The bytes that a text stands for, with its percent-encoded bytes and plus signs decoded (configuration manual 7.3.1, `url_dec`). A `%`
/// without two hexadecimal digits is an error, and nothing that follows it counts.
pub fn decoded(text: &[u8], plus: PlusSign) -> impl Iterator<Item = Result<u8, BadPercent>> {
    let mut blank = plus == PlusSign::Blank;
    let mut rest = text;
    std::iter::from_fn(move || {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        blank |= byte == b'?';
        Some(match (byte, behind) {
            (b'+', _) if blank => Ok(b' '),
            (b'%', [high, low, behind @ ..]) => {
                rest = behind;
                hex_byte(*high, *low).ok_or(BadPercent)
            }
            (b'%', _) => Err(BadPercent),
            _ => Ok(byte),
        })
    })
}

/// Decodes a text, as [`decoded`] does, to the end of `out`, which grows by the text's length at most.
///
/// # Errors
/// Where a `%` is not followed by two hexadecimal digits; what `out` has got by then is of no use.
pub fn decode(text: &[u8], plus: PlusSign, out: &mut Vec<u8>) -> Result<(), BadPercent> {
    for byte in decoded(text, plus) {
        out.push(byte?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(parameters: impl Iterator<Item = Parameter<'a>>) -> Vec<&'a str> {
        parameters.map(|parameter| std::str::from_utf8(parameter.value).unwrap()).collect()
    }

    /// Target, delimiter, and the values of `a`, of `a` in either case, and of all.
    #[test]
    fn parameters_of_urls() {
        for (target, delimiter, exact, any_case, all) in [
            ("/?a=1", b'?', &["1"][..], &["1"][..], &["1"][..]),
            ("/?b=1&a=2", b'?', &["2"], &["2"], &["1", "2"]),
            ("/?a", b'?', &[], &[], &[]),
            ("/?a=", b'?', &[""], &[""], &[""]),
            ("/?a&a=1", b'?', &["1"], &["1"], &["1"]),
            ("/?A=1&a=2", b'?', &["2"], &["1", "2"], &["1", "2"]),
            ("/?xa=1&a=2&ab=3", b'?', &["2"], &["2"], &["1", "2", "3"]),
            ("/?a=1=2", b'?', &["1=2"], &["1=2"], &["1=2"]),
            ("/?a==1", b'?', &["=1"], &["=1"], &["=1"]),
            ("/?a=1;a=2", b'?', &["1", "2"], &["1", "2"], &["1", "2"]),
            ("/?a=1?a=2", b'?', &["1", "2"], &["1", "2"], &["1", "2"]),
            ("/x;a=1", b'?', &[], &[], &[]),
            ("/x;a=1?a=2", b'?', &["2"], &["2"], &["2"]),
            ("/?&&a=1&", b'?', &["1"], &["1"], &["1"]),
            ("/?a=1#a=2", b'?', &["1#a=2"], &["1#a=2"], &["1#a=2"]),
            ("/?=1&a=2", b'?', &["2"], &["2"], &["1", "2"]),
            ("/?b;a=2;x=3", b'?', &["2"], &["2"], &["2", "3"]),
            ("/?a%3D=1", b'?', &[], &[], &["1"]),
            ("/&a=1", b'?', &[], &[], &[]),
            ("/x??a=1", b'?', &["1"], &["1"], &["1"]),
            ("http://h;a=1/x?a=2", b'?', &["2"], &["2"], &["2"]),
            ("http://h?a=1", b'?', &["1"], &["1"], &["1"]),
            ("/?a=1", b';', &[], &[], &[]),
            ("/?a=1;a=2", b';', &["2"], &["2"], &["2"]),
            ("/x;a=1?a=2", b';', &["1?a=2"], &["1?a=2"], &["1?a=2"]),
            ("/x;b=1?a=2", b';', &[], &[], &["1?a=2"]),
            ("/x;a=1&a=2", b';', &["1", "2"], &["1", "2"], &["1", "2"]),
            ("/x;;a=1", b';', &["1"], &["1"], &["1"]),
            ("http://h;a=1/x?a=2", b';', &["1/x?a=2"], &["1/x?a=2"], &["1/x?a=2"]),
            ("/?a=1&a=2&a=3", b'&', &["2", "3"], &["2", "3"], &["2", "3"]),
            ("/?a=1", b'&', &[], &[], &[]),
            ("/", b'?', &[], &[], &[]),
            ("/?", b'?', &[], &[], &[]),
            ("", b'?', &[], &[], &[]),
        ] {
            let parameters = url_parameters(target.as_bytes(), delimiter);
            assert_eq!(values(parameters.clone().named(Some(b"a"), Case::Sensitive)), exact, "{target}");
            assert_eq!(values(parameters.clone().named(Some(b"a"), Case::Insensitive)), any_case, "{target}");
            assert_eq!(values(parameters.clone().named(None, Case::default())), all, "{target}");
            assert_eq!(
                parameters.find(Some(b"a"), Case::Sensitive),
                exact.first().map(|value| value.as_bytes()),
                "{target}"
            );
        }
    }

    #[test]
    fn parameters_of_bodies() {
        for (body, exact, all) in [
            ("a=1", &["1"][..], &["1"][..]),
            ("b=2;a=1", &["1"], &["2", "1"]),
            ("a=1?b=2", &["1?b=2"], &["1?b=2"]),
            ("?a=1", &[], &["1"]),
            ("a&a=1", &["1"], &["1"]),
            ("&a=1&", &["1"], &["1"]),
            ("=5&a=1", &["1"], &["5", "1"]),
            ("a=1\r\n", &["1\r\n"], &["1\r\n"]),
            ("", &[], &[]),
        ] {
            let parameters = body_parameters(body.as_bytes());
            assert_eq!(values(parameters.clone().named(Some(b"a"), Case::Sensitive)), exact, "{body}");
            assert_eq!(values(parameters), all, "{body}");
        }
        let names: Vec<_> = body_parameters(b"a=1&b==&=").map(|parameter| parameter.name).collect();
        assert_eq!(names, [&b"a"[..], b"b", b""]);
    }

    #[test]
    fn decoded() {
        use PlusSign::*;
        for (text, plus, expected) in [
            ("/bla+%20?foo%3Dbar%2B42+42%20", BlankInQuery, Ok("/bla+ ?foo=bar+42 42 ")),
            ("/bla+%20?foo%3Dbar%2B42+42%20", Blank, Ok("/bla  ?foo=bar+42 42 ")),
            ("a%3fb+c", BlankInQuery, Ok("a?b+c")),
            ("a+b", BlankInQuery, Ok("a+b")),
            ("a%41%4a%4A%00", Blank, Ok("aAJJ\0")),
            ("", Blank, Ok("")),
            ("a%", Blank, Err(BadPercent)),
            ("a%2", Blank, Err(BadPercent)),
            ("a%2zb", Blank, Err(BadPercent)),
            ("a%%41", Blank, Err(BadPercent)),
        ] {
            let mut out = b"x".to_vec();
            let decoded = decode(text.as_bytes(), plus, &mut out).map(|()| String::from_utf8(out).unwrap());
            assert_eq!(decoded, expected.map(|text| format!("x{text}")), "{text}");
        }
    }
}
