//! The certificates, CA files and CRL files of the process, by the names that lines and runtime commands know them by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::material::{Certificate, load_certificate};
use crate::report::{Notice, Problem};
use crate::settings::{CertificateSource, Tuning};

/// The certificates, CA files and CRL files of the process. Clones are one store.
#[derive(Clone, Debug, Default)]
pub struct Store {
    shelves: Arc<Mutex<Shelves>>,
}

#[derive(Debug, Default)]
struct Shelves {
    certificates: HashMap<String, Arc<Certificate>>,
}

impl Store {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificate of that name; it is read from its files when it is asked for the first time.
    ///
    /// # Errors
    /// What is wrong with its files.
    pub fn certificate(
        &self,
        source: &CertificateSource,
        tuning: &Tuning,
        notices: &mut Vec<Notice>,
    ) -> Result<Arc<Certificate>, Problem> {
        if let Some(certificate) = self.lock().certificates.get(&source.name) {
            return Ok(certificate.clone());
        }
        let (certificate, told) = load_certificate(source, tuning)?;
        notices.extend(told);
        Ok(self.lock().certificates.entry(source.name.clone()).or_insert_with(|| Arc::new(certificate)).clone())
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
