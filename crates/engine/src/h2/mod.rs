//! HTTP/2 (RFC 9113), framed by the `h2` crate: connections of clients and to servers, and their streams as transports. A stream walks the same phases as a
//! request of HTTP/1.

pub mod back;
mod frames;
mod front;
mod load;
mod pipe;
mod stream;
mod traffic;
mod windows;

pub use back::begin;
pub use front::serve;
pub use stream::H2Stream;
pub use traffic::Ending;

use burdock_model::{Http2Settings, Http2Side};

/// What RFC 9113 section 4.2 allows a frame to hold at least and at most.
const DEFAULT_FRAME_SIZE: u32 = 16_384;
const MAX_FRAME_SIZE: u32 = 16_777_215;

/// What RFC 9113 section 6.9.1 allows a window to hold, and what a connection's begins with.
const MAX_WINDOW: u64 = (1 << 31) - 1;
const DEFAULT_WINDOW: u64 = 65_535;
/// Streams whose bodies may wait, a buffer each, before a peer has to pause (`tune.h2.fe.rxbuf`, `tune.h2.be.rxbuf` say otherwise).
const BUFFERED_STREAMS: u64 = 100;

/// Bytes that all streams of a connection may have waiting.
fn receive_window(side: &Http2Side, buffer_size: usize) -> u32 {
    let window = side.receive_buffer.unwrap_or(BUFFERED_STREAMS * buffer_size as u64);
    window.clamp(DEFAULT_WINDOW, MAX_WINDOW) as u32
}

/// Bytes that one stream begins with.
fn initial_window(side: &Http2Side, buffer_size: usize) -> u32 {
    let window = side.initial_window_size.map_or(buffer_size as u64, u64::from);
    window.min(MAX_WINDOW) as u32
}

/// Bytes of payload a frame that peers are told of.
fn frame_size(settings: &Http2Settings, buffer_size: u32) -> u32 {
    let size = settings.max_frame_size.unwrap_or(DEFAULT_FRAME_SIZE.max(buffer_size));
    size.clamp(DEFAULT_FRAME_SIZE, MAX_FRAME_SIZE)
}
