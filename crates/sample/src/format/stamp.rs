//! Dates as log lines show them. Taking a date apart is slow, so each shape keeps the text of the second it was last asked for.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::encode::push_padded;

/// The dates of one thread's log lines.
#[derive(Debug)]
pub struct Stamps {
    zone: TimeZone,
    log: Second,
    clf_utc: Second,
    clf_local: Second,
    syslog: Second,
    iso: Second,
}

/// The text of a second in one shape.
#[derive(Debug, Default)]
struct Second {
    /// Seconds since 1970; none: no text yet.
    at: Option<i64>,
    text: Vec<u8>,
    /// Where the fraction of a second goes.
    split: usize,
}

impl Stamps {
    /// Dates of the system's time zone.
    pub fn local() -> Stamps {
        Stamps::of_zone(TimeZone::system())
    }

    /// Dates of a time zone.
    pub fn of_zone(zone: TimeZone) -> Stamps {
        Stamps {
            zone,
            log: Second::default(),
            clf_utc: Second::default(),
            clf_local: Second::default(),
            syslog: Second::default(),
            iso: Second::default(),
        }
    }

    /// `06/Feb/2009:12:14:14.655`, local time.
    pub fn push_log(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        let (second, nanos) = since_epoch(time);
        out.extend_from_slice(self.log.of(second, &self.zone, |text, date, _| push_day_and_time(text, date)).0);
        out.push(b'.');
        push_padded(out, nanos / 1_000_000, 3);
    }

    /// `06/Feb/2009:12:14:14 +0000`, universal time.
    pub fn push_clf_utc(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        out.extend_from_slice(self.clf_utc.of(since_epoch(time).0, &TimeZone::UTC, push_clf).0);
    }

    /// `06/Feb/2009:13:14:14 +0100`, local time.
    pub fn push_clf_local(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        out.extend_from_slice(self.clf_local.of(since_epoch(time).0, &self.zone, push_clf).0);
    }

    /// `Feb  6 12:14:14`, local time (RFC 3164 section 4.1.2).
    pub fn push_syslog(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        let render = |text: &mut Vec<u8>, date: DateTime, _: Offset| {
            text.extend_from_slice(month(date));
            text.extend_from_slice(if date.day() < 10 { b"  " } else { b" " });
            push_padded(text, unsigned(date.day()), 1);
            text.push(b' ');
            push_time(text, date);
        };
        out.extend_from_slice(self.syslog.of(since_epoch(time).0, &self.zone, render).0);
    }

    /// `2009-02-06T12:14:14.655123+01:00`, local time (RFC 5424 section 6.2.3).
    pub fn push_iso(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        let (second, nanos) = since_epoch(time);
        let render = |text: &mut Vec<u8>, date: DateTime, offset: Offset| {
            push_padded(text, date.year().unsigned_abs().into(), 4);
            text.push(b'-');
            push_padded(text, unsigned(date.month()), 2);
            text.push(b'-');
            push_padded(text, unsigned(date.day()), 2);
            text.push(b'T');
            push_time(text, date);
            push_offset(text, offset, b":");
        };
        let (text, split) = self.iso.of(second, &self.zone, render);
        out.extend_from_slice(&text[..split]);
        out.push(b'.');
        push_padded(out, nanos / 1000, 6);
        out.extend_from_slice(&text[split..]);
    }
}

impl Second {
    /// The text of a second and where its fraction goes, rendered anew only where the second is another one.
    fn of(
        &mut self,
        second: i64,
        zone: &TimeZone,
        render: impl FnOnce(&mut Vec<u8>, DateTime, Offset),
    ) -> (&[u8], usize) {
        if self.at != Some(second) {
            self.at = Some(second);
            self.text.clear();
            let timestamp = jiff::Timestamp::from_second(second).unwrap_or_default();
            let offset = zone.to_offset(timestamp);
            render(&mut self.text, offset.to_datetime(timestamp), offset);
            // Only the ISO shape has anything behind the seconds: an offset with a colon.
            self.split = self.text.len().saturating_sub(ISO_OFFSET);
        }
        (&self.text, self.split)
    }
}

/// Length of `+01:00`.
const ISO_OFFSET: usize = 6;

/// Whole seconds since 1970 and the nanoseconds beyond them.
pub(super) fn since_epoch(time: SystemTime) -> (i64, u32) {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(_) => (0, 0),
    }
}

fn push_clf(text: &mut Vec<u8>, date: DateTime, offset: Offset) {
    push_day_and_time(text, date);
    text.push(b' ');
    push_offset(text, offset, b"");
}

fn push_day_and_time(text: &mut Vec<u8>, date: DateTime) {
    push_padded(text, unsigned(date.day()), 2);
    text.push(b'/');
    text.extend_from_slice(month(date));
    text.push(b'/');
    push_padded(text, date.year().unsigned_abs().into(), 4);
    text.push(b':');
    push_time(text, date);
}

fn push_time(text: &mut Vec<u8>, date: DateTime) {
    push_padded(text, unsigned(date.hour()), 2);
    text.push(b':');
    push_padded(text, unsigned(date.minute()), 2);
    text.push(b':');
    push_padded(text, unsigned(date.second()), 2);
}

fn push_offset(text: &mut Vec<u8>, offset: Offset, separator: &[u8]) {
    let minutes = offset.seconds() / 60;
    text.push(if minutes < 0 { b'-' } else { b'+' });
    push_padded(text, minutes.unsigned_abs() / 60, 2);
    text.extend_from_slice(separator);
    push_padded(text, minutes.unsigned_abs() % 60, 2);
}

/// Components of a civil date are never negative.
fn unsigned(component: i8) -> u32 {
    component.unsigned_abs().into()
}

fn month(date: DateTime) -> &'static [u8; 3] {
    const NAMES: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    NAMES[usize::from(date.month().unsigned_abs()).saturating_sub(1) % 12]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    type Push = fn(&mut Stamps, &mut Vec<u8>, SystemTime);

    #[test]
    fn shapes() {
        let paris = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let mut stamps = Stamps::of_zone(paris);
        let mut check = |push: Push, millis: u64, expected: &str| {
            let mut out = Vec::new();
            push(&mut stamps, &mut out, UNIX_EPOCH + Duration::from_millis(millis));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        let february = 1_233_918_854_655;
        check(Stamps::push_log, february, "06/Feb/2009:12:14:14.655");
        check(Stamps::push_log, february + 350, "06/Feb/2009:12:14:15.005");
        check(Stamps::push_log, february, "06/Feb/2009:12:14:14.655");
        check(Stamps::push_clf_utc, february, "06/Feb/2009:11:14:14 +0000");
        check(Stamps::push_clf_local, february, "06/Feb/2009:12:14:14 +0100");
        check(Stamps::push_syslog, february, "Feb  6 12:14:14");
        check(Stamps::push_iso, february, "2009-02-06T12:14:14.655000+01:00");
        let august = 1_786_000_000_001;
        check(Stamps::push_syslog, august, "Aug  6 09:06:40");
        check(Stamps::push_iso, august, "2026-08-06T09:06:40.001000+02:00");
        check(Stamps::push_clf_local, august, "06/Aug/2026:09:06:40 +0200");
    }

    #[test]
    fn west_of_greenwich() {
        let mut stamps =
            Stamps::of_zone(TimeZone::fixed(jiff::tz::offset(-3).saturating_sub(jiff::SignedDuration::from_mins(30))));
        let mut out = Vec::new();
        stamps.push_clf_local(&mut out, UNIX_EPOCH + Duration::from_secs(86_400));
        assert_eq!(out, b"01/Jan/1970:20:30:00 -0330");
    }
}
