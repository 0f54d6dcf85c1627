//! Listening sockets: those of `bind` lines, one a worker, those of the runtime API, and those that log messages come in by.

mod datagram;
mod tcp;
mod unix;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use burdock_base::BindId;
use burdock_engine::Listener;
use burdock_model::{Address, Bind, ForwardListener, Frontend, LogForward, Model, Proxy, SocketOptions, StatsSocket};
use burdock_observe::{ForwardInlet, ForwardSocket};
use socket2::{Domain, Socket};

use crate::failure::Failure;
use crate::takeover::Takeover;

/// All sockets of a model.
#[derive(Debug)]
pub struct Sockets {
    /// For each worker those it accepts from.
    pub workers: Vec<Vec<Listener>>,
    /// Of the runtime API.
    pub control: Vec<(burdock_control::Listener, StatsSocket)>,
    /// Of `log-forward` sections.
    pub logs: Vec<ForwardInlet>,
}

/// Opens everything that the model listens on. `reuse_port`: each worker gets a TCP socket of its own, so that the kernel spreads clients.
/// Older processes are asked for the ports that they have.
///
/// # Errors
/// One message for each address that failed, or that there is nothing to listen on.
pub fn open(model: &Model, reuse_port: bool, takeover: &mut Takeover) -> Result<Sockets, Failure> {
    let mut tries = 0;
    let sockets = loop {
        tries += 1;
        match try_open(model, reuse_port) {
            Err(faults) if faults.in_use && tries < MAX_TRIES && takeover.pause() => std::thread::sleep(BETWEEN_TRIES),
            outcome => break outcome,
        }
    };
    burdock_os::close_adopted();
    let sockets = sockets.map_err(|faults| {
        Failure::all(faults.messages, "[burdock.main()] Some protocols failed to start their listeners! Exiting.")
    })?;
    if sockets.control.is_empty() && sockets.logs.is_empty() && sockets.workers.iter().all(Vec::is_empty) {
        let message = "[burdock.main()] No enabled listener found (check for 'bind' directives) ! Exiting.";
        return Err(Failure::new(message));
    }
    Ok(sockets)
}

/// How often ports of older processes are tried, and how much time these have in between: two seconds altogether.
const MAX_TRIES: u32 = 200;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What keeps a model from being listened on.
#[derive(Debug, Default)]
struct Faults {
    messages: Vec<String>,
    /// One of them is an address that another process has.
    in_use: bool,
}

impl Faults {
    fn add(&mut self, fault: &Fault, describe: impl FnOnce(&Fault) -> String) {
        self.in_use |= fault.error.kind() == io::ErrorKind::AddrInUse;
        self.messages.push(describe(fault));
    }
}

fn try_open(model: &Model, reuse_port: bool) -> Result<Sockets, Faults> {
    let mut faults = Faults::default();
    let workers = (0..model.global.threads.max(1)).map(|_| Vec::new()).collect();
    let mut sockets = Sockets { workers, control: Vec::new(), logs: Vec::new() };
    // A path is taken away from whoever has it, so these come once nothing else can be in the way.
    for paths in [false, true] {
        open_those(
            model,
            reuse_port,
            &|address| matches!(address, Address::Unix(_)) == paths,
            &mut sockets,
            &mut faults,
        );
        if !faults.messages.is_empty() {
            return Err(faults);
        }
    }
    Ok(sockets)
}

/// Opens those whose address is `wanted`.
fn open_those(
    model: &Model,
    reuse_port: bool,
    wanted: &dyn Fn(&Address) -> bool,
    sockets: &mut Sockets,
    faults: &mut Faults,
) {
    let Sockets { workers, control, logs } = sockets;
    for proxy in model.proxies.iter().filter(|proxy| !proxy.disabled) {
        let Some(frontend) = &proxy.frontend else { continue };
        for (index, bind) in frontend.binds.iter().enumerate().filter(|(_, bind)| wanted(&bind.address)) {
            let id = BindId(index as u32);
            match open_bind(model, frontend, bind, workers.len(), reuse_port) {
                Ok(sockets) => {
                    let backlog = backlog(model, frontend, &bind.options);
                    for (worker, socket) in sockets {
                        workers[worker].push(Listener { proxy: proxy.id, bind: id, socket, backlog });
                    }
                }
                Err(fault) => {
                    faults.add(&fault, |fault| describe(&bind.position, owner(proxy), &bind.address, fault));
                }
            }
        }
    }
    for line in model.global.stats_sockets.iter().filter(|line| wanted(&line.address)) {
        match open_stats_socket(line, model.global.stats_maxconn, reuse_port) {
            Ok(listener) => control.push((listener, line.clone())),
            Err(fault) => {
                let owner = "frontend GLOBAL".to_owned();
                faults.add(&fault, |fault| describe(&line.position, owner, &line.address, fault));
            }
        }
    }
    for (index, section) in model.logging.forwards.iter().enumerate() {
        for listener in section.listeners.iter().filter(|listener| wanted(&listener.address)) {
            match open_forward(section, listener, reuse_port) {
                Ok(socket) => logs.push(ForwardInlet { section: index, socket, tls: listener.tls.clone() }),
                Err(fault) => {
                    let owner = format!("log-forward {}", section.name);
                    faults.add(&fault, |fault| describe(&listener.position, owner, &listener.address, fault));
                }
            }
        }
    }
}

/// What could not be done with a socket, and why.
#[derive(Debug)]
struct Fault {
    attempt: &'static str,
    error: io::Error,
}

impl Fault {
    /// For `map_err`: names what was attempted.
    fn of<E: Into<io::Error>>(attempt: &'static str) -> impl Fn(E) -> Self {
        move |error| Self { attempt, error: error.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        write!(f, "cannot {} ({text})", self.attempt)
    }
}

fn describe(position: &str, owner: String, address: &Address, fault: &Fault) -> String {
    let (protocol, place) = match address {
        Address::Tcp(address) if address.is_ipv4() => ("tcpv4", format!("for [{}:{}]", address.ip(), address.port())),
        Address::Tcp(address) => ("tcpv6", format!("for [{}:{}]", address.ip(), address.port())),
        Address::Unix(_) => ("unix_stream", format!("[{address}]")),
        Address::Abstract { .. } => ("abns_stream", format!("[{address}]")),
        Address::Inherited(_) => ("inherited", format!("[{address}]")),
    };
    format!("Binding [{position}] for {owner}: protocol {protocol}: {fault} {place}.")
}

fn owner(proxy: &Proxy) -> String {
    let kind = if proxy.backend.is_some() { "proxy" } else { "frontend" };
    format!("{kind} {}", proxy.name)
}

/// The sockets of a `bind` line, each with the worker it is for.
fn open_bind(
    model: &Model,
    frontend: &Frontend,
    bind: &Bind,
    workers: usize,
    reuse_port: bool,
) -> Result<Vec<(usize, OwnedFd)>, Fault> {
    let backlog = backlog(model, frontend, &bind.options);
    let accepting = (0..workers).filter(|worker| bind.threads.is_empty() || bind.threads.contains(worker));
    if let Address::Tcp(address) = bind.address
        && reuse_port
    {
        let tune = &model.global.tune;
        return accepting
            .map(|worker| Ok((worker, tcp::listen(address, &bind.options, tune, backlog, reuse_port)?.into())))
            .collect();
    }
    let socket: OwnedFd = match &bind.address {
        Address::Tcp(address) => tcp::listen(*address, &bind.options, &model.global.tune, backlog, reuse_port)?.into(),
        Address::Unix(path) => unix::listen(path, &bind.permissions, backlog)?,
        Address::Abstract { name, padded } => unix::listen_abstract(name, *padded, backlog)?,
        Address::Inherited(number) => {
            let socket = match &bind.inherited {
                Some(socket) => socket.try_clone(),
                None => burdock_os::adopt_fd(*number),
            };
            take_over(socket, backlog)?
        }
    };
    let share = |worker| Ok((worker, socket.try_clone().map_err(Fault::of("share socket"))?));
    accepting.map(share).collect()
}

fn open_stats_socket(line: &StatsSocket, maxconn: u32, reuse_port: bool) -> Result<burdock_control::Listener, Fault> {
    let backlog = maxconn.max(1).min(i32::MAX as u32) as i32;
    let socket: OwnedFd = match &line.address {
        Address::Tcp(address) => {
            let (options, tune) = (SocketOptions::default(), burdock_model::Tune::default());
            tcp::listen(*address, &options, &tune, backlog, reuse_port)?.into()
        }
        Address::Unix(path) => unix::listen(path, &line.permissions, backlog)?,
        Address::Abstract { name, padded } => unix::listen_abstract(name, *padded, backlog)?,
        Address::Inherited(number) => take_over(burdock_os::adopt_fd(*number), backlog)?,
    };
    let domain = socket2::SockRef::from(&socket).domain().map_err(Fault::of("examine socket"))?;
    Ok(match domain {
        Domain::UNIX => burdock_control::Listener::Unix(socket.into()),
        _ => burdock_control::Listener::Tcp(socket.into()),
    })
}

fn open_forward(section: &LogForward, listener: &ForwardListener, reuse_port: bool) -> Result<ForwardSocket, Fault> {
    if listener.datagrams {
        return datagram::open(listener);
    }
    let backlog = listener.options.backlog.or(section.backlog).unwrap_or(section.maxconn.max(LEAST_BACKLOG));
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    let socket: OwnedFd = match &listener.address {
        Address::Tcp(address) => {
            tcp::listen(*address, &listener.options, &burdock_model::Tune::default(), backlog, reuse_port)?.into()
        }
        Address::Unix(path) => unix::listen(path, &listener.permissions, backlog)?,
        Address::Abstract { name, padded } => unix::listen_abstract(name, *padded, backlog)?,
        Address::Inherited(number) => {
            let socket = match &listener.inherited {
                Some(socket) => socket.try_clone(),
                None => burdock_os::adopt_fd(*number),
            };
            take_over(socket, backlog)?
        }
    };
    let domain = socket2::SockRef::from(&socket).domain().map_err(Fault::of("examine socket"))?;
    Ok(if domain == Domain::UNIX { ForwardSocket::Unix(socket.into()) } else { ForwardSocket::Tcp(socket.into()) })
}

/// Makes an inherited socket listen, if it did not already.
fn take_over(socket: io::Result<OwnedFd>, backlog: i32) -> Result<OwnedFd, Fault> {
    let socket = Socket::from(socket.map_err(Fault::of("take over descriptor"))?);
    socket.set_nonblocking(true).map_err(Fault::of("make socket non-blocking"))?;
    if socket.domain().is_ok_and(|domain| domain == Domain::IPV4 || domain == Domain::IPV6) {
        tcp::set_no_delay(&socket)?;
    }
    socket.listen(backlog).map_err(Fault::of("listen to socket"))?;
    Ok(socket.into())
}

/// Connections that the kernel keeps for an address until they are accepted: as configured, else as many as may be open at once, but not so
/// few that clients who arrive together are turned away and come back a second later.
fn backlog(model: &Model, frontend: &Frontend, options: &SocketOptions) -> i32 {
    let configured = options.backlog.or(frontend.backlog).filter(|&backlog| backlog > 0);
    let limits = [frontend.maxconn, model.global.maxconn];
    let derived = limits.into_iter().find(|&limit| limit > 0).unwrap_or(DEFAULT_BACKLOG).max(LEAST_BACKLOG);
    let backlog = configured.unwrap_or(derived);
    i32::try_from(backlog).unwrap_or(i32::MAX)
}

/// The shortest backlog that is not configured.
const LEAST_BACKLOG: u32 = 1024;
/// The backlog where nothing is limited.
const DEFAULT_BACKLOG: u32 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_operators_know_them() {
        let busy = Fault { attempt: "bind socket", error: io::Error::from_raw_os_error(98) };
        let address = Address::Tcp("127.0.0.1:80".parse().unwrap());
        assert_eq!(
            describe("a.cfg:7", "frontend f".to_owned(), &address, &busy),
            "Binding [a.cfg:7] for frontend f: protocol tcpv4: cannot bind socket (Address already in use) for [127.0.0.1:80]."
        );
        let missing = Fault { attempt: "bind UNIX socket", error: io::Error::from_raw_os_error(2) };
        assert_eq!(
            describe("a.cfg:2", "frontend GLOBAL".to_owned(), &Address::Unix("/none/x".into()), &missing),
            "Binding [a.cfg:2] for frontend GLOBAL: protocol unix_stream: cannot bind UNIX socket (No such file or directory) [/none/x]."
        );
    }
}
