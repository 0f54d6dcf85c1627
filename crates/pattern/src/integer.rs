//! Ranges of whole numbers, from values, ranges and comparisons (configuration manual 7.1.2).

use crate::fault::PatternFault;

/// A comparison in front of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operator {
    /// `eq`, and what holds without an operator.
    #[default]
    Equal,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

impl Operator {
    /// The operator that a word stands for.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"eq" => Self::Equal,
            b"gt" => Self::Greater,
            b"ge" => Self::GreaterOrEqual,
            b"lt" => Self::Less,
            b"le" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

/// How the numbers of patterns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// As decimal numbers with an optional sign.
    Decimal,
    /// As versions, `<major>.<minor>` or `<major>`: the minor one makes the lower 16 bits.
    Version,
}

impl Notation {
    /// The number that all of a text stands for.
    fn parse(self, text: &[u8]) -> Option<i64> {
        let text = std::str::from_utf8(text).ok()?;
        match self {
            Self::Decimal => text.parse().ok(),
            Self::Version => {
                let part = |part: &str| if part.starts_with('+') { None } else { part.parse::<u16>().ok() };
                let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
                Some(i64::from(part(major)?) << 16 | i64::from(part(minor)?))
            }
        }
    }

    fn text(self, number: i64) -> String {
        match self {
            Self::Decimal => number.to_string(),
            Self::Version => format!("{}.{}", number >> 16, number & 0xffff),
        }
    }

    const fn no_number(self) -> PatternFault {
        match self {
            Self::Decimal => PatternFault::NotANumber,
            Self::Version => PatternFault::NotAVersion,
        }
    }

    const fn no_range(self) -> PatternFault {
        match self {
            Self::Decimal => PatternFault::NotARange,
            Self::Version => PatternFault::NotAVersionRange,
        }
    }
}

/// The inclusive range that a pattern stands for: `5`, `1:5`, `1:`, `:5`. As HAProxy has it, an operator in front of a range does nothing, and
/// a dash between digits separates bounds too.
pub fn parse_range(word: &[u8], operator: Operator, notation: Notation) -> Result<(i64, i64), PatternFault> {
    let dash = || word.iter().skip(1).position(|&byte| byte == b'-').map(|at| at + 1);
    if let Some(separator) = memchr::memchr(b':', word).or_else(dash) {
        if notation == Notation::Version && word.len() == 1 {
            return Err(notation.no_range());
        }
        let bound = |text: &[u8], open| match text {
            b"" => Some(open),
            _ => notation.parse(text),
        };
        let low = bound(&word[..separator], i64::MIN).ok_or(notation.no_range())?;
        let high = bound(&word[separator + 1..], i64::MAX).ok_or(notation.no_range())?;
        return if low <= high { Ok((low, high)) } else { Err(notation.no_range()) };
    }
    let number = notation.parse(word).ok_or(notation.no_number())?;
    // A bound that cannot be moved further leaves nothing: greater than the greatest number.
    const NOTHING: (i64, i64) = (0, -1);
    Ok(match operator {
        Operator::Equal => (number, number),
        Operator::GreaterOrEqual => (number, i64::MAX),
        Operator::LessOrEqual => (i64::MIN, number),
        Operator::Greater => number.checked_add(1).map_or(NOTHING, |low| (low, i64::MAX)),
        Operator::Less => number.checked_sub(1).map_or(NOTHING, |high| (i64::MIN, high)),
    })
}

/// What a reference holds for a pattern behind an operator: `6:` for `gt 5`.
///
/// # Errors
/// As for the pattern itself.
pub fn without_operator(word: &[u8], operator: Operator, notation: Notation) -> Result<Vec<u8>, PatternFault> {
    let written = match parse_range(word, operator, notation)? {
        _ if operator == Operator::Equal || notation.parse(word).is_none() => return Ok(word.to_vec()),
        (low, high) if low > high => return Err(notation.no_range()),
        (low, i64::MAX) => format!("{}:", notation.text(low)),
        (_, high) => format!(":{}", notation.text(high)),
    };
    // What lies beyond the greatest version cannot be written as one.
    parse_range(written.as_bytes(), Operator::Equal, notation)?;
    Ok(written.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        use Operator::*;
        for (word, operator, expected) in [
            ("5", Equal, Ok((5, 5))),
            ("-5", Equal, Ok((-5, -5))),
            ("1:5", Equal, Ok((1, 5))),
            ("3-7", Equal, Ok((3, 7))),
            ("3-", Equal, Ok((3, i64::MAX))),
            ("1:", Equal, Ok((1, i64::MAX))),
            (":5", Equal, Ok((i64::MIN, 5))),
            (":", Equal, Ok((i64::MIN, i64::MAX))),
            ("5", Greater, Ok((6, i64::MAX))),
            ("5", GreaterOrEqual, Ok((5, i64::MAX))),
            ("5", Less, Ok((i64::MIN, 4))),
            ("5", LessOrEqual, Ok((i64::MIN, 5))),
            ("5:9", Greater, Ok((5, 9))),
            ("5:9", Less, Ok((5, 9))),
            ("9223372036854775807", Greater, Ok((0, -1))),
            ("5:1", Equal, Err(PatternFault::NotARange)),
            ("1.2:1.3", Equal, Err(PatternFault::NotARange)),
            ("a", Equal, Err(PatternFault::NotANumber)),
            ("", Equal, Err(PatternFault::NotANumber)),
            ("0x10", Equal, Err(PatternFault::NotANumber)),
        ] {
            assert_eq!(parse_range(word.as_bytes(), operator, Notation::Decimal), expected, "{operator:?} {word:?}");
        }
    }

    #[test]
    fn operators_are_written_as_ranges() {
        use Operator::*;
        for (word, operator, expected) in [
            ("5", Equal, Ok("5")),
            ("5", Greater, Ok("6:")),
            ("2", GreaterOrEqual, Ok("2:")),
            ("3", Less, Ok(":2")),
            ("6", LessOrEqual, Ok(":6")),
            ("0", Less, Ok(":-1")),
            ("3:9", Less, Ok("3:9")),
            ("9223372036854775807", Greater, Err(PatternFault::NotARange)),
            ("x", Greater, Err(PatternFault::NotANumber)),
        ] {
            let text = without_operator(word.as_bytes(), operator, Notation::Decimal)
                .map(|text| String::from_utf8(text).unwrap());
            assert_eq!(text.as_deref(), expected.as_ref().copied(), "{operator:?} {word}");
        }
    }

    /// As HAProxy 3.5 compared the versions of hellos.
    #[test]
    fn versions() {
        use Operator::*;
        const fn of(major: i64, minor: i64) -> i64 {
            major << 16 | minor
        }
        for (word, operator, expected) in [
            ("3", Equal, Ok((of(3, 0), of(3, 0)))),
            ("3.1", Equal, Ok((of(3, 1), of(3, 1)))),
            ("3:3.1", Equal, Ok((of(3, 0), of(3, 1)))),
            ("3.1-3.3", Equal, Ok((of(3, 1), of(3, 3)))),
            ("3.2:", Equal, Ok((of(3, 2), i64::MAX))),
            (":3.1", Less, Ok((i64::MIN, of(3, 1)))),
            ("3", Greater, Ok((of(3, 1), i64::MAX))),
            ("4", Less, Ok((i64::MIN, of(3, 65535)))),
            ("3.1:3.0", Equal, Err(PatternFault::NotAVersionRange)),
            (":", Equal, Err(PatternFault::NotAVersionRange)),
            ("196609", Equal, Err(PatternFault::NotAVersion)),
            ("3.", Equal, Err(PatternFault::NotAVersion)),
            (".1", Equal, Err(PatternFault::NotAVersion)),
            ("3.1.2", Equal, Err(PatternFault::NotAVersion)),
            ("3.65536", Equal, Err(PatternFault::NotAVersion)),
            ("3.+1", Equal, Err(PatternFault::NotAVersion)),
        ] {
            assert_eq!(parse_range(word.as_bytes(), operator, Notation::Version), expected, "{operator:?} {word:?}");
        }
        let written = |word: &str, operator| without_operator(word.as_bytes(), operator, Notation::Version);
        assert_eq!(written("3.1", Greater), Ok(b"3.2:".to_vec()));
        assert_eq!(written("3", Less), Ok(b":2.65535".to_vec()));
        assert_eq!(written("4", LessOrEqual), Ok(b":4.0".to_vec()));
        assert_eq!(written("65535.65535", Greater), Err(PatternFault::NotAVersionRange));
    }
}
