//! Messages and the lines they became in HAProxy 3.5.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use burdock_model::{Facility, HostStrategy, Level, LogFormat};
use jiff::tz::TimeZone;

use super::*;

/// 2026-11-22, 11:05:06.211604 UTC.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(1_795_345_506_211_604)
}

fn render(message: &Message<'_>, strategy: HostStrategy, format: Option<LogFormat>, min_level: Level) -> String {
    let sender = Some("127.0.0.1".parse().unwrap());
    let host = message.host_for(strategy, sender.filter(|_| !message.is_opaque));
    let rendering = Rendering { message, host, facility: Facility(19), min_level, now: now() };
    let mut line = Vec::new();
    rendering.push(format, &mut line, &mut Stamps::of_zone(TimeZone::UTC));
    String::from_utf8(line).unwrap()
}

/// In the order of the columns below.
const FORMATS: [Option<LogFormat>; 9] = [
    None,
    Some(LogFormat::Rfc3164),
    Some(LogFormat::Rfc5424),
    Some(LogFormat::Local),
    Some(LogFormat::Priority),
    Some(LogFormat::Short),
    Some(LogFormat::Timed),
    Some(LogFormat::Iso),
    Some(LogFormat::Raw),
];

#[test]
fn every_format_of_every_kind_of_message() {
    let check = |received: &str, expected: [&str; 9]| {
        let message = Message::parse(received.as_bytes());
        for (format, expected) in FORMATS.into_iter().zip(expected) {
            let line = render(&message, HostStrategy::Fill, format, Level::Emergency);
            assert_eq!(line, expected, "{received:?} as {format:?}");
        }
    };
    check(
        "<34>Oct 11 22:14:15 mymachine su[123]: 'su root' failed\n",
        [
            "<34>Oct 11 22:14:15 mymachine su[123]: 'su root' failed",
            "<34>Oct 11 22:14:15 mymachine su[123]: 'su root' failed",
            "<34>1 2026-10-11T22:14:15-00:00 mymachine su 123 - - 'su root' failed",
            "<34>Oct 11 22:14:15 su[123]: 'su root' failed",
            "<34>'su root' failed",
            "<2>'su root' failed",
            "<2>2026-10-11T22:14:15-00:00 'su root' failed",
            "2026-10-11T22:14:15-00:00 'su root' failed",
            "'su root' failed",
        ],
    );
    check(
        "<165>1 2003-10-01T22:14:15.003+02:00 host evntslog 77 ID47 [a b=\"c\"] text\n",
        [
            "<165>1 2003-10-01T22:14:15.003+02:00 host evntslog 77 ID47 [a b=\"c\"] text",
            "<165>Oct  1 22:14:15 host evntslog[77]: text",
            "<165>1 2003-10-01T22:14:15.003+02:00 host evntslog 77 ID47 [a b=\"c\"] text",
            "<165>Oct  1 22:14:15 evntslog[77]: text",
            "<165>text",
            "<5>text",
            "<5>2003-10-01T22:14:15.003+02:00 text",
            "2003-10-01T22:14:15.003+02:00 text",
            "text",
        ],
    );
    check(
        "<165>1 - - - - - - msg x\n",
        [
            "<165>1 - 127.0.0.1 - - - - msg x",
            "<165>Nov 22 11:05:06 127.0.0.1 msg x",
            "<165>1 - 127.0.0.1 - - - - msg x",
            "<165>Nov 22 11:05:06 msg x",
            "<165>msg x",
            "<5>msg x",
            "<5>2026-11-22T11:05:06.211604+00:00 msg x",
            "2026-11-22T11:05:06.211604+00:00 msg x",
            "msg x",
        ],
    );
    check(
        "plain text\n",
        [
            "<152>Nov 22 11:05:06 127.0.0.1 plain text",
            "<152>Nov 22 11:05:06 127.0.0.1 plain text",
            "<152>1 2026-11-22T11:05:06.211604+00:00 127.0.0.1 - - - - plain text",
            "<152>Nov 22 11:05:06 plain text",
            "<152>plain text",
            "<0>plain text",
            "<0>2026-11-22T11:05:06.211604+00:00 plain text",
            "2026-11-22T11:05:06.211604+00:00 plain text",
            "plain text",
        ],
    );
}

#[test]
fn what_is_understood_of_a_message() {
    let check = |received: &str, expected: &str| {
        let message = Message::parse(received.as_bytes());
        let line = render(&message, HostStrategy::Fill, Some(LogFormat::Rfc5424), Level::Emergency);
        assert_eq!(line, expected, "{received:?}");
    };
    const NOW: &str = "2026-11-22T11:05:06.211604+00:00 127.0.0.1 - - - -";
    check("<34>Oct 11 22:14:15 mymachine su: failed\n", "<34>1 2026-10-11T22:14:15-00:00 mymachine su - - - failed");
    check("<34>Oct 11 22:14:15 su[1]: hi there\n", "<34>1 2026-10-11T22:14:15-00:00 su[1]: - - - - hi there");
    check("<34>Oct 11 22:14:15 nothing\n", &format!("<34>1 {NOW} Oct 11 22:14:15 nothing"));
    check("<34>Oct 11 22:14:15  m m\n", &format!("<34>1 {NOW} Oct 11 22:14:15  m m"));
    check("<34>Oct 11 22:14:15 h m m: z\n", "<34>1 2026-10-11T22:14:15-00:00 h - - - - m m: z");
    check("<34>Oct  1 22:14:15 h x[1] m\n", "<34>1 2026-10-01T22:14:15-00:00 h - - - - x[1] m");
    check("<34>Oct 11 22:14:15 h x:msg\n", "<34>1 2026-10-11T22:14:15-00:00 h - - - - x:msg");
    check("<34>Oct 11 22:14:15 h x:\n", "<34>1 2026-10-11T22:14:15-00:00 h - - - - x:");
    check("<34>Oct 11 22:14:15 h x[1]: \n", "<34>1 2026-10-11T22:14:15-00:00 h x 1 - - ");
    check("<34>Oct 11 22:14:15 h x[]: m\n", "<34>1 2026-10-11T22:14:15-00:00 h x - - - m");
    check("<34>Oct 11 22:14:15 h x[a b]: m\n", "<34>1 2026-10-11T22:14:15-00:00 h - - - - x[a b]: m");
    check("<34>Oct 11 22:14:15 h : m\n", "<34>1 2026-10-11T22:14:15-00:00 h - - - - m");
    check("<34>Dec 25 22:14:15 h x: m\n", "<34>1 2025-12-25T22:14:15-00:00 h x - - - m");
    check("<34>oct 11 22:14:15 h x: m\n", &format!("<34>1 {NOW} oct 11 22:14:15 h x: m"));
    check("<34>Oct 1 22:14:15 h x: m\n", &format!("<34>1 {NOW} Oct 1 22:14:15 h x: m"));
    check("<034>Oct 11 22:14:15 h x: m\n", "<34>1 2026-10-11T22:14:15-00:00 h x - - - m");
    check("<999>Oct 11 22:14:15 h x: m\n", "<999>1 2026-10-11T22:14:15-00:00 h x - - - m");
    check("<>Oct 11 22:14:15 h x: m\n", "<0>1 2026-10-11T22:14:15-00:00 h x - - - m");
    check("<34 Oct 11 22:14:15 h x: m\n", &format!("<152>1 {NOW} <34 Oct 11 22:14:15 h x: m"));
    check("<a>text\n", &format!("<152>1 {NOW} <a>text"));
    check("<34>\n", &format!("<34>1 {NOW} "));
    check("\n", &format!("<152>1 {NOW} "));
    check("<34>Oct 11 22:14:15 h x: m\r\n", "<34>1 2026-10-11T22:14:15-00:00 h x - - - m\r");
    check("<34>Oct 11 22:14:15 h x: m\nsecond\n\n", "<34>1 2026-10-11T22:14:15-00:00 h x - - - m\nsecond");
    check("<34>x\0<34>y\0\n", &format!("<34>1 {NOW} x\0<34>y"));
    check("<34>2003-10-11T22:14:15.003Z text\n", &format!("<34>1 {NOW} 2003-10-11T22:14:15.003Z text"));
    let iso = "2003-10-11T22:14:15.003Z";
    check(&format!("<34>1 {iso} h a p i - \n"), &format!("<34>1 {iso} h a p i - "));
    check(&format!("<34>1 {iso} h a p i [x a=\"b\\] c\"] m\n"), &format!("<34>1 {iso} h a p i [x a=\"b\\] c\"] m"));
    check(&format!("<34>1 {iso} h a p i [x a=\"b\"][y] m\n"), &format!("<34>1 {iso} h a p i [x a=\"b\"][y] m"));
    check(&format!("<34>2 {iso} h a p i - m\n"), &format!("<34>1 {NOW} 2 {iso} h a p i - m"));
}

/// HAProxy loses the last byte of a message that begins as RFC 5424 has it and goes on otherwise, and takes one that ends behind its
/// structured data (RFC 5424 section 6) for such a one.
#[test]
fn nothing_is_lost_of_what_is_not_understood() {
    let check = |received: &str, expected: &str| {
        let line = render(&Message::parse(received.as_bytes()), HostStrategy::Fill, None, Level::Emergency);
        assert_eq!(line, expected);
    };
    check("<34>1 Oct 11\n", "<34>Nov 22 11:05:06 127.0.0.1 1 Oct 11");
    check("<34>1 bad h a p i - m\n", "<34>Nov 22 11:05:06 127.0.0.1 1 bad h a p i - m");
    check("<34>1 - h a p i [x m\n", "<34>Nov 22 11:05:06 127.0.0.1 1 - h a p i [x m");
    check("<34>1 - h a p i [x y=\"z\"]\n", "<34>1 - h a p i [x y=\"z\"] ");
    check("<34>1 - h a p i -\n", "<34>1 - h a p i - ");
    check("<3444>x\n", "<152>Nov 22 11:05:06 127.0.0.1 <3444>x");
}

#[test]
fn whose_host_is_shown() {
    let check = |received: &str, strategy, format, expected: &str| {
        let line = render(&Message::parse(received.as_bytes()), strategy, format, Level::Emergency);
        assert_eq!(line, expected, "{received:?} {strategy:?}");
    };
    let named = "<34>Oct 11 22:14:15 mymachine su[123]: failed\n";
    check(named, HostStrategy::Replace, None, "<34>Oct 11 22:14:15 127.0.0.1 su[123]: failed");
    check(named, HostStrategy::Fill, None, "<34>Oct 11 22:14:15 mymachine su[123]: failed");
    check(named, HostStrategy::Keep, None, "<34>Oct 11 22:14:15 mymachine su[123]: failed");
    check(named, HostStrategy::Append, None, "<34>Oct 11 22:14:15 mymachine,127.0.0.1 su[123]: failed");
    let unnamed = "<165>1 2003-10-11T22:14:15.003Z - app 7 ID - msg\n";
    let shown = "<165>1 2003-10-11T22:14:15.003Z 127.0.0.1 app 7 ID - msg";
    check(unnamed, HostStrategy::Replace, None, shown);
    check(unnamed, HostStrategy::Append, None, shown);
    check(unnamed, HostStrategy::Keep, None, "<165>Oct 11 22:14:15 app[7]: msg");
    let kept = "<165>Oct 11 22:14:15 localhost app[7]: msg";
    check(unnamed, HostStrategy::Keep, Some(LogFormat::Rfc3164), kept);
    let kept = "<165>1 2003-10-11T22:14:15.003Z - app 7 ID - msg";
    check(unnamed, HostStrategy::Keep, Some(LogFormat::Rfc5424), kept);
    check("plain\n", HostStrategy::Keep, None, "plain");
    check("<34>failed\n", HostStrategy::Keep, None, "<34>failed");
    check("<165>1 - - app - - - msg\n", HostStrategy::Keep, None, "<165>Nov 22 11:05:06 app: msg");
    check("<165>1 - - - - - - msg\n", HostStrategy::Keep, None, "<165>msg");
}

#[test]
fn opaque_messages_and_least_levels() {
    let opaque = Message::opaque(b"<34>Oct 11 22:14:15 h x: m\n");
    let check = |format, expected: &str| {
        assert_eq!(render(&opaque, HostStrategy::Fill, format, Level::Emergency), expected);
    };
    check(None, "<34>Oct 11 22:14:15 h x: m");
    check(Some(LogFormat::Raw), "<34>Oct 11 22:14:15 h x: m");
    check(Some(LogFormat::Priority), "<152><34>Oct 11 22:14:15 h x: m");
    check(Some(LogFormat::Rfc3164), "<152>Nov 22 11:05:06 localhost <34>Oct 11 22:14:15 h x: m");
    let critical = Message::parse(b"<34>x\n");
    assert_eq!(critical.level(), Level::Critical);
    assert_eq!(render(&critical, HostStrategy::Keep, None, Level::Warning), "<36>x");
    assert_eq!(render(&critical, HostStrategy::Keep, Some(LogFormat::Short), Level::Warning), "<4>x");
    assert_eq!(Message::parse(b"x").level(), Level::Emergency);
}
