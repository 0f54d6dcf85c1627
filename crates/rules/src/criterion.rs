//! One test: an expression, a match method and its patterns. What an `acl` line says behind the name, and what stands between braces.

use std::sync::Arc;

use burdock_http::Method;
use burdock_pattern::{
    Case, Columns, EntryFault, Handle, Kind, LoadFault, MatchMethod, Notation, Operator, PatternFault, Subject,
    ValueKind, View, ViewSpec, without_operator,
};
use burdock_sample::{Expression, Input, Scope, Sight, Type, Value, castable};
use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Word};

use crate::keyword::{self, Comparison};
use crate::verdict::Verdict;

/// A compiled test.
#[derive(Clone, Debug)]
pub struct Criterion {
    expression: Expression,
    /// What the expression's values become before they are compared.
    subject: Type,
    patterns: Patterns,
    /// The keyword as it was written, for messages.
    keyword: Box<str>,
    /// The whole test as it was written.
    text: Box<str>,
}

/// The patterns, of which one must match.
#[derive(Clone, Debug)]
enum Patterns {
    /// Those of the ACL itself, which can be added to at run time.
    Own(Arc<View>),
    /// Also those of files.
    Files(Box<[Arc<View>]>),
    /// Request methods: what looks like a known one is compared as it is, all else without regard to case.
    Methods { exact: Arc<View>, folded: Arc<View> },
}

/// What stands between an expression and its patterns.
#[derive(Debug, Default)]
struct Flags<'w> {
    method: Option<MatchMethod>,
    case: Case,
    id: Option<u32>,
    /// `-f`: the name of a file, and how it is looked at.
    files: Vec<(&'w Word, Columns, Case)>,
    /// `-M`: whether files are maps.
    columns: Option<Columns>,
    /// Index of the first pattern.
    patterns: usize,
}

impl Criterion {
    /// Parses an expression, flags and patterns. Warnings go to `diagnostics`.
    pub fn parse(words: &[Word], scope: &Scope<'_>, diagnostics: &mut Diagnostics) -> Parsed<Self> {
        let Some((first, rest)) = words.split_first() else {
            return Err(Diagnostic::error("a sample fetch is missing").code("missing-fetch"));
        };
        let mut implied = None;
        let expression = Expression::parse_with(first, scope, |name| {
            let (fetch, comparison) = keyword::resolve(name)?;
            implied = comparison;
            Ok(fetch)
        })?;
        let flags = Flags::parse(rest)?;
        let comparison = compare(&expression, implied, flags.method, first)?;
        if implied.is_some_and(|implied| implied != comparison && implied != Comparison::By(MatchMethod::Str)) {
            diagnostics.push(overwritten(first));
        }
        let method = comparison.method();
        if rest.is_empty() && method.looks_at_patterns() {
            diagnostics.push(never_matches(first, method));
        }
        let patterns = Patterns::load(words, &flags, comparison, scope)?;
        Ok(Self {
            subject: subject(method),
            patterns,
            keyword: expression_name(first).into(),
            text: words.iter().map(Word::display).collect::<Vec<_>>().join(" ").into(),
            expression,
        })
    }

    /// Whether any value of the expression matches.
    pub fn holds(&self, input: &Input<'_>) -> bool {
        self.expression.any(input, |value| {
            let Some(value) = value.cast(self.subject, input.scratch) else { return false };
            self.patterns.matches(match value {
                Value::Bool(value) => Subject::Bool(value),
                Value::Int(value) => Subject::Int(value),
                Value::Addr(address) => Subject::Address(address),
                Value::Str(bytes) | Value::Bin(bytes) | Value::Method(bytes) => Subject::Bytes(bytes),
            })
        })
    }

    /// The same while content is inspected: what does not match yet may match later.
    pub fn judge(&self, input: &Input<'_>) -> Verdict {
        if self.holds(input) {
            Verdict::Holds
        } else if matches!(self.expression.sight(input), Sight::Changing(_)) {
            Verdict::Undecided
        } else {
            Verdict::Fails
        }
    }

    /// When the expression has a value.
    pub fn validity(&self) -> burdock_sample::Validity {
        self.expression.validity()
    }

    /// The test as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is compared.
    pub const fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The keyword that it begins with.
    pub fn keyword(&self) -> &str {
        &self.keyword
    }
}

impl Comparison {
    const fn method(self) -> MatchMethod {
        match self {
            Self::By(method) => method,
            Self::Method => MatchMethod::Str,
        }
    }
}

impl Patterns {
    /// Loads files and takes the words behind the flags. `words` are those of the whole test.
    fn load(words: &[Word], flags: &Flags<'_>, comparison: Comparison, scope: &Scope<'_>) -> Parsed<Self> {
        let names = scope.names;
        let spec = |case| ViewSpec { method: comparison.method(), case, values: ValueKind::None };
        let files = flags.files.iter();
        let files = files.map(|&(name, columns, case)| names.pattern_file(name, columns, Kind::Acl, spec(case)));
        let mut views = files.collect::<Parsed<Vec<_>>>()?;
        let own = Own::parse(words, flags, comparison.method(), scope)?;
        if comparison == Comparison::Method && flags.case == Case::Ignored && views.is_empty() {
            return Ok(Self::Methods {
                exact: own.view(scope, spec(Case::Matters))?,
                folded: own.view(scope, spec(Case::Ignored))?,
            });
        }
        let own = own.view(scope, spec(flags.case))?;
        if views.is_empty() {
            return Ok(Self::Own(own));
        }
        views.push(own);
        Ok(Self::Files(views.into()))
    }

    fn matches(&self, subject: Subject<'_>) -> bool {
        match self {
            Self::Own(view) => view.matches(subject),
            Self::Files(views) => views.iter().any(|view| view.matches(subject)),
            Self::Methods { exact, folded } => match subject {
                Subject::Bytes(name) if looks_known(name) => exact.matches(subject),
                _ => folded.matches(subject),
            },
        }
    }
}

/// Whether it is a known request method, but for case.
fn looks_known(name: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let mut upper = [0; LONGEST];
    let Some(upper) = upper.get_mut(..name.len()) else { return false };
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    Method::from_bytes(upper) != Method::Other
}

/// The patterns that an ACL holds itself.
struct Own<'w> {
    handle: Handle,
    /// Each as its reference holds it, and as it was written.
    patterns: Vec<(Vec<u8>, &'w Word)>,
    keyword: &'w Word,
}

impl<'w> Own<'w> {
    fn parse(words: &'w [Word], flags: &Flags<'_>, method: MatchMethod, scope: &Scope<'_>) -> Parsed<Self> {
        let (before, behind) = words.split_at_checked(flags.patterns + 1).unwrap_or((words, &[]));
        let (Some(keyword), Some(last)) = (before.first(), before.last()) else {
            return Err(Diagnostic::error("a sample fetch is missing").code("missing-fetch"));
        };
        let notation = match method {
            MatchMethod::Int | MatchMethod::Len => Some(Notation::Decimal),
            MatchMethod::Version => Some(Notation::Version),
            _ => None,
        };
        let mut operator = Operator::default();
        let mut patterns = Vec::with_capacity(behind.len());
        for word in behind {
            let Some(notation) = notation else {
                patterns.push((word.as_bytes().to_vec(), word));
                continue;
            };
            match Operator::from_word(word.as_bytes()) {
                Some(found) => operator = found,
                None => {
                    let pattern = without_operator(word.as_bytes(), operator, notation);
                    patterns.push((pattern.map_err(|fault| bad_pattern(fault, word))?, word));
                }
            }
        }
        let texts = patterns.iter().map(|(pattern, _)| pattern.as_slice());
        let handle = scope.names.inline_patterns(&expression_name(keyword), last.span(), flags.id, texts);
        let handle = handle.map_err(|fault| {
            Diagnostic::error(fault.to_string()).code("repeated-id").at(keyword.span(), "another ACL has this number")
        })?;
        Ok(Self { handle, patterns, keyword })
    }

    fn view(&self, scope: &Scope<'_>, spec: ViewSpec) -> Parsed<Arc<View>> {
        scope.names.view(self.handle, spec).map_err(|fault| match fault.entry() {
            Some(EntryFault::Key(key, reason)) => {
                let word = self.patterns.iter().find(|(pattern, _)| **pattern == **key).map(|(_, word)| *word);
                bad_pattern(reason.clone(), word.unwrap_or(self.keyword))
            }
            _ => unusable(&fault, self.keyword),
        })
    }
}

fn unusable(fault: &LoadFault, word: &Word) -> Diagnostic {
    Diagnostic::error(fault.to_string()).code("bad-pattern").at(word.span(), "")
}

impl<'w> Flags<'w> {
    /// Reads the words in front of the first pattern.
    fn parse(words: &'w [Word]) -> Parsed<Self> {
        let mut flags = Self::default();
        while let Some(word) = words.get(flags.patterns) {
            match word.as_bytes() {
                b"--" => {
                    flags.patterns += 1;
                    break;
                }
                b"-i" => flags.case = Case::Ignored,
                // Host names are not resolved here anyway.
                b"-n" => {}
                b"-m" => {
                    let name = words.get(flags.patterns + 1);
                    let method = match_method(word, name)?;
                    if !flags.files.is_empty() {
                        return Err(Diagnostic::error("'-m' must stand in front of all patterns and files")
                            .code("misplaced-flag")
                            .at(word.span(), "behind a file here"));
                    }
                    if flags.method.replace(method).is_some() {
                        return Err(Diagnostic::error("only one matching method can be chosen with '-m'")
                            .code("repeated-flag")
                            .at(word.span(), "the second one"));
                    }
                    flags.patterns += 1;
                }
                b"-M" => flags.columns = Some(Columns::Two),
                b"-f" => {
                    let name = argument(words, flags.patterns, "the name of a file")?;
                    flags.files.push((name, flags.columns.unwrap_or(Columns::One), flags.case));
                    flags.patterns += 1;
                }
                b"-u" => {
                    let number = argument(words, flags.patterns, "a number")?;
                    let known = number.to_str().ok().and_then(|text| text.parse().ok());
                    flags.id = Some(known.ok_or_else(|| {
                        Diagnostic::error("the argument of '-u' must be a number")
                            .code("bad-argument")
                            .at(number.span(), "")
                    })?);
                    flags.patterns += 1;
                }
                [b'-', ..] => {
                    return Err(Diagnostic::error(format!("'{word}' is not an ACL flag"))
                        .code("unknown-flag")
                        .at(word.span(), "")
                        .help("write '--' before patterns that begin with a dash"));
                }
                _ => break,
            }
            flags.patterns += 1;
        }
        Ok(flags)
    }
}

/// The word behind the flag at `at`.
fn argument<'w>(words: &'w [Word], at: usize, what: &str) -> Parsed<&'w Word> {
    words.get(at + 1).filter(|word| !word.is_empty()).ok_or_else(|| {
        let place = words.get(at).map(|flag| flag.span().after());
        let fault = Diagnostic::error(format!("an ACL flag lacks {what}")).code("missing-argument");
        match place {
            Some(place) => fault.at(place, "here"),
            None => fault,
        }
    })
}

fn match_method(flag: &Word, name: Option<&Word>) -> Parsed<MatchMethod> {
    let Some(name) = name else {
        return Err(Diagnostic::error("'-m' lacks the name of a matching method")
            .code("missing-argument")
            .at(flag.span().after(), "here"));
    };
    let text = name.display();
    MatchMethod::from_name(&text).ok_or_else(|| {
        if text == "regm" {
            return Diagnostic::error("the matching method 'regm' is for maps only")
                .code("bad-method")
                .at(name.span(), "");
        }
        let fault = Diagnostic::error(format!("unknown matching method '{text}'")).code("unknown-name");
        let fault = fault.at(name.span(), "not known");
        match suggest(&text, MatchMethod::ALL.map(MatchMethod::name)) {
            Some(near) => fault.replace(name.span(), near, format!("did you mean '{near}'?")),
            None => fault,
        }
    })
}

/// How the expression is compared: as asked for, else as its keyword implies, else by its type.
fn compare(
    expression: &Expression,
    implied: Option<Comparison>,
    asked: Option<MatchMethod>,
    word: &Word,
) -> Parsed<Comparison> {
    let output = expression.output();
    if let Some(method) = asked {
        if !castable(output, subject(method)) {
            return Err(Diagnostic::error(format!(
                "the matching method '{}' cannot be used with '{word}'",
                method.name()
            ))
            .code("type-mismatch")
            .at(word.span(), format!("gives values of type '{}'", output.name())));
        }
        return Ok(Comparison::By(method));
    }
    // A keyword's own method holds for what its fetch gives, not for what converters make of that.
    if let Some(implied) = implied.filter(|_| !expression.has_converters()) {
        return Ok(implied);
    }
    Ok(Comparison::By(match output {
        Type::Bool => MatchMethod::Bool,
        Type::Int => MatchMethod::Int,
        Type::Addr => MatchMethod::Ip,
        Type::Str => MatchMethod::Str,
        Type::Any | Type::Bin | Type::Method => {
            return Err(Diagnostic::error(format!("'{word}' needs a matching method"))
                .code("missing-method")
                .at(word.span(), format!("gives values of type '{}'", output.name()))
                .help("choose one with '-m' in front of the patterns, such as '-m str'"));
        }
    }))
}

/// The type that values have to have for a method.
const fn subject(method: MatchMethod) -> Type {
    match method {
        MatchMethod::Found => Type::Any,
        MatchMethod::Bool => Type::Bool,
        MatchMethod::Int | MatchMethod::Version => Type::Int,
        MatchMethod::Ip => Type::Addr,
        MatchMethod::Bin => Type::Bin,
        MatchMethod::Len
        | MatchMethod::Str
        | MatchMethod::Beg
        | MatchMethod::End
        | MatchMethod::Sub
        | MatchMethod::Dir
        | MatchMethod::Dom
        | MatchMethod::Reg => Type::Str,
    }
}

/// The name in front of an expression.
fn expression_name(word: &Word) -> String {
    let text = word.display();
    text.split(['(', ',']).next().unwrap_or_default().to_owned()
}

fn overwritten(word: &Word) -> Diagnostic {
    let name = expression_name(word);
    Diagnostic::warning(format!(
        "original matching method '{name}' was overwritten and will not be applied as expected"
    ))
    .code("overwritten-method")
    .at(word.span(), "this name implies a method of its own")
    .help("use the plain sample fetch together with '-m'")
}

fn never_matches(word: &Word, method: MatchMethod) -> Diagnostic {
    Diagnostic::warning(format!("'{word}' is given no pattern to match against, so this ACL will never match"))
        .code("no-pattern")
        .at(word.span(), format!("compared by '{}' with nothing", method.name()))
        .help("to test for existence, use '-m found'; to test a number for not being zero, '-m bool'")
        .help("add '--' if it is meant")
}

fn bad_pattern(fault: PatternFault, word: &Word) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("'{word}' is {fault}")).code("bad-pattern").at(word.span(), "");
    match fault {
        PatternFault::NotAnAddress => diagnostic.note("names of hosts are not resolved in patterns"),
        _ => diagnostic,
    }
}
