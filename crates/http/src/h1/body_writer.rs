//! Framing of outgoing bodies: the bytes to write around payload that the caller sends from where it lies. Must not know sockets.

use super::BodyFraming;
use super::write::write_fields;
use crate::headers::Headers;
use std::fmt;

/// Frames one outgoing body.
#[derive(Clone, Debug)]
pub struct BodyEncoder {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Counted { remaining: u64 },
    Chunked,
    UntilClose,
    Finished,
}

/// Bytes to write around one run of payload: `prefix`, the payload, `suffix`. Both may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    prefix: [u8; MAX_PREFIX],
    prefix_len: u8,
    suffix: &'static [u8],
}

/// A chunk size of 64 bits in hexadecimal digits, CR and LF.
const MAX_PREFIX: usize = 18;

const CHUNK_END: &[u8] = b"\r\n";
const CHUNK_AND_BODY_END: &[u8] = b"\r\n0\r\n\r\n";
const BODY_END: &[u8] = b"0\r\n\r\n";

/// Payload that does not fit the framing that was announced: the source lied, or we did. Nothing more may be sent on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// More payload than announced, or after the end.
    Overrun,
    /// The body ends before the announced length is reached.
    Short,
}

impl BodyEncoder {
    /// An encoder for the framing that the head announced.
    pub fn new(framing: BodyFraming) -> BodyEncoder {
        let state = match framing {
            BodyFraming::None | BodyFraming::Length(0) => State::Finished,
            BodyFraming::Length(remaining) => State::Counted { remaining },
            BodyFraming::Chunked => State::Chunked,
            BodyFraming::UntilClose => State::UntilClose,
        };
        BodyEncoder { state }
    }

    /// Frames the next `payload_len` bytes, which may lie in several slices; with `last`, the body ends behind them, without trailers.
    /// All payload at hand should go into one frame: chunks of the source need not be kept apart.
    pub fn frame(&mut self, payload_len: usize, last: bool) -> Result<Frame, FrameError> {
        let mut frame = Frame { prefix: [0; MAX_PREFIX], prefix_len: 0, suffix: b"" };
        match &mut self.state {
            State::Counted { remaining } => {
                *remaining = remaining.checked_sub(payload_len as u64).ok_or(FrameError::Overrun)?;
                if *remaining == 0 {
                    self.state = State::Finished;
                } else if last {
                    return Err(FrameError::Short);
                }
            }
            State::Chunked => {
                if payload_len > 0 {
                    frame.set_chunk_size(payload_len as u64);
                }
                frame.suffix = match (payload_len > 0, last) {
                    (true, true) => CHUNK_AND_BODY_END,
                    (true, false) => CHUNK_END,
                    (false, true) => BODY_END,
                    (false, false) => b"",
                };
                if last {
                    self.state = State::Finished;
                }
            }
            State::UntilClose if last => self.state = State::Finished,
            State::UntilClose => {}
            State::Finished if payload_len > 0 => return Err(FrameError::Overrun),
            State::Finished => {}
        }
        Ok(frame)
    }

    /// Ends the body with trailers. Only a chunked one can carry them; elsewhere they are dropped, as any recipient may.
    pub fn finish_with_trailers(&mut self, trailers: &Headers, out: &mut Vec<u8>) -> Result<(), FrameError> {
        if self.state == State::Chunked && !trailers.is_empty() {
            self.state = State::Finished;
            out.reserve(trailers.byte_size() + BODY_END.len());
            out.extend_from_slice(b"0\r\n");
            write_fields(trailers, out);
            out.extend_from_slice(b"\r\n");
            return Ok(());
        }
        let frame = self.frame(0, true)?;
        out.extend_from_slice(frame.suffix());
        Ok(())
    }

    /// Whether the body is complete.
    pub fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// Whether only the connection's end will tell the receiver that the body is complete.
    pub fn ends_with_connection(&self) -> bool {
        self.state == State::UntilClose
    }
}

impl Frame {
    /// Bytes before the payload.
    pub fn prefix(&self) -> &[u8] {
        self.prefix.get(..self.prefix_len as usize).unwrap_or_default()
    }

    /// Bytes after the payload.
    pub fn suffix(&self) -> &'static [u8] {
        self.suffix
    }

    /// Writes a size line (RFC 9112 section 7.1): upper-case digits without leading zeros.
    fn set_chunk_size(&mut self, size: u64) {
        let digits = (64 - size.leading_zeros()).div_ceil(4).max(1);
        let mut len = 0;
        for shift in (0..digits).rev() {
            self.prefix[len] = b"0123456789ABCDEF"[(size >> (4 * shift) & 0xf) as usize];
            len += 1;
        }
        self.prefix[len..len + 2].copy_from_slice(b"\r\n");
        self.prefix_len = len as u8 + 2;
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FrameError::Overrun => "more payload than announced",
            FrameError::Short => "less payload than announced",
        })
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes pieces (the last one ends the body) and returns the wire bytes.
    fn encode(framing: BodyFraming, pieces: &[&str]) -> Result<String, FrameError> {
        let mut encoder = BodyEncoder::new(framing);
        let mut wire = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let frame = encoder.frame(piece.len(), index + 1 == pieces.len())?;
            wire.extend_from_slice(frame.prefix());
            wire.extend_from_slice(piece.as_bytes());
            wire.extend_from_slice(frame.suffix());
        }
        assert!(encoder.is_finished());
        Ok(String::from_utf8(wire).unwrap())
    }

    #[test]
    fn bodies() {
        use BodyFraming::*;
        let long = "x".repeat(0x1a2);
        for (framing, pieces, expected) in [
            (Chunked, &["abc", "", "de"][..], Ok("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_owned())),
            (Chunked, &["abc", ""], Ok("3\r\nabc\r\n0\r\n\r\n".to_owned())),
            (Chunked, &[""], Ok("0\r\n\r\n".to_owned())),
            (Chunked, &[&long], Ok(format!("1A2\r\n{long}\r\n0\r\n\r\n"))),
            (Length(5), &["abc", "de"], Ok("abcde".to_owned())),
            (Length(5), &["abc", "def"], Err(FrameError::Overrun)),
            (Length(5), &["abc", "d"], Err(FrameError::Short)),
            (Length(0), &[""], Ok(String::new())),
            (None, &["a"], Err(FrameError::Overrun)),
            (UntilClose, &["abc", "de"], Ok("abcde".to_owned())),
        ] {
            assert_eq!(encode(framing, pieces), expected, "{framing:?} {pieces:?}");
        }
    }

    #[test]
    fn the_largest_chunk_size_fits() {
        let frame = BodyEncoder::new(BodyFraming::Chunked).frame(usize::MAX, false).unwrap();
        assert_eq!(frame.prefix(), b"FFFFFFFFFFFFFFFF\r\n");
    }

    #[test]
    fn trailers() {
        let mut trailers = Headers::new();
        trailers.append(b"X-Sum", b"1").unwrap();
        for (framing, with, expected) in [
            (BodyFraming::Chunked, &trailers, "0\r\nx-sum: 1\r\n\r\n"),
            (BodyFraming::Chunked, &Headers::new(), "0\r\n\r\n"),
            (BodyFraming::UntilClose, &trailers, ""),
            (BodyFraming::Length(0), &trailers, ""),
        ] {
            let (mut encoder, mut wire) = (BodyEncoder::new(framing), Vec::new());
            encoder.finish_with_trailers(with, &mut wire).unwrap();
            assert_eq!(String::from_utf8(wire).unwrap(), expected, "{framing:?}");
            assert!(encoder.is_finished());
        }
        let mut short = BodyEncoder::new(BodyFraming::Length(2));
        assert_eq!(short.finish_with_trailers(&trailers, &mut Vec::new()), Err(FrameError::Short));
    }
}
