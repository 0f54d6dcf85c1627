//! Limits that the kernel sets the process: open files and memory.

use burdock_model::{Level, Model};
use burdock_observe::notice;
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::failure::Failure;

/// Descriptors that a connection takes: one towards the client, one towards the server.
const FILES_A_CONNECTION: u64 = 2;
/// Descriptors that a worker holds for itself: its event loop, its wake-up, its log sockets.
const FILES_A_WORKER: u64 = 8;
/// Descriptors of the process: standard streams, signals, the supervisor's event loop.
const FILES_OF_THE_PROCESS: u64 = 16;

/// Raises the limit of open files to `ulimit-n`, or to what `maxconn` needs.
///
/// # Errors
/// The limit is lower than the connections themselves need and may not be raised.
pub fn raise_file_limit(model: &Model) -> Result<(), Failure> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(|errno| Failure::new(format!("Cannot read the limit of open files: {}", errno.desc())))?;
    let needed = u64::from(model.global.maxconn) * FILES_A_CONNECTION;
    let wanted = model.global.file_limit.unwrap_or(needed + overhead(model));
    if wanted <= soft {
        return Ok(());
    }
    if set_file_limit(wanted, hard.max(wanted)).or_else(|_| set_file_limit(hard.min(wanted), hard)).is_err() {
        notice(Level::Warning, &format!("the limit of open files stays at {soft}"));
    }
    let (reached, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((soft, hard));
    if reached < needed || model.global.file_limit.is_some_and(|asked| reached < asked) {
        return Err(Failure::new(format!(
            "Cannot raise FD limit to {wanted}, current limit is {reached} and hard limit is {hard}. Lower 'maxconn' to {} or less, or \
             raise the hard limit.",
            reached.saturating_sub(overhead(model)) / FILES_A_CONNECTION
        )));
    }
    Ok(())
}

/// Limits the memory that the process may allocate (`-m`), in MiB.
///
/// # Errors
/// The kernel refuses.
pub fn limit_memory(megabytes: u64) -> Result<(), Failure> {
    let bytes = megabytes.saturating_mul(1 << 20);
    setrlimit(Resource::RLIMIT_DATA, bytes, bytes)
        .map_err(|errno| Failure::new(format!("Cannot limit memory to {megabytes} MB: {}", errno.desc())))
}

fn set_file_limit(soft: u64, hard: u64) -> Result<(), Errno> {
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard)
}

/// Descriptors beside those of connections.
fn overhead(model: &Model) -> u64 {
    let workers = model.global.threads as u64;
    let frontends = model.proxies.iter().filter_map(|proxy| proxy.frontend.as_ref());
    let listeners: usize = frontends.map(|frontend| frontend.binds.len()).sum();
    let servers = model.proxies.iter().filter_map(|proxy| proxy.backend.as_ref()).flat_map(|backend| &backend.servers);
    let checks = servers.filter(|server| server.check.is_some()).count();
    let runtime = model.global.stats_sockets.len() as u64 + u64::from(model.global.stats_maxconn);
    listeners as u64 * workers + checks as u64 + runtime + workers * FILES_A_WORKER + FILES_OF_THE_PROCESS
}
