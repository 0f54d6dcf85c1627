//! The TLS of a `server` line: what we show a server, and what we ask of it (configuration manual 5.2).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use rustls::client::{ResolvesClientCert, Resumption, Tls12Resumption};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use rustls_pki_types::ServerName;

use crate::bind::max_fragment_size;
use crate::material::Certificate;
use crate::report::{Notice, Problem};
use crate::security::Security;
use crate::settings::{ServerSettings, Tuning, Verify};
use crate::store::{Shelves, Store, Swap, Use, User, files_of};
use crate::suite::{Choices, RestrictedKey};
use crate::verify::{KeyLogger, ServerVerifier, note_certificate};

/// The TLS of a `server` line, whether for its traffic or for its checks.
#[derive(Clone, Debug)]
pub struct ServerTls {
    line: Arc<Line>,
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

#[derive(Debug)]
struct Line {
    settings: ServerSettings,
    tuning: Tuning,
    current: ArcSwap<Configs>,
}

/// What connections are begun with. Both share the sessions.
#[derive(Debug)]
struct Configs {
    usual: Arc<ClientConfig>,
    /// For those that begin with early data; none: it is not allowed. Who says that some is coming has to send some.
    early: Option<Arc<ClientConfig>>,
}

/// Names of one server whose sessions are kept. What was verified otherwise is not resumed: each change begins with none.
const MAX_SESSIONS: usize = 256;

impl ServerTls {
    /// Makes the TLS of a line of what it says, loading what is not loaded yet.
    ///
    /// # Errors
    /// All that cannot work.
    pub fn build(
        settings: &ServerSettings,
        store: &Store,
        tuning: &Tuning,
    ) -> Result<(Self, Vec<Notice>), Vec<Problem>> {
        let mut notices = Vec::new();
        let mut problems = Vec::new();
        if let Some(source) = &settings.certificate {
            store.load_certificates(&[source], tuning, &mut notices, &mut problems);
        }
        if let Err(problem) = store.load_files(&settings.policy) {
            problems.push(problem);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let line = store.enter(|shelves| {
            let settings = settings.clone();
            let config = assemble(&settings, tuning, shelves, &mut notices).map_err(|problem| vec![problem])?;
            let line = Arc::new(Line { settings, tuning: tuning.clone(), current: ArcSwap::from_pointee(config) });
            let user: Arc<dyn User> = Arc::new(Entered(Arc::downgrade(&line)));
            Ok((line, user))
        })?;
        Ok((Self { line }, notices))
    }

    /// What a connection is begun with. `server_name` is the SNI to send; without one none is sent.
    ///
    /// # Errors
    /// The name cannot be sent.
    pub fn connect(&self, server_name: Option<&str>) -> Result<(Arc<ClientConfig>, ServerName<'static>), ConnectError> {
        Ok((self.line.current.load().usual.clone(), name_to_send(server_name)?))
    }

    /// The same for a connection that begins with early data, where the server takes it. None: it is not allowed.
    ///
    /// # Errors
    /// The name cannot be sent.
    pub fn connect_early(
        &self,
        server_name: Option<&str>,
    ) -> Result<Option<(Arc<ClientConfig>, ServerName<'static>)>, ConnectError> {
        let Some(config) = self.line.current.load().early.clone() else { return Ok(None) };
        Ok(Some((config, name_to_send(server_name)?)))
    }
}

fn name_to_send(server_name: Option<&str>) -> Result<ServerName<'static>, ConnectError> {
    Ok(match server_name {
        // An address is never sent as a server name (RFC 6066 3), so this one, which verification knows to mean none, sends none.
        None => ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| ConnectError::BadName(name.to_owned()))?,
    })
}

/// The store's way to a line, which must not keep it alive.
#[derive(Debug)]
struct Entered(Weak<Line>);

impl User for Entered {
    fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn label(&self) -> String {
        self.0.upgrade().map(|line| line.settings.label.clone()).unwrap_or_default()
    }

    fn uses(&self, what: Use<'_>) -> bool {
        let Some(line) = self.0.upgrade() else { return false };
        match what {
            Use::Certificate(name) => line.settings.certificate.as_ref().is_some_and(|source| source.name == name),
            Use::Authorities(name) | Use::Revocations(name) => {
                files_of(&line.settings.policy).any(|file| file.to_string_lossy() == name)
            }
            Use::List(_) | Use::Default { .. } => false,
        }
    }

    fn rebuild(&self, shelves: &Shelves) -> Result<Option<Swap>, Vec<Problem>> {
        let Some(line) = self.0.upgrade() else { return Ok(None) };
        let config = assemble(&line.settings, &line.tuning, shelves, &mut Vec::new());
        let config = Arc::new(config.map_err(|problem| vec![problem])?);
        Ok(Some(Box::new(move || line.current.store(config))))
    }
}

fn assemble(
    settings: &ServerSettings,
    tuning: &Tuning,
    shelves: &Shelves,
    notices: &mut Vec<Notice>,
) -> Result<Configs, Problem> {
    let policy = &settings.policy;
    let security = Security::of_level(tuning.security_level);
    let choices = Choices::of(policy, security, notices)?;
    let trust = match policy.verify.unwrap_or(Verify::Required) {
        Verify::None => None,
        Verify::Optional | Verify::Required => Some(shelves.trust(policy)?.ok_or_else(|| {
            Problem::new(
                "verify",
                "the server cannot be verified without a 'ca-file' ('@system-ca' for those that the system trusts); 'verify none' trusts anybody",
            )
        })?),
    };
    let certificate = match &settings.certificate {
        None => None,
        Some(source) => {
            let missing = || Problem::new(&source.name, "there is no certificate of that name");
            let certificate = shelves.certificates.get(&source.name).cloned().ok_or_else(missing)?;
            certificate.is_strong(security)?;
            Some(certificate)
        }
    };
    let verifier = ServerVerifier {
        trust,
        verify_host: settings.verify_host.clone(),
        signatures: choices.signatures_in(choices.schemes.as_ref()),
        security,
    };
    let config = ClientConfig::builder_with_provider(choices.provider.clone())
        .with_protocol_versions(&choices.versions)
        .map_err(|error| Problem::new("server", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let own = OwnCertificate::new(certificate, choices.client_schemes.as_ref());
    let mut config = config.with_client_cert_resolver(Arc::new(own));
    config.alpn_protocols = policy.alpn.clone().unwrap_or_default();
    config.max_fragment_size = max_fragment_size(tuning.max_record);
    config.resumption = if settings.no_reuse {
        Resumption::disabled()
    } else {
        let tls12 = if settings.no_tickets || !security.has_tickets() {
            Tls12Resumption::SessionIdOnly
        } else {
            Tls12Resumption::SessionIdOrTickets
        };
        Resumption::in_memory_sessions(MAX_SESSIONS).tls12_resumption(tls12)
    };
    if tuning.keylog {
        config.key_log = Arc::new(KeyLogger);
    }
    // Where ALPN leaves open what is spoken, that is known only behind the handshake.
    let takes_early_data = settings.early_data && !config.alpn_protocols.iter().any(|protocol| protocol == b"h2");
    let early = takes_early_data.then(|| {
        let mut early = config.clone();
        early.enable_early_data = true;
        Arc::new(early)
    });
    Ok(Configs { usual: Arc::new(config), early })
}

/// What we show a server that asks.
#[derive(Debug)]
struct OwnCertificate {
    shown: Option<(Arc<Certificate>, Arc<CertifiedKey>)>,
}

impl OwnCertificate {
    fn new(certificate: Option<Arc<Certificate>>, schemes: Option<&Arc<[SignatureScheme]>>) -> Self {
        let shown = certificate.map(|certificate| {
            let mut key = CertifiedKey::clone(&certificate.key);
            if let Some(schemes) = schemes {
                key.key = Arc::new(RestrictedKey { key: key.key, schemes: schemes.clone() });
            }
            (certificate, Arc::new(key))
        });
        Self { shown }
    }
}

impl ResolvesClientCert for OwnCertificate {
    fn resolve(&self, _root_hint_subjects: &[&[u8]], _sigschemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let (certificate, key) = self.shown.as_ref()?;
        note_certificate(key, Some(&certificate.name));
        Some(key.clone())
    }

    fn has_certs(&self) -> bool {
        self.shown.is_some()
    }
}

#[cfg(test)]
mod tests;
