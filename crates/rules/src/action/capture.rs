//! Texts kept for the log: `capture`. Its slots belong to the frontend; a backend's rule finds them when it is carried out.

use burdock_sample::{CaptureSlot, Expression, ProxyNames, Sight, Type, Value, until_nul};
use burdock_state::CaptureEntry;
use burdock_syntax::{Diagnostic, Parsed};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Flow, Wait};
use crate::set::{RuleSetKind, RuleSetKinds};

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "capture",
    parameter: Parameter::None,
    sets: RuleSetKinds::HTTP.with(RuleSetKinds::TCP_CONTENT),
    usage: "<expression> {len <length> | id <slot>}",
    doc: "Keeps the value of an expression for the log, in a slot of its own or in a declared one.",
    parse,
}];

#[derive(Debug)]
struct Capture {
    value: Expression,
    slot: usize,
    /// Whether it is a slot of responses.
    response: bool,
}

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let value = args.expression_of(Type::Str)?;
    let response = args.set.is_response();
    let word = args.required("'len' and a length, or 'id' and a slot")?;
    let slot = match word.as_bytes() {
        b"len" if !response => own_slot(args)?,
        b"id" if args.set != RuleSetKind::TcpRequestContent => declared_slot(args, response)?,
        _ if response => return Err(args.unexpected(word, "'id' and a slot")),
        _ if args.set == RuleSetKind::TcpRequestContent => return Err(args.unexpected(word, "'len' and a length")),
        _ => return Err(args.unexpected(word, "'len' and a length, or 'id' and a slot")),
    };
    Ok(Box::new(Capture { value, slot, response }))
}

/// The slot that the line itself declares, which was noted when the names were collected.
fn own_slot(args: &mut ActionArgs<'_>) -> Parsed<usize> {
    let word = args.required("a length")?;
    let span = args.name.span();
    let own = |slots: &[CaptureSlot]| slots.iter().position(|slot| slot.span == span);
    let proxy = section(args);
    if proxy.is_some_and(|proxy| !proxy.frontend) {
        return Err(Diagnostic::error("a section without a client side has no slots of its own")
            .code("misplaced")
            .at(word.span(), "not possible here")
            .help("say 'declare capture' in the frontend, and 'id' with its slot here"));
    }
    proxy.and_then(|proxy| own(&proxy.request_captures)).ok_or_else(|| args.unexpected(word, "a length of at least 1"))
}

fn declared_slot(args: &mut ActionArgs<'_>, response: bool) -> Parsed<usize> {
    let word = args.required("a slot")?;
    let slot = word.to_str().ok().and_then(|text| text.parse::<usize>().ok());
    let slot = slot.ok_or_else(|| args.unexpected(word, "the number of a slot, from 0 on"))?;
    if let Some(proxy) = section(args).filter(|proxy| proxy.frontend) {
        let slots = if response { &proxy.response_captures } else { &proxy.request_captures };
        if slot >= slots.len() {
            let side = if response { "response" } else { "request" };
            return Err(Diagnostic::error(format!("'{}' has no slot {slot} for captures of its {side}s", proxy.name))
                .code("unknown-name")
                .at(word.span(), "not declared")
                .help(format!("say 'declare capture {side} len <length>' in this section")));
        }
    }
    Ok(slot)
}

/// The section that the rule stands in.
fn section<'a>(args: &ActionArgs<'a>) -> Option<&'a ProxyNames> {
    args.scope.names.proxies.get(args.scope.proxy?.index())
}

impl Act for Capture {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let Some(proxy) = scene.world.proxy(scene.txn.frontend) else { return Flow::Continue };
        let CaptureEntry { request, response } = &proxy.captures;
        let lengths = if self.response { response } else { request };
        // The frontend need not have what a backend's rule asks for.
        let Some(&length) = lengths.get(self.slot) else { return Flow::Continue };
        let scratch = scene.scratch;
        let input = scene.input();
        let sight = self.value.sight(&input);
        let is_changing = matches!(sight, Sight::Changing(_));
        let value = sight.value().and_then(|value| value.cast(Type::Str, scratch));
        if let Some(Value::Str(text)) = value {
            let text = scratch.copy(until_nul(text));
            let captures = &scene.txn.captures;
            let slots = if self.response { &captures.response } else { &captures.request };
            slots.put(self.slot, text, length);
        }
        // While content is inspected, what is kept may still become more.
        if is_changing { Flow::Wait(Wait::Content) } else { Flow::Continue }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burdock_sample::ProxyNames;
    use burdock_state::{CaptureEntry, Directory};
    use burdock_txn::CaptureSlots;

    use crate::action::testing::{Rules, faults};
    use crate::flow::{Flow, Wait};
    use crate::testing::{directory, lines, request};

    /// A section with slots of those lengths.
    fn proxy(frontend: bool, request: &[usize], response: &[usize]) -> ProxyNames {
        let span = lines("x")[0][0].span();
        let slots =
            |lengths: &[usize]| lengths.iter().map(|&length| burdock_sample::CaptureSlot { length, span }).collect();
        ProxyNames {
            name: "web".into(),
            frontend,
            request_captures: slots(request),
            response_captures: slots(response),
            ..ProxyNames::default()
        }
    }

    fn world(request: &[usize], response: &[usize]) -> Directory {
        let mut world = directory();
        Arc::get_mut(&mut world.proxies[0]).unwrap().captures =
            CaptureEntry { request: request.into(), response: response.into() };
        world
    }

    #[test]
    fn texts_are_kept_in_their_slots() {
        for (rule, expected) in [
            ("http-request capture path id 0", (Some("/lo"), None)),
            ("http-request capture path id 1", (None, None)),
            ("http-request capture str(YQD/),b64dec id 0", (Some("a"), None)),
            ("http-request capture req.hdr(none) id 0", (None, None)),
            ("http-response capture int(12345) id 0", (None, Some("1234"))),
            ("http-after-response capture int(1) id 0", (None, Some("1"))),
        ] {
            for frontend in [true, false] {
                let slots = if rule.ends_with("id 1") { &[3, 3][..] } else { &[3] };
                let rules = Rules::parse_in(rule, proxy(frontend, slots, &[4])).unwrap();
                let mut txn = request("GET /long");
                rules.run(&mut txn, &world(&[3], &[4]));
                let text = |slots: &CaptureSlots| slots.read(0, |text| String::from_utf8(text.to_vec()).unwrap());
                let kept = (text(&txn.captures.request), text(&txn.captures.response));
                assert_eq!((kept.0.as_deref(), kept.1.as_deref()), expected, "{rule}");
            }
        }
    }

    #[test]
    fn a_rule_with_a_length_has_a_slot_of_its_own() {
        let text = "http-request capture path len 5\nhttp-request capture method len 2";
        let mut names = proxy(true, &[9, 5, 2], &[]);
        for (slot, line) in lines(text).iter().enumerate() {
            names.request_captures[slot + 1].span = line[1].span();
        }
        let mut txn = request("GET /long");
        Rules::parse_in(text, names).unwrap().run(&mut txn, &world(&[9, 5, 2], &[]));
        let kept = [0, 1, 2].map(|slot| txn.captures.request.read(slot, <[u8]>::to_vec));
        assert_eq!(kept, [None, Some(b"/long".to_vec()), Some(b"GE".to_vec())]);
    }

    #[test]
    fn what_may_still_grow_is_waited_for() {
        let text = "tcp-request content capture req.len len 5";
        let mut names = proxy(true, &[5], &[]);
        names.request_captures[0].span = lines(text)[0][2].span();
        let rules = Rules::parse_in(text, names).unwrap();
        let mut world = world(&[5], &[]);
        Arc::get_mut(&mut world.proxies[0]).unwrap().http = false;
        let mut txn = request("GET /");
        for inspecting in [true, false] {
            txn.inspecting = inspecting;
            let flow = rules.run(&mut txn, &world);
            assert_eq!(matches!(flow, Flow::Wait(Wait::Content)), inspecting);
            assert!(txn.captures.request.read(0, |_| ()).is_some());
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("capture", "'capture' lacks a sample expression"),
                ("capture src", "'capture' lacks 'len'"),
                ("capture src len", "'capture' lacks a length"),
                ("capture src len 0", "'0' is not possible here"),
                ("capture src id x", "'x' is not possible here"),
                ("capture src id 0", "'web' has no slot 0 for captures of its requests"),
                ("capture status len 10", "sample fetch 'status' has no value"),
            ],
        );
        faults(
            "http-response",
            &[
                ("capture src len 10", "'len' is not possible here"),
                ("capture src id 0", "'web' has no slot 0 for captures of its responses"),
            ],
        );
        faults("tcp-request content", &[("capture src id 0", "'id' is not possible here")]);
        let fault = Rules::parse_in("http-request capture src len 10", proxy(false, &[], &[])).err();
        assert_eq!(fault.as_deref(), Some("a section without a client side has no slots of its own"));
    }
}
