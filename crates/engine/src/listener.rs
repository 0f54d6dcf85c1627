//! Accepting: one task a listening socket a worker. Where a limit is reached it stops accepting, so that clients wait in the kernel's
//! backlog and are served later, never refused.

use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_base::{BindId, ProxyId};
use burdock_model::{Mode, Preface, Protocol, Proxy};
use burdock_os::join_event_loop;
use burdock_state::proxy::FrontendCounter;
use burdock_state::{ProcessCounter, Standing};
use burdock_tls::BindTls;
use burdock_txn::Endpoint;
use rustix::net::{AddressFamily, SocketAddrAny, SocketFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::admission;
use crate::announcement;
use crate::client::{self, ClientConnection};
use crate::guard::ClientPlace;
use crate::h2;
use crate::handshake;
use crate::socket::Socket;
use crate::tcp;
use crate::worker::Worker;

/// A listening, non-blocking socket and the `bind` line it belongs to.
#[derive(Debug)]
pub struct Listener {
    /// The frontend.
    pub proxy: ProxyId,
    /// The `bind` line within it.
    pub bind: BindId,
    /// The socket.
    pub socket: OwnedFd,
    /// Connections that the kernel keeps for it until they are accepted.
    pub backlog: i32,
}

/// After an accept that failed for want of descriptors or memory, this long passes before the next.
const RESOURCE_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// Accepts connections until the worker stops, or the frontend is shut down.
pub async fn accept_forever(worker: Rc<Worker>, listener: Listener) {
    let (proxy, bind, backlog) = (listener.proxy, listener.bind, listener.backlog);
    let Ok(socket) = join_event_loop(listener.socket, Interest::READABLE) else { return };
    let state = worker.model.load().proxy(proxy).frontend.as_ref().map(|side| Arc::clone(&side.state));
    let Some(state) = state else { return };
    loop {
        let changes = state.changes();
        match state.standing() {
            Standing::Open => tokio::select! {
                biased;
                () = changed(&state, changes) => {}
                () = worker.stop_begun() => return accept_last(&worker, proxy, bind, socket.get_ref()),
                () = accept(&worker, proxy, bind, &socket) => return,
            },
            Standing::Paused => {
                release_port(socket.get_ref());
                tokio::select! {
                    () = changed(&state, changes) => {}
                    () = worker.stop_begun() => return,
                }
                if state.standing() == Standing::Open && rustix::net::listen(socket.get_ref(), backlog).is_err() {
                    return;
                }
            }
            Standing::Closed => return,
        }
    }
}

/// Waits until the frontend's standing is another than the one after so many changes.
async fn changed(state: &burdock_state::Frontend, changes: u32) {
    let mut is_known = false;
    poll_fn(|cx| {
        if !is_known {
            state.watchers().add(cx.waker());
            is_known = true;
        }
        if state.changes() == changes { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// Stops listening, so that another process can have the port. An address that is no port cannot be given up and taken back: clients who
/// come there wait.
fn release_port(socket: &OwnedFd) {
    let family = rustix::net::sockopt::socket_domain(socket);
    if family.is_ok_and(|family| family == AddressFamily::INET || family == AddressFamily::INET6) {
        // Where another worker has the same socket, it may have done so already.
        let _ = rustix::net::shutdown(socket, rustix::net::Shutdown::Read);
    }
}

async fn accept(worker: &Rc<Worker>, proxy: ProxyId, bind: BindId, socket: &AsyncFd<OwnedFd>) {
    loop {
        let Ok(mut ready) = socket.readable().await else { return };
        let model = worker.model.load_full();
        let frontend = Arc::clone(model.proxy(proxy));
        for _ in 0..model.global.tune.max_accept {
            let place = room(worker, &frontend, bind).await;
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            match rustix::net::acceptfrom_with(socket.get_ref(), flags) {
                Ok((fd, peer)) => begin(worker, &model, &frontend, bind, fd, peer, place),
                Err(rustix::io::Errno::AGAIN) => {
                    ready.clear_ready();
                    break;
                }
                Err(
                    rustix::io::Errno::MFILE
                    | rustix::io::Errno::NFILE
                    | rustix::io::Errno::NOMEM
                    | rustix::io::Errno::NOBUFS,
                ) => {
                    drop(place);
                    tokio::time::sleep(RESOURCE_PAUSE).await;
                }
                // The client was gone before it was accepted; the next one is not.
                Err(_) => {}
            }
        }
        drop(ready);
        // Connections just begun have their turn before more are accepted.
        tokio::task::yield_now().await;
    }
}

/// Accepts those who wait already: a process that takes the port over does not get them, and the kernel would reset them. Meanwhile nobody
/// else is let in, who would be; they try again, and find that process.
fn accept_last(worker: &Rc<Worker>, proxy: ProxyId, bind: BindId, socket: &OwnedFd) {
    let model = worker.model.load_full();
    let frontend = Arc::clone(model.proxy(proxy));
    let Some(side) = &frontend.frontend else { return };
    // A socket that was inherited may be another process's too, and go on.
    let is_ours = matches!(side.binds[bind.index()].address, burdock_model::Address::Tcp(_));
    let closes = is_ours && burdock_os::ignore_packets(socket, true).is_ok();
    while let Some(place) = ClientPlace::take(worker, &frontend, bind) {
        match rustix::net::acceptfrom_with(socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            Ok((fd, peer)) => {
                if closes {
                    // One whose handshake ended just now may have taken the filter over. Others have none, which is an error.
                    let _ = burdock_os::ignore_packets(&fd, false);
                }
                begin(worker, &model, &frontend, bind, fd, peer, place);
            }
            Err(rustix::io::Errno::CONNABORTED | rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Waits until the process, the frontend and the address may have one connection more, and takes its place.
async fn room(worker: &Rc<Worker>, frontend: &Arc<Proxy>, bind: BindId) -> ClientPlace {
    poll_fn(|cx| match ClientPlace::take(worker, frontend, bind) {
        Some(place) => Poll::Ready(place),
        None => {
            worker.process.room.add(cx.waker());
            // A connection may have ended between the look and the entry in the list.
            match ClientPlace::take(worker, frontend, bind) {
                Some(place) => Poll::Ready(place),
                None => Poll::Pending,
            }
        }
    })
    .await
}

fn begin(
    worker: &Rc<Worker>,
    model: &Arc<burdock_model::Model>,
    frontend: &Arc<Proxy>,
    bind: BindId,
    fd: OwnedFd,
    peer: Option<SocketAddrAny>,
    place: ClientPlace,
) {
    let Some(side) = &frontend.frontend else { return };
    let mut socket = Socket::new(fd);
    if side.smart_accept {
        socket.delay_first_ack();
    }
    let address = &side.binds[bind.index()];
    let peer: Option<std::net::SocketAddr> = peer.and_then(|peer| peer.try_into().ok());
    let (client, local) = match peer {
        Some(peer) => {
            let local = match &address.address {
                burdock_model::Address::Tcp(local) if !local.ip().is_unspecified() && local.port() != 0 => *local,
                _ => socket.local_address().unwrap_or(peer),
            };
            (Endpoint::from_ip(peer), Endpoint::from_ip(local))
        }
        None => (Endpoint::Unix(address.numeric_id), Endpoint::Unix(address.numeric_id)),
    };
    side.state.counters.add(worker.id, FrontendCounter::Connections, 1);
    worker.process.counters.add(worker.id, ProcessCounter::Connections, 1);
    let mut connection = ClientConnection::new(worker, model, frontend, bind, socket.into(), client, local, place);
    let Some(preface) = admission::admit_connection(&mut connection, address.preface) else { return };
    if preface.is_expected() || address.tls.is_some() {
        let tls = address.tls.clone();
        tokio::task::spawn_local(Box::pin(establish(connection, preface, tls)));
    } else if admission::admit_session(&mut connection) {
        serve(connection);
    }
}

/// Carries out what comes before the first request: what proxies have to say, then TLS.
async fn establish(mut connection: ClientConnection, preface: Preface, tls: Option<Arc<BindTls>>) {
    if preface.is_expected() {
        let Some(announced) = announcement::receive(connection, preface).await else { return };
        connection = announced;
    }
    if let Some(tls) = tls {
        let Some(secured) = handshake::accept(connection, &tls).await else { return };
        connection = secured;
    }
    if admission::admit_session(&mut connection) {
        serve(connection);
    }
}

/// Serves a client with the version of HTTP that was agreed upon, on a task of its own: an idle connection is not to keep the memory of what
/// came before.
fn serve(connection: ClientConnection) {
    let side = connection.frontend.frontend.as_ref();
    let protocol = side.map_or(Protocol::Auto, |side| side.binds[connection.bind.index()].protocol);
    let agreed = connection.tls.as_ref().and_then(|tls| tls.alpn.as_deref());
    match (connection.frontend.mode, protocol) {
        // No frontend is in mode log.
        (Mode::Tcp | Mode::Log, _) => tokio::task::spawn_local(tcp::serve(connection)),
        (Mode::Http, Protocol::Http2) => tokio::task::spawn_local(Box::pin(h2::serve(connection))),
        (Mode::Http, Protocol::Auto) if agreed == Some(b"h2") => {
            tokio::task::spawn_local(Box::pin(h2::serve(connection)))
        }
        (Mode::Http, _) => tokio::task::spawn_local(client::serve(connection)),
    };
}
