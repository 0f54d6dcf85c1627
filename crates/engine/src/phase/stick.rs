//! Persistence by stick tables (configuration manual 4.2 `stick on`): which server a request sticks to, and which one tables are told of.

use std::hint::cold_path;
use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::{Backend, Model, StickKind, StickRule};
use burdock_persist::Reach;
use burdock_sample::table::key_of;
use burdock_sample::{Input, Phase, Scratch};
use burdock_state::Table;
use burdock_txn::{Stores, Txn};

use crate::driver::Next;
use crate::stream::Stream;

/// Looks for the server of a request that nothing else binds, and takes down under which keys tables are to know it.
pub fn request(stream: &mut Stream<'_>) -> Next {
    if stream.backend.backend.as_ref().is_some_and(|side| !side.stick_rules.is_empty()) {
        cold_path();
        let backend = Arc::clone(&stream.backend);
        backend.backend.iter().for_each(|side| bind(stream, side));
    }
    Next::Continue
}

fn bind(stream: &mut Stream<'_>, side: &Backend) {
    let now = stream.now();
    let reach = if side.persist { Reach::Any } else { stream.reach };
    let mut stores = Stores::default();
    for rule in side.stick_rules.iter() {
        let looks = rule.kind.matches() && stream.binding.server.is_none();
        let stores_key = rule.kind.stores_request() && !stores.is_settled(&rule.table);
        if !looks && !stores_key {
            continue;
        }
        let scratch = Scratch::new();
        let Some(key) = key(rule, &stream.space.txn, &stream.model, now, Phase::UseServer, &scratch) else { continue };
        if looks && let Some(entry) = rule.table.find(key, now) {
            rule.table.touch(&entry, now);
            let number = rule.table.value(&entry, burdock_state::table::DataType::ServerId, 0, now).unwrap_or(0);
            let server = side.servers.of_entry(&rule.table, &entry, number);
            if let Some(server) = server.filter(|server| reach == Reach::Any || server.state.accepts_bound()) {
                stream.binding.server = Some(server.id);
            }
        }
        if stores_key {
            stores.add(&rule.table, key);
        }
    }
    stream.space.txn.stores = (!stores.is_empty()).then(|| Box::new(stores));
}

/// Tells tables of the server that has answered.
pub fn response(stream: &mut Stream<'_>) {
    if stream.backend.backend.as_ref().is_some_and(|side| !side.stick_rules.is_empty()) {
        cold_path();
        store_response(stream);
        connected(stream);
    }
}

/// Tells tables of the server that a connection in `mode tcp` has reached.
pub fn connected(stream: &mut Stream<'_>) {
    if let Some(stores) = stream.space.txn.stores.take() {
        store(stream, &stores);
    }
}

/// Tells tables of the server under the keys that its response gives.
pub fn store_response(stream: &Stream<'_>) {
    let Some(side) = &stream.backend.backend else { return };
    let now = stream.now();
    let mut stores = Stores::default();
    for rule in side.stick_rules.iter().filter(|rule| rule.kind == StickKind::StoreResponse) {
        if stores.is_settled(&rule.table) {
            continue;
        }
        let scratch = Scratch::new();
        if let Some(key) = key(rule, &stream.space.txn, &stream.model, now, Phase::StickStore, &scratch) {
            stores.add(&rule.table, key);
        }
    }
    store(stream, &stores);
}

fn store(stream: &Stream<'_>, stores: &Stores) {
    let Some(server) = stream.slot.as_ref().map(|slot| slot.server()).filter(|server| !server.non_stick) else {
        return;
    };
    let now = stream.now();
    for (table, key) in stores.iter() {
        // Where a table is full, there is nothing to be done.
        if let Some(entry) = table.obtain(key, now) {
            table.set_server(&entry, server.numeric_id, &server.table_key(table.settings().server_key), now);
        }
    }
}

/// The key that a rule gives where it applies.
fn key<'a>(
    rule: &'a StickRule,
    txn: &'a Txn,
    model: &'a Model,
    now: Instant,
    phase: Phase,
    scratch: &'a Scratch,
) -> Option<&'a [u8]> {
    let input = Input { txn, world: &model.directory, now, phase, scratch };
    if !rule.condition.holds(&input) {
        return None;
    }
    let table: &Table = &rule.table;
    key_of(rule.key.evaluate(&input)?, table.settings().key, scratch)
}
