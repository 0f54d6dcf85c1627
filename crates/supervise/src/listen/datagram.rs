//! Sockets that receive datagrams of log messages (configuration manual 12.6 `dgram-bind`).

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use burdock_model::{Address, ForwardListener, SocketOptions, UnixPermissions};
use burdock_observe::ForwardSocket;
use nix::unistd::{Gid, Uid, chown};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use socket2::{Domain, Protocol, Socket, Type};

use super::Fault;

/// A bound, non-blocking socket.
pub fn open(listener: &ForwardListener) -> Result<ForwardSocket, Fault> {
    match &listener.address {
        Address::Tcp(address) => Ok(ForwardSocket::Udp(udp(*address, &listener.options)?.into())),
        Address::Unix(path) => Ok(ForwardSocket::UnixDatagram(unix(path, &listener.permissions)?)),
        Address::Abstract { name, padded } => {
            let address = burdock_os::abstract_address(name, *padded).map_err(Fault::of("bind UNIX socket"))?;
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)
                .map_err(Fault::of("create UNIX socket"))?;
            rustix::net::bind(&socket, &address).map_err(Fault::of("bind UNIX socket"))?;
            Ok(ForwardSocket::UnixDatagram(socket.into()))
        }
        Address::Inherited(_) => {
            Err(Fault::of("take over descriptor")(std::io::Error::from(std::io::ErrorKind::Unsupported)))
        }
    }
}

/// A new process binds the port while the old one still receives.
fn udp(address: std::net::SocketAddr, options: &SocketOptions) -> Result<Socket, Fault> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking(), Some(Protocol::UDP))
        .map_err(Fault::of("create socket"))?;
    socket.set_reuse_address(true).map_err(Fault::of("reuse address"))?;
    socket.set_reuse_port(true).map_err(Fault::of("reuse port"))?;
    if let Some(only) = options.v6_only.filter(|_| address.is_ipv6()) {
        socket.set_only_v6(only).map_err(Fault::of("choose IPv6 only"))?;
    }
    if options.transparent {
        let set =
            if address.is_ipv4() { socket.set_ip_transparent_v4(true) } else { socket.set_ip_transparent_v6(true) };
        set.map_err(Fault::of("make socket transparent"))?;
    }
    if let Some(interface) = &options.interface {
        socket.bind_device(Some(interface.as_bytes())).map_err(Fault::of("bind to interface"))?;
    }
    socket.bind(&address.into()).map_err(Fault::of("bind socket"))?;
    Ok(socket)
}

/// A socket that is left over at the path is replaced; nothing else is.
fn unix(path: &Path, permissions: &UnixPermissions) -> Result<UnixDatagram, Fault> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(path).map_err(Fault::of("replace UNIX socket"))?;
    }
    let socket = UnixDatagram::bind(path).map_err(Fault::of("bind UNIX socket"))?;
    socket.set_nonblocking(true).map_err(Fault::of("make socket non-blocking"))?;
    if permissions.uid.is_some() || permissions.gid.is_some() {
        chown(path, permissions.uid.map(Uid::from_raw), permissions.gid.map(Gid::from_raw))
            .map_err(Fault::of("change UNIX socket ownership"))?;
    }
    if let Some(mode) = permissions.mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(Fault::of("change UNIX socket mode"))?;
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_left_over_is_replaced_and_a_file_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        drop(unix(&path, &UnixPermissions::default()).unwrap());
        let private = UnixPermissions { mode: Some(0o600), ..UnixPermissions::default() };
        let socket = unix(&path, &private).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        UnixDatagram::unbound().unwrap().send_to(b"x", &path).unwrap();
        assert_eq!(socket.recv(&mut [0; 4]).unwrap(), 1);
        let file = directory.path().join("file");
        fs::write(&file, "kept").unwrap();
        assert!(unix(&file, &UnixPermissions::default()).is_err() && file.exists());
    }
}
