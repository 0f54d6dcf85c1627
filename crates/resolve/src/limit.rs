//! What resolving may take up.

/// The largest message: the length in front of it over TCP has 16 bits (RFC 1035 section 4.2.2).
pub const MAX_PAYLOAD: u16 = u16::MAX;
/// Resolutions of a section at once; what is asked for beyond that fails.
pub(crate) const MAX_RUNNING: usize = 512;
/// Inquiries that wait for the service to look at them.
pub(crate) const MAX_WAITING: usize = 4096;
/// Names of a section whose answers are kept.
pub(crate) const MAX_KNOWN: usize = 8192;
/// Addresses of a name that are kept.
pub(crate) const MAX_ADDRESSES: usize = 256;
/// Aliases that are followed within an answer.
pub(crate) const MAX_ALIASES: usize = 16;
/// Messages that are no answer to a query, after which nobody listens for one any more: somebody is guessing (RFC 5452 section 9.2).
pub(crate) const MAX_FOREIGN: u32 = 64;
