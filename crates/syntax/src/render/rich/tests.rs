use super::*;

fn sample() -> (SourceMap, Diagnostics) {
    let mut sources = SourceMap::new();
    let file = sources.add("a.cfg", "global\n    maxcon 100\ndefaults\n    mode htp\n").unwrap();
    let at = |start, end| Span { source: file.id(), start, end };
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(
        Diagnostic::warning("unknown mode 'htp'").at(at(40, 43), "one of http, tcp").note("a note").help("some help"),
    );
    let unknown = Diagnostic::error("unknown keyword 'maxcon' in 'global' section").code("unknown-keyword");
    let unknown = unknown.at(at(11, 17), "not known here").also(at(0, 6), "the section starts here");
    diagnostics.push(unknown.replace(at(11, 17), "maxconn", "did you mean 'maxconn'?"));
    diagnostics.push(Diagnostic::new(Severity::Diag, "only in diagnostic mode"));
    diagnostics.push(Diagnostic::advice("think about\u{1b}[31m it"));
    (sources, diagnostics)
}

#[test]
fn findings_for_people() {
    let (sources, diagnostics) = sample();
    let shown = Rich::default().render(&diagnostics, &sources);
    let expected = "\
error[unknown-keyword]: unknown keyword 'maxcon' in 'global' section
 --> a.cfg:2:5
  |
1 | global
  | ------ the section starts here
2 |     maxcon 100
  |     ^^^^^^ not known here
  |
help: did you mean 'maxconn'?
  |
2 |     maxconn 100
  |           +

warning: unknown mode 'htp'
 --> a.cfg:4:10
  |
4 |     mode htp
  |          ^^^ one of http, tcp
  |
  = note: a note
  = help: some help

advice: think about\\u{1b}[31m it

1 error, 1 warning, 1 piece of advice
";
    assert_eq!(shown, expected, "\n{shown}");
}

#[test]
fn colours_only_when_asked() {
    let (sources, diagnostics) = sample();
    let shown = |colour| Rich { colour, ..Rich::default() }.render(&diagnostics, &sources);
    assert!(!shown(false).contains('\u{1b}'));
    assert!(shown(true).contains("\u{1b}["));
}

#[test]
fn nothing_found_is_nothing_shown() {
    assert_eq!(Rich::default().render(&Diagnostics::new(), &SourceMap::new()), "");
}

#[test]
fn places_may_be_anywhere() {
    let mut sources = SourceMap::new();
    let text = b"a\n\n\xc3\xa9\xe9\xe9x\xf0\x9f\x98\x80\t\x01y\r\n\n\xff";
    let file = sources.add("t", text.as_slice()).unwrap();
    let length = text.len() as u32;
    for start in 0..length + 2 {
        for end in start..length + 3 {
            let span = Span { source: file.id(), start, end };
            let other = Span { source: file.id(), start: length - start.min(length), end: length };
            let mut diagnostics = Diagnostics::new();
            let finding = Diagnostic::error("e").at(span, "").also(other, "also").replace(span, "new", "help");
            diagnostics.push(finding.replace(other, "", "remove it"));
            let shown = Rich::default().render(&diagnostics, &sources);
            assert!(shown.contains("--> t:"), "{start}..{end}: {shown}");
        }
    }
}

#[test]
fn distant_places_are_shown_apart() {
    let mut sources = SourceMap::new();
    let file = sources.add("t", format!("first\n{}last\n", "# filler\n".repeat(100_000))).unwrap();
    let length = file.text().len() as u32;
    let mut diagnostics = Diagnostics::new();
    let last = Span { source: file.id(), start: length - 5, end: length - 1 };
    diagnostics.push(Diagnostic::error("twice").at(last, "again").also(Span { start: 0, end: 5, ..last }, "here"));
    let shown = Rich::default().render(&diagnostics, &sources);
    assert!(shown.contains("100002 | last") && shown.contains("first"), "{shown}");
    assert!(shown.len() < 1000, "{shown}");
}
