//! External programs that tests need: found, started, or counted as missing; never silently done without.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

mod curl;
mod grpc;
mod nginx;
mod openssl;
mod php;
mod php_fpm;
mod server;

pub use curl::{Curl, CurlAnswer};
pub use grpc::Grpc;
pub use nginx::Nginx;
pub use openssl::{OpenSsl, Shown, request as closing_request};
pub use php::{PHP_SESSION_APP, Php};
pub use php_fpm::PhpFpm;

/// Names a file to which every test that was left out adds a line: the test, a tab, the tool it lacked.
pub const LEFT_OUT_VARIABLE: &str = "BURDOCK_LEFT_OUT";

/// Where Debian puts servers; not in everybody's `PATH`.
const SERVER_DIRECTORIES: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// The path of an external program, or `None`, on which the test returns: it is then counted as left out.
///
/// # Panics
/// When the program is missing and `CI` is set: there, nothing is left out.
pub fn require(tool: &str) -> Option<PathBuf> {
    let path = find(tool);
    if path.is_none() {
        leave_out(tool);
    }
    path
}

/// A program that Debian names with its version, such as `php-fpm8.2` for `php-fpm`. As [`require`].
fn require_version_of(tool: &str) -> Option<PathBuf> {
    let path = search_path();
    let files = env::split_paths(&path).filter_map(|dir| dir.read_dir().ok()).flatten().flatten();
    let is_version = |name: &str| {
        let version = name.strip_prefix(tool);
        version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    let mut found = files.filter(|file| file.file_name().to_str().is_some_and(is_version)).map(|file| file.path());
    let path = found.find(|file| is_file(file));
    if path.is_none() {
        leave_out(tool);
    }
    path
}

/// A Python that has this module: the first found, and Debian's packages are for Debian's own alone. As [`require`].
///
/// # Panics
/// As [`require`].
fn require_python(module: &str) -> Option<PathBuf> {
    let has_module = |python: &PathBuf| {
        let import = format!("import {module}");
        let status = Command::new(python).args(["-c", &import]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let path = env::var("PATH").unwrap_or_default();
    let python = env::split_paths(&path).map(|dir| dir.join("python3")).filter(|file| is_file(file)).find(has_module);
    if python.is_none() {
        leave_out(&format!("python3-{module}"));
    }
    python
}

fn find(tool: &str) -> Option<PathBuf> {
    env::split_paths(&search_path()).map(|dir| dir.join(tool)).find(|file| is_file(file))
}

fn search_path() -> String {
    env::var("PATH").unwrap_or_default() + ":" + SERVER_DIRECTORIES
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file())
}

fn leave_out(tool: &str) {
    let test = env::var("NEXTEST_TEST_NAME").ok().or_else(|| thread::current().name().map(str::to_owned));
    let test = test.unwrap_or_else(|| "a test".to_owned());
    assert!(env::var_os("CI").is_none(), "{test} needs `{tool}`, which is not installed");
    eprintln!("left out: {test} needs `{tool}`, which is not installed");
    if let Some(path) = env::var_os(LEFT_OUT_VARIABLE) {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(format!("{test}\t{tool}\n").as_bytes()).unwrap();
    }
}
