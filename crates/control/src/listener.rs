//! Listening sockets of the runtime API: what they are called, and how connections are accepted within `stats maxconn`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use burdock_model::{Address, StatsLevel, StatsSocket};
use tokio::io::unix::AsyncFd;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Runtime;
use crate::limit::ACCEPT_PAUSE_MS;
use crate::session::converse;

/// A listening socket of the runtime API.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// Unix, in the file system or in the abstract name space.
    Unix(UnixListener),
}

/// A listening socket that is registered with the runtime.
#[derive(Debug)]
pub(crate) enum Acceptor {
    Tcp(AsyncFd<TcpListener>),
    Unix(AsyncFd<UnixListener>),
}

enum Accepted {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// The line of `show cli sockets`: address, level, processes.
    pub(crate) fn describe(&self, settings: &StatsSocket) -> String {
        let address = match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address @ SocketAddr::V4(_)) => format!("ipv4@{address}"),
                Ok(address @ SocketAddr::V6(_)) => format!("ipv6@{address}"),
                Err(_) => settings.address.to_string(),
            },
            Self::Unix(listener) => match (&settings.address, listener.local_addr()) {
                (Address::Inherited(_), Ok(address)) => match address.as_pathname() {
                    Some(path) => format!("unix@{}", path.display()),
                    None => settings.address.to_string(),
                },
                (Address::Unix(path), _) => format!("unix@{}", path.display()),
                _ => settings.address.to_string(),
            },
        };
        format!("{address} {} all", level_name(settings.level))
    }

    /// Registers the socket with the runtime.
    pub(crate) fn into_acceptor(self) -> io::Result<Acceptor> {
        match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                AsyncFd::new(listener).map(Acceptor::Tcp)
            }
            Self::Unix(listener) => {
                listener.set_nonblocking(true)?;
                AsyncFd::new(listener).map(Acceptor::Unix)
            }
        }
    }
}

/// The name of a level.
pub(crate) fn level_name(level: StatsLevel) -> &'static str {
    match level {
        StatsLevel::User => "user",
        StatsLevel::Operator => "operator",
        StatsLevel::Admin => "admin",
    }
}

/// Accepts connections as long as there is room for them; the others wait in the kernel.
pub(crate) async fn accept_forever(
    acceptor: Acceptor,
    level: StatsLevel,
    runtime: Arc<Runtime>,
    room: Arc<Semaphore>,
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if acceptor.ready().await.is_err() {
            return;
        }
        // Room is asked for only once somebody is there, so that idle sockets do not keep it from others.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let runtime = Arc::clone(&runtime);
        match acceptor.try_accept() {
            Ok(Accepted::Tcp(stream)) => {
                connections.spawn(async move {
                    converse(stream, level, &runtime).await;
                    drop(place);
                });
            }
            Ok(Accepted::Unix(stream)) => {
                connections.spawn(async move {
                    converse(stream, level, &runtime).await;
                    drop(place);
                });
            }
            Err(fault) if is_of_the_connection(&fault) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await,
        }
    }
}

/// Whether an error of accept concerns that connection alone (or says that there is none after all).
fn is_of_the_connection(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
    )
}

impl Acceptor {
    /// Waits until somebody may be there.
    async fn ready(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => listener.readable().await.map(|mut guard| guard.retain_ready()),
            Self::Unix(listener) => listener.readable().await.map(|mut guard| guard.retain_ready()),
        }
    }

    fn try_accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = try_io(listener, TcpListener::accept)?;
                stream.set_nonblocking(true)?;
                TcpStream::from_std(stream).map(Accepted::Tcp)
            }
            Self::Unix(listener) => {
                let (stream, _) = try_io(listener, UnixListener::accept)?;
                stream.set_nonblocking(true)?;
                UnixStream::from_std(stream).map(Accepted::Unix)
            }
        }
    }
}

/// Tries once; where there is nothing, the next wait is for news.
fn try_io<L: std::os::fd::AsRawFd, T>(
    listener: &AsyncFd<L>,
    accept: impl FnOnce(&L) -> io::Result<T>,
) -> io::Result<T> {
    let mut accept = Some(accept);
    listener.try_io(tokio::io::Interest::READABLE, |listener| match accept.take() {
        Some(accept) => accept(listener),
        None => Err(io::ErrorKind::WouldBlock.into()),
    })
}
