//! Expressions: a fetch and the converters behind it, parsed once and evaluated often (configuration manual 7.3).

use std::ops::{ControlFlow, Range};

use burdock_syntax::arguments::parse_arguments;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{ArgSpec, Args};
use crate::cast::castable;
use crate::convert::{self, Converter};
use crate::fetch::{self, Fetch, Run, Sight};
use crate::input::Input;
use crate::names::Scope;
use crate::phase::{Phase, Validity};
use crate::value::{Type, Value};

/// A compiled `fetch(args),converter(args),…`.
#[derive(Clone, Debug)]
pub struct Expression {
    fetch: &'static Fetch,
    args: Args,
    converters: Box<[Link]>,
    validity: Validity,
}

/// A converter in its place.
#[derive(Clone, Debug)]
struct Link {
    converter: &'static Converter,
    args: Args,
}

impl Expression {
    /// Parses a whole word.
    ///
    /// # Errors
    /// Points at the part of the word that is wrong, and says whether HAProxy knows a name that is not supported.
    pub fn parse(word: &Word, scope: &Scope<'_>) -> Parsed<Self> {
        Self::parse_with(word, scope, |name| fetch::resolve(name, std::iter::empty()))
    }

    /// Parses the expression that begins at a byte of the word and ends in front of a closing bracket. Gives where the bracket is.
    ///
    /// # Errors
    /// As [`Expression::parse`].
    pub fn parse_bracketed(word: &Word, start: usize, scope: &Scope<'_>) -> Parsed<(Self, usize)> {
        let mut parts = Parts { word, at: start, bracketed: true };
        let expression = Self::parse_parts(&mut parts, scope, |name| fetch::resolve(name, std::iter::empty()))?;
        Ok((expression, parts.at))
    }

    /// Parses a chain of converters alone, separated by commas, for values of a type.
    ///
    /// # Errors
    /// As [`Expression::parse`].
    pub fn parse_converters(word: &Word, scope: &Scope<'_>, from: &'static Fetch) -> Parsed<Self> {
        let mut parts = Parts { word, at: 0, bracketed: false };
        let mut links = Links { output: from.output, converters: Vec::new() };
        while parts.at < word.len() {
            let range = if parts.at == 0 { Some(parts.keyword_or_fault()?) } else { parts.next_keyword()? };
            let Some(range) = range else { break };
            links.add(&mut parts, range, scope)?;
        }
        Ok(Self { fetch: from, args: Args::default(), converters: links.converters.into(), validity: from.validity })
    }

    /// The same where the name in front may mean more than a fetch's own names do: `resolve` finds what it stands for.
    ///
    /// # Errors
    /// As [`Expression::parse`], and those of `resolve`.
    pub fn parse_with(
        word: &Word,
        scope: &Scope<'_>,
        resolve: impl FnOnce(&Word) -> Parsed<&'static Fetch>,
    ) -> Parsed<Self> {
        Self::parse_parts(&mut Parts { word, at: 0, bracketed: false }, scope, resolve)
    }

    fn parse_parts(
        parts: &mut Parts<'_>,
        scope: &Scope<'_>,
        resolve: impl FnOnce(&Word) -> Parsed<&'static Fetch>,
    ) -> Parsed<Self> {
        let word = parts.word;
        let first = parts.keyword();
        if first.is_empty() {
            return Err(Diagnostic::error("a sample fetch is missing").code("missing-fetch").at(word.span(), ""));
        }
        let name = word.slice(first);
        let fetch = resolve(&name)?;
        let asked = &scope.names.asked;
        asked.set(fetch.adds_to(asked.get()));
        let args = parts.arguments(&name, &fetch.args, scope)?;
        if let Some(Err(fault)) = fetch.check.map(|check| check(&args)) {
            return Err(Diagnostic::error(format!("in '{name}', {fault}")).code("bad-argument").at(word.span(), ""));
        }
        let mut links = Links { output: fetch.output, converters: Vec::new() };
        while let Some(range) = parts.next_keyword()? {
            links.add(parts, range, scope)?;
        }
        Ok(Self { fetch, args, converters: links.converters.into(), validity: scope.validity(fetch.validity) })
    }

    /// The one value of the expression.
    pub fn evaluate<'a>(&'a self, input: &Input<'a>) -> Option<Value<'a>> {
        if !self.validity.contains(input.phase) {
            return None;
        }
        let value = match self.fetch.run {
            Run::One(one) | Run::Many { one, .. } => one(input, &self.args),
            Run::Inspect(inspect) => inspect(input, &self.args).value(),
        };
        self.convert(value?, input)
    }

    /// The one value of the expression, and whether it may change before the inspection ends (configuration manual 4.2 `tcp-request
    /// content`): a condition that does not hold is then not decided yet. Where nothing is inspected, nothing changes.
    pub fn sight<'a>(&'a self, input: &Input<'a>) -> Sight<'a> {
        match self.fetch.run {
            Run::Inspect(inspect) if self.validity.contains(input.phase) => match inspect(input, &self.args) {
                Sight::Changing(value) if input.txn.inspecting => {
                    Sight::Changing(value.and_then(|value| self.convert(value, input)))
                }
                sight => Sight::Settled(sight.value().and_then(|value| self.convert(value, input))),
            },
            _ => match self.evaluate(input) {
                // What is taken from a request's head comes with it.
                None if input.txn.head_expected && !self.validity.contains(Phase::TcpRequestSession) => {
                    Sight::Changing(None)
                }
                value => Sight::Settled(value),
            },
        }
    }

    /// Whether `test` holds for any value of the expression, of which a header or cookie may have several.
    pub fn any<'a>(&'a self, input: &Input<'a>, mut test: impl FnMut(Value<'a>) -> bool) -> bool {
        if !self.validity.contains(input.phase) {
            return false;
        }
        match self.fetch.run {
            Run::One(one) => one(input, &self.args).and_then(|value| self.convert(value, input)).is_some_and(test),
            Run::Inspect(_) => self.evaluate(input).is_some_and(test),
            Run::Many { each, .. } => {
                let mut visit = |value| match self.convert(value, input) {
                    Some(value) if test(value) => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                };
                each(input, &self.args, &mut visit).is_break()
            }
        }
    }

    /// The type of its values.
    pub fn output(&self) -> Type {
        let made = self.converters.iter().rev().map(|link| link.converter.output).find(|output| *output != Type::Any);
        made.unwrap_or(self.fetch.output)
    }

    /// When it has a value.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The fetch that it begins with.
    pub fn fetch(&self) -> &'static Fetch {
        self.fetch
    }

    /// Whether converters change what the fetch gives.
    pub fn has_converters(&self) -> bool {
        !self.converters.is_empty()
    }

    /// What the converters make of a value that is given instead of the fetch's.
    #[inline]
    pub fn convert<'a>(&'a self, value: Value<'a>, input: &Input<'a>) -> Option<Value<'a>> {
        if self.converters.is_empty() {
            return Some(value);
        }
        self.converters.iter().try_fold(value, |value, link| {
            let value = value.cast(link.converter.input, input.scratch)?;
            (link.converter.run)(value, input, &link.args)
        })
    }
}

/// The converters of an expression while it is parsed.
struct Links {
    /// The type of what comes out of them so far.
    output: Type,
    converters: Vec<Link>,
}

impl Links {
    fn add(&mut self, parts: &mut Parts<'_>, name: Range<usize>, scope: &Scope<'_>) -> Parsed<()> {
        let name = parts.word.slice(name);
        let converter = convert::resolve(&name)?;
        if !castable(self.output, converter.input) {
            return Err(Diagnostic::error(format!("converter '{name}' cannot be applied to this value"))
                .code("type-mismatch")
                .at(name.span(), format!("takes '{}' and gets '{}'", converter.input.name(), self.output.name())));
        }
        let mut args = parts.arguments(&name, &converter.args, scope)?;
        if let Some(Err(fault)) = converter.prepare.map(|prepare| prepare(&mut args, scope)) {
            let fault = Diagnostic::error(format!("in '{name}', {fault}"));
            return Err(fault.code("bad-argument").at(name.span(), ""));
        }
        // What keeps the type of any value keeps this one's.
        if converter.output != Type::Any {
            self.output = converter.output;
        }
        self.converters.push(Link { converter, args });
        Ok(())
    }
}

/// Walks over the parts of the text of an expression.
struct Parts<'w> {
    word: &'w Word,
    at: usize,
    /// Whether a closing bracket ends it.
    bracketed: bool,
}

impl Parts<'_> {
    /// The keyword that begins here.
    fn keyword(&mut self) -> Range<usize> {
        let rest = &self.word.as_bytes()[self.at..];
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b'(' | b')' | b',' | b' ' | b'\t') || (self.bracketed && *byte == b']'));
        let range = self.at..self.at + length.unwrap_or(rest.len());
        self.at = range.end;
        range
    }

    /// The keyword behind the next comma; nothing at the end. Commas in a row, or at the end, count as one or none.
    fn next_keyword(&mut self) -> Parsed<Option<Range<usize>>> {
        let bytes = self.word.as_bytes();
        if self.bracketed && bytes.get(self.at) == Some(&b']') {
            return Ok(None);
        }
        if self.at < bytes.len() && bytes[self.at] != b',' {
            return Err(Diagnostic::error(format!("a comma is missing in '{}'", self.word))
                .code("missing-comma")
                .at(self.word.span_of(self.at..self.at + 1), "a comma and a converter can stand here, nothing else"));
        }
        while bytes.get(self.at) == Some(&b',') {
            self.at += 1;
        }
        if self.at == bytes.len() || (self.bracketed && bytes[self.at] == b']') {
            return Ok(None);
        }
        self.keyword_or_fault().map(Some)
    }

    fn keyword_or_fault(&mut self) -> Parsed<Range<usize>> {
        let range = self.keyword();
        if range.is_empty() {
            return Err(Diagnostic::error("a converter is missing")
                .code("missing-converter")
                .at(self.word.span_of(range.start..range.start + 1), ""));
        }
        Ok(range)
    }

    /// The arguments of `keyword`, which ends here.
    fn arguments(&mut self, keyword: &Word, spec: &ArgSpec, scope: &Scope<'_>) -> Parsed<Args> {
        if self.word.as_bytes().get(self.at) != Some(&b'(') {
            return spec.parse(keyword, &[], scope);
        }
        let arguments = parse_arguments(self.word, self.at)?;
        self.at = arguments.end;
        spec.parse(keyword, &arguments.values, scope)
    }
}

#[cfg(test)]
mod tests;
