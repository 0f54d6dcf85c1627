//! gRPC by its own project's library (Debian's python3-grpcio): a server with a method of each kind, and a client that calls them all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::require_python;
use super::server::Server;
use crate::net::Reserved;

const SCRIPT: &str = include_str!("grpc.py");
const SCRIPT_FILE: &str = "grpc_echo.py";

/// A running server.
#[derive(Debug)]
pub struct Grpc {
    /// The port it listens on.
    pub port: u16,
    server: Server,
    python: PathBuf,
}

impl Grpc {
    /// Serves in clear, or over TLS with the key and the certificate of these files; `None` where the library is not installed and the test is
    /// left out.
    pub fn start(tls: Option<(&str, &str)>) -> Option<Self> {
        let python = require_python("grpc")?;
        let dir = tempfile::Builder::new().prefix("burdock-grpc-").tempdir().unwrap();
        let reserved = Reserved::new();
        let port = reserved.port();
        fs::write(dir.path().join(SCRIPT_FILE), SCRIPT).unwrap();
        let mut command = python_script(&python, dir.path());
        command.args(["server", &port.to_string()]);
        if let Some((key, certificate)) = tls {
            command.args([key, certificate]);
        }
        Some(Self { port, server: Server::start(command, dir, reserved), python })
    }

    /// Makes every kind of call to a port, over TLS where the authority of its certificate is given; the lines that the client said.
    pub fn call_all(&self, port: u16, authority: Option<&str>) -> Vec<String> {
        let mut command = python_script(&self.python, self.server.dir.path());
        command.args(["client", &port.to_string()]).args(authority);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said.lines().map(str::to_owned).collect()
    }
}

fn python_script(python: &Path, dir: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(dir.join(SCRIPT_FILE));
    command
}
