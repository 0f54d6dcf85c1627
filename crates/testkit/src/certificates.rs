//! An authority, and files of the certificates that it has signed: what tests of TLS start from.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
pub use rcgen::{DnType, date_time_ymd};
use tempfile::TempDir;

/// An authority with a directory of its own.
#[derive(Debug)]
pub struct Certificates {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// ECDSA on P-256.
    Ecdsa,
    /// RSA of 2048 bits.
    Rsa,
}

impl Key {
    fn generate(self) -> KeyPair {
        let algorithm = match self {
            Self::Ecdsa => &rcgen::PKCS_ECDSA_P256_SHA256,
            Self::Rsa => &rcgen::PKCS_RSA_SHA256,
        };
        KeyPair::generate_for(algorithm).unwrap()
    }
}

impl Certificates {
    /// An authority of this common name; its certificate is in `ca.pem`.
    pub fn by(authority: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("burdock-certificates-").tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "Burdock tests");
        params.distinguished_name.push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = Key::Ecdsa.generate();
        fs::write(dir.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { dir, issuer: Issuer::new(params, key) }
    }

    /// The path of a file.
    pub fn path(&self, file: &str) -> String {
        self.dir.path().join(file).display().to_string()
    }

    /// The path of the authority's certificate.
    pub fn authority(&self) -> String {
        self.path("ca.pem")
    }

    /// Writes a file, and returns its path.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.dir.path().join(file), content).unwrap();
        self.path(file)
    }

    /// Signs a certificate for these names, the first one its common name; the file has its key too. Returns the file's path.
    pub fn issue(&self, file: &str, key: Key, names: &[&str]) -> String {
        self.issue_with(file, key, names, |_| {})
    }

    /// As [`Certificates::issue`], with changes to what is signed.
    pub fn issue_with(
        &self,
        file: &str,
        key: Key,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> String {
        self.write(file, self.pem(key, names, change))
    }

    /// A certificate and its key in PEM.
    pub fn pem(&self, key: Key, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> String {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "FR");
        params.distinguished_name.push(DnType::OrganizationName, "Burdock tests");
        params.distinguished_name.push(DnType::CommonName, names[0]);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 12, 31));
        change(&mut params);
        let key = key.generate();
        params.signed_by(&key, &self.issuer).unwrap().pem() + &key.serialize_pem()
    }
}
