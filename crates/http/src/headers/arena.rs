//! The byte arena that names, values and start line share: storing texts, replacing parts of them, and forgetting what is abandoned.

use std::ops::Range;

use super::{EditError, FIELD_OVERHEAD, Headers, LINE_END, MAX_BYTES, SLACK, Span, check_value, text};
use crate::bytes::make_lower_case;

impl Headers {
    pub(super) fn lower(&mut self, span: Span) {
        if let Some(bytes) = self.arena.get_mut(span.range()) {
            make_lower_case(bytes);
        }
    }

    pub(super) fn check_room(&self, more: usize) -> Result<(), EditError> {
        let limit = if self.max_bytes == 0 { MAX_BYTES } else { self.max_bytes };
        if self.byte_size().saturating_add(more) > limit { Err(EditError::NoRoom) } else { Ok(()) }
    }

    /// Compacts the arena when more of it is abandoned than in use. Spans that no field holds yet would not survive it.
    pub(super) fn tidy(&mut self) {
        if self.arena.len() > 2 * self.live + SLACK {
            self.compact();
        }
    }

    /// Copies the texts of a new field to the arena's end, as a line: see [`Headers::lines_from`].
    pub(super) fn store_field(&mut self, name: &[u8], value: &[u8]) -> Result<(Span, Span), EditError> {
        check_value(value)?;
        self.check_room(name.len() + value.len() + FIELD_OVERHEAD)?;
        self.tidy();
        let name = self.store(name);
        self.arena.extend_from_slice(b": ");
        let value = self.store(value);
        self.arena.extend_from_slice(LINE_END);
        Ok((name, value))
    }

    /// Copies `bytes` to the arena's end. The caller has checked that there is room.
    pub(super) fn store(&mut self, bytes: &[u8]) -> Span {
        let span = Span { start: self.arena.len() as u32, len: bytes.len() as u32 };
        self.arena.extend_from_slice(bytes);
        self.live += bytes.len();
        span
    }

    /// Stores `bytes` in place of what `old` holds, there if they fit.
    pub(super) fn restore(&mut self, old: Span, bytes: &[u8]) -> Result<Span, EditError> {
        if bytes.len() <= old.len as usize {
            let span = Span { start: old.start, len: bytes.len() as u32 };
            if let Some(place) = self.arena.get_mut(span.range()) {
                place.copy_from_slice(bytes);
            }
            self.live -= (old.len - span.len) as usize;
            return Ok(span);
        }
        self.check_room(bytes.len() - old.len as usize)?;
        self.tidy();
        self.live -= old.len as usize;
        Ok(self.store(bytes))
    }

    /// Replaces `part` of what `old` holds: in place when the result is not longer, else at the arena's end.
    pub(super) fn splice(&mut self, old: Span, part: Range<usize>, with: &[u8]) -> Result<Span, EditError> {
        let old_len = old.len as usize;
        if part.start > part.end || part.end > old_len {
            return Ok(old);
        }
        let new_len = old_len - part.len() + with.len();
        if new_len <= old_len {
            if let Some(place) = self.arena.get_mut(old.range()) {
                place.copy_within(part.end.., part.start + with.len());
                place[part.start..part.start + with.len()].copy_from_slice(with);
            }
            self.live -= old_len - new_len;
            return Ok(Span { start: old.start, len: new_len as u32 });
        }
        self.check_room(new_len - old_len)?;
        let start = self.arena.len();
        let at = old.start as usize;
        self.arena.extend_from_within(at..at + part.start);
        self.arena.extend_from_slice(with);
        self.arena.extend_from_within(at + part.end..at + old_len);
        self.live += new_len - old_len;
        Ok(Span { start: start as u32, len: new_len as u32 })
    }

    /// Rewrites the arena without what no span refers to.
    pub(super) fn compact(&mut self) {
        let old = std::mem::take(&mut self.arena);
        self.arena.reserve(2 * self.live + SLACK);
        self.fields.iter_mut().for_each(|field| field.is_line = false);
        for span in
            self.line.iter_mut().chain(self.fields.iter_mut().flat_map(|field| [&mut field.name, &mut field.value]))
        {
            let start = self.arena.len() as u32;
            self.arena.extend_from_slice(text(&old, *span));
            span.start = start;
        }
    }
}
