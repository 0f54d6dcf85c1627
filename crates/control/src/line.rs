//! Command lines: `;` separates commands, blanks separate words, a backslash takes the next character as it is (management manual 9.3).
//! Quotes mean nothing here.

use crate::limit::{MAX_ARGUMENTS, MAX_PAYLOAD_END};

/// A command line without its end, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// The commands in order. An empty one has no words; it is answered by an empty line.
    pub(crate) commands: Vec<Words>,
    /// The line that ends the payload that follows; none: no payload follows.
    pub(crate) payload_end: Option<Vec<u8>>,
}

/// The words of one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// As given.
    Given(Vec<String>),
    /// More than a command may have.
    TooMany,
}

/// Where the first whole line in `bytes` ends: the position of its line feed. A line feed behind a backslash belongs to the line.
pub(crate) fn end_of_line(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    bytes.iter().position(|&byte| {
        let ends = byte == b'\n' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Takes a line apart. A carriage return or a zero byte separates commands too, as in HAProxy.
pub(crate) fn parse(line: &[u8]) -> CommandLine {
    let (line, payload_end) = split_payload_end(line);
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = line.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            b' ' | b'\t' => words.extend(word.take()),
            b';' | b'\r' | 0 => {
                words.extend(word.take());
                commands.push(Words::of(std::mem::take(&mut words)));
            }
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    commands.push(Words::of(words));
    CommandLine { commands, payload_end }
}

/// Cuts a last word that begins with `<<` off; what follows these is the line that ends the payload. Another `<` before, or anything
/// behind the word, makes it an ordinary one.
fn split_payload_end(line: &[u8]) -> (&[u8], Option<Vec<u8>>) {
    let start = line.iter().rposition(|byte| matches!(byte, b' ' | b'\t')).map_or(0, |blank| blank + 1);
    match line[start..].strip_prefix(b"<<") {
        Some(end) if start > 0 && end.len() <= MAX_PAYLOAD_END => (&line[..start], Some(end.to_vec())),
        _ => (line, None),
    }
}

impl Words {
    fn of(words: Vec<Vec<u8>>) -> Words {
        if words.len() > MAX_ARGUMENTS {
            return Words::TooMany;
        }
        Words::Given(words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands joined by ` ; `, their words by `|`.
    fn shown(line: &CommandLine) -> String {
        let commands = line.commands.iter().map(|words| match words {
            Words::Given(words) => words.join("|"),
            Words::TooMany => "too many".to_owned(),
        });
        commands.collect::<Vec<_>>().join(" ; ")
    }

    #[test]
    fn commands_and_words() {
        let check = |line: &[u8], expected: &str| assert_eq!(shown(&parse(line)), expected);
        check(b"show version", "show|version");
        check(b" show \t version  ", "show|version");
        check(b"show version;show info;", "show|version ; show|info ; ");
        check(b"", "");
        check(b"echo 'a;b\" c", "echo|'a ; b\"|c");
        check(br#"echo a\;b c\ d \\ e\n"#, r"echo|a;b|c d|\|en");
        check(br"echo a\\;show", r"echo|a\ ; show");
        check(b"echo a\r", "echo|a ; ");
        check(b"echo a\\", "echo|a");
        check(&[b"echo".as_slice(), &b" x".repeat(63)].concat(), &format!("echo{}", "|x".repeat(63)));
        check(&[b"echo".as_slice(), &b" x".repeat(64)].concat(), "too many");
    }

    #[test]
    fn payloads() {
        let check = |line: &[u8], commands: &str, end: Option<&str>| {
            let line = parse(line);
            assert_eq!((shown(&line).as_str(), line.payload_end), (commands, end.map(|end| end.as_bytes().to_vec())));
        };
        check(b"add map x <<", "add|map|x", Some(""));
        check(b"add map x <<END", "add|map|x", Some("END"));
        check(b"show info; add map x <<", "show|info ; add|map|x", Some(""));
        check(b"echo << a", "echo|<<|a", None);
        check(b"echo a<<", "echo|a<<", None);
        check(b"echo a << ", "echo|a|<<", None);
    }

    #[test]
    fn ends_of_lines() {
        let check = |bytes: &[u8], expected: Option<usize>| assert_eq!(end_of_line(bytes), expected);
        check(b"ab\ncd\n", Some(2));
        check(b"ab", None);
        check(b"a\\\nb\n", Some(4));
        check(b"a\\\\\nb\n", Some(3));
    }
}
