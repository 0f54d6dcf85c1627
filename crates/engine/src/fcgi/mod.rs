//! Connections to FastCGI applications, framed by `burdock-fcgi`, and their requests as transports: a request of FastCGI walks the same phases
//! as any other.

mod link;
mod parameters;
mod request;
mod stream;
mod wakers;

pub use link::Link;
pub use parameters::{BadPath, append_parameters};
pub use request::{begin, make_ready};
pub use stream::FcgiStream;
