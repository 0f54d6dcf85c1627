//! Texts that a value must contain in some place: anywhere, or between delimiters (configuration manual 7.1.3).

use memchr::memmem::Finder;

use crate::subject::Case;

/// Where in a value a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `sub`
    Anywhere,
    /// `dir`: between slashes or question marks.
    Directory,
    /// `dom`: between dots, slashes, colons or question marks.
    Domain,
}

/// A text to look for.
#[derive(Clone, Debug)]
pub(crate) enum Needle {
    /// Bytes as they are.
    Plain(Box<Finder<'static>>),
    /// In lower case, compared without regard to ASCII case.
    Folded(Box<[u8]>),
}

impl Place {
    const fn delimiters(self) -> &'static [u8] {
        match self {
            Self::Anywhere => b"",
            Self::Directory => b"/?",
            Self::Domain => b"/?.:",
        }
    }

    fn trim(self, mut text: &[u8]) -> &[u8] {
        while let [first, rest @ ..] = text
            && self.delimiters().contains(first)
        {
            text = rest;
        }
        while let [rest @ .., last] = text
            && self.delimiters().contains(last)
        {
            text = rest;
        }
        text
    }
}

impl Needle {
    /// Delimiters around the text do not count.
    pub(crate) fn new(text: &[u8], place: Place, case: Case) -> Self {
        let text = place.trim(text);
        match case {
            Case::Matters => Self::Plain(Box::new(Finder::new(text).into_owned())),
            Case::Ignored => Self::Folded(text.to_ascii_lowercase().into()),
        }
    }

    /// Whether the text stands in this place of `value`.
    pub(crate) fn stands_in(&self, value: &[u8], place: Place) -> bool {
        match place {
            Place::Anywhere => self.find(value).is_some(),
            Place::Directory | Place::Domain => self.stands_between(value, place.delimiters()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(finder) => finder.needle().len(),
            Self::Folded(text) => text.len(),
        }
    }

    fn find(&self, value: &[u8]) -> Option<usize> {
        match self {
            Self::Plain(finder) => finder.find(value),
            Self::Folded(folded) => {
                let Some(&first) = folded.first() else { return Some(0) };
                memchr::memchr2_iter(first, first.to_ascii_uppercase(), value).find(|&at| {
                    value.get(at..at + folded.len()).is_some_and(|found| folded.eq_ignore_ascii_case(found))
                })
            }
        }
    }

    fn stands_between(&self, value: &[u8], delimiters: &[u8]) -> bool {
        let length = self.len();
        if length == 0 {
            return false;
        }
        let mut from = 0;
        while let Some(found) = value.get(from..).and_then(|rest| self.find(rest)) {
            let start = from + found;
            let before = start.checked_sub(1).and_then(|at| value.get(at));
            let behind = value.get(start + length);
            if [before, behind].into_iter().flatten().all(|byte| delimiters.contains(byte)) {
                return true;
            }
            from = start + 1;
        }
        false
    }
}
