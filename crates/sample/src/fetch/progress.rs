//! Fetches of how a request fares: durations, counts, what rules asked for, how it ended (configuration manual 7.3.2, 7.3.3 and 8.4).

use burdock_txn::RuleOrigin;

use super::Fetch;
use super::payload::is_http;
use super::row::row;
use crate::input::Input;
use crate::phase::{Phase, Validity};
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row("bc.timer.connect", Type::Int, Validity::RESPONSE_KEPT, "ms of connecting to the server.", |input, _| {
        Some(Value::Int(input.txn.timings.connect_ms()))
    }),
    row("fc.timer.handshake", Type::Int, Validity::CONNECTION, "ms of handshakes with the client.", |input, _| {
        Some(Value::Int(input.txn.timings.handshake_ms()))
    }),
    row("fc.timer.total", Type::Int, Validity::CLIENT, "ms since the connection was accepted.", |input, _| {
        Some(Value::Int(total_ms(input)))
    }),
    row("req.timer.hdr", Type::Int, Validity::REQUEST, "ms from the first byte to the end of the head.", |input, _| {
        Some(Value::Int(input.txn.timings.request_ms()))
    }),
    row("req.timer.idle", Type::Int, Validity::REQUEST, "ms of silence before the request.", |input, _| {
        Some(Value::Int(input.txn.timings.idle_ms()))
    }),
    row("req.timer.queue", Type::Int, Validity::RESPONSE_KEPT, "ms in queues.", |input, _| {
        Some(Value::Int(input.txn.timings.queue_ms()))
    }),
    row("req.timer.tq", Type::Int, Validity::REQUEST, "ms from the beginning to the end of the head.", |input, _| {
        let timings = &input.txn.timings;
        Some(Value::Int(match timings.request {
            Some(request) => request.ms_since(timings.accepted).cast_signed(),
            None => -1,
        }))
    }),
    row("res.timer.data", Type::Int, Validity::RESPONSE_COUNTED, "ms since the response's head.", |input, _| {
        let timings = &input.txn.timings;
        let end = timings.closed.unwrap_or(input.now);
        Some(Value::Int(match timings.response.or(timings.connected) {
            Some(begin) => end.ms_since(begin).cast_signed(),
            None => -1,
        }))
    }),
    row(
        "res.timer.hdr",
        Type::Int,
        Validity::RESPONSE,
        "ms from the connection to the response's head.",
        |input, _| Some(Value::Int(input.txn.timings.response_ms())),
    ),
    row("txn.timer.total", Type::Int, Validity::REQUEST_KEPT, "ms since the request's first byte.", |input, _| {
        let end = input.txn.timings.closed.unwrap_or(input.now);
        Some(Value::Int(input.txn.timings.active_ms_until(end)))
    }),
    row("txn.timer.user", Type::Int, Validity::REQUEST_KEPT, "ms since the beginning, without silence.", |input, _| {
        Some(Value::Int(total_ms(input) - input.txn.timings.idle_ms()))
    }),
    row("bytes_in", Type::Int, Validity::REQUEST_KEPT, "Bytes received from the client.", bytes_in)
        .aka(&["req.bytes_in"]),
    row("bytes_out", Type::Int, Validity::RESPONSE_COUNTED, "Bytes received from the server.", bytes_out)
        .aka(&["res.bytes_in"]),
    row("req.bytes_out", Type::Int, Validity::REQUEST_KEPT, "Bytes sent to the server.", |input, _| {
        Some(Value::Int(sent_to_server(input)))
    }),
    row("res.bytes_out", Type::Int, Validity::RESPONSE_COUNTED, "Bytes sent to the client.", |input, _| {
        Some(Value::Int(sent_to_client(input)))
    }),
    row("bc_be_queue", Type::Int, Validity::RESPONSE_KEPT, "Requests before it in the backend's queue.", |input, _| {
        Some(Value::Int(i64::from(input.txn.queue_position.backend)))
    }),
    row("bc_srv_queue", Type::Int, Validity::RESPONSE_KEPT, "Requests before it in the server's queue.", |input, _| {
        Some(Value::Int(i64::from(input.txn.queue_position.server)))
    }),
    row("prio_class", Type::Int, Validity::LIVE, "The class of priority that rules gave.", |input, _| {
        Some(Value::Int(i64::from(input.txn.directives.priority_class)))
    }),
    row("prio_offset", Type::Int, Validity::LIVE, "The offset of priority that rules gave.", |input, _| {
        Some(Value::Int(i64::from(input.txn.directives.priority_offset)))
    }),
    row(
        "txn.conn_retries",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "Attempts to connect that were repeated.",
        |input, _| Some(Value::Int(i64::from(input.txn.retries))),
    ),
    row(
        "txn.redispatched",
        Type::Bool,
        Validity::RESPONSE_KEPT,
        "Whether it left a server for another.",
        |input, _| Some(Value::Bool(input.txn.redispatched)),
    ),
    row("txn.sess_term_state", Type::Str, Validity::LIVE, "How it ended: cause and progress.", |input, _| {
        let [cause, progress, ..] = input.txn.termination.code();
        Some(Value::Str(input.scratch.copy(&[cause, progress])))
    }),
    row("txn.status", Type::Int, Validity::RESPONSE_KEPT, "The status that the client gets.", |input, _| {
        match (input.txn.status, input.txn.response.status) {
            (-1, 0) => None,
            (-1, status) => Some(Value::Int(i64::from(status))),
            (status, _) => Some(Value::Int(i64::from(status))),
        }
    }),
    row("unique-id", Type::Str, Validity::ALWAYS, "The request's identifier.", |input, _| {
        input.txn.unique_id.as_deref().map(Value::Str)
    }),
    row("txn.id32", Type::Int, Validity::LIVE, "The request's number among those of the process.", |input, _| {
        Some(Value::Int(i64::from(input.txn.serial)))
    }),
    row("last_entity", Type::Str, Validity::LIVE, "Where the rule stands that had the last word.", |input, _| {
        place(input, input.txn.final_rule.as_ref())
    }),
    row(
        "waiting_entity",
        Type::Str,
        Validity::LIVE,
        "Where the rule stands that waited when an error ended it.",
        |input, _| place(input, input.txn.waiting_rule.as_ref()),
    ),
    row("last_rule_file", Type::Str, Validity::LIVE, "The file of the rule that had the last word.", |input, _| {
        Some(Value::Str(input.txn.final_rule.as_ref()?.file.as_bytes()))
    }),
    row("last_rule_line", Type::Int, Validity::LIVE, "The line of the rule that had the last word.", |input, _| {
        Some(Value::Int(i64::from(input.txn.final_rule.as_ref()?.line)))
    }),
];

/// While messages pass, nothing is counted yet: totals are for the log.
fn bytes_in<'a>(input: &Input<'a>, _: &crate::args::Args) -> Option<Value<'a>> {
    Some(Value::Int(if input.phase == Phase::Log { input.txn.bytes_in.cast_signed() } else { 0 }))
}

fn bytes_out<'a>(input: &Input<'a>, _: &crate::args::Args) -> Option<Value<'a>> {
    Some(Value::Int(if input.phase == Phase::Log { input.txn.bytes_out.cast_signed() } else { 0 }))
}

/// The head as it left, and the body behind it.
fn sent_to_server(input: &Input<'_>) -> i64 {
    let txn = input.txn;
    if input.phase != Phase::Log || txn.timings.connected.is_none() {
        return 0;
    }
    let head = if is_http(input) { txn.request.counted_size() } else { 0 };
    (head + txn.request_body_bytes).cast_signed()
}

fn sent_to_client(input: &Input<'_>) -> i64 {
    let txn = input.txn;
    if input.phase != Phase::Log {
        return 0;
    }
    let head = if is_http(input) && txn.response.status != 0 { txn.response.counted_size() } else { 0 };
    (head + txn.response_body_bytes).cast_signed()
}

fn place<'a>(input: &Input<'a>, rule: Option<&RuleOrigin>) -> Option<Value<'a>> {
    let RuleOrigin { file, line } = rule?;
    Some(Value::Str(input.scratch.format(format_args!("{file}:{line}"))))
}

fn total_ms(input: &Input<'_>) -> i64 {
    input.txn.timings.total_ms_until(input.txn.timings.closed.unwrap_or(input.now))
}
