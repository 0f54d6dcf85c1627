//! A machine of the tests' own making, and loading on it.
#![allow(dead_code, reason = "each test program uses a part")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::os::fd::{OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use burdock_config::host::FileLimits;
use burdock_config::{CommandLine, Host, LoadOptions, Loaded, System, load_bytes};
use burdock_model::{Model, Proxy};
use burdock_syntax::{Environment, Facts, Severity};

/// Knows the files it was given and those of [`CERTIFICATES`], `localhost`, `two.example` and the accounts `root` and `web`. Descriptor 7 is an inherited socket.
#[derive(Default)]
pub struct Machine {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    pub limits: Option<FileLimits>,
}

/// Where certificates lie.
pub const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");

impl Machine {
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }
}

impl Host for Machine {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(text) => Ok(text.clone()),
            None if path.starts_with(CERTIFICATES) => std::fs::read(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        if path.starts_with(CERTIFICATES) { System.list(path) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// The evening of the 22nd of November 2026.
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_370_400)
    }

    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match name {
            "localhost" => Ok(vec!["127.0.0.1".parse().unwrap()]),
            "two.example" => Ok(vec!["2001:db8::7".parse().unwrap(), "192.0.2.7".parse().unwrap()]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn user(&self, name: &str) -> Option<u32> {
        [("root", 0), ("web", 33)].into_iter().find(|(known, _)| *known == name).map(|(_, number)| number)
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.user(name)
    }

    fn adopt_listener(&self, descriptor: RawFd) -> io::Result<OwnedFd> {
        match descriptor {
            7 => Ok(std::net::TcpListener::bind("127.0.0.1:0")?.into()),
            8 => Err(io::Error::other("it is a datagram socket")),
            _ => Err(io::Error::other("Bad file descriptor")),
        }
    }

    fn name(&self) -> String {
        "host.example".into()
    }

    fn processors(&self) -> usize {
        2
    }

    fn file_limits(&self) -> FileLimits {
        self.limits.unwrap_or(FileLimits { soft: 1024, hard: 4096 })
    }
}

/// Loads a text with nothing else set.
pub fn load(text: &str) -> Loaded {
    load_on(&Machine::default(), text, &CommandLine::default(), None)
}

/// Loads a text on a machine.
pub fn load_on(machine: &Machine, text: &str, command_line: &CommandLine, previous: Option<&Model>) -> Loaded {
    let (environment, facts) =
        (Environment::from_iter([("ADDRESS", "192.0.2.9"), ("LISTEN_PORT", "8080")]), Facts::default());
    let options =
        LoadOptions { files: &[], environment: &environment, facts: &facts, command_line, host: machine, previous };
    load_bytes("test.cfg", text.as_bytes(), &options)
}

/// The model of a text in which nothing at all is found.
pub fn model(text: &str) -> Model {
    let loaded = load(text);
    assert_eq!(messages(&loaded), Vec::<String>::new(), "{text}");
    loaded.model.unwrap()
}

/// All findings as `severity line: message`.
pub fn messages(loaded: &Loaded) -> Vec<String> {
    let shown = loaded.diagnostics.sorted().into_iter().map(|found| {
        let line = found.span().and_then(|span| loaded.sources.locate(span)).map_or(0, |(_, position)| position.line);
        format!("{} {line}: {}", found.severity().name(), found.message())
    });
    shown.collect()
}

/// Whether there is a finding of that severity and code.
pub fn has(loaded: &Loaded, severity: Severity, code: &str) -> bool {
    loaded.diagnostics.iter().any(|found| found.severity() == severity && found.stable_code() == Some(code))
}

/// The time limits that keep a section free of warnings.
pub const TIMEOUTS: &str = " timeout client 10s\n timeout server 20s\n timeout connect 3s\n";

/// The proxy of that name.
pub fn proxy<'m>(model: &'m Model, name: &str) -> &'m Proxy {
    model.proxies.iter().find(|proxy| proxy.name == name).unwrap()
}

/// A `listen` section in mode http with what is given.
pub fn listen(lines: &str) -> Model {
    model(&format!("listen l\n mode http\n bind :80\n{TIMEOUTS}{lines}\n server a 127.0.0.1:81\n"))
}
