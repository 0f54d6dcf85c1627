//! Case adjustment of header names on HTTP/1 output, for peers that compare names case-sensitively.
//! Configuration manual: `h1-case-adjust`, `option h1-case-adjust-bogus-client`, `option h1-case-adjust-bogus-server`.

use std::collections::HashMap;
use std::fmt;

/// Lower-case header names and the spelling to send instead.
#[derive(Clone, Debug, Default)]
pub struct CaseMap {
    spellings: HashMap<Box<[u8]>, Box<[u8]>>,
}

/// Why an entry cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseMapError {
    /// The first name is not in lower case, or is empty.
    NotLowerCase,
    /// The two names differ in more than case.
    DifferentNames,
    /// The name has an entry already.
    Duplicate,
}

impl CaseMap {
    /// An empty map.
    pub fn new() -> CaseMap {
        CaseMap::default()
    }

    /// Adds one `h1-case-adjust <from> <to>` entry.
    pub fn insert(&mut self, from: &[u8], to: &[u8]) -> Result<(), CaseMapError> {
        if from.is_empty() || from.iter().any(u8::is_ascii_uppercase) {
            return Err(CaseMapError::NotLowerCase);
        }
        if !from.eq_ignore_ascii_case(to) {
            return Err(CaseMapError::DifferentNames);
        }
        if self.spellings.contains_key(from) {
            return Err(CaseMapError::Duplicate);
        }
        self.spellings.insert(from.into(), to.into());
        Ok(())
    }

    /// The spelling to send for a lower-case `name`.
    pub fn spelling<'a>(&'a self, name: &'a [u8]) -> &'a [u8] {
        self.spellings.get(name).map_or(name, |spelling| spelling)
    }

    /// Whether no name is adjusted.
    pub fn is_empty(&self) -> bool {
        self.spellings.is_empty()
    }
}

impl fmt::Display for CaseMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CaseMapError::NotLowerCase => "the name to adjust must be given in lower case",
            CaseMapError::DifferentNames => "the two names may differ in case only",
            CaseMapError::Duplicate => "this name is adjusted already",
        })
    }
}

impl std::error::Error for CaseMapError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let mut map = CaseMap::new();
        assert_eq!(map.insert(b"content-length", b"Content-LENGTH"), Ok(()));
        assert_eq!(map.insert(b"content-length", b"Content-Length"), Err(CaseMapError::Duplicate));
        assert_eq!(map.insert(b"Host", b"host"), Err(CaseMapError::NotLowerCase));
        assert_eq!(map.insert(b"", b""), Err(CaseMapError::NotLowerCase));
        assert_eq!(map.insert(b"host", b"Hosts"), Err(CaseMapError::DifferentNames));
        assert_eq!(map.spelling(b"content-length"), b"Content-LENGTH");
        assert_eq!(map.spelling(b"host"), b"host");
    }
}
