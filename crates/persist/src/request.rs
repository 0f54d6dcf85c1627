//! The request side: which server the cookies bind to, and what the server is to see of them.

use burdock_base::ServerId;
use burdock_http::{EditError, RequestHead, cookie};
use burdock_txn::CookieInRequest;

use crate::persistence::Persistence;
use crate::policy::CookieMode;
use crate::stamp::Stamps;

/// Which servers the cookies of a request may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those that take bound visitors.
    #[default]
    Usable,
    /// Any, even where it is down or in maintenance: `option persist`, or a `force-persist` rule that matched.
    Any,
    /// None: an `ignore-persist` rule matched. The response's cookies are left alone too.
    Nothing,
    /// None: a `use-server` rule chose this server. The request counts as bound to it.
    Chosen(ServerId),
}

/// What the cookies of one request came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// The server that the request is bound to.
    pub server: Option<ServerId>,
    /// The third character of the log line's flags.
    pub flag: CookieInRequest,
    /// The dates of the last cookie that had any and was in time.
    pub(crate) stamps: Stamps,
    /// Whether an `ignore-persist` rule matched.
    pub(crate) ignored: bool,
}

impl Binding {
    /// The request leaves the server that it was bound to (a redispatch): it counts as down from here on.
    pub fn leave(&mut self) {
        self.server = None;
        if self.flag == CookieInRequest::Valid {
            self.flag = CookieInRequest::Down;
        }
    }
}

impl Persistence {
    /// Reads the request's cookies, says what they bind to, and makes the head what the server is to see: no blanks around `=`, with `insert indirect` no
    /// persistence cookie, in mode `prefix` no prefix. To be called once a request. `now_s` is the wall clock in seconds since 1970.
    ///
    /// # Errors
    /// None in practice: heads only shrink here.
    pub fn bind_request(&self, head: &mut RequestHead, reach: Reach, now_s: u64) -> Result<Binding, EditError> {
        let headers = &mut head.headers;
        let name = &self.policy.name;
        cookie::tidy_request_cookies(headers);
        let values =
            cookie::request_cookies(headers, name).map(|at| headers.value(at.field).get(at.value).unwrap_or_default());
        let mut binding = self.decide(values, reach, now_s);
        if self.is_idle() {
            // A name alone binds whoever holds the cookie from elsewhere; it shows in no flag.
            binding.flag = CookieInRequest::NotApplicable;
            return Ok(binding);
        }
        if binding.flag != CookieInRequest::None {
            match self.policy.mode {
                CookieMode::Insert if self.policy.indirect => cookie::remove_request_cookies(headers, name),
                CookieMode::Prefix => cookie::strip_request_cookie_prefixes(headers, name),
                _ => {}
            }
        }
        Ok(binding)
    }

    /// What the values of a request's persistence cookies, in order, bind to. The first that names a server within reach decides;
    /// failing that, the flag tells of the last that failed for a reason, else that none was known.
    fn decide<'a>(&self, values: impl Iterator<Item = &'a [u8]>, reach: Reach, now_s: u64) -> Binding {
        let mut binding = Binding { flag: CookieInRequest::None, ..Binding::default() };
        match reach {
            Reach::Nothing => binding.ignored = true,
            Reach::Chosen(server) => binding.server = Some(server),
            Reach::Usable | Reach::Any => {}
        }
        for value in values {
            match self.examine(value, reach, now_s, &mut binding.stamps) {
                Verdict::Bound(server, flag) => {
                    binding.server = Some(server);
                    binding.flag = flag;
                    break;
                }
                Verdict::Overridden => {
                    binding.flag = CookieInRequest::Unused;
                    break;
                }
                Verdict::Failed(flag) => binding.flag = flag,
                Verdict::Unknown if binding.flag == CookieInRequest::None => binding.flag = CookieInRequest::Invalid,
                Verdict::Unknown => {}
            }
        }
        binding
    }

    fn examine(&self, value: &[u8], reach: Reach, now_s: u64, stamps: &mut Stamps) -> Verdict {
        if reach == Reach::Nothing {
            return Verdict::Overridden;
        }
        let value = match self.policy.mode {
            CookieMode::Prefix => value.split(|&byte| byte == cookie::PREFIX_DELIMITER).next().unwrap_or_default(),
            _ => {
                let (value, found) = Stamps::split(value);
                stamps.last = found.last.or(stamps.last);
                stamps.first = found.first.or(stamps.first);
                if let Some(flag) = self.expiry(&found, now_s) {
                    *stamps = Stamps::default();
                    return Verdict::Failed(flag);
                }
                value
            }
        };
        if let Reach::Chosen(_) = reach {
            return Verdict::Overridden;
        }
        let mut verdict = Verdict::Unknown;
        for id in self.table.servers(value) {
            let usable = self.server(id).is_some_and(|server| server.state.accepts_bound());
            if usable {
                return Verdict::Bound(id, CookieInRequest::Valid);
            }
            if reach == Reach::Any {
                return Verdict::Bound(id, CookieInRequest::Down);
            }
            verdict = Verdict::Failed(CookieInRequest::Down);
        }
        verdict
    }

    /// Why the dates of a cookie make it void.
    fn expiry(&self, stamps: &Stamps, now_s: u64) -> Option<CookieInRequest> {
        let is_out = |stamp: Option<crate::stamp::Stamp>, limit: Option<u32>| {
            stamp.zip(limit).is_some_and(|(stamp, limit)| stamp.is_out_of(u64::from(limit), now_s))
        };
        if is_out(stamps.first, self.policy.max_life_s) {
            Some(CookieInRequest::Old)
        } else if is_out(stamps.last, self.policy.max_idle_s) {
            Some(CookieInRequest::Expired)
        } else {
            None
        }
    }
}

/// What one cookie is worth.
enum Verdict {
    /// It binds to this server.
    Bound(ServerId, CookieInRequest),
    /// A rule has decided already.
    Overridden,
    /// It would bind but for this reason.
    Failed(CookieInRequest),
    /// It names no server.
    Unknown,
}

#[cfg(test)]
mod tests;
