//! Dates as strftime(3) writes them in the C locale, with the flags, widths and modifiers of GNU; what is no conversion stays as it is.
//! Knows years far beyond four digits, as a logged number may be anything.

use std::fmt::{self, Display, Formatter, Write};

/// The names of the days, Sunday first.
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const SECONDS_A_DAY: i64 = 86_400;

/// An instant on the calendar of a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date<'a> {
    /// Seconds since the epoch.
    pub epoch_s: i64,
    /// How far the place is ahead of UTC.
    pub offset_s: i32,
    /// The short name of the zone.
    pub zone: &'a str,
    /// Of the Gregorian calendar; the year 0 is the one before 1.
    pub year: i64,
    /// 0 for January.
    pub month: usize,
    /// 1 for the first.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// 0 for Sunday.
    pub weekday: usize,
    /// 0 for the first of January.
    pub day_of_year: i64,
}

impl<'a> Date<'a> {
    /// The date at `epoch_s` where clocks are `offset_s` ahead of UTC; nothing where the sum is no number.
    pub fn new(epoch_s: i64, offset_s: i32, zone: &'a str) -> Option<Self> {
        let local_s = epoch_s.checked_add(i64::from(offset_s))?;
        let (days, of_day) = (local_s.div_euclid(SECONDS_A_DAY), local_s.rem_euclid(SECONDS_A_DAY));
        // Years that begin with March put the leap day at their end, and cycles of 400 years are all alike.
        let since_march_0000 = days + 719_468;
        let (cycle, of_cycle) = (since_march_0000.div_euclid(146_097), since_march_0000.rem_euclid(146_097));
        let year_of_cycle = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
        let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12;
        let year = cycle * 400 + year_of_cycle + i64::from(month < 2);
        let day_of_year = if month < 2 { of_year - 306 } else { of_year + 59 + i64::from(is_leap(year)) };
        Some(Self {
            epoch_s,
            offset_s,
            zone,
            year,
            month: usize::try_from(month).ok()?,
            day,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            weekday: usize::try_from((days + 4).rem_euclid(7)).ok()?,
            day_of_year,
        })
    }

    fn day_name(&self) -> &'static str {
        DAYS.get(self.weekday).copied().unwrap_or_default()
    }

    fn month_name(&self) -> &'static str {
        MONTHS.get(self.month).copied().unwrap_or_default()
    }

    fn hour_of_12(&self) -> i64 {
        (self.hour + 11) % 12 + 1
    }

    /// The week of the year where weeks begin with that day; days before the first such day are in week 0.
    fn week_from(&self, first_weekday: i64) -> i64 {
        let since = (self.weekday as i64 - first_weekday).rem_euclid(7);
        (self.day_of_year - since + 7) / 7
    }

    /// The year and the week of ISO 8601: weeks begin with Monday and belong to the year that has their Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let thursday = self.day_of_year - (self.weekday as i64 + 6) % 7 + 3;
        let length = days_of(self.year);
        if thursday < 0 {
            (self.year - 1, (thursday + days_of(self.year - 1)) / 7 + 1)
        } else if thursday >= length {
            (self.year + 1, (thursday - length) / 7 + 1)
        } else {
            (self.year, thursday / 7 + 1)
        }
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

/// A date with the format in which it is to be shown.
pub(super) struct Formatted<'a> {
    /// The date.
    pub date: Date<'a>,
    /// A format of strftime(3).
    pub format: &'a str,
}

impl Display for Formatted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.format;
        while let Some(at) = rest.find('%') {
            out.write_str(&rest[..at])?;
            rest = &rest[at..];
            let (conversion, after) = Conversion::parse(&rest[1..]);
            if !conversion.write(&self.date, out)? {
                out.write_str(&rest[..rest.len() - after.len()])?;
            }
            rest = after;
        }
        out.write_str(rest)
    }
}

/// What follows a percent sign.
#[derive(Debug, Default)]
struct Conversion {
    /// `_`, `-` or `0`: what numbers are filled with.
    fill: Option<char>,
    /// `^`
    upper: bool,
    /// `#`
    swapped: bool,
    width: usize,
    /// `E` or `O`
    modifier: Option<char>,
    /// Nothing at the end of the format.
    letter: Option<char>,
}

/// More than this makes no sense in a line of text, and a format is no means to fill memory.
const WIDTH_LIMIT: usize = 255;

impl Conversion {
    fn parse(text: &str) -> (Self, &str) {
        let mut conversion = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(flag) = chars.next_if(|char| matches!(char, '_' | '-' | '0' | '^' | '#')) {
            match flag {
                '^' => conversion.upper = true,
                '#' => conversion.swapped = true,
                fill => conversion.fill = Some(fill),
            }
        }
        while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
            conversion.width = (conversion.width * 10 + digit as usize).min(WIDTH_LIMIT);
            chars.next();
        }
        conversion.modifier = chars.next_if(|char| matches!(char, 'E' | 'O'));
        conversion.letter = chars.next();
        let rest: usize = chars.map(char::len_utf8).sum();
        (conversion, &text[text.len() - rest..])
    }

    /// Whether there is such a conversion; nothing is written otherwise.
    fn write(&self, date: &Date<'_>, out: &mut Formatter<'_>) -> Result<bool, fmt::Error> {
        let Some(letter) = self.letter.filter(|letter| self.modifier_fits(*letter)) else { return Ok(false) };
        let (year, weekday) = (date.year, date.weekday as i64);
        let half = if date.hour < 12 { "AM" } else { "PM" };
        match letter {
            'a' => self.name(out, &date.day_name()[..date.day_name().len().min(3)])?,
            'A' => self.name(out, date.day_name())?,
            'b' | 'h' => self.name(out, &date.month_name()[..date.month_name().len().min(3)])?,
            'B' => self.name(out, date.month_name())?,
            'c' => self.composed(out, date, "%a %b %e %H:%M:%S %Y")?,
            'C' => self.number(out, year.div_euclid(100), 1, '0')?,
            'd' => self.number(out, date.day, 2, '0')?,
            'D' | 'x' => self.composed(out, date, "%m/%d/%y")?,
            'e' => self.number(out, date.day, 2, ' ')?,
            'F' => self.composed(out, date, "%Y-%m-%d")?,
            'g' => self.number(out, date.iso_week().0.rem_euclid(100), 2, '0')?,
            'G' => self.number(out, date.iso_week().0, 1, '0')?,
            'H' => self.number(out, date.hour, 2, '0')?,
            'I' => self.number(out, date.hour_of_12(), 2, '0')?,
            'j' => self.number(out, date.day_of_year + 1, 3, '0')?,
            'k' => self.number(out, date.hour, 2, ' ')?,
            'l' => self.number(out, date.hour_of_12(), 2, ' ')?,
            'm' => self.number(out, date.month as i64 + 1, 2, '0')?,
            'M' => self.number(out, date.minute, 2, '0')?,
            'n' => self.text(out, "\n")?,
            'p' if self.swapped => self.text(out, &half.to_ascii_lowercase())?,
            'p' => self.text(out, half)?,
            'P' => self.text(out, &half.to_ascii_lowercase())?,
            'r' => self.composed(out, date, "%I:%M:%S %p")?,
            'R' => self.composed(out, date, "%H:%M")?,
            's' => self.text(out, &date.epoch_s.to_string())?,
            'S' => self.number(out, date.second, 2, '0')?,
            't' => self.text(out, "\t")?,
            'T' | 'X' => self.composed(out, date, "%H:%M:%S")?,
            'u' => self.number(out, (weekday + 6) % 7 + 1, 1, '0')?,
            'U' => self.number(out, date.week_from(0), 2, '0')?,
            'V' => self.number(out, date.iso_week().1, 2, '0')?,
            'w' => self.number(out, weekday, 1, '0')?,
            'W' => self.number(out, date.week_from(1), 2, '0')?,
            'y' => self.number(out, year.rem_euclid(100), 2, '0')?,
            'Y' => self.number(out, year, 1, '0')?,
            'z' => {
                let minutes = i64::from(date.offset_s.abs() / 60);
                out.write_char(if date.offset_s < 0 { '-' } else { '+' })?;
                self.number(out, minutes / 60 * 100 + minutes % 60, 4, '0')?;
            }
            'Z' if self.swapped => self.text(out, &date.zone.to_ascii_lowercase())?,
            'Z' => self.name(out, date.zone)?,
            '%' => self.text(out, "%")?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Which conversions may have a modifier; in the C locale it changes nothing.
    fn modifier_fits(&self, letter: char) -> bool {
        match self.modifier {
            None => true,
            Some('E') => "cCxXyY".contains(letter),
            Some(_) => "deHImMSuUVwWy".contains(letter),
        }
    }

    fn number(&self, out: &mut Formatter<'_>, number: i64, digits: usize, fill: char) -> fmt::Result {
        let width = self.width.max(digits);
        match self.fill.unwrap_or(if fill == ' ' { '_' } else { '0' }) {
            '-' => write!(out, "{number}"),
            '_' => write!(out, "{number:width$}"),
            _ => write!(out, "{number:0width$}"),
        }
    }

    /// A name, which a flag can turn to upper case.
    fn name(&self, out: &mut Formatter<'_>, name: &str) -> fmt::Result {
        if self.upper || self.swapped { self.text(out, &name.to_ascii_uppercase()) } else { self.text(out, name) }
    }

    fn text(&self, out: &mut Formatter<'_>, text: &str) -> fmt::Result {
        let fill = if self.fill == Some('0') { '0' } else { ' ' };
        for _ in text.chars().count()..self.width {
            out.write_char(fill)?;
        }
        out.write_str(text)
    }

    /// What stands for several conversions.
    fn composed(&self, out: &mut Formatter<'_>, date: &Date<'_>, format: &str) -> fmt::Result {
        let formatted = Formatted { date: *date, format };
        if self.width == 0 && !self.upper {
            return formatted.fmt(out);
        }
        let text = formatted.to_string();
        self.text(out, &if self.upper { text.to_ascii_uppercase() } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(epoch_s: i64, format: &str, expected: &str) {
        let date = Date::new(epoch_s, 0, "GMT").unwrap();
        assert_eq!(Formatted { date, format }.to_string(), expected, "{epoch_s} {format}");
    }

    #[test]
    fn every_conversion() {
        for (format, expected) in [
            ("%a|%A|%b|%B|%c|%C|%d|%D|%e", "Tue|Tuesday|Nov|November|Tue Nov 14 22:13:20 2023|20|14|11/14/23|14"),
            ("%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M", "2023-11-14|23|2023|Nov|22|10|318|22|10|11|13"),
            ("%n%p|%P|%r|%R|%s|%S|%t|%T|%u|%U", "\nPM|pm|10:13:20 PM|22:13|1700000000|20|\t|22:13:20|2|46"),
            ("%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%", "46|2|46|11/14/23|22:13:20|23|2023|+0000|GMT|%"),
            ("%+|%v|%f|%i|%J|%K|%L|%N|%o|%O|%q|%Q|%E|%", "%+|%v|%f|%i|%J|%K|%L|%N|%o|%O|%q|%Q|%E|%"),
            ("", ""),
            ("abc", "abc"),
            ("\u{e9}%\u{e9}%d", "\u{e9}%\u{e9}14"),
        ] {
            check(1_700_000_000, format, expected);
        }
    }

    #[test]
    fn flags_widths_and_modifiers() {
        for (format, expected) in [
            ("%-d|%_d|%-H|%-I|%_I|%-M|%-S|%_S|%-m|%_m|%-j|%_j", "2| 2|3|3| 3|4|5| 5|1| 1|2|  2"),
            ("%e|%k|%l|%-l|%0l|%_U|%-U|%-y|%_3d|%03d", " 2| 3| 3|3|03| 0|0|24|  2|002"),
            ("%OS|%Ec|%EC|%Ex|%EX|%OH|%Oe", "05|Tue Jan  2 03:04:05 2024|20|01/02/24|03:04:05|03| 2"),
            ("%EH|%OY|%Ed|%+3d|%3|%3N|%:z", "%EH|%OY|%Ed|%+3d|%3|%3N|%:z"),
            ("%10d|%_10d|%10a|%-10a|%010a", "0000000002|         2|       Tue|       Tue|0000000Tue"),
            ("%^10B|%10F|%10T|%3H|%010D", "   JANUARY|2024-01-02|  03:04:05|003|0001/02/24"),
            ("%3C|%_3C|%5y|%10e|%4U|%2u|%2w", "020| 20|00024|         2|0000|02|02"),
            ("%_G|%6G|%#c|%^c", "2024|002024|Tue Jan  2 03:04:05 2024|TUE JAN  2 03:04:05 2024"),
            ("%#p|%^p|%^P|%#B|%#a|%#Z|%^Z|%#^Z|%^#p|%10p", "am|AM|am|JANUARY|TUE|gmt|GMT|gmt|am|        AM"),
            ("%10n|%10%|%12s|%-z|%10R|%20r", "         \n|         %|  1704164645|+0|     03:04|         03:04:05 AM"),
        ] {
            check(1_704_164_645, format, expected);
        }
    }

    #[test]
    fn years_near_and_far() {
        for (epoch_s, format, expected) in [
            (0, "%U %W %V %G %g %u %w %j %p %P %l %k", "00 00 01 1970 70 4 4 001 AM am 12  0"),
            (1_704_067_199, "%U %W %V %G %g %u %w %j", "53 52 52 2023 23 7 0 365"),
            (1_609_459_200, "%U %W %V %G %g %u %w %j", "00 00 53 2020 20 5 5 001"),
            (1_709_164_800, "%F %j", "2024-02-29 060"),
            (951_782_400, "%F %j", "2000-02-29 060"),
            (253_402_300_800, "%F %T %G %C %y", "10000-01-01 00:00:00 9999 100 00"),
            (36_028_797_018_963_967, "%F %T", "1141709097-06-13 06:26:07"),
            (-1, "%F %T", "1969-12-31 23:59:59"),
            (-60_000_000_000, "%Y|%F|%C|%y|%G|%4Y|%_Y|%_5Y|%D", "68|68-09-03|0|68|68|0068|68|   68|09/03/68"),
            (-70_000_000_000, "%Y|%F|%C|%y|%G|%6Y|%_6Y", "-249|-249-10-15|-3|51|-249|-00249|  -249"),
            (-99_999_999_999, "%F %a %j %V", "-1199-02-15 Thu 046 07"),
        ] {
            check(epoch_s, format, expected);
        }
        assert!(Date::new(i64::MAX, 1, "X").is_none());
        assert!(Date::new(i64::MAX, 0, "X").is_some() && Date::new(i64::MIN, 0, "X").is_some());
    }
}
