//! Host names that rules ask for (`do-resolve`): the request waits, the worker does not.

use burdock_model::Proxy;
use burdock_rules::{Lookup, RuleSetKind, Scene};

use crate::stream::Stream;
use crate::worker::Workspace;

/// Waits for the address and takes it down. It comes, or does not, within the times of the `resolvers` section.
pub async fn run(stream: &mut Stream<'_>, proxy: &Proxy, kind: RuleSetKind, lookup: &Lookup) {
    let Some(address) = lookup.section.address(lookup.name.clone(), lookup.prefer).await else { return };
    let now = stream.now();
    let Workspace { txn, scratch, .. } = &mut *stream.space;
    scratch.clear();
    let phase = kind.phase(proxy.backend.is_none());
    lookup.note(address, &mut Scene { txn, world: &stream.model.directory, now, phase, scratch });
}
