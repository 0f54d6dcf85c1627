//! Answers instead of the other side's: `return`, `deny`, `tarpit`, `auth`.

use burdock_syntax::Parsed;

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Answer, Content, Flow, Reason};
use crate::reply::{self, Wording};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "return",
        parameter: Parameter::None,
        sets: BOTH,
        usage: reply::USAGE,
        doc: "Answers with a response of the configuration's own.",
        parse: |args| {
            let (status, wording) = reply::parse(args, 200)?;
            Ok(Box::new(Respond { status, wording, reason: Reason::Answered, tarpit: false }))
        },
    },
    Action {
        name: "deny",
        parameter: Parameter::None,
        sets: BOTH,
        usage: DENY,
        doc: "Refuses the request, or the response.",
        parse: |args| {
            let status = if args.set.is_response() { 502 } else { 403 };
            refusal(args, status, false)
        },
    },
    Action {
        name: "tarpit",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: DENY,
        doc: "Refuses the request after it was held for 'timeout tarpit'.",
        parse: |args| refusal(args, 500, true),
    },
    Action {
        name: "auth",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: "[realm <realm>]",
        doc: "Asks the client for a name and a password.",
        parse: auth,
    },
];

const BOTH: RuleSetKinds = RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE);

const DENY: &str = "[deny_status <code>] [<argument of return>…]";

#[derive(Debug)]
struct Respond {
    status: u16,
    wording: Wording,
    reason: Reason,
    tarpit: bool,
}

/// Without an argument, or with `deny_status` alone, it is the page of the status; otherwise what `return` would answer.
fn refusal(args: &mut ActionArgs<'_>, status: u16, tarpit: bool) -> Parsed<Box<dyn Act>> {
    let old_form = match args.rest() {
        [] => true,
        [first, rest @ ..] if *first == *"deny_status" => rest.get(1).is_none_or(super::args::is_condition),
        [first, ..] => super::args::is_condition(first),
    };
    let word = args.rest().get(1).unwrap_or(args.name);
    let (status, wording) = reply::parse(args, status)?;
    let wording = if old_form {
        reply::require_page(status, word)?;
        Wording::Page
    } else {
        wording
    };
    Ok(Box::new(Respond { status, wording, reason: Reason::Refused, tarpit }))
}

impl Act for Respond {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let content = match &self.wording {
            Wording::Page => Content::Page,
            Wording::Ready(reply) => Content::Ready(reply.clone()),
            Wording::Composed(template) => match template.reply(&scene.input()) {
                Ok(reply) => Content::Reply(Box::new(reply)),
                Err(_) => return Flow::Failed,
            },
        };
        let (status, reason, tarpit) = (self.status, self.reason, self.tarpit);
        Flow::Answer(Box::new(Answer { status, content, reason, tarpit, rewritten: true }))
    }
}

/// The status is 401 in any case: clients address this proxy as they would a server.
#[derive(Debug)]
struct Auth {
    realm: Box<[u8]>,
}

fn auth(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let realm = if args.next_if("realm") {
        args.required("a realm")?.as_bytes().into()
    } else {
        let names = args.scope.names;
        let proxy = args.scope.proxy.and_then(|proxy| names.proxies.get(proxy.index()));
        proxy.map(|proxy| proxy.name.as_bytes().into()).unwrap_or_default()
    };
    Ok(Box::new(Auth { realm }))
}

impl Act for Auth {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        let content = Content::Challenge(self.realm.clone());
        let reason = Reason::Answered;
        Flow::Answer(Box::new(Answer { status: 401, content, reason, tarpit: false, rewritten: true }))
    }
}
