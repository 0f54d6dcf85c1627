//! HTTP/2 (RFC 9113), framed by the `h2` crate: connections of clients and to servers, and their streams as transports. A stream walks the same phases as a
//! request of HTTP/1.

pub mod back;
mod front;
mod pipe;
mod stream;

pub use back::ServerSession;
pub use front::serve;
pub use stream::H2Stream;

use burdock_model::Http2Settings;

/// What RFC 9113 section 4.2 allows a frame to hold at least and at most.
const DEFAULT_FRAME_SIZE: u32 = 16_384;
const MAX_FRAME_SIZE: u32 = 16_777_215;

/// Bytes of payload a frame that peers are told of.
fn frame_size(settings: &Http2Settings, buffer_size: u32) -> u32 {
    let size = settings.max_frame_size.unwrap_or(DEFAULT_FRAME_SIZE.max(buffer_size));
    size.clamp(DEFAULT_FRAME_SIZE, MAX_FRAME_SIZE)
}
