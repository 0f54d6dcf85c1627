//! Watches a head or trailer section that arrives in pieces: where it ends, and whether what is there already is beyond repair, so that
//! rubbish (a TLS hello on a clear port) is refused at once and a slow sender costs no repeated parsing. It accepts more than the
//! parsers do, never less: they have the last word when the end is there.

use super::HeadLimits;
use super::error::{HeadError, HeadErrorKind};
use crate::bytes::{is_blank, is_target_byte, is_token_byte};
use crate::headers::MAX_BYTES;

/// Progress over one section. `scanned` bytes have been looked at and need not be looked at again.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyScan {
    state: State,
    scanned: usize,
    /// Fields of valid names so far.
    fields: usize,
    /// Whether the parser has looked at the start line.
    start_line_parsed: bool,
}

/// ```text
/// BeforeStart -> Method -> BeforeTarget -> Target -> AfterTarget -+-> RestOfStartLine -> FirstLineStart
///            \------------------ (response) -----------------------+
/// FirstLineStart -> Name -> Value -> LineStart -+-> Name, or Value (continuation)
///               \-------------------------------+-> End
/// ```
/// Each state that a CR may end waits for the LF in `Cr`, which knows where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Empty lines may stand before a start line (RFC 9112 section 2.2).
    BeforeStart(Start),
    Method,
    BeforeTarget,
    Target,
    AfterTarget,
    RestOfStartLine,
    /// Start of the first field line, where no continuation can stand.
    FirstLineStart,
    LineStart,
    Name,
    /// A name that relaxed rules will drop.
    InvalidName,
    Value,
    Cr(AfterLf),
    End,
}

/// What kind of start line is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Request,
    Response,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterLf {
    BeforeStart(Start),
    FirstLineStart,
    LineStart,
    End,
}

impl EarlyScan {
    /// At the start of a message.
    pub(super) fn message(start: Start) -> EarlyScan {
        EarlyScan { state: State::BeforeStart(start), scanned: 0, fields: 0, start_line_parsed: false }
    }

    /// At the start of a trailer section.
    pub(super) fn trailers() -> EarlyScan {
        EarlyScan { state: State::FirstLineStart, scanned: 0, fields: 0, start_line_parsed: true }
    }

    /// Whether nothing was received yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// Calls `parse` on the bytes of a section when it may have something to say: at once for what arrived in one piece, which then
    /// costs no scan; in a section that arrives in pieces, when the start line is complete and when all is. Nothing while more bytes are
    /// needed; an error when no more can fit.
    pub(super) fn drive<T>(
        &mut self,
        input: &[u8],
        limits: &HeadLimits,
        relaxed: bool,
        mut parse: impl FnMut(&[u8]) -> Result<Option<T>, HeadError>,
    ) -> Result<Option<T>, HeadError> {
        let max_bytes = limits.max_bytes.min(MAX_BYTES);
        let visible = input.get(..max_bytes).unwrap_or(input);
        let first_look = self.scanned == 0;
        if first_look && let Some(parsed) = parse(visible)? {
            return Ok(Some(parsed));
        }
        let complete = self.advance(visible, limits.max_fields(), relaxed)?;
        let start_line_is_new = !self.start_line_parsed && !self.is_in_start_line();
        self.start_line_parsed |= start_line_is_new;
        if (complete || start_line_is_new)
            && !first_look
            && let Some(parsed) = parse(visible)?
        {
            return Ok(Some(parsed));
        }
        if visible.len() < max_bytes {
            return Ok(None);
        }
        let kind = if self.is_in_start_line() { HeadErrorKind::StartLineTooLong } else { HeadErrorKind::HeadTooLarge };
        Err(HeadError { kind, offset: visible.len() })
    }

    /// Whether the start line has not ended yet.
    fn is_in_start_line(&self) -> bool {
        use State::*;
        matches!(
            self.state,
            BeforeStart(_)
                | Method
                | BeforeTarget
                | Target
                | AfterTarget
                | RestOfStartLine
                | Cr(AfterLf::BeforeStart(_) | AfterLf::FirstLineStart)
        )
    }

    /// Looks at what is new in `input` and says whether the section is complete.
    fn advance(&mut self, input: &[u8], max_fields: usize, relaxed: bool) -> Result<bool, HeadError> {
        while self.state != State::End {
            let Some(rest) = input.get(self.scanned..).filter(|rest| !rest.is_empty()) else { break };
            if matches!(self.state, State::Value | State::RestOfStartLine) {
                // The long stretches: up to what can end or spoil them.
                let skipped = memchr::memchr3(b'\r', b'\n', 0, rest).unwrap_or(rest.len());
                self.scanned += skipped;
                if skipped == rest.len() {
                    break;
                }
            }
            let Some(&byte) = input.get(self.scanned) else { break };
            if self.state == State::Name && byte == b':' {
                self.fields += 1;
                if self.fields > max_fields {
                    return Err(HeadError { kind: HeadErrorKind::TooManyHeaders, offset: self.scanned });
                }
            }
            self.state = self.state.after(byte, relaxed).map_err(|kind| {
                // It is the CR before this byte that is at fault, and it may have come in an earlier piece.
                let behind = usize::from(kind == HeadErrorKind::LineEnd);
                HeadError { kind, offset: self.scanned.saturating_sub(behind) }
            })?;
            self.scanned += 1;
        }
        Ok(self.state == State::End)
    }
}

impl State {
    fn after(self, byte: u8, relaxed: bool) -> Result<State, HeadErrorKind> {
        use State::*;
        Ok(match (self, byte) {
            (BeforeStart(start), b'\n') => BeforeStart(start),
            (BeforeStart(start), b'\r') => Cr(AfterLf::BeforeStart(start)),
            (BeforeStart(Start::Response), _) => RestOfStartLine,
            (BeforeStart(Start::Request) | Method, _) if is_token_byte(byte) => Method,
            (Method, _) if is_blank(byte) => BeforeTarget,
            (BeforeStart(Start::Request) | Method, _) => return Err(HeadErrorKind::Method),

            (BeforeTarget, _) if is_blank(byte) => BeforeTarget,
            (BeforeTarget | Target, _) if is_target_byte(byte) && (byte != b'#' || relaxed) => Target,
            (BeforeTarget | Target, 0x80..) if relaxed => Target,
            (Target, _) if is_blank(byte) => AfterTarget,
            (Target, b'\n') if relaxed => End,
            (Target, b'\r') if relaxed => Cr(AfterLf::End),
            (BeforeTarget | Target, _) => return Err(HeadErrorKind::Target),

            (AfterTarget, _) if is_blank(byte) => AfterTarget,
            (AfterTarget, b'\n') if relaxed => End,
            (AfterTarget, b'\r') if relaxed => Cr(AfterLf::End),
            (AfterTarget, b'\n' | b'\r') => return Err(HeadErrorKind::Version),
            (RestOfStartLine, b'\n') => FirstLineStart,
            (RestOfStartLine, b'\r') => Cr(AfterLf::FirstLineStart),
            (AfterTarget | RestOfStartLine, _) => RestOfStartLine,

            (FirstLineStart | LineStart, b'\n') => End,
            (FirstLineStart | LineStart, b'\r') => Cr(AfterLf::End),
            (FirstLineStart, _) if is_blank(byte) && !relaxed => return Err(HeadErrorKind::Continuation),
            (FirstLineStart | LineStart, _) if is_blank(byte) => Value,
            (FirstLineStart | LineStart, b':') => return Err(HeadErrorKind::HeaderName),
            (Name | InvalidName, b':') => Value,
            (Name | InvalidName, b'\r' | b'\n') => return Err(HeadErrorKind::HeaderWithoutColon),
            (FirstLineStart | LineStart | Name, _) if is_token_byte(byte) => Name,
            (FirstLineStart | LineStart | Name | InvalidName, _) if relaxed => InvalidName,
            (FirstLineStart | LineStart | Name | InvalidName, _) => return Err(HeadErrorKind::HeaderName),

            (Value, b'\n') => LineStart,
            (Value, b'\r') => Cr(AfterLf::LineStart),
            (Value, 0) if !relaxed => return Err(HeadErrorKind::HeaderValue),
            (Value, _) => Value,

            (Cr(after), b'\n') => after.into(),
            (Cr(_), _) => return Err(HeadErrorKind::LineEnd),
            (End, _) => End,
        })
    }
}

impl From<AfterLf> for State {
    fn from(after: AfterLf) -> State {
        match after {
            AfterLf::BeforeStart(start) => State::BeforeStart(start),
            AfterLf::FirstLineStart => State::FirstLineStart,
            AfterLf::LineStart => State::LineStart,
            AfterLf::End => State::End,
        }
    }
}
