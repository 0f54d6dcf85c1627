//! Version-neutral HTTP messages, the sans-IO HTTP/1 codec (bytes become heads and payload ranges, heads become bytes), and the heads of
//! HTTP/2.
//! Nothing here knows sockets, clocks or configuration; limits and rules are passed in.
#![forbid(unsafe_code)]

pub mod bytes;
pub mod case;
pub mod cgi;
pub mod cookie;
pub mod form;
pub mod h1;
pub mod h2;
pub mod head;
pub mod headers;
pub mod method;
pub mod name;
pub mod normalize;
pub mod reply;
pub mod status;
pub mod uri;
pub mod version;
pub mod websocket;

pub use case::CaseMap;
pub use head::{RequestHead, ResponseHead};
pub use headers::{EditError, Header, Headers};
pub use method::Method;
pub use name::{HeaderName, KnownHeader};
pub use reply::Reply;
pub use version::Version;
