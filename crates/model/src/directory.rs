//! What samples and log lines may know of a proxy.

use std::sync::Arc;

use burdock_base::Seats;
use burdock_state::{BindEntry, CaptureEntry, FcgiAppEntry, ProxyEntry, ServerEntry, TimeoutEntry};

use crate::address::Address;
use crate::proxy::{Mode, Proxy};
use crate::server::Server;

impl Proxy {
    /// What samples and log lines may know of it.
    pub fn entry(&self) -> ProxyEntry {
        let (frontend, backend) = (self.frontend.as_ref(), self.backend.as_ref());
        let binds = frontend.map_or(&[][..], |side| &side.binds);
        let timeouts = &self.timeouts;
        ProxyEntry {
            name: self.name.as_str().into(),
            numeric_id: self.numeric_id,
            http: self.mode == Mode::Http,
            maxconn: frontend.map_or(0, |side| side.maxconn),
            binds: binds
                .iter()
                .map(|bind| BindEntry {
                    name: bind.name.as_deref().map(Into::into),
                    numeric_id: bind.numeric_id,
                    state: Arc::clone(&bind.state),
                })
                .collect(),
            frontend: frontend.map(|side| Arc::clone(&side.state)),
            backend: backend.map(|side| Arc::clone(&side.state)),
            servers: backend.map_or_else(Seats::default, |side| side.servers.map(server_entry)),
            timeouts: TimeoutEntry {
                client_ms: timeouts.client_ms,
                server_ms: timeouts.server_ms,
                tunnel_ms: timeouts.tunnel_ms,
                connect_ms: timeouts.connect_ms,
                queue_ms: timeouts.queue_ms,
                tarpit_ms: timeouts.tarpit_ms,
            },
            default_backend: frontend.and_then(|side| side.default_backend).filter(|backend| *backend != self.id),
            retries: backend.map_or(0, |side| side.retries),
            all_backups: backend.is_some_and(|side| side.all_backups),
            fcgi_app: backend.and_then(|side| side.fcgi_app.as_ref()).map(|app| FcgiAppEntry {
                document_root: app.document_root.clone(),
                index_script: app.index_script.clone(),
            }),
            captures: frontend.map_or_else(CaptureEntry::default, |side| CaptureEntry {
                request: side.captures.request.iter().map(|slot| slot.length).collect(),
                response: side.captures.response.iter().map(|slot| slot.length).collect(),
            }),
        }
    }
}

fn server_entry(server: &Server) -> ServerEntry {
    ServerEntry {
        name: server.name.as_str().into(),
        numeric_id: server.numeric_id,
        address: match server.address {
            Address::Tcp(address) => Some(address),
            _ => None,
        },
        maxqueue: server.maxqueue,
        backup: server.backup,
        cookie: server.cookie.as_ref().map(|cookie| cookie.as_slice().into()),
        state: Arc::clone(&server.state),
    }
}
