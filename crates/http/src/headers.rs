//! The header fields of one message in order, in one reusable byte arena.
//! Names are stored in lower case and classified once. Must not know HTTP/1 syntax or what a field means.

use crate::bytes::{holds_line_breaker, is_token};
use crate::name::{HeaderName, KnownHeader};
use std::ops::Range;

mod arena;
mod received;

/// Bytes that a head may hold when nothing smaller was set with [`Headers::set_max_bytes`].
pub const MAX_BYTES: usize = 16 << 20;

/// Bytes that a field needs on the wire beyond its name and value: colon, space, CR and LF.
const FIELD_OVERHEAD: usize = 4;

/// What ends a line.
const LINE_END: &[u8] = b"\r\n";

/// Abandoned bytes that an arena may hold, beyond as many as are in use, before it is compacted.
const SLACK: usize = 4096;

/// Header (or trailer) fields in the order of the message. `clear` keeps the memory, so a connection's next message allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    arena: Vec<u8>,
    fields: Vec<Field>,
    /// The texts of a start line, kept here because they share the arena.
    line: [Span; LINE_TEXTS],
    /// The known names that may be present; a removal leaves its bit set.
    present: u64,
    /// Bytes of the arena that fields and start line use.
    live: usize,
    /// Limit for `byte_size`; 0 stands for [`MAX_BYTES`].
    max_bytes: usize,
}

/// One field as the caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Lower-case name.
    pub name: &'a [u8],
    /// Value without surrounding blanks.
    pub value: &'a [u8],
    /// Classification of the name.
    pub known: KnownHeader,
}

/// Why a change was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The head would exceed the limit set for it (configuration manual, `tune.bufsize`).
    NoRoom,
    /// The name is not a token (RFC 9110 section 5.1).
    BadName,
    /// The text holds a byte that would end or split its line on the wire.
    BadValue,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Span,
    known: KnownHeader,
    /// The two lie in the arena as a line of HTTP/1 does: see [`Headers::lines_from`].
    is_line: bool,
}

/// Start-line texts: see [`LineText`].
pub(crate) const LINE_TEXTS: usize = 3;

/// Which start-line text is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LineText {
    /// Method of a request, or digits of a response's status.
    First = 0,
    /// Target of a request, or reason of a response.
    Second = 1,
    /// Version as received.
    Version = 2,
}

impl Headers {
    /// An empty list without memory of its own.
    pub fn new() -> Headers {
        Headers::default()
    }

    /// Forgets all fields and keeps the memory and the limit.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.fields.clear();
        self.line = [Span::default(); LINE_TEXTS];
        self.present = 0;
        self.live = 0;
    }

    /// Gives memory above `keep_bytes` back; for connections that go idle after an unusually large message.
    pub fn shrink(&mut self, keep_bytes: usize) {
        self.arena.shrink_to(keep_bytes);
        self.fields.shrink_to(keep_bytes / size_of::<Field>());
    }

    /// Sets how many bytes the whole head may reach by changes (configuration manual, `tune.bufsize`).
    pub fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes.min(MAX_BYTES);
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Bytes that the fields and the texts of the start line take on the wire in HTTP/1, without the start line's own punctuation.
    pub fn byte_size(&self) -> usize {
        self.live + self.fields.len() * FIELD_OVERHEAD
    }

    /// Bytes of all names and values.
    pub fn text_size(&self) -> usize {
        self.live - self.line.iter().map(|text| text.len as usize).sum::<usize>()
    }

    /// The field at `index`.
    pub fn get(&self, index: usize) -> Option<Header<'_>> {
        self.fields.get(index).map(|field| self.header(field))
    }

    /// The value of the field at `index`; empty when there is none.
    pub fn value(&self, index: usize) -> &[u8] {
        self.get(index).map_or(&[], |header| header.value)
    }

    /// All fields in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + ExactSizeIterator {
        self.fields.iter().map(|field| self.header(field))
    }

    /// Value of the first field of that kind.
    pub fn find(&self, known: KnownHeader) -> Option<&[u8]> {
        self.all(known).next().map(|(_, value)| value)
    }

    /// Value of the first field with that lower-case name.
    pub fn find_by_name(&self, name: &[u8]) -> Option<&[u8]> {
        self.position_by_name(name).map(|index| self.value(index))
    }

    /// Whether a field of that kind is there.
    pub fn contains(&self, known: KnownHeader) -> bool {
        self.position(known).is_some()
    }

    /// Whether a field of that resolved name is there.
    pub fn contains_named(&self, name: &HeaderName) -> bool {
        self.all_named(name).next().is_some()
    }

    /// Index of the first field of that kind.
    pub fn position(&self, known: KnownHeader) -> Option<usize> {
        self.all(known).next().map(|(index, _)| index)
    }

    /// Index of the first field with that lower-case name.
    pub fn position_by_name(&self, name: &[u8]) -> Option<usize> {
        self.all_by_name(name).next().map(|(index, _)| index)
    }

    /// Index and value of each field of that kind, in order. `KnownHeader::Other` yields every field of no known name.
    pub fn all(&self, known: KnownHeader) -> impl DoubleEndedIterator<Item = (usize, &[u8])> {
        let fields = if self.may_hold(known) { self.fields.as_slice() } else { &[] };
        fields
            .iter()
            .enumerate()
            .filter(move |(_, field)| field.known == known)
            .map(|(index, field)| (index, self.text(field.value)))
    }

    /// Index and value of each field with that lower-case name, in order.
    pub fn all_by_name<'a>(&'a self, name: &'a [u8]) -> impl DoubleEndedIterator<Item = (usize, &'a [u8])> {
        let known = KnownHeader::from_lower_case(name);
        self.all(known).filter(move |&(index, _)| known != KnownHeader::Other || self.name(index) == name)
    }

    /// Index and value of each field with that resolved name, in order.
    pub fn all_named<'a>(&'a self, name: &'a HeaderName) -> impl DoubleEndedIterator<Item = (usize, &'a [u8])> {
        let known = name.known();
        self.all(known).filter(move |&(index, _)| known != KnownHeader::Other || self.name(index) == name.as_bytes())
    }

    /// Adds a field at the end. The name may be in any case and is kept in lower case.
    pub fn append(&mut self, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        self.insert(self.fields.len(), name, value)
    }

    /// Adds a field of a known name at the end.
    pub fn append_known(&mut self, known: KnownHeader, value: &[u8]) -> Result<(), EditError> {
        self.append_resolved(known, known.name().as_bytes(), value)
    }

    /// Adds a field of a resolved name at the end.
    pub fn append_named(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), EditError> {
        match name.known() {
            // What configuration asks for need not be a token.
            KnownHeader::Other => self.append(name.as_bytes(), value),
            known => self.append_resolved(known, name.as_bytes(), value),
        }
    }

    /// Adds a field before the one at `index` (at the end when there is none).
    pub fn insert(&mut self, index: usize, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        if !is_token(name) {
            return Err(EditError::BadName);
        }
        let (name, value) = self.store_field(name, value)?;
        self.lower(name);
        let known = KnownHeader::from_lower_case(self.text(name));
        self.present |= known.bit();
        self.fields.insert(index.min(self.fields.len()), Field { name, value, known, is_line: true });
        Ok(())
    }

    /// Adds a field of a known name at the end, which needs no check of the name and no classification.
    fn append_resolved(&mut self, known: KnownHeader, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        if known == KnownHeader::Other {
            return Err(EditError::BadName);
        }
        let (name, value) = self.store_field(name, value)?;
        self.present |= known.bit();
        self.fields.push(Field { name, value, known, is_line: true });
        Ok(())
    }

    /// Replaces the value of the field at `index`; nothing happens when there is none.
    pub fn replace_value(&mut self, index: usize, value: &[u8]) -> Result<(), EditError> {
        let Some(&field) = self.fields.get(index) else { return Ok(()) };
        check_value(value)?;
        let span = self.restore(field.value, value)?;
        if let Some(field) = self.fields.get_mut(index) {
            (field.value, field.is_line) = (span, false);
        }
        Ok(())
    }

    /// Leaves one field of that name with that value, in the place of the first one, or at the end.
    pub fn set(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), EditError> {
        let first = self.all_named(name).next().map(|(index, _)| index);
        let Some(first) = first else { return self.append(name.as_bytes(), value) };
        self.replace_value(first, value)?;
        let mut index = 0;
        self.retain(|header| {
            index += 1;
            index - 1 <= first || !name.matches(header.known, header.name)
        });
        Ok(())
    }

    /// Replaces a part of the value of the field at `index`; nothing happens when the range is not inside it.
    pub fn splice_value(&mut self, index: usize, part: Range<usize>, with: &[u8]) -> Result<(), EditError> {
        check_value(with)?;
        self.tidy();
        let Some(&field) = self.fields.get(index) else { return Ok(()) };
        let span = self.splice(field.value, part, with)?;
        if let Some(field) = self.fields.get_mut(index) {
            (field.value, field.is_line) = (span, false);
        }
        Ok(())
    }

    /// Removes the field at `index`; nothing happens when there is none.
    pub fn remove(&mut self, index: usize) {
        if index < self.fields.len() {
            let field = self.fields.remove(index);
            self.live -= field.live();
        }
    }

    /// Removes every field of that kind (`Other`: every field of no known name) and says how many there were.
    pub fn remove_all(&mut self, known: KnownHeader) -> usize {
        if !self.may_hold(known) {
            return 0;
        }
        self.retain(|header| header.known != known)
    }

    /// Removes every field of that name and says how many there were.
    pub fn remove_all_named(&mut self, name: &HeaderName) -> usize {
        if !self.may_hold(name.known()) {
            return 0;
        }
        self.retain(|header| !name.matches(header.known, header.name))
    }

    /// Keeps the fields for which `keep` holds and says how many were removed.
    pub fn retain(&mut self, mut keep: impl FnMut(Header<'_>) -> bool) -> usize {
        let (arena, live) = (&self.arena, &mut self.live);
        let before = self.fields.len();
        self.fields.retain(|field| {
            let header = Header { name: text(arena, field.name), value: text(arena, field.value), known: field.known };
            let kept = keep(header);
            if !kept {
                *live -= field.live();
            }
            kept
        });
        before - self.fields.len()
    }

    /// Makes this list equal to `other`, reusing its memory.
    pub fn copy_from(&mut self, other: &Headers) {
        self.clear();
        self.arena.extend_from_slice(&other.arena);
        self.fields.extend_from_slice(&other.fields);
        self.line = other.line;
        self.present = other.present;
        self.live = other.live;
    }

    fn name(&self, index: usize) -> &[u8] {
        self.get(index).map_or(&[], |header| header.name)
    }

    fn header(&self, field: &Field) -> Header<'_> {
        Header { name: self.text(field.name), value: self.text(field.value), known: field.known }
    }

    /// Whether a field of that kind may be there: a look that costs nothing, and is wrong only where the field was removed.
    pub(crate) fn may_hold(&self, known: KnownHeader) -> bool {
        known == KnownHeader::Other || self.present & known.bit() != 0
    }

    fn text(&self, span: Span) -> &[u8] {
        text(&self.arena, span)
    }
}

impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

impl Field {
    fn live(&self) -> usize {
        self.name.len as usize + self.value.len as usize
    }
}

fn text(arena: &[u8], span: Span) -> &[u8] {
    arena.get(span.range()).unwrap_or_default()
}

fn check_value(value: &[u8]) -> Result<(), EditError> {
    if holds_line_breaker(value) { Err(EditError::BadValue) } else { Ok(()) }
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EditError::NoRoom => "no room left in the message head",
            EditError::BadName => "not a valid header name",
            EditError::BadValue => "the text holds a NUL, CR or LF",
        })
    }
}

impl std::error::Error for EditError {}

#[cfg(test)]
mod tests;
