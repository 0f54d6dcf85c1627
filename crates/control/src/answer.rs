//! What a command answers. Long answers are made piece by piece while they are written.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use burdock_base::Instant;
use burdock_model::Level;
use burdock_state::Ring;

use crate::command::wait::Condition;

/// What a command answers. Every answer but [`Answer::Close`] ends with an empty line, which the session adds.
pub(crate) enum Answer {
    /// It is done; there is nothing to say.
    Done,
    /// Data, with its line ends.
    Text(String),
    /// A message of one line or more, without the last line end. `set severity-output` shows its level.
    Message(Level, Cow<'static, str>),
    /// Data of any length.
    Report(Box<dyn Report>),
    /// The lines of a ring.
    Events(Events),
    /// What comes after a while.
    Wait(Wait),
    /// The connection is closed at once.
    Close,
}

/// Which lines of a ring are shown, and how (`show events`).
pub(crate) struct Events {
    pub(crate) ring: Arc<Ring>,
    /// Number of the first line to show.
    pub(crate) place: u64,
    /// Ends each line.
    pub(crate) separator: u8,
    /// Whether lines that come later are shown too, until the peer says something.
    pub(crate) follow: bool,
}

/// How long is waited for what (`wait`).
pub(crate) struct Wait {
    pub(crate) delay: Duration,
    pub(crate) condition: Condition,
}

/// An answer that is made piece by piece.
pub(crate) trait Report: Send {
    /// Appends the next piece. Says whether there is more.
    fn write_piece(&mut self, out: &mut String, now: Instant) -> bool;
}

impl Answer {
    /// Refuses what was asked, with a reason.
    pub(crate) fn refused(reason: impl Into<Cow<'static, str>>) -> Answer {
        Answer::Message(Level::Error, reason.into())
    }

    /// Says something.
    pub(crate) fn said(text: impl Into<Cow<'static, str>>) -> Answer {
        Answer::Message(Level::Info, text.into())
    }
}

impl Report for burdock_observe::metric::StatReport {
    fn write_piece(&mut self, out: &mut String, now: Instant) -> bool {
        self.write_piece(out, now)
    }
}
