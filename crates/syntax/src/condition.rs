//! Conditions of `.if`, `.elif` and `-cc` (configuration manual 2.4): parsed as a whole first, so that a fault shows even
//! where evaluation would not reach it, then evaluated.

mod predicate;

use crate::arguments::parse_arguments;
use crate::diagnostic::{Diagnostic, Diagnostics, Parsed};
use crate::environment::Environment;
use crate::facts::Facts;
use crate::lex::{Hash, Place, lex};
use crate::limits::MAX_CONDITION_DEPTH;
use crate::source::{SourceMap, Span};
use crate::suggest::suggest;
use crate::word::Word;
use predicate::{PREDICATES, Predicate};

/// A parsed condition.
#[derive(Clone, Debug)]
pub struct Condition(Expression);

#[derive(Clone, Debug)]
enum Expression {
    Constant(bool),
    Predicate { predicate: &'static Predicate, arguments: Vec<Word>, name: Span },
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

impl Condition {
    /// Parses the words behind `.if`, which count as one text with single blanks between them. No words are a
    /// condition that is false.
    pub fn parse(words: &[Word]) -> Parsed<Condition> {
        let Some(text) = Word::join(words) else { return Ok(Condition(Expression::Constant(false))) };
        if text.is_empty() {
            return Ok(Condition(Expression::Constant(false)));
        }
        let mut parser = Parser { text: &text, at: 0, depth: 0 };
        let expression = parser.alternatives()?;
        match parser.rest().first() {
            None => Ok(Condition(expression)),
            Some(_) => Err(parser.unexpected()),
        }
    }

    /// Whether it holds. `&&` and `||` are evaluated from the left, no further than needed.
    pub fn evaluate(&self, facts: &Facts, environment: &Environment) -> Parsed<bool> {
        self.0.evaluate(facts, environment)
    }
}

/// Evaluates a condition given on the command line (`-cc`): words are cut and variables expanded as in a file, but `#`
/// starts no comment. The text is added to `sources`, so that the faults can be shown.
pub fn evaluate_text(
    text: &str,
    sources: &mut SourceMap,
    facts: &Facts,
    environment: &Environment,
) -> Result<bool, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let Ok(file) = sources.add("condition", text) else {
        diagnostics.push(Diagnostic::error("condition too long"));
        return Err(diagnostics);
    };
    let Some(span) = file.line_span(1) else { return Ok(false) };
    let place = Place { file: &file, line: 1, section: b"" };
    let Some(words) = lex(place, span, Hash::Ordinary, environment, &mut diagnostics) else { return Err(diagnostics) };
    let outcome = Condition::parse(&words).and_then(|condition| condition.evaluate(facts, environment));
    outcome.map_err(|fault| {
        diagnostics.push(fault);
        diagnostics
    })
}

impl Expression {
    fn evaluate(&self, facts: &Facts, environment: &Environment) -> Parsed<bool> {
        match self {
            Expression::Constant(value) => Ok(*value),
            Expression::Not(inner) => Ok(!inner.evaluate(facts, environment)?),
            Expression::Predicate { predicate, arguments, name } => {
                let outcome = (predicate.evaluate)(arguments, facts, environment);
                outcome.map_err(|fault| fault.or_at(*name, ""))
            }
            Expression::And(terms) => {
                for term in terms {
                    if !term.evaluate(facts, environment)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::Or(terms) => {
                for term in terms {
                    if term.evaluate(facts, environment)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// Recursive descent over `alternatives := all ('||' all)*`, `all := term ('&&' term)*`,
/// `term := '!'* (integer | '(' alternatives ')' | predicate)`.
struct Parser<'a> {
    text: &'a Word,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Parsed<Expression> {
        self.chain(b"||", Self::all, Expression::Or)
    }

    fn all(&mut self) -> Parsed<Expression> {
        self.chain(b"&&", Self::term, Expression::And)
    }

    fn chain(
        &mut self,
        operator: &[u8],
        mut operand: impl FnMut(&mut Self) -> Parsed<Expression>,
        combine: fn(Vec<Expression>) -> Expression,
    ) -> Parsed<Expression> {
        let first = operand(self)?;
        let mut operands = vec![first];
        while self.rest().starts_with(operator) {
            self.at += operator.len();
            operands.push(operand(self)?);
        }
        let single = operands.len() == 1;
        Ok(if single { operands.swap_remove(0) } else { combine(operands) })
    }

    /// One operand; blanks around it are taken too.
    fn term(&mut self) -> Parsed<Expression> {
        let mut negated = false;
        loop {
            self.skip_blanks();
            if self.rest().first() != Some(&b'!') {
                break;
            }
            negated = !negated;
            self.at += 1;
        }
        let expression = match self.rest().first() {
            None => return Err(self.missing_operand()),
            Some(b'(') => self.group()?,
            Some(b'0'..=b'9' | b'+' | b'-') => self.integer()?,
            Some(_) => self.predicate()?,
        };
        self.skip_blanks();
        Ok(if negated { Expression::Not(Box::new(expression)) } else { expression })
    }

    fn group(&mut self) -> Parsed<Expression> {
        let opening = self.at;
        if self.depth == MAX_CONDITION_DEPTH {
            let limit = format!("too many nested parentheses: {MAX_CONDITION_DEPTH} are possible");
            return Err(Diagnostic::error(limit).at(self.text.span_of(opening..opening + 1), ""));
        }
        self.depth += 1;
        self.at += 1;
        let inner = self.alternatives()?;
        self.depth -= 1;
        match self.rest().first() {
            Some(b')') => {
                self.at += 1;
                Ok(inner)
            }
            Some(_) => Err(self.unexpected()),
            None => Err(Diagnostic::error("missing closing parenthesis in conditional expression")
                .code("unclosed-parenthesis")
                .at(self.text.span_of(opening..opening + 1), "this parenthesis is never closed")),
        }
    }

    /// Decimal, or hexadecimal behind `0x`, with an optional sign; zero is false.
    fn integer(&mut self) -> Parsed<Expression> {
        let start = self.at;
        self.at += usize::from(matches!(self.rest().first(), Some(b'+' | b'-')));
        let hexadecimal = self.rest().starts_with(b"0x");
        self.at += if hexadecimal { 2 } else { 0 };
        let is_digit = |byte: &u8| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
        let digits = self.rest().iter().take_while(|byte| is_digit(byte)).count();
        if digits == 0 {
            self.at = start;
            return Err(self.unexpected());
        }
        let value = self.rest()[..digits].iter().any(|&digit| digit != b'0');
        self.at += digits;
        Ok(Expression::Constant(value))
    }

    fn predicate(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let length = self.rest().iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        let Some(predicate) = PREDICATES.iter().find(|predicate| predicate.name.as_bytes() == &self.rest()[..length])
        else {
            return Err(self.unknown_predicate(length));
        };
        self.at += length;
        let name = self.text.span_of(start..self.at);
        let mut arguments = Vec::new();
        if self.rest().first() == Some(&b'(') {
            let parsed = parse_arguments(self.text, self.at)?;
            self.at = parsed.end;
            arguments = parsed.values;
        }
        predicate.check(&mut arguments, name)?;
        Ok(Expression::Predicate { predicate, arguments, name })
    }

    fn unknown_predicate(&self, length: usize) -> Diagnostic {
        if length == 0 {
            return self.unexpected();
        }
        let range = self.at..self.at + length;
        let span = self.text.span_of(range.clone());
        let name = String::from_utf8_lossy(&self.text.as_bytes()[range]).into_owned();
        let fault = Diagnostic::error(format!("unknown predicate '{name}' in conditional expression"));
        let fault = fault.code("unknown-predicate").at(span, "");
        match suggest(&name, PREDICATES.iter().map(|predicate| predicate.name)) {
            Some(known) => fault.replace(span, known, format!("did you mean '{known}'?")),
            None if matches!(name.as_str(), "true" | "false" | "yes" | "no") => {
                let number = if matches!(name.as_str(), "true" | "yes") { "1" } else { "0" };
                fault.replace(span, number, "write 1 for true and 0 for false")
            }
            None => fault,
        }
    }

    fn unexpected(&self) -> Diagnostic {
        let shown = String::from_utf8_lossy(self.rest()).chars().next().unwrap_or_default();
        let fault = Diagnostic::error(format!("unexpected character '{shown}' in conditional expression"));
        let fault = fault.code("bad-condition").at(self.text.span_of(self.at..self.at + shown.len_utf8()), "");
        match self.rest() {
            [b'&', ..] => fault.help("write && for \"and\""),
            [b'|', ..] => fault.help("write || for \"or\""),
            _ => fault,
        }
    }

    fn missing_operand(&self) -> Diagnostic {
        let end = self.text.len();
        Diagnostic::error("conditional expression ends too early")
            .code("bad-condition")
            .at(self.text.span_of(end.saturating_sub(1)..end), "something must follow")
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
