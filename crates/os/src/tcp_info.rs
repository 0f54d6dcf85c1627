//! What the kernel measures of a TCP connection (`TCP_INFO`, tcp(7)), and the SYN that began it (`TCP_SAVE_SYN`).

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// Measurements of one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// Smoothed round trip time, microseconds.
    pub rtt_us: u32,
    /// Its variation, microseconds.
    pub rtt_variation_us: u32,
    /// Segments sent and not acknowledged.
    pub unacknowledged: u32,
    /// Segments acknowledged out of order.
    pub selectively_acknowledged: u32,
    /// Segments taken for lost.
    pub lost: u32,
    /// Segments sent anew and not acknowledged.
    pub retransmitted: u32,
    /// Segments up to the foremost that was acknowledged.
    pub forward_acknowledged: u32,
    /// Segments by which the network has been seen to swap.
    pub reordering: u32,
}

/// What the kernel has measured of the connection behind a descriptor's number; nothing where that is no socket of TCP. The number is not
/// borrowed: whoever keeps it beyond the life of its socket may be told of another one, and nothing worse.
pub fn tcp_info(socket: RawFd) -> Option<TcpInfo> {
    let mut info = [0_u8; size_of::<libc::tcp_info>()];
    let length = get_tcp_option(socket, libc::TCP_INFO, &mut info).ok()?;
    // Old kernels tell less of it: what they leave out stays zero.
    let field = |offset: usize| match info.get(offset..offset + 4) {
        Some(&[a, b, c, d]) if offset + 4 <= length => u32::from_ne_bytes([a, b, c, d]),
        _ => 0,
    };
    Some(TcpInfo {
        rtt_us: field(std::mem::offset_of!(libc::tcp_info, tcpi_rtt)),
        rtt_variation_us: field(std::mem::offset_of!(libc::tcp_info, tcpi_rttvar)),
        unacknowledged: field(std::mem::offset_of!(libc::tcp_info, tcpi_unacked)),
        selectively_acknowledged: field(std::mem::offset_of!(libc::tcp_info, tcpi_sacked)),
        lost: field(std::mem::offset_of!(libc::tcp_info, tcpi_lost)),
        retransmitted: field(std::mem::offset_of!(libc::tcp_info, tcpi_retrans)),
        forward_acknowledged: field(std::mem::offset_of!(libc::tcp_info, tcpi_fackets)),
        reordering: field(std::mem::offset_of!(libc::tcp_info, tcpi_reordering)),
    })
}

/// Makes a listening socket keep the SYN of each connection, for [`saved_syn`]: from the IP header on, or from that of the link.
///
/// # Errors
/// Those of `setsockopt`.
pub fn save_syn(socket: impl AsFd, from_link_header: bool) -> io::Result<()> {
    super::option::set_tcp_option(socket, libc::TCP_SAVE_SYN, if from_link_header { 2 } else { 1 })
}

/// The SYN that was kept of the connection behind a descriptor's number, of which the same holds as in [`tcp_info`]. The kernel gives it
/// once.
pub fn saved_syn(socket: RawFd) -> Option<Vec<u8>> {
    let mut packet = vec![0; MAX_SYN_BYTES];
    let length = get_tcp_option(socket, libc::TCP_SAVED_SYN, &mut packet).ok()?;
    packet.truncate(length);
    (!packet.is_empty()).then_some(packet)
}

/// The headers of the link, of IP and of TCP with all their options have room in it.
const MAX_SYN_BYTES: usize = 512;

/// Reads an option into `value`, and says how long it is.
fn get_tcp_option(socket: RawFd, name: libc::c_int, value: &mut [u8]) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    #[expect(unsafe_code, reason = "no crate reads these options")]
    // SAFETY: the pointer and the length describe `value`, which lives across the call; the kernel writes so many bytes at most, and says in
    // `length` how many. A number that is no open descriptor is an error.
    let outcome = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, name, value.as_mut_ptr().cast(), &raw mut length)
    };
    if outcome == 0 { Ok(length as usize) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn connections_of_tcp_are_measured() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        save_syn(&listener, false).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let info = tcp_info(client.as_raw_fd()).unwrap();
        assert!(info.rtt_us > 0 && info.reordering > 0, "{info:?}");
        let syn = saved_syn(server.as_raw_fd()).unwrap();
        assert_eq!((syn[0] >> 4, &syn[12..16]), (4, &[127, 0, 0, 1][..]));
        assert_eq!(saved_syn(server.as_raw_fd()), None);
    }

    #[test]
    fn nothing_else_is() {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!((tcp_info(udp.as_raw_fd()), tcp_info(-1), saved_syn(-1)), (None, None, None));
    }
}
