//! OCSP responses: which certificates want them fetched, and what comes in while we run.

use std::sync::Arc;

use super::{Store, StoreError, Use};
use crate::material::{Certificate, Parts, Staple, check_ocsp_signature};
use crate::verify::Link;

/// Why a response that was fetched is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchedFault {
    /// It may not be sent, for this reason.
    Refused(String),
    /// It cannot be put into use, for this reason.
    NotInserted(String),
}

impl Store {
    /// The certificates whose responses are to be fetched (`ocsp-update on`), in the order of the configuration.
    pub fn ocsp_updated(&self) -> Vec<Arc<Certificate>> {
        let shelves = self.lock();
        shelves.ocsp_updated.iter().filter_map(|name| shelves.certificates.get(name)).cloned().collect()
    }

    /// Whether there are certificates that clients are shown, or lists that some may come into.
    pub fn serves_clients(&self) -> bool {
        let shelves = self.lock();
        !shelves.lists.is_empty() || shelves.certificates.iter().next().is_some()
    }

    /// Whether the response of this certificate is to be fetched.
    pub fn is_ocsp_updated(&self, name: &str) -> bool {
        self.lock().ocsp_updated.iter().any(|known| known == name)
    }

    /// Takes a response in DER that its responder has given for the certificate `name`; others that it is for get it too.
    ///
    /// # Errors
    /// It may not be sent, its issuer has not signed it, or it cannot be put into use.
    pub fn take_fetched_response(&self, name: &str, der: &[u8]) -> Result<(), FetchedFault> {
        let gone = || FetchedFault::NotInserted("the certificate is gone".into());
        let certificate = self.lock().certificates.get(name).cloned().ok_or_else(gone)?;
        let (own, issuer) = certificate.own().zip(certificate.issuer()).ok_or_else(gone)?;
        let own = Link::parse(own.clone()).map_err(FetchedFault::Refused)?;
        let issuer = Link::parse(issuer.clone()).map_err(FetchedFault::Refused)?;
        Staple::check(der, &own, &issuer).map_err(FetchedFault::Refused)?;
        check_ocsp_signature(der, &issuer).map_err(FetchedFault::Refused)?;
        self.set_ocsp_response(der).map(drop).map_err(|error| FetchedFault::NotInserted(error.to_string()))
    }

    /// `set ssl ocsp-response`: a response in DER, which goes to the certificates that it is for. Gives back their names.
    ///
    /// # Errors
    /// It is none that may be sent, or there is no certificate that it is for.
    pub fn set_ocsp_response(&self, der: &[u8]) -> Result<Vec<String>, StoreError> {
        let staple = Staple::read(der).map_err(StoreError::Refused)?;
        let mut shelves = self.lock();
        let meant: Vec<Arc<Certificate>> = shelves
            .certificates
            .iter()
            .filter_map(|(_, certificate)| certificate)
            .filter(|certificate| certificate.ocsp_id().as_ref() == Some(&staple.id))
            .cloned()
            .collect();
        if meant.is_empty() {
            return Err(StoreError::Refused("there is no certificate that the OCSP response is for".into()));
        }
        let completion = shelves.completion.clone();
        let mut names = Vec::new();
        for certificate in meant {
            let parts = Parts { ocsp: Some(der.into()), ..certificate.parts().clone() };
            let renewed = completion
                .complete(parts, &certificate.name, &mut Vec::new())
                .map_err(|problem| StoreError::Refused(problem.to_string()))?;
            shelves.exchange(
                Use::Certificate(&certificate.name),
                |shelves| &mut shelves.certificates,
                &certificate.name,
                Arc::new(renewed),
            )?;
            names.push(certificate.name.clone());
        }
        Ok(names)
    }
}
