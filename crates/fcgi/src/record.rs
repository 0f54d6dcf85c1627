//! Records (FastCGI 1.0 section 3.3): their kinds and headers, and those that a web server sends.

use crate::pairs::{Pairs, push_pair};

/// Bytes of a record's header.
pub const HEADER_LEN: usize = 8;
/// The most bytes of content that are put into one record: a multiple of eight, so that none needs padding.
pub const MAX_CONTENT: usize = 65_528;
/// The version that all records name.
pub(crate) const VERSION: u8 = 1;

/// The number of a request on its connection. Zero stands for the connection itself.
pub type RequestId = u16;

/// The role of an application that answers requests (section 6.2).
const RESPONDER: u16 = 1;
/// The application leaves the connection open when the request is over.
const KEEP_CONNECTION: u8 = 1;
/// The variables that applications are asked for (section 4.1).
const MAX_REQUESTS: &[u8] = b"FCGI_MAX_REQS";
const MULTIPLEXES: &[u8] = b"FCGI_MPXS_CONNS";

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A request begins.
    BeginRequest,
    /// A request is given up.
    AbortRequest,
    /// The application has ended a request.
    EndRequest,
    /// Parameters of a request.
    Params,
    /// The body of a request.
    Stdin,
    /// The response: head and body as CGI has them.
    Stdout,
    /// Messages for the log.
    Stderr,
    /// A file for filters.
    Data,
    /// The application is asked for its limits.
    GetValues,
    /// What it says.
    GetValuesResult,
    /// It does not know a kind of record.
    UnknownType,
    /// None that the protocol knows.
    Other(u8),
}

impl From<u8> for Kind {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::BeginRequest,
            2 => Self::AbortRequest,
            3 => Self::EndRequest,
            4 => Self::Params,
            5 => Self::Stdin,
            6 => Self::Stdout,
            7 => Self::Stderr,
            8 => Self::Data,
            9 => Self::GetValues,
            10 => Self::GetValuesResult,
            11 => Self::UnknownType,
            other => Self::Other(other),
        }
    }
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> u8 {
        match kind {
            Kind::BeginRequest => 1,
            Kind::AbortRequest => 2,
            Kind::EndRequest => 3,
            Kind::Params => 4,
            Kind::Stdin => 5,
            Kind::Stdout => 6,
            Kind::Stderr => 7,
            Kind::Data => 8,
            Kind::GetValues => 9,
            Kind::GetValuesResult => 10,
            Kind::UnknownType => 11,
            Kind::Other(other) => other,
        }
    }
}

/// How a request has ended (section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolStatus {
    /// It was dealt with.
    Complete,
    /// It was refused: the application takes one request at a time on a connection.
    CannotMultiplex,
    /// It was refused: the application is busy.
    Overloaded,
    /// It was refused: the application does not answer requests.
    UnknownRole,
    /// None that the protocol knows.
    Other(u8),
}

impl From<u8> for ProtocolStatus {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Complete,
            1 => Self::CannotMultiplex,
            2 => Self::Overloaded,
            3 => Self::UnknownRole,
            other => Self::Other(other),
        }
    }
}

/// What an application says of itself; nothing where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AppLimits {
    /// Requests at once.
    pub max_requests: Option<u32>,
    /// Whether one connection may carry several.
    pub multiplexes: Option<bool>,
}

impl AppLimits {
    /// Reads the content of a GET_VALUES_RESULT. What is no number says nothing.
    pub fn parse(content: &[u8]) -> Self {
        let mut limits = Self::default();
        for (name, value) in Pairs::new(content) {
            let number = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<u32>().ok());
            match name {
                MAX_REQUESTS => limits.max_requests = number,
                MULTIPLEXES => limits.multiplexes = number.map(|number| number != 0),
                _ => {}
            }
        }
        limits
    }
}

/// The header of a record without padding; more than [`MAX_CONTENT`] does not fit and is cut.
pub fn stream_header(kind: Kind, request: RequestId, content: usize) -> [u8; HEADER_LEN] {
    let [request_high, request_low] = request.to_be_bytes();
    let [length_high, length_low] = (content.min(MAX_CONTENT) as u16).to_be_bytes();
    [VERSION, kind.into(), request_high, request_low, length_high, length_low, 0, 0]
}

/// Begins a request. `keep`: the application is to leave the connection open behind it.
pub fn push_begin(out: &mut Vec<u8>, request: RequestId, keep: bool) {
    let [role_high, role_low] = RESPONDER.to_be_bytes();
    let flags = if keep { KEEP_CONNECTION } else { 0 };
    push_record(out, Kind::BeginRequest, request, &[role_high, role_low, flags, 0, 0, 0, 0, 0]);
}

/// All parameters of a request, encoded as pairs, and their end.
pub fn push_params(out: &mut Vec<u8>, request: RequestId, pairs: &[u8]) {
    for part in pairs.chunks(MAX_CONTENT) {
        push_record(out, Kind::Params, request, part);
    }
    push_stream_end(out, Kind::Params, request);
}

/// Ends a stream of a request.
pub fn push_stream_end(out: &mut Vec<u8>, kind: Kind, request: RequestId) {
    push_record(out, kind, request, &[]);
}

/// Gives a request up.
pub fn push_abort(out: &mut Vec<u8>, request: RequestId) {
    push_record(out, Kind::AbortRequest, request, &[]);
}

/// Asks an application for its limits.
pub fn push_get_values(out: &mut Vec<u8>) {
    let mut pairs = Vec::new();
    push_pair(&mut pairs, MAX_REQUESTS, b"");
    push_pair(&mut pairs, MULTIPLEXES, b"");
    push_record(out, Kind::GetValues, 0, &pairs);
}

fn push_record(out: &mut Vec<u8>, kind: Kind, request: RequestId, content: &[u8]) {
    out.extend_from_slice(&stream_header(kind, request, content.len()));
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_as_the_specification_has_them() {
        let check = |write: fn(&mut Vec<u8>), expected: &[u8]| {
            let mut out = Vec::new();
            write(&mut out);
            assert_eq!(out, expected);
        };
        check(|out| push_begin(out, 1, true), &[1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        check(|out| push_begin(out, 258, false), &[1, 1, 1, 2, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        check(|out| push_abort(out, 3), &[1, 2, 0, 3, 0, 0, 0, 0]);
        check(|out| push_stream_end(out, Kind::Stdin, 3), &[1, 5, 0, 3, 0, 0, 0, 0]);
        check(|out| push_params(out, 1, b"ab"), &[1, 4, 0, 1, 0, 2, 0, 0, b'a', b'b', 1, 4, 0, 1, 0, 0, 0, 0]);
        check(push_get_values, b"\x01\x09\x00\x00\x00\x20\x00\x00\x0d\x00FCGI_MAX_REQS\x0f\x00FCGI_MPXS_CONNS");
    }

    #[test]
    fn parameters_of_any_size_leave_in_records_that_hold_them() {
        let mut out = Vec::new();
        push_params(&mut out, 1, &vec![b'x'; MAX_CONTENT + 1]);
        assert_eq!(out[..HEADER_LEN], [1, 4, 0, 1, 0xff, 0xf8, 0, 0]);
        let second = HEADER_LEN + MAX_CONTENT;
        assert_eq!(out[second..], [1, 4, 0, 1, 0, 1, 0, 0, b'x', 1, 4, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn limits_of_applications() {
        let check = |pairs: &[(&str, &str)], max_requests, multiplexes| {
            let mut content = Vec::new();
            pairs.iter().for_each(|(name, value)| push_pair(&mut content, name.as_bytes(), value.as_bytes()));
            assert_eq!(AppLimits::parse(&content), AppLimits { max_requests, multiplexes }, "{pairs:?}");
        };
        check(&[], None, None);
        check(&[("FCGI_MAX_REQS", "50"), ("FCGI_MPXS_CONNS", "1")], Some(50), Some(true));
        check(&[("FCGI_MPXS_CONNS", "0"), ("FCGI_MAX_CONNS", "7")], None, Some(false));
        check(&[("FCGI_MAX_REQS", "many"), ("FCGI_MPXS_CONNS", "")], None, None);
    }

    #[test]
    fn kinds_keep_their_numbers() {
        for number in 0..=u8::MAX {
            assert_eq!(u8::from(Kind::from(number)), number);
        }
    }
}
