//! The parts of a certificate before they are known to fit together: what files hold, and what runtime commands exchange one by one.

use std::sync::Arc;

use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::load::IssuerChains;
use super::ocsp::Staple;
use super::{Certificate, key, pem};
use crate::der;
use crate::report::{Notice, Problem};
use crate::settings::Passphrase;
use crate::verify::Link;

/// Parts of a certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    /// The certificate, then its issuers.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: Option<Arc<PrivateKeyDer<'static>>>,
    /// An OCSP response in DER.
    pub(crate) ocsp: Option<Arc<[u8]>>,
    /// The issuer, where the chain does not name it.
    pub(crate) issuer: Option<CertificateDer<'static>>,
    /// A list of certificate timestamps (RFC 6962 3.3), which the TLS library cannot send.
    pub(crate) timestamps: Option<Arc<[u8]>>,
    /// What keys that are read may be encrypted with.
    pub(crate) passphrase: Option<Passphrase>,
}

/// Which part a file holds, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Certificates, a key, or both.
    Pem,
    Key,
    Ocsp,
    Issuer,
    Timestamps,
}

impl Part {
    /// Companions, by what is put behind the certificate's name.
    pub(crate) const COMPANIONS: [(&'static str, Self); 4] =
        [(".key", Self::Key), (".ocsp", Self::Ocsp), (".issuer", Self::Issuer), (".sctl", Self::Timestamps)];
}

impl Parts {
    /// Takes over what `content` has, instead of what was there. `about` names it in messages.
    pub(crate) fn take(&mut self, part: Part, about: &str, content: &[u8]) -> Result<(), Problem> {
        match part {
            Part::Pem => self.take_pem(about, content),
            Part::Key => {
                let mut keys = Self::default();
                keys.take_pem(about, content)?;
                self.key = Some(keys.key.ok_or_else(|| Problem::new(about, "there is no private key in it"))?);
                Ok(())
            }
            Part::Ocsp => {
                // An empty file only says that responses are wanted.
                self.ocsp = (!content.is_empty()).then(|| content.into());
                Ok(())
            }
            Part::Issuer => {
                let mut issuer = Self::default();
                issuer.take_pem(about, content)?;
                let first = issuer.chain.into_iter().next();
                self.issuer = Some(first.ok_or_else(|| Problem::new(about, "there is no certificate in it"))?);
                Ok(())
            }
            Part::Timestamps => {
                self.timestamps = Some(content.into());
                Ok(())
            }
        }
    }

    fn take_pem(&mut self, file: &str, content: &[u8]) -> Result<(), Problem> {
        let mut chain = Vec::new();
        let mut found_key = None;
        for block in pem::blocks(file, content)? {
            if matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE") {
                if der::signed(&block.der).is_none() {
                    return Err(Problem::new(block.place(file), "this is no certificate"));
                }
                chain.push(CertificateDer::from(block.der));
            } else if let Some(key) = key::from_block(file, &block, self.passphrase.as_ref()) {
                found_key.get_or_insert(key?);
            }
        }
        if chain.is_empty() && found_key.is_none() {
            return Err(Problem::new(file, "there is neither a certificate nor a private key in it"));
        }
        if !chain.is_empty() {
            self.chain = chain;
        }
        if let Some(key) = found_key {
            self.key = Some(Arc::new(key));
        }
        Ok(())
    }

    /// Key and certificates as PEM text, the key first; none: there is no key.
    pub(crate) fn to_pem(&self) -> Option<String> {
        let key = self.key.as_deref()?;
        let label = match key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        let mut text = pem::write(label, key.secret_der());
        self.chain.iter().for_each(|certificate| text.push_str(&pem::write("CERTIFICATE", certificate)));
        Some(text)
    }

    /// The issuer's certificate, where it is known.
    pub(super) fn issuer(&self) -> Option<&CertificateDer<'static>> {
        self.issuer.as_ref().or(self.chain.get(1))
    }

    /// Makes a certificate of the parts.
    ///
    /// # Errors
    /// A part is missing, cannot be used, or does not fit the others.
    pub(crate) fn complete(
        mut self,
        name: &str,
        chains: Option<&IssuerChains>,
        skip_self_issued: bool,
        notices: &mut Vec<Notice>,
    ) -> Result<Certificate, Problem> {
        let Some(own) = self.chain.first() else { return Err(Problem::new(name, "there is no certificate in it")) };
        let link = Link::parse(own.clone())
            .map_err(|error| Problem::new(name, format!("its certificate cannot be read: {error}")))?;
        let Some(key) = &self.key else {
            return Err(Problem::new(name, "there is no private key in it, nor beside it"));
        };
        let (key, kind) = key::signing(name, key, &link)?;
        let mut chain_file = None;
        if self.chain.len() == 1
            && let Some(issuers) = chains.and_then(|chains| chains.of(&link))
        {
            self.chain.extend(issuers.certificates.iter().cloned());
            chain_file = Some(issuers.file.clone());
        }
        let staple = self.staple(name, &link, notices)?;
        if staple.is_none() {
            self.ocsp = None;
        }
        if self.timestamps.is_some() {
            notices.push(Notice::new(
                format!("{name}.sctl"),
                "the TLS library cannot send certificate timestamps, so these stay unused",
            ));
        }
        let mut sent = self.chain.clone();
        if skip_self_issued && sent.len() > 1 {
            let mut is_own = true;
            sent.retain(|certificate| {
                std::mem::take(&mut is_own) || !Link::parse(certificate.clone()).is_ok_and(|link| link.is_self_issued())
            });
        }
        let mut names = link.dns_names.clone();
        names.extend(link.common_names.iter().filter(|name| !link.dns_names.contains(name)).cloned());
        let mut certified = CertifiedKey::new(sent, key);
        certified.ocsp = staple.map(|staple| staple.der.to_vec());
        Ok(Certificate {
            name: name.to_owned(),
            key: Arc::new(certified),
            kind,
            names,
            not_before: link.not_before,
            not_after: link.not_after,
            is_self_signed: link.is_self_issued(),
            chain_file,
            parts: self,
        })
    }

    /// The OCSP response, if there is one and it may be sent (configuration manual 5.1 `crt`).
    fn staple(&self, name: &str, own: &Link, notices: &mut Vec<Notice>) -> Result<Option<Staple>, Problem> {
        let Some(der) = &self.ocsp else { return Ok(None) };
        let Some(issuer) = self.issuer() else {
            return Err(Problem::new(
                name,
                "there is an OCSP response, but no certificate of the issuer, which it is checked with",
            ));
        };
        let checked = Link::parse(issuer.clone()).and_then(|issuer| Staple::check(der, own, &issuer));
        Ok(checked
            .map_err(|error| {
                notices.push(Notice::new(format!("{name}.ocsp"), format!("the OCSP response is not used: {error}")))
            })
            .ok())
    }
}
