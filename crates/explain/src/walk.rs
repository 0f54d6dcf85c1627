//! The way of a request through a configuration, in the order of the engine's phases.

mod stick;

use std::net::SocketAddr;
use std::sync::Arc;

use burdock_balance::Pick;
use burdock_base::{BindId, Instant, ProxyId, ServerId};
use burdock_fcgi::Pairs;
use burdock_http::KnownHeader;
use burdock_http::bytes::parse_decimal;
use burdock_http::h1::{HeadLimits, Parse, ParseRules, RequestParser};
use burdock_model::{Address, Backend, Mode, Model, PersistKind, Protocol, Proxy, Server, SwitchTarget};
use burdock_persist::{Binding, Reach};
use burdock_rules::{Answer, Condition, Content, Flow, Reason, RuleSetKind, Scene, Wait};
use burdock_sample::{Input, Phase, Scratch, Style};
use burdock_state::Operational;
use burdock_txn::{Cause, CookieInRequest, CookieInResponse, Endpoint, Progress, Txn};

use crate::account::{Account, Outcome, Stage, Step};
use crate::change::{Before, lines, request_line};
use crate::question::{Question, QuestionFault, Url};
use crate::variable::Variables;

/// Tells what would become of a request. The model's state is used up by it: load a configuration for each question.
///
/// # Errors
/// The question names something that the configuration has not.
pub fn explain(model: &Model, question: &Question) -> Result<Account, QuestionFault> {
    take_down(model, &question.down)?;
    let (frontend, bind, why) = frontend(model, question)?;
    let mut walk = Walk::new(model, frontend, bind, question);
    walk.stages.push(Stage { title: "frontend".into(), steps: vec![Step::decided(why)] });
    walk.outcome.frontend.clone_from(&frontend.name);
    walk.run(question);
    let request = format!("{} {} from {}", question.method, question.url, question.from);
    Ok(Account { request, stages: walk.stages, outcome: walk.outcome })
}

fn take_down(model: &Model, down: &[(String, String)]) -> Result<(), QuestionFault> {
    for (backend, server) in down {
        let missing = || QuestionFault::NoServer(format!("{backend}/{server}"));
        let side = model.backend_named(backend).and_then(|proxy| proxy.backend.as_ref()).ok_or_else(missing)?;
        let server = side.servers.iter().find(|known| known.name == *server).ok_or_else(missing)?;
        server.state.set_health(0, Operational::Stopped, Instant::START, &side.state);
    }
    Ok(())
}

/// Who takes the request, on which address, and why.
fn frontend<'m>(model: &'m Model, question: &Question) -> Result<(&'m Arc<Proxy>, BindId, String), QuestionFault> {
    let fitting = || model.proxies.iter().filter(|proxy| !proxy.disabled && proxy.frontend.is_some());
    if let Some(name) = &question.frontend {
        let found = fitting().find(|proxy| proxy.name == *name);
        let missing = || QuestionFault::NoFrontend(format!("there is no frontend '{name}'"));
        return Ok((found.ok_or_else(missing)?, BindId(0), format!("'{name}', as asked for")));
    }
    let port = Url::new(&question.url).port;
    let listening = fitting().find_map(|proxy| {
        let binds = &proxy.frontend.as_ref()?.binds;
        let of_port = |address: &Address| matches!(address, Address::Tcp(address) if Some(address.port()) == port);
        let bind = binds.iter().find(|bind| of_port(&bind.address))?;
        Some((proxy, bind.id, format!("'{}' listens on {}", proxy.name, bind.address)))
    });
    if let Some(found) = listening {
        return Ok(found);
    }
    let first = fitting().find(|proxy| proxy.mode == Mode::Http).or_else(|| fitting().next());
    let first = first.ok_or_else(|| QuestionFault::NoFrontend("no section of the configuration listens".into()))?;
    let why = match port {
        Some(port) => format!("'{}', the first there is: nothing listens on port {port}", first.name),
        None => format!("'{}', the first there is", first.name),
    };
    Ok((first, BindId(0), why))
}

struct Walk<'m> {
    model: &'m Model,
    frontend: &'m Arc<Proxy>,
    backend: &'m Arc<Proxy>,
    txn: Txn,
    scratch: Scratch,
    now: Instant,
    stages: Vec<Stage>,
    outcome: Outcome,
}

/// The request goes no further: its answer is ours, or there is none.
struct Ended;

impl<'m> Walk<'m> {
    fn new(model: &'m Model, frontend: &'m Arc<Proxy>, bind: BindId, question: &Question) -> Self {
        let address =
            frontend.frontend.as_ref().and_then(|side| side.binds.get(bind.index())).map(|bind| &bind.address);
        let local = match address {
            Some(Address::Tcp(address)) => *address,
            _ => SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let client = Endpoint::from_ip(SocketAddr::new(question.from, CLIENT_PORT));
        let now = model.process.clock.now();
        let mut txn = Txn::new(client, Endpoint::from_ip(local), frontend.id, bind, now);
        let timings = &mut txn.timings;
        (timings.handshaken, timings.first_byte, timings.request) = (Some(now), Some(now), Some(now));
        let (stages, outcome) = (Vec::new(), Outcome::default());
        Self { model, frontend, backend: frontend, txn, scratch: Scratch::new(), now, stages, outcome }
    }

    fn run(&mut self, question: &Question) {
        let ended = if self.frontend.mode == Mode::Tcp { self.connection() } else { self.request(question) };
        if ended.is_ok() && self.frontend.mode == Mode::Http {
            // What ends a response is told where it happens.
            let _ = self.response(question);
        }
        self.txn.timings.closed = Some(self.now);
        self.outcome.log = burdock_observe::log::traffic_line(self.model, self.frontend, &self.txn);
    }

    fn connection(&mut self) -> Result<(), Ended> {
        for kind in [RuleSetKind::TcpRequestConnection, RuleSetKind::TcpRequestSession, RuleSetKind::TcpRequestContent]
        {
            self.rules(self.frontend, kind)?;
        }
        self.choose_backend()?;
        self.choose_server(Binding::default())
    }

    fn request(&mut self, question: &Question) -> Result<(), Ended> {
        for kind in [RuleSetKind::TcpRequestConnection, RuleSetKind::TcpRequestSession] {
            self.rules(self.frontend, kind)?;
        }
        self.parse(question)?;
        self.rules(self.frontend, RuleSetKind::TcpRequestContent)?;
        self.rules(self.frontend, RuleSetKind::HttpRequest)?;
        self.choose_backend()?;
        if self.backend.id != self.frontend.id {
            self.rules(self.backend, RuleSetKind::TcpRequestContent)?;
            self.rules(self.backend, RuleSetKind::HttpRequest)?;
        }
        let binding = self.persist()?;
        self.stick(binding.server.is_some());
        let before = Before::of(&self.txn);
        if burdock_engine::rewrite_for_server(
            self.frontend,
            self.backend,
            &mut self.txn,
            &self.model.directory,
            self.now,
        )
        .is_err()
        {
            return self.fail(400, "the request has no room for what is added to it");
        }
        self.decide("what the proxy adds", before.changes(&self.txn));
        self.choose_server(binding)?;
        self.outcome.request_to_server = match self.parameters()? {
            Some(parameters) => parameters,
            None => {
                std::iter::once(request_line(&self.txn) + " HTTP/1.1").chain(lines(&self.txn.request.headers)).collect()
            }
        };
        self.respond(question, &binding)
    }

    /// What a FastCGI application is told; nothing where the server speaks HTTP.
    fn parameters(&mut self) -> Result<Option<Vec<String>>, Ended> {
        let side = self.backend.backend.as_ref();
        let server = side.and_then(|side| side.servers.get(self.txn.server?));
        let app = side.and_then(|side| side.fcgi_app.as_ref());
        let (Some(server), Some(app)) = (server, app) else { return Ok(None) };
        if server.protocol != Protocol::FastCgi {
            return Ok(None);
        }
        let length = self.txn.request.headers.find(KnownHeader::ContentLength).and_then(parse_decimal).unwrap_or(0);
        let (world, mut pairs) = (&self.model.directory, Vec::new());
        if burdock_engine::append_fcgi_parameters(app, &self.txn, world, self.now, length, &mut pairs).is_err() {
            return self.fail(500, "the path leads to no script").map(|()| None);
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ok(Some(Pairs::new(&pairs).map(|(name, value)| text(name) + "=" + &text(value)).collect()))
    }

    fn parse(&mut self, question: &Question) -> Result<(), Ended> {
        let message = question.message();
        let tune = &self.model.global.tune;
        let limits = HeadLimits {
            max_bytes: tune.max_head(),
            max_headers: tune.max_headers,
            max_bytes_rewritten: tune.buffer_size,
        };
        let rules = ParseRules { relaxed: self.frontend.http.relaxed_requests, ..ParseRules::default() };
        let parsed = RequestParser::new().parse(&message, &limits, &rules, &mut self.txn.request);
        match parsed {
            Ok(Parse::Complete { .. }) => {
                self.txn.request_valid = true;
                Ok(())
            }
            Ok(Parse::Partial) => self.fail(400, "the request is not complete"),
            Err(error) => self.fail(400, &format!("this is no valid HTTP request: {error:?}")),
        }
    }

    /// The rules of a kind, each with what it saw and did.
    fn rules(&mut self, proxy: &'m Arc<Proxy>, kind: RuleSetKind) -> Result<(), Ended> {
        let rules = proxy.rules.of(kind);
        if rules.is_empty() {
            return Ok(());
        }
        let side = if proxy.frontend.is_some() { "frontend" } else { "backend" };
        let phase = kind.phase(proxy.backend.is_none());
        let mut stage = Stage { title: format!("{side} '{}': {}", proxy.name, kind.keyword()), steps: Vec::new() };
        let mut result = Ok(());
        // `strict-mode off` holds for the set that it stands in.
        self.txn.directives.lenient = false;
        for rule in &rules.rules {
            let (model, now) = (self.model, self.now);
            // Conditions may change variables too.
            let variables = Variables::of(&self.txn, &model.directory);
            let mut scene = Scene { txn: &mut self.txn, world: &model.directory, now, phase, scratch: &self.scratch };
            let trace = rule.condition.trace(&scene.input());
            let place = format!("{}:{}", rule.place.file, rule.place.line);
            let mut step = Step::rule(place, rule.place.text.to_string(), trace);
            if !step.applies {
                step.variables = variables.changes(&self.txn, &model.directory);
                stage.steps.push(step);
                continue;
            }
            let before = Before::of(scene.txn);
            let flow = rule.act.run(&mut scene);
            step.effects = before.changes(&self.txn);
            step.variables = variables.changes(&self.txn, &model.directory);
            let (effect, stops) = self.follow(flow, kind);
            step.effects.extend(effect);
            stage.steps.push(step);
            if let Some(end) = stops {
                result = end;
                break;
            }
        }
        self.stages.push(stage);
        result
    }

    /// What an action's word means: in a sentence, and whether it ends the set or the request.
    fn follow(&mut self, flow: Flow, kind: RuleSetKind) -> (Option<String>, Option<Result<(), Ended>>) {
        let progress = if kind.is_response() { Progress::Headers } else { Progress::Request };
        match flow {
            Flow::Continue => (None, None),
            Flow::Accept => (Some("no further rule of this set".into()), Some(Ok(()))),
            Flow::Resolve(lookup) => {
                let (section, record, name) = (&lookup.section.name, lookup.prefer.record(), &lookup.name);
                let text = format!(
                    "would ask the name servers of '{section}' for '{name}' ({record} records first); they are not asked here, so \
                     the variable stays as it is"
                );
                (Some(text), None)
            }
            Flow::Wait(Wait::Pause { ms }) => (Some(format!("waits for {ms} ms")), None),
            Flow::Wait(_) => (Some("waits for more to arrive".into()), None),
            Flow::Log(_) => (Some("a log line is written".into()), None),
            Flow::Interim(head) => (Some(format!("the client gets an interim response {}", head.status)), None),
            Flow::Failed if self.txn.directives.lenient => (Some("could not be carried out".into()), None),
            Flow::Failed => {
                let status = if kind.is_response() { 502 } else { 500 };
                self.answered(status, "a rule could not be carried out");
                self.txn.termination.end(Cause::Proxy, progress);
                (Some(format!("could not be carried out: {status}")), Some(Err(Ended)))
            }
            Flow::Reject | Flow::SilentDrop => {
                self.outcome.why = "the connection is closed by a rule, without an answer".into();
                self.txn.termination.end(Cause::Proxy, progress);
                (Some("the connection is closed".into()), Some(Err(Ended)))
            }
            Flow::SwitchMode(_) => (Some("the connection goes on in mode http".into()), Some(Ok(()))),
            Flow::Serve(service) => {
                self.txn.service = Some(service);
                self.txn.termination.end(Cause::Local, progress);
                self.answered(200, "a service answers");
                (Some(format!("answered here by the service {}", service.shown_as())), Some(Err(Ended)))
            }
            Flow::Answer(answer) => {
                let text = self.answer(*answer, progress);
                (Some(text), Some(Err(Ended)))
            }
        }
    }

    /// An answer of ours, with the rules for all responses applied.
    fn answer(&mut self, answer: Answer, progress: Progress) -> String {
        let cause = if answer.reason == Reason::Answered { Cause::Local } else { Cause::Proxy };
        self.txn.termination.end(cause, progress);
        match &answer.content {
            Content::Reply(reply) => self.txn.response.copy_from(&reply.head),
            Content::Ready(Some(reply)) => self.txn.response.copy_from(&reply.head),
            Content::Ready(None) | Content::Page | Content::Challenge(_) => {
                self.txn.response.clear();
                self.txn.response.set_status(answer.status);
            }
        }
        self.answered(answer.status, "a rule answers");
        self.outcome.response_to_client = self.response_lines();
        format!("answered here: {} {}", answer.status, burdock_http::status::reason(answer.status))
    }

    fn answered(&mut self, status: u16, why: &str) {
        self.txn.status = i32::from(status);
        self.outcome.status = Some(status);
        self.outcome.why = why.into();
    }

    fn fail(&mut self, status: u16, why: &str) -> Result<(), Ended> {
        self.answered(status, why);
        self.txn.termination.end(Cause::Proxy, Progress::Request);
        self.decide("refused", vec![format!("{status}: {why}")]);
        Err(Ended)
    }

    fn decide(&mut self, title: &str, texts: Vec<String>) {
        if !texts.is_empty() {
            self.stages.push(Stage { title: title.into(), steps: texts.into_iter().map(Step::decided).collect() });
        }
    }

    /// How a condition comes out at this point.
    fn tried(&self, condition: &Condition, phase: Phase, place: String, text: String) -> Step {
        let input =
            Input { txn: &self.txn, world: &self.model.directory, now: self.now, phase, scratch: &self.scratch };
        Step::rule(place, text, condition.trace(&input))
    }

    fn choose_backend(&mut self) -> Result<(), Ended> {
        let Some(side) = &self.frontend.frontend else { return Ok(()) };
        let mut steps = Vec::new();
        let mut chosen = None;
        for rule in &side.switch_rules {
            let target = match &rule.target {
                SwitchTarget::Backend(id) => Some(*id),
                SwitchTarget::Named(format) => {
                    let phase = Phase::UseBackend;
                    let (txn, world, now) = (&self.txn, &*self.model.directory, self.now);
                    let input = Input { txn, world, now, phase, scratch: &self.scratch };
                    self.model.backends.get(format.text(&input, Style::Plain)).copied()
                }
            };
            let name = target.map_or("(a name that there is not)", |id| &self.model.proxy(id).name);
            let step =
                self.tried(&rule.condition, Phase::UseBackend, rule.position.clone(), format!("use_backend {name}"));
            let applies = step.applies;
            steps.push(step);
            if applies {
                chosen = target;
                break;
            }
        }
        let chosen = chosen.or_else(|| {
            let default = side.default_backend?;
            steps.push(Step::decided(match default == self.frontend.id {
                true => format!("'{}' has servers of its own", self.frontend.name),
                false => format!("default_backend {}", self.model.proxy(default).name),
            }));
            Some(default)
        });
        self.stages.push(Stage { title: "backend".into(), steps });
        let Some(backend) = chosen.map(|id: ProxyId| self.model.proxy(id)).filter(|backend| !backend.disabled) else {
            self.answered(503, "no rule takes the request, and there is no default backend");
            self.txn.termination.end(Cause::ServerAbort, Progress::Connect);
            return Err(Ended);
        };
        self.backend = backend;
        self.txn.backend = backend.id;
        self.outcome.backend = Some(backend.name.clone());
        Ok(())
    }

    fn persist(&mut self) -> Result<Binding, Ended> {
        let Some(side) = &self.backend.backend else { return Ok(Binding::default()) };
        let mut reach = if side.persist { Reach::Any } else { Reach::Usable };
        let mut steps = Vec::new();
        for rule in side.persist_rules.iter() {
            let text = if rule.kind == PersistKind::Force { "force-persist" } else { "ignore-persist" };
            let step =
                self.tried(&rule.condition, Phase::BackendTcpRequest, self.backend.position.clone(), text.into());
            let applies = step.applies;
            steps.push(step);
            if applies {
                reach = if rule.kind == PersistKind::Force { Reach::Any } else { Reach::Nothing };
                break;
            }
        }
        let mut rule_binding = Binding::default();
        if let Some(id) = burdock_engine::chosen_server(self.model, side, &self.txn, reach, self.now) {
            reach = Reach::Chosen(id);
            rule_binding.server = Some(id);
            let name = side.servers.get(id).map_or("", |server| &server.name);
            steps.push(Step::decided(format!("a 'use-server' rule chooses '{name}'")));
        }
        let Some(persistence) = &side.persistence else {
            if rule_binding.server.is_some() {
                self.stages.push(Stage { title: "persistence".into(), steps });
            }
            return Ok(rule_binding);
        };
        let now_s = self.model.process.clock.wall_seconds(self.now);
        let before = Before::of(&self.txn);
        let Ok(binding) = persistence.bind_request(&mut self.txn.request, reach, now_s) else {
            return Ok(Binding::default());
        };
        self.txn.termination.cookie_request = binding.flag;
        if binding.flag != CookieInRequest::NotApplicable {
            self.txn.termination.cookie_response = CookieInResponse::None;
        }
        let name = String::from_utf8_lossy(&persistence.policy().name).into_owned();
        let server = binding.server.and_then(|id| side.servers.get(id)).map(|server| server.name.as_str());
        let mut step = Step::decided(match (binding.flag, server) {
            (_, Some(server)) => format!("the cookie {name} binds the request to '{server}'"),
            (CookieInRequest::None, _) => format!("there is no cookie {name}: a new visitor"),
            (CookieInRequest::Invalid, _) => format!("the cookie {name} names no server"),
            (CookieInRequest::Down, _) => format!("the cookie {name} names a server that is down"),
            (CookieInRequest::Expired | CookieInRequest::Old, _) => format!("the cookie {name} is too old"),
            _ => format!("the cookie {name} is not looked at"),
        });
        step.effects = before.changes(&self.txn);
        steps.push(step);
        self.stages.push(Stage { title: "persistence".into(), steps });
        Ok(binding)
    }

    fn choose_server(&mut self, binding: Binding) -> Result<(), Ended> {
        let Some(side) = &self.backend.backend else { return Ok(()) };
        let mut steps: Vec<_> = side.servers.iter().map(|server| Step::decided(standing(server))).collect();
        let chosen = match binding.server {
            Some(id) if binding.flag == CookieInRequest::Valid => Some((id, "its cookie says so".to_owned())),
            Some(id) => Some((id, "a 'use-server' rule says so".to_owned())),
            None => self.balanced(side),
        };
        let Some((id, why)) = chosen else {
            steps.push(Step::decided("no server takes requests"));
            self.stages.push(Stage { title: "server".into(), steps });
            self.answered(503, "no server of the backend takes requests");
            self.txn.termination.end(Cause::ServerAbort, Progress::Connect);
            return Err(Ended);
        };
        let name = side.servers.get(id).map(|server| server.name.clone());
        steps.push(Step::decided(format!("'{}': {why}", name.as_deref().unwrap_or_default())));
        self.stages.push(Stage { title: "server".into(), steps });
        self.txn.server = Some(id);
        self.txn.timings.queued = Some(self.now);
        self.outcome.server = name;
        self.outcome.why = why;
        Ok(())
    }

    fn balanced(&self, side: &Backend) -> Option<(ServerId, String)> {
        let scratch = Scratch::new();
        let world = &self.model.directory;
        let input = Input { txn: &self.txn, world, now: self.now, phase: Phase::UseServer, scratch: &scratch };
        let key = side.balance.key.as_ref().map(|key| key.hash(&input));
        let algorithm = side.balance.algorithm.name();
        // The same question gets the same answer.
        let Pick::Server(id) = side.balance.balancer.pick(0, key.flatten(), None) else { return None };
        let how = match key {
            None => format!("balance {algorithm} picks it"),
            Some(Some(hash)) => format!("balance {algorithm} leads to it, by the hash {hash}"),
            Some(None) => format!("the request has no key for balance {algorithm}, and it is this one's turn"),
        };
        Some((id, how))
    }

    /// The response that the server is assumed to give, and what becomes of its persistence cookie.
    fn respond(&mut self, question: &Question, binding: &Binding) -> Result<(), Ended> {
        self.txn.timings.connected = Some(self.now);
        self.txn.timings.response = Some(self.now);
        self.txn.response.set_status(question.status);
        for (name, value) in &question.response_headers {
            if self.txn.response.headers.append(name.to_ascii_lowercase().as_bytes(), value.as_bytes()).is_err() {
                return self.fail(502, "the assumed response is no valid one");
            }
        }
        self.txn.status = i32::from(question.status);
        self.rules(self.backend, RuleSetKind::HttpResponse)?;
        if self.backend.id != self.frontend.id {
            self.rules(self.frontend, RuleSetKind::HttpResponse)?;
        }
        let persistence = self.backend.backend.as_ref().and_then(|side| side.persistence.as_ref());
        if let (Some(persistence), Some(server)) = (persistence, self.txn.server) {
            let before = Before::of(&self.txn);
            let (method, now_s) = (self.txn.request.method(), self.model.process.clock.wall_seconds(self.now));
            let done = persistence.finish_response(&mut self.txn.response, binding, server, method, now_s);
            self.txn.termination.cookie_response = done.unwrap_or_default();
            self.decide("persistence, on the way back", before.changes(&self.txn));
        }
        Ok(())
    }

    fn response(&mut self, question: &Question) -> Result<(), Ended> {
        self.rules(self.backend, RuleSetKind::HttpAfterResponse)?;
        if self.backend.id != self.frontend.id {
            self.rules(self.frontend, RuleSetKind::HttpAfterResponse)?;
        }
        self.outcome.status = Some(self.txn.response.status);
        self.outcome.response_to_client = self.response_lines();
        if question.response_headers.is_empty() {
            self.outcome.why += &format!("; the server's answer is taken to be {}", question.status);
        }
        Ok(())
    }

    fn response_lines(&self) -> Vec<String> {
        let status = self.txn.response.status;
        let first = format!("HTTP/1.1 {status} {}", burdock_http::status::reason(status));
        std::iter::once(first).chain(lines(&self.txn.response.headers)).collect()
    }
}

/// The port that the client is taken to come from.
const CLIENT_PORT: u16 = 50_000;

/// How a server stands.
fn standing(server: &Server) -> String {
    let state = match (server.state.in_maintenance(), server.state.operational(), server.state.is_draining()) {
        (true, ..) => "in maintenance",
        (_, Operational::Stopped, _) => "down",
        (.., true) => "draining",
        _ => "up",
    };
    let role = if server.backup { ", backup" } else { "" };
    format!("'{}' is {state}{role}, weight {}", server.name, server.state.weight())
}
