//! Files of patterns: a pattern a line, or a key and its value (configuration manual 2.7, 7.1 `-f`, 7.3.1 `map`).

use std::sync::Arc;

use crate::reference::Columns;

/// An entry of a file: its line, key and value.
pub(crate) type Line = (u32, Arc<[u8]>, Option<Arc<[u8]>>);

/// The entries of a file. A line that begins with `#` is a comment; blanks in front of a key do not count, and neither do
/// those around a value.
pub(crate) fn entries(text: &[u8], columns: Columns) -> impl Iterator<Item = Line> + use<'_> {
    let lines = text.split(|&byte| byte == b'\n').zip(1..);
    lines.filter(|(line, _)| !line.starts_with(b"#")).filter_map(move |(line, number)| {
        let line = trim_start(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            return None;
        }
        Some(match columns {
            Columns::One => (number, line.into(), None),
            Columns::Two => {
                let (key, value) = key_and_value(line);
                (number, key.into(), Some(value.into()))
            }
        })
    })
}

/// The first word of a line and what follows it.
pub(crate) fn key_and_value(line: &[u8]) -> (&[u8], &[u8]) {
    let line = trim_start(line);
    let end = line.iter().position(is_blank).unwrap_or(line.len());
    let (key, value) = line.split_at(end);
    let mut value = trim_start(value);
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    (key, value)
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

const fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, columns: Columns, expected: &[(u32, &str, Option<&str>)]) {
        let found = entries(text.as_bytes(), columns).collect::<Vec<_>>();
        let expected = expected
            .iter()
            .map(|&(line, key, value)| (line, key.as_bytes().into(), value.map(|value| value.as_bytes().into())));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn lists() {
        check(
            "x\r\n y \r\n\ty\tz\n#c\n #d\n\n \n\r\nlast",
            Columns::One,
            &[(1, "x", None), (2, "y ", None), (3, "y\tz", None), (5, "#d", None), (9, "last", None)],
        );
    }

    #[test]
    fn maps() {
        check(
            "k  v \r\nk2\t \tv2\t\r\n# c\n#k v\nk3\n k4\r\nk5 a # b\n",
            Columns::Two,
            &[
                (1, "k", Some("v")),
                (2, "k2", Some("v2")),
                (5, "k3", Some("")),
                (6, "k4", Some("")),
                (7, "k5", Some("a # b")),
            ],
        );
    }
}
