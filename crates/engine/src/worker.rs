//! A worker: one thread with its runtime, its buffers, its deadlines, its idle server connections and its logs.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use burdock_base::limit::STREAM_BUFFER;
use burdock_base::{BindId, Buffer, BufferPool, Instant, ProxyId, TurnClock, WorkerId};
use burdock_model::{Level, Model, Proxy};
use burdock_observe::Logs;
use burdock_sample::Scratch;
use burdock_state::{Process, Server};
use burdock_txn::{Endpoint, Txn};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, mpsc};

use crate::client::ClientConnection;
use crate::deadline::Deadlines;
use crate::listener::{self, Listener};
use crate::moderation::Moderation;
use crate::outbox::{Outbox, SpareBytes};
use crate::server_pool::ServerPool;
use crate::shutdown::{Serving, Shutdowns};

/// What a worker needs to start.
#[derive(Debug)]
pub struct WorkerSettings {
    /// Which worker this is.
    pub id: WorkerId,
    /// The swap point of the configuration.
    pub model: Arc<ArcSwap<Model>>,
    /// The listening sockets of this worker.
    pub listeners: Vec<Listener>,
    /// Whether this worker runs the health checks; exactly one does.
    pub runs_checks: bool,
}

/// A running worker.
#[derive(Debug)]
pub struct WorkerHandle {
    mailbox: mpsc::UnboundedSender<Message>,
    thread: JoinHandle<()>,
}

/// What others may tell a worker.
#[derive(Debug)]
enum Message {
    SoftStop,
    EndRequestsOf(Arc<Server>),
}

/// Where a worker can be told things from any thread.
#[derive(Clone, Debug)]
pub struct Mailbox(mpsc::UnboundedSender<Message>);

impl Mailbox {
    /// Ends the requests and connections that a server serves.
    pub fn end_requests_of(&self, server: &Arc<Server>) {
        // A worker that has ended has no requests.
        let _ = self.0.send(Message::EndRequestsOf(Arc::clone(server)));
    }
}

impl WorkerHandle {
    /// Where it can be told things from any thread.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox(self.mailbox.clone())
    }

    /// Closes the listeners; the worker ends when its last connection does. Idle connections are closed at once.
    pub fn soft_stop(&self) {
        // A worker that has ended already needs no telling.
        let _ = self.mailbox.send(Message::SoftStop);
    }

    /// Whether the worker has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for the worker to end. An error is the payload of its panic.
    ///
    /// # Errors
    /// The worker's thread panicked.
    pub fn join(self) -> std::thread::Result<()> {
        self.thread.join()
    }
}

/// Starts a worker's thread.
///
/// # Errors
/// The runtime or the thread could not be made.
pub fn spawn_worker(settings: WorkerSettings) -> io::Result<WorkerHandle> {
    let (mailbox, messages) = mpsc::unbounded_channel();
    let (made, is_made) = std::sync::mpsc::sync_channel(1);
    let moderation = Moderation::new(settings.model.load().process.clock);
    let thread = std::thread::Builder::new().name(format!("worker-{}", settings.id.index() + 1)).spawn(move || {
        // It never leaves its thread, which spares every wake-up the detour of a set of local tasks.
        let moderated = Arc::clone(&moderation);
        let mut builder = Builder::new_current_thread();
        builder.enable_all().on_thread_park(move || moderated.before_events());
        let runtime = match builder.build_local(LocalOptions::default()) {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = made.send(Err(error));
                return;
            }
        };
        // Whoever asked for the worker waits for this, and is there.
        let _ = made.send(Ok(()));
        runtime.block_on(run(settings, messages, moderation));
    })?;
    // A thread that ends without a word has panicked.
    is_made.recv().map_err(io::Error::other)??;
    Ok(WorkerHandle { mailbox, thread })
}

async fn run(settings: WorkerSettings, mut messages: mpsc::UnboundedReceiver<Message>, moderation: Arc<Moderation>) {
    let model = settings.model.load_full();
    let worker = Rc::new(Worker {
        id: settings.id,
        clock: TurnClock::new(model.process.clock),
        moderation,
        process: Arc::clone(&model.process),
        logs: Logs::new(&model),
        model: settings.model,
        head_buffers: BufferPool::new(model.global.tune.buffer_size),
        stream_buffers: BufferPool::new(STREAM_BUFFER.max(model.global.tune.buffer_size)),
        deadlines: Deadlines::new(),
        idle_servers: ServerPool::new(settings.id),
        shutdowns: Shutdowns::default(),
        spare_workspaces: RefCell::new(Vec::new()),
        spare_bytes: Rc::default(),
        draws: Cell::new(u64::from(std::process::id()) ^ ((settings.id.index() as u64) << 32)),
        serial: Cell::new(settings.id.index() as u32),
        workers: model.global.threads as u32,
        connections: Cell::new(0),
        stopping: Cell::new(false),
        stop_told: Notify::new(),
    });
    tokio::task::spawn_local(Rc::clone(&worker.deadlines).sweep_forever(worker.clock.clock()));
    tokio::task::spawn_local(purge_idle_servers(Rc::clone(&worker)));
    let checks =
        settings.runs_checks.then(|| burdock_check::start(&worker.model, Rc::new(CheckLog(Logs::new(&model)))));
    let accepting: Vec<_> = settings
        .listeners
        .into_iter()
        .map(|listener| tokio::task::spawn_local(listener::accept_forever(Rc::clone(&worker), listener)))
        .collect();

    // Whoever holds on to a model keeps what others have taken out of it.
    drop(model);
    // Without a mailbox nobody is left to say so, which means the same.
    while let Some(Message::EndRequestsOf(server)) = messages.recv().await {
        worker.end_requests_of(&server);
    }
    worker.stopping.set(true);
    worker.stop_told.notify_waiters();
    for listening in accepting {
        // One that has panicked listens no more, either.
        let _ = listening.await;
    }
    drop(checks);
    worker.idle_servers.clear();
    while worker.connections.get() > 0 {
        worker.deadlines.fire_idle();
        while let Ok(Message::EndRequestsOf(server)) = messages.try_recv() {
            worker.end_requests_of(&server);
        }
        tokio::time::sleep(Duration::from_millis(STOP_LOOK_MS)).await;
    }
}

/// Where health checks tell of changes.
struct CheckLog(Logs);

impl burdock_check::EventLog for CheckLog {
    fn event(&self, proxy: &Proxy, level: Level, text: &str) {
        self.0.event(proxy, level, text);
    }
}

/// How often a stopping worker looks whether its last connection has ended.
const STOP_LOOK_MS: u64 = 10;
/// How often idle server connections are looked at.
const PURGE_EVERY: Duration = Duration::from_secs(1);

/// Thins out idle server connections from time to time, and closes those to servers that go out of use at once.
async fn purge_idle_servers(worker: Rc<Worker>) {
    let mut every = tokio::time::interval(PURGE_EVERY);
    loop {
        tokio::select! {
            _ = every.tick() => worker.idle_servers.purge(worker.clock.now()).await,
            () = next_publication(&worker.process) => {}
        }
        worker.idle_servers.forsake(&worker.model.load());
    }
}

/// Waits for another model, or for servers to go out of use. May be over early.
async fn next_publication(process: &Process) {
    let mut is_awaited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_awaited, true) {
            return Poll::Ready(());
        }
        process.publications.add(cx.waker());
        Poll::Pending
    })
    .await;
}

/// What the tasks of one worker share.
#[derive(Debug)]
pub struct Worker {
    /// Which worker this is.
    pub id: WorkerId,
    /// The process's clock, as turns of connections see it: [`Worker::in_turns`].
    pub clock: TurnClock,
    /// Its load.
    moderation: Arc<Moderation>,
    /// The process's live state.
    pub process: Arc<Process>,
    /// Log targets.
    pub logs: Logs,
    /// The swap point of the configuration.
    pub model: Arc<ArcSwap<Model>>,
    /// Buffers for what clients send.
    pub head_buffers: BufferPool,
    /// Buffers for what servers send and for relays.
    pub stream_buffers: BufferPool,
    /// Deadlines of this worker's tasks.
    pub deadlines: Rc<Deadlines>,
    /// Idle connections to servers.
    pub idle_servers: ServerPool,
    /// Servers whose requests are to be ended.
    pub shutdowns: Shutdowns,
    #[expect(clippy::vec_box, reason = "a workspace is large, and moves in and out with every request")]
    spare_workspaces: RefCell<Vec<Box<Workspace>>>,
    /// Memory for bytes on their way.
    spare_bytes: Rc<SpareBytes>,
    draws: Cell<u64>,
    /// The number of the next request (log format `%rt`).
    serial: Cell<u32>,
    /// How many workers there are: they take turns at numbers.
    workers: u32,
    connections: Cell<usize>,
    stopping: Cell<bool>,
    /// Wakes those who wait for the stop.
    stop_told: Notify,
}

/// Workspaces kept for reuse.
const SPARE_WORKSPACES: usize = 64;

impl Worker {
    /// A number that is different each time, for balancers that draw lots.
    pub fn draw(&self) -> u64 {
        // A Weyl sequence through a multiplicative mix: spread well enough to balance, and cheap.
        let next = self.draws.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.draws.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    /// Waits for a future each poll of which is a turn of [`Worker::clock`].
    pub async fn in_turns<F: Future + Unpin>(&self, mut future: F) -> F::Output {
        let _under_way = self.moderation.enter();
        poll_fn(|cx| {
            self.moderation.note_turn();
            self.clock.turn(|| Pin::new(&mut future).poll(cx))
        })
        .await
    }

    /// The configuration in force, where it is another than that which is known. Costs a load where it is not.
    pub fn newer_model(&self, known: &Model) -> Option<Arc<Model>> {
        (self.process.generation() != known.generation).then(|| self.model.load_full())
    }

    fn end_requests_of(&self, server: &Arc<Server>) {
        self.shutdowns.add(server);
        self.deadlines.wake_all();
    }

    /// Whether a soft stop is under way: connections end after the request that they serve.
    pub fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Waits for a soft stop.
    pub async fn stop_begun(&self) {
        // It hears of everything that is told once it exists.
        let told = self.stop_told.notified();
        if !self.stopping.get() {
            told.await;
        }
    }

    /// Counts a client connection of this worker.
    pub fn connection_opened(&self) {
        self.connections.set(self.connections.get() + 1);
    }

    /// Counts the end of one.
    pub fn connection_closed(&self) {
        self.connections.set(self.connections.get().saturating_sub(1));
    }

    /// Memory for a request, reused where some is at hand.
    pub fn take_workspace(&self, connection: &mut ClientConnection) -> Box<Workspace> {
        let spare = self.spare_workspaces.borrow_mut().pop();
        let mut space = spare.unwrap_or_else(|| Workspace::new(&self.spare_bytes));
        space.txn.client = connection.client;
        space.txn.local = connection.local;
        (space.txn.connected_from, space.txn.connected_to) = match &connection.announcement {
            None => (connection.client, connection.local),
            Some(announcement) => (announcement.connected_from, announcement.connected_to),
        };
        space.txn.client_announcement.clone_from(&connection.announcement);
        space.txn.client_tls.clone_from(&connection.tls);
        space.txn.client_carrier = connection.carrier();
        space.txn.effort.clone_from(&connection.effort);
        space.txn.client_error = None;
        space.txn.worker = self.id;
        space.txn.frontend = connection.frontend.id;
        space.txn.bind = connection.bind;
        space.txn.begin_next(connection.begun);
        space.txn.partial = connection.frontend.log.log_as_soon_as_possible;
        space.txn.earlier_requests = connection.requests;
        space.txn.serial = self.next_serial();
        space.txn.variables.session = std::mem::take(&mut connection.variables);
        space.txn.tracking.connection = connection.trackers.take();
        space
    }

    /// A number that no other request of the process has. Workers take turns, so that none has to ask the others.
    fn next_serial(&self) -> u32 {
        let serial = self.serial.get();
        self.serial.set(serial.wrapping_add(self.workers));
        serial
    }

    /// Takes the memory of a request back; the connection keeps its variables.
    pub fn give_back_workspace(&self, connection: &mut ClientConnection, mut space: Box<Workspace>) {
        connection.variables = std::mem::take(&mut space.txn.variables.session);
        connection.trackers = space.txn.tracking.connection.take();
        space.txn.tracking.request = None;
        let mut spare = self.spare_workspaces.borrow_mut();
        if spare.len() < SPARE_WORKSPACES {
            space.to_client.reset();
            space.to_server.reset();
            spare.push(space);
        }
    }

    /// Takes a buffer back into the pool that it came from.
    pub fn give_back_buffer(&self, buffer: Buffer) {
        if buffer.capacity() == self.head_buffers.buffer_capacity() {
            self.head_buffers.give_back(buffer);
        } else {
            self.stream_buffers.give_back(buffer);
        }
    }
}

/// The memory that a request needs, taken when its first bytes arrive and given back when it ends.
#[derive(Debug)]
pub struct Workspace {
    /// The record of the request.
    pub txn: Txn,
    /// Memory of evaluations.
    pub scratch: Scratch,
    /// The name that the server is to be asked for, while a connection is looked for.
    pub server_name: String,
    /// Bytes on their way to the client.
    pub to_client: Outbox,
    /// Bytes on their way to the server.
    pub to_server: Outbox,
    /// Which server serves the request.
    pub serving: Rc<Serving>,
}

impl Workspace {
    /// Memory for a request whose outgoing bytes lie there.
    #[cold]
    fn new(bytes: &Rc<SpareBytes>) -> Box<Self> {
        let nowhere = Endpoint::Unix(0);
        let txn = Txn::new(nowhere, nowhere, ProxyId(0), BindId(0), Instant::START);
        Box::new(Self {
            txn,
            scratch: Scratch::new(),
            server_name: String::new(),
            to_client: Outbox::new(bytes),
            to_server: Outbox::new(bytes),
            serving: Rc::default(),
        })
    }
}
