//! Distinguished names as text: HAProxy's own line, RFC 2253, and OpenSSL's spaced line.

use std::fmt::Write;

use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::{Identified, by_identifier};

/// A distinguished name.
#[derive(Clone, Copy, Debug)]
pub struct Name<'n, 'a>(&'n X509Name<'a>);

impl<'n, 'a> Name<'n, 'a> {
    pub(crate) const fn new(name: &'n X509Name<'a>) -> Self {
        Self(name)
    }

    /// `/C=FR/O=Shop/CN=www.example`, values as they stand there; nothing where one of them has a zero before its end.
    pub fn one_line(&self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        for entry in self.0.iter_attributes() {
            line.push(b'/');
            line.extend_from_slice(Kind::of(entry).label().as_bytes());
            line.push(b'=');
            line.extend_from_slice(plain_value(entry)?);
        }
        (!line.is_empty()).then_some(line)
    }

    /// The value of the entry of that kind, whatever the case of its letters: the first is 1, the last -1. Nothing where a zero stands within
    /// it, or within one that was passed on the way.
    pub fn entry(&self, kind: &[u8], occurrence: i64) -> Option<&'a [u8]> {
        let entries: Vec<_> = self
            .0
            .iter_attributes()
            .filter(|entry| Kind::of(entry).label().as_bytes().eq_ignore_ascii_case(kind))
            .collect();
        let skipped = usize::try_from(occurrence.unsigned_abs().checked_sub(1)?).ok()?;
        let mut backwards = entries.iter().rev();
        let mut forwards = entries.iter();
        let walk: &mut dyn Iterator<Item = _> = if occurrence < 0 { &mut backwards } else { &mut forwards };
        let mut found = None;
        for entry in walk.take(skipped.checked_add(1)?) {
            found = Some(plain_value(entry)?);
        }
        found.filter(|_| entries.len() > skipped)
    }

    /// `CN=www.example,O=Shop,C=FR` (RFC 2253), bytes beyond ASCII as digits.
    pub fn rfc2253(&self) -> String {
        let mut text = String::new();
        let mut parts: Vec<Vec<_>> = self.0.iter_rdn().map(|part| part.iter().collect()).collect();
        parts.reverse();
        for (index, part) in parts.iter().enumerate() {
            for (within, entry) in part.iter().rev().enumerate() {
                text.push_str(match (index, within) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                });
                push_entry(&mut text, entry, "=", push_escaped);
            }
        }
        text
    }

    /// `C = FR, O = "Shop, Inc"`
    pub fn spaced(&self) -> String {
        let mut text = String::new();
        for (index, part) in self.0.iter_rdn().enumerate() {
            for (within, entry) in part.iter().enumerate() {
                text.push_str(match (index, within) {
                    (0, 0) => "",
                    (_, 0) => ", ",
                    _ => " + ",
                });
                push_entry(&mut text, entry, " = ", push_quoted);
            }
        }
        text
    }
}

/// What an entry tells.
enum Kind {
    Known(&'static str),
    Other(String),
}

impl Kind {
    fn of(entry: &AttributeTypeAndValue<'_>) -> Self {
        let identifier = entry.attr_type().to_id_string();
        by_identifier(KINDS, &identifier).map_or(Self::Other(identifier), Self::Known)
    }

    fn label(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Other(identifier) => identifier,
        }
    }
}

/// A value that a text of C can be.
fn plain_value<'a>(entry: &AttributeTypeAndValue<'a>) -> Option<&'a [u8]> {
    let value = entry.attr_value().data;
    match value.iter().position(|&byte| byte == 0) {
        None => Some(value),
        Some(zero) if zero + 1 == value.len() => value.get(..zero),
        Some(_) => None,
    }
}

fn push_entry(text: &mut String, entry: &AttributeTypeAndValue<'_>, equals: &str, push: fn(&mut String, &str)) {
    let kind = Kind::of(entry);
    text.push_str(kind.label());
    text.push_str(equals);
    let value = entry.attr_value();
    let readable = match kind {
        Kind::Known(_) => decoded(value.tag().0, value.data),
        Kind::Other(_) => None,
    };
    match readable {
        Some(value) => push(text, &value),
        None => push_dump(text, value.tag().0, value.header.is_constructed(), value.data),
    }
}

/// A value of one of the types that are texts, by its tag (X.680 section 8.4).
fn decoded(tag: u32, value: &[u8]) -> Option<String> {
    match tag {
        12 => std::str::from_utf8(value).ok().map(str::to_owned),
        18 | 19 | 22 | 26 => value.is_ascii().then(|| value.iter().copied().map(char::from).collect()),
        20 => Some(value.iter().copied().map(char::from).collect()),
        28 => {
            let digits = value.chunks(4).map(|digits| digits.try_into().ok().map(u32::from_be_bytes));
            digits.map(|digit| char::from_u32(digit?)).collect()
        }
        30 if value.len().is_multiple_of(2) => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

/// `#` and the digits of the whole element.
fn push_dump(text: &mut String, tag: u32, constructed: bool, value: &[u8]) {
    let tag = u8::try_from(tag).unwrap_or(u8::MAX) | if constructed { 0x20 } else { 0 };
    text.push('#');
    let length = value.len().to_be_bytes();
    let digits = length.iter().position(|digit| *digit != 0).and_then(|first| length.get(first..)).unwrap_or(&[0]);
    let many = (value.len() >= 0x80).then_some(0x80 | digits.len() as u8);
    for byte in [tag].iter().chain(&many).chain(digits).chain(value) {
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02X}");
    }
}

/// As RFC 2253 section 2.4 asks for.
fn push_escaped(text: &mut String, value: &str) {
    let last = value.len().saturating_sub(1);
    for (index, byte) in value.bytes().enumerate() {
        let special = matches!(byte, b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';');
        if special || (index == 0 && matches!(byte, b'#' | b' ')) || (index == last && byte == b' ') {
            text.push('\\');
        }
        push_byte(text, byte);
    }
}

/// In quotes, where anything stands for more than itself.
fn push_quoted(text: &mut String, value: &str) {
    let special = |byte: u8| matches!(byte, b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';');
    let quoted = value.bytes().any(special) || value.starts_with(['#', ' ']) || value.ends_with(' ');
    let quote = if quoted { "\"" } else { "" };
    text.push_str(quote);
    for byte in value.bytes() {
        if matches!(byte, b'"' | b'\\') {
            text.push('\\');
        }
        push_byte(text, byte);
    }
    text.push_str(quote);
}

fn push_byte(text: &mut String, byte: u8) {
    if (b' '..0x7f).contains(&byte) {
        text.push(char::from(byte));
    } else {
        let _ = write!(text, "\\{byte:02X}");
    }
}

/// The short names of attributes.
const KINDS: &Identified = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.8", "ST"),
    ("2.5.4.7", "L"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("2.5.4.4", "SN"),
    ("2.5.4.42", "GN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.9", "street"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.14", "searchGuide"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.16", "postalAddress"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.18", "postOfficeBox"),
    ("2.5.4.19", "physicalDeliveryOfficeName"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.21", "telexNumber"),
    ("2.5.4.22", "teletexTerminalIdentifier"),
    ("2.5.4.23", "facsimileTelephoneNumber"),
    ("2.5.4.24", "x121Address"),
    ("2.5.4.25", "internationaliSDNNumber"),
    ("2.5.4.26", "registeredAddress"),
    ("2.5.4.27", "destinationIndicator"),
    ("2.5.4.28", "preferredDeliveryMethod"),
    ("2.5.4.29", "presentationAddress"),
    ("2.5.4.30", "supportedApplicationContext"),
    ("2.5.4.31", "member"),
    ("2.5.4.32", "owner"),
    ("2.5.4.33", "roleOccupant"),
    ("2.5.4.34", "seeAlso"),
    ("2.5.4.35", "userPassword"),
    ("2.5.4.36", "userCertificate"),
    ("2.5.4.41", "name"),
    ("2.5.4.43", "initials"),
    ("2.5.4.44", "generationQualifier"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.47", "enhancedSearchGuide"),
    ("2.5.4.48", "protocolInformation"),
    ("2.5.4.49", "distinguishedName"),
    ("2.5.4.50", "uniqueMember"),
    ("2.5.4.51", "houseIdentifier"),
    ("2.5.4.54", "dmdName"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.72", "role"),
    ("2.5.4.97", "organizationIdentifier"),
    ("2.5.4.98", "c3"),
    ("2.5.4.99", "n3"),
    ("0.9.2342.19200300.100.1.2", "textEncodedORAddress"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.4", "info"),
    ("0.9.2342.19200300.100.1.8", "userClass"),
    ("0.9.2342.19200300.100.1.9", "host"),
    ("0.9.2342.19200300.100.1.20", "homeTelephoneNumber"),
    ("0.9.2342.19200300.100.1.40", "personalTitle"),
    ("0.9.2342.19200300.100.1.43", "friendlyCountryName"),
    ("0.9.2342.19200300.100.1.48", "buildingName"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
    ("1.2.840.113549.1.9.20", "friendlyName"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
    ("1.2.643.3.131.1.1", "INN"),
    ("1.2.643.100.1", "OGRN"),
    ("1.2.643.100.3", "SNILS"),
    ("1.2.643.100.5", "OGRNIP"),
];
