//! The converter of dates of header fields to instants (configuration manual 7.3.1 `date`; RFC 9110 section 5.6.7).

use jiff::civil;

use super::Converter;
use crate::args::ArgSpec;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "date",
    args: ArgSpec::NONE,
    prepare: None,
    input: Type::Str,
    output: Type::Int,
    doc: "The seconds since the epoch of a date in one of the three forms of header fields.",
    run: |value, _, _| match value {
        Value::Str(text) => parse(text).map(Value::Int),
        _ => None,
    },
}];

const DAYS: [&[u8]; 7] = [b"Sunday", b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday"];

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The last of the years of two digits that is one of the 21st century, as HAProxy has it.
const LAST_SHORT_YEAR: i16 = 60;

fn parse(text: &[u8]) -> Option<i64> {
    [current, of_rfc_850, of_asctime].into_iter().find_map(|form| form(Cursor { rest: text }))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn current(mut text: Cursor<'_>) -> Option<i64> {
    text.one_of(DAYS.map(|day| &day[..3]))?;
    text.expect(b", ")?;
    let day = text.number(2)?;
    text.expect(b" ")?;
    let month = text.one_of(MONTHS)?;
    text.expect(b" ")?;
    let year = text.number(4)?;
    text.expect(b" ")?;
    let time = text.time()?;
    text.expect(b" GMT")?;
    instant(year, month, day, time)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`; the year may have four digits.
fn of_rfc_850(mut text: Cursor<'_>) -> Option<i64> {
    text.one_of(DAYS)?;
    text.expect(b", ")?;
    let day = text.number(2)?;
    text.expect(b"-")?;
    let month = text.one_of(MONTHS)?;
    text.expect(b"-")?;
    let year = text.number(4).or_else(|| {
        let year = text.number(2)?;
        Some(if year > LAST_SHORT_YEAR { 1900 } else { 2000 } + year)
    })?;
    text.expect(b" ")?;
    let time = text.time()?;
    text.expect(b" GMT")?;
    instant(year, month, day, time)
}

/// `Sun Nov  6 08:49:37 1994`
fn of_asctime(mut text: Cursor<'_>) -> Option<i64> {
    text.one_of(DAYS.map(|day| &day[..3]))?;
    text.expect(b" ")?;
    let month = text.one_of(MONTHS)?;
    text.expect(b" ")?;
    let day = if text.expect(b" ").is_some() { text.number(1) } else { text.number(2) }?;
    text.expect(b" ")?;
    let time = text.time()?;
    text.expect(b" ")?;
    instant(text.number(4)?, month, day, time)
}

/// What is left of a date. What is behind its end does not count.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn expect(&mut self, text: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Which of the words comes next.
    fn one_of<const COUNT: usize>(&mut self, words: [&[u8]; COUNT]) -> Option<usize> {
        let found = words.iter().position(|word| self.rest.starts_with(word))?;
        self.rest = &self.rest[words[found].len()..];
        Some(found)
    }

    /// A number of so many digits; up to four.
    fn number(&mut self, digits: usize) -> Option<i16> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        let value = number.iter().try_fold(0, |value, byte| {
            let digit = byte.is_ascii_digit().then(|| i16::from(byte - b'0'))?;
            Some(value * 10 + digit)
        })?;
        self.rest = rest;
        Some(value)
    }

    /// The seconds of a time of the day.
    fn time(&mut self) -> Option<i64> {
        let hours = self.number(2)?;
        self.expect(b":")?;
        let minutes = self.number(2)?;
        self.expect(b":")?;
        let seconds = self.number(2)?;
        Some((i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds))
    }
}

/// The seconds since the epoch. Days and times beyond their ranges count on, as they do for HAProxy; before 1970 the number is negative,
/// where HAProxy has one without meaning.
fn instant(year: i16, month: usize, day: i16, time: i64) -> Option<i64> {
    const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
    let first = civil::Date::new(year, i8::try_from(month + 1).ok()?, 1).ok()?;
    let days = i64::from(first.since(civil::date(1970, 1, 1)).ok()?.get_days()) + i64::from(day) - 1;
    Some(days * SECONDS_PER_DAY + time)
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::check;

    /// Twice quoted, once for the line and once for the argument.
    fn quoted(text: &str) -> String {
        format!("\"str('{text}'),date\"")
    }

    #[test]
    fn forms() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some("784111777")),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some("784111777")),
            ("Sunday, 06-Nov-1994 08:49:37 GMT", Some("784111777")),
            ("Sun Nov  6 08:49:37 1994", Some("784111777")),
            ("Sun Nov 06 08:49:37 1994", Some("784111777")),
            ("Sun, 06 Nov 1994 08:49:37 GMT x", Some("784111777")),
            ("Sun Nov  6 08:49:37 1994x", Some("784111777")),
            ("Mon, 06 Nov 1994 08:49:37 GMT", Some("784111777")),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some("0")),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some("253402300799")),
            ("Wednesday, 06-Nov-70 08:49:37 GMT", Some("26729377")),
            ("Wednesday, 06-Nov-99 08:49:37 GMT", Some("941878177")),
            ("Sunday, 06-Nov-00 08:49:37 GMT", Some("973500577")),
            ("Sunday, 06-Nov-60 08:49:37 GMT", Some("2866956577")),
            ("", None),
            ("x", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sun, 6 Nov 1994 08:49:37 GMT", None),
            ("Sun,  6 Nov 1994 08:49:37 GMT", None),
            ("Sun,06 Nov 1994 08:49:37 GMT", None),
            ("sun, 06 nov 1994 08:49:37 gmt", None),
            ("Xyz, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Abc 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994  8:49:37 GMT", None),
            ("Wed, 06-Nov-69 08:49:37 GMT", None),
            ("Sunday, 06-Nov-194 08:49:37 GMT", None),
            ("Sunday, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun Nov 6 08:49:37 1994", None),
            ("Sun Nov  6 08:49:37 94", None),
        ] {
            check(&quoted(text), expected);
        }
    }

    #[test]
    fn beyond_ranges() {
        for (text, expected) in [
            ("Sun, 31 Feb 1994 08:49:37 GMT", Some("762684577")),
            ("Mon, 29 Feb 2100 00:00:00 GMT", Some("4107542400")),
            ("Sun, 40 Nov 1994 08:49:37 GMT", Some("787049377")),
            ("Sun, 00 Nov 1994 08:49:37 GMT", Some("783593377")),
            ("Thu, 00 Jan 1970 00:00:00 GMT", Some("-86400")),
            ("Sun, 06 Nov 1994 99:99:99 GMT", Some("784442439")),
            ("Sun, 06 Nov 1994 08:49:60 GMT", Some("784111800")),
            // HAProxy has numbers without meaning here.
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some("-1")),
            ("Sunday, 06-Nov-61 00:00:00 GMT", Some("-257299200")),
            ("Sat, 01 Jan 0000 00:00:00 GMT", Some("-62167219200")),
        ] {
            check(&quoted(text), expected);
        }
    }
}
