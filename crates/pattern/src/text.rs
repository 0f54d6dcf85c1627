//! Texts that a value must contain in some place: at its beginning or end, anywhere, or between delimiters (configuration manual 7.1.3).

use memchr::memmem::Finder;

use crate::set::Case;

/// Texts and the place in which they are looked for.
#[derive(Clone, Debug)]
pub struct TextSet {
    place: Place,
    needles: Vec<Needle>,
}

/// Where in a value a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `beg`
    Beginning,
    /// `end`
    End,
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

impl TextSet {
    /// An empty set.
    pub const fn new(place: Place) -> Self {
        Self { place, needles: Vec::new() }
    }

    /// Adds a text. Delimiters around it do not count; what consists of delimiters alone is never found.
    pub fn insert(&mut self, text: &[u8], case: Case) {
        self.needles.push(Needle::new(text, self.place, case));
    }

    /// Whether one of the texts stands where it should in `value`.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.needles.iter().any(|needle| needle.stands_in(value, self.place))
    }
}

impl Place {
    const fn delimiters(self) -> &'static [u8] {
        match self {
            Self::Beginning | Self::End | Self::Anywhere => b"",
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
            Place::Beginning => value.get(..self.len()).is_some_and(|start| self.equals(start)),
            Place::End => {
                let start = value.len().checked_sub(self.len());
                start.and_then(|start| value.get(start..)).is_some_and(|end| self.equals(end))
            }
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

    /// Whether `text`, which is as long as the needle, is the needle.
    fn equals(&self, text: &[u8]) -> bool {
        match self {
            Self::Plain(finder) => finder.needle() == text,
            Self::Folded(folded) => folded.eq_ignore_ascii_case(text),
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
