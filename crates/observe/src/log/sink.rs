//! Where log lines go. No sink ever waits: what the kernel does not take at once, and what a ring has no room for, is lost.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_model::{Logging, Transport};
use burdock_state::Ring;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::SendFlags;
use rustix::process::{PidfdFlags, PidfdGetfdFlags};

use super::farm::Farm;

/// An open target.
#[derive(Debug)]
pub(super) enum Sink {
    /// Not connected, so that a receiver that was away for a while costs no line after its return.
    Udp { socket: UdpSocket, address: SocketAddr },
    /// Addressed by path each time, so that a receiver may be restarted.
    Unix { socket: UnixDatagram, path: PathBuf },
    /// As [`Sink::Unix`], in the abstract name space.
    Abstract { socket: UnixDatagram, address: UnixAddress },
    /// A ring in memory.
    Ring(Arc<Ring>),
    /// The servers of a log backend.
    Farm(Box<Farm>),
    /// A descriptor that is a socket.
    Socket(OwnedFd),
    /// A pipe, terminal or file, in non-blocking mode.
    Stream(OwnedFd),
    /// It could not be opened.
    Missing,
}

impl Sink {
    /// Opens a target. One that cannot be opened swallows its lines, each reported as lost.
    pub(super) fn open(transport: &Transport, logging: &Logging) -> Sink {
        let opened = match transport {
            Transport::Udp(address) => unbound_udp(address).map(|socket| Sink::Udp { socket, address: *address }),
            Transport::UnixDatagram(path) => unbound_unix().map(|socket| Sink::Unix { socket, path: path.clone() }),
            Transport::AbstractDatagram { name, padded } => open_abstract(name, *padded),
            Transport::Ring(index) => {
                Ok(logging.rings.get(*index).map_or(Sink::Missing, |ring| Sink::Ring(Arc::clone(&ring.live))))
            }
            Transport::Farm(index) => Ok(logging
                .farms
                .get(*index)
                .map_or(Sink::Missing, |farm| Sink::Farm(Box::new(Farm::open(farm, logging))))),
            Transport::Descriptor(fd) => open_descriptor(*fd),
        };
        opened.unwrap_or(Sink::Missing)
    }

    /// Hands over a whole line, line end included; `text` is what it has beyond its header. Says how many lines are lost by it: itself, or older ones that it drove out of a ring.
    pub(super) fn send(&self, line: &[u8], text: &[u8]) -> u64 {
        let sent = match self {
            Self::Udp { socket, address } => socket.send_to(line, address).ok(),
            Self::Unix { socket, path } => socket.send_to(line, path).ok(),
            Self::Abstract { socket, address } => socket.send_to_addr(line, address).ok(),
            Self::Ring(ring) => return ring.push(line.strip_suffix(b"\n").unwrap_or(line)),
            Self::Farm(farm) => return farm.send(line, text),
            Self::Socket(fd) => rustix::net::send(fd, line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).ok(),
            Self::Stream(fd) => rustix::io::write(fd, line).ok(),
            Self::Missing => None,
        };
        u64::from(sent != Some(line.len()))
    }
}

fn unbound_udp(target: &SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match target {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn unbound_unix() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn open_abstract(name: &[u8], padded: bool) -> io::Result<Sink> {
    let address = burdock_os::abstract_address(name, padded)?;
    let address = UnixAddress::from_abstract_name(address.abstract_name().unwrap_or_default())?;
    Ok(Sink::Abstract { socket: unbound_unix()?, address })
}

/// A descriptor of our own for what `fd` refers to. Opened anew where that is possible, so that non-blocking mode is not forced upon
/// others who share the description (the shell whose terminal it is, say).
fn open_descriptor(fd: RawFd) -> io::Result<Sink> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    if let Ok(reopened) = rustix::fs::open(format!("/proc/self/fd/{fd}"), flags, Mode::empty()) {
        return Ok(Sink::Stream(reopened));
    }
    let duplicate = duplicate(fd)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&duplicate)?.st_mode) == FileType::Socket {
        return Ok(Sink::Socket(duplicate));
    }
    rustix::fs::fcntl_setfl(&duplicate, rustix::fs::fcntl_getfl(&duplicate)? | OFlags::NONBLOCK)?;
    Ok(Sink::Stream(duplicate))
}

fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    match fd {
        1 => io::stdout().as_fd().try_clone_to_owned(),
        2 => io::stderr().as_fd().try_clone_to_owned(),
        _ => {
            let this = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty())?;
            Ok(rustix::process::pidfd_getfd(this, fd, PidfdGetfdFlags::empty())?)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn open(transport: &Transport) -> Sink {
        Sink::open(transport, &Logging::default())
    }

    fn send(sink: &Sink, line: &[u8]) -> u64 {
        sink.send(line, line)
    }

    #[test]
    fn udp_survives_an_absent_receiver() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sink = open(&Transport::Udp(receiver.local_addr().unwrap()));
        assert_eq!(send(&sink, b"one\n"), 0);
        let address = receiver.local_addr().unwrap();
        drop(receiver);
        assert_eq!(send(&sink, b"two\n") + send(&sink, b"three\n"), 0);
        let receiver = UdpSocket::bind(address).unwrap();
        assert_eq!(send(&sink, b"four\n"), 0);
        let mut buffer = [0; 16];
        let n = receiver.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..n], b"four\n");
    }

    #[test]
    fn unix_datagrams_find_a_restarted_receiver() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let sink = open(&Transport::UnixDatagram(path.clone()));
        assert_eq!(send(&sink, b"lost\n"), 1, "nobody listens");
        for _ in 0..2 {
            let receiver = UnixDatagram::bind(&path).unwrap();
            assert_eq!(send(&sink, b"kept\n"), 0);
            let mut buffer = [0; 16];
            let n = receiver.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], b"kept\n");
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_full_pipe_loses_lines_instead_of_waiting() {
        let (mut reader, writer) = io::pipe().unwrap();
        let sink = open(&Transport::Descriptor(writer.as_raw_fd()));
        let line = [b'x'; 1024];
        let taken = (0..10_000).take_while(|_| send(&sink, &line) == 0).count();
        assert!((1..10_000).contains(&taken));
        let mut buffer = vec![0; 64 * 1024];
        assert!(reader.read(&mut buffer).unwrap() > 0);
        assert_eq!(send(&sink, &line), 0, "there is room again");
        assert!(
            !rustix::fs::fcntl_getfl(&writer).unwrap().contains(OFlags::NONBLOCK),
            "the giver's own mode is untouched"
        );
    }

    #[test]
    fn a_socket_as_descriptor() {
        let (mut near, far) = UnixStream::pair().unwrap();
        let sink = open(&Transport::Descriptor(far.as_raw_fd()));
        assert_eq!(send(&sink, b"line\n"), 0);
        let mut buffer = [0; 5];
        near.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"line\n");
    }

    #[test]
    fn what_cannot_be_opened_loses_everything() {
        let (_, writer) = io::pipe().unwrap();
        let closed = writer.as_raw_fd();
        drop(writer);
        let sink = open(&Transport::Descriptor(closed + 1000));
        assert!(matches!(sink, Sink::Missing) && send(&sink, b"x") == 1);
    }

    #[test]
    fn abstract_names_are_padded_or_not() {
        for padded in [true, false] {
            let name = format!("burdock-sink-{}-{padded}", std::process::id()).into_bytes();
            let address = burdock_os::abstract_address(&name, padded).unwrap();
            let receiver =
                rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::DGRAM, None).unwrap();
            rustix::net::bind(&receiver, &address).unwrap();
            let receiver = UnixDatagram::from(receiver);
            assert_eq!(open(&Transport::AbstractDatagram { name, padded }).send(b"line\n", b"line"), 0);
            let mut buffer = [0; 16];
            let n = receiver.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], b"line\n");
        }
    }
}
