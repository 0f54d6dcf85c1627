//! Bounds on what a runtime connection may ask of us. The longest command line is `tune.bufsize`.

use std::time::Duration;

/// Words of one command (as in HAProxy).
pub(crate) const MAX_ARGUMENTS: usize = 64;
/// Bytes of a payload, its end included (management manual 9.3).
pub(crate) const MAX_PAYLOAD: usize = 128 * 1024;
/// Bytes of the word that ends a payload.
pub(crate) const MAX_PAYLOAD_END: usize = 64;
/// Bytes of an answer that are gathered before they are written: the memory that a slow reader holds.
pub(crate) const ANSWER_PIECE: usize = 16 * 1024;
/// Bytes that are read and thrown away after the last answer, so that the peer is not reset before it has read it.
pub(crate) const DRAINED: usize = 256 * 1024;
/// Milliseconds that this may take.
pub(crate) const DRAIN_MS: u64 = 1000;
/// How often `wait` looks whether what it waits for has come.
pub(crate) const WAIT_LOOK: Duration = Duration::from_millis(20);
/// Milliseconds before another attempt where the system has no resources for a connection.
pub(crate) const ACCEPT_PAUSE_MS: u64 = 100;
/// Commands that are named where an unknown one was given.
pub(crate) const SUGGESTIONS: usize = 5;
