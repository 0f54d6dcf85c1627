//! One line a finding in the shape in which HAProxy writes to standard error, then indented lines with the place and
//! our help, which programs that look for the first line pass over.

use std::fmt::Write;

use super::printable;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{SourceMap, Span};

/// What to show, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compatible {
    /// The process id shown in parentheses.
    pub pid: u32,
    /// Show findings of [`Severity::Diag`] (`-dD`).
    pub diag: bool,
    /// Show findings of [`Severity::Advice`] as warnings. HAProxy is silent on these, so the compatible command line
    /// leaves this off.
    pub advice: bool,
}

/// Longest part of a source line that is repeated below a message, in characters.
const MAX_SHOWN_CHARS: usize = 200;

impl Compatible {
    /// All findings in order of their places, each line ended.
    pub fn render(&self, diagnostics: &Diagnostics, sources: &SourceMap) -> String {
        let mut out = String::new();
        for diagnostic in diagnostics.sorted() {
            let shown = match diagnostic.severity() {
                Severity::Error | Severity::Warning | Severity::Notice => true,
                Severity::Advice => self.advice,
                Severity::Diag => self.diag,
            };
            if shown {
                self.write(diagnostic, sources, &mut out);
            }
        }
        if diagnostics.dropped() > 0 {
            let text = format!("config : {} more messages are not shown", diagnostics.dropped());
            out.push_str(&message_line(Severity::Notice, self.pid, &text));
        }
        out
    }

    fn write(&self, diagnostic: &Diagnostic, sources: &SourceMap, out: &mut String) {
        let place = diagnostic.span().and_then(|span| sources.locate(span));
        let text = match place {
            Some((name, position)) => {
                format!("config : parsing [{name}:{}] : {}", position.line, diagnostic.message())
            }
            None => format!("config : {}", diagnostic.message()),
        };
        out.push_str(&message_line(diagnostic.severity(), self.pid, &text));
        if let Some(span) = diagnostic.span().filter(|_| diagnostic.severity() <= Severity::Advice) {
            write_underlined(span, sources, out);
        }
        for label in diagnostic.secondary() {
            if let Some((name, position)) = sources.locate(label.span) {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "  see [{name}:{}] : {}", position.line, printable(&label.text));
            }
        }
        for note in diagnostic.notes() {
            let _ = writeln!(out, "  note: {}", printable(note));
        }
        for help in diagnostic.helps() {
            let _ = writeln!(out, "  help: {}", printable(&help.text));
        }
    }
}

/// A line of HAProxy's startup messages: `[ALERT]    (pid) : text`.
pub fn message_line(severity: Severity, pid: u32, text: &str) -> String {
    let label = match severity {
        Severity::Error => "[ALERT]",
        Severity::Warning | Severity::Advice => "[WARNING]",
        Severity::Notice => "[NOTICE]",
        Severity::Diag => "[DIAG]",
    };
    format!("{label:<10} ({pid}) : {}\n", printable(text))
}

/// The line a span starts on, without its indentation, and marks under the span's part of it.
fn write_underlined(span: Span, sources: &SourceMap, out: &mut String) {
    let Some(file) = sources.file(span.source) else { return };
    let Some(line) = file.line_span(file.line_at(span.start)) else { return };
    let start = span.start.clamp(line.start, line.end);
    let end = span.end.clamp(start, line.end);
    let text = |start: u32, end: u32| {
        let lossy = String::from_utf8_lossy(file.bytes(Span { source: span.source, start, end })).into_owned();
        lossy.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>()
    };
    let (before, marked, after) = (text(line.start, start), text(start, end), text(end, line.end));
    let before = before.trim_start();
    let width = before.chars().count();
    if width + 1 > MAX_SHOWN_CHARS || (before.is_empty() && marked.trim().is_empty() && after.trim().is_empty()) {
        return;
    }
    let shown: String = format!("{before}{marked}{after}").chars().take(MAX_SHOWN_CHARS).collect();
    let marks = marked.chars().count().clamp(1, MAX_SHOWN_CHARS - width);
    let _ = writeln!(out, "  {}", shown.trim_end());
    let _ = writeln!(out, "  {}{}", " ".repeat(width), "^".repeat(marks));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, Facts, Reader};

    fn render(text: &str) -> String {
        let mut sources = SourceMap::new();
        let file = sources.add("t.cfg", text).unwrap();
        let (facts, mut diagnostics) = (Facts::default(), Diagnostics::new());
        let mut reader = Reader::new(file, &facts);
        while reader.next_line(&Environment::empty(), &mut diagnostics).is_some() {}
        Compatible { pid: 7, diag: false, advice: false }.render(&diagnostics, &sources)
    }

    #[test]
    fn the_first_line_is_haproxys() {
        let check = |text: &str, expected: &str| assert_eq!(render(text), expected, "{text}");
        check("\n.notice hi\n", "[NOTICE]   (7) : config : parsing [t.cfg:2] : 'hi'\n");
        check(
            "global\n    maxconn \"10\n",
            "[ALERT]    (7) : config : parsing [t.cfg:2] : unmatched quote\n  maxconn \"10\n          ^\n  \
             help: close it with \" or, if it is a plain character, write it as \\\"\n",
        );
        check(
            ".warning \"a\\nb\\x1b[0m\"\n",
            "[WARNING]  (7) : config : parsing [t.cfg:1] : 'a\\nb\\u{1b}[0m'\n  .warning \"a\\nb\\x1b[0m\"\n  ^^^^^^^^\n",
        );
        check(".diag hidden\n\"\" hidden\n", "");
        check(
            ".if 1\n.else\n\u{e9} \"x\n.else\n.endif\n",
            "[ALERT]    (7) : config : parsing [t.cfg:4] : '.else' after '.else' is not permitted\n  .else\n  ^^^^^\n  \
             see [t.cfg:2] : the '.else' is here\n",
        );
    }

    #[test]
    fn findings_without_place_and_hidden_ones() {
        let sources = SourceMap::new();
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error("cannot open x").note("n").help("h"));
        diagnostics.push(Diagnostic::advice("odd"));
        diagnostics.push(Diagnostic::new(Severity::Diag, "d"));
        let show = |diag, advice| Compatible { pid: 12, diag, advice }.render(&diagnostics, &sources);
        assert_eq!(show(false, false), "[ALERT]    (12) : config : cannot open x\n  note: n\n  help: h\n");
        assert!(show(true, false).ends_with("[DIAG]     (12) : config : d\n"));
        assert!(show(false, true).ends_with("[WARNING]  (12) : config : odd\n"));
    }

    #[test]
    fn places_may_be_anywhere() {
        let mut sources = SourceMap::new();
        let long = "x".repeat(10_000);
        let file = sources.add("t", format!("a\n\u{e9}\n\n{long}\n")).unwrap();
        let length = file.text().len() as u32;
        for start in (0..30).chain(length - 3..length + 3) {
            for end in [start, start + 1, start + 9, length + 5] {
                let mut diagnostics = Diagnostics::new();
                diagnostics.push(Diagnostic::error("e").at(Span { source: file.id(), start, end }, ""));
                let shown = Compatible::default().render(&diagnostics, &sources);
                assert!(shown.starts_with("[ALERT]    (0) : config : parsing [t:"), "{shown}");
                assert!(shown.lines().all(|line| line.chars().count() <= MAX_SHOWN_CHARS + 2), "{start} {end}");
            }
        }
    }
}
