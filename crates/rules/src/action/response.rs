//! What the client is told beside header lines: `set-status`, `early-hint`.

use burdock_http::reply::early_hints;
use burdock_http::{HeaderName, Headers};
use burdock_sample::Format;
use burdock_syntax::Parsed;

use super::header::parse_name;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "set-status",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_RESPONSE.with(RuleSetKinds::HTTP_AFTER_RESPONSE),
        usage: "<status> [reason <text>]",
        doc: "Replaces the status and its reason.",
        parse: parse_status,
    },
    Action {
        name: "early-hint",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: "<name> <format>",
        doc: "Sends the client a response of status 103 with this header line; rules that follow one another share it.",
        parse: |args| Ok(Box::new(Hint { name: parse_name(args)?, value: args.format("a value")? })),
    },
];

#[derive(Debug)]
struct SetStatus {
    status: u16,
    /// None: that of the status.
    reason: Option<Box<[u8]>>,
}

fn parse_status(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("a status")?;
    let known = word.to_str().ok().and_then(|text| text.parse().ok()).filter(|status| (100..1000).contains(status));
    let Some(status) = known else { return Err(args.unexpected(word, "a status from 100 to 999")) };
    let mut reason = None;
    if args.next_if("reason") {
        let word = args.required("a text")?;
        if burdock_http::bytes::holds_line_breaker(word.as_bytes()) {
            return Err(args.unexpected(word, "a text of one line"));
        }
        reason = Some(word.as_bytes().into());
    }
    Ok(Box::new(SetStatus { status, reason }))
}

impl Act for SetStatus {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let response = &mut scene.txn.response;
        response.set_status(self.status);
        scene.txn.status = i32::from(self.status);
        match &self.reason {
            Some(reason) => Flow::edited(response.set_reason(reason)),
            None => Flow::Continue,
        }
    }
}

#[derive(Debug)]
struct Hint {
    name: HeaderName,
    value: Format,
}

impl Act for Hint {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let value = scene.head_text(&self.value);
        match early_hints([(self.name.as_bytes(), value)]) {
            Ok(head) => Flow::Interim(Box::new(head)),
            Err(_) => Flow::Failed,
        }
    }
}

/// Adds the lines of an interim response to those of one that the rules before it have made.
pub(crate) fn merge(into: &mut Headers, more: &Headers) -> Flow {
    Flow::edited(more.iter().try_for_each(|line| into.append(line.name, line.value)))
}

#[cfg(test)]
mod tests {
    use burdock_state::Directory;

    use crate::Flow;
    use crate::action::testing::{Rules, faults};
    use crate::testing::request;

    #[test]
    fn statuses() {
        for (rules, status, reason) in [
            ("http-response set-status 404", 404, ""),
            ("http-response set-status 503 reason \"Slow  %[src]\"", 503, "Slow  %[src]"),
            ("http-after-response set-status 999 if TRUE", 999, ""),
        ] {
            let mut txn = request("GET /");
            txn.response.set_status(200);
            txn.response.set_reason(b"Fine").unwrap();
            Rules::parse(rules).unwrap().run(&mut txn, &Directory::empty());
            assert_eq!((txn.response.status, txn.status), (status, i32::from(status)), "{rules}");
            assert_eq!(txn.response.reason(), reason.as_bytes(), "{rules}");
        }
        faults(
            "http-response",
            &[
                ("set-status 99", "'99' is not possible here"),
                ("set-status 1000", "'1000' is not possible here"),
                ("set-status 200x", "'200x' is not possible here"),
                ("set-status 200 reason", "'set-status' lacks a text"),
                ("set-status 200 text", "unexpected word 'text'"),
            ],
        );
        faults("http-request", &[("set-status 200", "unknown action 'set-status' in 'http-request'")]);
    }

    #[test]
    fn hints_that_follow_one_another_share_a_response() {
        let rules = Rules::parse(
            "http-request early-hint Link <%[path]>\nhttp-request early-hint a b\nhttp-request early-hint c d if FALSE",
        )
        .unwrap();
        let Flow::Interim(head) = rules.run(&mut request("GET /x"), &Directory::empty()) else { panic!() };
        let lines: Vec<_> = head.headers.iter().map(|line| (line.name, line.value)).collect();
        assert_eq!((head.status, lines), (103, vec![(&b"link"[..], &b"</x>"[..]), (b"a", b"b")]));

        let rules =
            Rules::parse("http-request early-hint a b\nhttp-request set-header x y\nhttp-request early-hint c d")
                .unwrap();
        let Flow::Interim(head) = rules.run(&mut request("GET /x"), &Directory::empty()) else { panic!() };
        assert_eq!(head.headers.len(), 1);
    }
}
