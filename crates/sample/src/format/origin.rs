//! When and where a line comes from (configuration manual 8.2.6 `%OG`, 8.3.5, 4.4 `do-log`).

/// What made a line be written, in the order in which a transaction meets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Origin {
    /// No log line, or none of those below.
    #[default]
    Unspecified,
    /// What the client sent was understood as no request, or there was none.
    SessionError,
    /// The connection was accepted.
    Accept,
    /// The request has come.
    Request,
    /// The server is connected.
    Connect,
    /// The response has come.
    Response,
    /// It is over.
    Close,
    /// `tcp-request connection do-log`
    TcpRequestConnection,
    /// `tcp-request session do-log`
    TcpRequestSession,
    /// `tcp-request content do-log`
    TcpRequestContent,
    /// `tcp-response content do-log`
    TcpResponseContent,
    /// `http-request do-log`
    HttpRequest,
    /// `http-response do-log`
    HttpResponse,
    /// `http-after-response do-log`
    HttpAfterResponse,
}

impl Origin {
    /// How many there are.
    pub const COUNT: usize = Self::HttpAfterResponse as usize + 1;

    /// Those that `log-steps` and `on` of a log profile name, by name.
    pub const STEPS: [(&str, Self); 12] = [
        ("accept", Self::Accept),
        ("request", Self::Request),
        ("connect", Self::Connect),
        ("response", Self::Response),
        ("close", Self::Close),
        ("http-req", Self::HttpRequest),
        ("http-res", Self::HttpResponse),
        ("http-after-res", Self::HttpAfterResponse),
        ("tcp-req-conn", Self::TcpRequestConnection),
        ("tcp-req-sess", Self::TcpRequestSession),
        ("tcp-req-cont", Self::TcpRequestContent),
        ("tcp-res-cont", Self::TcpResponseContent),
    ];

    /// What `%OG` shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspec",
            Self::SessionError => "sess_error",
            Self::Accept => "txn_accept",
            Self::Request => "txn_request",
            Self::Connect => "txn_connect",
            Self::Response => "txn_response",
            Self::Close => "txn_close",
            Self::TcpRequestConnection => "tcp-req-conn",
            Self::TcpRequestSession => "tcp-req-sess",
            Self::TcpRequestContent => "tcp-req-cont",
            Self::TcpResponseContent => "tcp-res-cont",
            Self::HttpRequest => "http-req",
            Self::HttpResponse => "http-res",
            Self::HttpAfterResponse => "http-after-res",
        }
    }
}
