//! A response as the client gets it over HTTP/2.

use super::Unsendable;
use super::fields::head_map;
use crate::h1::FramingHeader;
use crate::head::ResponseHead;
use http::{Response, StatusCode};

/// The response to send, interim ones included. A switch of protocols is told as a success, since the request was an extended CONNECT (RFC
/// 8441 section 5). `framing` is as for HTTP/1: a length, the head's own, or none, since the stream's end tells it.
///
/// # Errors
/// The status is not one of HTTP/2: the stream is to be reset.
pub fn response(head: &ResponseHead, framing: FramingHeader) -> Result<Response<()>, Unsendable> {
    let (status, framing) = match head.status {
        101 => (200, FramingHeader::None),
        status => (status, framing),
    };
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| Unsendable::Status)?;
    *response.headers_mut() = head_map(&head.headers, framing, None)?;
    Ok(response)
}
