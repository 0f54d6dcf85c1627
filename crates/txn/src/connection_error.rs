//! What connections come to nothing of: the numbers, names and words of log lines (configuration manual 7.3.3 `fc_err_str`, 8.2.5).

/// An error of a connection, as `fc_err` and `bc_err` number it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ConnectionError {
    /// The frontend has as many connections as it may.
    ConfigurationLimit = 1,
    /// The process has as many sockets as it may.
    ProcessLimit,
    /// The system has as many sockets as it may.
    SystemLimit,
    /// The system has no memory for another one.
    SystemMemory,
    /// The protocol or the family of addresses is not there.
    NoProtocol,
    /// The socket failed.
    Socket,
    /// All ports of the range to connect from are taken.
    SourcePorts,
    /// The address to connect from cannot be had.
    CannotBind,
    /// The system has no port left to connect from.
    LocalPorts,
    /// The address to connect from is taken.
    AddressInUse,
    /// The client closed before its PROXY header.
    ProxyEmpty,
    /// The connection broke before its PROXY header was there.
    ProxyAbort,
    /// The PROXY header did not come in time.
    ProxyTimeout,
    /// The PROXY header is cut off.
    ProxyTruncated,
    /// What came is no PROXY header.
    ProxyNotHeader,
    /// The PROXY header is not valid.
    ProxyBadHeader,
    /// The PROXY header names a protocol that is not served.
    ProxyBadProtocol,
    /// The client closed before its NetScaler header.
    ClientIpEmpty,
    /// The connection broke before its NetScaler header was there.
    ClientIpAbort,
    /// The NetScaler header did not come in time.
    ClientIpTimeout,
    /// The NetScaler header is cut off.
    ClientIpTruncated,
    /// The NetScaler header has another number.
    ClientIpBadMagic,
    /// The NetScaler header names a protocol that is not served.
    ClientIpBadProtocol,
    /// The peer closed within the handshake.
    TlsEmpty,
    /// The connection broke within the handshake.
    TlsAbort,
    /// The handshake was not done in time.
    TlsTimeout,
    /// There are as many connections of TLS as may be.
    TlsTooMany,
    /// There is no memory for another connection of TLS.
    TlsMemory,
    /// The client wanted to negotiate anew.
    TlsRenegotiation,
    /// Somebody in the client's chain of certificates is not trusted.
    TlsAuthority,
    /// The client's certificate is not trusted.
    TlsCertificate,
    /// The server's certificate is not the one that was configured.
    TlsMismatch,
    /// The server's certificate is not for the name that was asked for.
    TlsNameMismatch,
    /// The two sides did not come to terms.
    TlsHandshake,
    /// The handshake failed after a heartbeat.
    TlsHandshakeHeartbeat,
    /// A heartbeat was an attack.
    TlsHeartbeat,
    /// There is nobody to speak TLS with.
    TlsNoTarget,
    /// The server refused early data.
    TlsEarlyData,
    /// The SOCKS proxy could not be asked.
    SocksSend,
    /// The SOCKS proxy did not answer.
    SocksReceive,
    /// The SOCKS proxy refused.
    SocksDenied,
    /// The SOCKS proxy gave up.
    SocksAbort,
    /// TLS failed after its handshake.
    TlsFatal,
    /// A connection that the other side was to make was not made.
    Reverse,
    /// The poller reports an error.
    Poll,
    /// The peer refused the connection.
    Refused,
    /// The peer reset the connection.
    Reset,
    /// There is no way to the peer.
    Unreachable,
    /// The system had no memory.
    NoMemory,
    /// The descriptor is not open.
    BadDescriptor,
    /// An address in memory was wrong.
    Fault,
    /// An argument was wrong.
    Invalid,
    /// The socket is not connected.
    NotConnected,
    /// The descriptor is no socket.
    NotSocket,
    /// The system had no buffer.
    NoBuffers,
    /// The peer does not read any more.
    BrokenPipe,
}

impl ConnectionError {
    /// What `fc_err_str` says where there is none.
    pub const NONE: &'static str = "Success";

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name (`fc_err_name`).
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What log lines and `fc_err_str` say.
    pub fn message(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        WORDS.get(usize::from(self.number()) - 1).copied().unwrap_or_default()
    }
}

/// Names and messages by number, from 1.
const WORDS: &[(&str, &str)] = &[
    ("CONF_FDLIM", "Reached configured maxconn value"),
    ("PROC_FDLIM", "Too many sockets on the process"),
    ("SYS_FDLIM", "Too many sockets on the system"),
    ("SYS_MEMLIM", "Out of system buffers"),
    ("NOPROTO", "Protocol or address family not supported"),
    ("SOCK_ERR", "General socket error"),
    ("PORT_RANGE", "Source port range exhausted"),
    ("CANT_BIND", "Can't bind to source address"),
    ("FREE_PORTS", "Out of local source ports on the system"),
    ("ADDR_INUSE", "Local source address already in use"),
    ("PRX_EMPTY", "Connection closed while waiting for PROXY protocol header"),
    ("PRX_ABORT", "Connection error while waiting for PROXY protocol header"),
    ("PRX_TIMEOUT", "Timeout while waiting for PROXY protocol header"),
    ("PRX_TRUNCATED", "Truncated PROXY protocol header received"),
    ("PRX_NOT_HDR", "Received something which does not look like a PROXY protocol header"),
    ("PRX_BAD_HDR", "Received an invalid PROXY protocol header"),
    ("PRX_BAD_PROTO", "Received an unhandled protocol in the PROXY protocol header"),
    ("CIP_EMPTY", "Connection closed while waiting for NetScaler Client IP header"),
    ("CIP_ABORT", "Connection error while waiting for NetScaler Client IP header"),
    ("CIP_TIMEOUT", "Timeout while waiting for a NetScaler Client IP header"),
    ("CIP_TRUNCATED", "Truncated NetScaler Client IP header received"),
    ("CIP_BAD_MAGIC", "Received an invalid NetScaler Client IP magic number"),
    ("CIP_BAD_PROTO", "Received an unhandled protocol in the NetScaler Client IP header"),
    ("SSL_EMPTY", "Connection closed during SSL handshake"),
    ("SSL_ABORT", "Connection error during SSL handshake"),
    ("SSL_TIMEOUT", "Timeout during SSL handshake"),
    ("SSL_TOO_MANY", "Too many SSL connections"),
    ("SSL_NO_MEM", "Out of memory when initializing an SSL connection"),
    ("SSL_RENEG", "Rejected a client-initiated SSL renegotiation attempt"),
    ("SSL_CA_FAIL", "SSL client CA chain cannot be verified"),
    ("SSL_CRT_FAIL", "SSL client certificate not trusted"),
    ("SSL_MISMATCH", "Server presented an SSL certificate different from the configured one"),
    ("SSL_MISMATCH_SNI", "Server presented an SSL certificate different from the expected one"),
    ("SSL_HANDSHAKE", "SSL handshake failure"),
    ("SSL_HANDSHAKE_HB", "SSL handshake failure after heartbeat"),
    ("SSL_KILLED_HB", "Stopped a TLSv1 heartbeat attack (CVE-2014-0160)"),
    ("SSL_NO_TARGET", "Attempt to use SSL on an unknown target (internal error)"),
    ("SSL_EARLY_FAILED", "Server refused early data"),
    ("SOCKS4_SEND", "SOCKS4 Proxy write error during handshake"),
    ("SOCKS4_RECV", "SOCKS4 Proxy read error during handshake"),
    ("SOCKS4_DENY", "SOCKS4 Proxy deny the request"),
    ("SOCKS4_ABORT", "SOCKS4 Proxy handshake aborted by server"),
    ("SSL_FATAL", "SSL fatal error"),
    ("REVERSE", "Reverse connect failure"),
    ("POLLERR", "Poller reported POLLERR"),
    ("EREFUSED", "ECONNREFUSED returned by OS"),
    ("ERESET", "ECONNRESET returned by OS"),
    ("EUNREACH", "ENETUNREACH returned by OS"),
    ("ENOMEM", "ENOMEM returned by OS"),
    ("EBADF", "EBADF returned by OS"),
    ("EFAULT", "EFAULT returned by OS"),
    ("EINVAL", "EINVAL returned by OS"),
    ("ENCONN", "ENCONN returned by OS"),
    ("ENSOCK", "ENSOCK returned by OS"),
    ("ENOBUFS", "ENOBUFS returned by OS"),
    ("EPIPE", "EPIPE returned by OS"),
];

#[cfg(test)]
mod tests {
    use super::ConnectionError as Error;

    #[test]
    fn numbers_names_and_messages() {
        for (error, number, name, message) in [
            (Error::ConfigurationLimit, 1, "CONF_FDLIM", "Reached configured maxconn value"),
            (Error::ProxyEmpty, 11, "PRX_EMPTY", "Connection closed while waiting for PROXY protocol header"),
            (Error::TlsEmpty, 24, "SSL_EMPTY", "Connection closed during SSL handshake"),
            (Error::TlsAuthority, 30, "SSL_CA_FAIL", "SSL client CA chain cannot be verified"),
            (Error::TlsHandshake, 34, "SSL_HANDSHAKE", "SSL handshake failure"),
            (Error::Reverse, 44, "REVERSE", "Reverse connect failure"),
            (Error::BrokenPipe, 56, "EPIPE", "EPIPE returned by OS"),
        ] {
            assert_eq!((error.number(), error.name(), error.message()), (number, name, message));
        }
    }
}
