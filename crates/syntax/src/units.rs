//! Times and sizes with units (configuration manual 2.5 and 2.6): whole numbers, each with one unit.

use std::fmt;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Diagnostics, Parsed};
use crate::limits::MAX_TIMER_MS;
use crate::source::Span;
use crate::word::Word;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `us`
    Microsecond,
    /// `ms`
    Millisecond,
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
}

/// A time as it was written, exact to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// How long.
    pub us: u64,
    /// Whether a unit was written.
    pub explicit_unit: bool,
}

/// Why a text is no time or no size. Offsets are bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// The text is empty.
    Empty,
    /// Something stands where a digit or a unit belongs.
    Unexpected {
        /// Where it stands.
        at: usize,
        /// What it is.
        character: char,
    },
    /// The number is larger than can be held.
    Overflow,
}

impl TimeUnit {
    const NAMES: [(&'static str, TimeUnit); 6] = [
        ("us", TimeUnit::Microsecond),
        ("ms", TimeUnit::Millisecond),
        ("s", TimeUnit::Second),
        ("m", TimeUnit::Minute),
        ("h", TimeUnit::Hour),
        ("d", TimeUnit::Day),
    ];

    /// Its length in microseconds.
    pub fn us(self) -> u64 {
        match self {
            TimeUnit::Microsecond => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Second => 1_000_000,
            TimeUnit::Minute => 60_000_000,
            TimeUnit::Hour => 3_600_000_000,
            TimeUnit::Day => 86_400_000_000,
        }
    }
}

impl Time {
    /// The time as the standard library has it.
    pub fn duration(self) -> Duration {
        Duration::from_micros(self.us)
    }

    /// Milliseconds; a started one counts, so that a short time never becomes none (as observed: 10us lasts 1 ms).
    pub fn ms(self) -> u64 {
        self.us.div_ceil(TimeUnit::Millisecond.us())
    }

    /// Seconds; a started one counts.
    pub fn s(self) -> u64 {
        self.us.div_ceil(TimeUnit::Second.us())
    }
}

/// Parses the time a text begins with. A number without unit is in `default_unit`. Also gives the number of bytes
/// behind which something else follows the unit; the caller decides whether that is a fault.
pub fn time_from_text(text: &str, default_unit: TimeUnit) -> Result<(Time, usize), UnitError> {
    let (number, rest) = leading_number(text)?;
    let (unit, unit_length) = match TimeUnit::NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
        Some(&(name, unit)) => (unit, name.len()),
        None if rest.is_empty() => (default_unit, 0),
        None => return Err(unexpected(text, text.len() - rest.len())),
    };
    let us = number.and_then(|number| number.checked_mul(unit.us())).ok_or(UnitError::Overflow)?;
    Ok((Time { us, explicit_unit: unit_length > 0 }, text.len() - rest.len() + unit_length))
}

/// Parses a timer: a time of at most [`MAX_TIMER_MS`].
pub fn parse_timer(word: &Word, default_unit: TimeUnit, diagnostics: &mut Diagnostics) -> Parsed<Time> {
    parse_time(word, default_unit, Duration::from_millis(MAX_TIMER_MS), diagnostics)
}

/// Parses a time of at most `maximum`. Text behind the unit is warned about and otherwise ignored, as HAProxy does.
pub fn parse_time(
    word: &Word,
    default_unit: TimeUnit,
    maximum: Duration,
    diagnostics: &mut Diagnostics,
) -> Parsed<Time> {
    let text = word.to_str()?;
    let (time, end) = time_from_text(text, default_unit).map_err(|error| time_fault(word, error, maximum))?;
    if time.duration() > maximum {
        return Err(time_fault(word, UnitError::Overflow, maximum));
    }
    if end < text.len() {
        diagnostics.push(
            Diagnostic::warning(format!("unexpected text '{}' behind the time '{}'", &text[end..], &text[..end]))
                .code("text-after-unit")
                .at(word.span_of(end..text.len()), "ignored")
                .help("write the time as one number with one unit, such as 90m for an hour and a half"),
        );
    }
    Ok(time)
}

/// Parses a size into bytes: `k`, `m` and `g`, in either case, are powers of 1024.
pub fn size_from_text(text: &str) -> Result<u64, UnitError> {
    let (number, rest) = leading_number(text)?;
    let number_end = text.len() - rest.len();
    let shift = match rest.bytes().next().map(|byte| byte.to_ascii_lowercase()) {
        None => 0,
        Some(b'k') => 10,
        Some(b'm') => 20,
        Some(b'g') => 30,
        Some(_) => return Err(unexpected(text, number_end)),
    };
    if rest.len() > 1 {
        return Err(unexpected(text, number_end + 1));
    }
    number.and_then(|number| number.checked_mul(1 << shift)).ok_or(UnitError::Overflow)
}

/// Parses a size of at most `maximum` bytes.
pub fn parse_size(word: &Word, maximum: u64) -> Parsed<u64> {
    let size = size_from_text(word.to_str()?).and_then(|size| {
        let fits = size <= maximum;
        fits.then_some(size).ok_or(UnitError::Overflow)
    });
    size.map_err(|error| match error {
        UnitError::Overflow => Diagnostic::error(format!("size '{word}' is too large"))
            .code("size-overflow")
            .at(word.span(), format!("at most {maximum} bytes are possible")),
        UnitError::Empty | UnitError::Unexpected { .. } => {
            let fault = Diagnostic::error(format!("{error} in size '{word}'")).code("bad-size");
            fault.at(error.span_in(word), "").help("a size is a whole number of bytes, or one with the unit k, m or g")
        }
    })
}

impl UnitError {
    fn span_in(self, word: &Word) -> Span {
        match self {
            UnitError::Unexpected { at, character } => word.span_of(at..at + character.len_utf8()),
            UnitError::Empty | UnitError::Overflow => word.span(),
        }
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitError::Empty => f.write_str("a number is missing"),
            UnitError::Unexpected { character, .. } => write!(f, "unexpected character '{character}'"),
            UnitError::Overflow => f.write_str("the number is too large"),
        }
    }
}

impl std::error::Error for UnitError {}

fn time_fault(word: &Word, error: UnitError, maximum: Duration) -> Diagnostic {
    match error {
        UnitError::Overflow => {
            let days = maximum.as_secs_f64() / 86_400.0;
            Diagnostic::error(format!("timer overflow in '{word}'"))
                .code("timer-overflow")
                .at(word.span(), format!("at most {} ms (about {days:.1} days) are possible", maximum.as_millis()))
        }
        UnitError::Empty | UnitError::Unexpected { .. } => {
            let fault = Diagnostic::error(format!("{error} in time '{word}'")).code("bad-time");
            let fault = fault.at(error.span_in(word), "");
            let lower = word.display().to_ascii_lowercase();
            if *word != *lower && time_from_text(&lower, TimeUnit::Second).is_ok_and(|(_, end)| end == lower.len()) {
                return fault.replace(word.span(), lower, "units of time are written in lower case");
            }
            fault.help("a time is a whole number with one of the units us, ms, s, m, h and d")
        }
    }
}

/// The digits a text begins with (`None` if they overflow) and what follows them.
fn leading_number(text: &str) -> Result<(Option<u64>, &str), UnitError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match (digits, text.is_empty()) {
        (_, true) => Err(UnitError::Empty),
        (0, false) => Err(unexpected(text, 0)),
        _ => Ok((text[..digits].parse().ok(), &text[digits..])),
    }
}

fn unexpected(text: &str, at: usize) -> UnitError {
    let character = text[at..].chars().next().unwrap_or_default();
    UnitError::Unexpected { at, character }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::source::SourceMap;

    fn word(text: &str) -> Word {
        let mut sources = SourceMap::new();
        let id = sources.add("t", text).unwrap().id();
        Word::verbatim(text, id, 0)
    }

    /// What `timeout client` of HAProxy 3.5 makes of the text: milliseconds, or nothing for a fault.
    #[test]
    fn timers() {
        let check = |text: &str, expected_ms: Option<u64>| {
            let mut diagnostics = Diagnostics::new();
            let found = parse_timer(&word(text), TimeUnit::Millisecond, &mut diagnostics);
            assert_eq!(found.as_ref().ok().map(|time| time.ms()), expected_ms, "{text}: {found:?}");
            assert!(diagnostics.is_empty(), "{text}");
        };
        for (text, ms) in [
            ("0", 0),
            ("1", 1),
            ("010", 10),
            ("1us", 1),
            ("999us", 1),
            ("1000us", 1),
            ("1001us", 2),
            ("1500us", 2),
            ("0us", 0),
            ("1ms", 1),
            ("1s", 1000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
            ("0d", 0),
            ("24d", 2_073_600_000),
            ("2147483647", 2_147_483_647),
            ("2147483647ms", 2_147_483_647),
            ("35791m", 2_147_460_000),
            ("596h", 2_145_600_000),
            ("1000000000000us", 1_000_000_000),
        ] {
            check(text, Some(ms));
        }
        for text in [
            "25d",
            "49d",
            "50d",
            "2147483648",
            "4294967296",
            "2147484s",
            "35792m",
            "597h",
            "1000000d",
            "99999999999999999999",
            "18446744073709551616",
            "18446744073709551615d",
            "2147483647001us",
            "",
            "-1",
            "-1s",
            "1x",
            "1S",
            "1D",
            "1 s",
            "s",
            "1.5s",
            "1u",
            "+5",
            "0x10",
            "1week",
            " 1",
            "é",
            "1é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_default_unit_is_the_callers() {
        let parse = |text, unit| time_from_text(text, unit).unwrap().0;
        assert_eq!(parse("3", TimeUnit::Second), Time { us: 3_000_000, explicit_unit: false });
        assert_eq!(parse("3ms", TimeUnit::Second), Time { us: 3_000, explicit_unit: true });
        assert_eq!(parse("3ms", TimeUnit::Second).s(), 1);
        assert_eq!(parse("2d", TimeUnit::Second).duration(), Duration::from_secs(172_800));
    }

    #[test]
    fn text_behind_the_unit_is_warned_about() {
        for (text, ms, rest) in [("1sx", 1000, "x"), ("1mss", 1, "s"), ("1us1", 1, "1"), ("1h30m", 3_600_000, "30m")] {
            let mut diagnostics = Diagnostics::new();
            let time = parse_timer(&word(text), TimeUnit::Millisecond, &mut diagnostics).unwrap();
            assert_eq!(time.ms(), ms, "{text}");
            let warning = diagnostics.iter().next().unwrap();
            assert_eq!(warning.severity(), Severity::Warning, "{text}");
            assert_eq!(warning.span().map(|span| span.len()), Some(rest.len()), "{text}");
        }
    }

    #[test]
    fn sizes() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(parse_size(&word(text), u64::from(u32::MAX)).ok(), expected, "{text}");
        };
        for (text, bytes) in [
            ("0", 0),
            ("0k", 0),
            ("16384", 16384),
            ("16k", 16384),
            ("16K", 16384),
            ("1m", 1 << 20),
            ("1M", 1 << 20),
            ("1g", 1 << 30),
            ("3G", 3 << 30),
            ("4294967295", 4_294_967_295),
        ] {
            check(text, Some(bytes));
        }
        for text in [
            "4g",
            "4294967296",
            "18446744073709551616",
            "18446744073709551615g",
            "1kb",
            "1KB",
            "1k5",
            "-1",
            "-1k",
            "",
            "k",
            "1.5k",
            "1t",
            "1b",
            "1 k",
            "é",
            "1é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let check = |fault: Diagnostic, message: &str, at: (u32, u32), help: Option<&str>| {
            assert_eq!(fault.message(), message);
            assert_eq!(fault.span().map(|span| (span.start, span.end)), Some(at), "{message}");
            assert_eq!(fault.helps().first().map(|help| help.text.as_str()), help, "{message}");
        };
        let timer = |text: &str| parse_timer(&word(text), TimeUnit::Millisecond, &mut Diagnostics::new()).unwrap_err();
        let time_help = "a time is a whole number with one of the units us, ms, s, m, h and d";
        check(timer("10x"), "unexpected character 'x' in time '10x'", (2, 3), Some(time_help));
        check(
            timer("30S"),
            "unexpected character 'S' in time '30S'",
            (2, 3),
            Some("units of time are written in lower case"),
        );
        check(timer("25d"), "timer overflow in '25d'", (0, 3), None);
        check(timer(""), "a number is missing in time ''", (0, 0), Some(time_help));
        let size_help = "a size is a whole number of bytes, or one with the unit k, m or g";
        check(
            parse_size(&word("1kb"), 9999).unwrap_err(),
            "unexpected character 'b' in size '1kb'",
            (2, 3),
            Some(size_help),
        );
        check(parse_size(&word("10k"), 9999).unwrap_err(), "size '10k' is too large", (0, 3), None);
    }
}
