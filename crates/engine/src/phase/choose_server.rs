//! Which server gets the request: the one it is bound to, else the one the balancer picks. Where there is no free slot it joins a queue.

use std::sync::Arc;

use burdock_balance::Pick;
use burdock_base::{Instant, ServerId};
use burdock_model::{Model, Proxy, Server};
use burdock_persist::Reach;
use burdock_sample::{Input, Phase, Scratch};
use burdock_state::{BackendCounter, Priority};
use burdock_txn::{Cause, Progress, Txn};

use crate::driver::Next;
use crate::guard::ServerSlot;
use crate::stream::Stream;
use crate::worker::Worker;

/// A slot may be lost to another worker between the choice and the taking; after this many losses the request queues.
const MAX_RACES: usize = 8;

/// Chooses a server and takes a slot of it, or joins a queue.
pub fn run(stream: &mut Stream<'_>) -> Next {
    stream.release_slot();
    match stream.binding.server {
        Some(id) => bound(stream, id),
        None => balanced(stream),
    }
}

fn bound(stream: &mut Stream<'_>, id: ServerId) -> Next {
    let Some(server) = server(&stream.backend, id).map(Arc::clone) else { return no_server(stream) };
    if stream.reach != Reach::Any && !server.state.accepts_bound() {
        // It went down while the request waited.
        stream.binding.leave();
        stream.space.txn.termination.cookie_request = stream.binding.flag;
        return balanced(stream);
    }
    let now = stream.now();
    stream.space.txn.server = Some(id);
    if server.state.has_room()
        && let Some(slot) = ServerSlot::try_take(&server, &stream.backend, now)
    {
        stream.space.txn.timings.queued = Some(now);
        stream.hold(slot);
        return Next::Continue;
    }
    match server.state.queue.join(server.maxqueue, priority(stream)) {
        Ok(waiter) => {
            stream.space.txn.queue_position.server = waiter.position + 1;
            stream.waiter = Some(waiter);
            if let Some(side) = &stream.backend.backend {
                server.state.serve_waiters(&side.state);
            }
            Next::Continue
        }
        Err(_full) => {
            let may_leave = stream.backend.backend.as_ref().is_some_and(|side| side.redispatch.is_some());
            if may_leave && !stream.forced {
                stream.space.txn.redispatched = true;
                stream.binding.leave();
                stream.space.txn.termination.cookie_request = stream.binding.flag;
                return balanced(stream);
            }
            stream.space.txn.termination.end(Cause::ServerAbort, Progress::Queue);
            Next::Reply(503)
        }
    }
}

fn balanced(stream: &mut Stream<'_>) -> Next {
    if let Some(slot) = last_server(stream) {
        return assigned(stream, slot);
    }
    let backend = &stream.backend;
    let key = hashed_key(&stream.model, backend, &stream.space.txn, stream.now());
    match balance(&stream.worker, backend, key, stream.avoid, || priority(stream)) {
        Choice::Slot(slot) => assigned(stream, slot),
        Choice::WaitFor(id, waiter) => {
            stream.space.txn.server = Some(id);
            stream.space.txn.queue_position.server = waiter.position + 1;
            stream.waiter = Some(waiter);
            Next::Continue
        }
        Choice::Full(id) => {
            stream.space.txn.server = Some(id);
            stream.space.txn.termination.end(Cause::ServerAbort, Progress::Queue);
            Next::Reply(503)
        }
        Choice::Wait(waiter) => {
            stream.space.txn.queue_position.backend = waiter.position + 1;
            stream.waiter = Some(waiter);
            Next::Continue
        }
        Choice::Nobody => no_server(stream),
    }
}

fn assigned(stream: &mut Stream<'_>, slot: ServerSlot) -> Next {
    stream.space.txn.server = Some(slot.server().id);
    stream.space.txn.timings.queued = Some(stream.now());
    stream.hold(slot);
    Next::Continue
}

/// The server to which this client has a connection of its own: with `option prefer-last-server`, or where the connection is
/// authenticated, requests that nothing binds stay there.
fn last_server(stream: &Stream<'_>) -> Option<ServerSlot> {
    let (own, backend) = (stream.client.private_server.as_ref()?, &stream.backend);
    let stays = own.authenticated || backend.http.prefer_last_server;
    let usable = own.server.proxy == backend.id && own.server.state.accepts_new() && own.server.state.has_room();
    if !stays || !usable || stream.avoid == Some(own.server.id) {
        return None;
    }
    ServerSlot::try_take(&own.server, backend, stream.now())
}

fn no_server(stream: &mut Stream<'_>) -> Next {
    // After a failed attempt the server last tried stays named in the log.
    if stream.avoid.is_none() {
        stream.space.txn.server = None;
    }
    stream.space.txn.termination.end(Cause::ServerAbort, Progress::Connect);
    Next::Reply(503)
}

/// Its place among those who wait.
fn priority(stream: &Stream<'_>) -> Priority {
    let directives = &stream.space.txn.directives;
    Priority::new(directives.priority_class, directives.priority_offset, stream.now())
}

/// What balancing came to.
#[derive(Debug)]
pub enum Choice {
    /// A slot of the server chosen.
    Slot(ServerSlot),
    /// The server that the request's key leads to is busy: a place in its own queue.
    WaitFor(ServerId, burdock_state::Waiter),
    /// The same, and that queue is full.
    Full(ServerId),
    /// All are busy: a place in the backend's queue.
    Wait(burdock_state::Waiter),
    /// There is no server that takes anybody.
    Nobody,
}

/// The hashed key of a request, where the backend's algorithm wants one and the request has it.
fn hashed_key(model: &Model, backend: &Proxy, txn: &Txn, now: Instant) -> Option<u32> {
    let key = backend.backend.as_ref()?.balance.key.as_ref()?;
    let scratch = Scratch::new();
    key.hash(&Input { txn, world: &model.directory, now, phase: Phase::UseServer, scratch: &scratch })
}

/// Picks a server by the backend's algorithm.
pub fn balance(
    worker: &Worker,
    backend: &Arc<Proxy>,
    key: Option<u32>,
    avoid: Option<ServerId>,
    priority: impl Fn() -> Priority,
) -> Choice {
    let Some(side) = &backend.backend else { return Choice::Nobody };
    for _ in 0..MAX_RACES {
        match side.balance.balancer.pick(worker.draw(), key, avoid) {
            Pick::Server(id) => {
                let Some(server) = side.servers.get(id) else { return Choice::Nobody };
                if let Some(slot) = ServerSlot::try_take(server, backend, worker.clock.now()) {
                    side.state.counters.add(worker.id, BackendCounter::Balanced, 1);
                    server.state.counters.add(worker.id, burdock_state::ServerCounter::Balanced, 1);
                    return Choice::Slot(slot);
                }
            }
            Pick::Full(id) => {
                let Some(server) = side.servers.get(id) else { return Choice::Nobody };
                let Ok(waiter) = server.state.queue.join(server.maxqueue, priority()) else { return Choice::Full(id) };
                side.state.counters.add(worker.id, BackendCounter::Balanced, 1);
                server.state.counters.add(worker.id, burdock_state::ServerCounter::Balanced, 1);
                // A slot may have become free between the look and the place in the queue.
                server.state.serve_waiters(&side.state);
                return Choice::WaitFor(id, waiter);
            }
            Pick::AllBusy => break,
            Pick::NoneUsable => return Choice::Nobody,
        }
    }
    match side.state.queue.join(0, priority()) {
        Ok(waiter) => {
            // A slot may have become free between the look and the place in the queue.
            side.servers.iter().for_each(|server| server.state.serve_waiters(&side.state));
            Choice::Wait(waiter)
        }
        Err(_full) => Choice::Nobody,
    }
}

fn server(backend: &Proxy, id: ServerId) -> Option<&Arc<Server>> {
    backend.backend.as_ref()?.servers.get(id)
}
