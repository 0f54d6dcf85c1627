//! curl with a cookie jar: a client that nobody here wrote.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::require;

/// A user of curl: every call reads and writes the same cookie jar.
#[derive(Debug)]
pub struct Curl {
    program: PathBuf,
    dir: TempDir,
}

/// What curl got.
#[derive(Clone, Debug)]
pub struct CurlAnswer {
    /// The status code.
    pub status: u16,
    /// All head lines, as received.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Curl {
    /// With an empty jar; `None` where curl is not installed and the test is left out.
    pub fn new() -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("burdock-curl-").tempdir().unwrap();
        Some(Self { program: require("curl")?, dir })
    }

    /// Asks for each URL in turn over one connection where it stays open, with further arguments before them; an answer a URL.
    ///
    /// # Panics
    /// When curl reports a failure.
    pub fn ask(&self, urls: &[String], args: &[&str]) -> Vec<CurlAnswer> {
        let jar = self.jar_path();
        let mut command = Command::new(&self.program);
        for (index, url) in urls.iter().enumerate() {
            if index > 0 {
                command.arg("--next");
            }
            command.args(["--silent", "--show-error", "--max-time", "20", "--noproxy", "*"]);
            command.arg("--cookie").arg(&jar).arg("--cookie-jar").arg(&jar);
            command.arg("--dump-header").arg(self.file("head", index)).arg("--output").arg(self.file("body", index));
            command.args(args).arg(url);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
        (0..urls.len()).map(|index| self.answer(index)).collect()
    }

    /// The cookies in the jar: name and value.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let jar = fs::read_to_string(self.jar_path()).unwrap_or_default();
        let rows = jar.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row.len() == 7);
        rows.map(|row| (row[5].to_owned(), row[6].to_owned())).collect()
    }

    fn answer(&self, index: usize) -> CurlAnswer {
        let head = fs::read_to_string(self.file("head", index)).unwrap();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let body = fs::read(self.file("body", index)).unwrap_or_default();
        CurlAnswer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    fn jar_path(&self) -> PathBuf {
        self.dir.path().join("jar")
    }

    fn file(&self, kind: &str, index: usize) -> PathBuf {
        self.dir.path().join(format!("{kind}-{index}"))
    }
}
