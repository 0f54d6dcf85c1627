//! The converter `language` (configuration manual 7.3.1): the best of some languages for an Accept-Language header (RFC 9110 12.5.4).

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "language",
    args: ArgSpec { usage: "<value>[,<default>]", kinds: &[ArgKind::Text; 2], required: 1 },
    prepare: None,
    input: Type::Str,
    output: Type::Str,
    doc: "The one of these languages that the client likes best, or else the default.",
    run: best,
}];

/// Weights in thousandths.
const FULL_WEIGHT: u32 = 1000;

/// What a language in the header is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// In thousandths.
    Thousandths(u32),
    /// A bare `0`, behind which HAProxy looks no further.
    BareZero,
}

fn best<'a>(value: Value<'a>, _: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let (Value::Str(header), Some(offered)) = (value, args.text(0)) else { return None };
    let mut best: Option<(u32, &[u8])> = None;
    for entry in header.split(|&byte| byte == b',') {
        let entry = entry.trim_ascii_start();
        let length = entry.iter().position(|byte| matches!(byte, b' ' | b'\t' | b';')).unwrap_or(entry.len());
        let (range, parameters) = entry.split_at(length);
        let Some(language) = choose(offered, range) else { continue };
        match weight(parameters) {
            Weight::BareZero => break,
            Weight::Thousandths(weight) if weight > best.map_or(0, |(best, _)| best) => best = Some((weight, language)),
            Weight::Thousandths(_) => {}
        }
    }
    best.map(|(_, language)| language).or(args.text(1)).map(Value::Str)
}

/// The language among those offered that is the one asked for, with its variant or else without.
fn choose<'a>(offered: &'a [u8], asked: &[u8]) -> Option<&'a [u8]> {
    let find = |wanted: &[u8]| offered.split(|&byte| byte == b';').find(|language| *language == wanted);
    let base = asked.split(|&byte| byte == b'-').next().filter(|base| !base.is_empty())?;
    find(asked).or_else(|| find(base))
}

/// The weight behind a language; full where there is none or it is not understood.
fn weight(parameters: &[u8]) -> Weight {
    let value = [b';', b'q', b'='].iter().try_fold(parameters, |rest, part| {
        let (first, rest) = rest.trim_ascii_start().split_first()?;
        (first == part).then_some(rest)
    });
    match value.map(<[u8]>::trim_ascii_start) {
        Some([b'0', b'.', digits @ ..]) => {
            let digits = digits.iter().map_while(|&byte| char::from(byte).to_digit(10));
            Weight::Thousandths(digits.zip([100, 10, 1]).map(|(digit, unit)| digit * unit).sum())
        }
        Some([b'0', ..]) => Weight::BareZero,
        _ => Weight::Thousandths(FULL_WEIGHT),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, check_texts};

    #[test]
    fn the_best_of_three() {
        for (header, expected) in [
            ("fr;q=0.5,en;q=0.8", Some("en")),
            ("fr,en", Some("fr")),
            ("fr-CA,en;q=0.9", Some("fr")),
            ("fr-CA-x", Some("fr")),
            ("fr-", Some("fr")),
            ("-fr", None),
            ("  fr", Some("fr")),
            (",fr", Some("fr")),
            ("de fr,en", Some("en")),
            ("de", None),
            ("*", None),
            ("EN", None),
            ("", None),
            ("en;q=0,fr;q=0.1", None),
            ("en;q=0.0,fr;q=0.1", Some("fr")),
            ("de;q=0,fr;q=0.1", Some("fr")),
            ("fr;q=0.1,en;q=0", Some("fr")),
            ("en;q=0.123,fr;q=0.124", Some("fr")),
            ("fr;q=0.9999,en;q=0.999", Some("fr")),
            ("fr;q=0.1x,en;q=0.5", Some("en")),
            ("fr ; q = 0.1,en;q=0.5", Some("en")),
            ("fr;q=0.5;x=1,en;q=0.6", Some("en")),
            ("fr;Q=0.1,en;q=0.5", Some("fr")),
            ("fr;q=x,en", Some("fr")),
            ("fr;q=.9,en;q=0.5", Some("fr")),
            ("fr;,en;q=0.1", Some("fr")),
            ("en;q=0.3,fr;q=2", Some("fr")),
        ] {
            check(&[(&format!("'str(\"{header}\"),language(es;fr;en)'"), expected.map(str::as_bytes))]);
        }
    }

    #[test]
    fn variants_and_the_default() {
        for (header, expected) in
            [("fr-CA,en", "fr-CA"), ("fr,en", "en"), ("fr", "xx"), ("en;q=0,fr-CA;q=0.1", "xx"), ("", "xx")]
        {
            check_texts(&[(&format!("'str(\"{header}\"),language(es;fr-CA;en,xx)'"), expected)]);
        }
    }
}
