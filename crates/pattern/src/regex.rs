//! Regular expressions in PCRE's spelling, searched in bytes (configuration manual 7.1.4).
//!
//! An expression is rewritten so that its bytes, classes and flags mean the same to both engines. Most run on the linear one, whose time
//! is bounded by the length of the subject. What only backtracking can do (look-around, back-references, atomic groups, possessive
//! quantifiers) runs on the other, which gives up after [`MAX_BACKTRACKS`] steps; a search that gives up has found nothing.

mod byte_set;
mod translate;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use fancy_regex::BytesMode;
use regex_automata::util::{primitives::NonMaxUsize, syntax};
use regex_automata::{Input, meta};

use crate::subject::Case;
use translate::{Translated, translate};

/// A compiled expression. Cloning it is cheap.
#[derive(Clone)]
pub struct Regex {
    matcher: Matcher,
    /// Whether a newline that ends the subject may stand behind a match of `$`.
    newline_may_follow: bool,
}

#[derive(Clone)]
enum Matcher {
    Linear(meta::Regex),
    Backtracking(Arc<fancy_regex::Regex>),
}

/// What carries out a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Takes time linear in the subject's length.
    Linear,
    /// May take far longer, up to a fixed number of steps.
    Backtracking,
}

/// Why an expression was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexFault {
    /// What is wrong with it.
    pub reason: String,
    /// Where, in bytes.
    pub offset: usize,
}

/// Where the groups that a template can name have matched: the whole match and the groups 1 to 9.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    spans: [Option<(usize, usize)>; GROUPS],
}

/// `\0` to `\9`.
const GROUPS: usize = 10;

/// The steps after which a backtracking search gives up.
pub const MAX_BACKTRACKS: usize = 1_000_000;

/// How large a compiled expression may become, in bytes.
const MAX_COMPILED_BYTES: usize = 10 << 20;

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says what is wrong with it, or what neither engine can do.
    pub fn new(pattern: &[u8], case: Case) -> Result<Self, RegexFault> {
        let translated = translate(pattern, case)?;
        let matcher = match translated.engine {
            Engine::Linear => linear(&translated),
            Engine::Backtracking => backtracking(&translated),
        };
        let matcher = matcher.map_err(|reason| RegexFault { reason, offset: 0 })?;
        Ok(Self { matcher, newline_may_follow: translated.newline_may_follow })
    }

    /// What carries out its searches.
    pub const fn engine(&self) -> Engine {
        match self.matcher {
            Matcher::Linear(_) => Engine::Linear,
            Matcher::Backtracking(_) => Engine::Backtracking,
        }
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Linear(regex) => {
                regex.is_match(subject) || self.without_newline(subject).is_some_and(|subject| regex.is_match(subject))
            }
            Matcher::Backtracking(regex) => regex.is_match(subject).unwrap_or(false),
        }
    }

    /// Finds the first match and where its groups are.
    pub fn captures(&self, subject: &[u8], captures: &mut Captures) -> bool {
        self.captures_at(subject, 0, captures)
    }

    /// Finds the first match that starts at `start` or behind it. What stands in front of `start` counts for `^` and `\b`.
    pub fn captures_at(&self, subject: &[u8], start: usize, captures: &mut Captures) -> bool {
        *captures = Captures::default();
        if start > subject.len() {
            return false;
        }
        match &self.matcher {
            Matcher::Linear(regex) => {
                let found = captures.fill_from(regex, subject, start);
                let Some(shorter) = self.without_newline(subject).filter(|subject| start <= subject.len()) else {
                    return found;
                };
                // `$` also matches in front of the newline that ends the subject. A match that starts further left wins.
                let mut other = Captures::default();
                let better = other.fill_from(regex, shorter, start) && (!found || other.start() < captures.start());
                if better {
                    *captures = other;
                }
                found || better
            }
            Matcher::Backtracking(regex) => {
                let Ok(Some(found)) = regex.captures_from_pos(subject, start) else { return false };
                for (index, span) in captures.spans.iter_mut().enumerate() {
                    *span = found.get(index).map(|group| (group.start(), group.end()));
                }
                true
            }
        }
    }

    fn without_newline<'a>(&self, subject: &'a [u8]) -> Option<&'a [u8]> {
        subject.strip_suffix(b"\n").filter(|_| self.newline_may_follow)
    }
}

fn linear(translated: &Translated) -> Result<Matcher, String> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let config = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(MAX_COMPILED_BYTES));
    match meta::Builder::new().syntax(syntax).configure(config).build(&translated.text) {
        Ok(regex) => Ok(Matcher::Linear(regex)),
        Err(fault) if fault.size_limit().is_some() => Err("regular expression is too large".to_owned()),
        Err(fault) => Err(last_line(&fault)),
    }
}

fn backtracking(translated: &Translated) -> Result<Matcher, String> {
    let regex = fancy_regex::RegexBuilder::new(&translated.text)
        .bytes_mode(BytesMode::Ascii)
        .backtrack_limit(MAX_BACKTRACKS)
        .delegate_size_limit(MAX_COMPILED_BYTES)
        .build();
    regex.map(|regex| Matcher::Backtracking(Arc::new(regex))).map_err(|fault| last_line(&fault))
}

fn last_line(fault: &dyn fmt::Display) -> String {
    let fault = fault.to_string();
    fault.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl Captures {
    /// Where a group has matched; 0 is the whole match.
    pub fn get(&self, group: usize) -> Option<Range<usize>> {
        let (start, end) = (*self.spans.get(group)?)?;
        Some(start..end)
    }

    fn start(&self) -> Option<usize> {
        self.spans[0].map(|(start, _)| start)
    }

    fn fill_from(&mut self, regex: &meta::Regex, subject: &[u8], start: usize) -> bool {
        let mut slots = [None::<NonMaxUsize>; 2 * GROUPS];
        let found = regex.search_slots(&Input::new(subject).range(start..), &mut slots).is_some();
        let (pairs, _) = slots.as_chunks::<2>();
        for (span, pair) in self.spans.iter_mut().zip(pairs) {
            *span = match pair {
                [Some(start), Some(end)] if found => Some((start.get(), end.get())),
                _ => None,
            };
        }
        found
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regex").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl fmt::Display for RegexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.reason, self.offset)
    }
}

impl std::error::Error for RegexFault {}

#[cfg(test)]
mod tests;
