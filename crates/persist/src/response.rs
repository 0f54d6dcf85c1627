//! The response side: what becomes of the server's own cookie, and whether the client is sent one.

use burdock_base::ServerId;
use burdock_http::{EditError, Headers, KnownHeader, Method, ResponseHead, cookie};
use burdock_txn::CookieInResponse;
use smallvec::SmallVec;

use crate::persistence::{Persistence, Prepared};
use crate::policy::CookieMode;
use crate::privacy;
use crate::request::Binding;
use crate::stamp::{SEPARATOR, Stamp, Stamps};

/// A field value under construction; longer ones spill to the heap.
type Text = SmallVec<[u8; 256]>;

impl Persistence {
    /// Does to a response from `server` what the policy asks for, and says what that was: the fourth character of the log line's flags.
    /// Only for responses that come from a server, never for the proxy's own. `method` is the request's.
    ///
    /// # Errors
    /// [`EditError`] where the head has no room for the cookie.
    pub fn finish_response(
        &self,
        head: &mut ResponseHead,
        binding: &Binding,
        server: ServerId,
        method: Method,
        now_s: u64,
    ) -> Result<CookieInResponse, EditError> {
        let Some(prepared) = self.server(server).filter(|_| !self.is_idle()) else {
            return Ok(CookieInResponse::NotApplicable);
        };
        if binding.ignored {
            return Ok(CookieInResponse::None);
        }
        cookie::tidy_set_cookies(&mut head.headers);
        let is_bound = binding.server == Some(server);
        let own = self.treat_own(&mut head.headers, prepared, is_bound)?;
        let may_insert = self.policy.mode == CookieMode::Insert
            && (!self.policy.postonly || method == Method::Post)
            && own != CookieInResponse::Passed;
        if !may_insert || (is_bound && !self.is_refresh_due(&binding.stamps, now_s)) {
            return Ok(own);
        }
        self.insert(&mut head.headers, prepared, &binding.stamps, now_s)?;
        if self.policy.nocache && method.is_safe() {
            privacy::forbid_shared_caches(head)?;
        }
        Ok(if is_bound { CookieInResponse::Updated } else { CookieInResponse::Inserted })
    }

    /// Deals with cookies of the persistence cookie's name that the server itself sends.
    fn treat_own(
        &self,
        headers: &mut Headers,
        server: &Prepared,
        is_bound: bool,
    ) -> Result<CookieInResponse, EditError> {
        let name = &self.policy.name;
        if cookie::set_cookies(headers, name).next().is_none() {
            return Ok(CookieInResponse::None);
        }
        if self.policy.preserve {
            return Ok(CookieInResponse::Passed);
        }
        if self.policy.mode == CookieMode::Insert || (self.policy.indirect && is_bound) {
            cookie::remove_set_cookies(headers, name);
            return Ok(CookieInResponse::Deleted);
        }
        let Some(value) = &server.cookie else { return Ok(CookieInResponse::Passed) };
        let keeps_own_value = match self.policy.mode {
            CookieMode::Rewrite => false,
            CookieMode::Prefix => true,
            CookieMode::Insert | CookieMode::Passive => return Ok(CookieInResponse::Passed),
        };
        let found: SmallVec<[_; 2]> = cookie::set_cookies(headers, name).collect();
        for at in found {
            let mut text = Text::from_slice(value);
            if keeps_own_value {
                text.push(cookie::PREFIX_DELIMITER);
                text.extend_from_slice(headers.value(at.field).get(at.value.clone()).unwrap_or_default());
            }
            cookie::replace_set_cookie(headers, &at, &text)?;
        }
        Ok(CookieInResponse::Rewritten)
    }

    /// Whether a client that is bound already must be sent the cookie again for its dates.
    fn is_refresh_due(&self, stamps: &Stamps, now_s: u64) -> bool {
        let (idle, life) = (self.policy.max_idle_s.is_some(), self.policy.max_life_s.is_some());
        if !idle && !life {
            return *stamps != Stamps::default();
        }
        let last_is_past = stamps.last.is_some_and(|last| last < Stamp::at(now_s));
        last_is_past || (idle && stamps.last.is_none()) || (life && stamps.first.is_none())
    }

    fn insert(&self, headers: &mut Headers, server: &Prepared, stamps: &Stamps, now_s: u64) -> Result<(), EditError> {
        let (idle, life) = (self.policy.max_idle_s.is_some(), self.policy.max_life_s.is_some());
        if server.cookie.is_none() || !(idle || life) {
            return headers.append_known(KnownHeader::SetCookie, &server.set_cookie);
        }
        let (value, attributes) = server.set_cookie.split_at(server.dates_at);
        let now = Stamp::at(now_s);
        let mut text = Text::from_slice(value);
        let mut add = |stamp: Stamp| {
            text.push(SEPARATOR);
            text.extend_from_slice(&stamp.text());
        };
        add(now);
        if life {
            add(stamps.first.unwrap_or(now));
        }
        text.extend_from_slice(attributes);
        headers.append_known(KnownHeader::SetCookie, &text)
    }
}

#[cfg(test)]
mod tests;
