//! `log` lines compiled: which lines a target takes, and the sinks that targets share.

use std::cell::Cell;

use burdock_model::{Level, LogSample, LogTarget, Logging, Transport};

use super::frame::Frame;
use super::sink::Sink;

/// A `log` line, compiled.
#[derive(Debug)]
pub(super) struct Target {
    /// Index into [`Sinks`].
    pub(super) sink: usize,
    pub(super) frame: Frame,
    /// Bytes of a line, its end included.
    pub(super) max_length: usize,
    pub(super) max_level: Level,
    pub(super) min_level: Level,
    /// The profile, by its index in the model.
    pub(super) profile: Option<usize>,
    sample: Option<LogSample>,
    /// Lines seen by `sample`, from the start of its present round.
    seen: Cell<u32>,
}

impl Target {
    pub(super) fn new(sink: usize, target: &LogTarget, hostname: Option<Box<str>>, tag: &str, pid: u32) -> Target {
        Target {
            sink,
            frame: Frame { format: target.format, facility: target.facility, hostname, tag: tag.into(), pid },
            max_length: target.max_length,
            max_level: target.max_level,
            min_level: target.min_level,
            profile: target.profile,
            sample: target.sample.clone(),
            seen: Cell::new(0),
        }
    }

    /// Whether a line of that level goes here. Counts it where lines are sampled.
    pub(super) fn takes(&self, level: Level) -> bool {
        if level > self.max_level {
            return false;
        }
        let Some(sample) = &self.sample else { return true };
        let number = self.seen.get() + 1;
        self.seen.set(if number >= sample.size { 0 } else { number });
        sample.ranges.iter().any(|&(first, last)| (first..=last).contains(&number))
    }
}

/// The open sinks of one thread, each distinct transport once.
#[derive(Debug, Default)]
pub(super) struct Sinks {
    open: Vec<Sink>,
    known: Vec<Transport>,
}

impl Sinks {
    /// Opens a transport unless it is open already. One that cannot be opened loses its lines.
    pub(super) fn open(&mut self, transport: &Transport, logging: &Logging) -> usize {
        self.known.iter().position(|known| known == transport).unwrap_or_else(|| {
            self.known.push(transport.clone());
            self.open.push(Sink::open(transport, logging));
            self.open.len() - 1
        })
    }

    /// Hands over a whole line, line end included; `text` is what it has beyond its header. Says how many lines are lost by it.
    pub(super) fn send(&self, sink: usize, line: &[u8], text: &[u8]) -> u64 {
        self.open.get(sink).map_or(1, |sink| sink.send(line, text))
    }
}
