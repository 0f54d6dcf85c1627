//! A match method together with its patterns.

use std::net::IpAddr;

use crate::exact::ExactSet;
use crate::fault::PatternFault;
use crate::integer::{IntegerSet, Operator, parse_range};
use crate::method::MatchMethod;
use crate::network::{Network, NetworkSet};
use crate::regex::Regex;
use crate::template::hexadecimal;
use crate::text::{Place, TextSet};

/// What a set is tested with. Values are converted to what the method needs before they come here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// For [`MatchMethod::Bool`].
    Bool(bool),
    /// For [`MatchMethod::Int`].
    Int(i64),
    /// For [`MatchMethod::Ip`].
    Address(IpAddr),
    /// For all others; [`MatchMethod::Found`] does not look at it.
    Bytes(&'a [u8]),
}

/// Whether upper and lower case differ (flag `-i`). ASCII letters only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Case {
    /// They do.
    #[default]
    Matters,
    /// They do not.
    Ignored,
}

/// A match method and its patterns, ready to be tested.
#[derive(Clone, Debug)]
pub struct PatternSet(Matcher);

#[derive(Clone, Debug)]
enum Matcher {
    Found,
    Bool,
    Integer(IntegerSet),
    Length(IntegerSet),
    Network(NetworkSet),
    Exact(ExactSet),
    Text(TextSet),
    Regexes(Box<[Regex]>),
}

impl PatternSet {
    /// Whether one of the patterns matches. A subject of another kind than the method needs does not.
    pub fn matches(&self, subject: Subject<'_>) -> bool {
        match (&self.0, subject) {
            (Matcher::Found, _) => true,
            (Matcher::Bool, Subject::Bool(value)) => value,
            (Matcher::Integer(set), Subject::Int(value)) => set.contains(value),
            (Matcher::Length(set), Subject::Bytes(value)) => i64::try_from(value.len()).is_ok_and(|n| set.contains(n)),
            (Matcher::Network(set), Subject::Address(address)) => set.contains(address),
            (Matcher::Exact(set), Subject::Bytes(value)) => set.contains(value),
            (Matcher::Text(set), Subject::Bytes(value)) => set.matches(value),
            (Matcher::Regexes(set), Subject::Bytes(value)) => set.iter().any(|regex| regex.is_match(value)),
            _ => false,
        }
    }
}

/// Collects the patterns of a set.
#[derive(Clone, Debug)]
pub struct PatternSetBuilder {
    patterns: Patterns,
    operator: Operator,
}

#[derive(Clone, Debug)]
enum Patterns {
    /// Methods that look at none.
    None(Matcher),
    Integers(Vec<(i64, i64)>),
    Lengths(Vec<(i64, i64)>),
    Networks(Vec<Network>),
    Exact(ExactSet),
    Hexadecimal(ExactSet),
    Texts(TextSet),
    Regexes(Vec<Regex>),
}

impl PatternSetBuilder {
    /// A builder without patterns.
    pub fn new(method: MatchMethod) -> Self {
        let patterns = match method {
            MatchMethod::Found => Patterns::None(Matcher::Found),
            MatchMethod::Bool => Patterns::None(Matcher::Bool),
            MatchMethod::Int => Patterns::Integers(Vec::new()),
            MatchMethod::Len => Patterns::Lengths(Vec::new()),
            MatchMethod::Ip => Patterns::Networks(Vec::new()),
            MatchMethod::Str => Patterns::Exact(ExactSet::default()),
            MatchMethod::Bin => Patterns::Hexadecimal(ExactSet::default()),
            MatchMethod::Beg => Patterns::Texts(TextSet::new(Place::Beginning)),
            MatchMethod::End => Patterns::Texts(TextSet::new(Place::End)),
            MatchMethod::Sub => Patterns::Texts(TextSet::new(Place::Anywhere)),
            MatchMethod::Dir => Patterns::Texts(TextSet::new(Place::Directory)),
            MatchMethod::Dom => Patterns::Texts(TextSet::new(Place::Domain)),
            MatchMethod::Reg => Patterns::Regexes(Vec::new()),
        };
        Self { patterns, operator: Operator::default() }
    }

    /// Takes one word: a pattern, or for numbers an operator that holds for those behind it. Methods that look at no pattern take any.
    ///
    /// # Errors
    /// Says why the word is no pattern of this method.
    pub fn add(&mut self, word: &[u8], case: Case) -> Result<(), PatternFault> {
        match &mut self.patterns {
            Patterns::None(_) => {}
            Patterns::Integers(ranges) | Patterns::Lengths(ranges) => match Operator::from_word(word) {
                Some(operator) => self.operator = operator,
                None => ranges.push(parse_range(word, self.operator)?),
            },
            Patterns::Networks(networks) => networks.push(Network::parse(word)?),
            Patterns::Exact(set) => set.insert(word, case),
            Patterns::Hexadecimal(set) => set.insert(&parse_hexadecimal(word)?, Case::Matters),
            Patterns::Texts(set) => set.insert(word, case),
            Patterns::Regexes(set) => set.push(Regex::new(word, case)?),
        }
        Ok(())
    }

    /// The set.
    pub fn build(self) -> PatternSet {
        PatternSet(match self.patterns {
            Patterns::None(matcher) => matcher,
            Patterns::Integers(ranges) => Matcher::Integer(IntegerSet::from_ranges(ranges)),
            Patterns::Lengths(ranges) => Matcher::Length(IntegerSet::from_ranges(ranges)),
            Patterns::Networks(networks) => Matcher::Network(NetworkSet::from_networks(&networks)),
            Patterns::Exact(set) | Patterns::Hexadecimal(set) => Matcher::Exact(set),
            Patterns::Texts(set) => Matcher::Text(set),
            Patterns::Regexes(set) => Matcher::Regexes(set.into()),
        })
    }
}

/// The bytes that an even number of hexadecimal digits stands for.
pub(crate) fn parse_hexadecimal(word: &[u8]) -> Result<Vec<u8>, PatternFault> {
    let (pairs, rest) = word.as_chunks::<2>();
    let bytes = pairs.iter().map(|&[high, low]| hexadecimal(high, low)).collect::<Option<Vec<u8>>>();
    bytes.filter(|_| rest.is_empty()).ok_or(PatternFault::NotHexadecimal)
}

#[cfg(test)]
mod tests;
