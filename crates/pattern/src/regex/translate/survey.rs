//! A first look at an expression: which groups it has.

/// The capture groups of an expression, which references may name before they come.
#[derive(Debug, Default)]
pub(super) struct Groups<'a> {
    pub(super) count: usize,
    names: Vec<(&'a [u8], usize)>,
}

impl<'a> Groups<'a> {
    /// Counts the groups without looking for faults.
    pub(super) fn survey(pattern: &'a [u8]) -> Self {
        let mut groups = Self::default();
        let mut at = 0;
        while let Some(&byte) = pattern.get(at) {
            let rest = &pattern[at + 1..];
            at += match (byte, rest) {
                (b'\\', [b'Q', quoted @ ..]) => 2 + end_of_quote(quoted).1,
                (b'\\', _) => 2,
                (b'[', _) => 1 + length_of_class(rest),
                (b'(', [b'?', b'#', comment @ ..]) => {
                    3 + memchr::memchr(b')', comment).map_or(comment.len(), |end| end + 1)
                }
                (b'(', _) => {
                    groups.note(rest);
                    1
                }
                _ => 1,
            };
        }
        groups
    }

    fn note(&mut self, rest: &'a [u8]) {
        let (name, end) = match rest {
            [b'?', b'<', b'=' | b'!', ..] | [b'*', ..] => return,
            [b'?', b'<', name @ ..] | [b'?', b'P', b'<', name @ ..] => (name, b'>'),
            [b'?', b'\'', name @ ..] => (name, b'\''),
            [b'?', ..] => return,
            _ => {
                self.count += 1;
                return;
            }
        };
        self.count += 1;
        let length = memchr::memchr(end, name).unwrap_or(name.len());
        self.names.push((&name[..length], self.count));
    }

    pub(super) fn of_name(&self, name: &[u8]) -> Option<usize> {
        self.names.iter().find(|(known, _)| *known == name).map(|&(_, index)| index)
    }
}

/// The text of `\Q…\E` and how many bytes it takes with its end.
pub(super) fn end_of_quote(text: &[u8]) -> (&[u8], usize) {
    match memchr::memmem::find(text, br"\E") {
        Some(end) => (&text[..end], end + 2),
        None => (text, text.len()),
    }
}

/// How many bytes a class takes behind its `[`.
fn length_of_class(text: &[u8]) -> usize {
    let mut at = usize::from(text.first() == Some(&b'^'));
    at += usize::from(text.get(at) == Some(&b']'));
    while let Some(&byte) = text.get(at) {
        at += match byte {
            b']' => return at + 1,
            b'\\' => 2,
            b'[' => posix_name(&text[at..]).map_or(1, |name| name.len() + 4),
            _ => 1,
        };
    }
    text.len()
}

/// What stands between `[:` and `:]`.
pub(super) fn posix_name(text: &[u8]) -> Option<&[u8]> {
    let name = text.strip_prefix(b"[:")?;
    let end = memchr::memmem::find(name, b":]")?;
    let name = &name[..end];
    name.iter().all(|&byte| byte.is_ascii_alphabetic() || byte == b'^').then_some(name)
}
