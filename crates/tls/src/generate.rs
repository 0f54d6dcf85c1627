//! Certificates made for the names that clients ask for (configuration manual 5.1 `generate-certificates`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, SubjectPublicKeyInfo,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use crate::material::Certificate;
use crate::report::Problem;

/// Makes certificates, and keeps those that were asked for last.
#[derive(Debug)]
pub(crate) struct Generator {
    issuer: Issuer<'static, KeyPair>,
    authority: Arc<CertifiedKey>,
    made: Mutex<Made>,
}

#[derive(Debug)]
struct Made {
    keys: HashMap<String, (Arc<CertifiedKey>, u64)>,
    /// Counts questions, so that it can be told which was asked for longest ago.
    clock: u64,
    room: usize,
}

/// How long a made certificate counts, and how long before now it begins to: clocks differ.
const LIFETIME: Duration = Duration::from_secs(365 * 86_400);
const LEEWAY: Duration = Duration::from_secs(86_400);

impl Generator {
    /// One that signs as this authority and keeps `room` certificates.
    ///
    /// # Errors
    /// The authority cannot sign.
    pub(crate) fn new(authority: &Certificate, room: usize) -> Result<Self, Problem> {
        let bad = |error: rcgen::Error| {
            Problem::new(&authority.name, format!("certificates cannot be signed with it: {error}"))
        };
        let (Some(own), Some(key)) = (authority.own(), authority.private_key()) else {
            return Err(Problem::new(&authority.name, "it has to hold a certificate and its private key"));
        };
        let key = KeyPair::try_from(key).map_err(bad)?;
        let issuer = Issuer::from_ca_cert_der(own, key).map_err(bad)?;
        Ok(Self {
            issuer,
            authority: authority.key.clone(),
            made: Mutex::new(Made { keys: HashMap::new(), clock: 0, room: room.max(1) }),
        })
    }

    /// The certificate for a name, with the key of `model`, or where there is none, with the authority's. None: it cannot be made.
    pub(crate) fn make(&self, name: &str, model: Option<&Arc<CertifiedKey>>) -> Option<Arc<CertifiedKey>> {
        if let Some(key) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(key);
        }
        // Others may look up theirs meanwhile.
        let model = model.unwrap_or(&self.authority);
        let key = Arc::new(CertifiedKey::new(vec![self.sign(name, model)?], model.key.clone()));
        self.made.lock().unwrap_or_else(PoisonError::into_inner).put(name, &key);
        Some(key)
    }

    fn sign(&self, name: &str, model: &CertifiedKey) -> Option<CertificateDer<'static>> {
        let public_key = SubjectPublicKeyInfo::from_der(&model.key.public_key()?).ok()?;
        let mut params = CertificateParams::new([name.to_owned()]).ok()?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let now = x509_parser::time::ASN1Time::now().to_datetime();
        params.not_before = now - LEEWAY;
        params.not_after = now + LIFETIME;
        Some(params.signed_by(&public_key, &self.issuer).ok()?.der().clone())
    }
}

impl Made {
    fn get(&mut self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.clock += 1;
        let (key, asked) = self.keys.get_mut(name)?;
        *asked = self.clock;
        Some(key.clone())
    }

    fn put(&mut self, name: &str, key: &Arc<CertifiedKey>) {
        while self.keys.len() >= self.room {
            let Some(oldest) = self.keys.iter().min_by_key(|(_, (_, asked))| *asked).map(|(name, _)| name.clone())
            else {
                break;
            };
            self.keys.remove(&oldest);
        }
        self.keys.insert(name.to_owned(), (key.clone(), self.clock));
    }
}
