//! How a request ended: the four characters of the log line (configuration manual 8.5). The first reason that is recorded stays.

/// The first event that ended the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// `-`: it ran to its end.
    #[default]
    Normal,
    /// `C`: the client closed or aborted.
    ClientAbort,
    /// `c`: a client time-out struck.
    ClientTimeout,
    /// `S`: the server refused or aborted.
    ServerAbort,
    /// `s`: a server time-out struck.
    ServerTimeout,
    /// `P`: the proxy ended it (a rule, an invalid message).
    Proxy,
    /// `R`: a resource was exhausted.
    Resource,
    /// `I`: an internal error.
    Internal,
    /// `D`: the server went down (`on-marked-down shutdown-sessions`).
    Down,
    /// `U`: an active server came up (`on-marked-up shutdown-backup-sessions`).
    Up,
    /// `K`: killed by an administrator.
    Killed,
    /// `L`: answered by the proxy itself (redirect, statistics, return).
    Local,
}

/// How far the session had come when it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// `-`: to its end.
    #[default]
    Complete,
    /// `R`: waiting for a complete request.
    Request,
    /// `Q`: in a queue.
    Queue,
    /// `C`: connecting to the server.
    Connect,
    /// `H`: waiting for the response's head.
    Headers,
    /// `D`: in the data phase.
    Data,
    /// `L`: sending the last data to the client.
    Last,
    /// `T`: in a tarpit.
    Tarpit,
}

/// What the persistence cookie in the request was worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieInRequest {
    /// `-`: the backend has no cookie persistence.
    #[default]
    NotApplicable,
    /// `N`: there was none.
    None,
    /// `I`: it named no server.
    Invalid,
    /// `D`: its server is down.
    Down,
    /// `V`: it named the server that got the request.
    Valid,
    /// `E`: it was idle for too long.
    Expired,
    /// `O`: it is too old.
    Old,
    /// `U`: persistence was ignored or overridden by a rule.
    Unused,
}

/// What was done to the persistence cookie in the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieInResponse {
    /// `-`: the backend has no cookie persistence.
    #[default]
    NotApplicable,
    /// `N`: the server sent none and none was added.
    None,
    /// `I`: one was inserted.
    Inserted,
    /// `P`: the server sent one, passed on as it was.
    Passed,
    /// `R`: the server's was rewritten.
    Rewritten,
    /// `D`: the server's was removed.
    Deleted,
    /// `U`: the client's was refreshed.
    Updated,
}

/// The four characters of the log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Termination {
    /// First character.
    pub cause: Cause,
    /// Second character.
    pub progress: Progress,
    /// Third character.
    pub cookie_request: CookieInRequest,
    /// Fourth character.
    pub cookie_response: CookieInResponse,
}

impl Termination {
    /// Records why and where the session ended, unless an earlier reason stands.
    pub fn end(&mut self, cause: Cause, progress: Progress) {
        if self.cause == Cause::Normal {
            self.cause = cause;
            self.progress = progress;
        }
    }

    /// The four characters (`%tsc`); `mode tcp` shows the first two (`%ts`).
    pub const fn code(&self) -> [u8; 4] {
        [self.cause.letter(), self.progress.letter(), self.cookie_request.letter(), self.cookie_response.letter()]
    }
}

impl Cause {
    /// The letter of the log line.
    pub const fn letter(self) -> u8 {
        match self {
            Self::Normal => b'-',
            Self::ClientAbort => b'C',
            Self::ClientTimeout => b'c',
            Self::ServerAbort => b'S',
            Self::ServerTimeout => b's',
            Self::Proxy => b'P',
            Self::Resource => b'R',
            Self::Internal => b'I',
            Self::Down => b'D',
            Self::Up => b'U',
            Self::Killed => b'K',
            Self::Local => b'L',
        }
    }
}

impl Progress {
    /// The letter of the log line.
    pub const fn letter(self) -> u8 {
        match self {
            Self::Complete => b'-',
            Self::Request => b'R',
            Self::Queue => b'Q',
            Self::Connect => b'C',
            Self::Headers => b'H',
            Self::Data => b'D',
            Self::Last => b'L',
            Self::Tarpit => b'T',
        }
    }
}

impl CookieInRequest {
    /// The letter of the log line.
    pub const fn letter(self) -> u8 {
        match self {
            Self::NotApplicable => b'-',
            Self::None => b'N',
            Self::Invalid => b'I',
            Self::Down => b'D',
            Self::Valid => b'V',
            Self::Expired => b'E',
            Self::Old => b'O',
            Self::Unused => b'U',
        }
    }
}

impl CookieInResponse {
    /// The letter of the log line.
    pub const fn letter(self) -> u8 {
        match self {
            Self::NotApplicable => b'-',
            Self::None => b'N',
            Self::Inserted => b'I',
            Self::Passed => b'P',
            Self::Rewritten => b'R',
            Self::Deleted => b'D',
            Self::Updated => b'U',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let mut termination = Termination::default();
        assert_eq!(&termination.code(), b"----");
        termination.end(Cause::ServerAbort, Progress::Connect);
        termination.end(Cause::ClientAbort, Progress::Data);
        termination.cookie_request = CookieInRequest::Valid;
        termination.cookie_response = CookieInResponse::None;
        assert_eq!(&termination.code(), b"SCVN");
    }
}
