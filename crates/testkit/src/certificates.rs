//! An authority, and files of the certificates that it has signed: what tests of TLS start from.

use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams,
};
pub use rcgen::{DnType, SerialNumber, date_time_ymd};
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

/// The extension that names an OCSP responder (RFC 5280 4.2.2.1).
pub fn ocsp_responder(url: &str) -> CustomExtension {
    let mut content = vec![6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 0x86, url.len() as u8];
    content.extend_from_slice(url.as_bytes());
    // Two sequences around it; what is in them is short.
    for _ in 0..2 {
        let length = content.len() as u8;
        assert!(length < 0x80, "the address is too long");
        content.splice(0..0, [0x30, length]);
    }
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
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
    /// An authority of this common name; its certificate is in `ca.pem`, its key in `ca.key`.
    pub fn by(authority: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("burdock-certificates-").tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "Burdock tests");
        params.distinguished_name.push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = Key::Ecdsa.generate();
        fs::write(dir.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(dir.path().join("ca.key"), key.serialize_pem()).unwrap();
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

    /// Signs a list of revoked certificates, by their serial numbers. Returns the file's path.
    pub fn revoke(&self, file: &str, serials: &[u64]) -> String {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: (*serial).into(),
            revocation_time: date_time_ymd(2021, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2021, 1, 1),
            next_update: date_time_ymd(2040, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        self.write(file, params.signed_by(&self.issuer).unwrap().pem().unwrap())
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
