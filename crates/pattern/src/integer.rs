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

/// The inclusive range that a pattern stands for: `5`, `1:5`, `1:`, `:5`. As HAProxy has it, an operator in front of a range does nothing, and
/// a dash between digits separates bounds too.
pub fn parse_range(word: &[u8], operator: Operator) -> Result<(i64, i64), PatternFault> {
    let dash = || word.iter().skip(1).position(|&byte| byte == b'-').map(|at| at + 1);
    if let Some(separator) = memchr::memchr(b':', word).or_else(dash) {
        let bound = |text: &[u8], open| match text {
            b"" => Some(open),
            _ => parse_number(text),
        };
        let low = bound(&word[..separator], i64::MIN).ok_or(PatternFault::NotARange)?;
        let high = bound(&word[separator + 1..], i64::MAX).ok_or(PatternFault::NotARange)?;
        return if low <= high { Ok((low, high)) } else { Err(PatternFault::NotARange) };
    }
    let number = parse_number(word).ok_or(PatternFault::NotANumber)?;
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
pub fn without_operator(word: &[u8], operator: Operator) -> Result<Vec<u8>, PatternFault> {
    Ok(match parse_range(word, operator)? {
        _ if operator == Operator::Equal || parse_number(word).is_none() => word.to_vec(),
        (low, high) if low > high => return Err(PatternFault::NotARange),
        (low, i64::MAX) => format!("{low}:").into_bytes(),
        (_, high) => format!(":{high}").into_bytes(),
    })
}

/// A decimal number with an optional sign, all of the text.
fn parse_number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
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
            assert_eq!(parse_range(word.as_bytes(), operator), expected, "{operator:?} {word:?}");
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
            let text = without_operator(word.as_bytes(), operator).map(|text| String::from_utf8(text).unwrap());
            assert_eq!(text.as_deref(), expected.as_ref().copied(), "{operator:?} {word}");
        }
    }
}
