//! What an application sends, taken apart as it comes: payload of streams piece by piece, all other records whole.

use std::fmt;
use std::ops::Range;

use crate::record::{HEADER_LEN, Kind, ProtocolStatus, RequestId, VERSION};

/// The largest record that is no stream and is looked at: such have a few bytes.
const MAX_CONTROL: usize = 4096;
/// Content of an END_REQUEST (FastCGI 1.0 section 5.5): the application's own status in four bytes, then the protocol's.
const PROTOCOL_STATUS_AT: usize = 4;
const END_REQUEST_LEN: usize = 8;

/// Reads one connection.
///
/// ```text
/// Header ──stream──▶ Content ──▶ Padding ──▶ Header
///    └────any other, whole──────▶ Padding
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder(State);

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// A record is to begin.
    #[default]
    Header,
    /// In a record whose content is passed on as it comes.
    Content { output: Option<Output>, request: RequestId, left: usize, padding: usize },
    /// Behind a content.
    Padding(usize),
}

/// A stream of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its response.
    Stdout,
    /// Its messages.
    Stderr,
}

/// What a step has found, and how much of the input it has used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes that are done with once the event was dealt with.
    pub consumed: usize,
    /// What they say; nothing: they mean nothing.
    pub event: Option<Event>,
}

/// What an application says. Ranges lie in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// More of a stream.
    Output {
        /// Whose.
        request: RequestId,
        /// Which.
        output: Output,
        /// The bytes.
        payload: Range<usize>,
        /// They are the last of their record.
        ends_record: bool,
    },
    /// A stream has ended.
    OutputEnd {
        /// Whose.
        request: RequestId,
        /// Which.
        output: Output,
    },
    /// A request is over.
    End {
        /// Which.
        request: RequestId,
        /// How the application sees it.
        status: ProtocolStatus,
    },
    /// What the application says of itself.
    Values(Range<usize>),
    /// The application does not know what it was asked.
    UnknownType,
}

/// What is no FastCGI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A record of another version, or no record at all.
    Version(u8),
    /// A record is shorter or longer than its kind allows.
    Length(Kind),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "a record of version {version}"),
            Self::Length(kind) => write!(f, "a record of a length that {kind:?} cannot have"),
        }
    }
}

impl std::error::Error for Fault {}

impl Decoder {
    /// Whether what was read so far ends with a record.
    pub const fn is_between_records(&self) -> bool {
        matches!(self.0, State::Header)
    }

    /// Whose response the next bytes belong to, where they are of one: what takes them may have no room.
    pub const fn next_response(&self) -> Option<RequestId> {
        match self.0 {
            State::Content { output: Some(Output::Stdout), request, .. } => Some(request),
            _ => None,
        }
    }

    /// Takes the next step; nothing: it needs more bytes than there are. The input begins where the last step has ended.
    ///
    /// # Errors
    /// The connection is of no use any more.
    pub fn step(&mut self, input: &[u8]) -> Result<Option<Step>, Fault> {
        match self.0 {
            State::Header => self.header(input),
            State::Padding(left) => {
                let consumed = left.min(input.len());
                self.pass_padding(left - consumed);
                Ok((consumed > 0).then_some(Step { consumed, event: None }))
            }
            State::Content { output, request, left, padding } => {
                let consumed = left.min(input.len());
                if consumed == 0 {
                    return Ok(None);
                }
                if consumed == left {
                    self.pass_padding(padding);
                } else {
                    self.0 = State::Content { output, request, left: left - consumed, padding };
                }
                let ends_record = consumed == left;
                let event = output.map(|output| Event::Output { request, output, payload: 0..consumed, ends_record });
                Ok(Some(Step { consumed, event }))
            }
        }
    }

    fn header(&mut self, input: &[u8]) -> Result<Option<Step>, Fault> {
        // The first byte tells already whether this is FastCGI at all.
        if let Some(&version) = input.first()
            && version != VERSION
        {
            return Err(Fault::Version(version));
        }
        let Some((header, rest)) = input.split_first_chunk::<HEADER_LEN>() else { return Ok(None) };
        let [_, kind, request_high, request_low, length_high, length_low, padding, _] = *header;
        let (kind, padding) = (Kind::from(kind), usize::from(padding));
        let request = RequestId::from_be_bytes([request_high, request_low]);
        let length = usize::from(u16::from_be_bytes([length_high, length_low]));
        let output = match kind {
            Kind::EndRequest | Kind::GetValuesResult | Kind::UnknownType => {
                if length > MAX_CONTROL {
                    return Err(Fault::Length(kind));
                }
                let Some(content) = rest.get(..length) else { return Ok(None) };
                self.pass_padding(padding);
                let consumed = HEADER_LEN + length;
                let event = match kind {
                    Kind::EndRequest if length < END_REQUEST_LEN => return Err(Fault::Length(kind)),
                    Kind::EndRequest => {
                        let status = content.get(PROTOCOL_STATUS_AT).copied().unwrap_or_default().into();
                        Event::End { request, status }
                    }
                    Kind::GetValuesResult => Event::Values(HEADER_LEN..consumed),
                    _ => Event::UnknownType,
                };
                return Ok(Some(Step { consumed, event: Some(event) }));
            }
            Kind::Stdout => Some(Output::Stdout),
            Kind::Stderr => Some(Output::Stderr),
            // Nothing that an application has to say.
            _ => None,
        };
        if length == 0 {
            self.pass_padding(padding);
            let event = output.map(|output| Event::OutputEnd { request, output });
            return Ok(Some(Step { consumed: HEADER_LEN, event }));
        }
        self.0 = State::Content { output, request, left: length, padding };
        Ok(Some(Step { consumed: HEADER_LEN, event: None }))
    }

    fn pass_padding(&mut self, left: usize) {
        self.0 = if left == 0 { State::Header } else { State::Padding(left) };
    }
}

#[cfg(test)]
mod tests;
