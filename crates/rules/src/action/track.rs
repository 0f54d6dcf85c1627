//! Tracked entries of stick tables: `track-sc0` and its like, and what rules count in such entries (configuration manual 4.4).

use std::sync::Arc;

use burdock_sample::Expression;
use burdock_sample::args::{own_table, table, tracker};
use burdock_sample::table::{key_of, makes_keys, source_type};
use burdock_state::Table;
use burdock_state::table::{Counter, Event, MAX_ARRAY};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::args::Amount;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::{RuleSetKind, RuleSetKinds};

const TRACKING: RuleSetKinds =
    RuleSetKinds::TCP_REQUEST.with(RuleSetKinds::HTTP_REQUEST).with(RuleSetKinds::HTTP_RESPONSE);

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "track-sc",
        parameter: Parameter::Number,
        sets: TRACKING,
        usage: "<number> <key> [table <table>]",
        doc: "Tracks the entry of a key in a stick table: it is counted there what the connection or the request does.",
        parse: track,
    },
    Action {
        name: "sc-inc-gpc",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<index>,<number>)",
        doc: "Raises a counter of an array by one, in a tracked entry.",
        parse: |args| {
            let (index, number) = index_and_number(args)?;
            Ok(Box::new(Raise { counter: Counter::At(index), number, by: Amount::Fixed(1) }))
        },
    },
    Action {
        name: "sc-inc-gpc0",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<number>)",
        doc: "Raises the first counter by one, in a tracked entry.",
        parse: |args| Ok(Box::new(Raise { counter: Counter::First, number: number(args)?, by: Amount::Fixed(1) })),
    },
    Action {
        name: "sc-inc-gpc1",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<number>)",
        doc: "Raises the second counter by one, in a tracked entry.",
        parse: |args| Ok(Box::new(Raise { counter: Counter::Second, number: number(args)?, by: Amount::Fixed(1) })),
    },
    Action {
        name: "sc-add-gpc",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<index>,<number>) {<amount>|<expression>}",
        doc: "Raises a counter of an array, in a tracked entry.",
        parse: |args| {
            let (index, number) = index_and_number(args)?;
            let by = args.amount("an amount or an expression", u32::MAX)?;
            Ok(Box::new(Raise { counter: Counter::At(index), number, by }))
        },
    },
    Action {
        name: "sc-set-gpt",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<index>,<number>) {<value>|<expression>}",
        doc: "Sets a tag of an array, in a tracked entry.",
        parse: |args| {
            let (index, number) = index_and_number(args)?;
            let value = args.amount("a value or an expression", u32::MAX)?;
            Ok(Box::new(SetTag { index: Some(index), number, value }))
        },
    },
    Action {
        name: "sc-set-gpt0",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<number>) {<value>|<expression>}",
        doc: "Sets the first tag, in a tracked entry.",
        parse: |args| {
            let number = number(args)?;
            let value = args.amount("a value or an expression", u32::MAX)?;
            Ok(Box::new(SetTag { index: None, number, value }))
        },
    },
];

fn track(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let number = number(args)?;
    let key_word = args.peek();
    let key = args.expression()?;
    let table = if args.next_if("table") {
        table(args.required("the name of a stick table")?, args.scope)?
    } else {
        own_table(args.name, args.scope)?
    };
    let keys = table.settings().key;
    if !makes_keys(key.output(), keys) {
        let fault = Diagnostic::error(format!("this is no key of '{}'", table.name())).code("type-mismatch");
        let gives = format!("gives '{}', and it takes '{}'", key.output().name(), source_type(keys).name());
        return Err(key_word.map_or(fault.clone(), |word| fault.at(word.span(), gives)));
    }
    Ok(Box::new(Track { number, key, table, set: args.set }))
}

fn parameter<'p>(args: &'p ActionArgs<'_>) -> Parsed<&'p Word> {
    args.parameter.as_ref().ok_or_else(|| args.missing("the number of a tracked entry"))
}

fn number(args: &ActionArgs<'_>) -> Parsed<usize> {
    tracker(parameter(args)?, args.scope)
}

fn index_and_number(args: &ActionArgs<'_>) -> Parsed<(u16, usize)> {
    let word = parameter(args)?;
    let Some(comma) = word.as_bytes().iter().position(|byte| *byte == b',') else {
        return Err(args.unexpected(word, "an index, a comma, and the number of a tracked entry"));
    };
    let index = word.slice(0..comma);
    let parsed = index.to_str().ok().and_then(|text| text.parse().ok()).filter(|index| *index < MAX_ARRAY);
    let parsed = parsed.ok_or_else(|| args.unexpected(&index, &format!("an index from 0 to {}", MAX_ARRAY - 1)))?;
    Ok((parsed, tracker(&word.slice(comma + 1..word.len()), args.scope)?))
}

#[derive(Debug)]
struct Track {
    number: usize,
    key: Expression,
    table: Arc<Table>,
    set: RuleSetKind,
}

impl Track {
    /// What is tracked before there is a request is tracked by the connection.
    const fn is_of_connection(&self) -> bool {
        matches!(self.set, RuleSetKind::TcpRequestConnection | RuleSetKind::TcpRequestSession)
    }
}

impl Act for Track {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let of_connection = self.is_of_connection();
        if scene.txn.tracking.is_taken(self.number, of_connection) {
            return Flow::Continue;
        }
        let input = scene.input();
        let key = self.key.evaluate(&input).and_then(|value| key_of(value, self.table.settings().key, scene.scratch));
        let Some(tracked) = key.and_then(|key| self.table.track(key, scene.now)) else { return Flow::Continue };
        // The request has begun, and its response may have come, before this: both count.
        let is_http = match self.set {
            RuleSetKind::TcpRequestContent => scene.world.proxy(scene.txn.frontend).is_some_and(|proxy| proxy.http),
            set => set.is_http(),
        };
        if is_http {
            tracked.count(Event::Request, 1, scene.now);
        }
        if self.set == RuleSetKind::HttpResponse
            && let Some(event) = outcome(scene.txn.response.status)
        {
            tracked.count(event, 1, scene.now);
        }
        scene.txn.tracking.add(self.number, of_connection, tracked);
        Flow::Continue
    }
}

/// What the status of a server's response is counted as, if anything (configuration manual 3.1 `http-err-codes`, `http-fail-codes`).
pub const fn outcome(status: u16) -> Option<Event> {
    match status {
        400..500 => Some(Event::RequestError),
        501 | 505 => None,
        500..600 => Some(Event::Failure),
        _ => None,
    }
}

#[derive(Debug)]
struct Raise {
    counter: Counter,
    number: usize,
    by: Amount,
}

impl Act for Raise {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        if let Some(by) = self.by.of(scene)
            && let Some(tracked) = scene.txn.tracking.get(self.number)
        {
            tracked.table().raise_counter(tracked.entry(), self.counter, by as u32 as u64, scene.now);
        }
        Flow::Continue
    }
}

#[derive(Debug)]
struct SetTag {
    /// None: the tag that is alone, or the first.
    index: Option<u16>,
    number: usize,
    value: Amount,
}

impl Act for SetTag {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        if let Some(value) = self.value.of(scene)
            && let Some(tracked) = scene.txn.tracking.get(self.number)
            && let Some((data, index)) = tracked.table().tag(self.index)
        {
            tracked.table().set(tracked.entry(), data, index, value as u32 as u64, scene.now);
        }
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::{Clock, Instant};
    use burdock_sample::ProxyNames;
    use burdock_state::table::{DataType, KeyType, Layout, ServerKey, TableSettings};

    use super::*;
    use crate::action::testing::Rules;
    use crate::testing::{directory, request};

    fn section() -> (ProxyNames, Arc<Table>) {
        let mut layout = Layout::default();
        for (data, length) in
            [(DataType::Gpc, 3), (DataType::Gpt, 2), (DataType::HttpReqCnt, 1), (DataType::HttpErrCnt, 1)]
        {
            layout.add(data, length, 0);
        }
        let settings = TableSettings {
            name: "web".into(),
            key: KeyType::Text(8),
            size: 9,
            expire_ms: None,
            no_purge: false,
            server_key: ServerKey::Name,
            bytes_factor: 1,
            layout,
        };
        let table = Arc::new(Table::new(settings, Clock::new()));
        let names =
            ProxyNames { name: "web".into(), frontend: true, table: Some(Arc::clone(&table)), ..ProxyNames::default() };
        (names, table)
    }

    #[test]
    fn entries_are_tracked_and_counted_in() {
        for (rules, expected) in [
            ("http-request track-sc0 path", "/x:1,0;0,0,0;0,0"),
            ("http-request track-sc0 path\nhttp-request track-sc0 str(y) table web", "/x:1,0;0,0,0;0,0"),
            ("http-request track-sc1 req.hdr(none)", ""),
            (
                "tcp-request connection track-sc0 str(c)\nhttp-request track-sc0 str(r)",
                "c:0,0;0,0,0;0,0 r:1,0;0,0,0;0,0",
            ),
            ("tcp-request content track-sc2 str(c)", "c:1,0;0,0,0;0,0"),
            ("http-response track-sc2 str(c)", "c:1,1;0,0,0;0,0"),
            (
                "http-request track-sc2 str(c)\nhttp-request sc-inc-gpc0(2)\nhttp-request sc-inc-gpc(1,2)\n\
                 http-request sc-add-gpc(2,2) int(7)\nhttp-request sc-add-gpc(2,2) 3\nhttp-request sc-inc-gpc1(2)\n\
                 http-request sc-inc-gpc(9,2)\nhttp-request sc-inc-gpc0(1)",
                "c:1,0;1,2,10;0,0",
            ),
            (
                "http-request track-sc0 str(c)\nhttp-request sc-set-gpt0(0) 5\nhttp-request sc-set-gpt(1,0) path,length\n\
                 http-request sc-set-gpt(2,0) 9",
                "c:1,0;0,0,0;5,2",
            ),
        ] {
            let (names, table) = section();
            let mut txn = request("GET /x");
            txn.response.set_status(404);
            let rules_of = Rules::parse_in(rules, names).unwrap_or_else(|fault| panic!("{rules}: {fault}"));
            let mut world = directory();
            world.tables = Arc::new([Arc::clone(&table)]);
            rules_of.run(&mut txn, &world);
            let now = Instant::START;
            let shown = table.entries(now).into_iter().map(|entry| {
                assert_eq!(entry.users(), 1);
                let value = |data, index| table.value(&entry, data, index, now).unwrap();
                let counters = [0, 1, 2].map(|index| value(DataType::Gpc, index).to_string()).join(",");
                format!(
                    "{}:{},{};{counters};{},{}",
                    String::from_utf8_lossy(entry.key()),
                    value(DataType::HttpReqCnt, 0),
                    value(DataType::HttpErrCnt, 0),
                    value(DataType::Gpt, 0),
                    value(DataType::Gpt, 1),
                )
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{rules}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (rule, expected) in [
            ("http-request track-sc3 src", "'3' is no number of a tracked entry"),
            ("http-request track-scx src", "unknown action 'track-scx'"),
            ("http-request track-sc src", "unknown action 'track-sc'"),
            ("http-request track-sc0", "'track-sc0' lacks a sample expression"),
            ("http-request track-sc0 src table none", "there is no stick table 'none'"),
            ("http-request track-sc0 res.hdr(a)", "sample fetch 'res.hdr' has no value"),
            ("tcp-response content track-sc0 src", "unknown action 'track-sc0'"),
            ("http-request sc-inc-gpc0(7)", "'7' is no number of a tracked entry"),
            ("http-request sc-inc-gpc(0)", "'0' is not possible here"),
            ("http-request sc-inc-gpc(100,0)", "'100' is not possible here"),
            ("http-request sc-set-gpt0(0)", "'sc-set-gpt0(0)' lacks a value or an expression"),
        ] {
            let fault = Rules::parse_in(rule, section().0).map(drop).unwrap_err();
            assert!(fault.starts_with(expected), "{rule}: {fault}");
        }
    }
}
