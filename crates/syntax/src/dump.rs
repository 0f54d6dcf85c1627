//! Writes words back as configuration text that reads as the same words (`-dC`).

use crate::lex::Line;

/// The line with its words in canonical quoting, one space between them, without line feed. Variables are shown
/// expanded.
pub fn dump_line(line: &Line) -> String {
    let words: Vec<String> = line.words.iter().map(|word| quote(word.as_bytes())).collect();
    words.join(" ")
}

/// A word that lexes to `value`: plain where that is safe, else in single quotes, else in double quotes with escapes.
pub fn quote(value: &[u8]) -> String {
    let printable = std::str::from_utf8(value).ok().filter(|text| !text.chars().any(char::is_control));
    match printable {
        Some(text) if !text.is_empty() && !text.contains(needs_quotes) => text.to_owned(),
        Some(text) if !text.contains('\'') => format!("'{text}'"),
        _ => escaped(value),
    }
}

fn needs_quotes(character: char) -> bool {
    matches!(character, ' ' | '\t' | '#' | '\\' | '\'' | '"')
}

fn escaped(value: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' | '$' => text.extend(['\\', character]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                control if control.is_control() => {
                    let mut bytes = [0; 4];
                    control.encode_utf8(&mut bytes).bytes().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
                }
                other => text.push(other),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diagnostics, Environment, Facts, Reader, SourceMap};

    fn read_line(text: &[u8]) -> Line {
        let mut sources = SourceMap::new();
        let file = sources.add("t", text).unwrap();
        let (facts, mut diagnostics) = (Facts::default(), Diagnostics::new());
        let line = Reader::new(file, &facts).next_line(&Environment::empty(), &mut diagnostics).unwrap();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        line
    }

    #[test]
    fn a_dumped_line_reads_the_same() {
        let check = |text: &[u8], expected: &str| {
            let line = read_line(text);
            let dumped = dump_line(&line);
            assert_eq!(dumped, expected);
            let again = read_line(format!("{dumped}\n").as_bytes());
            let values = |line: &Line| line.words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
            assert_eq!(values(&again), values(&line), "{dumped}");
        };
        check(b"  bind\t:80   # comment\n", "bind :80");
        check(b"a \"b c\" d\\ e\n", "a 'b c' 'd e'");
        assert_eq!(quote(b""), "''");
        check(b"a \"it's\" '\"' \\# \\\\ $X '$Y'\n", "a \"it's\" '\"' '#' '\\' $X $Y");
        check(b"a \"'\\$\\\"\\\\\"\n", "a \"'\\$\\\"\\\\\"");
        check(b"a \\n\\x09\\x01\\xe9 \xe9\xc3\xa9\n", "a \"\\n\\t\\x01\\xe9\" \"\\xe9\u{e9}\"");
        check("a \u{e9}\n".as_bytes(), "a \u{e9}");
        check("a '\u{85}'\n".as_bytes(), "a \"\\xc2\\x85\"");
    }
}
