//! Connections: names are looked up, addresses of the preferred family are tried first, and what fails is tried again as often as
//! `httpclient.retries` says.

use std::io;
use std::net::SocketAddr;

use burdock_tls::ServerTls;
use burdock_tls_stream::Connected;
use tokio::net::TcpStream;

use crate::{Family, HttpClient};

impl HttpClient {
    /// A connection in clear.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        self.persistently(|| self.reach(host, port)).await
    }

    /// A connection over TLS to a server whose certificate is for `host`.
    pub(crate) async fn connect_secure(
        &self,
        tls: &ServerTls,
        host: &str,
        port: u16,
    ) -> Result<Connected<TcpStream>, String> {
        let attempt =
            || async move { burdock_tls_stream::connect(self.reach(host, port).await?, tls, Some(host)).await };
        self.persistently(attempt).await
    }

    async fn persistently<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, String>
    where
        F: Future<Output = io::Result<T>>,
    {
        let limit = self.settings.connect_timeout;
        let mut left = self.settings.retries;
        loop {
            let error = match tokio::time::timeout(limit, attempt()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no connection within {} ms", limit.as_millis()),
            };
            left = left.checked_sub(1).ok_or(error)?;
        }
    }

    /// The first address that answers.
    async fn reach(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        let is_ipv4_first = self.settings.prefer == Family::Ipv4;
        addresses.sort_by_key(|address| address.is_ipv4() != is_ipv4_first);
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
