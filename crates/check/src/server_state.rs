//! What requests of checks tell a server of its own state (configuration manual 4.2 `http-check send-state`).

use burdock_model::Address;
use burdock_state::Operational;

use crate::attempt::Occasion;

/// The value of `x-haproxy-server-state`.
pub(crate) fn tell(occasion: Occasion<'_>) -> String {
    let Occasion { model, proxy, server, .. } = occasion;
    let state = &server.state;
    let health = state.health();
    let word = match state.operational() {
        Operational::Stopped if health.value == 0 => "DOWN".to_owned(),
        Operational::Stopped => format!("DOWN {}/{}", health.value, health.rise),
        operational => {
            let word = if operational == Operational::Stopping { "NOLB" } else { "UP" };
            let progress = i64::from(health.value) - i64::from(health.rise) + 1;
            if health.value == health.full() { word.to_owned() } else { format!("{word} {progress}/{}", health.fall) }
        }
    };
    let (address, port) = match &server.address {
        Address::Tcp(address) => (address.ip().to_string(), address.port().to_string()),
        _ => ("unix".to_owned(), "unix".to_owned()),
    };
    let (total_weight, sessions) = proxy
        .backend
        .as_ref()
        .map_or((0, 0), |backend| (backend.balance.balancer.strength().weight, backend.state.sessions.get()));
    format!(
        "{word}; address={address}; port={port}; name={}/{}; node={}; weight={}/{total_weight}; scur={}/{sessions}; qcur={}",
        proxy.name,
        server.name,
        model.directory.node,
        state.weight(),
        state.sessions.get(),
        state.queue.len()
    )
}
