//! What operators see: log lines and their sinks, messages on standard error, metrics and the statistics made of them.
//! Reads models, states and transactions; knows no client's socket and changes nothing.
#![forbid(unsafe_code)]

pub mod log;
pub mod metric;
pub mod notice;
pub mod rate;
#[cfg(test)]
mod testing;

pub use log::Logs;
pub use log::backing::Backing;
pub use log::forward::{ForwardInlet, ForwardSocket};
pub use log::service::LogService;
pub use notice::notice;
pub use rate::RateSampler;
