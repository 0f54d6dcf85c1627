//! What arrives on a runtime connection: whole lines and payloads, of bounded length.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::line::end_of_line;

/// The bytes that have arrived and are not used up.
#[derive(Debug)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    used: usize,
    max_line: usize,
}

/// A piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A line without its line feed.
    Line(Vec<u8>),
    /// The peer has ended its side; a line that it did not finish counts for nothing.
    End,
    /// A line is longer than allowed.
    TooLong,
}

/// Bytes asked of the socket at once.
const CHUNK: usize = 4096;

impl Input {
    /// Takes lines of up to `max_line` bytes.
    pub(crate) fn new(max_line: usize) -> Input {
        Input { bytes: Vec::new(), used: 0, max_line }
    }

    /// The next command line.
    ///
    /// # Errors
    /// The connection's, and a silence of longer than `silence`.
    pub(crate) async fn line<S: AsyncRead + Unpin>(&mut self, stream: &mut S, silence: Duration) -> io::Result<Piece> {
        let limit = self.max_line;
        self.next(stream, silence, limit, end_of_line).await
    }

    /// The next line of a payload that may take `left` bytes more; backslashes mean nothing there.
    ///
    /// # Errors
    /// As [`Input::line`].
    pub(crate) async fn payload_line<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        silence: Duration,
        left: usize,
    ) -> io::Result<Piece> {
        self.next(stream, silence, left, |bytes| bytes.iter().position(|&byte| byte == b'\n')).await
    }

    /// Waits until the peer says anything or ends its side, and forgets what it said.
    ///
    /// # Errors
    /// The connection's.
    pub(crate) async fn discard<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        if self.used == self.bytes.len() {
            let mut ignored = [0; CHUNK];
            let _whatever_it_was = stream.read(&mut ignored).await?;
        }
        self.bytes.clear();
        self.used = 0;
        Ok(())
    }

    async fn next<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        silence: Duration,
        limit: usize,
        end: impl Fn(&[u8]) -> Option<usize>,
    ) -> io::Result<Piece> {
        loop {
            let pending = &self.bytes[self.used..];
            match end(pending) {
                Some(at) if at <= limit => {
                    let line = pending[..at].to_vec();
                    self.used += at + 1;
                    return Ok(Piece::Line(line));
                }
                None if pending.len() <= limit => {}
                _ => return Ok(Piece::TooLong),
            }
            self.bytes.drain(..self.used);
            self.used = 0;
            let mut chunk = [0; CHUNK];
            match timeout(silence, stream.read(&mut chunk)).await?? {
                0 => return Ok(Piece::End),
                n => self.bytes.extend_from_slice(&chunk[..n]),
            }
        }
    }
}
