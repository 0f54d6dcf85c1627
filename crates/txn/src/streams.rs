//! What samples tell of the HTTP/2 connection that a request came on, or went over. It changes while the request runs.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

/// Numbers of one connection, kept by whoever carries it.
#[derive(Debug)]
pub struct ConnectionStreams {
    open: AtomicU32,
    glitches: AtomicU32,
    /// Those of them that were counted elsewhere.
    told_glitches: AtomicU32,
    limit: AtomicU32,
    socket: AtomicI32,
}

/// No descriptor has this number.
const NO_SOCKET: RawFd = -1;

impl ConnectionStreams {
    /// A connection that begins, with the number of streams at once that its client was told; zero: no limit.
    pub const fn new(limit: u32) -> Self {
        Self {
            open: AtomicU32::new(0),
            glitches: AtomicU32::new(0),
            told_glitches: AtomicU32::new(0),
            limit: AtomicU32::new(limit),
            socket: AtomicI32::new(NO_SOCKET),
        }
    }

    /// Says how many streams are open.
    pub fn set_open(&self, count: usize) {
        self.open.store(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// Counts one oddity (`fc_glitches`).
    pub fn add_glitch(&self) {
        self.glitches.store(self.glitches().saturating_add(1), Ordering::Relaxed);
    }

    /// Says how many streams may be open at once.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(u32::try_from(limit).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// Says which socket carries the connection; none once it is closed.
    pub fn set_socket(&self, socket: Option<RawFd>) {
        self.socket.store(socket.unwrap_or(NO_SOCKET), Ordering::Relaxed);
    }

    /// How many streams are open (`fc_nb_streams`).
    pub fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// How many oddities there were since this was last asked.
    pub fn take_untold_glitches(&self) -> u32 {
        let glitches = self.glitches();
        glitches.saturating_sub(self.told_glitches.swap(glitches, Ordering::Relaxed))
    }

    /// How many oddities there were.
    pub fn glitches(&self) -> u32 {
        self.glitches.load(Ordering::Relaxed)
    }

    /// How many streams may be open at once (`fc_settings_streams_limit`).
    pub fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    /// The number of the descriptor that carries the connection, while it does.
    pub fn socket(&self) -> Option<RawFd> {
        Some(self.socket.load(Ordering::Relaxed)).filter(|socket| *socket != NO_SOCKET)
    }
}
