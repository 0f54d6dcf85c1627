//! What tests of this crate share: authorities that sign what they are asked to, files of it, and handshakes in memory.

use std::io::Read;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::{ClientConnection, HandshakeKind, ServerConnection};
use rustls_pki_types::CertificateDer;

use crate::der::tagged;
use crate::settings::{BindSettings, CertificateSource, CertificateUse, Policy, ServerSettings, Tuning, Verify};
use crate::verify::{Verification, take_verification};
use crate::{Accept, BindTls, Refusal, ServerTls, Store};

/// Somebody who signs.
pub(crate) struct Authority {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
    pub(crate) der: CertificateDer<'static>,
}

/// A certificate and its key.
pub(crate) struct Signed {
    pub(crate) certificate: String,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) key: KeyPair,
}

impl Signed {
    /// Certificate and key in one.
    pub(crate) fn pem(&self) -> String {
        self.certificate.clone() + &self.key.serialize_pem()
    }
}

pub(crate) fn ec_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(crate) fn rsa_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap()
}

/// What a certificate of this name is made of.
pub(crate) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params.key_identifier_method = KeyIdMethod::Sha256;
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::with_key(name, ec_key())
    }

    pub(crate) fn with_key(name: &str, key: KeyPair) -> Self {
        let params = authority_params(name);
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    /// One that this one has signed.
    pub(crate) fn authority(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = (authority_params(name), ec_key());
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn sign_with(&self, name: &str, key: KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let mut params = params(name);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Signed { certificate: certificate.pem(), der: certificate.der().clone(), key }
    }

    pub(crate) fn sign(&self, name: &str) -> Signed {
        self.sign_with(name, ec_key(), |_| {})
    }

    /// A list of those numbers, with the year in which it ends.
    pub(crate) fn revoke(&self, serials: &[u64], end: i32) -> String {
        let revoked_certs = serials
            .iter()
            .map(|&serial| RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2020, 1, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(end, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// A directory of files.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A file, as a line names it.
    pub(crate) fn name(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.write(name, content).to_str().unwrap().to_owned()
    }
}

pub(crate) fn source(name: &str) -> CertificateSource {
    CertificateSource { name: name.to_owned(), ..CertificateSource::default() }
}

pub(crate) fn used(name: &str) -> CertificateUse {
    CertificateUse { certificate: source(name), ..CertificateUse::default() }
}

/// A line with these certificates.
pub(crate) fn line(certificates: &[&str]) -> BindSettings {
    BindSettings { certificates: certificates.iter().map(|name| used(name)).collect(), ..BindSettings::default() }
}

pub(crate) fn build(settings: &BindSettings, store: &Store) -> BindTls {
    BindTls::build(settings, store, &Tuning::default()).unwrap().0
}

/// A client that trusts everybody.
pub(crate) fn client(change: impl FnOnce(&mut ServerSettings), store: &Store) -> ServerTls {
    let policy = Policy { verify: Some(Verify::None), ..Policy::default() };
    let mut settings = ServerSettings { policy, ..ServerSettings::default() };
    change(&mut settings);
    ServerTls::build(&settings, store, &Tuning::default()).unwrap().0
}

/// Two sides that have shaken hands.
pub(crate) struct Shaken {
    pub(crate) client: ClientConnection,
    pub(crate) server: ServerConnection,
    /// What the server's and the client's verification came to.
    pub(crate) of_client: Option<Verification>,
    pub(crate) of_server: Option<Verification>,
}

impl Shaken {
    /// The certificate that the client was shown.
    pub(crate) fn shown(&self) -> &CertificateDer<'static> {
        &self.client.peer_certificates().unwrap()[0]
    }

    pub(crate) fn is_resumed(&self) -> bool {
        assert_eq!(self.client.handshake_kind(), self.server.handshake_kind());
        self.client.handshake_kind() == Some(HandshakeKind::Resumed)
    }
}

/// Why hands were not shaken.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) refusal: Option<Refusal>,
    pub(crate) server: Option<rustls::Error>,
    pub(crate) client: Option<rustls::Error>,
    pub(crate) of_client: Option<Verification>,
    pub(crate) of_server: Option<Verification>,
}

pub(crate) fn shake(bind: &BindTls, client: &ServerTls, name: Option<&str>) -> Result<Shaken, Box<Failure>> {
    let (config, name) = client.connect(name).unwrap();
    shake_with(bind, ClientConnection::new(config, name).unwrap())
}

pub(crate) fn shake_with(bind: &BindTls, mut client: ClientConnection) -> Result<Shaken, Box<Failure>> {
    let (mut of_client, mut of_server) = (None, None);
    let mut sent = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut sent).unwrap();
    }
    let config = match bind.accept(&sent) {
        Accept::Serve(config) => config,
        Accept::Refuse(refusal) => {
            return Err(Box::new(Failure { refusal: Some(refusal), server: None, client: None, of_client, of_server }));
        }
    };
    let mut server = ServerConnection::new(config).unwrap();
    loop {
        let mut input = &sent[..];
        while !input.is_empty() {
            server.read_tls(&mut input).unwrap();
            let outcome = server.process_new_packets();
            of_client = take_verification().or(of_client);
            if let Err(error) = outcome {
                return Err(Box::new(Failure {
                    refusal: None,
                    server: Some(error),
                    client: None,
                    of_client,
                    of_server,
                }));
            }
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        let mut input = &answer[..];
        while !input.is_empty() {
            client.read_tls(&mut input).unwrap();
            let outcome = client.process_new_packets();
            of_server = take_verification().or(of_server);
            if let Err(error) = outcome {
                return Err(Box::new(Failure {
                    refusal: None,
                    server: None,
                    client: Some(error),
                    of_client,
                    of_server,
                }));
            }
        }
        sent.clear();
        while client.wants_write() {
            client.write_tls(&mut sent).unwrap();
        }
        if sent.is_empty() && !server.wants_write() {
            break;
        }
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(Shaken { client, server, of_client, of_server })
}

/// The bytes that the client has sent before the handshake was complete.
pub(crate) fn early_data(server: &mut ServerConnection) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut early) = server.early_data() {
        early.read_to_end(&mut bytes).unwrap();
    }
    bytes
}

/// What an OCSP response says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Good,
    GoodUntil2048,
    Over,
    Revoked,
}

/// A response that answers for this certificate. Nobody has signed it: its signature is for clients to verify.
pub(crate) fn ocsp_response(
    own: &CertificateDer<'static>,
    issuer: &CertificateDer<'static>,
    answer: Answer,
) -> Vec<u8> {
    let id = crate::material::ocsp_id(own, issuer).unwrap();
    let status = match answer {
        Answer::Revoked => tagged(0xa1, &tagged(0x18, b"20200101000000Z")),
        _ => tagged(0x80, &[]),
    };
    let mut single = [id, status, tagged(0x18, b"20200101000000Z")].concat();
    match answer {
        Answer::GoodUntil2048 => single.extend(tagged(0xa0, &tagged(0x18, b"20480101000000Z"))),
        Answer::Over => single.extend(tagged(0xa0, &tagged(0x18, b"20210101000000Z"))),
        Answer::Good | Answer::Revoked => {}
    }
    let responder = tagged(0xa2, &tagged(4, &[0; 20]));
    let answers = tagged(0x30, &tagged(0x30, &single));
    let data = tagged(0x30, &[responder, tagged(0x18, b"20200101000000Z"), answers].concat());
    let algorithm = tagged(0x30, &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
    let basic = tagged(0x30, &[data, algorithm, tagged(3, &[0, 0])].concat());
    let kind = vec![6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let bytes = tagged(0xa0, &tagged(0x30, &[kind, tagged(4, &basic)].concat()));
    tagged(0x30, &[tagged(10, &[0]), bytes].concat())
}

/// A policy that clients are verified by.
pub(crate) fn verifying(verify: Verify, ca_file: &str) -> Policy {
    Policy { verify: Some(verify), ca_file: Some(PathBuf::from(ca_file)), ..Policy::default() }
}
