//! How much of a body each stream of a client may have under way (`tune.h2.fe.rxbuf`): what the connection as a whole may have is shared out, so
//! that an upload is not held to one buffer a round trip. Must not know frames.

use std::cell::Cell;

use burdock_http::h1::BodyFraming;

/// The part of what is left that one stream is given. Those that come later find something, and streams whose servers do not read cannot
/// take all of it.
const SHARE: u32 = 2;

/// What the streams of one connection are allowed.
#[derive(Debug)]
pub struct Windows {
    /// What every stream begins with, bytes.
    initial: u32,
    /// What no stream was promised, bytes.
    left: Cell<u32>,
}

impl Windows {
    /// Of a connection that may have `total` bytes waiting, and whose streams begin with `initial`.
    pub fn new(initial: u32, total: u32) -> Self {
        Self { initial, left: Cell::new(total) }
    }

    /// The window for a body, where it gains by a larger one than that it began with; [`Windows::give_back`] is due at its end.
    pub fn take(&self, framing: BodyFraming) -> Option<u32> {
        let gains = match framing {
            BodyFraming::Length(length) => length > u64::from(self.initial),
            // What no length announces is a stream of chunks, or a tunnel.
            BodyFraming::None | BodyFraming::Chunked | BodyFraming::UntilClose => true,
        };
        let size = self.left.get() / SHARE;
        if !gains || size <= self.initial {
            return None;
        }
        self.left.set(self.left.get() - size);
        Some(size)
    }

    /// A stream with such a window is over.
    pub fn give_back(&self, size: u32) {
        self.left.set(self.left.get() + size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_body_gets_half_of_what_is_left() {
        let windows = Windows::new(10, 100);
        assert_eq!(windows.take(BodyFraming::Chunked), Some(50));
        assert_eq!(windows.take(BodyFraming::Length(11)), Some(25));
        assert_eq!(windows.take(BodyFraming::UntilClose), Some(12));
        assert_eq!(windows.take(BodyFraming::None), None, "13 are left");
        windows.give_back(25);
        assert_eq!(windows.take(BodyFraming::None), Some(19));
    }

    #[test]
    fn short_bodies_leave_the_share_to_others() {
        let windows = Windows::new(10, 100);
        assert_eq!(windows.take(BodyFraming::Length(10)), None);
        assert_eq!(windows.take(BodyFraming::Length(0)), None);
        assert_eq!(windows.take(BodyFraming::Chunked), Some(50));
    }
}
