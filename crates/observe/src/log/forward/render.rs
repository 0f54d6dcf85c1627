//! A received message in the format of a target: what the message says is kept, what the format needs beyond that is filled in.

use std::io::Write as _;
use std::time::SystemTime;

use burdock_model::log::UNNAMED_HOST;
use burdock_model::{Facility, Level, LogFormat};

use super::message::{Host, MONTHS, Message, Stamp, month_number};
use burdock_sample::format::stamp::Stamps;

/// A message and what its line depends on beside it.
pub(super) struct Rendering<'a> {
    pub message: &'a Message<'a>,
    pub host: Host<'a>,
    /// For messages that name none.
    pub facility: Facility,
    pub min_level: Level,
    pub now: SystemTime,
}

impl Rendering<'_> {
    /// Writes the line without its end. Without a format it gets the one that shows what the message says (measured).
    pub(super) fn push(&self, format: Option<LogFormat>, out: &mut Vec<u8>, stamps: &mut Stamps) {
        match format.unwrap_or_else(|| self.own_format()) {
            LogFormat::Raw => {}
            LogFormat::Priority => self.push_priority(out),
            LogFormat::Short => self.push_level(out),
            LogFormat::Timed => {
                self.push_level(out);
                self.push_iso(out, stamps);
                out.push(b' ');
            }
            LogFormat::Iso => {
                self.push_iso(out, stamps);
                out.push(b' ');
            }
            LogFormat::Rfc3164 => {
                self.push_priority(out);
                self.push_short(out, stamps);
                out.push(b' ');
                self.push_host(out, UNNAMED_HOST);
                out.push(b' ');
                self.push_tag(out);
            }
            LogFormat::Local => {
                self.push_priority(out);
                self.push_short(out, stamps);
                out.push(b' ');
                self.push_tag(out);
            }
            LogFormat::Rfc5424 => self.push_rfc5424(out, stamps),
        }
        out.extend_from_slice(self.message.text);
    }

    fn own_format(&self) -> LogFormat {
        let message = self.message;
        match self.host {
            _ if message.is_opaque => LogFormat::Raw,
            Host::Unknown if message.stamp.is_some() || message.tag.is_some() || message.process.is_some() => {
                LogFormat::Local
            }
            Host::Unknown if message.priority.is_some() => LogFormat::Priority,
            Host::Unknown => LogFormat::Raw,
            _ if message.is_rfc5424 => LogFormat::Rfc5424,
            _ => LogFormat::Rfc3164,
        }
    }

    fn push_rfc5424(&self, out: &mut Vec<u8>, stamps: &mut Stamps) {
        self.push_priority(out);
        out.extend_from_slice(b"1 ");
        if self.message.is_rfc5424 && self.message.stamp.is_none() {
            out.push(b'-');
        } else {
            self.push_iso(out, stamps);
        }
        out.push(b' ');
        self.push_host(out, "-");
        for field in [self.message.tag, self.message.process, self.message.message_id, self.message.data] {
            out.push(b' ');
            out.extend_from_slice(field.unwrap_or(b"-"));
        }
        out.push(b' ');
    }

    /// Facility and level: the message's, but no less than the least level of the target.
    fn push_priority(&self, out: &mut Vec<u8>) {
        let facility = self.message.priority.map_or(u16::from(self.facility.0), |priority| priority / 8);
        let level = self.message.level().max(self.min_level) as u16;
        push_text(out, format_args!("<{}>", facility * 8 + level));
    }

    fn push_level(&self, out: &mut Vec<u8>) {
        push_text(out, format_args!("<{}>", self.message.level().max(self.min_level) as u8));
    }

    fn push_host(&self, out: &mut Vec<u8>, unknown: &str) {
        match self.host {
            Host::Unknown => out.extend_from_slice(unknown.as_bytes()),
            Host::Named(host) => out.extend_from_slice(host),
            Host::Sender(sender) => push_text(out, format_args!("{sender}")),
            Host::Both(host, sender) => {
                out.extend_from_slice(host);
                push_text(out, format_args!(",{sender}"));
            }
        }
    }

    /// `tag[pid]: `, as far as the message says.
    fn push_tag(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.message.tag.unwrap_or_default());
        if let Some(process) = self.message.process {
            out.push(b'[');
            out.extend_from_slice(process);
            out.push(b']');
        }
        if self.message.tag.is_some() || self.message.process.is_some() {
            out.extend_from_slice(b": ");
        }
    }

    /// `Oct 11 22:14:15`. A date of the other kind is rewritten as it stands, whatever its zone (measured).
    fn push_short(&self, out: &mut Vec<u8>, stamps: &mut Stamps) {
        match self.message.stamp {
            None => stamps.push_syslog(out, self.now),
            Some(Stamp::Short(stamp)) => out.extend_from_slice(stamp),
            Some(Stamp::Iso(stamp)) => {
                let part = |range: std::ops::Range<usize>| stamp.get(range).unwrap_or_default();
                let number = |digits: &[u8]| digits.iter().fold(0_usize, |sum, d| sum * 10 + usize::from(d - b'0'));
                let month = MONTHS.get(number(part(5..7)).saturating_sub(1)).copied().unwrap_or(MONTHS[0]);
                out.extend_from_slice(month);
                push_text(out, format_args!(" {:2} ", number(part(8..10))));
                out.extend_from_slice(part(11..19));
            }
        }
    }

    /// `2003-10-11T22:14:15.003Z`. A date of the other kind knows neither year nor zone: it is of the last twelve months, and RFC 5424's
    /// way to say that the zone is unknown stands behind it (section 6.2.3; RFC 3339 section 4.3).
    fn push_iso(&self, out: &mut Vec<u8>, stamps: &mut Stamps) {
        match self.message.stamp {
            None => stamps.push_iso(out, self.now),
            Some(Stamp::Iso(stamp)) => out.extend_from_slice(stamp),
            Some(Stamp::Short(stamp)) => {
                let (year, month_now) = year_and_month(self.now, stamps);
                let month = month_number(stamp).unwrap_or(1);
                let year = if u32::from(month) > month_now { year.saturating_sub(1) } else { year };
                let part = |range: std::ops::Range<usize>| stamp.get(range).unwrap_or_default();
                push_text(out, format_args!("{year:04}-{month:02}-"));
                let day = part(4..6);
                out.extend(day.iter().map(|&byte| if byte == b' ' { b'0' } else { byte }));
                out.push(b'T');
                out.extend_from_slice(part(7..15));
                out.extend_from_slice(b"-00:00");
            }
        }
    }
}

/// Local time.
fn year_and_month(now: SystemTime, stamps: &mut Stamps) -> (u32, u32) {
    let mut text = Vec::new();
    stamps.push_iso(&mut text, now);
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range).unwrap_or_default();
        digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit.saturating_sub(b'0')))
    };
    (number(0..4), number(5..7))
}

fn push_text(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(text);
}
