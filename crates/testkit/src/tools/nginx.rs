//! nginx as a backend.

use std::fs;
use std::process::Command;

use super::require;
use super::server::Server;
use crate::net::Reserved;

/// A running nginx with one server block.
#[derive(Debug)]
pub struct Nginx {
    /// The port it listens on.
    pub port: u16,
    _server: Server,
}

impl Nginx {
    /// Starts nginx with these directives in its server block, and these files (name, content) in its document root;
    /// `None` where it is not installed and the test is left out.
    pub fn start(directives: &str, files: &[(&str, &[u8])]) -> Option<Self> {
        let program = require("nginx")?;
        let (dir, reserved) = (tempfile::Builder::new().prefix("burdock-nginx-").tempdir().unwrap(), Reserved::new());
        let port = reserved.port();
        let home = dir.path().to_owned();
        let root = home.join("www");
        fs::create_dir(&root).unwrap();
        for (name, content) in files {
            fs::write(root.join(name), content).unwrap();
        }
        let temp_paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", home.display()))
            .concat();
        // One process, so that killing it leaves no worker behind; as the user who runs the tests.
        let config = format!(
            "daemon off; master_process off; pid {home}/pid; error_log stderr warn;
             events {{ worker_connections 512; }}
             http {{ access_log off; default_type text/plain; {temp_paths}
               server {{ listen 127.0.0.1:{port}; root {root}; {directives} }} }}",
            home = home.display(),
            root = root.display(),
        );
        let path = home.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let mut command = Command::new(program);
        command.arg("-p").arg(&home).arg("-c").arg(path).arg("-e").arg("stderr");
        Some(Self { port, _server: Server::start(command, dir, reserved) })
    }
}
