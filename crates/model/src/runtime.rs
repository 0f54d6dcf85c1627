//! Lines that come at run time. How they are read is the configuration's business; the model carries the reader, because what that knows of
//! the configuration (defaults, certificates) is replaced together with the model.

use std::fmt;

use crate::Model;
use crate::proxy::Proxy;
use crate::server::Server;

/// Reads lines that come at run time, by the rules of the configuration that the model was made from.
pub trait RuntimeLines: fmt::Debug + Send + Sync {
    /// A server for a backend (management manual 9.3 `add server`), out of its name, its address and its options. It is in maintenance, and
    /// its checks pause. It is in no model yet.
    ///
    /// # Errors
    /// A sentence for the operator.
    fn server(&self, model: &Model, proxy: &Proxy, words: &[String]) -> Result<AddedServer, String>;

    /// The options that such a server may have.
    fn server_options(&self) -> Vec<&'static str>;
}

/// A server that comes at run time.
#[derive(Debug)]
pub struct AddedServer {
    /// The server.
    pub server: Server,
    /// What the operator is to be told about it.
    pub remarks: Vec<String>,
}
