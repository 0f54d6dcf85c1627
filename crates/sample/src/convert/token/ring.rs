//! The keys and certificates of files that tokens are verified and decrypted with. They are read while the configuration is; where a
//! variable holds a file's name when traffic runs, it finds one of them here or nothing.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::jwk::PrivateKey;
use super::key::PublicKey;

/// Keys and certificates by the names that the configuration has for them.
#[derive(Default)]
pub struct KeyRing {
    keys: ArcSwap<HashMap<Box<[u8]>, Arc<PublicKey>>>,
    certificates: ArcSwap<HashMap<Box<[u8]>, Known>>,
}

/// A certificate with what can be done with it.
#[derive(Clone)]
pub(super) struct Certificate {
    /// Verifies.
    pub(super) public: Arc<PublicKey>,
    /// Decrypts; none: its file has no private key.
    pub(super) private: Option<Arc<PrivateKey>>,
}

/// A certificate, if it is for tokens at all.
#[derive(Clone)]
pub(super) enum Known {
    /// It is (`jwt on`).
    Usable(Certificate),
    /// It was declared without that.
    NotForTokens,
}

/// A certificate that a `crt-store` declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its file.
    pub file: PathBuf,
    /// That of its private key, where it is another.
    pub key: Option<PathBuf>,
    /// Whether it is for tokens (`jwt on`).
    pub for_tokens: bool,
}

impl KeyRing {
    /// Takes up what `crt-store` sections declare. Those that cannot be read are left out: whoever loads them for TLS tells of that.
    pub fn declare(&self, certificates: impl Iterator<Item = (String, Declared)>) {
        for (name, declared) in certificates {
            let known = match declared.for_tokens {
                false => Known::NotForTokens,
                true => match Certificate::read(&declared) {
                    Ok(certificate) => Known::Usable(certificate),
                    Err(_) => continue,
                },
            };
            self.add(name.as_bytes(), known);
        }
    }

    /// Follows the certificates of a store: those that it knows are exchanged with theirs.
    pub fn follow(self: &Arc<Self>, store: &burdock_tls::Store) {
        let ring = Arc::downgrade(self);
        store.watch_certificates(move |certificate| {
            let Some(ring) = ring.upgrade() else { return false };
            ring.exchange(certificate);
            true
        });
    }

    /// Takes another certificate in the place of the one of its name, if that is for tokens. One that no algorithm takes leaves none.
    fn exchange(&self, with: &burdock_tls::material::Certificate) {
        let certificate = with.own().and_then(|own| Certificate::of_der(own, with.private_key()));
        let name = with.name.as_bytes();
        if let Some(Known::Usable(_)) = self.certificate(name) {
            self.certificates.rcu(|certificates| {
                let mut certificates = HashMap::clone(certificates);
                match &certificate {
                    Some(certificate) => certificates.insert(name.into(), Known::Usable(certificate.clone())),
                    None => certificates.remove(name),
                };
                certificates
            });
        }
    }

    /// The public key of a file, which is read where it is not known yet.
    ///
    /// # Errors
    /// What is wrong with the file, as a sentence.
    pub(super) fn read_key(&self, path: &[u8]) -> Result<Arc<PublicKey>, String> {
        if let Some(known) = self.key(path) {
            return Ok(known);
        }
        let key = Arc::new(PublicKey::read(path)?);
        self.keys.rcu(|keys| {
            let mut keys = HashMap::clone(keys);
            keys.insert(path.into(), Arc::clone(&key));
            keys
        });
        Ok(key)
    }

    /// The certificate of a file, which is read where it is not known yet. One that was declared can be used whatever was said.
    ///
    /// # Errors
    /// What is wrong with the file, as a sentence.
    pub(super) fn read_certificate(&self, path: &[u8]) -> Result<Certificate, String> {
        if let Some(Known::Usable(certificate)) = self.certificate(path) {
            return Ok(certificate);
        }
        let file = PathBuf::from(String::from_utf8_lossy(path).into_owned());
        let certificate = Certificate::read(&Declared { file, key: None, for_tokens: true })?;
        if self.certificate(path).is_none() {
            self.add(path, Known::Usable(certificate.clone()));
        }
        Ok(certificate)
    }

    /// A public key that was read.
    pub(super) fn key(&self, path: &[u8]) -> Option<Arc<PublicKey>> {
        self.keys.load().get(path).cloned()
    }

    /// A certificate that was read or declared.
    pub(super) fn certificate(&self, name: &[u8]) -> Option<Known> {
        self.certificates.load().get(name).cloned()
    }

    fn add(&self, name: &[u8], known: Known) {
        self.certificates.rcu(|certificates| {
            let mut certificates = HashMap::clone(certificates);
            certificates.insert(name.into(), known.clone());
            certificates
        });
    }
}

/// Names alone: keys are nobody's business.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = (self.keys.load().len(), self.certificates.load().len());
        write!(f, "KeyRing({} keys, {} certificates)", count.0, count.1)
    }
}

impl Certificate {
    fn read(declared: &Declared) -> Result<Self, String> {
        let file = declared.file.display();
        let text =
            std::fs::read(&declared.file).map_err(|error| format!("the file '{file}' cannot be read: {error}"))?;
        let certificate =
            CertificateDer::from_pem_slice(&text).map_err(|_| format!("the file '{file}' holds no certificate"))?;
        let key_text = declared.key.as_ref().and_then(|key| std::fs::read(key).ok()).unwrap_or(text);
        let key = PrivateKeyDer::from_pem_slice(&key_text).ok();
        Self::of_der(&certificate, key.as_ref())
            .ok_or_else(|| format!("no algorithm takes the public key of the certificate '{file}'"))
    }

    fn of_der(certificate: &CertificateDer<'_>, key: Option<&PrivateKeyDer<'_>>) -> Option<Self> {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let public = PublicKey::of_der(parsed.public_key().raw)?;
        let private = key.and_then(PrivateKey::of_der);
        Some(Self { public: Arc::new(public), private: private.map(Arc::new) })
    }
}

#[cfg(test)]
mod tests {
    use burdock_state::Directory;

    use super::*;
    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::Bench;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBBDCBq6ADAgECAgEFMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAXQwHhcNMjAw
MTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAF0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEWGNFvYYpnZUNzr5xvz4q2RpP6QaPka7Ioq/YQUNc
h4sc6Z8hI3VSWlbyV9wpBLwa3v46+rIcgxYUvXSIFFGMHzAKBggqhkjOPQQDAgNI
ADBFAiB3enScGRZMYXrEeN4uyC5lL71S09uPCU63YRfOAc9GnAIhAMbh5WE4kVSq
R+yVbEDyWnHdaDcOtENTe0xVlHE4dOCw
-----END CERTIFICATE-----
";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzfk7wWRu9IU3POJo
1y4VVTAgpMQRogA0+HlfrEKRWKmhRANCAARYY0W9himdlQ3OvnG/PirZGk/pBo+R
rsiir9hBQ1yHixzpnyEjdVJaVvJX3CkEvBre/jr6shyDFhS9dIgUUYwf
-----END PRIVATE KEY-----
";
    const SIGNED: &str = "eyJhbGciOiJFUzI1NiJ9.e30.ww5HZyKQN-0Ppkp-Mm-CliV_XbzPzjN6h0dnUXROipDAyDyP4Z7n5c6ruYNcI0RMNFpxiad6d92JWF7kMmHM4Q";
    const ENCRYPTED: &str = "eyJhbGciOiAiRUNESC1FUyIsICJlbmMiOiAiQTEyOEdDTSIsICJlcGsiOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0yNTYiLCAieCI6ICJscUpQckRYTWdieWhDWXFJZFNNbTQtMHVlZUFYbjY3NGdkX2RoQXZJSldNIiwgInkiOiAiRFVyTnBhRENhV29LTFluVmh6MHJjd1NIVnhPX05MN2JuU0pabFdPNDR6TSJ9fQ..4-AwxPe1OPgndpye.aBbjsdXq.GtpzUS-11yxMcq5Ga9JAow";

    /// A ring that knows `signer` for tokens and `site` for others, with the key in a file of its own.
    fn declared(folder: &tempfile::TempDir) -> KeyRing {
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let file = write("signer.pem", CERTIFICATE);
        let key = Some(write("signer.key", KEY));
        write("whole.pem", &format!("{CERTIFICATE}{KEY}"));
        write("empty.pem", "");
        let ring = KeyRing::default();
        let declare =
            |name: &str, for_tokens| (name.to_owned(), Declared { file: file.clone(), key: key.clone(), for_tokens });
        ring.declare([declare("signer", true), declare("site", false)].into_iter());
        ring
    }

    #[test]
    fn certificates_verify_and_decrypt() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.pem").display().to_string();
        let mut names = Names::default();
        names.key_ring = Arc::new(declared(&folder));
        let setting_up = [
            "str(signer),set-var(txn.signer)".to_owned(),
            "str(site),set-var(txn.site)".to_owned(),
            "str(none),set-var(txn.none)".to_owned(),
            format!("str({whole}),set-var(txn.whole)"),
            "str(ES256),set-var(txn.alg)".to_owned(),
        ];
        let setting_up: Vec<_> = setting_up.iter().map(String::as_str).collect();
        let bench = Bench::new(names, Directory::empty(), &setting_up);
        for (token, converter, expected) in [
            (SIGNED, "jwt_verify_cert(ES256,txn.signer)", Some("1")),
            (SIGNED, "jwt_verify_cert(txn.alg,txn.signer)", Some("1")),
            (SIGNED, "jwt_verify_cert(ES384,txn.signer)", Some("0")),
            (SIGNED, "jwt_verify_cert(ES256,txn.site)", Some("-7")),
            (SIGNED, "jwt_verify_cert(ES256,txn.none)", Some("-5")),
            (SIGNED, "jwt_verify_cert(ES256,txn.unset)", None),
            (SIGNED, "jwt_verify_cert(ES256,txn.whole)", Some("-5")),
            (SIGNED, &format!("jwt_verify_cert(ES256,{whole})"), Some("1")),
            (SIGNED, "jwt_verify_cert(ES256,txn.whole)", Some("1")),
            (ENCRYPTED, "jwt_decrypt_cert(signer)", Some("736563726574")),
            (ENCRYPTED, "jwt_decrypt_cert(txn.signer)", Some("736563726574")),
            (ENCRYPTED, "jwt_decrypt_cert(txn.site)", None),
            (ENCRYPTED, "jwt_decrypt_cert(txn.none)", None),
            (SIGNED, "jwt_decrypt_cert(signer)", None),
        ] {
            bench.check(Phase::Log, &[(&format!("str({token}),{converter}"), expected)]);
        }
    }

    #[test]
    fn what_is_no_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let ring = declared(&folder);
        let path = folder.path().join("empty.pem").display().to_string();
        let fault = ring.read_certificate(path.as_bytes()).err();
        assert_eq!(fault, Some(format!("the file '{path}' holds no certificate")));
    }
}
