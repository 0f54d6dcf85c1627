//! What only the kernel can do and no crate wraps safely: taking over inherited sockets, becoming a daemon, the few socket options that
//! have no safe setter; and how abstract socket names are written. The only crate with unsafe code. Decides nothing, knows no configuration.
#![deny(unsafe_code)]

mod address;
mod daemon;
mod inherit;
mod option;

pub use address::abstract_address;
pub use daemon::{Daemon, daemonize};
pub use inherit::{SocketKind, adopt_fd, close_adopted, socket_kind};
pub use option::{set_defer_accept, set_fast_open};
