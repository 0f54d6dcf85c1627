//! The application's own session cookie.

use std::fmt;

use axum::http::HeaderValue;
use axum::http::header::InvalidHeaderValue;

/// The application's session cookie. It has nothing to do with the proxy's.
pub(crate) const SESSION_COOKIE: &str = "DEMOSESSID";

/// Drawn once a run of the demo and written into every session's name. A browser may come with a session of yesterday's demo;
/// that one was not lost by a server stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunTag(u32);

impl RunTag {
    pub fn draw() -> Result<Self, getrandom::Error> {
        getrandom::u32().map(Self)
    }
}

/// A session's name: the run's tag and a number that cannot be guessed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId {
    run: u32,
    number: u128,
}

impl SessionId {
    pub fn fresh(run: RunTag) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self { run: run.0, number: u128::from_ne_bytes(bytes) })
    }

    /// A session of this run, whichever server gave it; nothing else.
    pub fn parse(text: &str, run: RunTag) -> Option<Self> {
        let (tag, number) = text.split_once('-')?;
        let id = Self { run: u32::from_str_radix(tag, 16).ok()?, number: u128::from_str_radix(number, 16).ok()? };
        (id.run == run.0).then_some(id)
    }

    pub fn set_cookie(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        HeaderValue::try_from(format!("{SESSION_COOKIE}={self}; Path=/; HttpOnly; SameSite=Lax"))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:032x}", self.run, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sessions_of_this_run_are_read() {
        let run = RunTag(0xb0);
        let id = SessionId::fresh(run).unwrap();
        assert_eq!(SessionId::parse(&id.to_string(), run), Some(id.clone()));
        assert_eq!(SessionId::parse(&id.to_string(), RunTag(0xb1)), None);
        for garbage in ["", "-", "000000b0", "000000b0-", "000000b0-xyz", "000000b0-1ffffffffffffffffffffffffffffffff"]
        {
            assert_eq!(SessionId::parse(garbage, run), None, "{garbage}");
        }
    }
}
