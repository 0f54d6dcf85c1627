//! Diagnostics as JSON, for editors and pipelines. Lines and columns count from 1, columns in characters.

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Diagnostics, Help, Label};
use crate::source::{SourceMap, Span};

/// An array with one object a finding, in order of their places: `severity`, `code`, `message`, `place` (`file`, `line`,
/// `column`, `end_line`, `end_column`, `start`, `end`), `label`, `related`, `notes` and `help`.
pub fn json(diagnostics: &Diagnostics, sources: &SourceMap) -> Value {
    diagnostics.sorted().into_iter().map(|diagnostic| finding(diagnostic, sources)).collect()
}

fn finding(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let related = |label: &Label| json!({ "place": place(label.span, sources), "label": label.text });
    let help = |help: &Help| match &help.replacement {
        Some((span, text)) => json!({ "text": help.text, "replace": place(*span, sources), "with": text }),
        None => json!({ "text": help.text }),
    };
    json!({
        "severity": diagnostic.severity().name(),
        "code": diagnostic.stable_code(),
        "message": diagnostic.message(),
        "place": diagnostic.span().map(|span| place(span, sources)),
        "label": diagnostic.primary().map(|label| label.text.as_str()).filter(|text| !text.is_empty()),
        "related": diagnostic.secondary().iter().map(related).collect::<Value>(),
        "notes": diagnostic.notes(),
        "help": diagnostic.helps().iter().map(help).collect::<Value>(),
    })
}

fn place(span: Span, sources: &SourceMap) -> Value {
    let Some(file) = sources.file(span.source) else { return Value::Null };
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "file": file.name(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "start": span.start,
        "end": span.end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.cfg", "x\n\u{e9}\u{e9} maxcon 1\n").unwrap();
        let span = Span { source: file.id(), start: 7, end: 13 };
        let mut diagnostics = Diagnostics::new();
        let finding = Diagnostic::error("unknown keyword 'maxcon'").code("unknown-keyword").at(span, "here");
        let finding = finding.also(Span { start: 0, end: 1, ..span }, "x").note("n").help("h");
        diagnostics.push(finding.replace(span, "maxconn", "did you mean 'maxconn'?"));
        diagnostics.push(Diagnostic::warning("no place"));
        let found = json(&diagnostics, &sources);
        let word = json!({
            "file": "a.cfg", "line": 2, "column": 4, "end_line": 2, "end_column": 10, "start": 7, "end": 13
        });
        let x =
            json!({ "file": "a.cfg", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "start": 0, "end": 1 });
        let expected = json!([
            {
                "severity": "error", "code": "unknown-keyword", "message": "unknown keyword 'maxcon'", "place": word,
                "label": "here", "related": [{ "place": x, "label": "x" }], "notes": ["n"],
                "help": [{ "text": "h" }, { "text": "did you mean 'maxconn'?", "replace": word, "with": "maxconn" }],
            },
            {
                "severity": "warning", "code": null, "message": "no place", "place": null, "label": null,
                "related": [], "notes": [], "help": [],
            },
        ]);
        assert_eq!(found, expected);
    }
}
