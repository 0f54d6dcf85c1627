//! Elements in the order of their numbers, for patterns that must be tried one by one.

use crate::element::Element;

/// Patterns and their elements, in order.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    /// What is taken away leaves its number behind until the list is swept, so that taking one away moves nothing.
    slots: Vec<Slot<T>>,
    gone: usize,
}

#[derive(Clone, Debug)]
struct Slot<T> {
    id: u64,
    item: Option<(T, Element)>,
}

impl<T> List<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), gone: 0 }
    }

    /// How many elements there are.
    pub(super) const fn len(&self) -> usize {
        self.slots.len() - self.gone
    }

    /// Adds an element with a greater number than all others.
    pub(super) fn push(&mut self, pattern: T, element: Element) {
        self.slots.push(Slot { id: element.entry.id, item: Some((pattern, element)) });
    }

    /// The first element whose pattern matches.
    pub(super) fn find(&self, mut matches: impl FnMut(&T) -> bool) -> Option<&Element> {
        let mut items = self.slots.iter().filter_map(|slot| slot.item.as_ref());
        items.find(|(pattern, _)| matches(pattern)).map(|(_, element)| element)
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(at) = position(&self.slots, id, |slot| slot.id) else { return };
        if self.slots[at].item.take().is_some() {
            self.gone += 1;
        }
        if self.gone > self.slots.len() / 2 {
            self.slots.retain(|slot| slot.item.is_some());
            self.gone = 0;
        }
    }

    /// An element, to change its value.
    pub(super) fn element_mut(&mut self, id: u64) -> Option<&mut Element> {
        let at = position(&self.slots, id, |slot| slot.id)?;
        self.slots.get_mut(at)?.item.as_mut().map(|(_, element)| element)
    }
}

/// Where the item with this number is among items in the order of their numbers.
pub(super) fn position<T>(items: &[T], id: u64, id_of: impl Fn(&T) -> u64) -> Option<usize> {
    items.binary_search_by_key(&id, id_of).ok()
}
