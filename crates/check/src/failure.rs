//! Why an attempt failed, in HAProxy's words (measured).

use std::io;

use burdock_state::{CheckReport, CheckStatus};
use nix::errno::Errno;
use tokio_rustls::rustls::{CertificateError, Error as TlsError};

/// The end of an attempt before its steps were all taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What it comes to.
    pub(crate) status: CheckStatus,
    /// The code that the server gave.
    pub(crate) code: i32,
    /// What there is to say.
    pub(crate) info: String,
    /// Whether it is the connection's: what is said then ends with the step that was being taken.
    pub(crate) is_of_connection: bool,
}

impl Failure {
    /// The connection's failure.
    pub(crate) fn of_connection(status: CheckStatus, info: String) -> Self {
        Self { status, code: 0, info, is_of_connection: true }
    }

    /// Time ran out.
    pub(crate) fn timeout(status: CheckStatus) -> Self {
        Self::of_connection(status, String::new())
    }

    /// There is no socket for it.
    pub(crate) fn socket(error: &io::Error) -> Self {
        Self::of_connection(CheckStatus::SocketError, general(error))
    }

    /// The source address is not to be had.
    pub(crate) fn source(error: &io::Error) -> Self {
        let info = format!("Can't bind to source address ({})", words(error));
        Self::of_connection(CheckStatus::Layer4Problem, info)
    }

    /// It was refused, or broke before it was made.
    pub(crate) fn connection(error: &io::Error) -> Self {
        let info = match error.raw_os_error().map(Errno::from_raw) {
            // What no server is asked for.
            Some(Errno::ENETUNREACH | Errno::EACCES | Errno::EPERM) => general(error),
            _ => returned(error),
        };
        Self::of_connection(CheckStatus::Layer4Problem, info)
    }

    /// The TLS handshake failed. `asked_for_name`: the server was asked for a name.
    pub(crate) fn handshake(error: &io::Error, asked_for_name: bool) -> Self {
        let info = match error.get_ref().and_then(|error| error.downcast_ref::<TlsError>()) {
            Some(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {
                let whose = if asked_for_name { "expected" } else { "configured" };
                format!("Server presented an SSL certificate different from the {whose} one")
            }
            _ => "SSL handshake failure".to_owned(),
        };
        Self::of_connection(CheckStatus::Layer6Problem, info)
    }

    /// The connection broke after it was made.
    pub(crate) fn broken(error: &io::Error) -> Self {
        let info = if error.raw_os_error().is_some() { returned(error) } else { String::new() };
        Self::of_connection(CheckStatus::SocketError, info)
    }

    /// The connection ended, or what came is not HTTP.
    pub(crate) fn no_http() -> Self {
        Self::of_connection(CheckStatus::SocketError, String::new())
    }

    /// The report, but for how long it took.
    pub(crate) fn report(self) -> CheckReport {
        CheckReport { status: self.status, duration_ms: None, code: self.code, info: self.info }
    }
}

fn general(error: &io::Error) -> String {
    format!("General socket error ({})", words(error))
}

fn returned(error: &io::Error) -> String {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(errno) => format!("{errno:?} returned by OS ({})", errno.desc()),
        None => words(error),
    }
}

fn words(error: &io::Error) -> String {
    error.raw_os_error().map(Errno::from_raw).map_or_else(|| error.to_string(), |errno| errno.desc().to_owned())
}
