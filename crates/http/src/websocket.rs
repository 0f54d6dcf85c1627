//! The handshake of WebSocket (RFC 6455 section 4), where the proxy has to take part in it: between HTTP/2, which has no keys (RFC 8441
//! section 5.1), and HTTP/1.

use crate::head::{RequestHead, ResponseHead};
use crate::headers::EditError;
use crate::name::KnownHeader;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// What the protocol is called in Upgrade fields.
const NAME: &[u8] = b"websocket";

/// What a server appends to the key (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Length of a key: 16 bytes in base64.
const KEY_LEN: usize = 24;

/// Length of an acceptance: the 20 bytes of SHA-1 in base64.
const ACCEPTANCE_LEN: usize = 28;

/// Whether that is WebSocket's name.
pub fn is_name(protocol: &[u8]) -> bool {
    protocol.eq_ignore_ascii_case(NAME)
}

/// The key that 16 random bytes make.
pub fn key(random: [u8; 16]) -> [u8; KEY_LEN] {
    let mut text = [0; KEY_LEN];
    // 16 bytes always make 24 characters.
    let _ = STANDARD.encode_slice(random, &mut text);
    text
}

/// What a server answers to a key.
pub fn acceptance(key: &[u8]) -> [u8; ACCEPTANCE_LEN] {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    let mut text = [0; ACCEPTANCE_LEN];
    // 20 bytes always make 28 characters.
    let _ = STANDARD.encode_slice(digest, &mut text);
    text
}

/// Whether a request that goes to an HTTP/1 server asks for WebSocket and has no key yet, because it came over HTTP/2.
pub fn needs_key(request: &RequestHead) -> bool {
    crate::h2::upgrade_protocol(&request.headers).is_some_and(is_name)
        && !request.headers.contains(KnownHeader::SecWebSocketKey)
}

/// Adds a key to a request that needs one.
///
/// # Errors
/// The head has no room for it.
pub fn add_key(request: &mut RequestHead, random: [u8; 16]) -> Result<(), EditError> {
    request.headers.append_known(KnownHeader::SecWebSocketKey, &key(random))
}

/// Whether the response proves that its server has seen the key.
pub fn accepts(response: &ResponseHead, key: &[u8]) -> bool {
    response.headers.find(KnownHeader::SecWebSocketAccept) == Some(&acceptance(key)[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshake_of_the_standard() {
        // RFC 6455 section 1.3.
        assert_eq!(&key(*b"the sample nonce"), b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(&acceptance(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_key_is_added_where_one_is_missing() {
        for (fields, needed) in [
            (&[("connection", "upgrade"), ("upgrade", "WebSocket")][..], true),
            (&[("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "x")], false),
            (&[("connection", "upgrade"), ("upgrade", "other")], false),
            (&[("upgrade", "websocket")], false),
        ] {
            let mut request = RequestHead::new();
            for (name, value) in fields {
                request.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
            }
            assert_eq!(needs_key(&request), needed, "{fields:?}");
            if needed {
                add_key(&mut request, *b"the sample nonce").unwrap();
                assert!(!needs_key(&request));
            }
        }
        let mut response = ResponseHead::new();
        response.headers.append(b"sec-websocket-accept", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").unwrap();
        assert!(accepts(&response, b"dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(!accepts(&response, b"another"));
    }
}
