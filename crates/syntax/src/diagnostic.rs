//! What is wrong, where, and what would make it right. Rendering is next door in [`crate::render`].

use std::fmt;

use crate::limits::MAX_FINDINGS;
use crate::source::Span;

/// How much a diagnostic matters. Ordered from the gravest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// Usable, but HAProxy warns about it too: fatal under `-dW` and `zero-warning`.
    Warning,
    /// Usable and silent in HAProxy, yet surely not what was meant. Shown by `burdock check`; never fatal.
    Advice,
    /// Information asked for by the configuration itself (`.notice`).
    Notice,
    /// Diagnostic mode only (`-dD`); never fatal.
    Diag,
}

impl Severity {
    /// All severities, the gravest first.
    pub const ALL: [Severity; 5] =
        [Severity::Error, Severity::Warning, Severity::Advice, Severity::Notice, Severity::Diag];

    /// The name in lower case, as tools see it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
            Severity::Notice => "notice",
            Severity::Diag => "diag",
        }
    }
}

/// A span with words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is underlined.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub text: String,
}

/// A way to repair what the diagnostic found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// What to do, as a sentence fragment: `did you mean "maxconn"?`.
    pub text: String,
    /// The change that does it: put this text in place of this span.
    pub replacement: Option<(Span, String)>,
}

/// One finding, built by chained calls:
/// `Diagnostic::error("unknown keyword 'maxcon'").at(span, "not known in 'global'").replace(span, "maxconn", "did you mean …")`.
///
/// Small to move about (one pointer), so that parsers can return `Result<T, Diagnostic>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic(Box<Finding>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    severity: Severity,
    code: Option<&'static str>,
    message: String,
    primary: Option<Label>,
    secondary: Vec<Label>,
    notes: Vec<String>,
    helps: Vec<Help>,
}

/// The outcome of parsing something that may be at fault.
pub type Parsed<T> = Result<T, Diagnostic>;

impl Diagnostic {
    /// A finding without place. Messages start in lower case and end without a full stop.
    pub fn new(severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic(Box::new(Finding {
            severity,
            code: None,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
        }))
    }

    /// A fault that makes the configuration unusable.
    pub fn error(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, message)
    }

    /// Something HAProxy warns about too.
    pub fn warning(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, message)
    }

    /// Something HAProxy accepts in silence but that cannot be meant.
    pub fn advice(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Advice, message)
    }

    /// Gives it a stable code that documentation and tools can refer to, such as `unknown-keyword`.
    pub fn code(mut self, code: &'static str) -> Diagnostic {
        self.0.code = Some(code);
        self
    }

    /// Sets the place it is about and what to write beside the underline (may be empty).
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.0.primary = Some(Label { span, text: label.into() });
        self
    }

    /// Sets the place only if there is none yet: for callers that know the word while the callee knew the reason.
    pub fn or_at(self, span: Span, label: impl Into<String>) -> Diagnostic {
        if self.0.primary.is_some() { self } else { self.at(span, label) }
    }

    /// Points at another place that matters, such as the first of two definitions.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.0.secondary.push(Label { span, text: label.into() });
        self
    }

    /// Adds a background fact.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.0.notes.push(text.into());
        self
    }

    /// Adds advice in words.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.0.helps.push(Help { text: text.into(), replacement: None });
        self
    }

    /// Adds advice that can be applied: put `new` in place of `span`.
    pub fn replace(mut self, span: Span, new: impl Into<String>, text: impl Into<String>) -> Diagnostic {
        self.0.helps.push(Help { text: text.into(), replacement: Some((span, new.into())) });
        self
    }

    /// The same finding at another severity.
    pub fn with_severity(mut self, severity: Severity) -> Diagnostic {
        self.0.severity = severity;
        self
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.0.severity
    }

    /// Its stable code, if it has one.
    pub fn stable_code(&self) -> Option<&'static str> {
        self.0.code
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The place it is about.
    pub fn primary(&self) -> Option<&Label> {
        self.0.primary.as_ref()
    }

    /// Where it is about.
    pub fn span(&self) -> Option<Span> {
        self.primary().map(|label| label.span)
    }

    /// Other places that matter.
    pub fn secondary(&self) -> &[Label] {
        &self.0.secondary
    }

    /// Background facts.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// Ways to repair it.
    pub fn helps(&self) -> &[Help] {
        &self.0.helps
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Diagnostic {}

/// Everything found in one configuration, faults and remarks together. Of each severity the first
/// [`MAX_FINDINGS`] are kept and the others counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// How many there were, by severity.
    counts: [usize; Severity::ALL.len()],
}

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = &mut self.counts[diagnostic.severity() as usize];
        *count += 1;
        if *count <= MAX_FINDINGS {
            self.found.push(diagnostic);
        }
    }

    /// Takes the value, or keeps the fault and yields `None`: `let Some(n) = diagnostics.take(parse(word)) else { … }`.
    pub fn take<T>(&mut self, parsed: Parsed<T>) -> Option<T> {
        parsed.map_err(|fault| self.push(fault)).ok()
    }

    /// Adds all findings of another collection.
    pub fn append(&mut self, other: Diagnostics) {
        let counts = self.counts.iter().zip(other.counts).map(|(mine, its)| mine + its).collect::<Vec<_>>();
        self.extend(other.found);
        self.counts.copy_from_slice(&counts);
    }

    /// The findings in the order they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.found.iter()
    }

    /// The findings ordered by place; those without a place come last, and equal places keep the order they were found in.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.found.iter().collect();
        sorted.sort_by_key(|diagnostic| match diagnostic.span() {
            Some(span) => (0, Some((span.source, span.start))),
            None => (1, None),
        });
        sorted
    }

    /// How many of this severity there were, kept or not.
    pub fn count(&self, severity: Severity) -> usize {
        self.counts[severity as usize]
    }

    /// How many there were beyond those that were kept.
    pub fn dropped(&self) -> usize {
        self.counts.iter().sum::<usize>() - self.found.len()
    }

    /// Whether the configuration is unusable.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Number of findings of any severity that were kept.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, findings: T) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn findings_are_ordered_by_place() {
        let mut sources = SourceMap::new();
        let files = ["one", "two"].map(|name| sources.add(name, "0123456789").unwrap().id());
        let at = |file: usize, start: u32| Span { source: files[file], start, end: start + 1 };
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error("nowhere"));
        diagnostics.push(Diagnostic::error("second file").at(at(1, 0), ""));
        diagnostics.push(Diagnostic::warning("late").at(at(0, 7), ""));
        diagnostics.push(Diagnostic::error("early, first found").at(at(0, 2), ""));
        diagnostics.push(Diagnostic::advice("early, found later").at(at(0, 2), ""));
        let messages: Vec<_> = diagnostics.sorted().into_iter().map(Diagnostic::message).collect();
        assert_eq!(messages, ["early, first found", "early, found later", "late", "second file", "nowhere"]);
    }

    #[test]
    fn findings_are_bounded_but_all_counted() {
        let mut diagnostics = Diagnostics::new();
        for _ in 0..MAX_FINDINGS + 5 {
            diagnostics.push(Diagnostic::advice("again"));
        }
        diagnostics.push(Diagnostic::error("still seen"));
        assert_eq!(diagnostics.len(), MAX_FINDINGS + 1);
        assert_eq!((diagnostics.count(Severity::Advice), diagnostics.dropped()), (MAX_FINDINGS + 5, 5));
        let mut sum = Diagnostics::new();
        sum.append(diagnostics.clone());
        sum.append(diagnostics);
        assert_eq!(sum.count(Severity::Advice), 2 * (MAX_FINDINGS + 5));
        assert_eq!(sum.len(), MAX_FINDINGS + 2);
        assert!(sum.has_errors());
    }
}
