//! Fetches of TLS on either side (configuration manual 7.3.4): what was agreed upon, what the client's hello said, and certificates.

pub(super) mod certificate;
pub(super) mod connection;
pub(super) mod hello;

use burdock_tls::TlsFacts;

use crate::input::Input;

/// Whose connection a fetch looks at.
trait Side {
    /// What is known of its TLS; nothing: it has none.
    fn facts<'a>(input: &Input<'a>) -> Option<&'a TlsFacts>;
}

/// The client's.
struct Client;

/// The server's.
struct Server;

impl Side for Client {
    fn facts<'a>(input: &Input<'a>) -> Option<&'a TlsFacts> {
        input.txn.client_tls.as_deref()
    }
}

impl Side for Server {
    fn facts<'a>(input: &Input<'a>) -> Option<&'a TlsFacts> {
        input.txn.server_tls.as_deref()
    }
}

#[cfg(test)]
mod tests;
