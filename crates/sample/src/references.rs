//! The references that expressions, conditions and actions mention: files of patterns, and the patterns of single ACLs. Each is loaded when it
//! is mentioned first; what runs later holds views.

use std::sync::{Arc, OnceLock};

use burdock_pattern::{Columns, Handle, Kind, LoadFault, Mention, Reference, ReferenceTable, View, ViewSpec};
use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use crate::names::Names;

/// A reference that an action changes. It may be mentioned further down than the action, so that it is known only when all of the
/// configuration has been read; nothing where no ACL or map uses it.
#[derive(Clone, Debug, Default)]
pub struct ChangedReference(Arc<OnceLock<Arc<Reference>>>);

impl ChangedReference {
    /// The reference.
    pub fn get(&self) -> Option<&Reference> {
        self.0.get().map(|reference| &**reference)
    }
}

impl Names {
    /// The view of the file of patterns that a word names, which may begin with `file@`, `opt@` or `virt@`.
    ///
    /// # Errors
    /// The file cannot be had, or holds what the view cannot take.
    pub fn pattern_file(&self, word: &Word, columns: Columns, kind: Kind, spec: ViewSpec) -> Parsed<Arc<View>> {
        let refuse = |fault: LoadFault| {
            Diagnostic::error(fault.to_string()).code("bad-pattern-file").at(word.span(), "named here")
        };
        let name = word.to_str()?;
        let mut references = self.references.borrow_mut();
        let mention = self.mention(kind, word.span(), word.span().order());
        let handle = references.file(name, columns, mention, |path| self.read_file(path)).map_err(refuse)?;
        references.view(handle, spec).map_err(refuse)
    }

    /// The reference of an ACL's own patterns. `keyword` is the name of its sample fetch, `id` the number that `-u` gives it; it stands
    /// behind the last byte of `place`.
    ///
    /// # Errors
    /// As [`burdock_pattern::ReferenceTableBuilder::inline`].
    pub fn inline_patterns<'p>(
        &self,
        keyword: &str,
        place: Span,
        id: Option<u32>,
        patterns: impl IntoIterator<Item = &'p [u8]>,
    ) -> Result<Handle, LoadFault> {
        let mention = self.mention(Kind::Acl, place, place.after().order());
        self.references.borrow_mut().inline(keyword, mention, id, patterns)
    }

    /// A view of a reference.
    ///
    /// # Errors
    /// As [`burdock_pattern::ReferenceTableBuilder::view`].
    pub fn view(&self, handle: Handle, spec: ViewSpec) -> Result<Arc<View>, LoadFault> {
        self.references.borrow_mut().view(handle, spec)
    }

    /// The reference that an action changes.
    pub fn changed_reference(&self, name: &Word) -> ChangedReference {
        let reference = ChangedReference::default();
        self.changed.borrow_mut().push((name.clone(), reference.clone()));
        reference
    }

    /// Whether a file of patterns or an ACL's own patterns have been mentioned, or one that is to be changed.
    pub fn mentions_references(&self) -> bool {
        !self.references.borrow().is_empty() || !self.changed.borrow().is_empty()
    }

    /// All references, when everything that mentions them has been read; and the names of those that actions would change and that nothing
    /// looks at.
    pub fn finish_references(&self) -> (ReferenceTable, Vec<Word>) {
        let references = self.references.take();
        let mut unused = Vec::new();
        for (name, changed) in self.changed.take() {
            match references.find(&name.display()) {
                Some(reference) => {
                    let _ = changed.0.set(reference);
                }
                None => unused.push(name),
            }
        }
        (references.finish(), unused)
    }

    fn mention(&self, kind: Kind, span: Span, order: u64) -> Mention<'_> {
        let (file, line) = self.sources.locate(span).map_or(("", 0), |(file, position)| (file, position.line));
        Mention { kind, file, line, order }
    }
}
