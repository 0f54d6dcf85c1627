//! Options of listening sockets that have no safe setter elsewhere.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// `TCP_DEFER_ACCEPT`: the kernel reports a connection once data has arrived, or `seconds` after the handshake (tcp(7)).
///
/// # Errors
/// Those of `setsockopt`.
pub fn set_defer_accept(socket: impl AsFd, seconds: i32) -> io::Result<()> {
    set_tcp_option(socket, libc::TCP_DEFER_ACCEPT, seconds)
}

/// `TCP_FASTOPEN`: data in the first segment is accepted from up to `queue` clients whose handshake is not over (RFC 7413).
///
/// # Errors
/// Those of `setsockopt`.
pub fn set_fast_open(socket: impl AsFd, queue: i32) -> io::Result<()> {
    set_tcp_option(socket, libc::TCP_FASTOPEN, queue)
}

/// Lets packets for a socket pass unheard (socket(7), `SO_ATTACH_FILTER`), or no longer. Clients of a TCP socket try again a second later.
///
/// # Errors
/// Those of `setsockopt`.
pub fn ignore_packets(socket: impl AsFd, ignored: bool) -> io::Result<()> {
    let socket = socket.as_fd();
    let socket = socket2::SockRef::from(&socket);
    // A filter of one instruction: accept no bytes.
    let code = libc::BPF_RET | libc::BPF_K;
    match ignored {
        true => socket.attach_filter(&[socket2::SockFilter::new(code as u16, 0, 0, 0)]),
        false => socket.detach_filter(),
    }
}

pub(crate) fn set_tcp_option(socket: impl AsFd, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let socket = socket.as_fd();
    #[expect(unsafe_code, reason = "no crate has a setter for these options")]
    // SAFETY: the descriptor is open for as long as it is borrowed; the pointer and length describe one integer that lives across the
    // call, and the kernel only reads it.
    let outcome = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            name,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcp_sockets_take_the_options_and_others_do_not() {
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        set_defer_accept(&tcp, 1).unwrap();
        set_fast_open(&tcp, 16).unwrap();
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(set_defer_accept(&udp, 1).is_err());
    }
}
