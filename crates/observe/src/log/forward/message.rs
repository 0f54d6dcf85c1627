//! What a syslog message says of itself: RFC 5424, RFC 3164 as programs really write it, or neither, and then all of it is text.

use std::net::IpAddr;

use burdock_model::log::LEVEL_NAMES;
use burdock_model::{HostStrategy, Level};

/// A message, taken apart. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// Facility times eight plus level.
    pub priority: Option<u16>,
    /// Whether it has the shape of RFC 5424.
    pub is_rfc5424: bool,
    pub stamp: Option<Stamp<'a>>,
    pub host: Option<&'a [u8]>,
    /// The program.
    pub tag: Option<&'a [u8]>,
    pub process: Option<&'a [u8]>,
    pub message_id: Option<&'a [u8]>,
    /// Structured data, brackets included.
    pub data: Option<&'a [u8]>,
    pub text: &'a [u8],
    /// It was not looked into.
    pub is_opaque: bool,
}

/// When a message was written, in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp<'a> {
    /// `Oct 11 22:14:15`
    Short(&'a [u8]),
    /// `2003-10-11T22:14:15.003Z`
    Iso(&'a [u8]),
}

/// The host that a passed-on message shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host<'a> {
    Unknown,
    Named(&'a [u8]),
    Sender(IpAddr),
    Both(&'a [u8], IpAddr),
}

impl<'a> Message<'a> {
    /// A message that is passed on as it is.
    pub(super) fn opaque(received: &'a [u8]) -> Self {
        Self { text: without_end(received), is_opaque: true, ..Self::default() }
    }

    /// Takes a message apart as far as it is understood. What follows the priority is text where it has the shape of neither RFC.
    pub(super) fn parse(received: &'a [u8]) -> Self {
        let received = without_end(received);
        let (priority, rest) = match split_priority(received) {
            Some((priority, rest)) => (Some(priority), rest),
            None => return Self { text: received, ..Self::default() },
        };
        let parsed = rfc5424(rest).or_else(|| rfc3164(rest)).unwrap_or(Self { text: rest, ..Self::default() });
        Self { priority, ..parsed }
    }

    /// How important it is; the utmost where it does not say (measured).
    pub(super) fn level(&self) -> Level {
        let number = usize::from(self.priority.unwrap_or(0) % 8);
        LEVEL_NAMES.get(number).map_or(Level::Emergency, |(_, level)| *level)
    }

    /// The host to show, by `option host`. Without a sender's address there is nothing to choose.
    pub(super) fn host_for(&self, strategy: HostStrategy, sender: Option<IpAddr>) -> Host<'a> {
        match (strategy, self.host, sender) {
            (HostStrategy::Replace, _, Some(sender)) => Host::Sender(sender),
            (HostStrategy::Append, Some(host), Some(sender)) => Host::Both(host, sender),
            (_, Some(host), _) => Host::Named(host),
            (HostStrategy::Keep, None, _) | (_, None, None) => Host::Unknown,
            (_, None, Some(sender)) => Host::Sender(sender),
        }
    }
}

/// Line feeds and zero bytes at the end only separate messages.
fn without_end(mut received: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | 0] = received {
        received = rest;
    }
    received
}

/// `<34>`: at most three digits, and none stands for zero (measured).
fn split_priority(received: &[u8]) -> Option<(u16, &[u8])> {
    let rest = received.strip_prefix(b"<")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest_behind = rest.get(digits..)?.strip_prefix(b">")?;
    let number = rest.get(..digits).filter(|digits| digits.len() <= MAX_PRIORITY_DIGITS)?;
    let priority = number.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Some((priority, rest_behind))
}

/// RFC 5424 section 6.
const MAX_PRIORITY_DIGITS: usize = 3;

/// `VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG` (RFC 5424 section 6).
fn rfc5424(text: &[u8]) -> Option<Message<'_>> {
    let rest = text.strip_prefix(b"1 ")?;
    let (stamp, rest) = split_field(rest)?;
    let stamp = match stamp {
        None => None,
        Some(stamp) if matches_shape(stamp, ISO_SHAPE) => Some(Stamp::Iso(stamp)),
        Some(_) => return None,
    };
    let (host, rest) = split_field(rest)?;
    let (tag, rest) = split_field(rest)?;
    let (process, rest) = split_field(rest)?;
    let (message_id, rest) = split_field(rest)?;
    let (data, text) = split_data(rest)?;
    Some(Message {
        is_rfc5424: true,
        stamp,
        host,
        tag,
        process,
        message_id,
        data,
        text,
        priority: None,
        is_opaque: false,
    })
}

/// A field up to the next blank; `-` says that there is none.
fn split_field(text: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let end = text.iter().position(|&byte| byte == b' ').filter(|&end| end > 0)?;
    let (field, rest) = text.split_at(end);
    Some(((field != b"-").then_some(field), rest.get(1..)?))
}

/// Structured data ends with a bracket that is not escaped, and a blank or the end of the message.
fn split_data(text: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return match rest {
            [] => Some((None, rest)),
            [b' ', rest @ ..] => Some((None, rest)),
            _ => None,
        };
    }
    text.first().filter(|&&first| first == b'[')?;
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        let (data, rest) = text.split_at(at + 1);
        match rest {
            _ if escaped || byte != b']' => {}
            [] => return Some((Some(data), rest)),
            [b' ', rest @ ..] => return Some((Some(data), rest)),
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    None
}

/// `Mmm dd hh:mm:ss HOSTNAME TAG[PID]: text` (RFC 3164 section 4.1), of which tag and process may be missing.
fn rfc3164(text: &[u8]) -> Option<Message<'_>> {
    let (stamp, rest) = text.split_at_checked(SHORT_SHAPE.len())?;
    if !matches_shape(stamp, SHORT_SHAPE) || month_number(stamp).is_none() {
        return None;
    }
    let (host, rest) = split_word(rest.strip_prefix(b" ")?)?;
    let tagged = split_tag(rest).unwrap_or(Message { text: rest, ..Message::default() });
    Some(Message { stamp: Some(Stamp::Short(stamp)), host: Some(host), ..tagged })
}

/// A word that is not empty, and what follows the blank behind it.
fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b' ').filter(|&end| end > 0)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// `tag: `, `tag[pid]: `. A blank must follow the colon.
fn split_tag(text: &[u8]) -> Option<Message<'_>> {
    let (word, text) = split_word(text)?;
    let word = word.strip_suffix(b":")?;
    match (word.strip_suffix(b"]"), word.iter().position(|&byte| byte == b'[')) {
        (Some(inner), Some(bracket)) if bracket > 0 => {
            let (tag, process) = inner.split_at_checked(bracket)?;
            let process = process.get(1..).and_then(some_text);
            Some(Message { tag: some_text(tag), process, text, ..Message::default() })
        }
        (Some(_), Some(_)) => None,
        _ => Some(Message { tag: some_text(word), text, ..Message::default() }),
    }
}

fn some_text(part: &[u8]) -> Option<&[u8]> {
    (!part.is_empty()).then_some(part)
}

/// `0` stands for a digit, `_` for a digit or a blank, `A` for a letter. The text may be longer than the shape.
fn matches_shape(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(&byte, &wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'_' => byte.is_ascii_digit() || byte == b' ',
            b'A' => byte.is_ascii_alphabetic(),
            _ => byte == wanted,
        })
}

const SHORT_SHAPE: &[u8] = b"AAA _0 00:00:00";
const ISO_SHAPE: &[u8] = b"0000-00-00T00:00:00";

/// The month of a text that begins with its English abbreviation, from 1.
pub(super) fn month_number(text: &[u8]) -> Option<u8> {
    let name = text.get(..3)?;
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

/// RFC 3164 section 4.1.2.
pub(super) const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
