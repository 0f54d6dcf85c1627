//! Processes that this one takes over from (`-sf`, `-st`; management manual 4): they are paused while their ports are in the way, and told to
//! leave once this one listens.

use burdock_model::Level;
use burdock_observe::notice;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How older processes leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// `-sf`: they finish what they are doing.
    Finish,
    /// `-st`: at once.
    Terminate,
}

/// The older processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predecessors {
    /// Their process ids.
    pub pids: Vec<i32>,
    /// What becomes of them.
    pub parting: Parting,
}

/// A start beside older processes. Where it fails, those that were paused go on.
#[derive(Debug)]
pub(crate) struct Takeover {
    /// Nothing, once they were told to leave.
    old: Option<Predecessors>,
    paused: bool,
}

impl Takeover {
    /// From these processes, if any.
    pub fn new(old: Option<Predecessors>) -> Self {
        Self { old: old.filter(|old| !old.pids.is_empty()), paused: false }
    }

    /// Asks the older processes for their ports. `false`: there are none.
    pub fn pause(&mut self) -> bool {
        self.paused |= self.old.is_some();
        self.tell(Signal::SIGTTOU);
        self.old.is_some()
    }

    /// This process is in charge.
    pub fn complete(&mut self) {
        self.tell(match self.old.as_ref().map(|old| old.parting) {
            Some(Parting::Terminate) => Signal::SIGTERM,
            Some(Parting::Finish) | None => Signal::SIGUSR1,
        });
        self.old = None;
    }

    fn tell(&self, signal: Signal) {
        for pid in self.old.iter().flat_map(|old| &old.pids) {
            match kill(Pid::from_raw(*pid), signal) {
                // One that has ended has left already.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => {
                    notice(Level::Warning, &format!("Cannot send {signal} to process {pid}: {}.", errno.desc()))
                }
            }
        }
    }
}

impl Drop for Takeover {
    fn drop(&mut self) {
        if self.paused {
            self.tell(Signal::SIGTTIN);
        }
    }
}
