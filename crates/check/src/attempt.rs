//! One check: its steps, taken one after the other.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use burdock_base::BindId;
use burdock_model::{
    Address, CheckAction, CheckConnection, CheckDialect, CheckPort, CheckScript, CheckSettings, CheckStep, ConnectStep,
    Content, ExpectStep, Model, Protocol, Proxy, RequestStep, Server, SourceAddress,
};
use burdock_sample::{Expression, Format, Input, Phase, Scratch, Style, Type, Value};
use burdock_state::{CheckReport, CheckStatus, Operational};
use burdock_txn::{Endpoint, Txn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout_at;

use crate::expect::{self, Finding, Received, Refusal};
use crate::failure::Failure;
use crate::http::{self, Exchange, Incoming};
use crate::link::{self, Ending, Link};
use crate::text::{self, told};
use crate::{server_state, wording};

/// Whom a check is about.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    /// What there is.
    pub(crate) model: &'a Model,
    /// The backend.
    pub(crate) proxy: &'a Proxy,
    /// The server.
    pub(crate) server: &'a Server,
    /// How it is checked.
    pub(crate) settings: &'a CheckSettings,
}

/// Takes all steps of a script, and says what came of them. The last connection stays open as long as it is kept: the other side may take
/// its end for the sign that we have heard.
pub(crate) async fn attempt(occasion: Occasion<'_>, script: &CheckScript) -> (CheckReport, LastConnection) {
    let began = Instant::now();
    let mut attempt = Attempt::new(occasion, script);
    let outcome = attempt.take_steps().await;
    let mut report = match outcome {
        Ok(()) => attempt.success(),
        Err(failure) => failure.report(),
    };
    report.duration_ms = Some(u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX));
    (report, LastConnection(std::mem::replace(&mut attempt.line, Line::Closed)))
}

/// The connection that an attempt ended with; it ends when this is dropped.
pub(crate) struct LastConnection(Line);

impl LastConnection {
    /// There is none.
    pub(crate) const fn none() -> Self {
        Self(Line::Closed)
    }
}

impl Drop for LastConnection {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How long an attempt may take. `timeout check` bounds what follows the connection and leaves the connection itself to `timeout
/// connect`; without it the interval bounds everything (configuration manual 4.2 `timeout check`).
pub(crate) fn limit_ms(settings: &CheckSettings) -> u64 {
    match settings.timeout_ms {
        Some(_) => settings.connect_timeout_ms.unwrap_or(u64::MAX).min(settings.inter_ms),
        None => settings.inter_ms,
    }
}

struct Attempt<'a> {
    occasion: Occasion<'a>,
    script: &'a CheckScript,
    /// What expressions see: the server, variables, what was received.
    txn: Txn,
    line: Line,
    /// How the present connection speaks.
    protocol: Protocol,
    deadline: tokio::time::Instant,
    last: Last<'a>,
    /// What a protocol's answer told.
    told: Option<String>,
}

/// The present connection.
enum Line {
    Closed,
    Open(Link),
    /// A request was sent over it.
    Asked(Exchange),
}

impl Line {
    /// Ends the connection.
    fn close(&mut self) {
        match std::mem::replace(self, Self::Closed) {
            Self::Closed => {}
            Self::Open(link) => link.close(),
            Self::Asked(exchange) => exchange.close(),
        }
    }
}

/// The last step that can decide what a check comes to.
enum Last<'a> {
    Nothing,
    Connected { with_tls: bool },
    Sent,
    Expected(&'a ExpectStep),
}

impl<'a> Attempt<'a> {
    fn new(occasion: Occasion<'a>, script: &'a CheckScript) -> Self {
        let Occasion { model, proxy, server, settings } = occasion;
        let nowhere = Endpoint::Unix(0);
        let mut txn = Txn::new(nowhere, nowhere, proxy.id, BindId(0), model.process.clock.now());
        txn.server = Some(server.id);
        let mut attempt = Self {
            occasion,
            script,
            txn,
            line: Line::Closed,
            protocol: Protocol::Auto,
            deadline: tokio::time::Instant::now() + Duration::from_millis(limit_ms(settings)),
            last: Last::Nothing,
            told: None,
        };
        if let Some(format) = &script.unique_id {
            let scratch = Scratch::new();
            let id = format.text(&attempt.input(&scratch), Style::Plain).into();
            attempt.txn.unique_id = Some(id);
        }
        attempt
    }

    async fn take_steps(&mut self) -> Result<(), Failure> {
        let script = self.script;
        for (index, step) in script.steps.iter().enumerate() {
            self.take(index, step).await.map_err(|mut failure| {
                if failure.is_of_connection {
                    failure.info.push_str(&wording::place(script, step));
                }
                failure.info = told(failure.info.as_bytes());
                failure
            })?;
        }
        Ok(())
    }

    async fn take(&mut self, index: usize, step: &'a CheckStep) -> Result<(), Failure> {
        match &step.action {
            CheckAction::Connect(connect) => {
                let follows = self.script.steps.get(index + 1..).unwrap_or_default();
                self.connect(connect, follows).await
            }
            CheckAction::Send(wanted) => {
                let scratch = Scratch::new();
                let made = text::made(wanted, &self.input(&scratch)).map(Vec::from);
                let made = made.map_err(|_| Failure {
                    status: CheckStatus::Layer7Problem,
                    code: 0,
                    info: format!("tcp-check send : failed to build log-format string at step {}", step.number),
                    is_of_connection: false,
                })?;
                self.last = Last::Sent;
                self.txn.response_payload.clear();
                self.within(CheckStatus::Layer7Timeout, async |attempt| attempt.send(&made).await).await
            }
            CheckAction::Request(request) => {
                self.last = Last::Sent;
                self.within(CheckStatus::Layer7Timeout, async |attempt| attempt.ask(request).await).await
            }
            CheckAction::Expect(expect) => {
                self.last = Last::Expected(expect);
                self.within(expect.timeout_status, async |attempt| attempt.expect(step, expect).await).await
            }
            CheckAction::SetVariable(variable, value) => {
                let scratch = Scratch::new();
                let input = self.input(&scratch);
                if let Some(value) = value.evaluate(&input) {
                    variable.set(value, &input);
                }
                Ok(())
            }
            CheckAction::SetVariableText(variable, text) => {
                let scratch = Scratch::new();
                let input = self.input(&scratch);
                variable.set(Value::Str(text.text(&input, Style::Plain)), &input);
                Ok(())
            }
            CheckAction::UnsetVariable(variable) => {
                let scratch = Scratch::new();
                variable.unset(&self.input(&scratch));
                Ok(())
            }
        }
    }

    /// Does something that ends by the deadline.
    async fn within(
        &mut self,
        timeout_status: CheckStatus,
        action: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let deadline = self.deadline;
        timeout_at(deadline, action(self)).await.unwrap_or_else(|_elapsed| Err(Failure::timeout(timeout_status)))
    }

    fn input<'s>(&'s self, scratch: &'s Scratch) -> Input<'s> {
        let model = self.occasion.model;
        let now = model.process.clock.now();
        Input { txn: &self.txn, world: &model.directory, now, phase: Phase::Check, scratch }
    }

    async fn connect(&mut self, step: &ConnectStep, follows: &[CheckStep]) -> Result<(), Failure> {
        self.hang_up();
        self.txn.response_payload.clear();
        self.txn.response.clear();
        let Occasion { settings, .. } = self.occasion;
        let plain = CheckConnection::default();
        let connection = settings.connections.get(step.slot).unwrap_or(&plain);
        let says_nothing = follows.is_empty() && connection.tls.is_none() && connection.proxy_header.is_none();
        let ending = match step.linger {
            true => Ending::Orderly,
            false if says_nothing => Ending::Unnoticed,
            false => Ending::Reset,
        };
        let address = self.address(step);
        let connecting = link::connect(&address, self.source(), ending);
        let socket = timeout_at(self.deadline, connecting)
            .await
            .unwrap_or_else(|_elapsed| Err(Failure::timeout(CheckStatus::Layer4Timeout)))?;
        if let Some(ms) = settings.timeout_ms {
            self.deadline = tokio::time::Instant::now() + Duration::from_millis(ms);
        }
        self.last = Last::Connected { with_tls: connection.tls.is_some() };
        self.protocol = connection.protocol;
        if says_nothing && ending == Ending::Unnoticed {
            return Ok(());
        }
        let mut link = Link::new(socket, &address, ending)?;
        if let Some(local) = link.local_address() {
            self.txn.client = Endpoint::from_ip(local);
        }
        let status = if connection.tls.is_some() { CheckStatus::Layer6Timeout } else { CheckStatus::Layer4Timeout };
        let asked_host = connection.sni_auto.then(|| self.host_of_request(follows)).flatten();
        let dressing = async {
            if let Some(header) = &connection.proxy_header {
                link.introduce(header).await?;
            }
            match &connection.tls {
                Some(tls) => link.secure(&tls.tls, tls.sni.as_deref().or(asked_host.as_deref())).await,
                None => Ok(link),
            }
        };
        let link =
            timeout_at(self.deadline, dressing).await.unwrap_or_else(|_elapsed| Err(Failure::timeout(status)))?;
        if self.protocol == Protocol::Auto && link.agreed_protocol() == Some(b"h2") {
            self.protocol = Protocol::Http2;
        }
        self.line = Line::Open(link);
        Ok(())
    }

    /// The host that the next request asks for, without its port.
    fn host_of_request(&self, follows: &[CheckStep]) -> Option<String> {
        let request = follows.iter().find_map(|step| match &step.action {
            CheckAction::Request(request) => Some(request),
            _ => None,
        })?;
        let (_, host) = request.headers.iter().find(|(name, _)| **name == *b"host")?;
        let scratch = Scratch::new();
        let host = host.text(&self.input(&scratch), Style::Plain);
        let name = host.split(|&byte| byte == b':').next().filter(|name| !name.is_empty())?;
        String::from_utf8(name.to_vec()).ok()
    }

    fn address(&self, step: &ConnectStep) -> Address {
        let Occasion { server, settings, .. } = self.occasion;
        let usual = settings.address.as_ref().unwrap_or(&server.address);
        let port = match &step.port {
            Some(CheckPort::Fixed(port)) => Some(*port),
            Some(CheckPort::Sample(expression)) => self.number(expression).and_then(|port| u16::try_from(port).ok()),
            None => None,
        };
        match step.address.as_ref().unwrap_or(usual) {
            Address::Tcp(address) => {
                let usual_port = if let Address::Tcp(usual) = usual { usual.port() } else { 0 };
                let own_port = if address.port() == 0 { usual_port } else { address.port() };
                Address::Tcp(SocketAddr::new(address.ip(), port.filter(|port| *port > 0).unwrap_or(own_port)))
            }
            other => other.clone(),
        }
    }

    fn source(&self) -> Option<&'a SourceAddress> {
        let Occasion { server, proxy, .. } = self.occasion;
        server.source.as_ref().or_else(|| proxy.backend.as_ref()?.source.as_ref())
    }

    fn number(&self, expression: &Expression) -> Option<i64> {
        let scratch = Scratch::new();
        let value = expression.evaluate(&self.input(&scratch))?;
        // Bytes that are a number are one: `res.payload(0,3)`.
        let value = if let Value::Bin(bytes) = value { Value::Str(bytes) } else { value };
        match value.cast(Type::Int, &scratch)? {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let Line::Open(link) = &mut self.line else { return Err(Failure::no_http()) };
        link.write_all(bytes).await.map_err(|error| Failure::broken(&error))?;
        link.flush().await.map_err(|error| Failure::broken(&error))
    }

    async fn ask(&mut self, step: &RequestStep) -> Result<(), Failure> {
        let Line::Open(link) = std::mem::replace(&mut self.line, Line::Closed) else {
            return Err(Failure::no_http());
        };
        let state = self.script.send_state.then(|| server_state::tell(self.occasion));
        let scratch = Scratch::new();
        let request = http::compose(step, state.as_deref(), &self.input(&scratch)).ok_or_else(Failure::no_http)?;
        let exchange = match self.protocol {
            Protocol::Http2 => Exchange::begin_http2(link, request).await?,
            // The configuration has no checks that speak FastCGI.
            Protocol::Auto | Protocol::Http1 | Protocol::FastCgi => Exchange::begin_http1(link, request).await?,
        };
        self.line = Line::Asked(exchange);
        Ok(())
    }

    async fn expect(&mut self, step: &CheckStep, expect: &ExpectStep) -> Result<(), Failure> {
        if self.script.dialect == CheckDialect::Http {
            return self.expect_response(step, expect).await;
        }
        loop {
            let payload = &self.txn.response_payload;
            let received = Received { bytes: &payload.bytes, is_all: payload.complete };
            if received.is_all && received.bytes.is_empty() && !expect.negated {
                let info = format!("TCPCHK got an empty response at step {}", step.number);
                return Err(self.refused(step, expect, Refusal { status: None, code: 0, info }));
            }
            let scratch = Scratch::new();
            let finding = expect::in_bytes(expect, received, &self.input(&scratch));
            match finding {
                Finding::More => self.read().await?,
                finding => return self.judge(step, expect, finding),
            }
        }
    }

    async fn expect_response(&mut self, step: &CheckStep, expect: &ExpectStep) -> Result<(), Failure> {
        while self.txn.response.status == 0 {
            self.read().await?;
        }
        let is_down = self.occasion.server.state.operational() == Operational::Stopped;
        if self.script.disable_on_404 && self.txn.response.status == 404 && !is_down {
            let (status, info) = (CheckStatus::Layer7Conditional, String::new());
            return Err(Failure { status, code: 404, info, is_of_connection: false });
        }
        loop {
            let payload = &self.txn.response_payload;
            let received = Received { bytes: &payload.bytes, is_all: payload.complete };
            let scratch = Scratch::new();
            let input = self.input(&scratch);
            let in_head = expect::in_head(expect, &self.txn.response, &input);
            let finding = in_head.unwrap_or_else(|| expect::in_body(expect, received, &input));
            match finding {
                Finding::More => self.read().await?,
                finding => return self.judge(step, expect, finding),
            }
        }
    }

    /// Receives more, at least a byte or the end.
    async fn read(&mut self) -> Result<(), Failure> {
        let limit = self.occasion.model.global.tune.buffer_size;
        let (head, body) = (&mut self.txn.response, &mut self.txn.response_payload);
        match &mut self.line {
            Line::Closed => Err(Failure::no_http()),
            Line::Asked(exchange) => exchange.receive(Incoming { head, body, limit }).await,
            Line::Open(link) => {
                match link.read_buf(&mut body.bytes).await {
                    Ok(count) => body.complete = count == 0,
                    // Servers of TLS that just go are no less common than those of TCP.
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => body.complete = true,
                    // What came before counts.
                    Err(_) if !body.bytes.is_empty() => body.complete = true,
                    Err(error) => return Err(Failure::broken(&error)),
                }
                if body.bytes.len() >= limit {
                    body.bytes.truncate(limit);
                    body.complete = true;
                }
                Ok(())
            }
        }
    }

    fn judge(&mut self, step: &CheckStep, expect: &ExpectStep, finding: Finding) -> Result<(), Failure> {
        match finding {
            Finding::Found(info) if !expect.negated => {
                self.told = info.or(self.told.take());
                Ok(())
            }
            Finding::Missing if expect.negated => Ok(()),
            Finding::Refused(refusal) => Err(self.refused(step, expect, refusal)),
            Finding::Found(_) | Finding::Missing | Finding::More => {
                let reason = self.txn.response.reason();
                let info = match (&expect.content, self.script.dialect) {
                    (Content::Status(_) | Content::StatusRegex(_) | Content::Header(_), _) if !reason.is_empty() => {
                        told(reason)
                    }
                    (_, CheckDialect::Tcp { .. } | CheckDialect::Http) => wording::mismatch(self.script, step, expect),
                    (_, CheckDialect::Plain | CheckDialect::Protocol) => String::new(),
                };
                Err(self.refused(step, expect, Refusal { status: None, code: 0, info }))
            }
        }
    }

    /// The failure of an `expect` step.
    fn refused(&self, step: &CheckStep, expect: &ExpectStep, refusal: Refusal) -> Failure {
        let mut info = match &expect.on_error {
            Some(format) => self.text(format),
            None => refusal.info,
        };
        if let Some(comment) = &step.comment {
            info.push_str(" comment: ");
            info.push_str(comment);
        }
        let (status, code) = match refusal.status {
            Some(status) => (status, refusal.code),
            None => (expect.error_status, self.code(expect)),
        };
        Failure { status, code, info, is_of_connection: false }
    }

    fn success(&self) -> CheckReport {
        let (status, code, said) = match self.last {
            Last::Nothing | Last::Connected { with_tls: false } => (CheckStatus::Layer4Passed, 0, None),
            Last::Connected { with_tls: true } => (CheckStatus::Layer6Passed, 0, None),
            Last::Sent => (CheckStatus::Layer7Passed, 0, None),
            Last::Expected(expect) => {
                (expect.ok_status, self.code(expect), expect.on_success.as_ref().map(|format| self.text(format)))
            }
        };
        let usual = match self.script.dialect {
            CheckDialect::Tcp { has_lines: true } => "(tcp-check)",
            _ => "",
        };
        let info = said.or_else(|| self.told.clone()).unwrap_or_else(|| usual.to_owned());
        CheckReport { status, duration_ms: None, code, info }
    }

    fn text(&self, format: &Format) -> String {
        let scratch = Scratch::new();
        told(format.text(&self.input(&scratch), Style::Plain))
    }

    /// The code that goes with the outcome of an `expect` step.
    fn code(&self, expect: &ExpectStep) -> i32 {
        match &expect.code {
            Some(expression) => self.number(expression).and_then(|code| i32::try_from(code).ok()).unwrap_or(0),
            None => i32::from(self.txn.response.status),
        }
    }

    /// Ends the present connection.
    fn hang_up(&mut self) {
        self.line.close();
    }
}

#[cfg(test)]
mod tests;
