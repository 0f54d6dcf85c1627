//! Arguments between parentheses, with their own level of quoting (configuration manual 2.2, second half): of
//! predicates in conditions here, of sample fetches and converters elsewhere.

use crate::diagnostic::{Diagnostic, Parsed};
use crate::limits::MAX_ARGUMENTS;
use crate::word::{Word, WordBuilder};

/// Arguments and where they end.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The arguments, unquoted, blanks kept. `()` has one that is empty, as `(,)` has two.
    pub values: Vec<Word>,
    /// Index of the first byte of the text behind the closing parenthesis.
    pub end: usize,
}

/// Parses the arguments of `text` whose opening parenthesis is at byte `open`. Commas separate them; quotes and
/// backslashes protect blanks, quotes, commas and parentheses, but `\#`, `\$` and `\xNN` mean nothing here.
pub fn parse_arguments(text: &Word, open: usize) -> Parsed<Arguments> {
    let bytes = text.as_bytes();
    let mut values = Vec::new();
    let mut at = open + 1;
    loop {
        let (value, end) = parse_one(text, at)?;
        values.push(value);
        match bytes.get(end) {
            Some(b')') => return Ok(Arguments { values, end: end + 1 }),
            Some(_) if values.len() < MAX_ARGUMENTS => at = end + 1,
            Some(_) => {
                let fault = Diagnostic::error(format!("too many arguments: {MAX_ARGUMENTS} are possible"));
                return Err(fault.code("argument-limit").at(text.span_of(end..end + 1), "this begins one too many"));
            }
            None => {
                return Err(Diagnostic::error("missing closing parenthesis")
                    .code("unclosed-parenthesis")
                    .at(text.span_of(open..open + 1), "this parenthesis is never closed")
                    .help("a closing parenthesis inside quotes is part of the argument"));
            }
        }
    }
}

/// One argument from byte `start`, and the index of the comma or parenthesis that ends it (or of the text's end).
fn parse_one(text: &Word, start: usize) -> Parsed<(Word, usize)> {
    let bytes = text.as_bytes();
    let begin = text.span_of(start..start);
    let mut builder = WordBuilder::new(begin.source, begin.start);
    let mut quote: Option<(u8, usize)> = None;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match (quote.map(|(byte, _)| byte), byte) {
            (None, b',' | b')') => break,
            (None, b'"' | b'\'') => {
                builder.quoting.weak |= byte == b'"';
                builder.quoting.strong |= byte == b'\'';
                quote = Some((byte, at));
            }
            (Some(open), _) if open == byte => quote = None,
            (None | Some(b'"'), b'\\') => {
                if let Some(value) = bytes.get(at + 1).and_then(|&next| unescaped(next)) {
                    builder.quoting.escaped = true;
                    let span = text.span_of(at..at + 2);
                    builder.stand_for(&[value], span.start..span.end);
                    at += 2;
                    continue;
                }
                builder.append_range(text, at..at + 1);
            }
            _ => builder.append_range(text, at..at + 1),
        }
        at += 1;
    }
    if let Some((byte, opening)) = quote {
        return Err(Diagnostic::error("unmatched quote in argument")
            .code("unmatched-quote")
            .at(text.span_of(opening..opening + 1), "this quote is never closed")
            .help(format!("to have it as a character, write it as \\\\{} or quote it", char::from(byte))));
    }
    let end = if at > start { text.span_of(at - 1..at).end } else { begin.start };
    Ok((builder.finish(end), at))
}

/// What a backslash and this byte stand for. `None` if the backslash stands for itself.
fn unescaped(byte: u8) -> Option<u8> {
    match byte {
        b' ' | b'\\' | b'\'' | b'"' => Some(byte),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn parse(text: &str) -> Result<(Vec<String>, usize), String> {
        let mut sources = SourceMap::new();
        let file = sources.add("t", text).unwrap();
        let span = crate::source::Span { source: file.id(), start: 0, end: text.len() as u32 };
        let parsed = parse_arguments(&Word::synthetic(text, span), text.find('(').unwrap());
        let parsed = parsed.map_err(|fault| fault.message().to_owned())?;
        Ok((parsed.values.iter().map(|value| value.display().into_owned()).collect(), parsed.end))
    }

    #[test]
    fn arguments_are_cut_and_unquoted() {
        let check = |text: &str, expected: &[&str], rest: &str| {
            let (values, end) = parse(text).unwrap();
            assert_eq!(values, expected, "{text}");
            assert_eq!(&text[end..], rest, "{text}");
        };
        check("f(a,b)", &["a", "b"], "");
        check("f()", &[""], "");
        check("f(,)x", &["", ""], "x");
        check("f( a , b )", &[" a ", " b "], "");
        check("f(\"a,b\",'c)d')z", &["a,b", "c)d"], "z");
        check(r#"f("a'b",'c"d',a"b"c)"#, &["a'b", "c\"d", "abc"], "");
        check(r#"f(a\ b,\"q\",\\,\n\t)"#, &["a b", "\"q\"", "\\", "\n\t"], "");
        check(r"f(a\,b)", &["a\\", "b"], "");
        check(r"f(a\)b)", &["a\\"], "b)");
        check(r"f(\#,\$,\x41,'\n')", &["\\#", "\\$", "\\x41", "\\n"], "");
        check("f((a),(b))", &["(a"], ",(b))");
        // The regular expression of the manual's example.
        check(r#"regsub("^/(here)(/|$)","my/\1",g)"#, &["^/(here)(/|$)", "my/\\1", "g"], "");
    }

    #[test]
    fn unfinished_arguments_are_faults() {
        let check = |text: &str, expected: &str| assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        check("f(", "missing closing parenthesis");
        check("f(a,b", "missing closing parenthesis");
        check("f(\"a)", "unmatched quote in argument");
        check("f('a\\', \"b)", "unmatched quote in argument");
        check(&format!("f({})", ",".repeat(MAX_ARGUMENTS)), "too many arguments: 64 are possible");
    }
}
