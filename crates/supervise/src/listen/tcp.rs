//! Listening TCP sockets and the options of `bind` lines (configuration manual 5.1).

use std::net::SocketAddr;
use std::time::Duration;

use burdock_model::{SavedSyn, SocketOptions, Tune};
use socket2::{Domain, Protocol, Socket, Type};

use super::Fault;

/// With `defer-accept`, seconds after which a connection is reported even without data.
const DEFER_ACCEPT_S: i32 = 1;

/// A listening, non-blocking socket.
pub fn listen(
    address: SocketAddr,
    options: &SocketOptions,
    tune: &Tune,
    backlog: i32,
    reuse_port: bool,
) -> Result<Socket, Fault> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))
        .map_err(Fault::of("create socket"))?;
    socket.set_reuse_address(true).map_err(Fault::of("reuse address"))?;
    if reuse_port {
        socket.set_reuse_port(true).map_err(Fault::of("reuse port"))?;
    }
    if let Some(only) = options.v6_only.filter(|_| address.is_ipv6()) {
        socket.set_only_v6(only).map_err(Fault::of("choose IPv6 only"))?;
    }
    if options.transparent {
        let set =
            if address.is_ipv4() { socket.set_ip_transparent_v4(true) } else { socket.set_ip_transparent_v6(true) };
        set.map_err(Fault::of("make listening socket transparent"))?;
    }
    if let Some(interface) = &options.interface {
        socket.bind_device(Some(interface.as_bytes())).map_err(Fault::of("bind to interface"))?;
    }
    set_inherited(&socket, options, tune)?;
    socket.bind(&address.into()).map_err(Fault::of("bind socket"))?;
    if options.fast_open {
        burdock_os::set_fast_open(&socket, backlog).map_err(Fault::of("enable TCP Fast Open"))?;
    }
    if options.defer_accept {
        burdock_os::set_defer_accept(&socket, DEFER_ACCEPT_S).map_err(Fault::of("defer accept"))?;
    }
    if let Some(from) = options.saved_syn {
        burdock_os::save_syn(&socket, from == SavedSyn::FromLink).map_err(Fault::of("save SYN packets"))?;
    }
    socket.listen(backlog).map_err(Fault::of("listen to socket"))?;
    Ok(socket)
}

/// What is written goes out at once: the engine writes whole pieces, and a last short one must not wait for an acknowledgement.
pub fn set_no_delay(socket: &Socket) -> Result<(), Fault> {
    socket.set_tcp_nodelay(true).map_err(Fault::of("send without delay"))
}

/// Options that accepted connections take over from the listening socket.
fn set_inherited(socket: &Socket, options: &SocketOptions, tune: &Tune) -> Result<(), Fault> {
    set_no_delay(socket)?;
    if let Some(size) = tune.client_receive_buffer {
        socket.set_recv_buffer_size(size).map_err(Fault::of("set receive buffer"))?;
    }
    if let Some(size) = tune.client_send_buffer {
        socket.set_send_buffer_size(size).map_err(Fault::of("set send buffer"))?;
    }
    if let Some(size) = options.max_segment.map(i32::unsigned_abs) {
        socket.set_tcp_mss(size).map_err(Fault::of("set MSS"))?;
    }
    if let Some(timeout_ms) = options.user_timeout_ms {
        let timeout = Duration::from_millis(timeout_ms.into());
        socket.set_tcp_user_timeout(Some(timeout)).map_err(Fault::of("set TCP user timeout"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(address: &str, options: &SocketOptions, reuse_port: bool) -> Result<Socket, Fault> {
        listen(address.parse().unwrap(), options, &Tune::default(), 16, reuse_port)
    }

    #[test]
    fn workers_share_a_port_and_strangers_do_not() {
        let options =
            SocketOptions { fast_open: true, defer_accept: true, max_segment: Some(1000), ..SocketOptions::default() };
        let first = open("127.0.0.1:0", &options, true).unwrap();
        let address = first.local_addr().unwrap().as_socket().unwrap().to_string();
        open(&address, &options, true).unwrap();
        let fault = open(&address, &options, false).unwrap_err();
        assert_eq!(fault.to_string(), "cannot bind socket (Address already in use)");
    }

    #[test]
    fn options_reach_the_socket() {
        let options = SocketOptions {
            user_timeout_ms: Some(5000),
            v6_only: Some(true),
            interface: Some("lo".to_owned()),
            ..SocketOptions::default()
        };
        let socket = open("[::1]:0", &options, false).unwrap();
        assert!(socket.only_v6().unwrap());
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(5)));
        assert_eq!(socket.device().unwrap().as_deref(), Some(&b"lo"[..]));
        assert!(socket.nonblocking().unwrap());
        assert!(socket.is_listener().unwrap());
    }
}
