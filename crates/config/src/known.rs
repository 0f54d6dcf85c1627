//! What HAProxy has: names by class, so that a keyword that is only missing here is told from one that never was. The list in
//! `data/known.tsv` (class, name and, for options of `bind` and `server`, how many words follow; -1: it depends) is the program's 3.5 version's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    /// Keywords of `ring` sections.
    Ring,
    /// Keywords of `log-forward` sections.
    LogForward,
    /// Keywords of `log-profile` sections.
    LogProfile,
    /// Keywords of `crt-store` sections.
    CrtStore,
    /// Parameters of `load` lines of those.
    Load,
    /// Keywords of `acme` sections.
    Acme,
    /// Keywords of `healthcheck` sections.
    Healthcheck,
    /// Keywords of `resolvers` sections.
    Resolvers,
    /// Keywords of `fcgi-app` sections.
    FcgiApp,
    /// Options of `bind`.
    Bind,
    /// Options of `server`.
    Server,
    /// Algorithms of `balance`.
    Balance,
    /// Words of `retry-on`.
    RetryOn,
    /// Filters.
    Filter,
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
            Self::Ring => &["kw_section_ring"],
            Self::LogForward => &["kw_section_log-forward"],
            Self::LogProfile => &["kw_section_log-profile"],
            Self::CrtStore => &["kw_section_crt-store"],
            Self::Load => &["crt_load_option"],
            Self::Acme => &["kw_section_acme"],
            Self::Healthcheck => &["kw_section_healthcheck"],
            Self::Resolvers => &["kw_section_resolvers"],
            Self::FcgiApp => &["kw_section_fcgi-app"],
            Self::Bind => &["bind_option"],
            Self::Server => &["server_option"],
            Self::Balance => &["balance_algorithm"],
            Self::RetryOn => &["retry_on_event"],
            Self::Filter => &["filter"],
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
    classes.iter().any(|class| find(*class, name).is_some())
}

/// The row of a name.
pub(crate) fn find(class: Class, name: &str) -> Option<Known> {
    class.label().iter().find_map(|label| {
        let rows = BY_CLASS.get(label)?;
        rows.binary_search_by_key(&name, |known| known.name).ok().and_then(|at| rows.get(at)).copied()
    })
}

fn of(classes: &[Class]) -> impl Iterator<Item = Known> {
    classes.iter().flat_map(|class| class.label()).filter_map(|label| BY_CLASS.get(label)).flatten().copied()
}

/// The list, read once; names are in order.
static BY_CLASS: LazyLock<BTreeMap<&str, Vec<Known>>> = LazyLock::new(|| {
    let mut by_class: BTreeMap<&str, Vec<Known>> = BTreeMap::new();
    for known in all() {
        by_class.entry(known.class).or_default().push(known);
    }
    for rows in by_class.values_mut() {
        rows.sort_unstable_by_key(|known| known.name);
    }
    by_class
});

const LIST: &str = include_str!("../data/known.tsv");
