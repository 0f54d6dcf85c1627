//! Every limit of the crate, and how fast it goes about things.

use std::time::Duration;

use burdock_http_client::Limits;

/// Orders that run at once.
pub(crate) const MAX_RUNNING: usize = 4;
/// What an authority's answer may cost.
pub(crate) const ANSWER: Limits = Limits { bytes: 1 << 20, time: Duration::from_secs(60) };
/// Bytes of a key, a key's name or a certificate on disk.
pub(crate) const MAX_FILE: u64 = 1 << 20;

/// How long things are waited for. Tests are in more of a hurry than authorities.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Before the first look at what an authority is about to do; each further wait is twice as long.
    pub poll_first: Duration,
    /// How long an authority may take to check challenges, and again to issue.
    pub poll_limit: Duration,
    /// Before a failed order is tried anew; each further wait is twice as long.
    pub retry_first: Duration,
    /// The longest such wait, and how often certificates are looked at (configuration manual 12.8).
    pub retry_limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll_first: Duration::from_secs(1),
            poll_limit: Duration::from_secs(300),
            retry_first: Duration::from_secs(60),
            retry_limit: Duration::from_secs(12 * 3600),
        }
    }
}
