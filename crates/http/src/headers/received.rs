//! What heads and codecs need beyond the public operations: taking a received message over as it lies, its start line, and passing its lines
//! on as they came.

use std::ops::Range;

use super::{EditError, FIELD_OVERHEAD, Field, Headers, LINE_END, LINE_TEXTS, LineText, Span, check_value};
use crate::bytes::make_lower_case;
use crate::name::KnownHeader;

impl Headers {
    pub(crate) fn line_text(&self, which: LineText) -> &[u8] {
        self.text(self.line[which as usize])
    }

    pub(crate) fn set_line_text(&mut self, which: LineText, bytes: &[u8]) -> Result<(), EditError> {
        check_value(bytes)?;
        self.line[which as usize] = self.restore(self.line[which as usize], bytes)?;
        Ok(())
    }

    /// Sets a text that is given in parts. None of them may hold a line breaker.
    pub(crate) fn set_line_parts(&mut self, which: LineText, parts: &[&[u8]]) -> Result<(), EditError> {
        self.check_room(parts.iter().map(|part| part.len()).sum())?;
        self.tidy();
        self.live -= self.line[which as usize].len as usize;
        self.line[which as usize] = self.store_parts(parts.iter().copied());
        Ok(())
    }

    /// Adds a field that another parser has checked: its name is a token in lower case, its value, given in parts, holds no line breaker.
    #[inline]
    pub(crate) fn push_checked<'a>(
        &mut self,
        name: &[u8],
        value: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EditError> {
        let (end, live) = (self.arena.len(), self.live);
        let known = KnownHeader::from_lower_case(name);
        let name = self.store(name);
        let value = self.store_parts(value);
        if let Err(no_room) = self.check_room(FIELD_OVERHEAD) {
            self.arena.truncate(end);
            self.live = live;
            return Err(no_room);
        }
        self.present |= known.bit();
        self.fields.push(Field { name, value, known, is_line: false });
        Ok(())
    }

    fn store_parts<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) -> Span {
        let start = self.arena.len();
        parts.for_each(|part| self.arena.extend_from_slice(part));
        let len = self.arena.len() - start;
        self.live += len;
        Span { start: start as u32, len: len as u32 }
    }

    pub(crate) fn splice_line_text(
        &mut self,
        which: LineText,
        part: Range<usize>,
        with: &[u8],
    ) -> Result<(), EditError> {
        check_value(with)?;
        self.tidy();
        self.line[which as usize] = self.splice(self.line[which as usize], part, with)?;
        Ok(())
    }

    /// First step of taking a received message over without copying field by field: remembers where a field lies in the bytes
    /// that [`Headers::adopt`] will be given. The list must have been cleared before. `is_line`: `: ` lies between the two, and CR LF
    /// behind them.
    #[inline]
    pub(crate) fn note_field(&mut self, name: Span, value: Span, is_line: bool) {
        self.fields.push(Field { name, value, known: KnownHeader::Other, is_line });
    }

    /// The value's place of the field noted last, for folded lines.
    pub(crate) fn last_noted_value(&mut self) -> Option<&mut Span> {
        self.fields.last_mut().map(|field| {
            field.is_line = false;
            &mut field.value
        })
    }

    /// Second step: copies the message's bytes, puts names into lower case and classifies them.
    pub(crate) fn adopt(&mut self, bytes: &[u8], line: [Span; LINE_TEXTS]) {
        self.arena.extend_from_slice(bytes);
        self.line = line;
        self.live = line.iter().map(|span| span.len as usize).sum();
        for field in &mut self.fields {
            if let Some(name) = self.arena.get_mut(field.name.range()) {
                make_lower_case(name);
                field.known = KnownHeader::from_lower_case(name);
            }
            self.present |= field.known.bit();
            self.live += field.live();
        }
    }

    /// The fields from `index` on that lie one behind the other as lines of HTTP/1, as they do where nobody has changed them since they came:
    /// how many they are, and their lines.
    pub(crate) fn lines_from(&self, index: usize) -> (usize, &[u8]) {
        let fields = self.fields.get(index..).unwrap_or_default();
        let Some(start) = fields.first().map(|field| field.name.start as usize) else { return (0, &[]) };
        let mut end = start;
        let is_next = |field: &&Field| {
            let is_next = field.is_line && field.name.start as usize == end;
            if is_next {
                end = field.value.range().end + LINE_END.len();
            }
            is_next
        };
        let count = fields.iter().take_while(is_next).count();
        (count, self.arena.get(start..end).unwrap_or_default())
    }

    /// Lets `shorten` rework a value in place and say how many bytes at its front remain.
    pub(crate) fn rewrite_value(&mut self, index: usize, shorten: impl FnOnce(&mut [u8]) -> usize) {
        let Some(field) = self.fields.get_mut(index) else { return };
        if let Some(value) = self.arena.get_mut(field.value.range()) {
            let len = shorten(value).min(value.len());
            self.live -= value.len() - len;
            (field.value.len, field.is_line) = (len as u32, false);
        }
    }

    /// Turns the line ends inside folded values into spaces (RFC 9112 section 5.2).
    pub(crate) fn unfold(&mut self) {
        for field in &self.fields {
            for byte in self.arena.get_mut(field.value.range()).unwrap_or_default() {
                if matches!(byte, b'\r' | b'\n') {
                    *byte = b' ';
                }
            }
        }
    }

    /// Where the value of the field at `index` starts in the adopted bytes; right until the first change.
    pub(crate) fn value_offset(&self, index: usize) -> usize {
        self.fields.get(index).map_or(0, |field| field.value.start as usize)
    }
}
