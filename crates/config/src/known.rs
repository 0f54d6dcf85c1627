//! What HAProxy has: names by class, so that a keyword that is only missing here is told from one that never was. The list in
//! `data/known.tsv` (class, name and, for options of `bind` and `server`, how many words follow; -1: it depends) is the program's 3.5 version's.

/// A class of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Section types.
    Section,
    /// Keywords of the `global` section.
    Global,
    /// Keywords of proxies, some of two words.
    Proxy,
    /// `option` lines, the word `option` included.
    Option,
    /// `timeout` lines, the word `timeout` included.
    Timeout,
    /// Options of `bind`.
    Bind,
    /// Options of `server`.
    Server,
    /// Algorithms of `balance`.
    Balance,
    /// Words of `retry-on`.
    RetryOn,
}

impl Class {
    /// What the class is called in the list.
    const fn label(self) -> &'static [&'static str] {
        match self {
            Self::Section => &["section"],
            Self::Global => &["kw_section_global"],
            Self::Proxy => &["proxy_keyword", "doc_proxy_matrix"],
            Self::Option => &["proxy_option"],
            Self::Timeout => &["timeout_kind"],
            Self::Bind => &["bind_option"],
            Self::Server => &["server_option"],
            Self::Balance => &["balance_algorithm"],
            Self::RetryOn => &["retry_on_event"],
        }
    }
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its class, as the list calls it.
    pub class: &'static str,
    /// The name; several words are separated by one blank.
    pub name: &'static str,
    /// How many words follow it, where the list says.
    pub arguments: Option<usize>,
}

/// The whole list.
pub fn all() -> impl Iterator<Item = Known> {
    LIST.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let (class, name) = (columns.next()?, columns.next()?);
        Some(Known { class, name, arguments: columns.next().and_then(|count| count.parse().ok()) })
    })
}

/// The names of some classes.
pub(crate) fn names(classes: &[Class]) -> impl Iterator<Item = &'static str> {
    of(classes).map(|known| known.name)
}

/// Whether one of the classes has the name.
pub(crate) fn is_known(classes: &[Class], name: &str) -> bool {
    names(classes).any(|known| known == name)
}

/// The row of a name.
pub(crate) fn find(class: Class, name: &str) -> Option<Known> {
    of(&[class]).find(|known| known.name == name)
}

fn of(classes: &[Class]) -> impl Iterator<Item = Known> {
    all().filter(move |known| classes.iter().any(|class| class.label().contains(&known.class)))
}

const LIST: &str = include_str!("../data/known.tsv");
