//! Becoming a daemon: a child in a session of its own, whose parent waits until the child says that it is up.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use nix::fcntl::OFlag;
use nix::unistd::{ForkResult, dup2_stderr, dup2_stdin, dup2_stdout, fork, pipe2, setsid};

/// The child's side. Dropped without [`Daemon::ready`], the parent exits with status 1.
#[derive(Debug)]
pub struct Daemon {
    parent: std::fs::File,
    null: OwnedFd,
}

/// Forks. In the child it returns; the parent waits for [`Daemon::ready`] and exits with status 0, or with 1 if the child ends before.
///
/// # Errors
/// The kernel refuses, or the process has more than one thread: only the calling thread would go on in the child.
pub fn daemonize() -> io::Result<Daemon> {
    if std::fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other("the process has started threads already"));
    }
    // Opened now: a daemon may be confined to a directory without devices later.
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?.into();
    let (waiting, notifying) = pipe2(OFlag::O_CLOEXEC)?;
    io::stdout().flush()?;
    #[expect(unsafe_code, reason = "nothing safe forks")]
    // SAFETY: the process has one thread, as counted above, so the child is a complete copy: no lock can be held by a thread that it
    // lacks, and it may run any code.
    let side = unsafe { fork() }?;
    match side {
        ForkResult::Parent { .. } => {
            drop(notifying);
            let ready = std::fs::File::from(waiting).read_exact(&mut [0]);
            std::process::exit(if ready.is_ok() { 0 } else { 1 })
        }
        ForkResult::Child => {
            setsid()?;
            Ok(Daemon { parent: notifying.into(), null })
        }
    }
}

impl Daemon {
    /// Lets the parent exit with status 0 and leaves the terminal: standard streams lead to `/dev/null` from here on.
    ///
    /// # Errors
    /// Those of `dup2`. That the parent is gone is none.
    pub fn ready(mut self) -> io::Result<()> {
        dup2_stdin(&self.null)?;
        dup2_stdout(&self.null)?;
        dup2_stderr(&self.null)?;
        let _ = self.parent.write_all(&[0]);
        Ok(())
    }
}
