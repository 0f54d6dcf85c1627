//! OpenSSL's command line client: what it can do and curl cannot, such as sessions, early data, and telling what it was shown.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::require;
use crate::wait;

/// `openssl s_client`.
#[derive(Debug)]
pub struct OpenSsl {
    program: PathBuf,
    dir: TempDir,
}

/// What a conversation came to.
#[derive(Clone, Debug)]
pub struct Shown {
    /// All that the client printed: the handshake, and what the server said behind it.
    pub text: String,
    /// Whether it ended without an error.
    pub success: bool,
}

impl Shown {
    /// The rest of the first line that begins so, blanks left out.
    pub fn after(&self, start: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.trim().strip_prefix(start)).map(str::trim)
    }

    /// The common name of the certificate that the server has shown.
    pub fn common_name(&self) -> Option<&str> {
        self.after("subject=")?.rsplit_once("CN = ").map(|(_, name)| name)
    }
}

impl OpenSsl {
    /// `None` where it is not installed and the test is left out.
    pub fn new() -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("burdock-openssl-").tempdir().unwrap();
        Some(Self { program: require("openssl")?, dir })
    }

    /// The path of a file of its own, for sessions and the like.
    pub fn path(&self, file: &str) -> String {
        self.dir.path().join(file).display().to_string()
    }

    /// Runs another command of OpenSSL's to its end.
    ///
    /// # Panics
    /// When it fails; what it said is printed.
    pub fn run(&self, args: &[&str]) {
        let _said = self.output(args);
    }

    /// The same, and what it has printed.
    ///
    /// # Panics
    /// As [`OpenSsl::run`].
    pub fn output(&self, args: &[&str]) -> String {
        let output = Command::new(&self.program).args(args).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Connects to a port of the loopback address, says `input`, and listens until the server closes.
    pub fn talk(&self, port: u16, args: &[&str], input: &str) -> Shown {
        let (said, heard) = (self.dir.path().join("input"), self.dir.path().join("output"));
        fs::write(&said, input).unwrap();
        let output = File::create(&heard).unwrap();
        let mut client = Command::new(&self.program)
            .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-ign_eof"])
            .args(args)
            .stdin(File::open(&said).unwrap())
            .stdout(Stdio::from(output.try_clone().unwrap()))
            .stderr(output)
            .spawn()
            .unwrap();
        let status = wait::within(wait::PATIENCE, || client.try_wait().unwrap());
        if status.is_none() {
            client.kill().unwrap();
            let _status = client.wait();
        }
        let text = String::from_utf8_lossy(&fs::read(&heard).unwrap()).into_owned();
        Shown { success: status.unwrap_or_else(|| panic!("the server did not close:\n{text}")).success(), text }
    }

    /// Asks for `/` as a client of this server name, and listens until the server closes.
    pub fn get(&self, port: u16, name: &str, args: &[&str]) -> Shown {
        self.talk(port, &[&["-servername", name], args].concat(), &request("/"))
    }
}

/// A request after which the server closes.
pub fn request(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
}
