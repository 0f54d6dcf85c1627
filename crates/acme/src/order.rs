//! One order from its beginning to the certificate (RFC 8555 7.4): account, order, challenges, readiness, request, certificate.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use instant_acme::{
    Account, AuthorizationHandle, AuthorizationStatus, ChallengeStatus, ChallengeType, Error, Identifier, NewAccount,
    NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::account::AccountKey;
use crate::challenges::{AlpnCertificate, asked_name};
use crate::client::Signing;
use crate::fault::{Fault, Problem};
use crate::key;
use crate::limit::Pace;
use crate::persist;
use crate::service::{DnsRecord, Issued, Severity, Surroundings};
use crate::settings::{Authority, ChallengeKind, Managed};
use crate::tasks::Tasks;

/// All that an order needs.
pub(crate) struct Request<'a> {
    pub managed: &'a Managed,
    /// The certificate's place among the tasks.
    pub index: usize,
    pub key: &'a AccountKey,
    pub signing: Signing,
    pub surroundings: &'a Surroundings,
    pub tasks: &'a Tasks,
    pub pace: &'a Pace,
}

/// A name that has to be proved, and how.
struct Proof {
    /// Without `*.`.
    name: String,
    is_wildcard: bool,
    token: String,
}

impl Request<'_> {
    /// Orders the certificate.
    pub async fn run(&self) -> Result<Issued, Fault> {
        let account = self.account().await?;
        let identifiers = self.identifiers();
        let mut wanted = NewOrder::new(&identifiers);
        if let Some(profile) = &self.authority().profile {
            wanted = wanted.profile(profile);
        }
        let mut order = self.told(account.new_order(&wanted).await)?;
        // Answers are taken back when this is dropped, however the order ends.
        let mut published = Published { request: self, proofs: Vec::new() };
        self.publish(&mut order, account.id(), &mut published).await?;
        if !published.proofs.is_empty() {
            self.await_readiness(&published.proofs).await;
            self.submit(&mut order).await?;
        }
        self.await_checks(&mut order).await?;
        self.finish(&mut order).await
    }

    fn authority(&self) -> &Authority {
        &self.managed.authority
    }

    /// Opens the account, or finds the one that the key has.
    async fn account(&self) -> Result<Account, Fault> {
        let mail = self
            .authority()
            .contact
            .as_ref()
            .map(|contact| if contact.contains(':') { contact.clone() } else { format!("mailto:{contact}") });
        let contact: Vec<_> = mail.as_deref().into_iter().collect();
        let account = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let builder = Account::builder_with_http(Box::new(self.signing.clone()));
        let opened = builder.create(&account, self.authority().directory.clone(), None).await;
        Ok(self.told(opened)?.0)
    }

    fn identifiers(&self) -> Vec<Identifier> {
        let domains = self.managed.domains.iter().map(|domain| Identifier::Dns(domain.clone()));
        domains.chain(self.managed.addresses.iter().map(|address| Identifier::Ip(*address))).collect()
    }

    /// Makes the challenges of all names answerable that are not proved yet.
    async fn publish(&self, order: &mut Order, account: &str, published: &mut Published<'_>) -> Result<(), Fault> {
        let kind = self.authority().challenge;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = self.told(authorization)?;
            let (name, is_wildcard) = (bare_name(&authorization), authorization.wildcard);
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                _ => return Err(unmet(&authorization, kind)),
            }
            let offered = authorization.challenges.iter().map(|challenge| type_name(&challenge.r#type)).collect();
            let Some(challenge) = authorization.challenge(type_of(kind)) else {
                return Err(Fault::NoSuchChallenge { name, wanted: kind, offered });
            };
            let token = challenge.token.clone();
            published.proofs.push(Proof { name, is_wildcard, token });
            if let Some(proof) = published.proofs.last() {
                self.make_answerable(proof, account)?;
            }
        }
        Ok(())
    }

    fn make_answerable(&self, proof: &Proof, account: &str) -> Result<(), Fault> {
        let Proof { name, token, is_wildcard } = proof;
        let authorization = self.key.authorization(token);
        match self.authority().challenge {
            ChallengeKind::Http01 => {
                if let Some(map) = &self.authority().map {
                    let put = self.surroundings.answers.publish(map, token, self.key.thumbprint());
                    put.map_err(|reason| Fault::Map { map: map.clone(), reason })?;
                }
            }
            ChallengeKind::TlsAlpn01 => {
                let shown = AlpnCertificate::new(name, digest(&SHA256, authorization.as_bytes()).as_ref())?;
                let put = self.surroundings.answers.show(&self.managed.name, &shown);
                put.map_err(|reason| Fault::NotShown { name: name.clone(), reason })?;
            }
            ChallengeKind::Dns01 => {
                let value = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, authorization.as_bytes()));
                self.ask_for_record(name, &format!("_acme-challenge.{name}"), &value);
            }
            ChallengeKind::DnsPersist01 => {
                let issuers = self.signing.issuers();
                let issuer = issuers.first().ok_or_else(|| Fault::Nameless { name: name.clone() })?;
                self.ask_for_record(name, &persist::record_of(name), &persist::value(issuer, account, *is_wildcard));
            }
        }
        Ok(())
    }

    fn ask_for_record(&self, domain: &str, record: &str, value: &str) {
        self.surroundings.journal.dns_record(&DnsRecord {
            certificate: &self.managed.name,
            section: &self.authority().name,
            domain,
            record,
            value,
            by_command: self.authority().ready.command,
            provider_name: self.authority().provider_name.as_deref(),
            variables: self.authority().variables.as_deref(),
        });
    }

    /// `challenge-ready`: first the command, then the delay (configuration manual 12.8).
    async fn await_readiness(&self, proofs: &[Proof]) {
        let ready = self.authority().ready;
        if ready.command {
            self.tasks.ready(self.index, proofs.iter().map(|proof| proof.name.clone()).collect()).await;
        }
        if ready.delay {
            tokio::time::sleep(self.authority().dns_delay).await;
        }
    }

    /// Tells the authority to look.
    async fn submit(&self, order: &mut Order) -> Result<(), Fault> {
        let kind = self.authority().challenge;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = self.told(authorization)?;
            let name = bare_name(&authorization);
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let Some(mut challenge) = authorization.challenge(type_of(kind)) else { continue };
            match challenge.set_ready().await {
                Ok(()) => {}
                Err(Error::Api(problem)) => {
                    let problem = Some(Problem::new(&problem, self.signing.retry_at()));
                    return Err(Fault::Unmet { name, kind, problem });
                }
                Err(error) => return self.told(Err(error)),
            }
        }
        Ok(())
    }

    /// Waits until all challenges are checked.
    async fn await_checks(&self, order: &mut Order) -> Result<(), Fault> {
        if order.state().status == OrderStatus::Ready {
            return Ok(());
        }
        match order.poll_ready(&self.policy()).await {
            Ok(OrderStatus::Ready) => Ok(()),
            Err(Error::Timeout(_)) => Err(Fault::TimedOut("check the challenges")),
            // What the authority says of the order is less than what it says of the challenge that failed.
            Ok(_) => Err(self.unmet_of(order).await.unwrap_or(Fault::Invalid(None))),
            Err(Error::Api(problem)) => {
                let problem = Problem::new(&problem, self.signing.retry_at());
                Err(self.unmet_of(order).await.unwrap_or(Fault::Invalid(Some(problem))))
            }
            Err(error) => self.told(Err(error)),
        }
    }

    /// The challenge that failed.
    async fn unmet_of(&self, order: &mut Order) -> Option<Fault> {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            if authorization.refresh().await.is_ok_and(|state| state.status == AuthorizationStatus::Invalid) {
                return Some(unmet(&authorization, self.authority().challenge));
            }
        }
        None
    }

    /// Hands the request in and fetches what it is answered with.
    async fn finish(&self, order: &mut Order) -> Result<Issued, Fault> {
        let key = self.certificate_key()?;
        let request = key::request(&key, &self.managed.domains, &self.managed.addresses)?;
        self.told(order.finalize_csr(request.der()).await)?;
        let chain = match order.poll_certificate(&self.policy()).await {
            Ok(chain) => chain,
            Err(Error::Timeout(_)) => return Err(Fault::TimedOut("issue the certificate")),
            Err(Error::Api(problem)) => {
                return Err(Fault::Invalid(Some(Problem::new(&problem, self.signing.retry_at()))));
            }
            Err(_) if order.state().status == OrderStatus::Invalid => return Err(Fault::Invalid(None)),
            Err(error) => return self.told(Err(error)),
        };
        check(&chain, &key)?;
        let chain = if chain.ends_with('\n') { chain } else { format!("{chain}\n") };
        Ok(Issued { certificate: self.managed.name.clone(), chain, key: key.serialize_pem() })
    }

    /// The key that the certificate is to be for: a new one, unless the old one is to be kept (`reuse-key`).
    fn certificate_key(&self) -> Result<KeyPair, Fault> {
        if self.authority().reuse_key
            && let Some(current) = self.surroundings.sink.current(&self.managed.name)
        {
            match KeyPair::from_pem(&String::from_utf8_lossy(&key_block(&current))) {
                Ok(key) => return Ok(key),
                Err(fault) => self.surroundings.journal.event(
                    Severity::Warning,
                    &format!(
                        "acme: {}: the key in use cannot be kept ('reuse-key'): {fault}; a new one is made",
                        self.managed.name
                    ),
                ),
            }
        }
        key::generate(self.authority().key)
    }

    fn policy(&self) -> RetryPolicy {
        RetryPolicy::new().initial_delay(self.pace.poll_first).backoff(2.0).timeout(self.pace.poll_limit)
    }

    /// What the library tells, as a fault of ours.
    fn told<T>(&self, result: Result<T, Error>) -> Result<T, Fault> {
        let url = || self.authority().directory.clone();
        result.map_err(|error| match error {
            Error::Api(problem) => Fault::Refused(Problem::new(&problem, self.signing.retry_at())),
            Error::Other(inner) => match inner.downcast::<Fault>() {
                Ok(fault) => *fault,
                Err(other) => Fault::NotAcme { url: url(), reason: other.to_string() },
            },
            Error::Timeout(_) => Fault::TimedOut("go on with the order"),
            Error::Unsupported(what) => Fault::NotAcme { url: url(), reason: format!("it has no {what}") },
            other => Fault::NotAcme { url: url(), reason: other.to_string() },
        })
    }
}

/// Answers that are there as long as the order runs.
struct Published<'a> {
    request: &'a Request<'a>,
    proofs: Vec<Proof>,
}

impl Drop for Published<'_> {
    fn drop(&mut self) {
        let request = self.request;
        for proof in &self.proofs {
            match request.authority().challenge {
                ChallengeKind::Http01 => {
                    if let Some(map) = &request.authority().map {
                        request.surroundings.answers.withdraw(map, &proof.token);
                    }
                }
                ChallengeKind::TlsAlpn01 => {
                    request.surroundings.answers.hide(&request.managed.name, &asked_name(&proof.name));
                }
                // Whoever has made the record takes it away, or lets it stand.
                ChallengeKind::Dns01 | ChallengeKind::DnsPersist01 => {}
            }
        }
    }
}

/// The name without `*.`: that is where challenges are looked for.
fn bare_name(authorization: &AuthorizationHandle<'_>) -> String {
    match authorization.identifier().identifier {
        Identifier::Dns(name) => name.strip_prefix("*.").unwrap_or(name).to_owned(),
        _ => authorization.identifier().to_string(),
    }
}

fn unmet(authorization: &AuthorizationHandle<'_>, kind: ChallengeKind) -> Fault {
    let failed = authorization.challenges.iter().find(|challenge| challenge.status == ChallengeStatus::Invalid);
    let problem = failed.and_then(|challenge| challenge.error.as_ref()).map(|problem| Problem::new(problem, None));
    Fault::Unmet { name: bare_name(authorization), kind, problem }
}

fn type_of(kind: ChallengeKind) -> ChallengeType {
    match kind {
        ChallengeKind::Http01 => ChallengeType::Http01,
        ChallengeKind::Dns01 => ChallengeType::Dns01,
        ChallengeKind::TlsAlpn01 => ChallengeType::TlsAlpn01,
        ChallengeKind::DnsPersist01 => ChallengeType::Unknown(persist::NAME.to_owned()),
    }
}

fn type_name(kind: &ChallengeType) -> String {
    match kind {
        ChallengeType::Http01 => "http-01".to_owned(),
        ChallengeType::Dns01 => "dns-01".to_owned(),
        ChallengeType::TlsAlpn01 => "tls-alpn-01".to_owned(),
        ChallengeType::Unknown(name) => name.chars().filter(|c| !c.is_control()).take(40).collect(),
        _ => "others".to_owned(),
    }
}

/// A certificate that does not match the key would take the site down.
fn check(chain: &str, key: &KeyPair) -> Result<(), Fault> {
    let bad = |reason: &str| Fault::BadCertificate(reason.to_owned());
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes()).map_err(|_| bad("it is no certificate in PEM"))?;
    let (_, certificate) = X509Certificate::from_der(&leaf).map_err(|_| bad("it cannot be read"))?;
    if certificate.public_key().raw != key.subject_public_key_info() {
        return Err(bad("it is for another key than the one in the request"));
    }
    if !certificate.validity().is_valid() {
        return Err(bad("it is not valid at this time; check the clock"));
    }
    Ok(())
}

/// The part of a PEM text that holds the key.
fn key_block(pem: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pem);
    let mut block = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside |= line.starts_with("-----BEGIN") && line.ends_with("PRIVATE KEY-----");
        if inside {
            block.push_str(line);
            block.push('\n');
        }
        if inside && line.starts_with("-----END") {
            break;
        }
    }
    block.into_bytes()
}
