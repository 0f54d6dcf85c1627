//! What samples ask of one of the two connections of a request while it runs (configuration manual 7.3.3): its socket, and how the other
//! side ended what it had to say.

use std::os::fd::RawFd;
use std::sync::Arc;

use burdock_os::{TcpInfo, tcp_info};

use crate::streams::ConnectionStreams;

/// A connection, as a request sees it.
#[derive(Clone, Debug, Default)]
pub struct Carrier {
    /// The number of the descriptor, while the request has it; of a stream, [`ConnectionStreams::socket`] tells.
    pub descriptor: Option<RawFd>,
    /// What is known of its HTTP/2; none: it speaks another version.
    pub streams: Option<Arc<ConnectionStreams>>,
    /// The number of the stream on it; zero where it has none.
    pub stream_id: u32,
    /// The code by which the other side has reset the stream (RFC 9113 section 7).
    pub reset_code: Option<u32>,
    /// What the kernel measured of it at the end, where samples ask for that.
    pub measured: Option<TcpInfo>,
}

impl Carrier {
    /// The number of the descriptor that carries it now.
    pub fn socket(&self) -> Option<RawFd> {
        match &self.streams {
            Some(streams) => streams.socket(),
            None => self.descriptor,
        }
    }

    /// What the kernel has measured of it: at its end, else until now.
    pub fn tcp_info(&self) -> Option<TcpInfo> {
        self.measured.or_else(|| tcp_info(self.socket()?))
    }

    /// Forgets the connection.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
