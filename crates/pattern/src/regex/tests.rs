use super::*;

/// The spans of a search, or what is wrong with the expression.
fn search(pattern: &[u8], case: Case, subject: &[u8]) -> Result<Vec<Option<(usize, usize)>>, String> {
    let regex = Regex::new(pattern, case).map_err(|fault| fault.to_string())?;
    let mut captures = Captures::default();
    let found = regex.captures(subject, &mut captures);
    assert_eq!(regex.is_match(subject), found, "{}", pattern.escape_ascii());
    let mut spans = captures.spans.to_vec();
    while spans.last() == Some(&None) {
        spans.pop();
    }
    assert_eq!(found, !spans.is_empty());
    Ok(spans)
}

#[test]
fn spans() {
    // What HAProxy 3.5 with PCRE2 10.42 finds by `map_regm`; the case of `(?x)`, whose blanks no map can hold, is from PCRE's manual.
    for (pattern, subject, expected) in [
        ("b", "abc", "1-2"),
        ("B", "abc", ""),
        ("(?i)B", "abc", "1-2"),
        ("a(?i)b|C", "c", "0-1"),
        ("(?:a(?i)b)C", "aBC", "0-3"),
        ("(?:a(?i)b)C", "aBc", ""),
        ("(?i:b)C", "BC", "0-2"),
        ("(?i-i:b)", "B", ""),
        ("(a)|(b)", "b", "0-1 - 0-1"),
        ("(a|ab)(c|bcd)(d*)", "abcd", "0-4 0-1 1-4 4-4"),
        (r"\/a\-b\_c\:d", "/a-b_c:d", "0-8"),
        ("a{", "a{", "0-2"),
        ("a{,2}", "a{,2}", "0-5"),
        ("a{2}", "aaa", "0-2"),
        ("a{2,}?", "aaa", "0-2"),
        ("(?U)a+", "aaa", "0-1"),
        ("(?U)a+?", "aaa", "0-3"),
        ("[]a]+", "]a", "0-2"),
        ("[^]a]+", "]ab", "2-3"),
        ("[a-]+", "-a", "0-2"),
        (r"[\w-]+", "a-b.c", "0-3"),
        (r"[a-c-e]+", "e-d", "0-2"),
        (r"[[:alpha:]_]+", "a_1", "0-2"),
        (r"[[:^alpha:]]+", "a_1", "1-3"),
        (r"[\]\\]+", r"]\", "0-2"),
        (r"[a&&b]+", "&", "0-1"),
        (r"[~a]+", "~~", "0-2"),
        ("a$", "a\n", "0-1"),
        (r"a\z", "a\n", ""),
        (r"a\Z", "a\n", "0-1"),
        ("a$", "a\nb", ""),
        ("(?m)a$", "a\nb", "0-1"),
        ("(?m)^b", "a\nb", "2-3"),
        ("^b", "a\nb", ""),
        ("a.b", "a\nb", ""),
        ("(?s)a.b", "a\nb", "0-3"),
        (r"a\Nb", "a\nb", ""),
        (r"\h+", "a \t", "1-3"),
        (r"\v", "a\x0b", "1-2"),
        (r"\d\D\w\W\s\S", "1aa. b", "0-6"),
        ("(?x) a b # c\n c", "abc", "0-3"),
        ("a(?#no)b", "ab", "0-2"),
        (r"\Qa.b\E+", "a.bb", "0-4"),
        (r"\x41\x{42}\103\e\cA\t", "ABC\x1b\x01\t", "0-6"),
        (r"\bfoo\b", "a foo b", "2-5"),
        (r"\Boo", "foo", "1-3"),
        // Look-around, references and atoms.
        ("a(?=b)", "acab", "2-3"),
        ("a(?!c)", "acab", "2-3"),
        ("(?<=a)b", "bab", "2-3"),
        ("(?<!a)b", "abb", "2-3"),
        (r"(.)\1", "abb", "1-3 1-2"),
        (r"(?<x>.)\k<x>", "abb", "1-3 1-2"),
        (r"(?P<x>.)(?P=x)", "abb", "1-3 1-2"),
        (r"(?'x'.)\g{-1}", "abb", "1-3 1-2"),
        (r"(a)?\1b", "aab", "0-3 0-1"),
        (r"(?i)(a)\1", "aA", "0-2 0-1"),
        ("a++b", "aaab", "0-4"),
        ("a++a", "aaaa", ""),
        ("(?>a+)a", "aaa", ""),
        (r"(a)?(?(1)b|c)", "ab", "0-2 0-1"),
        (r"foo\Kbar", "foobar", "3-6"),
        (r"a(?=b)\b", "ab", ""),
        (r"\bb(?=c)", "a bc", "2-3"),
        ("b(?=c)$", "bc", ""),
        ("(?=b)b$", "b\n", "0-1"),
        (r"a\Rb", "a\r\nb", "0-4"),
        (r"^(?!.*\.php).*$", "/a.html", "0-7"),
        (r"^(?!.*\.php).*$", "/a.php", ""),
    ] {
        let spans = search(pattern.as_bytes(), Case::Matters, subject.as_bytes());
        let text = spans.map(|spans| {
            let texts = spans.iter().map(|span| span.map_or("-".to_owned(), |(start, end)| format!("{start}-{end}")));
            texts.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(text.as_deref(), Ok(expected), "{pattern} on {subject:?}");
    }
}

#[test]
fn bytes_are_not_characters() {
    for (pattern, case, subject, expected) in [
        (b"^.$".as_slice(), Case::Matters, b"\xe9".as_slice(), true),
        (b"^.$", Case::Matters, "é".as_bytes(), false),
        (b"^..$", Case::Matters, "é".as_bytes(), true),
        (b"\xe9", Case::Matters, b"a\xe9", true),
        (b"\xe9", Case::Ignored, b"\xc9", false),
        (b"[\xe0-\xff]", Case::Ignored, b"\xc9", false),
        (br"\w", Case::Matters, b"\xe9", false),
        (b"(?=.)\xe9$", Case::Matters, b"a\xe9", true),
        (b"(?=.)\xe9$", Case::Ignored, b"a\xc9", false),
        (b"(?<=\xff)[^a]$", Case::Ignored, b"\xff\xfe", true),
        (b"(?<=\xff)[^a]$", Case::Ignored, b"\xffA", false),
        (br"(?=.)\w", Case::Matters, b"\xe9", false),
        (br"(.)\1", Case::Matters, b"a\xe9\xe9", true),
        (b"a\0b", Case::Matters, b"a\0b", true),
    ] {
        let found = search(pattern, case, subject).map(|spans| !spans.is_empty());
        assert_eq!(found, Ok(expected), "{} on {}", pattern.escape_ascii(), subject.escape_ascii());
    }
}

#[test]
fn engines() {
    for (pattern, expected) in [
        ("^/a(b|c)*d{2,3}?$", Engine::Linear),
        (r"(?i)[[:alpha:]]\b\Z", Engine::Linear),
        ("(?<name>a)", Engine::Linear),
        ("a(?=b)", Engine::Backtracking),
        ("a*+b", Engine::Backtracking),
        (r"(a)\1", Engine::Backtracking),
    ] {
        assert_eq!(Regex::new(pattern.as_bytes(), Case::Matters).unwrap().engine(), expected, "{pattern}");
    }
}

#[test]
fn faults() {
    for (pattern, expected) in [
        ("(x", "missing closing parenthesis at offset 2"),
        ("x)", "unmatched closing parenthesis at offset 2"),
        ("[", "missing terminating ] for character class at offset 1"),
        ("[]", "missing terminating ] for character class at offset 2"),
        ("*a", "quantifier does not follow a repeatable item at offset 1"),
        ("a**", "quantifier does not follow a repeatable item at offset 3"),
        ("a{3,2}", "numbers out of order in {} quantifier at offset 6"),
        ("a{70000}", "number too big in {} quantifier at offset 8"),
        ("[b-a]", "range out of order in character class at offset 4"),
        ("[[:foo:]]", "unknown POSIX class name at offset 8"),
        (r"a\", r"\ at end of pattern at offset 2"),
        (r"\j", r"unrecognized character follows \ at offset 2"),
        (r"(a)\2", "reference to non-existent subpattern at offset 5"),
        (r"\k<x>", "reference to non-existent subpattern at offset 5"),
        (r"(?<=(?:\Ka))", r"\K is not allowed in lookarounds at offset 9"),
        ("(?R)", "recursion and callouts are not supported at offset 2"),
        ("(?|a)", "duplicate group numbers (?| are not supported at offset 2"),
        ("(*FAIL)", "verbs such as (*FAIL) are not supported at offset 2"),
        ("(((a{1000}){1000}){1000})", "regular expression is too large at offset 0"),
    ] {
        assert_eq!(Regex::new(pattern.as_bytes(), Case::Matters).unwrap_err().to_string(), expected, "{pattern}");
    }
    let deep = "(".repeat(10_000);
    assert_eq!(Regex::new(deep.as_bytes(), Case::Matters).unwrap_err().reason, "parentheses are too deeply nested");
}

#[test]
fn a_search_that_takes_too_long_finds_nothing() {
    let regex = Regex::new(br"^(a|a)*(?=b)\1$", Case::Matters).unwrap();
    assert!(!regex.is_match("a".repeat(200).as_bytes()));
}

#[test]
fn what_stands_in_front_of_the_start_counts() {
    let mut captures = Captures::default();
    for (pattern, start, expected) in
        [("^a", 1, None), (r"\ba", 1, None), ("a", 1, Some(1..2)), ("(?<=a)a", 1, Some(1..2))]
    {
        let found = Regex::new(pattern.as_bytes(), Case::Matters).unwrap().captures_at(b"aa", start, &mut captures);
        assert_eq!(found, expected.is_some(), "{pattern}");
        assert_eq!(captures.get(0), expected, "{pattern}");
    }
    assert!(!Regex::new(b"", Case::Matters).unwrap().captures_at(b"aa", 3, &mut captures));
}
