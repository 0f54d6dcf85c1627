//! Sockets that the parent process left open for this one (`fd@N`, configuration manual 11).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{SockType, getsockopt, sockopt};

/// The two kinds of sockets that a configuration can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// A stream of bytes: TCP or a Unix stream socket.
    Stream,
    /// Datagrams: UDP or a Unix datagram socket.
    Datagram,
}

/// Descriptors taken over so far. They stay here until [`close_adopted`], so that one may be named by several lines.
static ADOPTED: Mutex<BTreeMap<RawFd, OwnedFd>> = Mutex::new(BTreeMap::new());

/// Takes over descriptor `number`, which the parent process must have left open, and returns a duplicate that is closed on exec.
///
/// # Errors
/// `EBADF`: it is not open. `ENOTSOCK`: it is no stream or datagram socket. `EBUSY`: it was opened by this process and not inherited.
pub fn adopt_fd(number: RawFd) -> io::Result<OwnedFd> {
    let mut adopted = ADOPTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(owned) = adopted.get(&number) {
        return owned.try_clone();
    }
    if number < 0 {
        return Err(Errno::EBADF.into());
    }
    #[expect(unsafe_code, reason = "a number from the configuration becomes a descriptor")]
    // SAFETY: the number is not -1. The borrow lasts until the end of this function, in which nothing closes descriptors of others;
    // if the number is not open, the first system call says so and nothing else is done with it.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = FdFlag::from_bits_truncate(fcntl(descriptor, FcntlArg::F_GETFD)?);
    socket_kind(descriptor)?;
    if number <= LAST_STANDARD_STREAM {
        return descriptor.try_clone_to_owned();
    }
    // What survived an exec cannot have had this flag, and everything that this process opens has it.
    if flags.contains(FdFlag::FD_CLOEXEC) {
        return Err(Errno::EBUSY.into());
    }
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    #[expect(unsafe_code, reason = "an inherited descriptor gets its owner")]
    // SAFETY: it is open (the calls above succeeded), it was inherited (no close-on-exec flag) and therefore has no owner in this
    // process, and the flag set above makes a second adoption of the same number fail.
    let owned = unsafe { OwnedFd::from_raw_fd(number) };
    let duplicate = owned.try_clone()?;
    adopted.insert(number, owned);
    Ok(duplicate)
}

/// Closes the inherited descriptors themselves; the duplicates that [`adopt_fd`] gave stay open. To be called once the configuration has
/// been read, since a listening socket goes on collecting connections until its last descriptor is closed.
pub fn close_adopted() {
    ADOPTED.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Which kind of socket it is.
///
/// # Errors
/// `EBADF`, or `ENOTSOCK` for what is neither.
pub fn socket_kind(descriptor: impl AsFd) -> io::Result<SocketKind> {
    let descriptor = descriptor.as_fd();
    debug_assert!(descriptor.as_raw_fd() >= 0);
    match getsockopt(&descriptor, sockopt::SockType)? {
        SockType::Stream => Ok(SocketKind::Stream),
        SockType::Datagram => Ok(SocketKind::Datagram),
        _ => Err(Errno::ENOTSOCK.into()),
    }
}

/// Standard input, output and error are never closed here: the rest of the process takes them for open.
const LAST_STANDARD_STREAM: RawFd = 2;

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    fn errno(result: io::Result<OwnedFd>) -> Option<i32> {
        result.err().and_then(|fault| fault.raw_os_error())
    }

    #[test]
    fn only_inherited_sockets_are_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(errno(adopt_fd(listener.as_raw_fd())), Some(libc::EBUSY), "opened here");
        let file = File::open("/dev/null").unwrap();
        assert_eq!(errno(adopt_fd(file.as_raw_fd())), Some(libc::ENOTSOCK), "no socket");
        assert_eq!(errno(adopt_fd(-1)), Some(libc::EBADF));
        assert_eq!(errno(adopt_fd(1_000_000)), Some(libc::EBADF));

        // As a parent would leave it: open across an exec and owned by nobody here.
        let inherited = std::os::fd::IntoRawFd::into_raw_fd(listener);
        #[expect(unsafe_code, reason = "the test plays the parent")]
        // SAFETY: open, and used only within this statement.
        fcntl(unsafe { BorrowedFd::borrow_raw(inherited) }, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
        let first = adopt_fd(inherited).unwrap();
        let second = adopt_fd(inherited).unwrap();
        for duplicate in [&first, &second] {
            let flags = FdFlag::from_bits_truncate(fcntl(duplicate, FcntlArg::F_GETFD).unwrap());
            assert!(flags.contains(FdFlag::FD_CLOEXEC));
            assert_eq!(socket_kind(duplicate).unwrap(), SocketKind::Stream);
        }
        drop((first, second));
        close_adopted();
        let refused = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused, "nothing holds the socket any more");
    }

    #[test]
    fn datagram_sockets_are_told_apart() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(socket_kind(&socket).unwrap(), SocketKind::Datagram);
    }
}
