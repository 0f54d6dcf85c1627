//! PHP's built-in web server, with sessions in files of its own: the application that sticky sessions are for.

use std::fs;
use std::process::Command;

use super::require;
use super::server::Server;
use crate::net::Reserved;

/// Logs a user in at `/login?user=NAME`, says who is logged in anywhere else, and counts the requests of the session.
pub const PHP_SESSION_APP: &str = r#"<?php
session_start();
if (strtok($_SERVER['REQUEST_URI'], '?') === '/login') { $_SESSION['user'] = $_GET['user']; }
$_SESSION['requests'] = ($_SESSION['requests'] ?? 0) + 1;
header('X-Server-Port: ' . $_SERVER['SERVER_PORT']);
echo isset($_SESSION['user']) ? "user {$_SESSION['user']}, request {$_SESSION['requests']}" : 'nobody';
"#;

/// A running `php -S`.
#[derive(Debug)]
pub struct Php {
    /// The port it listens on.
    pub port: u16,
    server: Server,
}

impl Php {
    /// Serves this script for every path; `None` where PHP is not installed and the test is left out.
    pub fn start(script: &str) -> Option<Self> {
        let program = require("php")?;
        let (dir, reserved) = (tempfile::Builder::new().prefix("burdock-php-").tempdir().unwrap(), Reserved::new());
        let port = reserved.port();
        let sessions = dir.path().join("sessions");
        fs::create_dir(&sessions).unwrap();
        fs::write(dir.path().join("index.php"), script).unwrap();
        let mut command = Command::new(program);
        command.arg("-d").arg(format!("session.save_path={}", sessions.display()));
        command.args(["-S", &format!("127.0.0.1:{port}"), "index.php"]);
        Some(Self { port, server: Server::start(command, dir, reserved) })
    }

    /// How many sessions this server has files of.
    pub fn sessions(&self) -> usize {
        fs::read_dir(self.server.dir.path().join("sessions")).unwrap().count()
    }
}
