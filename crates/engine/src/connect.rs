//! Opening connections to servers.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use burdock_model::{Address, Protocol, Proxy, Server, SourceAddress, Tune, WebSocketProtocol};
use burdock_tls::TlsFacts;
use burdock_txn::{Endpoint, Txn};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, ipproto, sockopt};

use crate::label::{delay_ack, label};
use crate::server_pool::Wire;
use crate::socket::Socket;
use crate::tls_socket::TlsSocket;
use crate::transport::Transport;

/// A socket on its way to a server; whether it got there, [`Socket::poll_connected`] says. `true`: it is there already.
pub fn open(server: &Server, backend: &Proxy, txn: &Txn, tune: &Tune) -> io::Result<(Socket, bool)> {
    match &server.address {
        Address::Tcp(address) => {
            let address = mapped(*address, server.port_offset, &txn.local);
            let source = server.source.as_ref().or_else(|| backend.backend.as_ref()?.source.as_ref());
            let (mark, class) = (txn.directives.server_mark, txn.directives.server_tos);
            let acknowledges_by_request = backend.backend.as_ref().is_some_and(|side| side.smart_connect);
            open_tcp(address, source, server.fast_open, tune, |fd| {
                label(fd, mark, class);
                if acknowledges_by_request {
                    delay_ack(fd);
                }
            })
        }
        Address::Unix(path) => open_unix(&SocketAddrUnix::new(path.as_path())?),
        Address::Abstract { name, padded } => open_unix(&burdock_os::abstract_address(name, *padded)?),
        Address::Inherited(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// What carries the bytes to a server: the socket itself, or TLS over it, whose handshake [`Transport::poll_connected`] carries through. `early`:
/// what is sent first may go with the first flight.
///
/// # Errors
/// The server cannot be asked for such a name.
pub fn carry(
    socket: Socket,
    server: &Server,
    server_name: Option<&str>,
    websocket: bool,
    connected: bool,
    early: bool,
) -> io::Result<Transport> {
    let Some(tls) = &server.tls else { return Ok(socket.into()) };
    let tls = tls.websocket.as_ref().filter(|_| websocket).unwrap_or(&tls.tls);
    let with_early = if early { tls.connect_early(server_name).map_err(io::Error::other)? } else { None };
    let (config, name) = match with_early {
        Some(found) => found,
        None => tls.connect(server_name).map_err(io::Error::other)?,
    };
    let session = rustls::ClientConnection::new(config, name).map_err(io::Error::other)?;
    Ok(Transport::Tls(Box::new(TlsSocket::connect(socket, session, !connected))))
}

/// What a request to the server must be spoken in, whatever connection it gets (`proto`, `ws`). Where ALPN leaves a choice for WebSocket, that
/// is HTTP/1.
pub fn wire(server: &Server, websocket: bool) -> Wire {
    let alpn_decides = server.tls.as_ref().is_some_and(|tls| tls.websocket.is_some());
    match (server.ws, server.protocol) {
        (_, Protocol::FastCgi) => Wire::FastCgi,
        (WebSocketProtocol::Http1, _) if websocket => Wire::Http1,
        (WebSocketProtocol::Http2, _) if websocket => Wire::Http2,
        (_, Protocol::Http2) => Wire::Http2,
        (_, Protocol::Http1) => Wire::Http1,
        (_, Protocol::Auto) if websocket && alpn_decides => Wire::Http1,
        (_, Protocol::Auto) => Wire::Any,
    }
}

/// Whether a connection that was just made is one of HTTP/2.
pub fn speaks_http2(wire: Wire, tls: Option<&TlsFacts>) -> bool {
    match wire {
        Wire::Http1 | Wire::FastCgi => false,
        Wire::Http2 => true,
        Wire::Any => tls.is_some_and(|tls| tls.alpn.as_deref() == Some(b"h2")),
    }
}

/// Whether connections to the server lead where the client wanted to go (an address of zeros).
pub fn follows_client(server: &Server) -> bool {
    matches!(&server.address, Address::Tcp(address) if address.ip().is_unspecified())
}

/// The address that is meant: with the client's destination where the server line leaves that open, and with the port that the client's port
/// maps to where it has a relative one.
fn mapped(mut address: SocketAddr, offset: Option<i32>, local: &Endpoint) -> SocketAddr {
    if address.ip().is_unspecified()
        && let Some(destination) = local.ip()
    {
        address.set_ip(destination);
        if address.port() == 0 {
            address.set_port(local.port());
        }
    }
    if let Some(offset) = offset {
        let port = i32::from(local.port()).wrapping_add(offset);
        address.set_port(port as u16);
    }
    address
}

fn open_tcp(
    address: SocketAddr,
    source: Option<&SourceAddress>,
    fast_open: bool,
    tune: &Tune,
    label: impl Fn(&OwnedFd),
) -> io::Result<(Socket, bool)> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let fd = new_socket(family, Some(ipproto::TCP))?;
    sockopt::set_tcp_nodelay(&fd, true)?;
    if let Some(size) = tune.server_receive_buffer {
        sockopt::set_socket_recv_buffer_size(&fd, size)?;
    }
    if let Some(size) = tune.server_send_buffer {
        sockopt::set_socket_send_buffer_size(&fd, size)?;
    }
    if fast_open {
        nix::sys::socket::setsockopt(&fd, nix::sys::socket::sockopt::TcpFastOpenConnect, &true)?;
    }
    label(&fd);
    if let Some(source) = source {
        burdock_os::bind_source(&fd, source.address, source.last_port, source.interface.as_deref())?;
    }
    finish(rustix::net::connect(&fd, &address), fd, address.ip().is_loopback())
}

fn open_unix(address: &SocketAddrUnix) -> io::Result<(Socket, bool)> {
    let fd = new_socket(AddressFamily::UNIX, None)?;
    finish(rustix::net::connect(&fd, address), fd, false)
}

fn new_socket(family: AddressFamily, protocol: Option<rustix::net::Protocol>) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(rustix::net::socket_with(family, SocketType::STREAM, flags, protocol)?)
}

/// What a connect came to. On the same machine the handshake is over when the call returns, though the call itself does not say so: asking
/// costs less than waiting for the event loop.
fn finish(result: rustix::io::Result<()>, fd: OwnedFd, same_machine: bool) -> io::Result<(Socket, bool)> {
    match result {
        Ok(()) => Ok((Socket::new(fd), true)),
        Err(rustix::io::Errno::INPROGRESS) => {
            let mut socket = Socket::connecting(fd);
            let connected = same_machine && socket.is_connected();
            Ok((socket, connected))
        }
        Err(errno) => Err(errno.into()),
    }
}
