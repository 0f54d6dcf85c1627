//! A foreign server program: started in its directory, awaited, killed.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::net::{Reserved, is_listening};
use crate::wait;

/// A running server and its directory.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) dir: TempDir,
    child: Child,
    port: Reserved,
}

impl Server {
    /// Starts `command` in `dir` and waits until the port, which the command names, listens.
    pub(super) fn start(mut command: Command, dir: TempDir, port: Reserved) -> Self {
        let output = File::create(output_path(dir.path())).unwrap();
        command.current_dir(dir.path()).stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap();
        let mut server = Self { dir, child, port };
        wait::until("a server to listen", || {
            if let Some(status) = server.child.try_wait().unwrap() {
                let text = fs::read_to_string(output_path(server.dir.path())).unwrap_or_default();
                panic!("a server did not start ({status}):\n{text}");
            }
            is_listening(server.port.port()).then_some(())
        });
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn output_path(dir: &Path) -> std::path::PathBuf {
    dir.join("output")
}
