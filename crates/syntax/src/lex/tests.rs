use super::*;
use crate::source::SourceMap;

/// Lexes the first line of `text` in section "sect" and returns the words and the messages of all faults.
fn words_of(text: &[u8], variables: &[(&str, &str)]) -> (Vec<Word>, Vec<String>) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.cfg", text).unwrap();
    let environment = variables.iter().copied().collect();
    let mut diagnostics = Diagnostics::new();
    let place = Place { file: &file, line: 1, section: b"sect" };
    let span = file.line_span(1).unwrap();
    let words = lex(place, span, Hash::Comment, &environment, &mut diagnostics);
    assert_eq!(words.is_none(), diagnostics.has_errors(), "{:?}", String::from_utf8_lossy(text));
    let messages = diagnostics.iter().map(|fault| fault.message().to_owned()).collect();
    (words.unwrap_or_default(), messages)
}

fn check(text: &str, expected: &[&str]) {
    check_with(&[], text, expected);
}

fn check_with(variables: &[(&str, &str)], text: &str, expected: &[&str]) {
    let (words, faults) = words_of(text.as_bytes(), variables);
    assert_eq!(faults, Vec::<String>::new(), "{text}");
    let values: Vec<String> = words.iter().map(|word| word.display().into_owned()).collect();
    assert_eq!(values, expected, "{text} with {variables:?}");
}

/// The line has one fault with this message; its underline covers `underlined`.
fn check_fault(text: &str, message: &str, underlined: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.cfg", text).unwrap();
    let mut diagnostics = Diagnostics::new();
    let place = Place { file: &file, line: 1, section: b"" };
    let words = lex(place, file.line_span(1).unwrap(), Hash::Comment, &Environment::empty(), &mut diagnostics);
    assert!(words.is_none(), "{text}");
    let faults: Vec<_> = diagnostics.iter().collect();
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    assert_eq!(faults[0].message(), message, "{text}");
    let span = faults[0].span().unwrap();
    assert_eq!(String::from_utf8_lossy(file.bytes(span)), underlined, "{text}");
}

#[test]
fn words_are_separated_by_blanks() {
    check("a b", &["a", "b"]);
    check("  \t a \t\t b\t", &["a", "b"]);
    check("a\x0bb\x0cc", &["a", "b", "c"]);
    check("\n", &[]);
    check("   \t", &[]);
}

#[test]
fn a_hash_outside_quotes_starts_a_comment_even_inside_a_word() {
    check("# all of it", &[]);
    check("global#this is", &["global"]);
    check("a # b \" c", &["a"]);
    check(r##"a\#b "#" '#' x#y"##, &["a#b", "#", "#", "x"]);
}

/// Each cell of the matrix in configuration manual 2.2 gives the character, but for a backslash before a tab or an
/// unquoted dollar sign: HAProxy 3.5 keeps those backslashes.
#[test]
fn the_manuals_quoting_matrix() {
    let matrix: [(&str, &[&str]); 9] = [
        ("\t", &[r"\x09", "\"\t\"", r#""\x09""#, "'\t'"]),
        ("\n", &[r"\n", r"\x0a", r#""\n""#, r#""\x0a""#]),
        ("\r", &[r"\r", r"\x0d", r#""\r""#, r#""\x0d""#]),
        (" ", &[r"\ ", r"\x20", r#"" ""#, r#""\ ""#, r#""\x20""#, "' '"]),
        ("\"", &[r#"\""#, r"\x22", r#""\"""#, r#""\x22""#, r#"'"'"#]),
        ("#", &[r"\#", r"\x23", r##""#""##, r##""\#""##, r#""\x23""#, "'#'"]),
        ("$", &["$", r"\x24", r#""\$""#, r#""\x24""#, "'$'"]),
        ("'", &[r"\'", r"\x27", r#""'""#, r#""\'""#, r#""\x27""#]),
        ("\\", &[r"\\", r"\x5c", r#""\\""#, r#""\x5c""#, r"'\'"]),
    ];
    for (character, spellings) in matrix {
        for spelling in spellings {
            check(spelling, &[character]);
            check(&format!("a{spelling}b {spelling}"), &[&format!("a{character}b"), character]);
        }
    }
}

/// The five lines that configuration manual 2.2 calls strictly equivalent.
#[test]
fn the_manuals_equivalent_lines() {
    for line in [
        r"log-format %{+Q}o\ %t\ %s\ %{-Q}r",
        r#"log-format "%{+Q}o %t %s %{-Q}r""#,
        r"log-format '%{+Q}o %t %s %{-Q}r'",
        r#"log-format "%{+Q}o %t"' %s %{-Q}r'"#,
        r#"log-format "%{+Q}o %t"' %s'\ %{-Q}r"#,
    ] {
        check(line, &["log-format", "%{+Q}o %t %s %{-Q}r"]);
    }
    check(
        r#"str("\\'foo\\'") str(\"\'foo\'\") str(\\\'foo\\\')"#,
        &[r"str(\'foo\')", r#"str("'foo'")"#, r"str(\'foo\')"],
    );
}

#[test]
fn a_backslash_before_an_ordinary_character_stays() {
    check(r#"\e \q "\q\}" \$ \{ \[ \, '\"\\\n'"#, &[r"\e", r"\q", r"\q\}", r"\$", r"\{", r"\[", r"\,", r#"\"\\\n"#]);
    check("x\\\ty \"x\\\ty\"", &["x\\", "y", "x\\\ty"]);
    check("a\\", &["a\\"]);
    check("\\", &["\\"]);
    check("a \\\r", &["a", "\\"]);
}

#[test]
fn bytes_that_are_not_text_pass_through() {
    let (words, faults) = words_of(b"caf\xe9 \\xe9\\xff", &[]);
    assert!(faults.is_empty());
    assert_eq!(words[0].as_bytes(), b"caf\xe9");
    assert_eq!(words[1].as_bytes(), b"\xe9\xff");
    let fault = words[0].to_str().unwrap_err();
    assert_eq!(fault.message(), "'caf\u{fffd}' is not valid UTF-8 text");
    assert_eq!(fault.span().map(|span| (span.start, span.end)), Some((3, 4)));
}

#[test]
fn variables_expand_only_in_weak_quotes() {
    let set = [("X", "p q"), ("E", ""), ("Q", "a\"b\\c$X#'d")];
    check_with(&set, r#""$X" '$X' $X "${X}" ${X}"#, &["p q", "$X", "$X", "p q", "${X}"]);
    check_with(&set, r#"<"$X"> "$X-d" "$X.c" "$X[*]""#, &["<p q>", "p q-d", "p q.c", "p q[*]"]);
    check_with(&set, r#""$Q""#, &["a\"b\\c$X#'d"]);
    check_with(&set, r#""$NONE" "${NONE}" "$E" x"$NONE"y "a$_""#, &["", "", "", "xy", "a"]);
}

#[test]
fn defaults_replace_unset_variables_only() {
    let set = [("X", "x"), ("E", "")];
    check_with(&set, r#""${X-d}" "${E-d}" "${N-d e}" "${N-}""#, &["x", "", "d e", ""]);
    check_with(&set, r#""${N-$X}" "${N-a\}b}" "${N-d[*]}""#, &["$X", r"a\b}", "d[*]"]);
    check_with(&set, r#""${N-"}""#, &["\""]);
}

/// The table was filled in from what `-dC` of HAProxy 3.5 prints for `description` followed by each text.
#[test]
fn lists_split_into_words() {
    let table: [(&str, &str, &[&str]); 21] = [
        ("a b", r#""${X[*]}""#, &["a", "b"]),
        ("a b", r#"A"<${X[*]}>"Z"#, &["A<a", "b>Z"]),
        (" a b ", r#"A"<${X[*]}>"Z"#, &["A<", "a", "b", ">Z"]),
        (" a b ", r#""${X[*]}""#, &["a", "b"]),
        ("a\t\nb", r#""${X[*]}""#, &["a", "b"]),
        ("a\r\x0bb", r#""${X[*]}""#, &["a", "b"]),
        ("a;b", r#""${X[*]}""#, &["a;b"]),
        ("", r#""${X[*]}""#, &[]),
        (" ", r#""${X[*]}""#, &[]),
        ("", r#""<${X[*]}>" Z"#, &["<>", "Z"]),
        ("a", r#""${X[*]}"Z"#, &["aZ"]),
        ("a ", r#""${X[*]}"Z"#, &["a", "Z"]),
        (" a", r#"A"${X[*]}""#, &["A", "a"]),
        ("", r#"A"${X[*]}" B"#, &["A", "B"]),
        ("a b", r#""${X[*]}${X[*]}""#, &["a", "ba", "b"]),
        (" ", r#""${X[*]}-${X[*]}""#, &["-"]),
        ("", r#"''"${X[*]}" Z"#, &["", "Z"]),
        (" a", r#"''"${X[*]}" Z"#, &["", "a", "Z"]),
        ("a b", r#""x ${X[*]} y""#, &["x a", "b y"]),
        ("a b", r#""${N[*]-c d}" "${N-c d}" "${X[*]-c d}""#, &["c", "d", "c d", "a", "b"]),
        ("", r#""${N[*]}" "${X[*]-c}" z"#, &["z"]),
    ];
    for (value, text, expected) in table {
        check_with(&[("X", value)], text, expected);
    }
}

#[test]
fn pseudo_variables_tell_the_place() {
    check(r#""$.FILE|${.LINE}|$.SECTION" "${.LINE[*]}" "${.LINE-d}""#, &["t.cfg|1|sect", "1", "1"]);
}

#[test]
fn a_carriage_return_ends_the_line_behind_a_word() {
    check("a b\r", &["a", "b"]);
    check("a b \r \r", &["a", "b"]);
    check("a \rb", &["a", "b"]);
    check("a\r# c", &["a"]);
    check_with(&[("X", "c ")], "a \"${X[*]}\"\r# d", &["a", "c"]);
    let (words, remarks) = words_of(b"a\rb c", &[]);
    assert_eq!(words.len(), 1);
    assert_eq!(remarks, ["text behind a carriage return is ignored"]);
}

#[test]
fn faults_are_placed() {
    check_fault(r#"maxconn "10"#, "unmatched quote", "\"");
    check_fault("it's a", "unmatched quote", "'");
    check_fault("\"a\\", "unmatched quote", "\"");
    check_fault("\"foo\r", "unmatched quote", "\"");
    check_fault("'a\rb'", "unmatched quote", "'");
    check_fault(r"\xZZ", "truncated or invalid hexadecimal sequence", r"\x");
    check_fault(r"a\x4", "truncated or invalid hexadecimal sequence", r"\x4");
    check_fault("\"\\x4\"", "truncated or invalid hexadecimal sequence", r"\x4");
    check_fault(r"a\x00b", "a word cannot hold a NUL character", r"\x00");
    check_fault("a\0b", "stray NUL character", "\0");
    check_fault("a # \0\0", "stray NUL character", "\0");
    check_fault("\"${X-\0}\"", "stray NUL character", "\0");
    check_fault("\"$\"", "forbidden first character in environment variable name", "$");
    check_fault("\"$1\"", "forbidden first character in environment variable name", "$");
    check_fault("\"${}\"", "forbidden first character in environment variable name", "${");
    check_fault("\"$.\"", "forbidden first character in environment variable name", "$.");
    check_fault("\"${X+}\"", "unmatched brace in environment variable name", "${X");
    check_fault("\"${X\"", "unmatched brace in environment variable name", "${X");
    check_fault("\"${A.B}\"", "unmatched brace in environment variable name", "${A");
    check_fault("\"${X[*}\"", "truncated or invalid word expansion sequence", "[");
    check_fault("\"${.FOO-d}\"", "unknown pseudo-variable '.FOO'", ".FOO");
    check_fault("\"$.LINEX\"", "unknown pseudo-variable '.LINEX'", ".LINEX");
}

#[test]
fn all_faults_of_a_line_are_found() {
    let (_, faults) = words_of(br#"a\x "$1" "${B" 'c"#, &[]);
    assert_eq!(faults.len(), 4, "{faults:?}");
}

#[test]
fn lines_are_bounded() {
    let line = |count: usize| "a ".repeat(count);
    check(&line(MAX_WORDS), &vec!["a"; MAX_WORDS]);
    let (_, faults) = words_of(line(MAX_WORDS + 2).as_bytes(), &[]);
    assert_eq!(faults, ["too many words: a line may have 1024"]);
    let long = "a".repeat(MAX_LINE_BYTES);
    check(&long, &[&long]);
    for text in [format!("{long}a"), format!("'{long}"), format!("\"{long}\""), " ".repeat(MAX_LINE_BYTES + 1)] {
        let (_, faults) = words_of(text.as_bytes(), &[]);
        assert_eq!(faults, ["line too long: 262144 bytes are possible, as written and as expanded"]);
    }
    let (_, faults) = words_of(br#""$X" "$X" "$X""#, &[("X", &long)]);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let many = "b ".repeat(MAX_WORDS + 5);
    let (_, faults) = words_of(br#""${X[*]}""#, &[("X", &many)]);
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn words_know_their_place() {
    let check = |text: &str, index: usize, range: Range<usize>, expected: &str| {
        let mut sources = SourceMap::new();
        let file = sources.add("t", text).unwrap();
        let environment = [("V", "long value"), ("L", "one two"), ("S", "s ")].into_iter().collect();
        let place = Place { file: &file, line: 1, section: b"" };
        let mut diagnostics = Diagnostics::new();
        let words = lex(place, file.line_span(1).unwrap(), Hash::Comment, &environment, &mut diagnostics).unwrap();
        let span = words[index].span_of(range.clone());
        assert_eq!(String::from_utf8_lossy(file.bytes(span)), expected, "{text} word {index} {range:?}");
        let part = words[index].slice(range.clone());
        assert_eq!(part.as_bytes(), &words[index].as_bytes()[range.clone()], "{text} word {index} {range:?}");
        assert_eq!(part.span(), span, "{text} word {index} {range:?}");
    };
    check("abc def", 1, 0..3, "def");
    check("abc def", 1, 1..2, "e");
    check(r"a\ b", 0, 0..3, r"a\ b");
    check(r"a\ b", 0, 1..2, r"\ ");
    check(r"a\ bcd", 0, 3..4, "c");
    check(r#"x "ab"cd"#, 1, 1..3, r#"b"c"#);
    check(r#"x "a${V}z""#, 1, 0..1, "a");
    check(r#"x "a${V}z""#, 1, 3..5, "${V}");
    check(r#"x "a${V}z""#, 1, 11..12, "z");
    check(r#"x "a${L[*]}z""#, 1, 0..2, "a${L[*]}");
    check(r#"x "a${L[*]}z""#, 2, 0..4, "${L[*]}z");
    check("x ab", 1, 2..2, "");
    check(r#"x "ab""#, 1, 0..2, "ab");
    check(r"x \x41b", 1, 0..2, r"\x41b");
    check(r#"x "${L[*]} $V""#, 2, 0..14, "${L[*]} $V");
    check(r#"x "${S[*]}$V""#, 2, 0..10, "$V");
    check(r#"x "${S[*]}\n""#, 2, 0..1, r"\n");
}

#[test]
fn a_words_span_is_all_that_was_written() {
    let check = |text: &str, expected: &[&str]| {
        let (words, _) = words_of(text.as_bytes(), &[("L", "one two"), ("S", "s ")]);
        let spans: Vec<_> =
            words.iter().map(|word| &text[word.span().start as usize..word.span().end as usize]).collect();
        assert_eq!(spans, expected, "{text}");
    };
    check(r#" a "b c" 'd'e\ f "" # g"#, &["a", r#""b c""#, r"'d'e\ f", r#""""#]);
    check(r#"x"${L[*]}y""#, &[r#"x"${L[*]}"#, r#"${L[*]}y""#]);
    check(r#""${S[*]}" b"#, &[r#""${S[*]}"#, "b"]);
    check("a\r", &["a"]);
}

#[test]
fn quoting_is_remembered() {
    let (words, _) = words_of(br#"a "b" 'c' d\ "$X" e"f"'g'"#, &[("X", "x")]);
    let facts: Vec<_> = words.iter().map(Word::quoting).map(|q| (q.weak, q.strong, q.escaped, q.expanded)).collect();
    assert_eq!(
        facts,
        [
            (false, false, false, false),
            (true, false, false, false),
            (false, true, false, false),
            (true, false, true, true),
            (true, true, false, false),
        ]
    );
}

#[test]
fn joined_words_keep_their_places() {
    let (words, _) = words_of(b"one   'two three'", &[]);
    let joined = Word::join(&words).unwrap();
    assert_eq!(joined, "one two three");
    assert_eq!(joined.span_of(4..7), words[1].span_of(0..3));
    assert!(Word::join(&[]).is_none());
}
