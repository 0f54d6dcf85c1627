//! What rules and options may ask of a socket itself: marks, the class of its traffic, how it acknowledges, and ways to end it that tell
//! the peer nothing.

use std::os::fd::AsFd;

use nix::sys::socket::{setsockopt, sockopt::Mark, sockopt::TcpRepair};
use rustix::net::{AddressFamily, sockopt};

/// Sets a mark (`set-fc-mark`, `set-bc-mark`) and a class of traffic (`set-fc-tos`, `set-bc-tos`). As for HAProxy, what the system does not
/// permit is left as it is.
pub fn label(socket: &impl AsFd, mark: Option<u32>, class: Option<u8>) {
    if let Some(mark) = mark {
        let _ = setsockopt(socket, Mark, &mark);
    }
    if let Some(class) = class {
        let _ = sockopt::set_ip_tos(socket, class);
        if is_v6(socket) {
            let _ = sockopt::set_ipv6_tclass(socket, class.into());
        }
    }
}

/// Lets the bytes that go to the peer next acknowledge what comes from it, rather than a segment of their own (tcp(7) `TCP_QUICKACK`). The
/// system sends that segment after all where they take too long.
pub fn delay_ack(socket: &impl AsFd) {
    // A Unix socket acknowledges nothing.
    let _ = sockopt::set_tcp_quickack(socket, false);
}

/// Makes the coming close say nothing to the peer (configuration manual 4.4 `silent-drop`): the kernel forgets the connection. Where that
/// needs a privilege that the process has not, a reset leaves that travels one hop.
pub fn vanish(socket: &impl AsFd) {
    const ON: u32 = 1;
    if setsockopt(socket, TcpRepair, &ON).is_err() {
        reset_within(socket, 1);
    }
}

/// Makes the coming close a reset that travels so many hops.
pub fn reset_within(socket: &impl AsFd, hops: u8) {
    // A Unix socket has no hops, and its peer is told.
    let _ = sockopt::set_ip_ttl(socket, hops.into());
    if is_v6(socket) {
        let _ = sockopt::set_ipv6_unicast_hops(socket, Some(hops));
    }
    reset(socket);
}

/// Makes the coming close a reset.
pub fn reset(socket: &impl AsFd) {
    // Where it fails, the close is an ordinary one.
    let _ = sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO));
}

fn is_v6(socket: &impl AsFd) -> bool {
    sockopt::socket_domain(socket).is_ok_and(|family| family == AddressFamily::INET6)
}
