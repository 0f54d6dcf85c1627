//! Source files as they were read and places inside them. Knows bytes, lines and columns, never what they say.

use std::sync::Arc;

/// Which file of a [`SourceMap`] a span belongs to. Ids grow in the order in which the files were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes of one source, `start` included and `end` not. Ordered by source, then by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest span that holds both, which must be of the same source (else `self` is returned).
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span just behind this one: where something is missing.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// Where it begins, as one number: greater for what comes later in the configuration.
    pub fn order(self) -> u64 {
        u64::from(self.source.0) << 32 | u64::from(self.start)
    }

    /// Number of bytes covered.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether the span marks a place between two bytes.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// A place as people count it: line and column from 1, the column in characters (a tab is one; so is a run of bytes that
/// is not UTF-8 and displays as one replacement character).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One configuration file: the name it was asked for by and its bytes, which need not be UTF-8.
#[derive(Debug)]
pub struct SourceFile {
    id: SourceId,
    name: String,
    text: Vec<u8>,
    /// Offset of the first byte of each line.
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// Its id in the map.
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// The name shown to people and given by the pseudo-variable `.FILE`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All bytes.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Number of lines; text behind the last line feed counts as a line.
    pub fn line_count(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// Span of a line (counted from 1) without its line feed. `None` past the end.
    pub fn line_span(&self, line: u32) -> Option<Span> {
        let start = *self.line_starts.get((line as usize).checked_sub(1)?)?;
        let end = match self.line_starts.get(line as usize) {
            Some(next) => next - 1,
            None => (self.text.len() - usize::from(self.text.last() == Some(&b'\n'))) as u32,
        };
        Some(Span { source: self.id, start, end })
    }

    /// The bytes of a span of this file, cut to the file's end.
    pub fn bytes(&self, span: Span) -> &[u8] {
        let end = (span.end as usize).min(self.text.len());
        self.text.get((span.start as usize).min(end)..end).unwrap_or_default()
    }

    /// The line (from 1) that holds the byte at `offset`; a line feed belongs to the line it ends.
    pub fn line_at(&self, offset: u32) -> u32 {
        (self.line_starts.partition_point(|&start| start <= offset) as u32).max(1)
    }

    /// Line and column of a byte offset, for people.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_at(offset);
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or(0);
        let before = self.bytes(Span { source: self.id, start, end: offset });
        Position { line, column: String::from_utf8_lossy(before).chars().count() as u32 + 1 }
    }
}

/// All files of one configuration. Spans are only meaningful together with the map that gave their ids.
#[derive(Debug, Default, Clone)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

/// Why a text was not taken into a [`SourceMap`]: it is longer than [`crate::limits::MAX_FILE_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl SourceMap {
    /// A map without files.
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a file under the name that messages shall show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Result<Arc<SourceFile>, TooLong> {
        let text = text.into();
        if text.len() > crate::limits::MAX_FILE_BYTES {
            return Err(TooLong);
        }
        let mut line_starts = Vec::new();
        if !text.is_empty() {
            line_starts.push(0);
        }
        let feeds = text.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
        line_starts.extend(feeds.map(|(at, _)| at as u32 + 1).filter(|&next| (next as usize) < text.len()));
        let id = SourceId(self.files.len() as u32);
        let file = Arc::new(SourceFile { id, name: name.into(), text, line_starts });
        self.files.push(Arc::clone(&file));
        Ok(file)
    }

    /// The file a span lies in. `None` for an id of another map.
    pub fn file(&self, id: SourceId) -> Option<&Arc<SourceFile>> {
        self.files.get(id.0 as usize)
    }

    /// All files in the order they were added.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// Name of the file and position of the span's first byte.
    pub fn locate(&self, span: Span) -> Option<(&str, Position)> {
        let file = self.file(span.source)?;
        Some((file.name(), file.position(span.start)))
    }

    /// The bytes a span covers.
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.file(span.source).map(|file| file.bytes(span)).unwrap_or_default()
    }
}
