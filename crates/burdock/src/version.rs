//! What the program is, in HAProxy's words (`-v`, `-vv`) and in ours.

use burdock_base::product::{HAPROXY_BRANCH, OWN_VERSION, VERSION};

use crate::features;

/// `-v`.
pub fn short_text() -> String {
    format!(
        "HAProxy version {VERSION} - a configuration and command line compatible with HAProxy {HAPROXY_BRANCH}\n\
         Burdock version {OWN_VERSION}\n",
    )
}

/// `-vv`. Scripts look for the first line, the target, the feature list, and the pollers.
pub fn long_text() -> String {
    let features: Vec<_> =
        features::all().map(|(name, have)| format!("{}{name}", if have { '+' } else { '-' })).collect();
    let tune = burdock_model::Tune::default();
    format!(
        "{}Running on: {}\n\
         Build options : \n  TARGET  = linux-glibc\n  PROFILE = {}\n\n\
         Feature list : {}\nDetected feature list : \n\n\
         Default settings :\n  bufsize = {}, maxrewrite = {}\n\n\
         Built with multi-threading support (MAX_THREADS={}).\n\
         Running on SSL library version : {}\n\
         Built with transparent proxy support using: IP_TRANSPARENT IPV6_TRANSPARENT\n\n\
         Available polling systems :\n      epoll : pref=300,  test result OK\nTotal: 1 (1 usable), will use epoll.\n\n\
         Available multiplexer protocols :\n  <default> : mode=HTTP  side=FE|BE  mux=H1\n  <default> : mode=TCP   side=FE|BE  mux=PASS\n\n\
         Available services : none\n\nAvailable filters : none\n",
        short_text(),
        system(),
        if cfg!(debug_assertions) { "debug" } else { "release" },
        features.join(" "),
        tune.buffer_size,
        tune.max_rewrite,
        burdock_base::limit::MAX_WORKERS,
        features::TLS_LIBRARY,
    )
}

/// The operating system's name, release and machine.
fn system() -> String {
    nix::sys::utsname::uname().map_or_else(
        |_| "unknown".to_owned(),
        |system| {
            [system.sysname(), system.release(), system.version(), system.machine()]
                .map(|part| part.to_string_lossy().into_owned())
                .join(" ")
        },
    )
}
