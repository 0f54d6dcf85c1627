//! What conditions and map converters hold: the current entries of a reference, arranged for one match method.
//!
//! Look-ups never wait for a large change. A small set is replaced whole, so that its look-ups take no lock; a large one is changed in
//! place under a lock that is held for one entry at a time; a new generation takes the place of the old one at once.

use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;

use crate::element::{Element, Entry, MapValue, ValueKind};
use crate::index::{Index, Pattern, Structure};
use crate::method::MatchMethod;
use crate::regex::Captures;
use crate::subject::{Case, Subject};

/// How a reference is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewSpec {
    /// How keys are compared.
    pub method: MatchMethod,
    /// Whether case matters.
    pub case: Case,
    /// What values become.
    pub values: ValueKind,
}

/// The current entries of a reference, arranged for one match method.
#[derive(Debug)]
pub struct View {
    spec: ViewSpec,
    body: ArcSwap<Body>,
}

#[derive(Debug)]
enum Body {
    /// A small set: replaced whole when it changes.
    Fixed(Index),
    /// A large one: changed in place.
    Live(RwLock<Index>),
}

/// Up to how many entries a set is small.
const SMALL: usize = 64;

impl ViewSpec {
    /// The name of the match method as `get acl` and `get map` show it.
    pub const fn method_name(self) -> &'static str {
        match self.values {
            ValueKind::Template => "regm",
            _ => self.method.name(),
        }
    }
}

impl View {
    pub(crate) fn new(spec: ViewSpec, index: Index) -> Self {
        Self { spec, body: ArcSwap::from_pointee(Body::new(index)) }
    }

    /// How it looks at its reference.
    pub const fn spec(&self) -> ViewSpec {
        self.spec
    }

    /// Whether an entry matches. A subject of another kind than the method needs does not.
    pub fn matches(&self, subject: Subject<'_>) -> bool {
        match (self.spec.method, subject) {
            (MatchMethod::Found, _) => true,
            (MatchMethod::Bool, Subject::Bool(value)) => value,
            _ => self.body.load().with(|index| index.find(subject).is_some()),
        }
    }

    /// Hands the entry that matches to `read`, which must be brief: changes of a large set wait for it.
    pub fn lookup<R>(&self, subject: Subject<'_>, read: impl FnOnce(&Element) -> R) -> Option<R> {
        self.find(subject, |element, _| read(element))
    }

    /// The same for a set of regular expressions, with where the groups of the one that matches are.
    pub fn lookup_captures<R>(
        &self,
        value: &[u8],
        captures: &mut Captures,
        read: impl FnOnce(&Element, &Captures) -> R,
    ) -> Option<R> {
        self.body.load().with(|index| {
            let element = index.find_captures(value, captures)?;
            Some(read(element, captures))
        })
    }

    pub(crate) fn find<R>(&self, subject: Subject<'_>, read: impl FnOnce(&Element, Structure) -> R) -> Option<R> {
        self.body.load().with(|index| index.find(subject).map(|(element, structure)| read(element, structure)))
    }

    /// Puts another set in this one's place and gives this one back, which may take long to drop.
    pub(crate) fn replace(&self, index: Index) -> Retired {
        Retired { _body: self.body.swap(Arc::new(Body::new(index))) }
    }

    pub(crate) fn insert(&self, pattern: Pattern, value: MapValue, entry: &Arc<Entry>) {
        let element = Element { entry: Arc::clone(entry), value };
        self.change(|index| index.insert(pattern, element));
    }

    pub(crate) fn remove(&self, pattern: &Pattern, id: u64) {
        self.change(|index| index.remove(pattern, id));
    }

    pub(crate) fn set_value(&self, pattern: &Pattern, id: u64, value: MapValue) {
        self.change(|index| {
            if let Some(element) = index.element_mut(pattern, id) {
                element.value = value;
            }
        });
    }

    /// Callers see to it that there is one change at a time.
    fn change(&self, change: impl FnOnce(&mut Index)) {
        let body = self.body.load();
        match &**body {
            Body::Fixed(index) => {
                let mut index = index.clone();
                change(&mut index);
                self.body.store(Arc::new(Body::new(index)));
            }
            Body::Live(index) => change(&mut index.write().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

impl Body {
    fn new(index: Index) -> Self {
        if index.len() <= SMALL { Self::Fixed(index) } else { Self::Live(RwLock::new(index)) }
    }

    fn with<R>(&self, read: impl FnOnce(&Index) -> R) -> R {
        match self {
            Self::Fixed(index) => read(index),
            Self::Live(index) => read(&index.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// What a large change took out of use. Dropping it may take long, so it is handed to whoever can afford that.
#[derive(Debug)]
pub(crate) struct Retired {
    _body: Arc<Body>,
}

#[cfg(test)]
mod tests;
