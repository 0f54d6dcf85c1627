//! What the program says of itself where tools ask: on the runtime API, in statistics, with `-v`.

/// The product name that monitoring tools look for in `show info`.
pub const NAME: &str = "HAProxy";
/// The version: that of the HAProxy release whose behaviour is followed, then our own.
pub const VERSION: &str = concat!("3.5-dev5-burdock-", env!("CARGO_PKG_VERSION"));
/// The day of the release, `year/month/day`.
pub const RELEASE_DATE: &str = "2026/11/22";
