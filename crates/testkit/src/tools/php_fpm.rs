//! PHP's process manager: an application that speaks FastCGI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::require_version_of;
use super::server::Server;
use crate::net::Reserved;

/// A running `php-fpm` with one process, which listens on a port.
#[derive(Debug)]
pub struct PhpFpm {
    /// The port it listens on.
    pub port: u16,
    server: Server,
}

/// Where it listens beside the port.
const SOCKET: &str = "fpm.sock";

impl PhpFpm {
    /// Serves these scripts (name, content) from [`PhpFpm::document_root`], with sessions in files of its own; `None` where PHP's manager is
    /// not installed and the test is left out. `processes`: so many requests at once, over the port and the socket each.
    pub fn start(processes: usize, scripts: &[(&str, &str)]) -> Option<Self> {
        let program = require_version_of("php-fpm")?;
        let (dir, reserved) = (tempfile::Builder::new().prefix("burdock-fpm-").tempdir().unwrap(), Reserved::new());
        let (port, home) = (reserved.port(), dir.path().to_owned());
        let root = home.join("www");
        fs::create_dir(&root).unwrap();
        fs::create_dir(home.join("sessions")).unwrap();
        for (name, content) in scripts {
            fs::write(root.join(name), content).unwrap();
        }
        let pool = |name: &str, listen: &str| {
            format!(
                "[{name}]\nlisten = {listen}\npm = static\npm.max_children = {processes}\ncatch_workers_output = no\n\
                 php_admin_value[session.save_path] = {}\nphp_admin_flag[log_errors] = on\n\
                 php_admin_flag[display_errors] = off\nphp_admin_value[post_max_size] = 64M\n",
                home.join("sessions").display()
            )
        };
        let config = format!(
            "[global]\nerror_log = /dev/stderr\ndaemonize = no\n{}{}",
            pool("port", &format!("127.0.0.1:{port}")),
            pool("socket", &home.join(SOCKET).display().to_string())
        );
        let path = home.join("fpm.conf");
        fs::write(&path, config).unwrap();
        let mut command = Command::new(program);
        // As whoever runs the tests, be that root.
        command.arg("--nodaemonize").arg("--allow-to-run-as-root").arg("--fpm-config").arg(path);
        Some(Self { port, server: Server::start(command, dir, reserved) })
    }

    /// Where the scripts are.
    pub fn document_root(&self) -> PathBuf {
        self.home().join("www")
    }

    /// The Unix socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.home().join(SOCKET)
    }

    fn home(&self) -> &Path {
        self.server.dir.path()
    }
}
