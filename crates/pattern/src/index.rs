//! The entries of a reference, arranged for one match method. Knows neither generations nor threads.
//!
//! Exact texts, prefixes, suffixes, networks and single numbers are found by hash, whatever their number; other patterns are tried one by
//! one in the order of their entries. Where several match, `str`, `beg` and `ip` take the finest one where case matters; all others
//! take the first entry, as HAProxy does.

mod list;
mod network;
mod number;
mod table;
mod text;

use std::sync::Arc;

use crate::element::Element;
use crate::fault::PatternFault;
use crate::integer::{Notation, Operator, parse_range};
use crate::method::MatchMethod;
use crate::network::Network;
use crate::regex::{Captures, Regex};
use crate::subject::{Case, Subject};
use crate::template::hexadecimal;
use crate::text::{Needle, Place};
use list::List;
use network::Networks;
use number::Numbers;
use text::{Affixes, Side, Texts};

/// Elements arranged for a match method.
#[derive(Clone, Debug)]
pub(crate) enum Index {
    /// For methods that look at no pattern; the number of elements.
    Ignored(usize),
    Exact(Texts, Structure),
    Affix(Affixes),
    Network(Networks),
    Number(Numbers),
    Length(Numbers),
    Place(Place, List<Needle>),
    Regex(List<Regex>),
}

/// A key, read for a match method.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Ignored,
    Text(Arc<[u8]>),
    Network(Network),
    Range((i64, i64)),
    Needle(Needle),
    Regex(Regex),
}

/// How an element is found, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Without trying one pattern after the other, as HAProxy does in its trees.
    Tree,
    /// In the order of the entries, as HAProxy does in its lists.
    List,
}

impl Index {
    /// An empty index with room for `expected` elements.
    pub(crate) fn new(method: MatchMethod, case: Case, expected: usize) -> Self {
        match method {
            MatchMethod::Found | MatchMethod::Bool => Self::Ignored(0),
            MatchMethod::Int | MatchMethod::Version => Self::Number(Numbers::new(expected)),
            MatchMethod::Len => Self::Length(Numbers::new(expected)),
            MatchMethod::Ip => Self::Network(Networks::new(expected)),
            MatchMethod::Bin => Self::Exact(Texts::new(Case::Matters, expected), Structure::List),
            MatchMethod::Str if case == Case::Matters => Self::Exact(Texts::new(case, expected), Structure::Tree),
            MatchMethod::Str => Self::Exact(Texts::new(case, expected), Structure::List),
            MatchMethod::Beg => Self::Affix(Affixes::new(Side::Beginning, case, expected)),
            MatchMethod::End => Self::Affix(Affixes::new(Side::End, case, expected)),
            MatchMethod::Sub => Self::Place(Place::Anywhere, List::new()),
            MatchMethod::Dir => Self::Place(Place::Directory, List::new()),
            MatchMethod::Dom => Self::Place(Place::Domain, List::new()),
            MatchMethod::Reg => Self::Regex(List::new()),
        }
    }

    /// How many elements there are.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Ignored(count) => *count,
            Self::Exact(texts, _) => texts.len(),
            Self::Affix(texts) => texts.len(),
            Self::Network(networks) => networks.len(),
            Self::Number(numbers) | Self::Length(numbers) => numbers.len(),
            Self::Place(_, list) => list.len(),
            Self::Regex(list) => list.len(),
        }
    }

    /// Adds an element whose number is greater than all others.
    pub(crate) fn insert(&mut self, pattern: Pattern, element: Element) {
        match (self, pattern) {
            (Self::Ignored(count), _) => *count += 1,
            (Self::Exact(texts, _), Pattern::Text(text)) => {
                texts.insert(&text, element);
            }
            (Self::Affix(texts), Pattern::Text(text)) => texts.insert(&text, element),
            (Self::Network(networks), Pattern::Network(network)) => networks.insert(network, element),
            (Self::Number(numbers) | Self::Length(numbers), Pattern::Range(range)) => numbers.insert(range, element),
            (Self::Place(_, list), Pattern::Needle(needle)) => list.push(needle, element),
            (Self::Regex(list), Pattern::Regex(regex)) => list.push(regex, element),
            _ => {}
        }
    }

    /// Takes the element with this number away; `pattern` is its key.
    pub(crate) fn remove(&mut self, pattern: &Pattern, id: u64) {
        match (self, pattern) {
            (Self::Ignored(count), _) => *count = count.saturating_sub(1),
            (Self::Exact(texts, _), Pattern::Text(text)) => {
                texts.remove(text, id);
            }
            (Self::Affix(texts), Pattern::Text(text)) => texts.remove(text, id),
            (Self::Network(networks), Pattern::Network(network)) => networks.remove(*network, id),
            (Self::Number(numbers) | Self::Length(numbers), Pattern::Range(range)) => numbers.remove(*range, id),
            (Self::Place(_, list), _) => list.remove(id),
            (Self::Regex(list), _) => list.remove(id),
            _ => {}
        }
    }

    /// The element with this number, to change its value; `pattern` is its key.
    pub(crate) fn element_mut(&mut self, pattern: &Pattern, id: u64) -> Option<&mut Element> {
        match (self, pattern) {
            (Self::Exact(texts, _), Pattern::Text(text)) => texts.element_mut(text, id),
            (Self::Affix(texts), Pattern::Text(text)) => texts.element_mut(text, id),
            (Self::Network(networks), Pattern::Network(network)) => networks.element_mut(*network, id),
            (Self::Number(numbers) | Self::Length(numbers), Pattern::Range(range)) => numbers.element_mut(*range, id),
            (Self::Place(_, list), _) => list.element_mut(id),
            (Self::Regex(list), _) => list.element_mut(id),
            _ => None,
        }
    }

    /// The element that matches, and how it was found.
    pub(crate) fn find(&self, subject: Subject<'_>) -> Option<(&Element, Structure)> {
        let listed = |element| (element, Structure::List);
        match (self, subject) {
            (Self::Exact(texts, structure), Subject::Bytes(value)) => {
                texts.find(value).map(|element| (element, *structure))
            }
            (Self::Affix(texts), Subject::Bytes(value)) => texts
                .find(value)
                .map(|element| (element, if texts.prefers_longest() { Structure::Tree } else { Structure::List })),
            (Self::Network(networks), Subject::Address(address)) => networks
                .find(address)
                .map(|(element, quickly)| (element, if quickly { Structure::Tree } else { Structure::List })),
            (Self::Number(numbers), Subject::Int(number)) => numbers.find(number).map(listed),
            (Self::Length(numbers), Subject::Bytes(value)) => {
                numbers.find(i64::try_from(value.len()).ok()?).map(listed)
            }
            (Self::Place(place, list), Subject::Bytes(value)) => {
                list.find(|needle| needle.stands_in(value, *place)).map(listed)
            }
            (Self::Regex(list), Subject::Bytes(value)) => list.find(|regex| regex.is_match(value)).map(listed),
            _ => None,
        }
    }

    /// The element whose regular expression matches, and where its groups are.
    pub(crate) fn find_captures(&self, value: &[u8], captures: &mut Captures) -> Option<&Element> {
        match self {
            Self::Regex(list) => list.find(|regex| regex.captures(value, captures)),
            _ => None,
        }
    }
}

impl Pattern {
    /// Reads a key.
    pub(crate) fn parse(method: MatchMethod, case: Case, key: &Arc<[u8]>) -> Result<Self, PatternFault> {
        Ok(match method {
            MatchMethod::Found | MatchMethod::Bool => Self::Ignored,
            MatchMethod::Int | MatchMethod::Len => Self::Range(parse_range(key, Operator::Equal, Notation::Decimal)?),
            MatchMethod::Version => Self::Range(parse_range(key, Operator::Equal, Notation::Version)?),
            MatchMethod::Ip => Self::Network(Network::parse(key)?),
            MatchMethod::Bin => Self::Text(parse_hexadecimal(key)?.into()),
            MatchMethod::Str | MatchMethod::Beg | MatchMethod::End => Self::Text(Arc::clone(key)),
            MatchMethod::Sub => Self::Needle(Needle::new(key, Place::Anywhere, case)),
            MatchMethod::Dir => Self::Needle(Needle::new(key, Place::Directory, case)),
            MatchMethod::Dom => Self::Needle(Needle::new(key, Place::Domain, case)),
            MatchMethod::Reg => Self::Regex(Regex::new(key, case)?),
        })
    }
}

/// The bytes that an even number of hexadecimal digits stands for.
fn parse_hexadecimal(word: &[u8]) -> Result<Vec<u8>, PatternFault> {
    let (pairs, rest) = word.as_chunks::<2>();
    let bytes = pairs.iter().map(|&[high, low]| hexadecimal(high, low)).collect::<Option<Vec<u8>>>();
    bytes.filter(|_| rest.is_empty()).ok_or(PatternFault::NotHexadecimal)
}
