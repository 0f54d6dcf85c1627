//! Where log lines go. No sink ever waits: what the kernel does not take at once is lost.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use burdock_model::Transport;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::SendFlags;
use rustix::process::{PidfdFlags, PidfdGetfdFlags};

/// An open target.
#[derive(Debug)]
pub(super) enum Sink {
    /// Not connected, so that a receiver that was away for a while costs no line after its return.
    Udp { socket: UdpSocket, address: SocketAddr },
    /// Addressed by path each time, so that a receiver may be restarted.
    Unix { socket: UnixDatagram, path: PathBuf },
    /// A descriptor that is a socket.
    Socket(OwnedFd),
    /// A pipe, terminal or file, in non-blocking mode.
    Stream(OwnedFd),
    /// It could not be opened.
    Missing,
}

impl Sink {
    /// Opens a target. One that cannot be opened swallows its lines, each reported as lost.
    pub(super) fn open(transport: &Transport) -> Sink {
        let opened = match transport {
            Transport::Udp(address) => unbound_udp(address).map(|socket| Sink::Udp { socket, address: *address }),
            Transport::UnixDatagram(path) => unbound_unix().map(|socket| Sink::Unix { socket, path: path.clone() }),
            Transport::Descriptor(fd) => open_descriptor(*fd),
        };
        opened.unwrap_or(Sink::Missing)
    }

    /// Hands over a whole line. Says whether it was taken.
    pub(super) fn send(&self, line: &[u8]) -> bool {
        let sent = match self {
            Self::Udp { socket, address } => socket.send_to(line, address).ok(),
            Self::Unix { socket, path } => socket.send_to(line, path).ok(),
            Self::Socket(fd) => rustix::net::send(fd, line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).ok(),
            Self::Stream(fd) => rustix::io::write(fd, line).ok(),
            Self::Missing => None,
        };
        sent == Some(line.len())
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

    #[test]
    fn udp_survives_an_absent_receiver() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sink = Sink::open(&Transport::Udp(receiver.local_addr().unwrap()));
        assert!(sink.send(b"one\n"));
        let address = receiver.local_addr().unwrap();
        drop(receiver);
        assert!(sink.send(b"two\n") && sink.send(b"three\n"));
        let receiver = UdpSocket::bind(address).unwrap();
        assert!(sink.send(b"four\n"));
        let mut buffer = [0; 16];
        let n = receiver.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..n], b"four\n");
    }

    #[test]
    fn unix_datagrams_find_a_restarted_receiver() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let sink = Sink::open(&Transport::UnixDatagram(path.clone()));
        assert!(!sink.send(b"lost\n"), "nobody listens");
        for _ in 0..2 {
            let receiver = UnixDatagram::bind(&path).unwrap();
            assert!(sink.send(b"kept\n"));
            let mut buffer = [0; 16];
            let n = receiver.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], b"kept\n");
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_full_pipe_loses_lines_instead_of_waiting() {
        let (mut reader, writer) = io::pipe().unwrap();
        let sink = Sink::open(&Transport::Descriptor(writer.as_raw_fd()));
        let line = [b'x'; 1024];
        let taken = (0..10_000).take_while(|_| sink.send(&line)).count();
        assert!((1..10_000).contains(&taken));
        let mut buffer = vec![0; 64 * 1024];
        assert!(reader.read(&mut buffer).unwrap() > 0);
        assert!(sink.send(&line), "there is room again");
        assert!(
            !rustix::fs::fcntl_getfl(&writer).unwrap().contains(OFlags::NONBLOCK),
            "the giver's own mode is untouched"
        );
    }

    #[test]
    fn a_socket_as_descriptor() {
        let (mut near, far) = UnixStream::pair().unwrap();
        let sink = Sink::open(&Transport::Descriptor(far.as_raw_fd()));
        assert!(sink.send(b"line\n"));
        let mut buffer = [0; 5];
        near.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"line\n");
    }

    #[test]
    fn what_cannot_be_opened_loses_everything() {
        let (_, writer) = io::pipe().unwrap();
        let closed = writer.as_raw_fd();
        drop(writer);
        let sink = Sink::open(&Transport::Descriptor(closed + 1000));
        assert!(matches!(sink, Sink::Missing) && !sink.send(b"x"));
    }
}
