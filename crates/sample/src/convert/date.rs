//! Converters of instants to dates (configuration manual 7.3.1).

use std::fmt::{self, Display, Formatter};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Converter;
use super::strftime::{DAYS, Date, Formatted, MONTHS};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

const FORMAT: ArgKind = ArgKind::Parse(|text| match std::str::from_utf8(text) {
    Ok(_) => Ok(Arg::Text(text.into())),
    Err(_) => Err("is a format that is not UTF-8"),
});

/// The offset is in seconds, whatever the unit of the input is. Without a format the text is empty.
const FORMATTED: ArgSpec = ArgSpec { usage: "<format>[,<offset>]", kinds: &[FORMAT, ArgKind::Integer], required: 0 };

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "http_date",
        args: ArgSpec {
            usage: "[<offset>[,<unit>]]",
            kinds: &[ArgKind::Integer, ArgKind::Choice(&["s", "ms", "us"])],
            required: 0,
        },
        prepare: None,
        input: Type::Int,
        output: Type::Str,
        doc: "The date as header fields have it, with an offset in the unit of the input.",
        run: http_date,
    },
    formatted("utime", "The seconds since the epoch as a date of UTC.", |value, input, args| {
        show(value, input, args, Unit::Seconds, Place::Utc)
    }),
    formatted("ms_utime", "The milliseconds since the epoch as a date of UTC.", |value, input, args| {
        show(value, input, args, Unit::Milliseconds, Place::Utc)
    }),
    formatted("us_utime", "The microseconds since the epoch as a date of UTC.", |value, input, args| {
        show(value, input, args, Unit::Microseconds, Place::Utc)
    }),
    formatted("ltime", "The seconds since the epoch as a date of local time.", |value, input, args| {
        show(value, input, args, Unit::Seconds, Place::Local)
    }),
    formatted("ms_ltime", "The milliseconds since the epoch as a date of local time.", |value, input, args| {
        show(value, input, args, Unit::Milliseconds, Place::Local)
    }),
    formatted("us_ltime", "The microseconds since the epoch as a date of local time.", |value, input, args| {
        show(value, input, args, Unit::Microseconds, Place::Local)
    }),
];

const fn formatted(
    name: &'static str,
    doc: &'static str,
    run: for<'a> fn(Value<'a>, &Input<'a>, &'a Args) -> Option<Value<'a>>,
) -> Converter {
    Converter { name, args: FORMATTED, prepare: None, input: Type::Int, output: Type::Str, doc, run }
}

#[derive(Clone, Copy)]
enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
}

#[derive(Clone, Copy)]
enum Place {
    Utc,
    Local,
}

impl Unit {
    const fn in_a_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1_000_000,
        }
    }
}

/// HAProxy looks at so many bits of a number of seconds, so that none is negative and every year fits into 32 bits.
const SECONDS_MASK: i64 = (1 << 55) - 1;

fn http_date<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Int(since_epoch) = value else { return None };
    let unit = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds];
    let unit = unit.get(args.choice(1).unwrap_or(0)).copied()?;
    let since_epoch = since_epoch.wrapping_add(args.integer(0).unwrap_or(0));
    let seconds = (since_epoch / unit.in_a_second()) & SECONDS_MASK;
    let fraction = since_epoch % unit.in_a_second();
    let date = Date::new(seconds, 0, "GMT")?;
    let (weekday, month) = (&DAYS.get(date.weekday)?[..3], &MONTHS.get(date.month)?[..3]);
    let Date { day, year, hour, minute, second, .. } = date;
    let text = |fraction: fmt::Arguments<'_>| {
        input.scratch.format(format_args!(
            "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02}{fraction} GMT"
        ))
    };
    Some(Value::Str(match unit {
        Unit::Seconds => text(format_args!("")),
        // Digits that are not padded mislead, but HAProxy writes them so.
        Unit::Milliseconds | Unit::Microseconds => text(format_args!(".{fraction}")),
    }))
}

fn show<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args, unit: Unit, place: Place) -> Option<Value<'a>> {
    let Value::Int(since_epoch) = value else { return None };
    let format = std::str::from_utf8(args.text(0).unwrap_or_default()).ok()?;
    let (seconds, format) = match unit {
        Unit::Seconds => (since_epoch & SECONDS_MASK, format),
        Unit::Milliseconds | Unit::Microseconds => {
            let nanoseconds = since_epoch % unit.in_a_second() * (1_000_000_000 / unit.in_a_second());
            let expanded = input.scratch.format(format_args!("{}", WithFraction { format, nanoseconds }));
            (since_epoch / unit.in_a_second(), std::str::from_utf8(expanded).ok()?)
        }
    };
    let epoch_s = seconds.checked_add(args.integer(1).unwrap_or(0))?;
    let text = |date: Date<'_>| input.scratch.format(format_args!("{}", Formatted { date, format }));
    match place {
        Place::Utc => Date::new(epoch_s, 0, "GMT").map(text),
        Place::Local => in_zone(epoch_s, local_zone(), text),
    }
    .map(Value::Str)
}

/// The zone of the process, looked up once.
fn local_zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(TimeZone::system)
}

/// Shows a date of a zone. Beyond the years that the zone's rules know, the nearest that they know holds.
fn in_zone<R>(epoch_s: i64, zone: &TimeZone, show: impl FnOnce(Date<'_>) -> R) -> Option<R> {
    let limit = if epoch_s < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let info = zone.to_offset_info(Timestamp::from_second(epoch_s).unwrap_or(limit));
    Date::new(epoch_s, info.offset().seconds(), info.abbreviation()).map(show)
}

/// A format in which `%N`, with a width of up to nine digits, is replaced by the fraction of the second.
struct WithFraction<'a> {
    format: &'a str,
    /// Below zero for an instant before the epoch; HAProxy shows that as an unsigned number of 64 bits.
    nanoseconds: i64,
}

impl Display for WithFraction<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        const DIGITS: usize = 9;
        let mut rest = self.format;
        while let Some(at) = rest.find('%') {
            let width = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let end = at + 1 + width;
            if rest.as_bytes().get(end) != Some(&b'N') {
                out.write_str(&rest[..end])?;
                rest = &rest[end..];
                continue;
            }
            let shown = match &rest[at + 1..end] {
                "" => DIGITS,
                width => width.parse().unwrap_or(DIGITS).min(DIGITS),
            };
            write!(out, "{}{:.shown$}", &rest[..at], format!("{:09}", self.nanoseconds as u64))?;
            rest = &rest[end + 1..];
        }
        out.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::testing::{check, check_fault};

    #[test]
    fn dates_of_headers() {
        for (expression, expected) in [
            ("int(1700000000),http_date", "Tue, 14 Nov 2023 22:13:20 GMT"),
            ("int(1700000000),http_date(60)", "Tue, 14 Nov 2023 22:14:20 GMT"),
            ("int(1700000000),http_date(-60,s)", "Tue, 14 Nov 2023 22:12:20 GMT"),
            ("int(1700000000123),http_date(1000,ms)", "Tue, 14 Nov 2023 22:13:21.123 GMT"),
            ("int(1700000000123456),http_date(0,us)", "Tue, 14 Nov 2023 22:13:20.123456 GMT"),
            ("int(1700000000007),http_date(0,ms)", "Tue, 14 Nov 2023 22:13:20.7 GMT"),
            ("int(0),http_date", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("int(-1),http_date", "Sun, 13 Jun 1141709097 06:26:07 GMT"),
            ("int(-1500),http_date(0,ms)", "Sun, 13 Jun 1141709097 06:26:07.-500 GMT"),
            ("int(253402300800),http_date", "Sat, 01 Jan 10000 00:00:00 GMT"),
            ("int(9223372036854775807),http_date(1)", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("int(-62135596801),http_date", "Thu, 14 Jun 1141707128 06:26:07 GMT"),
        ] {
            check(expression, Some(expected));
        }
        check_fault("int(0),http_date(0,x)", "'x' is not possible here");
        check_fault("int(0),http_date(x)", "'x' is not an integer");
    }

    #[test]
    fn dates_of_utc() {
        for (expression, expected) in [
            ("int(1700000000),utime", Some("")),
            ("int(1700000000),utime(%Y%m%d%H%M%S)", Some("20231114221320")),
            ("int(1700000000),utime(%Y%m%d%H%M%S,3600)", Some("20231114231320")),
            ("int(-1),utime(%F)", Some("1141709097-06-13")),
            ("int(9223372036854775807),utime(%T,1)", Some("06:26:08")),
            ("int(9223372036854775807),utime(%T,9223372036854775807)", None),
            ("int(1700000000123),ms_utime(%F.%T.%3N.%z)", Some("2023-11-14.22:13:20.123.+0000")),
            ("int(1700000000123),ms_utime(%s.%N,1877)", Some("1700001877.123000000")),
            ("int(1700000000123456),us_utime(%s.%N.%6N.%3N.%4N,-456)", Some("1699999544.123456000.123456.123.1234")),
            ("int(1700000000123),ms_utime(a%0N.%10N.%03N.%-3N)", Some("a.123000000.123.%-3N")),
            ("int(1700000000123),ms_utime(%12Y.%3N.%3)", Some("000000002023.123.%3")),
            ("int(-1),us_utime(%F.%T.%N)", Some("1970-01-01.00:00:00.184467440")),
            ("int(-1500),ms_utime(%F.%T.%3N)", Some("1969-12-31.23:59:59.184")),
            ("int(9223372036854775807),ms_utime(%F.%T)", Some("292278994-08-17.07:12:55")),
        ] {
            check(expression, expected);
        }
        check_fault("int(0),utime(%F,x)", "'x' is not an integer");
    }

    #[test]
    fn dates_of_a_zone() {
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        for (epoch_s, expected) in [
            (1_700_000_000, "2023-11-14 17:13:20 -0500 EST 1700000000"),
            (1_690_000_000, "2023-07-22 00:26:40 -0400 EDT 1690000000"),
            (99_999_999_999_999, "3170843-11-07 04:46:39 -0500 EST 99999999999999"),
        ] {
            let shown = in_zone(epoch_s, &zone, |date| Formatted { date, format: "%F %T %z %Z %s" }.to_string());
            assert_eq!(shown.as_deref(), Some(expected));
        }
        check("int(1700000000),ltime(%s)", Some("1700000000"));
    }
}
