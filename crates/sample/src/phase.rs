//! When an expression can be evaluated, and when the value of a fetch is to be had.

use std::fmt;

/// A point in the life of a connection (or of the process) at which expressions are evaluated, in the order in which they are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Phase {
    /// `tcp-request connection`.
    TcpRequestConnection,
    /// `tcp-request session`.
    TcpRequestSession,
    /// `tcp-request content` of the frontend.
    FrontendTcpRequest,
    /// `http-request` of the frontend.
    FrontendHttpRequest,
    /// `http-request` of the frontend once a body was waited for.
    FrontendHttpRequestBody,
    /// `use_backend`.
    UseBackend,
    /// `tcp-request content` of the backend; `force-persist` and `ignore-persist`.
    BackendTcpRequest,
    /// `http-request` of the backend.
    BackendHttpRequest,
    /// `http-request` of the backend once a body was waited for.
    BackendHttpRequestBody,
    /// `use-server`, `balance`, `stick match`.
    UseServer,
    /// `source … usesrc`.
    ServerSource,
    /// `tcp-response content` of the backend.
    BackendTcpResponse,
    /// `http-response` of the backend.
    BackendHttpResponse,
    /// `http-response` of the backend once a body was waited for.
    BackendHttpResponseBody,
    /// `stick store-response`.
    StickStore,
    /// `tcp-response content` of the frontend.
    FrontendTcpResponse,
    /// `http-response` of the frontend, `http-after-response`.
    FrontendHttpResponse,
    /// `http-response` of the frontend once a body was waited for.
    FrontendHttpResponseBody,
    /// Log lines.
    Log,
    /// `tcp-check` and `http-check`.
    Check,
    /// While the configuration is read.
    Configuration,
    /// The runtime API.
    Runtime,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; Self::COUNT as usize] = [
        Self::TcpRequestConnection,
        Self::TcpRequestSession,
        Self::FrontendTcpRequest,
        Self::FrontendHttpRequest,
        Self::FrontendHttpRequestBody,
        Self::UseBackend,
        Self::BackendTcpRequest,
        Self::BackendHttpRequest,
        Self::BackendHttpRequestBody,
        Self::UseServer,
        Self::ServerSource,
        Self::BackendTcpResponse,
        Self::BackendHttpResponse,
        Self::BackendHttpResponseBody,
        Self::StickStore,
        Self::FrontendTcpResponse,
        Self::FrontendHttpResponse,
        Self::FrontendHttpResponseBody,
        Self::Log,
        Self::Check,
        Self::Configuration,
        Self::Runtime,
    ];

    /// How messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TcpRequestConnection => "frontend tcp-request connection rule",
            Self::TcpRequestSession => "frontend tcp-request session rule",
            Self::FrontendTcpRequest => "frontend tcp-request content rule",
            Self::FrontendHttpRequest => "frontend http-request header rule",
            Self::FrontendHttpRequestBody => "frontend http-request body rule",
            Self::UseBackend => "frontend use-backend rule",
            Self::BackendTcpRequest => "backend tcp-request content rule",
            Self::BackendHttpRequest => "backend http-request header rule",
            Self::BackendHttpRequestBody => "backend http-request body rule",
            Self::UseServer => "backend use-server, balance or stick-match rule",
            Self::ServerSource => "server source selection",
            Self::BackendTcpResponse => "backend tcp-response content rule",
            Self::BackendHttpResponse => "backend http-response header rule",
            Self::BackendHttpResponseBody => "backend http-response body rule",
            Self::StickStore => "backend stick-store rule",
            Self::FrontendTcpResponse => "frontend tcp-response content rule",
            Self::FrontendHttpResponse => "frontend http-response header rule",
            Self::FrontendHttpResponseBody => "frontend http-response body rule",
            Self::Log => "logs",
            Self::Check => "backend tcp-check rule",
            Self::Configuration => "configuration parser",
            Self::Runtime => "CLI parser",
        }
    }

    const COUNT: u32 = Self::Runtime as u32 + 1;
}

/// The phases in which a fetch has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Validity(u32);

impl Validity {
    /// What does not depend on anything.
    pub const ALWAYS: Self = Self((1 << Phase::COUNT) - 1);
    /// As long as there is a client connection or a check.
    pub const CONNECTION: Self = Self::span(Phase::TcpRequestConnection, Phase::Check);
    /// As long as there is a client connection that the first rules have let in.
    pub const SESSION: Self = Self::span(Phase::TcpRequestSession, Phase::Log);
    /// As long as there is traffic or a check, and from the runtime API; not while the configuration is read.
    pub const LIVE: Self = Self::span(Phase::TcpRequestConnection, Phase::Check).and(Phase::Runtime);
    /// As long as there is a client connection.
    pub const CLIENT: Self = Self::span(Phase::TcpRequestConnection, Phase::Log);
    /// Once there is a backend.
    pub const BACKEND: Self = Self::span(Phase::BackendTcpRequest, Phase::Check);
    /// Once there is a server.
    pub const SERVER: Self = Self::span(Phase::ServerSource, Phase::Check);
    /// While what a server sends is counted.
    pub const RESPONSE_COUNTED: Self = Self::span(Phase::UseServer, Phase::Log);
    /// As long as the response has not been sent to the client; in checks.
    pub const RESPONSE: Self = Self::span(Phase::BackendTcpResponse, Phase::FrontendHttpResponseBody).and(Phase::Check);
    /// In the time of the request as in that of the response.
    pub const EITHER_MESSAGE: Self =
        Self::span(Phase::FrontendTcpRequest, Phase::FrontendHttpResponseBody).and(Phase::Check);
    /// As long as the request has not been sent to a server.
    pub const REQUEST: Self = Self::span(Phase::FrontendTcpRequest, Phase::ServerSource);
    /// What is remembered of the request to the end.
    pub const REQUEST_KEPT: Self = Self::span(Phase::FrontendTcpRequest, Phase::Log);
    /// What is remembered of the response to the end.
    pub const RESPONSE_KEPT: Self = Self::span(Phase::BackendTcpResponse, Phase::Check);

    /// Whether the phase is one of these.
    pub const fn contains(self, phase: Phase) -> bool {
        self.0 & (1 << phase as u32) != 0
    }

    /// The same where the rules of a frontend are those of a backend too: what has a value in the latter has one there.
    pub const fn in_listen(mut self) -> Self {
        const PAIRS: [(Phase, Phase); 6] = [
            (Phase::FrontendTcpRequest, Phase::BackendTcpRequest),
            (Phase::FrontendHttpRequest, Phase::BackendHttpRequest),
            (Phase::FrontendHttpRequestBody, Phase::BackendHttpRequestBody),
            (Phase::FrontendTcpResponse, Phase::BackendTcpResponse),
            (Phase::FrontendHttpResponse, Phase::BackendHttpResponse),
            (Phase::FrontendHttpResponseBody, Phase::BackendHttpResponseBody),
        ];
        let mut place = 0;
        while place < PAIRS.len() {
            let (frontend, backend) = PAIRS[place];
            if self.contains(backend) {
                self = self.and(frontend);
            }
            place += 1;
        }
        self
    }

    const fn and(self, phase: Phase) -> Self {
        Self(self.0 | 1 << phase as u32)
    }

    const fn span(first: Phase, last: Phase) -> Self {
        Self(((1 << (last as u32 + 1)) - 1) & !((1 << first as u32) - 1))
    }
}

/// One letter a phase, in their order: `Y` where it is one of these, a dot elsewhere.
impl fmt::Debug for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..Phase::COUNT).try_for_each(|phase| f.write_str(if self.0 & (1 << phase) != 0 { "Y" } else { "." }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (validity, expected) in [
            (Validity::ALWAYS, "YYYYYYYYYYYYYYYYYYYYYY"),
            (Validity::CONNECTION, "YYYYYYYYYYYYYYYYYYYY.."),
            (Validity::SESSION, ".YYYYYYYYYYYYYYYYYY..."),
            (Validity::LIVE, "YYYYYYYYYYYYYYYYYYYY.Y"),
            (Validity::CLIENT, "YYYYYYYYYYYYYYYYYYY..."),
            (Validity::BACKEND, "......YYYYYYYYYYYYYY.."),
            (Validity::SERVER, "..........YYYYYYYYYY.."),
            (Validity::RESPONSE_COUNTED, ".........YYYYYYYYYY..."),
            (Validity::RESPONSE, "...........YYYYYYY.Y.."),
            (Validity::EITHER_MESSAGE, "..YYYYYYYYYYYYYYYY.Y.."),
            (Validity::REQUEST, "..YYYYYYYYY..........."),
            (Validity::REQUEST_KEPT, "..YYYYYYYYYYYYYYYYY..."),
            (Validity::RESPONSE_KEPT, "...........YYYYYYYYY.."),
        ] {
            assert_eq!(format!("{validity:?}"), expected);
        }
        assert!(!Validity::REQUEST.contains(Phase::BackendHttpResponse));
        assert!(Validity::REQUEST.contains(Phase::UseBackend));
        let both = Validity::BACKEND.in_listen();
        assert!(both.contains(Phase::FrontendHttpRequest) && !both.contains(Phase::UseBackend));
        assert_eq!(Validity::REQUEST.in_listen(), Validity::REQUEST);
    }
}
