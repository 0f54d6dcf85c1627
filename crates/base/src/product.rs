//! What the program says of itself where tools ask: on the command line, on the runtime API, in statistics.

/// The version of HAProxy whose configuration language and interfaces this program has.
macro_rules! haproxy_version {
    () => {
        "3.5-dev5"
    };
}

/// The product name that monitoring tools look for in `show info`.
pub const NAME: &str = "HAProxy";
/// The version of HAProxy whose configuration language and interfaces this program has.
pub const HAPROXY_VERSION: &str = haproxy_version!();
/// The branch of that version.
pub const HAPROXY_BRANCH: &str = "3.5";
/// This program's own version.
pub const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version that tools are told: HAProxy's with ours behind it, where HAProxy has a commit.
pub const VERSION: &str = concat!(haproxy_version!(), "-burdock-", env!("CARGO_PKG_VERSION"));
/// The day of the release, `year/month/day`.
pub const RELEASE_DATE: &str = "2026/11/22";
