//! Whole orders against an authority on the loopback address.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use burdock_testkit::acme::{Behaviour, Failure};
use burdock_testkit::http::response;
use burdock_testkit::{Authority, Backend, wait};
use tokio::sync::oneshot;

use super::*;
use burdock_http_client::Settings as Client;

use crate::settings::{self, ChallengeKind, Curve, ExternalAccount, KeyKind, MacAlgorithm, Readiness, RsaBits};
use crate::tasks::{ReadyFault, RenewFault, Status};
use crate::temporary::temporary_certificate;

const NAME: &str = "site.pem";

/// Stands for the process: its store of certificates, its map of tokens, its log.
#[derive(Default)]
struct Process {
    certificates: Mutex<HashMap<String, Vec<u8>>>,
    tokens: Mutex<HashMap<String, String>>,
    events: Mutex<Vec<(Severity, String)>>,
    records: Mutex<Vec<(String, String)>>,
    refuses: Mutex<Option<String>>,
    /// Certificates that answer challenges, and for whom.
    shown: Mutex<Vec<String>>,
}

impl Sink for Process {
    fn current(&self, certificate: &str) -> Option<Vec<u8>> {
        self.certificates.lock().unwrap().get(certificate).cloned()
    }

    fn install(&self, issued: &Issued) -> Result<(), String> {
        if let Some(reason) = self.refuses.lock().unwrap().clone() {
            return Err(reason);
        }
        let pem = format!("{}{}", issued.chain, issued.key).into_bytes();
        self.certificates.lock().unwrap().insert(issued.certificate.clone(), pem);
        Ok(())
    }
}

impl Answers for Process {
    fn publish(&self, map: &str, token: &str, thumbprint: &str) -> Result<(), String> {
        if map != "virt@acme" {
            return Err("no rule uses it".to_owned());
        }
        self.tokens.lock().unwrap().insert(token.to_owned(), thumbprint.to_owned());
        Ok(())
    }

    fn withdraw(&self, _: &str, token: &str) {
        self.tokens.lock().unwrap().remove(token);
    }

    fn show(&self, certificate: &str, shown: &AlpnCertificate) -> Result<(), String> {
        self.shown.lock().unwrap().push(format!("{certificate} {}", shown.server_name));
        Ok(())
    }

    fn hide(&self, certificate: &str, server_name: &str) {
        self.shown.lock().unwrap().retain(|known| *known != format!("{certificate} {server_name}"));
    }
}

impl Journal for Process {
    fn event(&self, severity: Severity, text: &str) {
        self.events.lock().unwrap().push((severity, text.to_owned()));
    }

    fn dns_record(&self, record: &DnsRecord<'_>) {
        self.records.lock().unwrap().push((record.record.to_owned(), record.value.to_owned()));
    }
}

/// An authority, a directory for files, and a frontend that answers challenges as the manual's example does.
struct Site {
    authority: Authority,
    process: Arc<Process>,
    directory: tempfile::TempDir,
    poll_limit: Duration,
    _frontend: Backend,
}

/// A service that runs until the test ends.
struct Running {
    tasks: Arc<Tasks>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl Site {
    fn new(behaviour: Behaviour) -> Self {
        let process = Arc::new(Process::default());
        let frontend = Backend::answering({
            let process = Arc::clone(&process);
            move |request| {
                let token = request.target().rsplit('/').next().unwrap_or_default().to_owned();
                match process.tokens.lock().unwrap().get(&token) {
                    Some(thumbprint) => response(200, &["Connection: close"], format!("{token}.{thumbprint}\n")),
                    None => response(404, &["Connection: close"], "no such token"),
                }
            }
        });
        // Long where an answer comes, short where none does.
        let is_silent = behaviour.fault == Some(Failure::NeverChecks);
        let poll_limit = if is_silent { Duration::from_millis(300) } else { wait::PATIENCE };
        let authority = Authority::new(Behaviour { fetch_port: frontend.port(), ..behaviour });
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("root.pem"), authority.root()).unwrap();
        Self { authority, process, directory, poll_limit, _frontend: frontend }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A section with what has no default, and the certificate that uses it.
    fn managed(&self, change: impl FnOnce(&mut settings::Authority)) -> Managed {
        let mut authority = settings::Authority {
            name: "LE".to_owned(),
            directory: self.authority.directory(),
            account_key: self.path("LE.account.key"),
            contact: Some("john.doe@example.com".to_owned()),
            challenge: ChallengeKind::Http01,
            ready: Readiness::default(),
            dns_delay: Duration::from_millis(1),
            key: KeyKind::Ecdsa(Curve::P256),
            map: Some("virt@acme".to_owned()),
            profile: None,
            reuse_key: false,
            binding: None,
            provider_name: None,
            variables: None,
        };
        change(&mut authority);
        Managed {
            name: NAME.to_owned(),
            file: self.path(NAME),
            key_file: None,
            authority: Arc::new(authority),
            domains: vec!["a.example".to_owned(), "b.example".to_owned()],
            addresses: Vec::new(),
        }
    }

    fn settings(&self, managed: Managed) -> Settings {
        let client = Client { ca_file: Some(self.path("root.pem")), retries: 0, ..Client::default() };
        Settings { scheduler: true, certificates: vec![managed], client }
    }

    fn surroundings(&self) -> Surroundings {
        let process = &self.process;
        Surroundings {
            sink: Arc::clone(process) as _,
            answers: Arc::clone(process) as _,
            journal: Arc::clone(process) as _,
        }
    }

    fn run(&self, settings: Settings) -> Running {
        let pace = Pace {
            poll_first: Duration::from_millis(10),
            poll_limit: self.poll_limit,
            retry_first: Duration::from_millis(50),
            ..Pace::default()
        };
        let service = Service::new(settings, pace, self.surroundings()).unwrap().unwrap();
        let tasks = service.tasks();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = service.run() => {}
                    _ = stopped => {}
                }
            });
        });
        Running { tasks, stop: Some(stop), thread: Some(thread) }
    }

    /// The certificate in use and its key.
    fn installed(&self) -> String {
        wait::until("a certificate", || Some(String::from_utf8(self.process.current(NAME)?).unwrap()))
    }

    /// The first event of that severity.
    fn told(&self, severity: Severity) -> String {
        wait::until("an event", || {
            let events = self.process.events.lock().unwrap();
            events.iter().find(|(own, _)| *own == severity).map(|(_, text)| text.clone())
        })
    }

    fn file(&self, name: &str) -> String {
        let path = self.path(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        fs::read_to_string(path).unwrap()
    }
}

fn status(tasks: &Tasks) -> Status {
    tasks.status().next().unwrap()
}

fn settled(tasks: &Tasks) -> Status {
    wait::until("the task to rest", || {
        Some(status(tasks)).filter(|status| status.validity.is_some() && !matches!(status.state, State::Running(_)))
    })
}

#[test]
fn orders_a_missing_certificate_and_keeps_it() {
    let site = Site::new(Behaviour::default());
    let running = site.run(site.settings(site.managed(|_| {})));
    let installed = site.installed();
    let status = settled(&running.tasks);
    assert_eq!(site.file(NAME), installed);
    assert_eq!(installed.matches("BEGIN CERTIFICATE").count(), 2, "its chain comes with it");
    assert_eq!(installed.matches("BEGIN PRIVATE KEY").count(), 1);
    assert_eq!(site.authority.contacts(), ["mailto:john.doe@example.com"]);
    let (account, made) = AccountKey::load_or_create(&site.path("LE.account.key"), KeyKind::default()).unwrap();
    assert_eq!((site.authority.thumbprints(), made), (vec![account.thumbprint().to_owned()], false));
    assert!(site.process.tokens.lock().unwrap().is_empty(), "tokens are taken back");
    let validity = validity_of(installed.as_bytes()).unwrap();
    assert_eq!((status.validity, status.state), (Some(validity), State::Scheduled(validity.due())));
    assert_eq!((status.certificate.as_str(), status.section.as_str(), status.fault), (NAME, "LE", None));
    assert_eq!(site.authority.issued(), 1);
}

#[test]
fn renews_what_is_due_and_leaves_the_rest() {
    // A temporary certificate has expired: it is replaced at once.
    let site = Site::new(Behaviour::default());
    let managed = site.managed(|_| {});
    let temporary = temporary_certificate(&managed).unwrap();
    site.process.certificates.lock().unwrap().insert(NAME.to_owned(), temporary.clone().into_bytes());
    let running = site.run(site.settings(managed.clone()));
    wait::until("the temporary certificate to be replaced", || (site.installed() != temporary).then_some(()));
    settled(&running.tasks);
    drop(running);
    // A good one is left alone by the next start, until it is asked for.
    let running = site.run(site.settings(managed));
    assert!(matches!(settled(&running.tasks).state, State::Scheduled(_)));
    assert_eq!(site.authority.issued(), 1);
    running.tasks.renew(NAME).unwrap();
    wait::until("a second certificate", || (site.authority.issued() == 2).then_some(()));
    assert_eq!(running.tasks.renew("other.pem"), Err(RenewFault::Unknown));
}

#[test]
fn without_the_scheduler_only_commands_order() {
    let site = Site::new(Behaviour::default());
    let running = site.run(Settings { scheduler: false, ..site.settings(site.managed(|_| {})) });
    assert_eq!(status(&running.tasks).state, State::Stopped);
    running.tasks.renew(NAME).unwrap();
    site.installed();
    assert_eq!(settled(&running.tasks).state, State::Stopped);
}

#[test]
fn what_the_section_says_is_asked_for() {
    let site = Site::new(Behaviour::default());
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/rsa.pem"), site.path("LE.account.key")).unwrap();
    let mut managed = site.managed(|authority| {
        authority.key = KeyKind::Rsa(RsaBits::Bits2048);
        authority.profile = Some("shortlived".to_owned());
        authority.reuse_key = true;
    });
    managed.key_file = Some(site.path("site.key"));
    managed.addresses = vec!["127.0.0.7".parse().unwrap()];
    let running = site.run(site.settings(managed));
    let installed = site.installed();
    settled(&running.tasks);
    assert_eq!(format!("{}{}", site.file(NAME), site.file("site.key")), installed);
    assert_eq!(site.authority.profiles(), ["shortlived"]);
    let key = site.file("site.key");
    running.tasks.renew(NAME).unwrap();
    wait::until("a second certificate", || (site.installed() != installed).then_some(()));
    settled(&running.tasks);
    assert_eq!(site.file("site.key"), key, "the key is kept");
}

#[test]
fn dns_challenges_wait_for_the_command() {
    let site = Site::new(Behaviour::default());
    let mut managed = site.managed(|authority| {
        authority.challenge = ChallengeKind::Dns01;
        authority.ready = Readiness { command: true, delay: true };
        authority.key = KeyKind::Ecdsa(Curve::P384);
    });
    managed.domains = vec!["*.a.example".to_owned(), "b.example".to_owned()];
    let running = site.run(site.settings(managed));
    let waiting = wait::until("both names", || Some(status(&running.tasks).waiting).filter(|names| names.len() == 2));
    assert_eq!(waiting, ["a.example", "b.example"]);
    assert_eq!(running.tasks.renew(NAME), Err(RenewFault::Running));
    let records = site.process.records.lock().unwrap().clone();
    assert_eq!(records[0].0, "_acme-challenge.a.example");
    records.iter().for_each(|(name, value)| site.authority.set_record(name, value));
    assert_eq!(running.tasks.challenge_ready(NAME, "b.example"), Ok(1));
    assert_eq!(running.tasks.challenge_ready(NAME, "b.example"), Err(ReadyFault::NotWaiting));
    assert_eq!(running.tasks.challenge_ready("other.pem", "a.example"), Err(ReadyFault::NotWaiting));
    assert_eq!(running.tasks.challenge_ready(NAME, "A.example"), Ok(0));
    site.installed();
    assert_eq!(settled(&running.tasks).fault, None);
}

#[test]
fn external_accounts_are_vouched_for() {
    let mac = [9; 64];
    let external = Some(("key-1".to_owned(), mac.to_vec()));
    let site = Site::new(Behaviour { external, ..Behaviour::default() });
    let files = ExternalAccount {
        key_id_file: site.path("id"),
        mac_key_file: site.path("mac"),
        algorithm: MacAlgorithm::Hs384,
    };
    fs::write(&files.key_id_file, "key-1\n").unwrap();
    fs::write(&files.mac_key_file, format!("{}CQ\n", "CQkJ".repeat(21))).unwrap();
    let managed = site.managed(|authority| authority.binding = Some(files.clone()));
    let _running = site.run(site.settings(managed.clone()));
    site.installed();

    let check = |id: &str, key: &str, expected: &str| {
        fs::write(&files.key_id_file, id).unwrap();
        fs::write(&files.mac_key_file, key).unwrap();
        let made = Service::new(site.settings(managed.clone()), Pace::default(), site.surroundings());
        match made {
            Ok(_) => assert_eq!(expected, ""),
            Err(faults) => {
                let text = faults.iter().map(ToString::to_string).collect::<String>();
                assert!(text.contains(expected) && !expected.is_empty(), "{text}");
            }
        }
    };
    check("", "", "");
    check("key-1", "", "it is empty, but the key id's file is not");
    check("", "AAAA", "it is empty, but the MAC key's file is not");
    check("key-1", "no!", "it holds no key in base64url");
    check("key-1", "AAAA", "its key of 3 bytes is too short for HS384");
}

#[test]
fn a_bad_nonce_is_no_fault() {
    let site = Site::new(Behaviour { fault: Some(Failure::BadNonceOnce), ..Behaviour::default() });
    let running = site.run(site.settings(site.managed(|_| {})));
    site.installed();
    assert_eq!(settled(&running.tasks).fault, None);
}

#[test]
fn each_failure_says_what_to_do() {
    let check = |behaviour: Behaviour, change: &dyn Fn(&Site, &mut Settings), parts: &[&str]| {
        let site = Site::new(behaviour);
        let mut settings = site.settings(site.managed(|_| {}));
        change(&site, &mut settings);
        let running = site.run(settings);
        let told = site.told(Severity::Error);
        for part in parts {
            assert!(told.contains(part), "{told}\nlacks {part}");
        }
        let fault = wait::until("the fault to be kept", || status(&running.tasks).fault);
        assert!(told.starts_with("acme: site.pem: ") && told.ends_with(&fault), "{told}");
        assert!(site.process.tokens.lock().unwrap().is_empty(), "tokens are taken back");
        assert!(!site.path(NAME).exists(), "nothing is written");
    };
    let with = |fault| Behaviour { fault: Some(fault), ..Behaviour::default() };
    let authority = |settings: &mut Settings, change: &dyn Fn(&mut settings::Authority)| {
        change(Arc::make_mut(&mut settings.certificates[0].authority));
    };
    let same = |_: &Site, _: &mut Settings| {};

    check(
        with(Failure::RateLimited(3600)),
        &same,
        &["too many orders (rateLimited)", "wait: every further attempt counts"],
    );
    check(with(Failure::Broken), &same, &["does not speak ACME: it answers with status 500", "check 'directory'"]);
    check(
        with(Failure::OrderInvalid),
        &same,
        &["the order has become invalid: not allowed to issue (caa)", "CAA records"],
    );
    check(with(Failure::WrongKey), &same, &["for another key than the one in the request; the old one stays"]);
    check(with(Failure::NeverChecks), &same, &["waited in vain for the authority to check the challenges"]);
    check(
        Behaviour { challenges: vec!["dns-01", "custom-01"], ..Behaviour::default() },
        &same,
        &["does not offer 'http-01' for a.example, but dns-01, custom-01", "change 'challenge'"],
    );
    check(
        Behaviour { external: Some(("x".to_owned(), vec![1; 32])), ..Behaviour::default() },
        &same,
        &["(externalAccountRequired)", "set 'eab-key-id' and 'eab-mac-key'"],
    );
    check(
        Behaviour::default(),
        // Tokens are put where no rule finds them.
        &|_, settings| authority(settings, &|authority| authority.map = None),
        &["found the http-01 challenge for ", ".example unmet: ", "404", ".example/.well-known/acme-challenge/"],
    );
    check(
        Behaviour::default(),
        &|_, settings| authority(settings, &|authority| authority.map = Some("virt@other".to_owned())),
        &["cannot put tokens into the map 'virt@other': no rule uses it"],
    );
    check(
        Behaviour::default(),
        &|_, settings| settings.certificates[0].domains = vec!["a.invalid".to_owned()],
        &["(rejectedIdentifier); the authority does not issue for this name: check 'domains'"],
    );
    check(
        Behaviour::default(),
        &|_, settings| {
            authority(settings, &|authority| authority.directory = "https://127.0.0.1:1/directory".to_owned())
        },
        &["cannot reach https://127.0.0.1:1/directory: ", "Connection refused", "check 'directory', name resolution"],
    );
    check(
        Behaviour::default(),
        &|site, settings| {
            // Somebody else's root.
            let other = temporary_certificate(&settings.certificates[0]).unwrap();
            fs::write(site.path("root.pem"), other).unwrap();
        },
        &["cannot reach https://127.0.0.1:", "invalid peer certificate", "'httpclient.ssl.ca-file'"],
    );
    check(
        Behaviour::default(),
        &|site, _| *site.process.refuses.lock().unwrap() = Some("the store is locked".to_owned()),
        &["cannot be put to use: the store is locked"],
    );
}

#[test]
fn a_failed_order_is_tried_again_when_it_may_be() {
    let site = Site::new(Behaviour { fault: Some(Failure::OrderInvalid), ..Behaviour::default() });
    let running = site.run(site.settings(site.managed(|_| {})));
    site.told(Severity::Error);
    site.authority.behave(|behaviour| behaviour.fault = Some(Failure::RateLimited(7200)));
    let asked = wait::until("the authority's word", || match status(&running.tasks) {
        Status { state: State::Scheduled(at), fault: Some(fault), .. } if fault.contains("rateLimited") => Some(at),
        _ => None,
    });
    assert!(asked > SystemTime::now() + Duration::from_secs(7000));
    site.authority.behave(|behaviour| behaviour.fault = None);
    running.tasks.renew(NAME).unwrap();
    site.installed();
    assert_eq!(settled(&running.tasks).fault, None);
}

#[test]
fn anybody_is_believed_where_that_is_set() {
    let site = Site::new(Behaviour::default());
    let mut settings = site.settings(site.managed(|_| {}));
    settings.client = Client { verify: false, ..Client::default() };
    let _running = site.run(settings);
    site.installed();
}

#[test]
fn what_cannot_be_written_serves_all_the_same() {
    let site = Site::new(Behaviour::default());
    let mut managed = site.managed(|_| {});
    managed.file = site.path("missing/site.pem");
    let _running = site.run(site.settings(managed));
    site.installed();
    let told = site.told(Severity::Error);
    assert!(told.contains("is in use but could not be written to") && told.contains("'dump ssl cert'"), "{told}");
}

#[test]
fn faults_of_the_beginning_come_all_at_once() {
    let site = Site::new(Behaviour::default());
    fs::write(site.path("LE.account.key"), "no key").unwrap();
    let mut settings = site.settings(site.managed(|_| {}));
    settings.client.ca_file = Some(site.path("none.pem"));
    let faults = Service::new(settings, Pace::default(), site.surroundings()).err().unwrap();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("no account key in ") && told[1].starts_with("no certificates to know"), "{told:#?}");
    assert_eq!(told.len(), 2);
}

#[test]
fn lasting_records_are_told_and_looked_up() {
    let site = Site::new(Behaviour::default());
    let mut managed = site.managed(|authority| {
        authority.challenge = ChallengeKind::DnsPersist01;
        authority.ready = Readiness { command: true, delay: false };
    });
    managed.domains = vec!["*.a.example".to_owned(), "b.example".to_owned()];
    let running = site.run(site.settings(managed));
    wait::until("both names", || Some(status(&running.tasks).waiting).filter(|names| names.len() == 2));
    let records = site.process.records.lock().unwrap().clone();
    let account = site.authority.directory().replace("directory", "account/0");
    let expected = [
        ("_validation-persist.a.example".to_owned(), format!("ca.test; accounturi={account}; policy=wildcard")),
        ("_validation-persist.b.example".to_owned(), format!("ca.test; accounturi={account}")),
    ];
    assert_eq!(records, expected);
    records.iter().for_each(|(name, value)| site.authority.set_record(name, value));
    assert_eq!(running.tasks.challenge_ready(NAME, "a.example"), Ok(1));
    assert_eq!(running.tasks.challenge_ready(NAME, "b.example"), Ok(0));
    site.installed();
    assert_eq!(settled(&running.tasks).fault, None);
}

#[test]
fn certificates_that_answer_are_shown_as_long_as_the_order_runs() {
    let site = Site::new(Behaviour { fault: Some(Failure::NeverChecks), ..Behaviour::default() });
    let running = site.run(site.settings(site.managed(|authority| authority.challenge = ChallengeKind::TlsAlpn01)));
    wait::until("both names to be shown", || (site.process.shown.lock().unwrap().len() == 2).then_some(()));
    assert_eq!(*site.process.shown.lock().unwrap(), ["site.pem a.example", "site.pem b.example"]);
    wait::until("the order to fail", || status(&running.tasks).fault);
    wait::until("nothing to be shown", || site.process.shown.lock().unwrap().is_empty().then_some(()));
}
