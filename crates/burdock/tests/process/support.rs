//! Starting the program in ways that need more than a configuration: with inherited sockets, as a daemon, in a directory of one's own.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use burdock_testkit::{Program, wait};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The binary under test, for runs on a configuration.
pub fn burdock() -> Program {
    Program::under_test(env!("CARGO_BIN_EXE_burdock"))
}

/// The binary under test, for everything else.
pub fn binary() -> PathBuf {
    std::env::var_os(burdock_testkit::program::BINARY_VARIABLE)
        .map_or_else(|| env!("CARGO_BIN_EXE_burdock").into(), PathBuf::from)
}

/// Whether the tests run against another program, which lacks what is our own.
pub fn is_stand_in() -> bool {
    burdock().is_stand_in()
}

/// A minimal configuration that listens on `@web@` and answers everything itself.
pub const NO_SERVERS: &str = "defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:@web@
";

/// A directory with files.
pub struct Directory(pub TempDir);

impl Directory {
    /// Files by name and text.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("burdock-process-").tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the program there to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Starts the program there; it is killed when the value is dropped.
    pub fn start(&self, args: &[&str]) -> Running {
        Running(self.command(args).spawn().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        let log = || fs::File::options().create(true).append(true).open(self.path("stderr")).unwrap();
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null()).stderr(log());
        command
    }

    /// What the program wrote to standard error so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.path("stderr")).unwrap_or_default()
    }
}

/// A process that was started.
pub struct Running(pub Child);

impl Running {
    /// Waits for its end.
    pub fn await_exit(&mut self) -> ExitStatus {
        wait::until("the program to end", || self.0.try_wait().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _may_have_ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// How a process ended: its exit code, or the signal that killed it as a negative number.
pub fn ending(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
}

/// Sends a signal to a process that is no child.
pub fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Whether a process has ended; nobody may have asked for its status yet.
pub fn has_ended(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}

/// A field of a file such as `/proc/PID/status`: what stands behind a name at the start of a line.
pub fn field(path: impl AsRef<Path>, name: &str) -> String {
    let text = fs::read_to_string(path.as_ref()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().to_owned()
}
