//! Listening sockets of the runtime API: what they are called, and how connections are accepted within `stats maxconn`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use burdock_model::{Address, StatsLevel, StatsSocket};
use burdock_state::ProcessCounter;
use burdock_tls::BindTls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

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
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
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
                tokio::net::TcpListener::from_std(listener).map(Acceptor::Tcp)
            }
            Self::Unix(listener) => {
                listener.set_nonblocking(true)?;
                tokio::net::UnixListener::from_std(listener).map(Acceptor::Unix)
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

/// Accepts connections and serves as many at once as there is room for, over all sockets; one more a socket is held back.
pub(crate) async fn accept_forever(
    acceptor: Acceptor,
    level: StatsLevel,
    tls: Option<Arc<BindTls>>,
    runtime: Arc<Runtime>,
    room: Arc<Semaphore>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = match acceptor.accept().await {
            Ok(accepted) => accepted,
            Err(fault) if is_of_the_connection(&fault) => continue,
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        while connections.try_join_next().is_some() {}
        let (runtime, tls) = (Arc::clone(&runtime), tls.clone());
        connections.spawn(async move {
            match accepted {
                Accepted::Tcp(stream) => serve(stream, level, tls.as_deref(), &runtime).await,
                Accepted::Unix(stream) => serve(stream, level, tls.as_deref(), &runtime).await,
            }
            drop(place);
        });
    }
}

/// Serves a connection, once its handshake is carried through where it begins with one. Of those that fail nobody is told.
async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send>(
    stream: S,
    level: StatsLevel,
    tls: Option<&BindTls>,
    runtime: &Runtime,
) {
    let Some(tls) = tls else { return converse(stream, level, runtime).await };
    let silence = Duration::from_millis(runtime.model.load().global.stats_timeout_ms);
    if let Ok(Ok(stream)) = timeout(silence, burdock_tls_stream::accept(stream, tls)).await {
        runtime.model.load().process.counters.add_shared(ProcessCounter::TlsHandshakes, 1);
        converse(stream, level, runtime).await;
    }
}

/// Whether an error of accept concerns that connection alone.
fn is_of_the_connection(fault: &io::Error) -> bool {
    matches!(fault.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

impl Acceptor {
    async fn accept(&self) -> io::Result<Accepted> {
        Ok(match self {
            Self::Tcp(listener) => Accepted::Tcp(listener.accept().await?.0),
            Self::Unix(listener) => Accepted::Unix(listener.accept().await?.0),
        })
    }
}
