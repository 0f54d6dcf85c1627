//! What went wrong in a handshake, as OpenSSL numbers and words it: operators know these from log lines (`ssl_fc_err`) and look them up.

use std::fmt;

use rustls::{Error, InvalidMessage, PeerIncompatible};

/// An error of the TLS library under the number that OpenSSL has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(u32);

/// The part of OpenSSL that reports errors of the protocol, in the upper bits of a number.
const LIBRARY: u32 = 20 << 23;
/// Alerts of the peer are reasons from here on (the alert's number behind it).
const ALERTS: u32 = 1000;

const BAD_KEY_SHARE: u32 = 108;
const BAD_EXTENSION: u32 = 110;
const CERTIFICATE_VERIFY_FAILED: u32 = 134;
const HTTPS_PROXY_REQUEST: u32 = 155;
const HTTP_REQUEST: u32 = 156;
const LENGTH_MISMATCH: u32 = 159;
const NO_SHARED_CIPHER: u32 = 193;
const PACKET_LENGTH_TOO_LONG: u32 = 198;
const PEER_DID_NOT_RETURN_A_CERTIFICATE: u32 = 199;
const NO_APPLICATION_PROTOCOL: u32 = 235;
const UNEXPECTED_MESSAGE: u32 = 244;
const UNSUPPORTED_PROTOCOL: u32 = 258;
const WRONG_VERSION_NUMBER: u32 = 267;
const DECRYPTION_FAILED_OR_BAD_RECORD_MAC: u32 = 281;
const NO_SUITABLE_KEY_SHARE: u32 = 101;
const NO_SUITABLE_SIGNATURE_ALGORITHM: u32 = 118;
const CALLBACK_FAILED: u32 = 234;
/// An error that is nobody's but the program's own (`ERR_R_INTERNAL_ERROR`).
const INTERNAL_ERROR: u32 = 0xc_0103;

impl Fault {
    /// The fault that the TLS library has reported. `received` is what the peer's stream began with, as far as it is still known.
    pub fn of(error: &Error, received: &[u8]) -> Self {
        Self(LIBRARY | reason(error, received))
    }

    /// There is no certificate for the name that the client asks for (`strict-sni`).
    pub const fn no_certificate() -> Self {
        Self(LIBRARY | CALLBACK_FAILED)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

fn reason(error: &Error, received: &[u8]) -> u32 {
    match error {
        Error::AlertReceived(alert) => ALERTS + u32::from(u8::from(*alert)),
        Error::InvalidCertificate(_) | Error::InvalidCertRevocationList(_) => CERTIFICATE_VERIFY_FAILED,
        Error::NoCertificatesPresented => PEER_DID_NOT_RETURN_A_CERTIFICATE,
        Error::NoApplicationProtocol => NO_APPLICATION_PROTOCOL,
        Error::DecryptError => DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
        Error::PeerSentOversizedRecord => PACKET_LENGTH_TOO_LONG,
        Error::PeerIncompatible(what) => incompatible(what),
        Error::InvalidMessage(what) => invalid(what, received),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => UNEXPECTED_MESSAGE,
        Error::PeerMisbehaved(_) | Error::UnsupportedNameType => BAD_EXTENSION,
        _ => INTERNAL_ERROR,
    }
}

fn incompatible(what: &PeerIncompatible) -> u32 {
    match what {
        PeerIncompatible::NoCipherSuitesInCommon => NO_SHARED_CIPHER,
        PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NamedGroupsExtensionRequired => NO_SUITABLE_KEY_SHARE,
        PeerIncompatible::KeyShareExtensionRequired => BAD_KEY_SHARE,
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => NO_SUITABLE_SIGNATURE_ALGORITHM,
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => UNSUPPORTED_PROTOCOL,
        _ => BAD_EXTENSION,
    }
}

fn invalid(what: &InvalidMessage, received: &[u8]) -> u32 {
    match what {
        InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion => match received {
            [b'G', b'E', b'T', b' ', ..] | [b'P', b'O', b'S', b'T', b' ', ..] => HTTP_REQUEST,
            [b'H', b'E', b'A', b'D', b' ', ..] | [b'P', b'U', b'T', b' ', ..] => HTTP_REQUEST,
            [b'C', b'O', b'N', b'N', b'E', ..] => HTTPS_PROXY_REQUEST,
            _ => WRONG_VERSION_NUMBER,
        },
        InvalidMessage::MessageTooLarge | InvalidMessage::HandshakePayloadTooLarge => PACKET_LENGTH_TOO_LONG,
        InvalidMessage::UnexpectedMessage(_) => UNEXPECTED_MESSAGE,
        InvalidMessage::DuplicateExtension(_) => BAD_EXTENSION,
        _ => LENGTH_MISMATCH,
    }
}

/// As `openssl errstr` words it.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error:{:08X}:SSL routines::", self.0)?;
        let reason = self.0 & !LIBRARY;
        match TEXTS.iter().find(|(number, _)| *number == reason) {
            Some((_, text)) => f.write_str(text),
            None => write!(f, "reason({reason})"),
        }
    }
}

const TEXTS: &[(u32, &str)] = &[
    (NO_SUITABLE_KEY_SHARE, "no suitable key share"),
    (BAD_KEY_SHARE, "bad key share"),
    (BAD_EXTENSION, "bad extension"),
    (NO_SUITABLE_SIGNATURE_ALGORITHM, "no suitable signature algorithm"),
    (CERTIFICATE_VERIFY_FAILED, "certificate verify failed"),
    (HTTPS_PROXY_REQUEST, "https proxy request"),
    (HTTP_REQUEST, "http request"),
    (LENGTH_MISMATCH, "length mismatch"),
    (NO_SHARED_CIPHER, "no shared cipher"),
    (PACKET_LENGTH_TOO_LONG, "packet length too long"),
    (PEER_DID_NOT_RETURN_A_CERTIFICATE, "peer did not return a certificate"),
    (CALLBACK_FAILED, "callback failed"),
    (NO_APPLICATION_PROTOCOL, "no application protocol"),
    (UNEXPECTED_MESSAGE, "unexpected message"),
    (UNSUPPORTED_PROTOCOL, "unsupported protocol"),
    (WRONG_VERSION_NUMBER, "wrong version number"),
    (DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "decryption failed or bad record mac"),
    (ALERTS + 10, "sslv3 alert unexpected message"),
    (ALERTS + 20, "sslv3 alert bad record mac"),
    (ALERTS + 21, "tlsv1 alert decryption failed"),
    (ALERTS + 22, "tlsv1 alert record overflow"),
    (ALERTS + 30, "sslv3 alert decompression failure"),
    (ALERTS + 40, "sslv3 alert handshake failure"),
    (ALERTS + 41, "sslv3 alert no certificate"),
    (ALERTS + 42, "sslv3 alert bad certificate"),
    (ALERTS + 43, "sslv3 alert unsupported certificate"),
    (ALERTS + 44, "sslv3 alert certificate revoked"),
    (ALERTS + 45, "sslv3 alert certificate expired"),
    (ALERTS + 46, "sslv3 alert certificate unknown"),
    (ALERTS + 47, "sslv3 alert illegal parameter"),
    (ALERTS + 48, "tlsv1 alert unknown ca"),
    (ALERTS + 49, "tlsv1 alert access denied"),
    (ALERTS + 50, "tlsv1 alert decode error"),
    (ALERTS + 51, "tlsv1 alert decrypt error"),
    (ALERTS + 60, "tlsv1 alert export restriction"),
    (ALERTS + 70, "tlsv1 alert protocol version"),
    (ALERTS + 71, "tlsv1 alert insufficient security"),
    (ALERTS + 80, "tlsv1 alert internal error"),
    (ALERTS + 86, "tlsv1 alert inappropriate fallback"),
    (ALERTS + 90, "tlsv1 alert user cancelled"),
    (ALERTS + 100, "tlsv1 alert no renegotiation"),
    (ALERTS + 109, "tlsv13 alert missing extension"),
    (ALERTS + 110, "tlsv1 unsupported extension"),
    (ALERTS + 111, "tlsv1 certificate unobtainable"),
    (ALERTS + 112, "tlsv1 unrecognized name"),
    (ALERTS + 113, "tlsv1 bad certificate status response"),
    (ALERTS + 114, "tlsv1 bad certificate hash value"),
    (ALERTS + 115, "tlsv1 alert unknown psk identity"),
    (ALERTS + 116, "tlsv13 alert certificate required"),
    (ALERTS + 120, "tlsv1 alert no application protocol"),
    (INTERNAL_ERROR, "internal error"),
];

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError};

    use super::*;

    #[test]
    fn numbers_and_words() {
        for (error, received, expected) in [
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "GET / HTTP/1.1",
                "0A00009C:SSL routines::http request",
            ),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "\u{7f}x",
                "0A00010B:SSL routines::wrong version number",
            ),
            (PeerIncompatible::NoCipherSuitesInCommon.into(), "", "0A0000C1:SSL routines::no shared cipher"),
            (PeerIncompatible::NoKxGroupsInCommon.into(), "", "0A000065:SSL routines::no suitable key share"),
            (PeerIncompatible::Tls12NotOffered.into(), "", "0A000102:SSL routines::unsupported protocol"),
            (CertificateError::UnknownIssuer.into(), "", "0A000086:SSL routines::certificate verify failed"),
            (Error::NoCertificatesPresented, "", "0A0000C7:SSL routines::peer did not return a certificate"),
            (Error::AlertReceived(AlertDescription::UnknownCA), "", "0A000418:SSL routines::tlsv1 alert unknown ca"),
            (Error::AlertReceived(AlertDescription::Unknown(66)), "", "0A00042A:SSL routines::reason(1066)"),
            (Error::HandshakeNotComplete, "", "0A0C0103:SSL routines::internal error"),
        ] {
            assert_eq!(Fault::of(&error, received.as_bytes()).to_string(), format!("error:{expected}"));
        }
    }
}
