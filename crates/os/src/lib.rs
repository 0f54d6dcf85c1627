//! What only the kernel can do and no crate wraps safely: taking over inherited sockets, becoming a daemon, the few socket options that
//! have no safe setter, and those that the kernel answers; how sockets are bound to a source, and how abstract socket names are written. The only crate with unsafe code. Decides
//! nothing, knows no configuration.
#![deny(unsafe_code)]

mod address;
mod daemon;
mod event_loop;
mod inherit;
mod option;
mod source;
mod tcp_info;

pub use address::abstract_address;
pub use daemon::{Daemon, daemonize};
pub use event_loop::join_event_loop;
pub use inherit::{SocketKind, adopt_fd, close_adopted, socket_kind};
pub use option::{ignore_packets, set_defer_accept, set_fast_open};
pub use source::bind_source;
pub use tcp_info::{TcpInfo, save_syn, saved_syn, tcp_info};
