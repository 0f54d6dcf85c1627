//! `if` and `unless` with what follows them (configuration manual 7.2).

use std::sync::Arc;

use burdock_sample::{Input, Phase};
use burdock_syntax::{Diagnostic, Diagnostics, Word};

use crate::acl::{Acl, AclScope};
use crate::criterion::Criterion;
use crate::verdict::Verdict;

/// A compiled condition: alternatives, each a list of terms that must all hold. The default one always holds.
#[derive(Debug, Default)]
pub struct Condition(Option<Alternatives>);

#[derive(Debug)]
struct Alternatives {
    /// `unless`: the outcome is turned round.
    negated: bool,
    alternatives: Box<[Box<[Term]>]>,
}

#[derive(Debug)]
pub(crate) struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug)]
pub(crate) enum Test {
    Named(Arc<Acl>),
    Anonymous(Box<Criterion>),
}

impl Condition {
    /// The condition of a rule that has none.
    pub const fn always() -> Self {
        Self(None)
    }

    /// Parses `if …` or `unless …`; no words at all give [`Condition::always`]. `phase` is when the rule is evaluated. What is wrong goes to
    /// `diagnostics`, all of it; nothing is returned then.
    pub fn parse(words: &[Word], acls: AclScope<'_>, phase: Phase, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some((keyword, terms)) = words.split_first() else { return Some(Self::always()) };
        let negated = match keyword.as_bytes() {
            b"if" => false,
            b"unless" => true,
            _ => {
                diagnostics.push(
                    Diagnostic::error(format!("unexpected word '{keyword}': only 'if' or 'unless' can follow here"))
                        .code("unexpected-word")
                        .at(keyword.span(), ""),
                );
                return None;
            }
        };
        let mut parser = Parser { acls, phase, diagnostics, alternatives: vec![Vec::new()], sound: true };
        parser.terms(terms);
        let (alternatives, sound) = (parser.alternatives, parser.sound);
        if let Some(empty) = alternatives.iter().position(Vec::is_empty).filter(|_| sound) {
            let message = if alternatives.len() == 1 {
                format!("there is no condition behind '{keyword}': it never holds")
            } else {
                format!("alternative {} is empty: it never holds", empty + 1)
            };
            diagnostics.push(Diagnostic::advice(message).code("empty-condition").at(keyword.span(), ""));
        }
        // An empty alternative never holds.
        let alternatives = alternatives.into_iter().filter(|terms| !terms.is_empty()).map(Vec::into_boxed_slice);
        sound.then(|| Self(Some(Alternatives { negated, alternatives: alternatives.collect() })))
    }

    /// Whether the rule applies.
    pub fn holds(&self, input: &Input<'_>) -> bool {
        let Some(Alternatives { negated, alternatives }) = &self.0 else { return true };
        let holds = match &**alternatives {
            // Most conditions are one term.
            [terms] if let [term] = &**terms => term.holds(input),
            all => all.iter().any(|terms| terms.iter().all(|term| term.holds(input))),
        };
        holds != *negated
    }

    /// The same while content is inspected (configuration manual 4.2 `tcp-request content`): what depends on what is yet to come may not be
    /// decided.
    pub fn judge(&self, input: &Input<'_>) -> Verdict {
        let Some(Alternatives { negated, alternatives }) = &self.0 else { return Verdict::Holds };
        let alternative = |terms: &[Term]| Verdict::all(terms.iter().map(|term| term.judge(input)));
        Verdict::any(alternatives.iter().map(|terms| alternative(terms))).negated_if(*negated)
    }

    /// Whether it is turned round, and its alternatives; nothing where there is no condition.
    pub(crate) fn alternatives(&self) -> Option<(bool, impl Iterator<Item = &[Term]>)> {
        let Alternatives { negated, alternatives } = self.0.as_ref()?;
        Some((*negated, alternatives.iter().map(|terms| &**terms)))
    }

    /// Whether it holds whatever comes, because there is none.
    pub const fn is_always(&self) -> bool {
        self.0.is_none()
    }
}

impl Term {
    pub(crate) const fn is_negated(&self) -> bool {
        self.negated
    }

    pub(crate) const fn test(&self) -> &Test {
        &self.test
    }

    fn holds(&self, input: &Input<'_>) -> bool {
        let holds = match &self.test {
            Test::Named(acl) => acl.holds(input),
            Test::Anonymous(criterion) => criterion.holds(input),
        };
        holds != self.negated
    }

    fn judge(&self, input: &Input<'_>) -> Verdict {
        let verdict = match &self.test {
            Test::Named(acl) => acl.judge(input),
            Test::Anonymous(criterion) => criterion.judge(input),
        };
        verdict.negated_if(self.negated)
    }
}

struct Parser<'a> {
    acls: AclScope<'a>,
    phase: Phase,
    diagnostics: &'a mut Diagnostics,
    alternatives: Vec<Vec<Term>>,
    sound: bool,
}

impl Parser<'_> {
    fn terms(&mut self, mut words: &[Word]) {
        let mut negated = false;
        let mut dangling = None;
        while let Some((word, mut rest)) = words.split_first() {
            if *word == "or" || *word == "||" {
                self.note_dangling(dangling.take());
                negated = false;
                self.alternatives.push(Vec::new());
                words = rest;
                continue;
            }
            let marks = word.as_bytes().iter().take_while(|&&byte| byte == b'!').count();
            negated ^= marks % 2 == 1;
            dangling = (marks == word.len()).then_some(word);
            if dangling.is_none() {
                let name = word.slice(marks..word.len());
                let test = if name == "{" { self.anonymous(&name, &mut rest) } else { self.named(&name) };
                match test {
                    Some(test) => self.add(Term { negated, test }),
                    None => self.sound = false,
                }
                negated = false;
            }
            words = rest;
        }
        self.note_dangling(dangling);
    }

    fn note_dangling(&mut self, mark: Option<&Word>) {
        if let Some(mark) = mark {
            let finding = Diagnostic::advice("this '!' negates nothing").code("dangling-negation");
            self.diagnostics.push(finding.at(mark.span(), "no ACL follows"));
        }
    }

    fn add(&mut self, term: Term) {
        if let Some(terms) = self.alternatives.last_mut() {
            terms.push(term);
        }
    }

    fn named(&mut self, name: &Word) -> Option<Test> {
        let acl = self.diagnostics.take(self.acls.find(name))??;
        self.diagnostics.extend(acl.misplaced(self.phase, name.span()));
        Some(Test::Named(acl))
    }

    /// Takes the words up to the closing brace out of `rest`.
    fn anonymous(&mut self, brace: &Word, rest: &mut &[Word]) -> Option<Test> {
        let Some(end) = rest.iter().position(|word| *word == "}") else {
            let fault = Diagnostic::error("missing closing '}' in condition").code("unclosed-brace");
            self.diagnostics.push(fault.at(brace.span(), "this brace is never closed"));
            *rest = &[];
            return None;
        };
        let (words, behind) = rest.split_at(end);
        *rest = behind.get(1..).unwrap_or_default();
        let criterion = Criterion::parse(words, &self.acls.names(), self.diagnostics);
        let criterion = criterion.map_err(|fault| fault.or_at(brace.span(), "these braces hold no test"));
        let criterion = self.diagnostics.take(criterion)?;
        if !criterion.validity().contains(self.phase) {
            let (keyword, place) = (criterion.keyword(), self.phase.name());
            let message = format!(
                "anonymous acl will never match because it uses keyword '{keyword}' which is incompatible with '{place}'"
            );
            let span = words.first().map_or(brace.span(), Word::span);
            self.diagnostics.push(Diagnostic::warning(message).code("misplaced-sample").at(span, ""));
        }
        Some(Test::Anonymous(Box::new(criterion)))
    }
}

#[cfg(test)]
mod tests;
