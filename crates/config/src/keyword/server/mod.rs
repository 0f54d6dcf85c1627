//! Options of `server` and `default-server` lines (configuration manual 5.2).

mod agent;
mod check;
mod connection;
mod identity;
mod load;
mod log;
mod proxy_header;
mod resolution;

use super::options::OptionTable;
use super::tls::{self, Shared};
use crate::draft::ServerOptions;
use crate::ignored::Place;
use crate::known::Class;

pub(crate) use connection::{PortRanges, SOURCE_USAGE, source};

/// The options of `server` and `default-server` lines.
pub(crate) const OPTIONS: OptionTable<ServerOptions> = OptionTable {
    families: &[
        identity::OPTIONS,
        load::OPTIONS,
        check::OPTIONS,
        agent::OPTIONS,
        connection::OPTIONS,
        proxy_header::OPTIONS,
        resolution::OPTIONS,
        log::OPTIONS,
        tls::SERVER_OPTIONS,
        Shared::<ServerOptions>::OPTIONS,
        Shared::<ServerOptions>::VERSIONS,
    ],
    known: Class::Server,
    place: Place::Server,
    // As in HAProxy (`add server help`): most of them take back what a `default-server` line says, which does not count at run time.
    configuration_only: &[
        "agent-addr",
        "agent-check",
        "agent-inter",
        "agent-port",
        "agent-send",
        "check-sni-auto",
        "enabled",
        "init-addr",
        "log-bufsize",
        "log-proto",
        "max-reuse",
        "no-agent-check",
        "no-check",
        "no-check-send-proxy",
        "no-check-ssl",
        "no-ssl",
        "no-verifyhost",
        "resolve-net",
        "resolve-opts",
        "resolve-prefer",
        "resolvers",
        "sni-auto",
        "ssl-reuse",
    ],
};
