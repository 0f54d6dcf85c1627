//! What later phases are asked for: `set-log-level`, `set-nice`, `set-priority-class`, `set-priority-offset`, `set-retries`, `set-timeout`,
//! `disable-l7-retry`, `strict-mode`, `expect-proxy`, `expect-netscaler-cip`.

use burdock_syntax::{Diagnostic, Parsed, Word};
use burdock_txn::{Directives, LogLevel, TimeLimit};

use super::args::Amount;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

/// `http-request` and `tcp-request content`.
const REQUEST: RuleSetKinds = RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::TCP_CONTENT);
/// The same, and what stands on the way back.
const EXCHANGE: RuleSetKinds = REQUEST.with(RuleSetKinds::HTTP_RESPONSE).with(RuleSetKinds::TCP_RESPONSE);

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "expect-proxy",
        parameter: Parameter::None,
        sets: RuleSetKinds::TCP_CONNECTION,
        usage: "layer4",
        doc: "Waits for a header of the PROXY protocol in front of everything else.",
        parse: |args| parse_expected(args, |wishes| wishes.expect_proxy = true),
    },
    Action {
        name: "expect-netscaler-cip",
        parameter: Parameter::None,
        sets: RuleSetKinds::TCP_CONNECTION,
        usage: "layer4",
        doc: "Waits for a Client IP header of NetScaler in front of everything else.",
        parse: |args| parse_expected(args, |wishes| wishes.expect_netscaler = true),
    },
    Action {
        name: "set-log-level",
        parameter: Parameter::None,
        sets: EXCHANGE.with(RuleSetKinds::HTTP_AFTER_RESPONSE),
        usage: "{emerg|alert|crit|err|warning|notice|info|debug|silent}",
        doc: "Sets the level of the request's log line, or that there is none.",
        parse: parse_log_level,
    },
    Action {
        name: "set-nice",
        parameter: Parameter::None,
        sets: EXCHANGE,
        usage: "<-1024 to 1024>",
        doc: "Says how far the request lets others go first; workers serve what is ready in turn, so that nothing comes of it but the note.",
        parse: parse_nice,
    },
    Action {
        name: "set-priority-class",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Sets the class of the request in queues: lower ones are served first.",
        parse: |args| number(args.computed()?, |wishes, class| wishes.priority_class = clamp(class, MAX_CLASS)),
    },
    Action {
        name: "set-priority-offset",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Moves the request in queues, by milliseconds, among those of its class.",
        parse: |args| number(args.computed()?, |wishes, offset| wishes.priority_offset = clamp(offset, MAX_OFFSET)),
    },
    Action {
        name: "set-retries",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "{<0 to 100>|<expression>}",
        doc: "Sets how often a connection to a server is tried again.",
        parse: parse_retries,
    },
    Action {
        name: "set-timeout",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE),
        usage: "{client|server|tunnel|connect|queue|tarpit} {<time>|<expression>}",
        doc: "Sets a time limit for this request, in milliseconds.",
        parse: parse_timeout,
    },
    Action {
        name: "disable-l7-retry",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: "",
        doc: "Has the request sent once at most: only a connection that was not made is tried again.",
        parse: |_| switch(|wishes| wishes.no_second_sending = true),
    },
    Action {
        name: "strict-mode",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "{on|off}",
        doc: "Says whether a message that cannot be rewritten as asked for is an error, in the rules of this set that follow.",
        parse: parse_strict_mode,
    },
];

/// Queue classes (configuration manual 4.4 `set-priority-class`).
const MAX_CLASS: i32 = 2047;
/// Milliseconds (configuration manual 4.4 `set-priority-offset`).
const MAX_OFFSET: i32 = 524_287;
/// See configuration manual 4.4 `set-nice`.
const MAX_NICE: i32 = 1024;
/// See configuration manual 4.4 `set-retries`.
const MAX_RETRIES: u32 = 100;

fn clamp(value: i64, limit: i32) -> i32 {
    value.clamp(i64::from(-limit), i64::from(limit)) as i32
}

/// Notes a wish that is known beforehand.
#[derive(Debug)]
struct Switch(fn(&mut Directives));

fn switch(note: fn(&mut Directives)) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(Switch(note)))
}

impl Act for Switch {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        (self.0)(&mut scene.txn.directives);
        Flow::Continue
    }
}

fn parse_expected(args: &mut ActionArgs<'_>, note: fn(&mut Directives)) -> Parsed<Box<dyn Act>> {
    let word = args.required("'layer4'")?;
    if *word == *"layer4" { switch(note) } else { Err(args.unexpected(word, "'layer4'")) }
}

/// Notes a number, where there is one.
#[derive(Debug)]
struct Number {
    amount: Amount,
    note: fn(&mut Directives, i64),
}

pub(super) fn number(amount: Amount, note: fn(&mut Directives, i64)) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(Number { amount, note }))
}

impl Act for Number {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        if let Some(number) = self.amount.of(scene) {
            (self.note)(&mut scene.txn.directives, number);
        }
        Flow::Continue
    }
}

#[derive(Debug)]
struct SetLogLevel(LogLevel);

fn parse_log_level(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    let word = args.required("a level")?;
    let level = match LEVELS.iter().position(|level| *word == **level) {
        Some(level) => LogLevel::Level(level as u8),
        None if *word == *"silent" => LogLevel::Silent,
        None => return Err(args.unexpected(word, &format!("{} or silent", LEVELS.join(", ")))),
    };
    Ok(Box::new(SetLogLevel(level)))
}

impl Act for SetLogLevel {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        scene.txn.directives.log_level = Some(self.0);
        Flow::Continue
    }
}

fn parse_nice(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("a number")?;
    let nice = word.to_str().ok().and_then(|text| text.parse::<i64>().ok());
    let nice = nice.ok_or_else(|| args.unexpected(word, "a number from -1024 to 1024"))?;
    args.findings.push(
        Diagnostic::advice("'set-nice' changes nothing: a worker serves what is ready in turn")
            .code("no-effect")
            .at(word.span(), ""),
    );
    number(Amount::Fixed(nice), |wishes, nice| wishes.nice = Some(clamp(nice, MAX_NICE)))
}

fn parse_retries(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    require_side(args, args.name, Side::Server)?;
    number(args.amount("a number or an expression", MAX_RETRIES)?, |wishes, retries| {
        wishes.retries = u32::try_from(retries).ok().filter(|retries| *retries <= MAX_RETRIES).or(wishes.retries);
    })
}

fn parse_timeout(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("the name of a time limit")?;
    let (side, note): (_, fn(&mut Directives, i64)) = match word.as_bytes() {
        b"client" => (Some(Side::Client), |wishes, ms| wishes.client_timeout = Some(limit(ms))),
        b"server" => (Some(Side::Server), |wishes, ms| wishes.server_timeout = Some(limit(ms))),
        b"tunnel" => (Some(Side::Server), |wishes, ms| wishes.tunnel_timeout = Some(limit(ms))),
        b"connect" => (Some(Side::Server), |wishes, ms| wishes.connect_timeout = Some(limit(ms))),
        b"queue" => (Some(Side::Server), |wishes, ms| wishes.queue_timeout = Some(limit(ms))),
        b"tarpit" => (None, |wishes, ms| wishes.tarpit_timeout = Some(limit(ms))),
        _ => return Err(args.unexpected(word, "'client', 'server', 'tunnel', 'connect', 'queue' or 'tarpit'")),
    };
    if let Some(side) = side {
        require_side(args, word, side)?;
    }
    number(args.time("a time or an expression")?, note)
}

/// Zero, or less, is no limit.
fn limit(ms: i64) -> TimeLimit {
    TimeLimit(u64::try_from(ms).ok().filter(|ms| *ms > 0))
}

/// A side of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// The section that the rule stands in has that side.
fn require_side(args: &ActionArgs<'_>, word: &Word, side: Side) -> Parsed<()> {
    let proxy = args.scope.proxy.and_then(|id| args.scope.names.proxies.get(id.index()));
    let (has, name, where_to) = match side {
        Side::Client => (proxy.is_none_or(|proxy| proxy.frontend), "client", "a 'frontend' or 'listen'"),
        Side::Server => (proxy.is_none_or(|proxy| proxy.backend), "server", "a 'backend' or 'listen'"),
    };
    if has {
        return Ok(());
    }
    let section = proxy.map_or("", |proxy| &proxy.name);
    Err(Diagnostic::error(format!("'{section}' has no {name} side"))
        .code("misplaced")
        .at(word.span(), "not possible here")
        .help(format!("put it into {where_to} section")))
}

fn parse_strict_mode(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("'on' or 'off'")?;
    match word.as_bytes() {
        b"on" => switch(|wishes| wishes.lenient = false),
        b"off" => switch(|wishes| wishes.lenient = true),
        _ => Err(args.unexpected(word, "'on' or 'off'")),
    }
}

#[cfg(test)]
mod tests {
    use burdock_sample::ProxyNames;
    use burdock_state::Directory;

    use crate::action::testing::{Rules, faults};
    use crate::testing::request;

    #[test]
    fn wishes_are_noted() {
        for (rules, expected) in [
            ("http-request set-log-level silent", "log_level: Some(Silent)"),
            ("tcp-request content set-log-level err", "log_level: Some(Level(3))"),
            ("http-after-response set-log-level emerg if TRUE", "log_level: Some(Level(0))"),
            ("http-request set-nice 5000", "nice: Some(1024)"),
            ("http-request set-nice -7", "nice: Some(-7)"),
            ("http-request set-priority-class int(5)", "priority_class: 5,"),
            ("http-request set-priority-class int(-9999)", "priority_class: -2047,"),
            ("http-request set-priority-offset req.hdr(x)", "priority_offset: 12,"),
            ("tcp-request content set-priority-offset int(600000)", "priority_offset: 524287,"),
            ("http-request set-retries 0", "retries: Some(0)"),
            ("http-request set-retries req.hdr(x)", "retries: Some(12)"),
            ("http-request set-retries 3\nhttp-request set-retries int(101)", "retries: Some(3)"),
            ("http-request set-timeout client 5s", "client_timeout: Some(TimeLimit(Some(5000)))"),
            ("http-response set-timeout server 7", "server_timeout: Some(TimeLimit(Some(7)))"),
            ("http-request set-timeout tunnel req.hdr(x),mul(1000)", "tunnel_timeout: Some(TimeLimit(Some(12000)))"),
            ("http-request set-timeout connect int(0)", "connect_timeout: Some(TimeLimit(None))"),
            ("http-request set-timeout queue req.hdr(none)", "queue_timeout: None"),
            ("http-request set-timeout tarpit 1m", "tarpit_timeout: Some(TimeLimit(Some(60000)))"),
            ("http-request disable-l7-retry", "no_second_sending: true"),
            ("http-request strict-mode off", "lenient: true"),
            ("http-request strict-mode off\nhttp-request strict-mode on", "lenient: false"),
            ("http-request strict-mode off\nhttp-response set-nice 1", "lenient: false"),
        ] {
            let mut txn = request("GET /\nx: 12");
            Rules::parse(rules).unwrap_or_else(|fault| panic!("{rules}: {fault}")).run(&mut txn, &Directory::empty());
            let wishes = format!("{:?}", txn.directives);
            assert!(wishes.contains(expected), "{rules}: {wishes}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("set-log-level warn", "'warn' is not possible here"),
                ("set-nice abc", "'abc' is not possible here"),
                ("set-priority-class 5", "unknown sample fetch '5'"),
                ("set-retries 101", "'101' is not possible here"),
                ("set-retries 5x", "unknown sample fetch '5x'"),
                ("set-timeout foo 5s", "'foo' is not possible here"),
                ("set-timeout server", "'set-timeout' lacks a time or an expression"),
                ("set-timeout server 0", "'0' is not possible here"),
                ("set-timeout server 60d", "timer overflow in '60d'"),
                ("disable-l7-retry x", "unexpected word 'x'"),
                ("strict-mode maybe", "'maybe' is not possible here"),
            ],
        );
    }

    #[test]
    fn sides_that_a_section_lacks() {
        for (rule, frontend, allowed) in [
            ("set-timeout client 5s", true, true),
            ("set-timeout client 5s", false, false),
            ("set-timeout server 5s", true, false),
            ("set-timeout connect 5s", false, true),
            ("set-timeout tarpit 5s", true, true),
            ("set-timeout tarpit 5s", false, true),
            ("set-retries 5", true, false),
            ("set-retries 5", false, true),
        ] {
            let proxy = ProxyNames { name: "p".into(), frontend, backend: !frontend, ..ProxyNames::default() };
            assert_eq!(Rules::parse_in(&format!("http-request {rule}"), proxy).is_ok(), allowed, "{rule} {frontend}");
        }
    }
}
