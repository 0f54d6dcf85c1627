//! What proxies in front of us have said of the client's connection before its first byte.

use burdock_proxy_protocol::Tlvs;

use crate::Endpoint;

/// Headers that a connection began with.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The other end of the connection itself.
    pub connected_from: Endpoint,
    /// Our end of it.
    pub connected_to: Endpoint,
    /// Whether there was a header of the PROXY protocol; NetScaler's is another.
    pub is_proxy: bool,
    /// What that has told beside addresses.
    pub tlvs: Tlvs,
}
