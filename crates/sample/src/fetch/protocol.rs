//! Fetches from protocols that begin with a message of a known form: RDP and distcc (configuration manual 7.3.5).

use burdock_http::bytes::hex_value;

use super::payload::{Side, raw, seen};
use super::row::inspection;
use super::{Fetch, Sight};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    inspection(
        "req.rdp_cookie",
        Type::Str,
        Validity::REQUEST,
        "The cookie of an RDP connection request.",
        |input, args| match rdp(input, args) {
            Rdp::Cookie(value) => Sight::Settled(Some(Value::Str(value))),
            Rdp::Other => Sight::Settled(None),
            Rdp::Unread(sight) => sight,
        },
    )
    .aka(&["rdp_cookie"])
    .with(RDP_NAME),
    inspection(
        "req.rdp_cookie_cnt",
        Type::Int,
        Validity::REQUEST,
        "How many such cookies there are.",
        |input, args| match rdp(input, args) {
            Rdp::Cookie(_) => Sight::Settled(Some(Value::Int(1))),
            Rdp::Other => Sight::Settled(Some(Value::Int(0))),
            Rdp::Unread(sight) => sight,
        },
    )
    .aka(&["rdp_cookie_cnt"])
    .with(RDP_NAME),
    inspection(
        "distcc_param",
        Type::Int,
        Validity::EITHER_MESSAGE,
        "The parameter of a distcc token.",
        |input, args| distcc(input, args, |token| Some(Value::Int(i64::from(token.parameter)))),
    )
    .with(DISTCC),
    inspection("distcc_body", Type::Bin, Validity::EITHER_MESSAGE, "The body of a distcc token.", |input, args| {
        distcc(input, args, |token| token.body.map(Value::Bin))
    })
    .with(DISTCC),
];

const RDP_NAME: ArgSpec = ArgSpec { usage: "[<name>]", kinds: &[ArgKind::Text], required: 0 };

const DISTCC: ArgSpec = ArgSpec { usage: "<token>[,<occ>]", kinds: &[TOKEN, ArgKind::Integer], required: 1 };

const TOKEN: ArgKind = ArgKind::Parse(|text| match text {
    [_, _, _, _] => Ok(Arg::Text(text.into())),
    _ => Err("is no token: those have four characters"),
});

/// What an RDP connection request holds.
enum Rdp<'a> {
    /// The cookie asked for.
    Cookie(&'a [u8]),
    /// Another cookie, or something else altogether.
    Other,
    /// It is not there, or not all of it.
    Unread(Sight<'a>),
}

/// In front of the cookie: TPKT (RFC 1006) and an X.224 connection request (RFC 905 13.3).
const RDP_HEADER_BYTES: usize = 11;
const TPKT_VERSION: u8 = 3;
const X224_CONNECTION_REQUEST: u8 = 0xe0;

fn rdp<'a>(input: &Input<'a>, args: &Args) -> Rdp<'a> {
    let Some(payload) = raw(input, Side::Request) else { return Rdp::Other };
    match rdp_cookie(&payload.bytes) {
        Err(true) => Rdp::Unread(seen(payload, None)),
        Err(false) => Rdp::Other,
        Ok((name, value)) => match args.text(0) {
            Some(wanted) if !wanted.eq_ignore_ascii_case(name) => Rdp::Other,
            _ => Rdp::Cookie(value),
        },
    }
}

/// The name and value of the first cookie; otherwise whether more bytes could bring one.
fn rdp_cookie(bytes: &[u8]) -> Result<(&[u8], &[u8]), bool> {
    const PREFIX: &[u8] = b"Cookie:";
    let Some((header, rest)) = bytes.split_at_checked(RDP_HEADER_BYTES) else { return Err(true) };
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] != TPKT_VERSION || header[5] != X224_CONNECTION_REQUEST || length < RDP_HEADER_BYTES + PREFIX.len() {
        return Err(false);
    }
    let Some(text) = rest.get(..length - RDP_HEADER_BYTES) else { return Err(true) };
    let Some((prefix, text)) = text.split_at_checked(PREFIX.len()) else { return Err(false) };
    if !prefix.eq_ignore_ascii_case(PREFIX) {
        return Err(false);
    }
    let text = text.trim_ascii_start();
    let equals = text.iter().position(|&byte| byte == b'=').ok_or(false)?;
    let value = &text[equals + 1..];
    let end = value.windows(2).position(|pair| pair == b"\r\n").ok_or(false)?;
    Ok((&text[..equals], &value[..end]))
}

/// A token of distcc's protocol: four letters, eight hexadecimal digits, and for most of them so many bytes.
struct DistccToken<'a> {
    parameter: u32,
    /// What there is of it.
    body: Option<&'a [u8]>,
}

/// Letters and digits.
const DISTCC_HEADER_BYTES: usize = 12;
/// Tokens whose parameter is no length.
const DISTCC_WITHOUT_BODY: [&[u8]; 4] = [b"ARGC", b"DIST", b"DONE", b"STAT"];

fn distcc<'a>(input: &Input<'a>, args: &Args, value: impl FnOnce(DistccToken<'a>) -> Option<Value<'a>>) -> Sight<'a> {
    let Some(payload) = raw(input, Side::of(input)) else { return Sight::Settled(None) };
    let wanted = args.text(0).unwrap_or_default();
    let mut skipped = args.integer(1).unwrap_or(1).max(1) - 1;
    let mut rest = payload.bytes.as_slice();
    loop {
        let Some((header, behind)) = rest.split_at_checked(DISTCC_HEADER_BYTES) else { return seen(payload, None) };
        let (name, digits) = header.split_at(4);
        let number = digits.iter().try_fold(0u32, |number, &digit| Some(number << 4 | u32::from(hex_value(digit)?)));
        let Some(parameter) = number else { return Sight::Settled(None) };
        let length = if DISTCC_WITHOUT_BODY.contains(&name) { 0 } else { parameter as usize };
        let (body, next) = match behind.split_at_checked(length) {
            Some((body, next)) => (body, Some(next)),
            None => (behind, None),
        };
        if name == wanted && skipped == 0 {
            let found = value(DistccToken { parameter, body: Some(body) });
            return if next.is_some() { Sight::Settled(found) } else { seen(payload, found) };
        }
        skipped -= i64::from(name == wanted);
        match next {
            Some(next) => rest = next,
            None => return seen(payload, None),
        }
    }
}
