//! Keywords of `defaults`, `frontend`, `listen` and `backend` sections, but for `option` lines (configuration manual 4.2).

pub(crate) mod balance;
pub(crate) mod bind_line;
pub(crate) mod capture;
pub(crate) mod certificate;
pub(crate) mod cookie;
pub(crate) mod filter;
pub(crate) mod identifier;
pub(crate) mod limit;
pub(crate) mod log_line;
pub(crate) mod monitor;
pub(crate) mod old_rule;
pub(crate) mod reply;
pub(crate) mod retry;
pub(crate) mod routing;
pub(crate) mod rule;
pub(crate) mod section;
pub(crate) mod server_line;
pub(crate) mod stick;
pub(crate) mod timeout;
