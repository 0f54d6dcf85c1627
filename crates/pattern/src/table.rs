//! All references of a configuration: by name, so that rules which name the same file share it, and by number, for commands (configuration
//! manual 2.7, management manual 9.3).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::file;
use crate::reference::{BadEntry, Columns, EntryFault, Identity, Kind, Reference};
use crate::view::{View, ViewSpec};

/// The references of a configuration that is being read.
#[derive(Debug, Default)]
pub struct ReferenceTableBuilder {
    references: Vec<Draft>,
    by_name: HashMap<String, usize>,
    /// The patterns of ACLs, by where they stand.
    inline: HashMap<Place, usize>,
    taken: BTreeSet<u32>,
}

/// Where the patterns of an ACL stand, and what they are: rules of a `defaults` section are read more than once.
type Place = (u64, Vec<Box<[u8]>>);

#[derive(Debug)]
struct Draft {
    reference: Arc<Reference>,
    identity: Identity,
    /// Where and how it is mentioned.
    mentions: BTreeMap<u64, String>,
    /// How it is looked at, and where.
    views: Vec<(u64, ViewSpec)>,
    /// The number that the configuration gives it.
    id: Option<u32>,
}

/// A reference of a table that is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    at: usize,
    /// Where it was mentioned.
    order: u64,
}

/// Where a configuration mentions a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    /// By an ACL or by a map.
    pub kind: Kind,
    /// The configuration file.
    pub file: &'a str,
    /// The line in it.
    pub line: u32,
    /// Its place among all mentions, whatever the order in which they are read. What is read again has the same.
    pub order: u64,
}

/// All references of a configuration.
#[derive(Debug, Default)]
pub struct ReferenceTable {
    by_id: BTreeMap<u32, Arc<Reference>>,
    by_name: HashMap<String, Arc<Reference>>,
}

/// Why a reference cannot be had. Its text is HAProxy's, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadFault {
    /// The file cannot be opened.
    Open(String),
    /// The file cannot be read.
    Read(String, String),
    /// The file is in use with the other number of columns.
    Columns(String, Columns),
    /// Another ACL has been given the number.
    IdTaken,
    /// An entry is wrong; the name is empty where it stands in the configuration itself.
    Entry(String, BadEntry),
}

/// A name as the configuration has it, taken apart.
enum Source<'a> {
    /// `file@` or nothing.
    File(&'a str),
    /// `opt@`
    Optional(&'a str),
    /// `virt@`, which belongs to the name.
    Virtual(&'a str),
}

impl<'a> Source<'a> {
    fn parse(name: &'a str) -> Self {
        if let Some(path) = name.strip_prefix("opt@") {
            Self::Optional(path)
        } else if name.len() > "virt@".len() && name.starts_with("virt@") {
            Self::Virtual(name)
        } else {
            Self::File(name.strip_prefix("file@").unwrap_or(name))
        }
    }

    const fn name(&self) -> &'a str {
        match self {
            Self::File(name) | Self::Optional(name) | Self::Virtual(name) => name,
        }
    }
}

impl ReferenceTableBuilder {
    /// Whether nothing has been mentioned.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// The reference that `name` identifies, loaded by `read` when it is mentioned first.
    ///
    /// # Errors
    /// [`LoadFault::Open`], [`LoadFault::Read`], [`LoadFault::Columns`].
    pub fn file(
        &mut self,
        name: &str,
        columns: Columns,
        mention: Mention<'_>,
        read: impl FnOnce(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Handle, LoadFault> {
        let source = Source::parse(name);
        let by = match columns {
            Columns::One => "acl",
            Columns::Two => "map",
        };
        let by = format!("by {by} at file '{}' line {}", mention.file, mention.line);
        let at = if let Some(&at) = self.by_name.get(source.name()) {
            let known = self.references[at].reference.columns();
            if known != columns {
                return Err(LoadFault::Columns(source.name().to_owned(), known));
            }
            at
        } else {
            let reference = Reference::new(columns);
            if let Some(text) = load(&source, read)? {
                reference.load(file::entries(&text, columns));
            }
            let description = format!("pattern loaded from file '{name}' used ");
            let identity = Identity { name: source.name().to_owned(), description, ..Identity::NOT_YET };
            self.by_name.insert(source.name().to_owned(), self.references.len());
            self.references.push(Draft {
                reference: Arc::new(reference),
                identity,
                mentions: BTreeMap::new(),
                views: Vec::new(),
                id: None,
            });
            self.references.len() - 1
        };
        let Draft { identity, mentions, .. } = &mut self.references[at];
        mentions.insert(mention.order, by);
        identity.used_by_acl |= mention.kind == Kind::Acl;
        identity.used_by_map |= columns == Columns::Two;
        Ok(Handle { at, order: mention.order })
    }

    /// A reference of its own for the patterns of an ACL, which every ACL has, if only to be filled at run time. `keyword` is the name of its
    /// sample fetch, `id` the number that `-u` gives it.
    ///
    /// # Errors
    /// [`LoadFault::IdTaken`].
    pub fn inline<'a>(
        &mut self,
        keyword: &str,
        mention: Mention<'_>,
        id: Option<u32>,
        patterns: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Handle, LoadFault> {
        // Rules of a `defaults` section are read once for each section that starts from it.
        let place = (mention.order, patterns.into_iter().map(Box::from).collect::<Vec<_>>());
        if let Some(&at) = self.inline.get(&place) {
            return Ok(Handle { at, order: mention.order });
        }
        if id.is_some_and(|id| !self.taken.insert(id)) {
            return Err(LoadFault::IdTaken);
        }
        let reference = Reference::new(Columns::One);
        reference.load(place.1.iter().map(|pattern| (mention.line, Arc::from(&**pattern), None)));
        let description = format!("acl '{keyword}' file '{}' line {}", mention.file, mention.line);
        let identity = Identity { description, used_by_acl: true, ..Identity::NOT_YET };
        let mentions = BTreeMap::from([(mention.order, String::new())]);
        self.inline.insert(place, self.references.len());
        self.references.push(Draft { reference: Arc::new(reference), identity, mentions, views: Vec::new(), id });
        Ok(Handle { at: self.references.len() - 1, order: mention.order })
    }

    /// A view of a reference. Those that look at it alike share one.
    ///
    /// # Errors
    /// [`LoadFault::Entry`].
    pub fn view(&mut self, handle: Handle, spec: ViewSpec) -> Result<Arc<View>, LoadFault> {
        let Draft { reference, identity, views, .. } = &mut self.references[handle.at];
        views.push((handle.order, spec));
        reference.view(spec).map_err(|fault| LoadFault::Entry(identity.name.clone(), fault))
    }

    /// The reference that was mentioned by this name, for actions that change it.
    pub fn find(&self, name: &str) -> Option<Arc<Reference>> {
        let at = *self.by_name.get(Source::parse(name).name())?;
        Some(Arc::clone(&self.references[at].reference))
    }

    /// Numbers the references in the order of their first mentions, past the numbers that the configuration gives out itself.
    pub fn finish(self) -> ReferenceTable {
        let Self { mut references, taken, .. } = self;
        references.sort_by_key(|draft| draft.mentions.keys().next().copied());
        let mut free = (0..).filter(|id| !taken.contains(id));
        let mut table = ReferenceTable::default();
        for Draft { reference, mut identity, mentions, mut views, id } in references {
            views.sort_by_key(|(order, _)| *order);
            reference.order_views(|spec| views.iter().position(|(_, known)| *known == spec));
            identity.description.push_str(&mentions.into_values().collect::<Vec<_>>().join(", "));
            identity.id = id.or_else(|| free.next()).unwrap_or(u32::MAX);
            if !identity.name.is_empty() {
                table.by_name.insert(identity.name.clone(), Arc::clone(&reference));
            }
            table.by_id.insert(identity.id, Arc::clone(&reference));
            reference.identify(identity);
        }
        table
    }
}

/// The text of a file; nothing where there need not be one.
fn load(source: &Source<'_>, read: impl FnOnce(&Path) -> io::Result<Vec<u8>>) -> Result<Option<Vec<u8>>, LoadFault> {
    let (name, optional) = match *source {
        Source::Virtual(_) => return Ok(None),
        Source::File(name) => (name, false),
        Source::Optional(name) => (name, true),
    };
    match read(Path::new(name)) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if optional && fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) if matches!(fault.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
            Err(LoadFault::Open(name.to_owned()))
        }
        Err(fault) => {
            let reason = fault.to_string();
            let reason = reason.split(" (os error").next().unwrap_or_default();
            Err(LoadFault::Read(name.to_owned(), reason.to_owned()))
        }
    }
}

impl ReferenceTable {
    /// The reference that `#<id>` or a name means, if it is used as `kind`: for all commands but `add`, `set` and `get`.
    pub fn find(&self, kind: Kind, word: &str) -> Option<&Arc<Reference>> {
        self.find_any(word).filter(|reference| reference.is_used_as(kind))
    }

    /// The reference that `#<id>` or a name means, whatever it is used as: for `add`, `set` and `get`.
    pub fn find_any(&self, word: &str) -> Option<&Arc<Reference>> {
        if let Some(id) = word.strip_prefix('#') {
            return self.by_id.get(&id.parse().ok()?);
        }
        self.by_name.get(Source::parse(word).name())
    }

    /// Those that are used as `kind`, by number.
    pub fn used_as(&self, kind: Kind) -> impl Iterator<Item = &Arc<Reference>> {
        self.by_id.values().filter(move |reference| reference.is_used_as(kind))
    }

    /// What `show acl` and `show map` answer.
    pub fn listing(&self, kind: Kind) -> String {
        let mut text = "# id (file) description\n".to_owned();
        for reference in self.used_as(kind) {
            text.push_str(&reference.summary());
            text.push('\n');
        }
        text
    }
}

impl Kind {
    /// What commands answer where [`ReferenceTable::find`] finds nothing.
    pub const fn unknown(self) -> &'static str {
        match self {
            Self::Acl => "Unknown ACL identifier. Please use #<id> or <file>.",
            Self::Map => "Unknown map identifier. Please use #<id> or <file>.",
        }
    }
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(name) => write!(f, "failed to open pattern file <{name}>"),
            Self::Read(name, reason) => write!(f, "error encountered while reading  <{name}> : {reason}"),
            Self::Columns(name, known) => {
                let (known, wanted) = match known {
                    Columns::One => ("one", "two"),
                    Columns::Two => ("two", "one"),
                };
                write!(
                    f,
                    "The file \"{name}\" is already used as {known} column file and cannot be used by as {wanted} column file"
                )
            }
            Self::IdTaken => f.write_str("the id is already used"),
            Self::Entry(name, BadEntry { fault, .. }) if name.is_empty() => write!(f, "{fault}"),
            Self::Entry(name, BadEntry { line, fault }) => write!(f, "{fault} at line {line} of file '{name}'"),
        }
    }
}

impl std::error::Error for LoadFault {}

impl LoadFault {
    /// The entry that is wrong, for a message of one's own.
    pub const fn entry(&self) -> Option<&EntryFault> {
        match self {
            Self::Entry(_, entry) => Some(&entry.fault),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
