//! Why a client's connection came to nothing before its first request.

/// An error of a connection, as `fc_err` numbers it (configuration manual 7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ConnectionError {
    /// The client closed before it had said anything of TLS.
    TlsEmpty = 24,
    /// The connection broke within the handshake.
    TlsAbort = 25,
    /// The handshake was not done in time.
    TlsTimeout = 26,
    /// Somebody in the client's chain of certificates is not trusted.
    TlsAuthority = 30,
    /// The client's certificate is not trusted.
    TlsCertificate = 31,
    /// The two sides did not come to terms.
    TlsHandshake = 34,
}

impl ConnectionError {
    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name (`fc_err_name`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::TlsEmpty => "SSL_EMPTY",
            Self::TlsAbort => "SSL_ABORT",
            Self::TlsTimeout => "SSL_TIMEOUT",
            Self::TlsAuthority => "SSL_CA_FAIL",
            Self::TlsCertificate => "SSL_CRT_FAIL",
            Self::TlsHandshake => "SSL_HANDSHAKE",
        }
    }

    /// What log lines and `fc_err_str` say.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TlsEmpty => "Connection closed during SSL handshake",
            Self::TlsAbort => "Connection error during SSL handshake",
            Self::TlsTimeout => "Timeout during SSL handshake",
            Self::TlsAuthority => "SSL client CA chain cannot be verified",
            Self::TlsCertificate => "SSL client certificate not trusted",
            Self::TlsHandshake => "SSL handshake failure",
        }
    }
}
