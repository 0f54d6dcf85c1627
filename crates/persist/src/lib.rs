//! Cookie persistence, pure: what the configuration asks for ([`CookiePolicy`]), what a cookie's value says, which server it binds to,
//! and what is to be done to request and response. Knows no sockets and no clock: `now` is passed in.
#![forbid(unsafe_code)]

mod dynamic;
mod persistence;
mod policy;
mod privacy;
mod request;
mod response;
mod stamp;
mod table;
#[cfg(test)]
mod testing;

pub use dynamic::dynamic_value;
pub use persistence::{Persistence, PersistentServer};
pub use policy::{CookieMode, CookiePolicy};
pub use request::{Binding, Reach};
