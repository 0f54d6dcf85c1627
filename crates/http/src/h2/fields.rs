//! Field sections between the maps of the `http` crate and [`Headers`]: heads and trailers, both ways. Must not know start lines.

use super::{Malformed, Unsendable, is_connection_specific};
use crate::bytes::{format_decimal, trim};
use crate::h1::{FramingHeader, HeadErrorKind, HeadLimits};
use crate::headers::{Header, Headers};
use crate::name::{KNOWN_HEADERS, KnownHeader};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use std::sync::LazyLock;

/// Between the cookies that HTTP/2 may carry in a field each (RFC 9113 section 8.2.3).
const CRUMB_SEPARATOR: &[u8] = b"; ";

/// The known names as the `http` crate has them, so that no message makes one anew.
static NAMES: LazyLock<Vec<HeaderName>> =
    LazyLock::new(|| KNOWN_HEADERS.iter().map(|known| HeaderName::from_static(known.name())).collect());

/// Takes the fields of a received head over, but for those that `skip` names. Cookies become one field, which is the last.
pub(super) fn take_fields(map: &HeaderMap, skip: Option<&HeaderName>, out: &mut Headers) -> Result<(), Malformed> {
    let mut cookies = false;
    for (name, value) in map {
        if name == http::header::COOKIE {
            cookies = true;
            continue;
        }
        if Some(name) == skip {
            continue;
        }
        take_field(name, value, out)?;
    }
    if cookies {
        let crumbs = map.get_all(http::header::COOKIE).iter().enumerate();
        let text = crumbs.flat_map(|(index, crumb)| {
            let separator = if index == 0 { &[] } else { CRUMB_SEPARATOR };
            [separator, crumb.as_bytes()]
        });
        out.push_checked(KnownHeader::Cookie.name().as_bytes(), text).map_err(|_| too_large())?;
    }
    match out.all(KnownHeader::Te).any(|(_, value)| value != b"trailers") {
        true => Err(Malformed::reset(HeadErrorKind::ConnectionField)),
        false => Ok(()),
    }
}

/// Takes the fields of a server's head over.
pub(super) fn take_response_fields(map: &HeaderMap, out: &mut Headers) -> Result<(), Malformed> {
    map.iter().try_for_each(|(name, value)| take_field(name, value, out))
}

/// Takes received trailers over. Beside what no field section of HTTP/2 holds, they must not say anything about the message that is already
/// decided when they come.
///
/// # Errors
/// The stream is to be reset; a response of which nothing was sent yet may be answered with 502.
pub fn trailers(map: &HeaderMap, limits: &HeadLimits, out: &mut Headers) -> Result<(), Malformed> {
    out.clear();
    let outcome = check_limits(map.len(), 0, limits).and_then(|()| {
        map.iter().try_for_each(|(name, value)| take_field(name, value, out))?;
        if out.iter().any(|header| !may_trail(header.known)) {
            return Err(Malformed::reset(HeadErrorKind::ConnectionField));
        }
        check_limits(out.len(), out.byte_size(), limits)
    });
    if outcome.is_err() {
        out.clear();
    }
    outcome
}

/// The trailers to send. What must not stand in them is left out.
///
/// # Errors
/// There are too many.
pub fn trailer_map(trailers: &Headers) -> Result<HeaderMap, Unsendable> {
    field_map(trailers, |header| may_trail(header.known), 0)
}

/// The fields of a head to send, without those of connections, with the length that `framing` says. `leave` names one more kind to be left
/// out.
pub(super) fn head_map(
    headers: &Headers,
    framing: FramingHeader,
    leave: Option<KnownHeader>,
) -> Result<HeaderMap, Unsendable> {
    let own_length = framing == FramingHeader::AsReceived;
    let mut map = field_map(
        headers,
        |header| {
            !is_connection_specific(header.known)
                && Some(header.known) != leave
                && (own_length || header.known != KnownHeader::ContentLength)
        },
        1,
    )?;
    if let FramingHeader::Length(length) = framing
        && let Ok(value) = HeaderValue::from_bytes(format_decimal(length, &mut [0; 20]))
    {
        map.try_append(CONTENT_LENGTH, value).map_err(|_| Unsendable::TooManyFields)?;
    }
    Ok(map)
}

/// Refuses a head of too many or too large fields.
pub(super) fn check_limits(fields: usize, bytes: usize, limits: &HeadLimits) -> Result<(), Malformed> {
    if fields > limits.max_fields() {
        return Err(Malformed::reset(HeadErrorKind::TooManyHeaders));
    }
    if bytes > limits.max_bytes { Err(too_large()) } else { Ok(()) }
}

pub(super) fn too_large() -> Malformed {
    Malformed::reset(HeadErrorKind::HeadTooLarge)
}

/// The types of the `http` crate promise that the name is a token in lower case and the value holds no line breaker.
fn take_field(name: &HeaderName, value: &HeaderValue, out: &mut Headers) -> Result<(), Malformed> {
    let value = [trim(value.as_bytes())];
    out.push_checked(name.as_str().as_bytes(), value.into_iter()).map_err(|_| too_large())?;
    match out.get(out.len() - 1) {
        Some(header) if is_connection_specific(header.known) => Err(Malformed::reset(HeadErrorKind::ConnectionField)),
        _ => Ok(()),
    }
}

fn may_trail(known: KnownHeader) -> bool {
    !is_connection_specific(known) && !matches!(known, KnownHeader::Te | KnownHeader::Host | KnownHeader::ContentLength)
}

/// The fields for which `keep` holds. All values share one piece of memory.
fn field_map(headers: &Headers, keep: impl Fn(Header<'_>) -> bool, more: usize) -> Result<HeaderMap, Unsendable> {
    let kept = || headers.iter().filter(|&header| keep(header));
    let mut values = Vec::with_capacity(headers.text_size());
    for header in kept() {
        // A byte that no value of HTTP/2 may hold becomes a blank (RFC 9110 section 5.5).
        values.extend(header.value.iter().map(|&byte| if is_control(byte) { b' ' } else { byte }));
    }
    let values = Bytes::from(values);
    let mut map = HeaderMap::try_with_capacity(headers.len() + more).map_err(|_| Unsendable::TooManyFields)?;
    let mut start = 0;
    for header in kept() {
        let end = start + header.value.len();
        // Neither can fail: names are tokens, and the controls are gone. Only a name of 64 KB is more than the map takes.
        if let Some(name) = name_of(header)
            && let Ok(value) = HeaderValue::from_maybe_shared(values.slice(start..end))
        {
            map.try_append(name, value).map_err(|_| Unsendable::TooManyFields)?;
        }
        start = end;
    }
    Ok(map)
}

fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

fn name_of(header: Header<'_>) -> Option<HeaderName> {
    match NAMES.get(header.known as usize) {
        Some(name) => Some(name.clone()),
        None => HeaderName::from_lowercase(header.name).ok(),
    }
}
