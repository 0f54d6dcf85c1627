//! The program under test, or another that takes the same command line: its files, its start, its end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::{env, thread};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process, test_kill_process};
use tempfile::TempDir;

use crate::client::Client;
use crate::net::{Reserved, is_listening};
use crate::tools::require;
use crate::wait;

/// Names another binary to run the tests against, such as HAProxy 3.5 itself to see whether a test describes it. One that is not called
/// `burdock` is taken for such a stand-in.
pub const BINARY_VARIABLE: &str = "BURDOCK_BIN";

/// An executable with HAProxy's command line.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    stand_in: bool,
}

impl Program {
    /// The binary under test: `built` (what Cargo built, `env!("CARGO_BIN_EXE_burdock")`), or the one that [`BINARY_VARIABLE`] names.
    pub fn under_test(built: &str) -> Self {
        match env::var_os(BINARY_VARIABLE) {
            Some(path) => {
                let path = PathBuf::from(path);
                Self { stand_in: path.file_name() != Some("burdock".as_ref()), path }
            }
            None => Self { path: built.into(), stand_in: false },
        }
    }

    /// The HAProxy that is installed; `None` where it is missing and the test is left out.
    pub fn haproxy() -> Option<Self> {
        require("haproxy").map(|path| Self { path, stand_in: true })
    }

    /// Whether this is another program than Burdock: a test of what Burdock does differently on purpose asks this.
    pub fn is_stand_in(&self) -> bool {
        self.stand_in
    }

    /// Starts the program on a configuration and waits until every port of its `bind` lines listens.
    ///
    /// `@name@` in the text stands for a port that the kernel chooses (the same name, the same port), `@dir@` for the
    /// program's directory.
    ///
    /// # Panics
    /// When the program ends instead; what it said is printed.
    pub fn start(&self, config: &str) -> Proxy {
        self.start_with(config, &[])
    }

    /// As [`Program::start`], with further arguments.
    ///
    /// # Panics
    /// As [`Program::start`].
    pub fn start_with(&self, config: &str, args: &[&str]) -> Proxy {
        let files = Files::new(config);
        let stderr = File::create(files.stderr_path()).unwrap();
        let child = Command::new(&self.path)
            .args(["-db", "-f"])
            .arg(&files.config_path)
            .args(args)
            .current_dir(files.dir.path())
            .stdin(Stdio::null())
            .stdout(stderr.try_clone().unwrap())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|e| panic!("starting {}: {e}", self.path.display()));
        let mut proxy = Proxy { child, files };
        wait::until("the program to listen", || {
            if let Some(status) = proxy.child.try_wait().unwrap() {
                panic!("the program ended with {status}");
            }
            proxy.files.bound_ports.iter().all(|port| is_listening(*port)).then_some(())
        });
        proxy
    }

    /// Runs it to its end with `-f` on a configuration and the given arguments; see [`Program::start`] for `@name@`.
    pub fn run(&self, config: &str, args: &[&str]) -> Output {
        let files = Files::new(config);
        Command::new(&self.path).args(args).arg("-f").arg(&files.config_path).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs it to its end with these arguments alone.
    pub fn run_bare(&self, args: &[&str]) -> Output {
        Command::new(&self.path).args(args).stdin(Stdio::null()).output().unwrap()
    }
}

/// The directory of one run: the configuration with its ports filled in, and what the program prints.
#[derive(Debug)]
struct Files {
    dir: TempDir,
    config_path: PathBuf,
    text: String,
    ports: BTreeMap<String, Reserved>,
    bound_ports: Vec<u16>,
}

impl Files {
    fn new(config: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("burdock-").tempdir().unwrap();
        let (mut text, mut ports, mut bound_ports) = (String::new(), BTreeMap::<String, Reserved>::new(), Vec::new());
        for line in config.lines() {
            let binds = line.trim_start().starts_with("bind ");
            text += &fill_in(line, |name| {
                if name == "dir" {
                    return dir.path().display().to_string();
                }
                let port = ports.entry(name.to_owned()).or_insert_with(Reserved::new).port();
                if binds {
                    bound_ports.push(port);
                }
                port.to_string()
            });
            text.push('\n');
        }
        let config_path = dir.path().join("burdock.cfg");
        fs::write(&config_path, &text).unwrap();
        Self { dir, config_path, text, ports, bound_ports }
    }

    fn stderr_path(&self) -> PathBuf {
        self.dir.path().join("stderr")
    }
}

/// A running program; killed when the value is dropped.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    files: Files,
}

impl Proxy {
    /// The port that `@name@` became.
    pub fn port(&self, name: &str) -> u16 {
        self.files.ports.get(name).unwrap_or_else(|| panic!("no @{name}@ in the configuration")).port()
    }

    /// A new connection to the port that `@name@` became.
    pub fn client(&self, name: &str) -> Client {
        Client::connect(self.port(name))
    }

    /// What the program printed so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.files.stderr_path()).unwrap_or_default()
    }

    /// Waits until the program has printed a text.
    pub fn await_stderr(&self, text: &str) {
        wait::until(&format!("`{text}` on stderr"), || self.stderr().contains(text).then_some(()));
    }

    /// The run's directory.
    pub fn dir(&self) -> &Path {
        self.files.dir.path()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory that it has in use now, bytes.
    pub fn resident_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().and_then(|kib| kib.parse::<usize>().ok()).unwrap() * 1024
    }

    /// Time of the processor that it has used so far, in clock ticks (a hundredth of a second each, on Linux).
    pub fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// One command on the runtime socket, which the configuration declares as `stats socket @dir@/cli level admin`.
    pub fn cli(&self, command: &str) -> String {
        let path = self.dir().join("cli");
        let mut socket = wait::until("the runtime socket", || UnixStream::connect(&path).ok());
        socket.set_read_timeout(Some(wait::PATIENCE)).unwrap();
        socket.write_all(format!("{command}\n").as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// A row of `show stat`, by the names of its columns; `server` may be FRONTEND or BACKEND.
    pub fn stat(&self, proxy: &str, server: &str) -> BTreeMap<String, String> {
        let table = self.cli("show stat");
        let mut lines = table.trim_start_matches("# ").lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let row = lines.map(|line| line.split(',').collect::<Vec<_>>()).find(|row| row.starts_with(&[proxy, server]));
        let row = row.unwrap_or_else(|| panic!("no row {proxy},{server} in\n{table}"));
        names.iter().zip(row).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
    }

    /// Waits until a column of a row of `show stat` has a value.
    pub fn await_stat(&self, proxy: &str, server: &str, column: &str, value: &str) {
        wait::until(&format!("{column} of {proxy}/{server} to be {value}"), || {
            (self.stat(proxy, server).get(column).map(String::as_str) == Some(value)).then_some(())
        });
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send_signal(self.pid(), signal);
    }

    /// Waits for its end.
    pub fn await_exit(&mut self) -> ExitStatus {
        wait::until("the program to end", || self.child.try_wait().unwrap())
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _status = self.child.wait();
        if thread::panicking() {
            eprintln!("--- configuration\n{}--- printed by the program\n{}---", self.files.text, self.stderr());
        }
    }
}

/// Sends a signal to a process, such as a daemon that left its pid in a file.
pub fn send_signal(pid: u32, signal: Signal) {
    kill_process(raw(pid), signal).unwrap();
}

/// Whether there is such a process.
pub fn is_alive(pid: u32) -> bool {
    test_kill_process(raw(pid)).is_ok()
}

fn raw(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).unwrap()
}

/// Replaces every `@name@`, where a name is of lower-case letters, digits and `_`.
fn fill_in(line: &str, mut value_of: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('@') {
        out += before;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match after.split_once('@') {
            Some((name, tail)) if !name.is_empty() && name.chars().all(is_name) => {
                out += &value_of(name);
                rest = tail;
            }
            _ => {
                out.push('@');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::fill_in;

    #[test]
    fn names_between_at_signs_are_filled_in() {
        fn check(input: &str, expected: &str) {
            assert_eq!(fill_in(input, |name| format!("<{name}>")), expected, "{input:?}");
        }
        check("bind 127.0.0.1:@front@", "bind 127.0.0.1:<front>");
        check("bind @a@ @b_2@", "bind <a> <b_2>");
        check("bind fd@7", "bind fd@7");
        check("bind abns@x @front@", "bind abns@x <front>");
        check("stats socket @dir@/cli", "stats socket <dir>/cli");
        check("@@", "@@");
    }
}
