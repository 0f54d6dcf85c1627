//! Certificates of authorities (ACME): the service that watches over them, in a thread of its own, and what it finds in this process.

use std::sync::Arc;

use arc_swap::ArcSwap;
use burdock_acme::{AlpnCertificate, Answers, DnsRecord, Issued, Journal, Pace, Service, Severity, Sink, Surroundings};
use burdock_control::AcmeHandle;
use burdock_model::{Level, Model};
use burdock_observe::notice;
use burdock_pattern::{Kind, Target};

use crate::failure::Failure;

/// Opens the accounts of the model's `acme` sections; none where no certificate asks for one. To be done before privileges are given up.
///
/// # Errors
/// An account's key cannot be read or made.
pub fn open(model: &Arc<ArcSwap<Model>>) -> Result<Option<Service>, Failure> {
    let process = Arc::new(Process(Arc::clone(model)));
    let surroundings =
        Surroundings { sink: Arc::clone(&process) as _, answers: Arc::clone(&process) as _, journal: process };
    let settings = burdock_acme::Settings::clone(&model.load().acme);
    Service::new(settings, Pace::default(), surroundings).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Failure::new(format!("acme: {}", faults.join("; ")))
    })
}

/// Lets the service work, and commands speak to it.
///
/// # Errors
/// The thread cannot be started.
pub fn start(service: Service, commands: &AcmeHandle) -> Result<(), Failure> {
    let cannot = |error| Failure::new(format!("Cannot start the thread for certificates: {error}"));
    commands.store(Some(service.tasks()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let thread = std::thread::Builder::new().name("acme".to_owned());
    thread.spawn(move || runtime.block_on(service.run())).map(drop).map_err(cannot)
}

/// What the service finds in this process: the certificates and the maps of the model that is in use.
struct Process(Arc<ArcSwap<Model>>);

impl Sink for Process {
    fn current(&self, certificate: &str) -> Option<Vec<u8>> {
        let found = self.0.load().tls_store.certificate(certificate).ok()?;
        found.content?.to_pem().map(String::into_bytes)
    }

    fn install(&self, issued: &Issued) -> Result<(), String> {
        let model = self.0.load();
        let (store, name) = (&model.tls_store, &issued.certificate);
        let pem = format!("{}\n{}", issued.chain, issued.key);
        store.set_certificate(name, pem.as_bytes()).map_err(|error| error.to_string())?;
        store.commit_certificate(name).map(drop).map_err(|error| {
            // The change that failed must not stand in the way of the next one.
            let _ = store.abort_certificate(name);
            error.to_string()
        })
    }
}

impl Answers for Process {
    fn publish(&self, map: &str, token: &str, thumbprint: &str) -> Result<(), String> {
        let model = self.0.load();
        let found = model.directory.references.find(Kind::Map, map);
        let map = found.ok_or_else(|| format!("no rule uses a map named '{map}'"))?;
        map.put(token.as_bytes(), Some(thumbprint.as_bytes())).map_err(|fault| fault.to_string())
    }

    fn withdraw(&self, map: &str, token: &str) {
        if let Some(map) = self.0.load().directory.references.find(Kind::Map, map) {
            // An entry that an operator has taken out already is gone.
            let _ = map.delete(&Target::Key(token.as_bytes().into()));
        }
    }

    fn show(&self, certificate: &str, shown: &AlpnCertificate) -> Result<(), String> {
        let key = shown.key.clone_key().into();
        self.0.load().tls_store.show_challenge(certificate, &shown.server_name, &shown.certificate, &key)
    }

    fn hide(&self, certificate: &str, server_name: &str) {
        self.0.load().tls_store.hide_challenge(certificate, server_name);
    }
}

impl Journal for Process {
    fn event(&self, severity: Severity, text: &str) {
        let level = match severity {
            Severity::Notice => Level::Notice,
            Severity::Warning => Level::Warning,
            Severity::Error => Level::Alert,
        };
        notice(level, text);
    }

    fn dns_record(&self, record: &DnsRecord<'_>) {
        let then = if record.by_command { "; then say 'acme challenge_ready'" } else { "" };
        let DnsRecord { certificate, section, record: name, value, .. } = record;
        notice(
            Level::Notice,
            &format!(
                "acme: {certificate}: section {section} wants the DNS record {name} with the text \"{value}\"{then}"
            ),
        );
    }
}
