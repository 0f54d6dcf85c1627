//! `bind` lines (configuration manual 5.1).

use std::os::fd::OwnedFd;
use std::sync::Arc;

use burdock_base::BindId;
use burdock_tls::BindTls;

use crate::address::Address;
use crate::tls::Protocol;

/// One address on which a frontend listens. A `bind` line with several addresses or a range of ports becomes several of these.
#[derive(Debug)]
pub struct Bind {
    /// Its position among the frontend's addresses.
    pub id: BindId,
    /// `name`; shown in statistics, and what the sample `so_name` gives.
    pub name: Option<String>,
    /// `id`: the number shown in statistics, unique within the frontend.
    pub numeric_id: u32,
    /// Where to listen.
    pub address: Address,
    /// The socket for [`Address::Inherited`], taken over when the configuration was read.
    pub inherited: Option<Arc<OwnedFd>>,
    /// Socket options.
    pub options: SocketOptions,
    /// For Unix sockets: owner and mode of the file.
    pub permissions: UnixPermissions,
    /// `maxconn`: connections of this address alone; zero: no limit of its own.
    pub maxconn: u32,
    /// `thread`: the workers that accept, by index; empty: all.
    pub threads: Vec<usize>,
    /// `ssl` and its companions; none: connections are in clear.
    pub tls: Option<Arc<BindTls>>,
    /// `accept-proxy`, `accept-netscaler-cip`: what connections begin with.
    pub preface: Preface,
    /// The number that NetScaler's header begins with (`accept-netscaler-cip`); zero where a rule alone asks for it.
    pub netscaler_magic: u32,
    /// `proto`.
    pub protocol: Protocol,
    /// Where the line stands, for messages: `file:line`.
    pub position: String,
    /// Live state.
    pub state: Arc<burdock_state::Listener>,
}

impl Bind {
    /// What statistics and log lines call it: its name, else its number.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.numeric_id.to_string())
    }
}

/// How much is kept of a SYN (`tcp-ss`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedSyn {
    /// From its IP header on.
    FromIp,
    /// From the header of the link on.
    FromLink,
}

/// What a proxy in front of us has to say before a connection's first byte. NetScaler's header comes first where both are expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preface {
    /// A header of the PROXY protocol.
    pub proxy: bool,
    /// A Client IP header of NetScaler.
    pub netscaler: bool,
}

impl Preface {
    /// Whether there is to be one.
    pub const fn is_expected(self) -> bool {
        self.proxy || self.netscaler
    }
}

/// Socket options of a `bind` line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// `backlog`; none: the frontend's, else its `maxconn`.
    pub backlog: Option<u32>,
    /// `interface`: the device to bind to.
    pub interface: Option<String>,
    /// `tfo`: TCP Fast Open.
    pub fast_open: bool,
    /// `defer-accept`: accept only once data has arrived.
    pub defer_accept: bool,
    /// `tcp-ss`: each client's SYN is kept, for `fc_saved_syn`.
    pub saved_syn: Option<SavedSyn>,
    /// `mss`: the largest segment advertised.
    pub max_segment: Option<i32>,
    /// `tcp-ut`: milliseconds without an acknowledgement after which the connection is dead.
    pub user_timeout_ms: Option<u32>,
    /// `transparent`: foreign addresses may be bound.
    pub transparent: bool,
    /// `v6only` (true) and `v4v6` (false); none: the system's default.
    pub v6_only: Option<bool>,
}

/// `mode`, `user`, `uid`, `group`, `gid` of a Unix socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnixPermissions {
    /// File mode.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
}
