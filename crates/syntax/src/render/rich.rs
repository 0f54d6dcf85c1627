//! Findings for people: the place, the line with the words underlined, notes, help and the line as it should be.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::printable;
use crate::diagnostic::{Diagnostic, Diagnostics, Help, Label, Severity};
use crate::source::{SourceFile, SourceMap, Span};

/// What to show, and how.
#[derive(Clone, Copy, Debug)]
pub struct Rich {
    /// Use terminal colours.
    pub colour: bool,
    /// Columns of the terminal; longer lines are cut around what matters.
    pub width: usize,
    /// Show findings of [`Severity::Diag`].
    pub diag: bool,
}

impl Default for Rich {
    fn default() -> Rich {
        Rich { colour: false, width: 120, diag: false }
    }
}

/// Most bytes of text between two places that are shown in one excerpt.
const MAX_EXCERPT_BYTES: u32 = 16 << 10;

impl Rich {
    /// All findings in order of their places with an empty line behind each, and a last line that counts them.
    pub fn render(&self, diagnostics: &Diagnostics, sources: &SourceMap) -> String {
        let renderer = if self.colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(self.width);
        let mut out = String::new();
        for diagnostic in diagnostics.sorted() {
            if diagnostic.severity() == Severity::Diag && !self.diag {
                continue;
            }
            out.push_str(&renderer.render(&report(diagnostic, sources)));
            out.push_str("\n\n");
        }
        if let Some(summary) = summary(diagnostics) {
            out.push_str(&summary);
            out.push('\n');
        }
        out
    }
}

/// `2 errors, 1 warning`; nothing if there are neither these nor advice.
fn summary(diagnostics: &Diagnostics) -> Option<String> {
    let counted = |severity, one: &str, many: &str| match diagnostics.count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let counts = [
        counted(Severity::Error, "error", "errors"),
        counted(Severity::Warning, "warning", "warnings"),
        counted(Severity::Advice, "piece of advice", "pieces of advice"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn report<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Vec<Group<'a>> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::INFO.with_name("advice"),
        Severity::Notice => Level::NOTE.with_name("notice"),
        Severity::Diag => Level::NOTE.with_name("diag"),
    };
    let mut title = level.primary_title(printable(diagnostic.message()));
    if let Some(code) = diagnostic.stable_code() {
        title = title.id(code);
    }
    let mut group = Group::with_title(title).elements(excerpts(diagnostic, sources));
    for note in diagnostic.notes() {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    let mut groups = Vec::new();
    for help in diagnostic.helps() {
        match replacement(help, sources) {
            Some(snippet) => {
                groups.push(Level::HELP.secondary_title(printable(&help.text)).element(snippet));
            }
            None => group = group.element(Level::HELP.message(printable(&help.text))),
        }
    }
    groups.insert(0, group);
    groups
}

/// The underlined places, those near to each other in one excerpt; the primary one comes first.
fn excerpts<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let primary = diagnostic.primary().map(|label| (AnnotationKind::Primary, label));
    let secondary = diagnostic.secondary().iter().map(|label| (AnnotationKind::Context, label));
    let mut parts: Vec<(Excerpt<'a>, Vec<(AnnotationKind, &'a Label)>)> = Vec::new();
    for (kind, label) in primary.into_iter().chain(secondary) {
        let Some(file) = sources.file(label.span.source) else { continue };
        let near = parts.iter_mut().find(|(excerpt, _)| excerpt.is_near(label.span));
        match near {
            Some((excerpt, labels)) => {
                excerpt.grow(label.span);
                labels.push((kind, label));
            }
            None => parts.push((Excerpt::new(file, label.span), vec![(kind, label)])),
        }
    }
    let snippet = |(excerpt, labels): (Excerpt<'a>, Vec<(AnnotationKind, &'a Label)>)| {
        let annotations: Vec<_> = labels
            .into_iter()
            .map(|(kind, label)| {
                let text = Some(printable(&label.text)).filter(|text| !text.is_empty());
                kind.span(excerpt.range(label.span)).label(text)
            })
            .collect();
        excerpt.snippet().annotations(annotations)
    };
    parts.into_iter().map(snippet).collect()
}

/// The line with a replacement made.
fn replacement<'a>(help: &'a Help, sources: &'a SourceMap) -> Option<Snippet<'a, Patch<'a>>> {
    let (span, text) = help.replacement.as_ref()?;
    let excerpt = Excerpt::new(sources.file(span.source)?, *span);
    let range = excerpt.range(*span);
    Some(excerpt.snippet().patch(Patch::new(range, text.as_str())))
}

/// Whole lines of one file around some spans.
struct Excerpt<'a> {
    file: &'a SourceFile,
    first_line: u32,
    last_line: u32,
}

impl<'a> Excerpt<'a> {
    fn new(file: &'a SourceFile, span: Span) -> Excerpt<'a> {
        let last = span.end.saturating_sub(1).max(span.start);
        let first_line = file.line_at(span.start);
        Excerpt { file, first_line, last_line: file.line_at(last).max(first_line) }
    }

    fn is_near(&self, span: Span) -> bool {
        let (start, end) = self.bounds();
        span.source == self.file.id() && span.start.max(end).saturating_sub(span.end.min(start)) <= MAX_EXCERPT_BYTES
    }

    fn grow(&mut self, span: Span) {
        let other = Excerpt::new(self.file, span);
        self.first_line = self.first_line.min(other.first_line);
        self.last_line = self.last_line.max(other.last_line);
    }

    /// Byte offsets of the first line's start and the last line's end.
    fn bounds(&self) -> (u32, u32) {
        let line = |number| self.file.line_span(number).map(|span| (span.start, span.end)).unwrap_or_default();
        (line(self.first_line).0, line(self.last_line).1)
    }

    fn bytes(&self) -> &'a [u8] {
        let (start, end) = self.bounds();
        self.file.bytes(Span { source: self.file.id(), start, end })
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        let text = String::from_utf8_lossy(self.bytes());
        Snippet::source(text).line_start(self.first_line as usize).path(self.file.name()).fold(true)
    }

    /// Where a span lies in the shown text, widened to whole characters.
    fn range(&self, span: Span) -> Range<usize> {
        let (start, _) = self.bounds();
        let at = |offset: u32| offset.saturating_sub(start) as usize;
        let (from, to) = (at(span.start), at(span.end.max(span.start)));
        let from = shown_offset(self.bytes(), from, false);
        from..shown_offset(self.bytes(), to, true).max(from)
    }
}

/// Where a byte offset lies once the text is shown as UTF-8, at the edge of its character: the hind edge if `up`.
fn shown_offset(bytes: &[u8], offset: usize, up: bool) -> usize {
    let (mut taken, mut shown) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        if offset <= taken + valid.len() {
            let mut within = offset - taken;
            while !valid.is_char_boundary(within) {
                within = if up { within + 1 } else { within - 1 };
            }
            return shown + within;
        }
        taken += valid.len();
        shown += valid.len();
        if chunk.invalid().is_empty() {
            break;
        }
        let width = char::REPLACEMENT_CHARACTER.len_utf8();
        if offset < taken + chunk.invalid().len() {
            return if up { shown + width } else { shown };
        }
        taken += chunk.invalid().len();
        shown += width;
    }
    shown
}

#[cfg(test)]
mod tests;
