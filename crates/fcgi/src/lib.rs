//! FastCGI 1.0 as a web server speaks it to applications that answer requests (the role of a responder): records out, records in, and the
//! name-value pairs in them. Bytes only: must not know sockets, HTTP or what a parameter means.
#![forbid(unsafe_code)]

mod decoder;
mod pairs;
mod record;

pub use decoder::{Decoder, Event, Fault, Output, Step};
pub use pairs::{Pairs, push_pair, push_variable, variable_byte};
pub use record::{
    AppLimits, HEADER_LEN, Kind, MAX_CONTENT, ProtocolStatus, RequestId, push_abort, push_begin, push_get_values,
    push_params, push_stream_end, stream_header,
};
