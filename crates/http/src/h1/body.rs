//! Decoding of message bodies: ranges of payload out of input bytes, without copying (RFC 9112 sections 6 and 7).
//! Must not know where payload goes.

use super::early::EarlyScan;
use super::fields::{FieldRules, parse_fields};
use super::{BodyFraming, HeadLimits, ParseRules};
use crate::bytes::{hex_value, is_blank};
use crate::headers::Headers;
use crate::name::KnownHeader;
use std::fmt;
use std::ops::Range;

/// Hexadecimal digits that a chunk size may have, leading zeros not counted: sizes stay below 2^52, so that nothing overflows.
const MAX_SIZE_DIGITS: u8 = 13;

/// Bytes that a chunk's size line may have with its extensions. Nobody uses those, so this guards against a flood of framing.
const MAX_SIZE_LINE: u16 = 4096;

/// Decodes one body. Cheap to make and to move.
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
    relaxed: bool,
}

/// ```text
/// Counted ------------------------------------------------> Finished
/// UntilClose --------------------(end_of_input)-----------> Finished
/// SizeLine -> ChunkData -> ChunkEnd -> SizeLine
///        \-> Trailers ------------------------------------> Finished
/// ```
#[derive(Clone, Debug)]
enum State {
    Counted { remaining: u64 },
    UntilClose,
    SizeLine(SizeLine),
    ChunkData { remaining: u64 },
    ChunkEnd { cr_seen: bool },
    Trailers(EarlyScan),
    Finished,
}

/// What one [`BodyDecoder::decode`] call found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that are done with, payload and framing.
    pub consumed: usize,
    /// Payload within the input, always inside the consumed part; may be empty.
    pub payload: Range<usize>,
    /// The body is complete; bytes after `consumed` belong to the next message.
    pub finished: bool,
}

/// A body that cannot be decoded: the sender's fault, and the connection's end, since nothing behind it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// A chunk's size line is malformed, too large, or ends in a bare LF (RFC 9112 section 7.1).
    ChunkSize,
    /// A chunk's data are not followed by CR LF.
    ChunkEnd,
    /// The trailer section is malformed (RFC 9112 section 7.1.2).
    Trailers,
    /// The trailer section has too many fields or bytes.
    TrailersTooLarge,
    /// The connection ended inside the body.
    Truncated,
}

impl BodyDecoder {
    /// A decoder for a body of that framing, with strict rules.
    pub fn new(framing: BodyFraming) -> BodyDecoder {
        BodyDecoder::with_rules(framing, &ParseRules::default())
    }

    /// A decoder for a body of that framing. Relaxed rules concern trailers only; chunk framing is always strict.
    pub fn with_rules(framing: BodyFraming, rules: &ParseRules) -> BodyDecoder {
        let state = match framing {
            BodyFraming::None | BodyFraming::Length(0) => State::Finished,
            BodyFraming::Length(remaining) => State::Counted { remaining },
            BodyFraming::Chunked => State::SizeLine(SizeLine::default()),
            BodyFraming::UntilClose => State::UntilClose,
        };
        BodyDecoder { state, relaxed: rules.relaxed }
    }

    /// Takes what it can from `input`: at most one contiguous run of payload and the framing around it. When nothing is consumed and the
    /// body is not finished, more bytes are needed behind the same ones (only a trailer section asks for that, and only up to
    /// `limits.max_bytes`). Trailers are put into `trailers`, without those that could change how the message is framed or routed.
    pub fn decode(&mut self, input: &[u8], limits: &HeadLimits, trailers: &mut Headers) -> Result<Decoded, BodyError> {
        let mut at = 0;
        let mut payload = 0..0;
        while at < input.len() {
            let rest = input.get(at..).unwrap_or_default();
            match &mut self.state {
                State::Counted { remaining } | State::ChunkData { remaining } => {
                    if !payload.is_empty() {
                        break;
                    }
                    let len = usize::try_from(*remaining).map_or(rest.len(), |remaining| remaining.min(rest.len()));
                    payload = at..at + len;
                    at += len;
                    *remaining -= len as u64;
                    if *remaining == 0 {
                        self.state = self.state.after_data();
                    }
                }
                State::UntilClose => {
                    payload = at..input.len();
                    at = input.len();
                }
                State::SizeLine(line) => {
                    let (taken, size) = line.advance(rest)?;
                    at += taken;
                    match size {
                        Some(0) => self.state = State::Trailers(EarlyScan::trailers()),
                        Some(remaining) => self.state = State::ChunkData { remaining },
                        None => {}
                    }
                }
                State::ChunkEnd { cr_seen } => {
                    match (*cr_seen, rest) {
                        (false, [b'\r', ..]) => *cr_seen = true,
                        (true, [b'\n', ..]) => self.state = State::SizeLine(SizeLine::default()),
                        _ => return Err(BodyError::ChunkEnd),
                    }
                    at += 1;
                }
                State::Trailers(scan) => match read_trailers(rest, scan, limits, self.relaxed, trailers)? {
                    Some(taken) => {
                        at += taken;
                        self.state = State::Finished;
                    }
                    None => break,
                },
                State::Finished => break,
            }
        }
        Ok(Decoded { consumed: at, payload, finished: self.is_finished() })
    }

    /// Whether the body is complete.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// Payload bytes known to come next: the rest of a counted body or of the current chunk.
    pub fn known_remaining(&self) -> Option<u64> {
        match self.state {
            State::Counted { remaining } | State::ChunkData { remaining } => Some(remaining),
            State::Finished => Some(0),
            _ => None,
        }
    }

    /// Whether there may be payload yet: no trailer section has begun.
    pub fn may_give_payload(&self) -> bool {
        !matches!(self.state, State::Trailers(_) | State::Finished)
    }

    /// Whether the next bytes are payload only, so that they may be passed on without `decode` (splice, TLS records); say how many
    /// were with [`BodyDecoder::skip_payload`].
    pub fn is_in_payload(&self) -> bool {
        matches!(self.state, State::Counted { .. } | State::ChunkData { .. } | State::UntilClose)
    }

    /// Counts payload that bypassed `decode`; never more than [`BodyDecoder::known_remaining`] said.
    pub fn skip_payload(&mut self, len: u64) {
        if let State::Counted { remaining } | State::ChunkData { remaining } = &mut self.state {
            *remaining = remaining.saturating_sub(len);
            if *remaining == 0 {
                self.state = self.state.after_data();
            }
        }
    }

    /// Says that the connection has ended: the proper end of a body until close, [`BodyError::Truncated`] inside any other.
    pub fn end_of_input(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::UntilClose | State::Finished => {
                self.state = State::Finished;
                Ok(())
            }
            _ => Err(BodyError::Truncated),
        }
    }
}

impl State {
    fn after_data(&self) -> State {
        match self {
            State::ChunkData { .. } => State::ChunkEnd { cr_seen: false },
            _ => State::Finished,
        }
    }
}

/// Progress over a chunk's size line: digits, blanks, extensions, CR, LF.
#[derive(Clone, Copy, Debug, Default)]
struct SizeLine {
    size: u64,
    /// Digits seen, leading zeros not counted.
    digits: u8,
    /// Bytes seen.
    len: u16,
    part: SizePart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SizePart {
    #[default]
    FirstDigit,
    Digits,
    Blanks,
    Extension,
    Quoted,
    Escaped,
    Cr,
}

impl SizeLine {
    /// Takes bytes up to the line's end. Says how many, and the size once the line is complete.
    fn advance(&mut self, input: &[u8]) -> Result<(usize, Option<u64>), BodyError> {
        for (index, &byte) in input.iter().enumerate() {
            if self.part == SizePart::Cr && byte == b'\n' {
                return Ok((index + 1, Some(self.size)));
            }
            self.len += 1;
            if self.len > MAX_SIZE_LINE {
                return Err(BodyError::ChunkSize);
            }
            self.part = self.after(byte).ok_or(BodyError::ChunkSize)?;
        }
        Ok((input.len(), None))
    }

    fn after(&mut self, byte: u8) -> Option<SizePart> {
        use SizePart::*;
        if let (FirstDigit | Digits, Some(digit)) = (self.part, hex_value(byte)) {
            self.digits += u8::from(self.size > 0 || digit > 0);
            self.size = self.size << 4 | u64::from(digit);
            return (self.digits <= MAX_SIZE_DIGITS).then_some(Digits);
        }
        match (self.part, byte) {
            (FirstDigit | Cr, _) => None,
            (Digits | Blanks | Extension, b'\r') => Some(Cr),
            (Digits | Blanks, b';') => Some(Extension),
            (Digits | Blanks, _) => is_blank(byte).then_some(Blanks),
            (Extension, b'"') => Some(Quoted),
            (Quoted, b'"') => Some(Extension),
            (Quoted, b'\\') => Some(Escaped),
            (_, 0..=8 | 10..=31 | 127) => None,
            (Escaped, _) => Some(Quoted),
            (same, _) => Some(same),
        }
    }
}

/// Reads the trailer section at the start of `input` when it is complete, and says how long it is.
fn read_trailers(
    input: &[u8],
    scan: &mut EarlyScan,
    limits: &HeadLimits,
    relaxed: bool,
    trailers: &mut Headers,
) -> Result<Option<usize>, BodyError> {
    use super::HeadErrorKind::{HeadTooLarge, TooManyHeaders};
    let rules = FieldRules { max_fields: limits.max_fields(), relaxed };
    let section = scan.drive(input, limits, relaxed, |input| {
        trailers.clear();
        parse_fields(input, 0, 0, &rules, trailers)
    });
    let section = match section {
        Ok(Some(section)) => section,
        unfinished => {
            trailers.clear();
            return match unfinished {
                Err(error) if matches!(error.kind, HeadTooLarge | TooManyHeaders) => Err(BodyError::TrailersTooLarge),
                Err(_) => Err(BodyError::Trailers),
                Ok(_) => Ok(None),
            };
        }
    };
    if !trailers.is_empty() {
        trailers.set_max_bytes(limits.max_bytes_rewritten);
        trailers.adopt(input.get(..section.end).unwrap_or_default(), Default::default());
        if section.folded {
            trailers.unfold();
        }
        trailers.retain(|trailer| !is_forbidden_trailer(trailer.known));
    }
    Ok(Some(section.end))
}

/// Fields that say how a message is framed, routed or which connection it uses; a receiver that merges trailers into the head must not
/// be told these late (RFC 9110 section 6.5.1).
fn is_forbidden_trailer(known: KnownHeader) -> bool {
    matches!(
        known,
        KnownHeader::ContentLength
            | KnownHeader::TransferEncoding
            | KnownHeader::Host
            | KnownHeader::Connection
            | KnownHeader::KeepAlive
            | KnownHeader::ProxyConnection
            | KnownHeader::Te
            | KnownHeader::Trailer
            | KnownHeader::Upgrade
            | KnownHeader::Expect
            | KnownHeader::Http2Settings
    )
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BodyError::ChunkSize => "malformed chunk size line",
            BodyError::ChunkEnd => "chunk data not followed by CR LF",
            BodyError::Trailers => "malformed trailer section",
            BodyError::TrailersTooLarge => "trailer section too large",
            BodyError::Truncated => "connection ended inside the body",
        })
    }
}

impl std::error::Error for BodyError {}

#[cfg(test)]
mod tests;
