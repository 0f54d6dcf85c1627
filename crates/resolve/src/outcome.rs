//! What came of asking.

use std::net::IpAddr;
use std::sync::Arc;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There are addresses.
    Found(Found),
    /// There are none.
    Failed(Failure),
}

/// Addresses of a name, at least one, in the order of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The addresses.
    pub addresses: Arc<[IpAddr]>,
    /// The position of the name server that told them.
    pub by: usize,
}

/// Why there are no addresses, as the statuses of `hold` tell apart (configuration manual 5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `nx`
    NoSuchName,
    /// `refused`
    Refused,
    /// `timeout`
    Timeout,
    /// `other`
    Other,
}
