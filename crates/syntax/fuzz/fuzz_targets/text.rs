//! Configuration text of any kind: files, conditions, times and sizes. Nothing may panic or run away, every place must
//! lie in the source, and what is dumped must read the same.
#![no_main]

use burdock_syntax::condition::evaluate_text;
use burdock_syntax::dump::dump_line;
use burdock_syntax::facts::TlsLibrary;
use burdock_syntax::lex::{Hash, Place, lex};
use burdock_syntax::limits::{MAX_LINE_BYTES, MAX_TIMER_MS, MAX_WORDS};
use burdock_syntax::render::{Compatible, Rich, json};
use burdock_syntax::suggest::suggest;
use burdock_syntax::units::{TimeUnit, parse_size, parse_timer};
use burdock_syntax::version::{OpensslVersion, Version};
use burdock_syntax::{Diagnostics, Environment, Facts, Line, Reader, SourceFile, SourceMap, Span, Word};
use libfuzzer_sys::fuzz_target;

/// Rendering more would take most of the time and show nothing new.
const MAX_RENDERED: usize = 3;

fuzz_target!(|data: &[u8]| {
    let facts = Facts {
        version: Version::parse("3.5-dev5"),
        features: vec!["OPENSSL".into()],
        enabled: vec!["EPOLL".into()],
        tls: Some(TlsLibrary {
            name: "OpenSSL 3.0.22".into(),
            openssl: OpensslVersion::parse("3.0.22"),
            awslc_api: Some(32),
            fips: false,
        }),
    };
    let environment: Environment =
        [("NAME", "value"), ("LIST", " a\tb c "), ("EMPTY", ""), ("QUOTES", "\"'\\#$NAME\n")].into_iter().collect();
    read_file(data, &facts, environment.clone());
    if let Ok(text) = std::str::from_utf8(data) {
        let mut sources = SourceMap::new();
        if let Err(faults) = evaluate_text(text, &mut sources, &facts, &environment) {
            assert!(faults.has_errors());
            show(&faults, &sources);
        }
        let _ = Version::parse(text);
        let _ = OpensslVersion::parse(text);
        let _ = suggest(text, ["maxconn", "mode", "http-request"]);
    }
});

fn read_file(data: &[u8], facts: &Facts, mut environment: Environment) {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.cfg", data) else { return };
    let mut diagnostics = Diagnostics::new();
    let mut reader = Reader::new(file.clone(), facts);
    while let Some(line) = reader.next_line(&environment, &mut diagnostics) {
        check_line(&line, &file);
        if let [first, name, value] = line.words.as_slice() {
            if *first == "setenv" {
                environment.set(name.as_bytes(), value.as_bytes());
            }
        }
        reader.enter_section(line.words[0].as_bytes());
        for word in line.arguments() {
            read_units(word, &mut diagnostics);
        }
    }
    for finding in diagnostics.iter() {
        let places = finding.primary().into_iter().chain(finding.secondary()).map(|label| label.span);
        places.for_each(|span| check_span(span, &file));
    }
    show(&diagnostics, &sources);
}

fn read_units(word: &Word, diagnostics: &mut Diagnostics) {
    if let Ok(time) = parse_timer(word, TimeUnit::Millisecond, diagnostics) {
        assert!(time.ms() <= MAX_TIMER_MS);
    }
    let size = parse_size(word, 1 << 40);
    assert!(diagnostics.take(size).is_none_or(|size| size <= 1 << 40));
}

fn check_line(line: &Line, file: &SourceFile) {
    assert!(!line.words.is_empty() && !line.words[0].is_empty() && line.words.len() <= MAX_WORDS);
    check_span(line.span, file);
    let whole = file.line_span(line.number).unwrap();
    assert!(whole.start <= line.span.start && line.span.end <= whole.end);
    for word in &line.words {
        let span = word.span();
        assert!(line.span.start <= span.start && span.end <= line.span.end);
        for index in 0..word.len().min(100) {
            let part = word.span_of(index..index + 1);
            assert!(span.start <= part.start && part.end <= span.end && part.start <= part.end);
        }
        let half = word.slice(word.len() / 2..word.len());
        assert_eq!(half.as_bytes(), &word.as_bytes()[word.len() / 2..]);
        assert!(span.start <= half.span().start && half.span().end <= span.end);
    }
    let joined = Word::join(&line.words).unwrap();
    assert_eq!(joined.len(), line.words.iter().map(Word::len).sum::<usize>() + line.words.len() - 1);
    check_dump(line);
}

fn check_dump(line: &Line) {
    if line.words.iter().map(Word::len).sum::<usize>() > MAX_LINE_BYTES {
        return;
    }
    let mut sources = SourceMap::new();
    let file = sources.add("dump", dump_line(line)).unwrap();
    let place = Place { file: &file, line: 1, section: b"" };
    let mut faults = Diagnostics::new();
    let again = lex(place, file.line_span(1).unwrap(), Hash::Comment, &Environment::empty(), &mut faults);
    let again = again.unwrap_or_else(|| panic!("{:?}: {faults:?}", String::from_utf8_lossy(file.text())));
    let values = |words: &[Word]| words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&line.words));
}

fn check_span(span: Span, file: &SourceFile) {
    assert!(span.start <= span.end && span.end as usize <= file.text().len(), "{span:?}");
}

fn show(diagnostics: &Diagnostics, sources: &SourceMap) {
    if diagnostics.is_empty() || diagnostics.len() > MAX_RENDERED {
        return;
    }
    let compatible = Compatible { pid: 1, diag: true, advice: true }.render(diagnostics, sources);
    assert!(compatible.starts_with('['));
    assert!(!compatible.contains('\u{1b}'));
    assert!(!Rich { diag: true, ..Rich::default() }.render(diagnostics, sources).contains('\u{1b}'));
    assert_eq!(json(diagnostics, sources).as_array().map(Vec::len), Some(diagnostics.len()));
}
