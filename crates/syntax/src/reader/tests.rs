use super::*;
use crate::source::SourceMap;

/// Reads a whole file and returns the first words of the lines given, and the messages with their lines.
fn read(text: &[u8], variables: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.cfg", text).unwrap();
    let facts = Facts { features: vec!["TESTED".into()], ..Facts::default() };
    let environment = variables.iter().copied().collect();
    let mut diagnostics = Diagnostics::new();
    let mut reader = Reader::new(file, &facts);
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line(&environment, &mut diagnostics) {
        let words: Vec<String> = line.words.iter().map(Word::to_string).collect();
        lines.push(format!("{}:{}", line.number, words.join(" ")));
    }
    assert!(reader.next_line(&environment, &mut diagnostics).is_none(), "the end stays the end");
    let messages = diagnostics.iter().map(|found| {
        let line = found.span().and_then(|span| sources.locate(span)).map_or(0, |(_, position)| position.line);
        format!("{line}:{:?}: {}", found.severity(), found.message())
    });
    (lines, messages.collect())
}

fn check(text: &str, lines: &[&str], messages: &[&str]) {
    let (found_lines, found_messages) = read(text.as_bytes(), &[("YES", "1"), ("DOT", ".endif")]);
    assert_eq!(found_lines, lines, "lines of {text:?}");
    assert_eq!(found_messages, messages, "messages of {text:?}");
}

#[test]
fn lines_come_in_order_without_comments() {
    check("global#x\n\n  # c\n\tdaemon # d\n", &["1:global", "4:daemon"], &[]);
    check("global\r\n  maxconn 1\r\n# \r\n\r\n", &["1:global", "2:maxconn 1"], &[]);
    check("", &[], &[]);
    check("\n", &[], &[]);
}

#[test]
fn a_last_line_without_line_feed_is_read_with_a_warning() {
    let message = "Warning: missing line feed on the last line, the file might have been truncated";
    check("a", &["1:a"], &[&format!("1:{message}")]);
    check("a\n b", &["1:a", "2:b"], &[&format!("2:{message}")]);
    check("# foo", &[], &[&format!("1:{message}")]);
}

#[test]
fn branches_are_followed() {
    check(".if 1\na\n.else\nb\n.endif\nc\n", &["2:a", "6:c"], &[]);
    check(".if 0\na\n.else\nb\n.endif\nc\n", &["4:b", "6:c"], &[]);
    check(".if 0\na\n.elif 1\nb\n.elif 1\nc\n.else\nd\n.endif\n", &["4:b"], &[]);
    check(".if 0\na\n.elif 0\nb\n.elif\nc\n.else\nd\n.endif\n", &["8:d"], &[]);
    check(".if 0\n.if 1\na\n.else\nb\n.endif\n.elif 1\nc\n.endif\n", &["8:c"], &[]);
    check(".if 1\n.if 0\na\n.endif\nb\n.endif # done\n", &["5:b"], &[]);
    check(".if feature(TESTED) && streq(\"$YES\",1)\na\n.endif\n", &["2:a"], &[]);
    check(".if 0\n\"$DOT\"\na\n", &["3:a"], &[]);
    check(".if\na\n.else\nb\n.endif\n", &["4:b"], &[]);
    check("x .if 0\n", &["1:x .if 0"], &[]);
}

#[test]
fn what_is_switched_off_needs_not_be_sound() {
    check(
        ".if 0\n it's \\xZZ \"$\n.foo\n.alert no\n.if bad(\n.elif \"$\n.endif\n.endif x\n",
        &[],
        &["8:Error: unexpected argument 'x' for '.endif'"],
    );
    check(".if 1\n.elif bad(\n.endif\na\n", &["4:a"], &[]);
    check(".if 0\n.if \"abc\n.endif\n.endif\na\n", &["5:a"], &[]);
}

#[test]
fn a_faulty_condition_takes_no_branch() {
    let fault = "Error: unknown predicate 'foo' in conditional expression";
    check(".if foo(\na\n.else\nb\n.endif\nc\n", &["6:c"], &[&format!("1:{fault}")]);
    check(".if 0\n.elif foo(\na\n.else\nb\n.endif\nc\n", &["7:c"], &[&format!("2:{fault}")]);
    check(".if \"\na\n.else\nb\n.endif\nc\n", &["6:c"], &["1:Error: unmatched quote"]);
    check(".if 0\n.elif \"\na\n.endif\nc\n", &["5:c"], &["2:Error: unmatched quote"]);
}

#[test]
fn misplaced_directives() {
    check(".endif\n", &[], &["1:Error: lone '.endif' with no matching '.if'"]);
    check(".else\n", &[], &["1:Error: lone '.else' with no matching '.if'"]);
    check(".elif 1\n", &[], &["1:Error: lone '.elif' with no matching '.if'"]);
    check(
        "a\n.if 1\n.if 0\n",
        &["1:a"],
        &["2:Error: non-terminated '.if' block", "3:Error: non-terminated '.if' block"],
    );
    check(".if 0\n.else\n.else\na\n.endif\n", &[], &["3:Error: '.else' after '.else' is not permitted"]);
    check(".if 1\n.else\n.elif 1\na\n.endif\n", &[], &["3:Error: '.elif' after '.else' is not permitted"]);
    check(".if 1\n.else foo\n.endif\na\n", &["4:a"], &["2:Error: unexpected argument 'foo' for '.else'"]);
    check(".IF 1\n", &[], &["1:Error: unknown directive '.IF'"]);
    check(".\n", &[], &["1:Error: unknown directive '.'"]);
}

#[test]
fn blocks_nest_to_a_limit() {
    let nested = |depth: usize| format!("{}a\n{}b\n", ".if 1\n".repeat(depth), ".endif\n".repeat(depth));
    check(&nested(MAX), &["101:a", "202:b"], &[]);
    check(&nested(MAX + 2), &["206:b"], &["101:Error: too many nested '.if': 100 are possible"]);
    const MAX: usize = crate::limits::MAX_BLOCK_DEPTH;
}

#[test]
fn messages_are_reported() {
    let text = ".notice hello\n.warning \"a  b\"\n.alert\n.diag d\n.if 0\n.alert no\n.endif\n.notice a b\n";
    check(
        text,
        &[],
        &[
            "1:Notice: 'hello'",
            "2:Warning: 'a  b'",
            "3:Error: ''",
            "4:Diag: 'd'",
            "8:Error: unexpected argument 'b' for '.notice'",
        ],
    );
}

#[test]
fn empty_arguments_are_faults_and_end_the_line() {
    check(
        "a b \"\" c\nd \"$UNSET\"\ne \"${UNSET[*]}\" f\n",
        &["1:a b", "2:d", "3:e f"],
        &[
            "1:Error: argument number 2 is empty and marks the end of the argument list",
            "2:Error: argument number 1 is empty and marks the end of the argument list",
        ],
    );
    check(".if ''\n.else ''\na\n.endif \"\"\n.notice b ''\n", &["3:a"], &["5:Notice: 'b'"]);
}

#[test]
fn odd_files() {
    check("\u{feff}global\n", &["1:global"], &["1:Error: the file begins with a byte order mark"]);
    check(
        "\"\" a\n\"$UNSET\" b\nc\n",
        &["3:c"],
        &[
            "1:Advice: the line is ignored because its first word is empty",
            "2:Advice: the line is ignored because its first word is empty",
        ],
    );
    check("a\0b\nc\n", &["2:c"], &["1:Error: stray NUL character"]);
    let utf16: Vec<u8> = "\u{feff}global\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (lines, messages) = read(&utf16, &[]);
    assert!(lines.is_empty());
    assert_eq!(messages, ["1:Error: the file is encoded as UTF-16"]);
}

#[test]
fn the_environment_and_section_may_change_between_lines() {
    let mut sources = SourceMap::new();
    let file = sources.add("t.cfg", "one \"$V|$.SECTION\"\ntwo \"$V|$.SECTION\"\n").unwrap();
    let (facts, mut environment, mut diagnostics) = (Facts::default(), Environment::empty(), Diagnostics::new());
    let mut reader = Reader::new(file, &facts);
    let line = reader.next_line(&environment, &mut diagnostics).unwrap();
    assert_eq!(line.arguments()[0], "|");
    environment.set("V", "new");
    reader.enter_section("www");
    let line = reader.next_line(&environment, &mut diagnostics).unwrap();
    assert_eq!(line.arguments()[0], "new|www");
}
