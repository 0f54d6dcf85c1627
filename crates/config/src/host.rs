//! What reading a configuration asks of the machine: files, names, users, inherited sockets, limits. One narrow interface, so that tests and
//! fuzzing can read a configuration without touching anything.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::num::NonZero;
use std::os::fd::{OwnedFd, RawFd};
use std::path::Path;
use std::time::SystemTime;

/// The machine, as far as a configuration depends on it.
pub trait Host {
    /// The content of a file that the configuration names, such as an `errorfile`.
    ///
    /// # Errors
    /// Whatever reading it gave.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether a file can be read, without reading it.
    fn is_file(&self, path: &Path) -> bool {
        self.read(path).is_ok()
    }

    /// The names of what is in a directory, in no order.
    ///
    /// # Errors
    /// It is no directory, or cannot be read.
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let _ = path;
        Err(io::ErrorKind::NotFound.into())
    }

    /// The addresses of a host name, in the resolver's order.
    ///
    /// # Errors
    /// The name is unknown, or could not be asked for.
    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;

    /// The number of a user.
    fn user(&self, name: &str) -> Option<u32>;

    /// The number of a group.
    fn group(&self, name: &str) -> Option<u32>;

    /// Takes over a stream socket that was open when the process started (`fd@N`). May be asked for more than once.
    ///
    /// # Errors
    /// The descriptor is closed, or no stream socket.
    fn adopt_listener(&self, descriptor: RawFd) -> io::Result<OwnedFd>;

    /// The time of day.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The host's own name.
    fn name(&self) -> String;

    /// Processors that this process may run on.
    fn processors(&self) -> usize;

    /// How many files the process may have open, and how far that could be raised.
    fn file_limits(&self) -> FileLimits;
}

/// `RLIMIT_NOFILE` as it was at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// The limit in force.
    pub soft: u64,
    /// The limit up to which the process may raise it by itself.
    pub hard: u64,
}

/// The real machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Host for System {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|found| !found.is_dir())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }

    fn user(&self, name: &str) -> Option<u32> {
        Some(nix::unistd::User::from_name(name).ok()??.uid.as_raw())
    }

    fn group(&self, name: &str) -> Option<u32> {
        Some(nix::unistd::Group::from_name(name).ok()??.gid.as_raw())
    }

    fn adopt_listener(&self, descriptor: RawFd) -> io::Result<OwnedFd> {
        let socket = burdock_os::adopt_fd(descriptor)?;
        match burdock_os::socket_kind(&socket)? {
            burdock_os::SocketKind::Stream => Ok(socket),
            burdock_os::SocketKind::Datagram => Err(io::Error::other("it is a datagram socket")),
        }
    }

    fn name(&self) -> String {
        nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn processors(&self) -> usize {
        std::thread::available_parallelism().map_or(1, NonZero::get)
    }

    fn file_limits(&self) -> FileLimits {
        let limits = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
        let (soft, hard) = limits.unwrap_or((DEFAULT_FILE_LIMIT, DEFAULT_FILE_LIMIT));
        FileLimits { soft, hard }
    }
}

/// A machine where nothing can be touched: no file can be read, no name resolved, no socket taken over. `localhost` and the user and group
/// `root` are known, so that ordinary configurations can be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed;

impl Host for Sealed {
    fn read(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if name == "localhost" { Ok(vec![IpAddr::from([127, 0, 0, 1])]) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn user(&self, name: &str) -> Option<u32> {
        (name == "root").then_some(0)
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.user(name)
    }

    fn adopt_listener(&self, _descriptor: RawFd) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn name(&self) -> String {
        String::from("localhost")
    }

    fn processors(&self) -> usize {
        2
    }

    fn file_limits(&self) -> FileLimits {
        FileLimits { soft: DEFAULT_FILE_LIMIT, hard: DEFAULT_FILE_LIMIT }
    }
}

/// What most systems give a process.
const DEFAULT_FILE_LIMIT: u64 = 1024;
