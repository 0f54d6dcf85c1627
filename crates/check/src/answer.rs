//! Answers of protocols that a pattern cannot describe: MySQL, LDAP, SPOP.

use burdock_model::ProtocolAnswer;
use burdock_state::CheckStatus;

use crate::expect::{Finding, Received, Refusal};
use crate::text::told;

/// What an answer says, as far as it has come.
pub(crate) fn understand(answer: ProtocolAnswer, received: Received<'_>) -> Finding {
    let outcome = match answer {
        ProtocolAnswer::MysqlGreeting => mysql_packet(received.bytes).map(|(packet, _)| mysql_greeting(packet)),
        ProtocolAnswer::MysqlAdmission => mysql_packet(received.bytes)
            .and_then(|(_, rest)| mysql_packet(rest))
            .map(|(packet, _)| mysql_error(packet).unwrap_or(Finding::Found(None))),
        ProtocolAnswer::LdapBind => ldap_bind(received.bytes),
        ProtocolAnswer::SpopHello => spop_hello(received),
        ProtocolAnswer::AgentLine => agent_line(received),
    };
    match outcome {
        Some(finding) => finding,
        None if received.is_all => Refusal::malformed(""),
        None => Finding::More,
    }
}

/// A line of text, whatever it says. One without an end does not count.
fn agent_line(received: Received<'_>) -> Option<Finding> {
    let end = received.bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    match end.and_then(|end| received.bytes.get(..end)) {
        Some(line) => Some(Finding::Found(Some(told(line)))),
        None if received.is_all => Some(Finding::Refused(Refusal {
            status: Some(CheckStatus::Layer7Timeout),
            code: 0,
            info: "Ignoring incomplete line from agent".to_owned(),
        })),
        None => None,
    }
}

/// The payload of the first packet and what follows it; none while it has not all come. Three bytes tell its length, lowest first, a
/// fourth its number.
fn mysql_packet(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[low, middle, high, _number], rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes([low, middle, high, 0]) as usize)
}

/// The greeting begins with the protocol's version and the server's version, which ends with a zero byte.
fn mysql_greeting(packet: &[u8]) -> Finding {
    mysql_error(packet).unwrap_or_else(|| match packet.split_first() {
        Some((_protocol, version)) => Finding::Found(Some(told(version))),
        None => Refusal::malformed(""),
    })
}

/// A packet that tells of an error: 0xff, its number, lowest byte first, its text.
fn mysql_error(packet: &[u8]) -> Option<Finding> {
    let rest = packet.strip_prefix(&[0xff])?;
    let (number, text) = rest.split_first_chunk().unwrap_or((&[0, 0], b""));
    let refusal = Refusal {
        status: Some(CheckStatus::Layer7Status),
        code: i32::from(u16::from_le_bytes(*number)),
        info: told(text),
    };
    Some(Finding::Refused(refusal))
}

/// A BindResponse (RFC 4511 section 4.2.2) to message 1.
fn ldap_bind(bytes: &[u8]) -> Option<Finding> {
    const SEQUENCE: u8 = 0x30;
    const MESSAGE_ONE: [u8; 3] = [2, 1, 1];
    const BIND_RESPONSE: u8 = 0x61;
    const RESULT: [u8; 2] = [0x0a, 1];
    let foreign = || Some(Refusal::malformed("Not LDAPv3 protocol"));
    if bytes.first().is_some_and(|&tag| tag != SEQUENCE) {
        return foreign();
    }
    let message = ber_content(bytes)?;
    let Some(operation) = message.strip_prefix(&MESSAGE_ONE) else {
        return if message.len() < MESSAGE_ONE.len() { None } else { foreign() };
    };
    if operation.first()? != &BIND_RESPONSE {
        return foreign();
    }
    let response = ber_content(operation)?;
    let Some(result) = response.strip_prefix(&RESULT) else {
        return if response.len() < RESULT.len() { None } else { foreign() };
    };
    Some(match *result.first()? {
        0 => Finding::Found(Some("Success".to_owned())),
        code => Finding::Refused(Refusal {
            status: Some(CheckStatus::Layer7Status),
            code: i32::from(code),
            info: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9".to_owned(),
        }),
    })
}

/// What follows the tag and the length of an element (X.690 section 8.1.3). Whether all of it has come is of no matter.
fn ber_content(element: &[u8]) -> Option<&[u8]> {
    let (_tag, rest) = element.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let more = if length & 0x80 == 0 { 0 } else { usize::from(length & 0x7f) };
    rest.get(more..)
}

/// The hello of an agent: its frame is counted by four bytes, and has to tell of a version of SPOP that we know.
fn spop_hello(received: Received<'_>) -> Option<Finding> {
    const LARGEST_FRAME: usize = 16_380;
    let invalid = || Some(Refusal::malformed("invalid frame received"));
    let Some((length, rest)) = received.bytes.split_first_chunk::<4>() else {
        return if received.is_all { invalid() } else { None };
    };
    let length = u32::from_be_bytes(*length) as usize;
    if length > LARGEST_FRAME {
        return invalid();
    }
    let Some(frame) = rest.get(..length) else {
        return if received.is_all { invalid() } else { None };
    };
    // Type, flags of which the last says that the frame is whole, numbers of stream and frame that are zero.
    let [_kind, _, _, _, flags, 0, 0, list @ ..] = frame else { return invalid() };
    if flags & 1 == 0 {
        return invalid();
    }
    Some(match spop_version(list) {
        None => Refusal::malformed("version value not found"),
        Some(version) if version.trim_ascii().starts_with(b"2.") => Finding::Found(None),
        Some(_) => Refusal::malformed("unsupported version"),
    })
}

/// The text named `version` in a list of names and values.
fn spop_version(mut list: &[u8]) -> Option<&[u8]> {
    while !list.is_empty() {
        let (name, rest) = spop_text(list)?;
        let (value, rest) = spop_value(rest)?;
        if name == b"version" {
            return value;
        }
        list = rest;
    }
    None
}

/// A value and what follows it; where it is a text, what it says.
fn spop_value(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    Some(match kind & 0x0f {
        // Nothing, a truth value.
        0 | 1 => (None, rest),
        // Integers of varying length.
        2..=5 => (None, spop_integer(rest)?.1),
        6 => (None, rest.get(4..)?),
        7 => (None, rest.get(16..)?),
        8 | 9 => {
            let (text, rest) = spop_text(rest)?;
            (Some(text), rest)
        }
        _ => return None,
    })
}

/// A counted text and what follows it.
fn spop_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = spop_integer(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// An integer and what follows it: below 240 one byte, else that byte's value and seven bits from each that follows, four bits up.
fn spop_integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let mut value = u64::from(first);
    if first < 240 {
        return Some((value, rest));
    }
    let mut shift = 4;
    loop {
        let (&byte, more) = rest.split_first()?;
        rest = more;
        value = value.checked_add(u64::from(byte).checked_shl(shift)?)?;
        if byte < 128 {
            return Some((value, rest));
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digits: &str) -> Vec<u8> {
        let digits: Vec<_> = digits.bytes().filter(|byte| *byte != b' ').collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// `found`, `found: text`, `more`, `bad: text` or `code: text`.
    fn check(answer: ProtocolAnswer, bytes: &[u8], is_all: bool, expected: &str) {
        let said = match understand(answer, Received { bytes, is_all }) {
            Finding::Found(None) => "found".to_owned(),
            Finding::Found(Some(info)) => format!("found: {info}"),
            Finding::More => "more".to_owned(),
            Finding::Missing => "missing".to_owned(),
            Finding::Refused(Refusal { status: None, info, .. }) => format!("bad: {info}"),
            Finding::Refused(Refusal { code, info, .. }) => format!("{code}: {info}"),
        };
        assert_eq!(said, expected, "{bytes:?}");
    }

    const GREETING: &str = "0A0000000A382E302E31390A00AABB";

    /// Answers to those that HAProxy 3.5 was given.
    #[test]
    fn mysql() {
        use ProtocolAnswer::{MysqlAdmission, MysqlGreeting};
        let greeting = hex(&GREETING.replace("0A0000000A382E302E31390A00AABB", "0B0000000A382E302E3139000A00AA"));
        check(MysqlGreeting, &greeting, false, "found: 8.0.19");
        check(MysqlGreeting, &greeting[..9], false, "more");
        check(MysqlGreeting, &greeting[..9], true, "bad: ");
        check(MysqlGreeting, b"hello there", false, "more");
        let error = hex("0F000000 FF6A04 486F737420626C6F636B6564");
        check(MysqlGreeting, &error, false, "1130: Host blocked");
        check(MysqlAdmission, &greeting, false, "more");
        check(MysqlAdmission, &greeting, true, "bad: ");
        let with = |packet: &str| [greeting.clone(), hex(packet)].concat();
        check(MysqlAdmission, &with("0700000200000002000000"), false, "found");
        check(MysqlAdmission, &with("05000002FEE1E2E3E4"), false, "found");
        check(MysqlAdmission, &with("05000002FFE3044E6F"), false, "1251: No");
        check(MysqlAdmission, &with("0500"), false, "more");
    }

    #[test]
    fn ldap() {
        use ProtocolAnswer::LdapBind;
        check(LdapBind, &hex("300C020101 61 070A0100 04000400"), false, "found: Success");
        check(LdapBind, &hex("308400000010020101 61 84000000070A01"), false, "more");
        check(LdapBind, &hex("308400000010020101 61 84000000070A0100"), false, "found: Success");
        check(LdapBind, &hex("300C020101 60 070A0100 04000400"), false, "bad: Not LDAPv3 protocol");
        check(LdapBind, &hex("300C020102 61 070A0131 04000400"), false, "bad: Not LDAPv3 protocol");
        check(LdapBind, &hex("310C020101 61 070A0131 04000400"), false, "bad: Not LDAPv3 protocol");
        check(LdapBind, &hex("300C02010161"), true, "bad: ");
        let rfc = "49: See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9";
        check(LdapBind, &hex("300C020101 61 070A0131 04000400"), false, rfc);
    }

    #[test]
    fn spop() {
        use ProtocolAnswer::SpopHello;
        let hello =
            hex("00000036 65 00000001 0000 0776657273696F6E 0803322E30 0E6D61782D6672616D652D73697A65 03FCF0 06 \
             0C6361706162696C6974696573 0800");
        check(SpopHello, &hello, false, "found");
        check(SpopHello, &hello[..20], false, "more");
        check(SpopHello, &hello[..20], true, "bad: invalid frame received");
        check(SpopHello, b"hello there", false, "bad: invalid frame received");
        check(SpopHello, &hex("00000000"), false, "bad: invalid frame received");
        check(SpopHello, &hex("00000007 65 00000000 0000"), false, "bad: invalid frame received");
        let old = "00000014 65 00000001 0000 0776657273696F6E 0803312E30";
        check(SpopHello, &hex(old), false, "bad: unsupported version");
        let other = "00000016 66 00000001 0000 0B7374617475732D636F6465 03FCF0 00";
        check(SpopHello, &hex(other), false, "bad: version value not found");
        check(SpopHello, b"he", false, "more");
    }
}
