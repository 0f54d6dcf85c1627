//! Binding an outgoing socket to a source address, a range of ports, a device.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{BindToDevice, IpBindAddressNoPort};
use rustix::net::sockopt;

/// Where the next port of any range is looked for.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// Binds a TCP socket that has yet to connect. With `last_port` the ports from the address's own to that one are taken in turn, each
/// once at most; without it port zero lets the kernel choose.
///
/// # Errors
/// Those of the system: the address or port is not to be had, the device is unknown or not allowed.
pub fn bind_source(
    socket: impl AsFd,
    address: SocketAddr,
    last_port: Option<u16>,
    interface: Option<&str>,
) -> io::Result<()> {
    if let Some(interface) = interface {
        setsockopt(&socket, BindToDevice, &OsString::from(interface))?;
    }
    let Some(last_port) = last_port else {
        if address.port() == 0 {
            // The kernel then chooses the port when it connects, and may share it between destinations.
            setsockopt(&socket, IpBindAddressNoPort, &true)?;
        } else {
            sockopt::set_socket_reuseaddr(&socket, true)?;
        }
        return Ok(rustix::net::bind(&socket, &address)?);
    };
    sockopt::set_socket_reuseaddr(&socket, true)?;
    let first = address.port();
    let count = last_port.saturating_sub(first).saturating_add(1);
    let mut result = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..count {
        let port = first + NEXT_PORT.fetch_add(1, Relaxed) % count;
        result = rustix::net::bind(&socket, &SocketAddr::new(address.ip(), port)).map_err(io::Error::from);
        if result.is_ok() {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::OwnedFd;

    use rustix::net::{AddressFamily, SocketType, connect, socket};

    use super::*;

    /// Where a connection to a listener comes from, as the listener sees it.
    fn source_seen(address: &str, last_port: Option<u16>) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let socket: OwnedFd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind_source(&socket, address.parse().map_err(io::Error::other)?, last_port, None)?;
        connect(&socket, &listener.local_addr()?)?;
        let _connected = TcpStream::from(socket);
        Ok(listener.accept()?.1)
    }

    #[test]
    fn the_peer_sees_the_source() {
        assert_eq!(source_seen("127.0.0.7:0", None).unwrap().ip().to_string(), "127.0.0.7");
        // No host has an address of this block (RFC 5737).
        assert!(source_seen("192.0.2.1:0", None).is_err());
    }

    #[test]
    fn a_range_is_tried_port_by_port() {
        let taken = TcpListener::bind("127.0.0.8:0").unwrap();
        let first = taken.local_addr().unwrap().port();
        let Some(last) = first.checked_add(9) else { return };
        for _ in 0..3 {
            let seen = source_seen(&format!("127.0.0.8:{first}"), Some(last)).unwrap();
            assert!((first + 1..=last).contains(&seen.port()), "{seen}");
        }
        assert!(source_seen(&format!("127.0.0.8:{first}"), Some(first)).is_err());
    }
}
