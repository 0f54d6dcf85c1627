//! Rules on connections: `tcp-request connection` before the first byte, `tcp-request session` once proxies have had their say and TLS is
//! agreed upon (configuration manual 4.2).

use burdock_model::Preface;
use burdock_rules::{Cursor, Flow, RuleSetKind};
use burdock_state::FrontendCounter;
use burdock_txn::Directives;

use crate::client::ClientConnection;
use crate::phase::rules::evaluate_on;
use crate::tracking;
use crate::worker::Workspace;

/// Carries out rules on a connection just accepted, which may ask for what is to come first. None: the connection is refused, counted, and to
/// be closed.
pub fn admit_connection(connection: &mut ClientConnection, mut preface: Preface) -> Option<Preface> {
    let kind = RuleSetKind::TcpRequestConnection;
    if !connection.frontend.rules.of(kind).is_empty() {
        let wishes = admit(connection, kind, FrontendCounter::DeniedConnections)?;
        preface.proxy |= wishes.expect_proxy;
        preface.netscaler |= wishes.expect_netscaler;
    }
    Some(preface)
}

/// Carries out rules on a connection that is about to serve. `false`: it is refused, counted, and to be closed.
pub fn admit_session(connection: &mut ClientConnection) -> bool {
    let kind = RuleSetKind::TcpRequestSession;
    let admitted = connection.frontend.rules.of(kind).is_empty()
        || admit(connection, kind, FrontendCounter::DeniedSessions).is_some();
    if admitted {
        tracking::admitted(connection);
    }
    admitted
}

fn admit(connection: &mut ClientConnection, kind: RuleSetKind, denied: FrontendCounter) -> Option<Directives> {
    let worker = std::rc::Rc::clone(&connection.worker);
    let mut space = worker.take_workspace(connection);
    let admitted = run(connection, &mut space, kind, denied);
    let wishes = space.txn.directives;
    // Rules may have changed where the connection comes from and leads to (`set-src`, `set-dst`).
    (connection.client, connection.local) = (space.txn.client, space.txn.local);
    worker.give_back_workspace(connection, space);
    admitted.then_some(wishes)
}

fn run(connection: &mut ClientConnection, space: &mut Workspace, kind: RuleSetKind, denied: FrontendCounter) -> bool {
    let frontend = &connection.frontend;
    let mut cursor = Cursor::default();
    loop {
        let flow = evaluate_on(space, &connection.model, connection.begun, frontend, kind, &mut cursor);
        let directives = &mut space.txn.directives;
        if directives.client_mark.is_some() || directives.client_tos.is_some() {
            connection.transport.label(directives.client_mark.take(), directives.client_tos.take());
        }
        match flow {
            Flow::Continue | Flow::Accept => return true,
            // A connection that has come this far is closed in an orderly way.
            Flow::Reject if kind == RuleSetKind::TcpRequestSession => {}
            Flow::Reject => connection.transport.reset(),
            Flow::SilentDrop => connection.transport.vanish(space.txn.directives.reset_ttl),
            Flow::Log(profile) => {
                let logs = &connection.worker.logs;
                space.txn.load.process = connection.worker.process.connections.get();
                space.txn.load.frontend = frontend.frontend.as_ref().map_or(0, |side| side.state.sessions.get());
                logs.asked_for(&connection.model, frontend, &space.txn, kind.log_origin(), profile);
                continue;
            }
            // Nothing else can be asked for where there is no request.
            Flow::Answer(_)
            | Flow::Serve(_)
            | Flow::SwitchMode(_)
            | Flow::Wait(_)
            | Flow::Resolve(_)
            | Flow::Interim(_)
            | Flow::Failed => continue,
        }
        if let Some(side) = &frontend.frontend {
            side.state.counters.add(connection.worker.id, denied, 1);
        }
        return false;
    }
}
