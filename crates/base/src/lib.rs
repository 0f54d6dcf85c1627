//! What every layer may use and nothing more: ids, the clock, buffers and their pool, counters sharded by worker, limits.
//! It knows nothing of HTTP, configuration or sockets.
#![forbid(unsafe_code)]

pub mod buffer;
pub mod clock;
pub mod counter;
pub mod id;
pub mod limit;
pub mod product;
pub mod seats;

pub use buffer::{Buffer, BufferPool};
pub use clock::{Clock, Instant, TurnClock};
pub use counter::{CounterName, CounterSet, Gauge, Peak, WorkerId};
pub use id::{BindId, ProxyId, ServerId};
pub use seats::Seats;
