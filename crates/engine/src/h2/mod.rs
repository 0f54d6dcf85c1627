//! HTTP/2 (RFC 9113), framed by the `h2` crate: connections of clients, and their streams as transports. A stream walks the same phases as a
//! request of HTTP/1.

mod front;
mod pipe;
mod stream;

pub use front::serve;
pub use stream::H2Stream;
