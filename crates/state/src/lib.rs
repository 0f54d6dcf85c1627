//! What is live and shared by workers: health, administrative state and load of servers, queues, connection counts, counters.
//! Knows ids and numbers, never configuration text and never sockets.
#![forbid(unsafe_code)]

pub mod check;
pub mod directory;
pub mod latency;
pub mod process;
pub mod proxy;
pub mod queue;
pub mod rate;
pub mod ring;
pub mod server;
pub mod table;
pub mod variable;

pub use check::{CheckReport, CheckResult, CheckState, CheckStatus, TrafficError};
pub use directory::{Asked, BindEntry, CaptureEntry, Directory, FcgiAppEntry, ProxyEntry, ServerEntry, TimeoutEntry};
pub use latency::{Latency, Timing};
pub use process::{Process, ProcessCounter, WakeList};
pub use proxy::{Backend, BackendCounter, Frontend, FrontendCounter, Listener, Standing};
pub use queue::{Granted, Priority, Queue, QueueFull, Waiter};
pub use rate::Rate;
pub use ring::{CountedReader, Ring};
pub use server::{AdminFlag, Health, Operational, Server, ServerCounter, ServerSettings, Wish};
pub use table::Table;
pub use variable::{
    MAX_ADDED_VARIABLES, NotAdded, ProcessVariables, Slots, Stored, VariableId, VariableName, VariableScope,
};
