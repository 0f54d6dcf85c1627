//! Alternative names as text (RFC 5280 section 4.2.1.6).

use std::fmt::Write;
use std::net::Ipv4Addr;

use x509_parser::extensions::GeneralName;

use super::name::Name;
use super::{Identified, by_identifier};

/// All of them, the kind in front of each.
pub(super) fn text(names: &[GeneralName<'_>]) -> String {
    let mut text = String::new();
    for name in names {
        if !text.is_empty() {
            text.push_str(", ");
        }
        push(&mut text, name);
    }
    text
}

fn push(text: &mut String, name: &GeneralName<'_>) {
    // Writing to memory does not fail.
    let _ = match name {
        GeneralName::DNSName(host) => write!(text, "DNS:{host}"),
        GeneralName::RFC822Name(address) => write!(text, "email:{address}"),
        GeneralName::URI(uri) => write!(text, "URI:{uri}"),
        GeneralName::RegisteredID(identifier) => write!(text, "Registered ID:{identifier}"),
        GeneralName::DirectoryName(name) => write!(text, "DirName:{}", Name::new(name).spaced()),
        GeneralName::IPAddress(bytes) => return push_address(text, bytes),
        GeneralName::OtherName(kind, value) => return push_other(text, &kind.to_id_string(), value),
        GeneralName::X400Address(_) => write!(text, "X400Name:<unsupported>"),
        GeneralName::EDIPartyName(_) => write!(text, "EdiPartyName:<unsupported>"),
        _ => write!(text, "<unsupported>"),
    };
}

/// Addresses of IPv6 are written without leaving zeros out.
fn push_address(text: &mut String, bytes: &[u8]) {
    text.push_str("IP Address:");
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        let _ = write!(text, "{}", Ipv4Addr::from(octets));
        return;
    }
    if bytes.len() != 16 {
        return text.push_str("<invalid>");
    }
    for (index, pair) in bytes.chunks_exact(2).enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        let _ = write!(text, "{colon}{:X}", u16::from_be_bytes([pair[0], pair[1]]));
    }
}

/// A name of a kind that has an identifier: its value stands in a wrapper of its own.
fn push_other(text: &mut String, identifier: &str, value: &[u8]) {
    text.push_str("othername:");
    let inner = inner(value).and_then(inner).map(String::from_utf8_lossy);
    match (by_identifier(OTHER_NAMES, identifier), inner) {
        (Some(kind), Some(inner)) => {
            let _ = write!(text, "{kind}:{inner}");
        }
        _ => text.push_str("<unsupported>"),
    }
}

/// What stands in an element of DER.
fn inner(der: &[u8]) -> Option<&[u8]> {
    let (&[_, length], rest) = der.split_first_chunk()?;
    if length < 0x80 {
        return rest.get(..usize::from(length));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    let length = digits.iter().try_fold(0usize, |length, digit| {
        length.checked_mul(256).and_then(|length| length.checked_add(usize::from(*digit)))
    })?;
    rest.get(..length)
}

const OTHER_NAMES: &Identified = &[
    ("1.3.6.1.4.1.311.20.2.3", "UPN"),
    ("1.3.6.1.5.5.7.8.5", "XmppAddr"),
    ("1.3.6.1.5.5.7.8.7", "SRVName"),
    ("1.3.6.1.5.5.7.8.8", "NAIRealm"),
    ("1.3.6.1.5.5.7.8.9", "SmtpUTF8Mailbox"),
];
