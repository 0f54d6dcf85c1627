//! What is counted for a name server, as `show resolvers` shows it (management manual 9.3).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Counter {
    /// Queries sent.
    Sent,
    /// Queries that could not be sent.
    SendErrors,
    /// Answers with addresses.
    Valid,
    /// Servers moved because of an answer.
    Updates,
    /// Answers that are an alias alone.
    Aliases,
    /// Answers with an alias that leads nowhere.
    AliasErrors,
    /// Answers without a record.
    Empty,
    /// The name does not exist.
    NoSuchName,
    /// Queries that were not answered in time.
    Timeouts,
    /// The name server refuses to answer.
    Refused,
    /// Any other error.
    Other,
    /// What cannot be read, or answers another question.
    Invalid,
    /// Answers larger than announced.
    TooBig,
    /// Answers that say that they are not whole.
    Truncated,
    /// Answers to what is not asked, or not any more.
    Outdated,
}

impl Counter {
    /// All of them, in the order in which they are shown.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Sent, "sent"),
        (Self::SendErrors, "snd_error"),
        (Self::Valid, "valid"),
        (Self::Updates, "update"),
        (Self::Aliases, "cname"),
        (Self::AliasErrors, "cname_error"),
        (Self::Empty, "any_err"),
        (Self::NoSuchName, "nx"),
        (Self::Timeouts, "timeout"),
        (Self::Refused, "refused"),
        (Self::Other, "other"),
        (Self::Invalid, "invalid"),
        (Self::TooBig, "too_big"),
        (Self::Truncated, "truncated"),
        (Self::Outdated, "outdated"),
    ];
}

/// The counters of a name server.
#[derive(Debug, Default)]
pub struct Counters([AtomicU64; Counter::ALL.len()]);

impl Counters {
    /// Counts one.
    pub fn add(&self, counter: Counter) {
        if let Some(cell) = self.0.get(counter as usize) {
            cell.fetch_add(1, Relaxed);
        }
    }

    /// How many there were.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0.get(counter as usize).map_or(0, |cell| cell.load(Relaxed))
    }
}
