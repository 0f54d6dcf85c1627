//! Traffic: workers, listeners, connections, streams and the phases that a request walks through. It never looks at the command line and
//! gets everything it knows from the [`burdock_model::Model`].
//!
//! One thread a worker, one tokio current-thread runtime a thread, everything on it local. A connection never changes worker.
#![forbid(unsafe_code)]

mod admission;
mod announcement;
mod body;
mod capture;
mod client;
mod connect;
mod deadline;
mod driver;
mod early;
mod effort;
mod fcgi;
mod finish;
mod guard;
mod h2;
mod handshake;
mod head;
mod inspection;
mod label;
mod listener;
mod moderation;
mod outbox;
mod phase;
mod proxy_header;
mod relay;
mod reply;
mod retry;
mod server_connection;
mod server_pool;
mod session;
mod shutdown;
mod socket;
mod stream;
mod tcp;
mod throttle;
mod tls_socket;
mod tracking;
mod transport;
mod worker;

pub use fcgi::{BadPath as BadFcgiPath, append_parameters as append_fcgi_parameters};
pub use listener::Listener;
pub use phase::backend_request::rewrite_for_server;
pub use phase::persist::chosen_server;
pub use worker::{Mailbox, WorkerHandle, WorkerSettings, spawn_worker};
