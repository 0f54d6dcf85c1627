//! The words of a rule while its action is read: whatever is left must be a condition.

use burdock_sample::{Expression, Format, Phase, Scope, Type, Value, castable};
use burdock_syntax::units::{self, TimeUnit};
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Word};

use super::Scene;
use crate::set::RuleSetKind;

/// A number that a rule names, or computes when it is carried out.
#[derive(Debug)]
pub enum Amount {
    /// This one.
    Fixed(i64),
    /// What the expression gives.
    Computed(Box<Expression>),
}

impl Amount {
    /// The number, where there is one.
    pub fn of(&self, scene: &Scene<'_>) -> Option<i64> {
        match self {
            Self::Fixed(number) => Some(*number),
            Self::Computed(expression) => {
                let input = scene.input();
                match expression.evaluate(&input)?.cast(Type::Int, scene.scratch)? {
                    Value::Int(number) => Some(number),
                    _ => None,
                }
            }
        }
    }
}

/// The arguments of an action.
#[derive(Debug)]
pub struct ActionArgs<'a> {
    /// The word that names the action.
    pub name: &'a Word,
    /// What stands in parentheses behind the name.
    pub parameter: Option<Word>,
    /// What its expressions may name.
    pub scope: &'a Scope<'a>,
    /// When it is carried out.
    pub phase: Phase,
    /// The kind of rules it stands in.
    pub set: RuleSetKind,
    /// For warnings.
    pub findings: &'a mut Diagnostics,
    /// What stands before the name in messages: the kind of rules, or nothing where the line is no rule.
    keyword: &'static str,
    usage: &'static str,
    words: &'a [Word],
    at: usize,
}

impl<'a> ActionArgs<'a> {
    /// Over the words behind the action's name.
    pub(crate) fn new(
        (name, parameter): (&'a Word, Option<Word>),
        words: &'a [Word],
        usage: &'static str,
        (set, phase): (RuleSetKind, Phase),
        scope: &'a Scope<'a>,
        findings: &'a mut Diagnostics,
    ) -> Self {
        let keyword = set.keyword();
        Self { name, parameter, scope, phase, set, findings, keyword, usage, words, at: 0 }
    }

    /// Over the words of a line that is no rule but takes the same arguments, such as `http-error`.
    pub(crate) fn of_line(
        name: &'a Word,
        words: &'a [Word],
        usage: &'static str,
        phase: Phase,
        scope: &'a Scope<'a>,
        findings: &'a mut Diagnostics,
    ) -> Self {
        let mut args = Self::new((name, None), words, usage, (RuleSetKind::HttpRequest, phase), scope, findings);
        args.keyword = "";
        args
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.at)
    }

    /// The next word unless the condition begins there.
    pub fn next_argument(&mut self) -> Option<&'a Word> {
        let word = self.peek().filter(|word| !is_condition(word))?;
        self.at += 1;
        Some(word)
    }

    /// Whether nothing is left but a condition.
    pub fn at_end(&self) -> bool {
        self.peek().is_none_or(is_condition)
    }

    /// The words that were not taken yet, the condition included.
    pub fn rest(&self) -> &'a [Word] {
        self.words.get(self.at..).unwrap_or_default()
    }

    /// Takes the next word if it is this one.
    pub fn next_if(&mut self, text: &str) -> bool {
        let is = self.peek().is_some_and(|word| *word == *text);
        self.at += usize::from(is);
        is
    }

    /// The next word, whatever it is.
    ///
    /// # Errors
    /// There is none; `what` says in the message what it would have been.
    pub fn required(&mut self, what: &str) -> Parsed<&'a Word> {
        let Some(word) = self.peek() else { return Err(self.missing(what)) };
        self.at += 1;
        Ok(word)
    }

    /// The next word as a format.
    ///
    /// # Errors
    /// There is none, or it is no format.
    pub fn format(&mut self, what: &str) -> Parsed<Format> {
        let word = self.required(what)?;
        self.format_of(word)
    }

    /// A word as a format.
    ///
    /// # Errors
    /// It is none.
    pub fn format_of(&mut self, word: &Word) -> Parsed<Format> {
        Format::parse(word, self.scope, self.phase, self.findings)
    }

    /// The next word as an expression.
    ///
    /// # Errors
    /// There is none, or it is no expression, or it never has a value where the rule stands.
    pub fn expression(&mut self) -> Parsed<Expression> {
        let word = self.required("a sample expression")?;
        let expression = Expression::parse(word, self.scope)?;
        if !expression.validity().contains(self.phase) {
            let (name, place) = (expression.fetch().name, self.phase.name());
            return Err(Diagnostic::error(format!("sample fetch '{name}' has no value in '{place}'"))
                .code("misplaced-sample")
                .at(word.span(), "never has a value here"));
        }
        Ok(expression)
    }

    /// The next word as an expression that gives a type.
    ///
    /// # Errors
    /// As [`ActionArgs::expression`], or it gives something that cannot become that type.
    pub fn expression_of(&mut self, wanted: Type) -> Parsed<Expression> {
        let word = self.peek();
        let expression = self.expression()?;
        if castable(expression.output(), wanted) {
            return Ok(expression);
        }
        let fault = Diagnostic::error(format!("this expression gives no value of type '{}'", wanted.name()));
        let fault = fault.code("type-mismatch");
        Err(match word {
            Some(word) => fault.at(word.span(), format!("gives '{}'", expression.output().name())),
            None => fault,
        })
    }

    /// The next word as a time in milliseconds that is not zero, or as an expression that gives one.
    ///
    /// # Errors
    /// There is none, or it is neither.
    pub fn time(&mut self, what: &str) -> Parsed<Amount> {
        let word = self.peek().ok_or_else(|| self.missing(what))?;
        if !word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return self.computed();
        }
        self.at += 1;
        match units::parse_timer(word, TimeUnit::Millisecond, self.findings)?.ms() {
            0 => Err(self.unexpected(word, "a time that is not zero")),
            ms => Ok(Amount::Fixed(ms as i64)),
        }
    }

    /// The next word as a number of at most `maximum`, decimal or behind `0x` in hexadecimal, or as an expression that gives one.
    ///
    /// # Errors
    /// There is none, or it is neither, or it is too large.
    pub fn amount(&mut self, what: &str, maximum: u32) -> Parsed<Amount> {
        let word = self.peek().ok_or_else(|| self.missing(what))?;
        let Some(number) = word.to_str().ok().and_then(whole_number) else { return self.computed() };
        self.at += 1;
        if number > u64::from(maximum) {
            return Err(self.unexpected(word, &format!("a number of at most {maximum}, or an expression")));
        }
        Ok(Amount::Fixed(number as i64))
    }

    /// The next word as an expression that gives a number.
    ///
    /// # Errors
    /// As [`ActionArgs::expression_of`].
    pub fn computed(&mut self) -> Parsed<Amount> {
        Ok(Amount::Computed(Box::new(self.expression_of(Type::Int)?)))
    }

    /// How many words were taken: the condition follows.
    pub(crate) const fn used(&self) -> usize {
        self.at
    }

    /// Something is missing at the end of the line.
    pub fn missing(&self, what: &str) -> Diagnostic {
        let end = self.words.last().unwrap_or(self.name).span().after();
        Diagnostic::error(format!("'{}' lacks {what}", self.name))
            .code("missing-argument")
            .at(end, "here")
            .help(self.usage_line())
    }

    fn usage_line(&self) -> String {
        let words = [self.keyword, &self.name.display(), self.usage];
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        format!("usage: {}", words.join(" "))
    }

    /// A word that is not possible.
    pub fn unexpected(&self, word: &Word, expected: &str) -> Diagnostic {
        Diagnostic::error(format!("'{word}' is not possible here"))
            .code("bad-argument")
            .at(word.span(), "")
            .help(format!("expected: {expected}"))
            .help(self.usage_line())
    }
}

/// The number that a text is; the largest there is where it is larger.
fn whole_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    is_number.then(|| u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

/// Whether a condition begins with this word.
pub(super) fn is_condition(word: &Word) -> bool {
    *word == "if" || *word == "unless"
}
