//! Runs the options of a `bind`, `stats socket`, `server` or `default-server` line, which may come in any order.

use burdock_syntax::{Diagnostic, Parsed, Word};

use super::{Keyword, Sections, nearest, not_yet, with_suggestion};
use crate::args::Args;
use crate::ignored::{self, Place};
use crate::known::{self, Class};

/// The options of a kind of line.
pub(crate) struct OptionTable<D: 'static> {
    /// The families.
    pub families: &'static [&'static [Keyword<D>]],
    /// What HAProxy knows there.
    pub known: Class,
    /// Where to look for those without meaning.
    pub place: Place,
    /// Those that lines which come at run time cannot have.
    pub configuration_only: &'static [&'static str],
}

impl<D> OptionTable<D> {
    /// All options.
    pub fn iter(&self) -> impl Iterator<Item = &'static Keyword<D>> {
        self.families.iter().flat_map(|family| family.iter())
    }

    /// The options that lines which come at run time can have.
    pub fn at_run_time(&self) -> impl Iterator<Item = &'static Keyword<D>> {
        self.iter().filter(|keyword| !self.configuration_only.contains(&keyword.name))
    }

    /// The option of that name.
    fn find(&self, word: &Word) -> Option<&'static Keyword<D>> {
        self.iter().find(|keyword| {
            *word == *keyword.name || (keyword.takes_parameter() && parameter_behind(word, keyword.name).is_some())
        })
    }

    /// Whether HAProxy or Burdock has an option of that name.
    pub fn knows(&self, word: &Word) -> bool {
        self.find(word).is_some() || known::find(self.known, &word.display()).is_some()
    }

    /// Whether a word is an option or was probably meant to be one.
    fn may_be(&self, word: &Word) -> bool {
        self.knows(word) || nearest(&word.display(), self.names()).is_some()
    }

    /// What there is to choose from.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.iter().map(|keyword| keyword.name).chain(known::names(std::slice::from_ref(&self.known)))
    }

    /// Reads all options up to the line's end. A fault is reported, and reading goes on with the next option.
    pub fn run(&self, target: &mut D, args: &mut Args<'_>) {
        while let Some(word) = args.next() {
            let name = word.display();
            if let Some(keyword) = self.find(word) {
                args.enter(keyword.name, word.span(), keyword.arguments);
                if args.context.section == Sections::RUNTIME && self.configuration_only.contains(&keyword.name) {
                    args.report(Diagnostic::error(format!("'{name}' option is not accepted for dynamic server")));
                }
                args.parameter = parameter_behind(word, keyword.name);
                if let Err(fault) = (keyword.parse)(target, args) {
                    args.report(fault.or_at(word.span(), ""));
                }
                continue;
            }
            let Some(known) = known::find(self.known, &name) else {
                args.report(self.unknown(word));
                args.skip_until(|word| self.may_be(word));
                continue;
            };
            match ignored::find_option(self.place, &name) {
                Some(ignored) => args.report(ignored.advice(&name, word.span())),
                None => args.report(not_yet(&name, word.span())),
            }
            match known.arguments {
                Some(count) => args.skip(count),
                None => args.skip_until(|word| self.knows(word)),
            }
        }
    }

    /// The option of that name, where it is one of `names`.
    pub fn find_some(&self, names: &[&str], word: &Word) -> Option<&'static Keyword<D>> {
        self.find(word).filter(|option| names.contains(&option.name))
    }

    /// As [`OptionTable::run`], for a line that may only have the options of these names, and has to have one.
    pub fn run_some(&self, names: &[&str], target: &mut D, args: &mut Args<'_>) -> Parsed<()> {
        if args.peek().is_none() {
            return Err(args.missing("an option"));
        }
        while let Some(word) = args.next() {
            let Some(option) = self.find_some(names, word) else {
                let fault = Diagnostic::error(format!("'{word}' is not an option that all lines can have"))
                    .code("unknown-option")
                    .at(word.span(), "not possible here");
                return Err(with_suggestion(fault, word, names.iter().copied()));
            };
            args.enter(option.name, word.span(), option.arguments);
            (option.parse)(target, args)?;
        }
        Ok(())
    }

    fn unknown(&self, word: &Word) -> Diagnostic {
        let fault = Diagnostic::error(format!("unknown option '{word}'"))
            .code("unknown-option")
            .at(word.span(), "not known here");
        with_suggestion(fault, word, self.names())
    }
}

/// What stands in parentheses behind the name of an option.
fn parameter_behind(word: &Word, name: &str) -> Option<Word> {
    let rest = word.as_bytes().strip_prefix(name.as_bytes())?;
    (rest.first() == Some(&b'(') && rest.last() == Some(&b')')).then(|| word.slice(name.len() + 1..word.len() - 1))
}
