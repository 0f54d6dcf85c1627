//! What Content-Length and Transfer-Encoding say, and leaving at most one unambiguous field of them in the head (RFC 9112 section 6).

use super::error::HeadErrorKind;
use crate::bytes::{format_decimal, parse_decimal, trim};
use crate::headers::Headers;
use crate::name::KnownHeader;

/// A fault and its place in the head's bytes.
pub(crate) type Fault = (HeadErrorKind, usize);

/// What the two fields say together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeclaredFraming {
    pub(crate) length: Option<u64>,
    pub(crate) chunked: bool,
}

/// How far Transfer-Encoding may deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodingRules {
    /// Exactly one `chunked`.
    Strict,
    /// Empty values and repeated `chunked` are tolerated: `option accept-unsafe-violations-in-http-response`.
    RelaxedResponse,
}

/// Reads both fields. Afterwards there is at most one field of each kind, in canonical spelling, and no Content-Length beside a
/// Transfer-Encoding: what is passed on can be read in one way only.
pub(crate) fn declared_framing(headers: &mut Headers, rules: CodingRules) -> Result<DeclaredFraming, Fault> {
    let length = content_length(headers)?;
    let chunked = transfer_encoding(headers, rules)?;
    if chunked {
        headers.remove_all(KnownHeader::ContentLength);
    }
    Ok(DeclaredFraming { length, chunked })
}

/// Removes both fields, from messages that have no body to describe.
pub(crate) fn remove_framing(headers: &mut Headers) {
    headers.remove_all(KnownHeader::ContentLength);
    headers.remove_all(KnownHeader::TransferEncoding);
}

/// All Content-Length values must be the same number; they become one field.
pub(crate) fn content_length(headers: &mut Headers) -> Result<Option<u64>, Fault> {
    if !headers.may_hold(KnownHeader::ContentLength) {
        return Ok(None);
    }
    if let Some(number) = lone_plain_length(headers) {
        return Ok(Some(number));
    }
    let mut length = None;
    let mut canonical = true;
    for (index, value) in headers.all(KnownHeader::ContentLength) {
        canonical &= length.is_none() && value.iter().all(u8::is_ascii_digit) && value.first() != Some(&b'0');
        for element in value.split(|&byte| byte == b',') {
            match (length, parse_decimal(trim(element))) {
                (None, Some(number)) => length = Some(number),
                (Some(before), Some(number)) if before == number => {}
                _ => return Err((HeadErrorKind::ContentLength, headers.value_offset(index))),
            }
        }
    }
    if let Some(number) = length
        && !canonical
    {
        leave_one(headers, KnownHeader::ContentLength, format_decimal(number, &mut [0; 20]));
    }
    Ok(length)
}

/// What nearly every message has: one field, one number without leading zeros.
fn lone_plain_length(headers: &Headers) -> Option<u64> {
    let mut fields = headers.all(KnownHeader::ContentLength);
    let (_, value) = fields.next()?;
    let is_plain = value.first() != Some(&b'0') && fields.next().is_none();
    is_plain.then(|| parse_decimal(value)).flatten()
}

/// The only coding understood is `chunked`, once and last; it becomes one field. Says whether it is there.
fn transfer_encoding(headers: &mut Headers, rules: CodingRules) -> Result<bool, Fault> {
    if !headers.may_hold(KnownHeader::TransferEncoding) {
        return Ok(false);
    }
    let (mut chunked, mut unsupported, mut place) = (false, false, 0);
    for (index, value) in headers.all(KnownHeader::TransferEncoding) {
        place = headers.value_offset(index);
        let fault = Err((HeadErrorKind::TransferEncoding, place));
        for coding in value.split(|&byte| byte == b',').map(trim) {
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            if rules == CodingRules::RelaxedResponse && (coding.is_empty() || (chunked && is_chunked)) {
                continue;
            }
            if coding.is_empty() || chunked {
                return fault;
            }
            chunked = is_chunked;
            unsupported |= !is_chunked;
        }
    }
    match (chunked, unsupported) {
        (true, true) => return Err((HeadErrorKind::UnsupportedTransferCoding, place)),
        (false, true) => return Err((HeadErrorKind::TransferEncoding, place)),
        (true, false) => leave_one(headers, KnownHeader::TransferEncoding, b"chunked"),
        // Only relaxed rules get here with a field at all, an empty one.
        (false, false) => {
            headers.remove_all(KnownHeader::TransferEncoding);
        }
    }
    Ok(chunked)
}

/// Keeps the first field of that kind, with that value, which is not longer than the one it has.
pub(crate) fn leave_one(headers: &mut Headers, known: KnownHeader, value: &[u8]) {
    let Some(first) = headers.position(known) else { return };
    if headers.value(first) != value {
        // A value that is not longer always fits, and canonical values hold nothing wrong.
        let _ = headers.replace_value(first, value);
    }
    if headers.all(known).nth(1).is_some() {
        let mut index = 0;
        headers.retain(|header| {
            index += 1;
            index - 1 == first || header.known != known
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers_of(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        headers
    }

    fn left(headers: &Headers) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        headers.iter().map(|header| format!("{}: {}", text(header.name), text(header.value))).collect()
    }

    #[test]
    fn content_lengths() {
        for (values, expected) in [
            (&["3"][..], Some(3)),
            (&["3, 3"], Some(3)),
            (&["3,3", "03"], Some(3)),
            (&["0003"], Some(3)),
            (&["18446744073709551615"], Some(u64::MAX)),
            (&["18446744073709551616"], None),
            (&[""], None),
            (&["0,"], None),
            (&[",3"], None),
            (&["3, , 3"], None),
            (&["3, 4"], None),
            (&["3", "4"], None),
            (&["+3"], None),
            (&["-1"], None),
            (&["3 3"], None),
            (&["0x3"], None),
            (&["1   2"], None),
        ] {
            let fields: Vec<_> = values.iter().map(|value| ("content-length", *value)).chain([("x", "1")]).collect();
            let mut headers = headers_of(&fields);
            let found = declared_framing(&mut headers, CodingRules::Strict);
            match expected {
                Some(length) => {
                    assert_eq!(found.unwrap().length, Some(length), "{values:?}");
                    assert_eq!(left(&headers), [format!("content-length: {length}"), "x: 1".into()]);
                }
                None => assert_eq!(found.unwrap_err().0, HeadErrorKind::ContentLength, "{values:?}"),
            }
        }
    }

    #[test]
    fn transfer_encodings() {
        use CodingRules::*;
        let malformed = HeadErrorKind::TransferEncoding;
        for (values, rules, expected) in [
            (&["chunked"][..], Strict, Ok(true)),
            (&["Chunked"], Strict, Ok(true)),
            (&[" chunked"], Strict, Ok(true)),
            (&["chunked, chunked"], Strict, Err(malformed)),
            (&["chunked", "chunked"], Strict, Err(malformed)),
            (&["gzip, chunked"], Strict, Err(HeadErrorKind::UnsupportedTransferCoding)),
            (&["gzip", "chunked"], Strict, Err(HeadErrorKind::UnsupportedTransferCoding)),
            (&["identity, chunked"], Strict, Err(HeadErrorKind::UnsupportedTransferCoding)),
            (&["chunked, gzip"], Strict, Err(malformed)),
            (&["gzip"], Strict, Err(malformed)),
            (&["identity"], Strict, Err(malformed)),
            (&["xchunked"], Strict, Err(malformed)),
            (&["chunked;a=b"], Strict, Err(malformed)),
            (&["\"chunked\""], Strict, Err(malformed)),
            (&["chunked\x0b"], Strict, Err(malformed)),
            (&[""], Strict, Err(malformed)),
            (&["", "chunked"], Strict, Err(malformed)),
            (&[",chunked"], Strict, Err(malformed)),
            (&["chunked,"], Strict, Err(malformed)),
            (&["chunked, chunked"], RelaxedResponse, Ok(true)),
            (&["chunked", "chunked"], RelaxedResponse, Ok(true)),
            (&[""], RelaxedResponse, Ok(false)),
            (&["identity"], RelaxedResponse, Err(malformed)),
            (&["chunked, gzip"], RelaxedResponse, Err(malformed)),
        ] {
            let fields: Vec<_> = values.iter().map(|value| ("transfer-encoding", *value)).collect();
            let mut headers = headers_of(&fields);
            let found = declared_framing(&mut headers, rules).map(|framing| framing.chunked).map_err(|fault| fault.0);
            assert_eq!(found, expected, "{values:?} {rules:?}");
            match found {
                Ok(true) => assert_eq!(left(&headers), ["transfer-encoding: chunked"]),
                Ok(false) => assert!(headers.is_empty()),
                Err(_) => {}
            }
        }
    }

    #[test]
    fn a_length_beside_chunked_goes() {
        let mut headers = headers_of(&[("content-length", "3"), ("transfer-encoding", "chunked"), ("x", "1")]);
        let framing = declared_framing(&mut headers, CodingRules::Strict).unwrap();
        assert!(framing.chunked && framing.length == Some(3));
        assert_eq!(left(&headers), ["transfer-encoding: chunked", "x: 1"]);
    }
}
