//! `set server`: where a server is, where it is checked, what it is called (management manual 9.3). A server with something changed takes the
//! place of the one before in another model. The texts are HAProxy's.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use burdock_config::is_name_character;
use burdock_model::{Address, CheckSettings, Server};
use burdock_resolve::HostName;
use burdock_state::AdminFlag;

use super::Call;
use super::dynamic::is_named;
use super::server::Target;
use crate::answer::Answer;

/// `set server <bk>/<srv> addr <ip> [port <port>]`.
pub(super) fn set_address(call: &Call<'_>, target: &Target) -> Answer {
    let text = call.argument(2);
    if text.is_empty() {
        return Answer::refused("set server <b>/<s> addr requires an address and optionally a port.");
    }
    let Ok(ip) = text.parse::<IpAddr>() else { return Answer::refused(format!("Invalid addr '{text}'")) };
    let Address::Tcp(old) = target.server.address else {
        return Answer::refused("Only the address of a server that is reached over TCP/IP can be changed.");
    };
    let was = Port::of(&target.server);
    let port = match call.argument(3) {
        "port" => match Port::parse(call.argument(4)) {
            Some(port) => port,
            None => return Answer::refused(format!("problem converting port '{}' to an int", call.argument(4))),
        },
        _ => was,
    };
    let has_own_check_port = target.server.check.as_ref().is_some_and(|check| check.address.is_some());
    if matches!(port, Port::Relative(_)) && port != was && target.server.check.is_some() && !has_own_check_port {
        return Answer::refused(
            "can't change <port> to port map because it is incompatible with current health check port configuration \
             (use 'port' statement from the 'server' directive).",
        );
    }
    let mut changes = Vec::new();
    if ip != old.ip() {
        changes.push(format!("IP changed from '{}' to '{ip}'", old.ip()));
    }
    if port != was {
        changes.push(format!("port changed from '{was}' to '{port}'"));
    }
    if changes.is_empty() {
        return Answer::said("nothing changed");
    }
    if let Some(backend) = &target.proxy.backend {
        let (number, offset) = match port {
            Port::Fixed(number) => (number, None),
            Port::Relative(offset) => (0, Some(offset)),
        };
        publish(call, target, target.server.moved_to(SocketAddr::new(ip, number), offset, backend));
        let now = target.model.process.clock.now();
        target.server.state.set_admin(AdminFlag::UnresolvedMaintenance, false, now, &backend.state);
    }
    Answer::said(format!("{} by 'stats socket command'", changes.join(", ")))
}

/// `set server <bk>/<srv> check-addr <ip> [port <port>]`.
pub(super) fn set_check_address(call: &Call<'_>, target: &Target) -> Answer {
    let text = call.argument(2);
    if text.is_empty() {
        return Answer::refused("set server <b>/<s> check-addr requires an address and optionally a port.");
    }
    let Some(check) = &target.server.check else { return unchecked() };
    let Ok(ip) = text.parse::<IpAddr>() else { return Answer::refused(format!("invalid addr '{text}'")) };
    let port = match call.argument(3) {
        "port" => match check_port(call.argument(4)) {
            Ok(port) => port,
            Err(fault) => return Answer::refused(fault),
        },
        _ => checked_place(&target.server, check).map_or(0, |place| place.port()),
    };
    check_at(call, target, check, SocketAddr::new(ip, port))
}

/// `set server <bk>/<srv> check-port <port>`.
pub(super) fn set_check_port(call: &Call<'_>, target: &Target) -> Answer {
    let text = call.argument(2);
    if text.is_empty() {
        return Answer::refused("set server <b>/<s> check-port requires a port.");
    }
    let Some(check) = &target.server.check else { return unchecked() };
    let port = match check_port(text) {
        Ok(port) => port,
        Err(fault) => return Answer::refused(fault),
    };
    match checked_place(&target.server, check) {
        Some(place) => check_at(call, target, check, SocketAddr::new(place.ip(), port)),
        None => Answer::refused("Only checks that go to an IP address have a port."),
    }
}

/// `set server <bk>/<srv> name <name>`.
pub(super) fn set_name(call: &Call<'_>, target: &Target) -> Answer {
    let name = call.argument(2);
    let servers = target.proxy.backend.as_ref().map(|backend| &backend.servers);
    if name.is_empty() {
        return Answer::refused("set server <b>/<s> name requires a new name.");
    }
    if !target.server.state.in_maintenance() {
        return Answer::refused("Server must be in maintenance mode to be renamed (set server <b>/<s> state maint).");
    }
    if is_named(&target.model, target) {
        return Answer::refused(
            "Cannot rename: server's name is statically referenced (use-server, track, or sample argument).",
        );
    }
    if !name.chars().all(is_name_character) {
        return Answer::refused("Server name contains invalid characters.");
    }
    if servers.is_some_and(|servers| servers.named(name).is_some()) {
        return Answer::refused("A server with the same name already exists in this backend.");
    }
    publish(call, target, Server { name: name.to_owned(), ..Server::clone(&target.server) });
    Answer::said("Server name updated.")
}

/// `set server <bk>/<srv> fqdn <name>`.
pub(super) fn set_host_name(call: &Call<'_>, target: &Target) -> Answer {
    let name = call.argument(2);
    if name.is_empty() {
        return Answer::refused("set server <b>/<s> fqdn requires a FQDN.");
    }
    let (Some(_), Some(backend)) = (&target.server.resolution, &target.proxy.backend) else {
        return Answer::refused("set server <b>/<s> fqdn failed because no resolution is configured.");
    };
    let server = format!("{}/{}", target.proxy.name, target.server.name);
    if HostName::parse(name.as_bytes()).is_none_or(|name| name.is_service()) {
        return Answer::refused(format!("could not update {server} FQDN by 'stats socket command'"));
    }
    if target.server.hostname.as_deref() == Some(name) {
        return Answer::refused("no need to change the FDQN by 'stats socket command'");
    }
    let old = target.server.hostname.as_deref().unwrap_or("(null)");
    publish(call, target, Server { hostname: Some(name.to_owned()), ..Server::clone(&target.server) });
    let now = target.model.process.clock.now();
    target.server.state.set_admin(AdminFlag::ForcedHostName, true, now, &backend.state);
    Answer::said(format!("{server} changed its FQDN from {old} to {name} by 'stats socket command'"))
}

fn publish(call: &Call<'_>, target: &Target, server: Server) {
    if let Some(backend) = &target.proxy.backend {
        call.runtime.publish(target.model.with_servers(&target.proxy, backend.servers.with(Arc::new(server))));
    }
}

fn unchecked() -> Answer {
    Answer::refused("health checks are not enabled on this server")
}

fn check_port(text: &str) -> Result<u16, &'static str> {
    let number: i64 = text.parse().map_err(|_| "provided port is not an integer")?;
    u16::try_from(number).ok().filter(|port| *port > 0).ok_or("provided port is invalid")
}

/// Where checks go, where that is an address of IP.
fn checked_place(server: &Server, check: &CheckSettings) -> Option<SocketAddr> {
    match check.address.as_ref().unwrap_or(&server.address) {
        Address::Tcp(address) => Some(*address),
        _ => None,
    }
}

fn check_at(call: &Call<'_>, target: &Target, check: &CheckSettings, place: SocketAddr) -> Answer {
    let check = CheckSettings { address: Some(Address::Tcp(place)), ..check.clone() };
    publish(call, target, Server { check: Some(check), ..Server::clone(&target.server) });
    Answer::Done
}

/// A server's port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    Fixed(u16),
    /// The difference to the port that the client connected to.
    Relative(i32),
}

impl Port {
    fn of(server: &Server) -> Self {
        match (&server.address, server.port_offset) {
            (_, Some(offset)) => Self::Relative(offset),
            (Address::Tcp(address), None) => Self::Fixed(address.port()),
            (_, None) => Self::Fixed(0),
        }
    }

    /// `80`, `+8000` or `-1000`.
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with(['+', '-']) {
            return text
                .parse()
                .ok()
                .filter(|offset: &i32| offset.unsigned_abs() <= u16::MAX.into())
                .map(Self::Relative);
        }
        text.parse().ok().map(Self::Fixed)
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(port) => write!(f, "{port}"),
            Self::Relative(offset) => write!(f, "{offset:+}"),
        }
    }
}
