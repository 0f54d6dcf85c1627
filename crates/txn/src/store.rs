//! Keys under which the server of a request is to be taken down in stick tables (configuration manual 4.2 `stick store-request`).

use std::sync::Arc;

use burdock_state::Table;

/// Keys to store, one a table.
#[derive(Debug, Default)]
pub struct Stores(Vec<(Arc<Table>, Box<[u8]>)>);

/// Keys that a request, or a response, may store.
const MAX_STORES: usize = 8;

impl Stores {
    /// Whether another key for the table is of no use: there is one, or there are as many as there may be.
    pub fn is_settled(&self, table: &Arc<Table>) -> bool {
        self.0.len() >= MAX_STORES || self.0.iter().any(|(known, _)| Arc::ptr_eq(known, table))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a key.
    pub fn add(&mut self, table: &Arc<Table>, key: &[u8]) {
        self.0.push((Arc::clone(table), key.into()));
    }

    /// The keys, with their tables.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<Table>, &[u8])> {
        self.0.iter().map(|(table, key)| (table, &**key))
    }
}
