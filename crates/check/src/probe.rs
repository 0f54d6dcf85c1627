//! One check: a connection, made and dropped, with a TLS handshake in between where the server is to be asked for one.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use burdock_model::{Address, CheckSettings, CheckTls, SourceAddress};
use burdock_state::{CheckReport, CheckStatus};
use nix::errno::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, ipproto, sockopt};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{CertificateError, Error as TlsError};

/// Why no connection came about.
#[derive(Debug)]
enum Failure {
    /// There is no socket for it.
    Socket(io::Error),
    /// The source address is not to be had.
    Source(io::Error),
    /// It was refused, or broke.
    Connection(io::Error),
    /// The TLS handshake failed.
    Handshake(io::Error),
    /// The server's certificate is for other names than the one that was asked for; `false`: than the one of the line (`verifyhost`).
    OtherName { asked_for: bool },
    /// The connection took too long.
    Timeout,
    /// The handshake took too long.
    HandshakeTimeout,
}

/// Tries once to connect, within a limit; one of its own may be set for what follows the connection (`timeout check`).
pub(crate) async fn probe(
    address: &Address,
    source: Option<&SourceAddress>,
    tls: Option<&CheckTls>,
    limit_ms: u64,
    exchange_limit_ms: Option<u64>,
) -> CheckReport {
    let began = Instant::now();
    let mut deadline = tokio::time::Instant::now() + Duration::from_millis(limit_ms);
    let result = match tokio::time::timeout_at(deadline, connect(address, source, tls.is_some())).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Failure::Timeout),
    };
    if let Some(ms) = exchange_limit_ms {
        deadline = tokio::time::Instant::now() + Duration::from_millis(ms);
    }
    let result = match (result, tls) {
        (Ok(socket), Some(tls)) => match tokio::time::timeout_at(deadline, shake_hands(socket, address, tls)).await {
            Ok(result) => result.map(|()| CheckStatus::Layer6Passed),
            Err(_elapsed) => Err(Failure::HandshakeTimeout),
        },
        (result, _) => result.map(|_| CheckStatus::Layer4Passed),
    };
    let (status, info) = match result {
        Ok(status) => (status, String::new()),
        Err(failure) => failure.report(),
    };
    CheckReport { status, duration_ms: Some(u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX)), info }
}

/// How long an attempt may take. `timeout check` bounds what follows the connection and leaves the connection itself to `timeout
/// connect`; without it the interval bounds everything (configuration manual 4.2 `timeout check`).
pub(crate) fn limit_ms(settings: &CheckSettings) -> u64 {
    match settings.timeout_ms {
        Some(_) => settings.connect_timeout_ms.unwrap_or(u64::MAX).min(settings.inter_ms),
        None => settings.inter_ms,
    }
}

/// A connection. One that is `kept` is closed in an orderly way; another disappears, if it can, before the server's program hears of it.
async fn connect(address: &Address, source: Option<&SourceAddress>, kept: bool) -> Result<OwnedFd, Failure> {
    let (socket, connected) = begin(address, source, kept)?;
    if connected {
        return Ok(socket);
    }
    let socket = burdock_os::join_event_loop(socket, Interest::WRITABLE).map_err(Failure::Socket)?;
    // The event loop may report a new socket before the connection has got anywhere.
    loop {
        let mut guard = socket.writable().await.map_err(Failure::Connection)?;
        sockopt::socket_error(socket.get_ref())
            .map_err(io::Error::from)
            .and_then(|outcome| Ok(outcome?))
            .map_err(Failure::Connection)?;
        if rustix::net::getpeername(socket.get_ref()).is_ok() {
            drop(guard);
            return Ok(AsyncFd::into_inner(socket));
        }
        guard.clear_ready();
    }
}

/// Carries a TLS handshake through.
async fn shake_hands(socket: OwnedFd, address: &Address, tls: &CheckTls) -> Result<(), Failure> {
    let refused = |error| Failure::Handshake(io::Error::other(error));
    let failed = |error: io::Error| match error.get_ref().and_then(|error| error.downcast_ref::<TlsError>()) {
        Some(TlsError::InvalidCertificate(CertificateError::NotValidForName)) => {
            Failure::OtherName { asked_for: tls.sni.is_some() }
        }
        _ => Failure::Handshake(error),
    };
    let (config, name) = tls.tls.connect(tls.sni.as_deref()).map_err(refused)?;
    let connector = TlsConnector::from(config);
    match address {
        Address::Tcp(_) => {
            let stream = tokio::net::TcpStream::from_std(socket.into()).map_err(Failure::Socket)?;
            connector.connect(name, stream).await.map(drop).map_err(failed)
        }
        _ => {
            let stream = tokio::net::UnixStream::from_std(socket.into()).map_err(Failure::Socket)?;
            connector.connect(name, stream).await.map(drop).map_err(failed)
        }
    }
}

/// Sets a connection going; `true`: it is there already.
fn begin(address: &Address, source: Option<&SourceAddress>, kept: bool) -> Result<(OwnedFd, bool), Failure> {
    match address {
        Address::Tcp(address) => {
            let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            let socket = new_socket(family, Some(ipproto::TCP))?;
            if let Some(SourceAddress { address, interface, last_port }) = source {
                burdock_os::bind_source(&socket, *address, *last_port, interface.as_deref())
                    .map_err(Failure::Source)?;
            }
            if !kept {
                drop_silently(&socket).map_err(|errno| Failure::Socket(errno.into()))?;
            }
            under_way(rustix::net::connect(&socket, address), socket)
        }
        Address::Unix(path) => {
            let address = SocketAddrUnix::new(path.as_path()).map_err(|errno| Failure::Socket(errno.into()))?;
            begin_unix(&address)
        }
        Address::Abstract { name, padded } => {
            begin_unix(&burdock_os::abstract_address(name, *padded).map_err(Failure::Socket)?)
        }
        Address::Inherited(_) => Err(Failure::Socket(io::ErrorKind::Unsupported.into())),
    }
}

fn begin_unix(address: &SocketAddrUnix) -> Result<(OwnedFd, bool), Failure> {
    let socket = new_socket(AddressFamily::UNIX, None)?;
    match rustix::net::connect(&socket, address) {
        // A path that is not there, or no socket, is a fault of the set-up rather than of the server.
        Err(errno) if errno != rustix::io::Errno::CONNREFUSED && errno != rustix::io::Errno::AGAIN => {
            Err(Failure::Socket(errno.into()))
        }
        result => under_way(result, socket),
    }
}

fn new_socket(family: AddressFamily, protocol: Option<rustix::net::Protocol>) -> Result<OwnedFd, Failure> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(family, SocketType::STREAM, flags, protocol).map_err(|errno| Failure::Socket(errno.into()))
}

/// Lets the connection end with a reset before its handshake is over, where the system allows it: the server's program is then never
/// woken for a check.
fn drop_silently(socket: &OwnedFd) -> rustix::io::Result<()> {
    sockopt::set_tcp_quickack(socket, false)?;
    sockopt::set_socket_linger(socket, Some(Duration::ZERO))
}

fn under_way(result: rustix::io::Result<()>, socket: OwnedFd) -> Result<(OwnedFd, bool), Failure> {
    match result {
        Ok(()) => Ok((socket, true)),
        Err(rustix::io::Errno::INPROGRESS) => Ok((socket, false)),
        Err(errno) => Err(Failure::Connection(errno.into())),
    }
}

impl Failure {
    /// The status, and what the system said in HAProxy's words.
    fn report(&self) -> (CheckStatus, String) {
        match self {
            Self::Timeout => (CheckStatus::Layer4Timeout, String::new()),
            Self::HandshakeTimeout => (CheckStatus::Layer6Timeout, String::new()),
            Self::Handshake(error) => (CheckStatus::Layer6Problem, format!("SSL handshake failure ({error})")),
            Self::OtherName { asked_for } => {
                let whose = if *asked_for { "expected" } else { "configured" };
                let info = format!("Server presented an SSL certificate different from the {whose} one");
                (CheckStatus::Layer6Problem, info)
            }
            Self::Socket(error) => (CheckStatus::SocketError, format!("General socket error ({})", words(error))),
            Self::Source(error) => {
                (CheckStatus::Layer4Problem, format!("Can't bind to source address ({})", words(error)))
            }
            Self::Connection(error) => {
                let info = match errno(error) {
                    Some(errno) => format!("{errno:?} returned by OS ({})", errno.desc()),
                    None => words(error),
                };
                (CheckStatus::Layer4Problem, info)
            }
        }
    }
}

fn errno(error: &io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw)
}

fn words(error: &io::Error) -> String {
    errno(error).map_or_else(|| error.to_string(), |errno| errno.desc().to_owned())
}

#[cfg(test)]
mod tests;
