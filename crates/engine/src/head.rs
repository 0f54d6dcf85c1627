//! Heads on their way to a peer: text in an outbox for HTTP/1, frames for a stream of HTTP/2.

use burdock_http::h1::{WriteOptions, write_request, write_response};
use burdock_http::{RequestHead, ResponseHead, Version};

use crate::outbox::Outbox;
use crate::transport::Transport;

/// Puts the head of a response where it leaves with the first bytes of its body. `ends`: it has none.
pub fn put_response(
    transport: &mut Transport,
    outbox: &mut Outbox,
    head: &ResponseHead,
    options: &WriteOptions<'_>,
    ends: bool,
) {
    match transport {
        Transport::Stream(stream) => {
            // A stream that is gone says so again when more is to be sent, and to whoever watches the client.
            let _ = stream.send_head(head, options.framing, ends);
        }
        _ => write_response(head, options, outbox.head_mut()),
    }
}

/// Puts the head of a request where it leaves for the server, with the first bytes of its body or, on a stream, before them. `ends`: it has
/// none.
pub fn put_request(
    transport: &mut Transport,
    outbox: &mut Outbox,
    head: &RequestHead,
    options: &WriteOptions<'_>,
    ends: bool,
) {
    match transport {
        Transport::Stream(stream) => {
            // What could not be sent has no response: that is found by whoever waits for one.
            let _ = stream.send_request(head, options.framing, ends);
        }
        // Its parameters are on their way.
        Transport::FastCgi(stream) => {
            if ends {
                stream.finish();
            }
        }
        _ => write_request(head, options, outbox.head_mut()),
    }
}

/// Puts an interim response there, unless the client's version of HTTP has none.
pub fn put_interim(transport: &mut Transport, outbox: &mut Outbox, head: &ResponseHead, version: Version) {
    match transport {
        Transport::Stream(stream) => {
            let _ = stream.send_interim(head);
        }
        _ if version >= Version::HTTP_11 => write_response(head, &WriteOptions::default(), outbox.head_mut()),
        _ => {}
    }
}

/// Tells a client that waits for a word before it sends its body to go on, unless its version of HTTP knows no such thing.
pub fn put_continue(transport: &mut Transport, outbox: &mut Outbox, version: Version) {
    match transport {
        Transport::Stream(stream) => {
            let mut head = ResponseHead::new();
            head.set_status(100);
            let _ = stream.send_interim(&head);
        }
        _ if version >= Version::HTTP_11 => outbox.head_mut().extend_from_slice(CONTINUE),
        _ => {}
    }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
