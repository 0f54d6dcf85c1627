//! Named ACLs of a section.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use burdock_sample::{AclLookup, Acls, Decide, Input, Phase, Scope};
use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Span, Word};

use crate::criterion::Criterion;
use crate::predefined;
use crate::verdict::Verdict;

/// A named ACL: its lines in order, of which one must hold.
#[derive(Debug)]
pub(crate) struct Acl {
    name: Box<str>,
    /// Set once all lines of the section have been read: those of one name need not stand together, and `acl()` in other lines may name it
    /// before.
    criteria: OnceLock<Vec<Criterion>>,
}

impl Acl {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn criteria(&self) -> &[Criterion] {
        self.criteria.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn holds(&self, input: &Input<'_>) -> bool {
        self.criteria().iter().any(|criterion| criterion.holds(input))
    }

    /// The same while content is inspected.
    pub(crate) fn judge(&self, input: &Input<'_>) -> Verdict {
        Verdict::any(self.criteria().iter().map(|criterion| criterion.judge(input)))
    }

    fn predefined(name: &Word, criterion: Criterion) -> Self {
        Self { name: name.display().into(), criteria: OnceLock::from(vec![criterion]) }
    }

    /// The warning that it has no value, or not always one, where it is used.
    pub(crate) fn misplaced(&self, phase: Phase, span: Span) -> Option<Diagnostic> {
        let impossible = |criterion: &&Criterion| !criterion.validity().contains(phase);
        let first = self.criteria().iter().find(impossible)?;
        let (name, place) = (&self.name, phase.name());
        let message = if self.criteria().iter().all(|criterion| impossible(&criterion)) {
            format!(
                "acl '{name}' will never match because it only involves keywords that are incompatible with '{place}'"
            )
        } else {
            format!("acl '{name}' involves keyword '{}' which is incompatible with '{place}'", first.keyword())
        };
        Some(Diagnostic::warning(message).code("misplaced-sample").at(span, ""))
    }
}

impl Decide for Acl {
    fn decide(&self, input: &Input<'_>) -> Option<bool> {
        match self.judge(input) {
            Verdict::Holds => Some(true),
            Verdict::Fails => Some(false),
            Verdict::Undecided => None,
        }
    }
}

/// The `acl` lines of a section.
#[derive(Debug)]
pub struct AclTable<'n> {
    scope: Scope<'n>,
    by_name: HashMap<Vec<u8>, Named>,
    /// The predefined ones that are in use: each is made once a section.
    predefined: RefCell<HashMap<Vec<u8>, Arc<Acl>>>,
}

#[derive(Debug)]
struct Named {
    acl: Arc<Acl>,
    /// Number of the first line of that name, from zero.
    declared: usize,
    /// Whether a line of it was at fault.
    broken: bool,
    /// The other ACLs that its lines name with `acl()`.
    mentions: BTreeSet<Vec<u8>>,
}

/// What one `acl` line may name: ACLs of lines before it which do not depend on the one that it belongs to.
#[derive(Debug)]
struct LineLookup<'t, 'n> {
    table: &'t AclTable<'n>,
    /// The name of the line.
    own: &'t [u8],
    mentions: RefCell<BTreeSet<Vec<u8>>>,
}

impl AclLookup for LineLookup<'_, '_> {
    fn find(&self, name: &Word, lines: usize) -> Parsed<Option<Arc<dyn Decide>>> {
        if self.table.depends(name.as_bytes(), self.own) {
            return Err(Diagnostic::error(format!("ACL '{name}' would depend on itself"))
                .code("recursive-acl")
                .at(name.span(), "this leads back to the ACL that is declared here"));
        }
        self.mentions.borrow_mut().insert(name.as_bytes().to_vec());
        AclLookup::find(self.table, name, lines)
    }
}

impl AclLookup for AclTable<'_> {
    fn find(&self, name: &Word, lines: usize) -> Parsed<Option<Arc<dyn Decide>>> {
        Ok(self.before(lines).find(name)?.map(|acl| acl as Arc<dyn Decide>))
    }
}

/// The ACLs that a rule may name: those of the lines before it.
#[derive(Clone, Copy, Debug)]
pub struct AclScope<'a> {
    table: &'a AclTable<'a>,
    lines: usize,
}

impl<'n> AclTable<'n> {
    /// Reads all `acl` lines of a section, each without the keyword. Lines of one name make one ACL. What is wrong goes to `diagnostics`.
    pub fn parse<'w>(
        lines: impl IntoIterator<Item = &'w [Word]>,
        scope: Scope<'n>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut table = Self { scope, by_name: HashMap::new(), predefined: RefCell::default() };
        let mut criteria: HashMap<Vec<u8>, Vec<Criterion>> = HashMap::new();
        for (number, words) in lines.into_iter().enumerate() {
            let Some(name) = diagnostics.take(parse_name(words)) else { continue };
            let own = name.as_bytes();
            let lookup = LineLookup { table: &table, own, mentions: RefCell::default() };
            let scope = Scope { acls: Some(Acls { lookup: &lookup, lines: number }), ..scope };
            let criterion = Criterion::parse(words.get(1..).unwrap_or_default(), &scope, diagnostics);
            let mentions = lookup.mentions.into_inner();
            let named = table.by_name.entry(own.to_vec()).or_insert_with(|| Named::new(name, number));
            named.mentions.extend(mentions);
            match diagnostics.take(criterion.map_err(|fault| fault.or_at(name.span(), "this ACL tests nothing"))) {
                Some(criterion) => criteria.entry(own.to_vec()).or_default().push(criterion),
                None => named.broken = true,
            }
        }
        for (name, criteria) in criteria {
            if let Some(named) = table.by_name.get(&name) {
                // It is set here alone.
                let _ = named.acl.criteria.set(criteria);
            }
        }
        table
    }

    /// Whether the ACL of a name is `other`, or names it, be it by way of further ones.
    fn depends(&self, name: &[u8], other: &[u8]) -> bool {
        let Some(named) = self.by_name.get(name) else { return false };
        name == other || named.mentions.iter().any(|mentioned| self.depends(mentioned, other))
    }

    /// What a rule may name that stands behind the first `lines` lines.
    pub fn before(&self, lines: usize) -> AclScope<'_> {
        AclScope { table: self, lines }
    }

    /// What a rule may name that stands behind all lines.
    pub fn whole(&self) -> AclScope<'_> {
        self.before(usize::MAX)
    }
}

impl Named {
    fn new(name: &Word, declared: usize) -> Self {
        let acl = Arc::new(Acl { name: name.display().into(), criteria: OnceLock::new() });
        Self { acl, declared, broken: false, mentions: BTreeSet::new() }
    }
}

impl<'a> AclScope<'a> {
    /// What expressions beside the ACLs may name; these with `acl()`.
    pub fn names(&self) -> Scope<'a> {
        Scope { acls: Some(Acls { lookup: self.table, lines: self.lines }), ..self.table.scope }
    }

    /// The ACL of that name, which may be a predefined one. Nothing where its own lines are at fault and have been complained about.
    pub(crate) fn find(&self, name: &Word) -> Parsed<Option<Arc<Acl>>> {
        match self.table.by_name.get(name.as_bytes()) {
            Some(named) if named.declared < self.lines => Ok((!named.broken).then(|| Arc::clone(&named.acl))),
            Some(_) => {
                Err(unknown_acl(name)
                    .help("it is declared further down: an ACL must stand before the rules that use it"))
            }
            None => self.predefined(name).map(Some),
        }
    }

    fn predefined(&self, name: &Word) -> Parsed<Arc<Acl>> {
        let mut known = self.table.predefined.borrow_mut();
        if let Some(acl) = known.get(name.as_bytes()) {
            return Ok(Arc::clone(acl));
        }
        let Some(criterion) = predefined::parse(name, &self.table.scope) else {
            return Err(self.suggest(name, unknown_acl(name)));
        };
        let acl = Arc::new(Acl::predefined(name, criterion?));
        known.insert(name.as_bytes().to_vec(), Arc::clone(&acl));
        Ok(acl)
    }

    fn suggest(&self, name: &Word, fault: Diagnostic) -> Diagnostic {
        if name.as_bytes().starts_with(b"{") || name.as_bytes().ends_with(b"}") {
            return fault.help("braces are words of their own: put blanks around them");
        }
        if *name == "and" {
            return fault.help("terms beside one another must all hold: leave the word out");
        }
        let names = self.table.by_name.iter().filter(|(_, named)| named.declared < self.lines);
        let mut names: Vec<_> = names.filter_map(|(name, _)| std::str::from_utf8(name).ok()).collect();
        names.sort_unstable();
        match suggest(&name.display(), names.into_iter().chain(predefined::names())) {
            Some(near) => fault.replace(name.span(), near, format!("did you mean '{near}'?")),
            None => fault,
        }
    }
}

fn unknown_acl(name: &Word) -> Diagnostic {
    Diagnostic::error(format!("no such ACL: '{name}'"))
        .code("unknown-acl")
        .at(name.span(), "not declared before this line")
}

/// Checks the name of an `acl` line (configuration manual 7.1).
fn parse_name(words: &[Word]) -> Parsed<&Word> {
    let Some(name) = words.first() else {
        return Err(Diagnostic::error("'acl' lacks a name and a test").code("missing-argument"));
    };
    let forbidden = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    if let Some(at) = name.as_bytes().iter().position(forbidden) {
        return Err(Diagnostic::error(format!("'{name}' cannot be the name of an ACL"))
            .code("bad-name")
            .at(name.span_of(at..at + 1), "only letters, digits, '-', '_', '.' and ':' can stand here"));
    }
    if *name == "or" {
        return Err(Diagnostic::error("an ACL named 'or' could never be used")
            .code("bad-name")
            .at(name.span(), "in conditions this word separates alternatives"));
    }
    Ok(name)
}
