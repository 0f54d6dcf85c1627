//! What the frames of a connection say of the peer: how odd it is, how much of it is dealt with in one turn, and which requests of a client
//! were refused below the level of messages. The `h2` crate keeps all this to itself.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;
use std::task::Waker;

use burdock_model::Http2Side;
use burdock_txn::ConnectionStreams;

use crate::h2::frames::{CONTINUATION, DATA, Frame, GOAWAY, RST_STREAM};

/// Reads that one connection has in a turn before others have theirs.
const READS_A_TURN: u32 = 16;
/// So many frames that continue a head count as one oddity, as measured in HAProxy.
const CONTINUATIONS_A_GLITCH: u32 = 16;

/// Resets on their way that are remembered: some never are sent, because the client's own came first.
const MAX_TOLD: usize = 256;

/// Out of a hundred glitches that end a connection, those after which no further stream is to begin.
const GLITCHES_TO_LEAVE: u64 = 75;

/// Error codes (RFC 9113 section 7) that a stream is reset with for what the peer has done.
const PEERS_FAULTS: [u32; 6] =
    [PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, COMPRESSION_ERROR];
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const COMPRESSION_ERROR: u32 = 9;

/// What is known of the frames so far.
#[derive(Debug)]
pub struct Traffic {
    /// What samples see of it.
    pub streams: Arc<ConnectionStreams>,
    max_frames_at_once: u32,
    max_resets_at_once: u32,
    turn: Cell<Turn>,
    continuations: Cell<u32>,
    /// The peer has sent some of a body.
    has_data: Cell<bool>,
    /// The server is to hear that a request was not sent.
    declined: Cell<bool>,
    /// Streams under way, and the one that was accepted last.
    open: RefCell<HashSet<u32>>,
    latest: Cell<u32>,
    /// Streams that we have reset as malformed, and told of.
    told: RefCell<HashSet<u32>>,
    /// Requests refused below the level of messages that nobody has told of.
    untold: Cell<u32>,
    /// The connection was ended for what the client has done.
    condemned: Cell<bool>,
    ending: Cell<Option<Ending>>,
    waker: RefCell<Option<Waker>>,
}

/// How a rule for one stream ends the whole connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client is told.
    Reject,
    /// Nothing more is said, or a reset that travels so many hops.
    Vanish(Option<u8>),
}

/// How odd the peer has been, against what it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// Not much.
    Borne,
    /// So much that the connection should take no further stream.
    NearlyTooMuch,
    /// More than is allowed.
    TooMuch,
}

#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    reads: u32,
    frames: u32,
    resets: u32,
}

impl Traffic {
    /// Of a connection that begins. `max_resets_at_once`: resets that are dealt with in a row; zero: no limit.
    pub fn new(settings: &Http2Side, max_resets_at_once: u32) -> Self {
        Self {
            streams: Arc::new(ConnectionStreams::new(settings.max_concurrent_streams)),
            max_frames_at_once: settings.max_frames_at_once,
            max_resets_at_once,
            turn: Cell::default(),
            continuations: Cell::new(0),
            has_data: Cell::new(false),
            declined: Cell::new(false),
            open: RefCell::default(),
            latest: Cell::new(0),
            told: RefCell::default(),
            untold: Cell::new(0),
            condemned: Cell::new(false),
            ending: Cell::new(None),
            waker: RefCell::default(),
        }
    }

    /// Others have had their turn.
    pub fn begin_turn(&self, waker: &Waker) {
        self.turn.set(Turn::default());
        let mut kept = self.waker.borrow_mut();
        if kept.as_ref().is_none_or(|kept| !kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// Whether others are to have their turn before more is received.
    pub fn is_turn_over(&self) -> bool {
        let turn = self.turn.get();
        let over = |limit: u32, count: u32| limit > 0 && count >= limit;
        turn.reads >= READS_A_TURN
            || over(self.max_frames_at_once, turn.frames)
            || over(self.max_resets_at_once, turn.resets)
    }

    /// Something was received.
    pub fn note_read(&self) {
        let mut turn = self.turn.get();
        turn.reads += 1;
        self.turn.set(turn);
    }

    /// The peer has sent a frame.
    pub fn note_received(&self, frame: Frame) {
        let mut turn = self.turn.get();
        turn.frames += 1;
        match frame.kind {
            RST_STREAM => {
                turn.resets += 1;
                // One that is over already may well be reset by a peer that does not know yet.
                if frame.stream > self.latest.get() || self.open.borrow().contains(&frame.stream) {
                    self.streams.add_glitch();
                }
            }
            DATA => self.has_data.set(true),
            CONTINUATION => {
                self.continuations.set(self.continuations.get() + 1);
                if self.continuations.get() == CONTINUATIONS_A_GLITCH {
                    self.continuations.set(0);
                    self.streams.add_glitch();
                }
            }
            _ => {}
        }
        self.turn.set(turn);
    }

    /// The peer is sent a frame.
    pub fn note_sent(&self, frame: Frame) {
        match (frame.kind, frame.error) {
            (RST_STREAM, Some(error)) if PEERS_FAULTS.contains(&error) => {
                self.streams.add_glitch();
                if !self.told.borrow_mut().remove(&frame.stream) && error != STREAM_CLOSED {
                    self.untold.set(self.untold.get() + 1);
                }
            }
            // What rules and limits have ended is told of by them.
            (GOAWAY, Some(error)) if error != 0 && self.ending.get().is_none() => {
                self.streams.add_glitch();
                self.condemned.set(true);
            }
            _ => {}
        }
    }

    /// Whether the peer has sent anything of a body.
    pub fn has_data(&self) -> bool {
        self.has_data.get()
    }

    /// How odd the peer has been; a threshold of zero allows everything.
    pub fn oddity(&self, threshold: u32) -> Oddity {
        let (glitches, threshold) = (u64::from(self.streams.glitches()), u64::from(threshold));
        match threshold {
            0 => Oddity::Borne,
            _ if glitches >= threshold => Oddity::TooMuch,
            _ if glitches * 100 >= threshold * GLITCHES_TO_LEAVE => Oddity::NearlyTooMuch,
            _ => Oddity::Borne,
        }
    }

    /// A stream begins.
    pub fn opened(&self, stream: u32) {
        self.latest.set(self.latest.get().max(stream));
        self.open.borrow_mut().insert(stream);
        self.streams.set_open(self.open.borrow().len());
    }

    /// A request has no form in which this server would take it, and it is to hear so.
    pub fn decline(&self) {
        self.declined.set(true);
        self.wake();
    }

    /// Hands out the number of the stream that a declined request would have had, once.
    pub fn take_declined(&self) -> Option<u32> {
        let next = if self.latest.get() == 0 { 1 } else { self.latest.get() + 2 };
        self.declined.take().then_some(next)
    }

    /// A stream has ended.
    pub fn closed(&self, stream: u32) {
        self.open.borrow_mut().remove(&stream);
        self.streams.set_open(self.open.borrow().len());
        self.wake();
    }

    /// How many streams are under way.
    pub fn open_streams(&self) -> usize {
        self.open.borrow().len()
    }

    /// A stream is about to be reset as malformed by whoever tells of it.
    pub fn tell_of(&self, stream: u32) {
        let mut told = self.told.borrow_mut();
        if told.len() >= MAX_TOLD {
            told.clear();
        }
        told.insert(stream);
    }

    /// Hands out how many refused requests nobody has told of, and whether the whole connection was one of them.
    pub fn take_untold(&self) -> (u32, bool) {
        (self.untold.take(), self.condemned.take())
    }

    /// A rule ends the connection; the first word counts.
    pub fn end(&self, how: Ending) {
        if self.ending.get().is_none() {
            self.ending.set(Some(how));
            self.wake();
        }
    }

    /// How a rule has ended the connection.
    pub fn ending(&self) -> Option<Ending> {
        self.ending.get()
    }

    /// Wakes the task that moves the frames.
    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}
