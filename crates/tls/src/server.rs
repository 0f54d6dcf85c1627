//! The TLS of a `server` line: what we show a server, and what we ask of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;

use crate::report::{Notice, Problem};
use crate::settings::{ServerSettings, Tuning};
use crate::store::Store;

/// The TLS of a `server` line, whether for its traffic or for its checks.
#[derive(Debug)]
pub struct ServerTls {
    current: ArcSwap<ClientConfig>,
}

/// Why no connection can be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The server name to send is no DNS name.
    BadName(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName(name) => write!(f, "'{name}' is no server name"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl ServerTls {
    /// Makes the TLS of a line of what it says, loading what is not loaded yet.
    ///
    /// # Errors
    /// All that cannot work.
    pub fn build(
        settings: &ServerSettings,
        _store: &Store,
        _tuning: &Tuning,
    ) -> Result<(Self, Vec<Notice>), Vec<Problem>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| vec![Problem::new("server", error.to_string())])?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.alpn_protocols = settings.policy.alpn.clone().unwrap_or_default();
        Ok((Self { current: ArcSwap::from_pointee(config) }, Vec::new()))
    }

    /// What a connection is begun with. `server_name` is the SNI to send; without one none is sent.
    ///
    /// # Errors
    /// The name cannot be sent.
    pub fn connect(&self, server_name: Option<&str>) -> Result<(Arc<ClientConfig>, ServerName<'static>), ConnectError> {
        let name = match server_name {
            // An address is never sent as a server name (RFC 6066 3), so this one sends none.
            None => ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| ConnectError::BadName(name.to_owned()))?,
        };
        Ok((self.current.load_full(), name))
    }
}
