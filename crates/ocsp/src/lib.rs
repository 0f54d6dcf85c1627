//! OCSP responses (RFC 6960) fetched from the responders that certificates name, and again in time, as `ocsp-update on` asks for
//! (configuration manual 12.7.1). Knows the store of certificates; no proxies, no configuration text.
//!
//! An [`Updater`] runs in a thread of its own; [`Tasks`] is what runtime commands speak to.
#![forbid(unsafe_code)]

mod fetch;
mod tasks;
mod updater;

use std::time::Duration;

pub use burdock_http_client::HttpProxy;
pub use tasks::{Outcome, Status, Tasks};
pub use updater::Updater;

/// What the global section says of it (configuration manual 3.1 `ocsp-update.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ocsp-update.disable`: nothing is fetched by itself.
    pub is_disabled: bool,
    /// `ocsp-update.mode`: responses are fetched where nothing is said.
    pub is_default: bool,
    /// `ocsp-update.mindelay`: between two fetches of the same response there is as much time at least.
    pub min_delay: Duration,
    /// `ocsp-update.maxdelay`: and no more than that.
    pub max_delay: Duration,
    /// `ocsp-update.httpproxy`: who is asked in place of the responders.
    pub proxy: Option<HttpProxy>,
    /// How responders are spoken to (`httpclient.*`).
    pub client: burdock_http_client::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_disabled: false,
            is_default: false,
            min_delay: Duration::from_secs(300),
            max_delay: Duration::from_secs(3600),
            proxy: None,
            client: burdock_http_client::Settings::default(),
        }
    }
}
