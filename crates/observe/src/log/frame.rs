//! What stands before the text of a line: priority, date, host, tag and process (configuration manual 4.2 `log`, `format`).

use std::time::SystemTime;

use burdock_model::log::UNNAMED_HOST;
use burdock_model::{Facility, Level, LogFormat};
use burdock_sample::format::encode::push_number;
use burdock_sample::format::stamp::Stamps;

/// What is the same in every line of one target.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) format: LogFormat,
    pub(super) facility: Facility,
    /// The host's name, where `log-send-hostname` gives one.
    pub(super) hostname: Option<Box<str>>,
    pub(super) tag: Box<str>,
    pub(super) pid: u32,
}

impl Frame {
    /// Writes what comes before a line's text. `structured_data` is for RFC 5424; empty: there is none.
    pub(super) fn push_head(
        &self,
        out: &mut Vec<u8>,
        level: Level,
        (tag, structured_data): (Option<&str>, &[u8]),
        now: SystemTime,
        stamps: &mut Stamps,
    ) {
        let tag = tag.unwrap_or(&self.tag).as_bytes();
        match self.format {
            LogFormat::Raw => {}
            LogFormat::Priority => self.push_priority(out, level),
            LogFormat::Short => push_level(out, level),
            LogFormat::Timed => {
                push_level(out, level);
                stamps.push_iso(out, now);
                out.push(b' ');
            }
            LogFormat::Iso => {
                stamps.push_iso(out, now);
                out.push(b' ');
            }
            LogFormat::Local | LogFormat::Rfc3164 => {
                self.push_priority(out, level);
                stamps.push_syslog(out, now);
                out.push(b' ');
                if self.format == LogFormat::Rfc3164 {
                    out.extend_from_slice(self.hostname.as_deref().unwrap_or(UNNAMED_HOST).as_bytes());
                    out.push(b' ');
                }
                out.extend_from_slice(tag);
                out.push(b'[');
                push_number(out, self.pid.into());
                out.extend_from_slice(b"]: ");
            }
            LogFormat::Rfc5424 => {
                self.push_priority(out, level);
                out.extend_from_slice(b"1 ");
                stamps.push_iso(out, now);
                out.push(b' ');
                out.extend_from_slice(self.hostname.as_deref().unwrap_or("-").as_bytes());
                out.push(b' ');
                out.extend_from_slice(tag);
                out.push(b' ');
                push_number(out, self.pid.into());
                out.extend_from_slice(b" - ");
                out.extend_from_slice(if structured_data.is_empty() { b"-" } else { structured_data });
                out.push(b' ');
            }
        }
    }

    fn push_priority(&self, out: &mut Vec<u8>, level: Level) {
        out.push(b'<');
        push_number(out, u64::from(self.facility.0) * 8 + level as u64);
        out.push(b'>');
    }
}

fn push_level(out: &mut Vec<u8>, level: Level) {
    out.extend_from_slice(&[b'<', b'0' + level as u8, b'>']);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use jiff::tz::TimeZone;

    use super::*;

    /// What HAProxy 3.5 sends for the eight formats, with `local0` to `local7` in turn.
    #[test]
    fn heads_are_haproxys() {
        let check = |format, facility, hostname: Option<&str>, expected: &str| {
            let frame = Frame {
                format,
                facility: Facility(facility),
                hostname: hostname.map(Into::into),
                tag: "haproxy".into(),
                pid: 5636,
            };
            let now = UNIX_EPOCH + Duration::from_micros(1_795_335_639_758_351);
            let mut out = Vec::new();
            frame.push_head(&mut out, Level::Info, (None, b""), now, &mut Stamps::of_zone(TimeZone::UTC));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(LogFormat::Raw, 16, None, "");
        check(LogFormat::Rfc3164, 17, None, "<142>Nov 22 08:20:39 localhost haproxy[5636]: ");
        check(LogFormat::Rfc3164, 17, Some("myhost"), "<142>Nov 22 08:20:39 myhost haproxy[5636]: ");
        check(LogFormat::Local, 18, Some("myhost"), "<150>Nov 22 08:20:39 haproxy[5636]: ");
        check(LogFormat::Rfc5424, 19, None, "<158>1 2026-11-22T08:20:39.758351+00:00 - haproxy 5636 - - ");
        check(
            LogFormat::Rfc5424,
            19,
            Some("myhost"),
            "<158>1 2026-11-22T08:20:39.758351+00:00 myhost haproxy 5636 - - ",
        );
        check(LogFormat::Priority, 20, None, "<166>");
        check(LogFormat::Short, 21, None, "<6>");
        check(LogFormat::Timed, 22, None, "<6>2026-11-22T08:20:39.758351+00:00 ");
        check(LogFormat::Iso, 23, None, "2026-11-22T08:20:39.758351+00:00 ");
    }
}
