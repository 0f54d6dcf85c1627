//! The phases of a request, a file each. A phase works on the [`Stream`](crate::stream::Stream) and says what comes next; it calls no other
//! phase and knows no version of HTTP.

pub mod arrival;
pub mod backend_request;
pub mod choose_backend;
pub mod choose_server;
pub mod connect;
pub mod content;
pub mod forward;
pub mod forwarded;
pub mod http_response;
pub mod persist;
pub mod queue;
pub mod resolve;
pub mod rules;
pub mod send_request;
pub mod service;
pub mod stick;
pub mod wait_for_body;
