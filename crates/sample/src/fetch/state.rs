//! Fetches of live state: how loaded proxies and servers are (configuration manual 7.3.2).

use std::sync::Arc;

use burdock_base::Instant;
use burdock_state::{Backend, BackendCounter, Frontend, FrontendCounter, ProxyEntry, Rate, ServerCounter, ServerEntry};

use super::Fetch;
use super::row::row;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    of_backend("avg_queue", "Requests that wait for a server, per server that takes new ones.", |input, args| {
        let proxy = proxy(input, args)?;
        let queued = u64::from(proxy.queued());
        Some(number(match proxy.usable_servers() as u64 {
            // A server is expected back soon, and until then nothing moves.
            0 => queued * 2,
            servers => queued.div_ceil(servers),
        }))
    }),
    of_backend("be_conn", "Requests that a backend has in work.", |input, args| {
        Some(number(backend(input, args)?.sessions.get()))
    }),
    of_backend("be_conn_free", "Slots that are free on the servers; -1 where one has no limit.", |input, args| {
        let servers = proxy(input, args)?.sharing_servers();
        Some(total(servers, |server| (server.state.maxconn() > 0).then(|| free_slots(server))))
    }),
    of_backend("be_sess_rate", "Sessions per second that reach a backend.", |input, args| {
        let backend = backend(input, args)?;
        Some(rate(input, &backend.session_rate, backend.counters.get(BackendCounter::Sessions)))
    }),
    of_backend(
        "connslots",
        "Free slots of the servers and free places in their queues; -1 where one has no limit.",
        |input, args| {
            let servers = proxy(input, args)?.servers.iter().filter(|server| server.state.accepts_bound());
            Some(total(servers, |server| {
                let limited = server.state.maxconn() > 0 && server.maxqueue > 0;
                let places = i64::from(server.maxqueue) - i64::from(server.state.queue.len());
                limited.then(|| free_slots(server) + places)
            }))
        },
    ),
    of_backend("nbsrv", "How many servers take new requests.", |input, args| {
        Some(number(proxy(input, args)?.usable_servers() as u64))
    }),
    of_backend("queue", "Requests that wait for a server of a backend.", |input, args| {
        Some(number(proxy(input, args)?.queued()))
    }),
    of_frontend("fe_conn", "Client connections of a frontend.", |input, args| {
        Some(number(frontend(input, args)?.sessions.get()))
    }),
    of_frontend("fe_req_rate", "Requests per second that a frontend receives.", |input, args| {
        let frontend = frontend(input, args)?;
        Some(rate(input, &frontend.request_rate, frontend.counters.get(FrontendCounter::Requests)))
    }),
    of_frontend("fe_sess_rate", "Sessions per second that begin on a frontend.", |input, args| {
        let frontend = frontend(input, args)?;
        Some(rate(input, &frontend.session_rate, frontend.counters.get(FrontendCounter::Sessions)))
    }),
    of_server("srv_conn", Type::Int, "Requests that a server has in work.", |input, args| {
        Some(number(server(input, args)?.state.sessions.get()))
    }),
    of_server(
        "srv_conn_free",
        Type::Int,
        "Slots that are free on a server; -1 where it has no limit.",
        |input, args| {
            let server = server(input, args)?;
            Some(Value::Int(if server.state.maxconn() == 0 { -1 } else { free_slots(server) }))
        },
    ),
    of_server("srv_is_up", Type::Bool, "Whether a server is up and not in maintenance.", |input, args| {
        Some(Value::Bool(server(input, args)?.state.accepts_bound()))
    }),
    of_server("srv_iweight", Type::Int, "The weight that a server started with.", |input, args| {
        Some(number(server(input, args)?.state.configured_weight()))
    }),
    of_server("srv_queue", Type::Int, "Requests that wait for one server alone.", |input, args| {
        Some(number(server(input, args)?.state.queue.len()))
    }),
    of_server("srv_sess_rate", Type::Int, "Requests per second that a server is given.", |input, args| {
        let server = &server(input, args)?.state;
        Some(rate(input, &server.session_rate, server.counters.get(ServerCounter::Sessions)))
    }),
    of_server("srv_uweight", Type::Int, "The weight of a server as an administrator has set it.", |input, args| {
        Some(number(server(input, args)?.state.weight()))
    }),
    of_server("srv_weight", Type::Int, "The weight of a server as it counts now.", |input, args| {
        Some(number(server(input, args)?.state.weight()))
    }),
    row("act_conn", Type::Int, Validity::ALWAYS, "Client connections of the process.", |input, _| {
        Some(number(input.world.process.connections.get()))
    }),
    row(
        "dst_conn",
        Type::Int,
        Validity::CLIENT,
        "Client connections of the address that accepted this one.",
        |input, _| {
            let bind = input.world.bind(input.txn.frontend, input.txn.bind)?;
            Some(number(bind.state.sessions.get()))
        },
    ),
];

type One = for<'a> fn(&Input<'a>, &'a Args) -> Option<Value<'a>>;

const fn of_backend(name: &'static str, doc: &'static str, run: One) -> Fetch {
    let args = ArgSpec { usage: "[<backend>]", kinds: &[ArgKind::Backend], required: 0 };
    row(name, Type::Int, Validity::LIVE, doc, run).with(args)
}

const fn of_frontend(name: &'static str, doc: &'static str, run: One) -> Fetch {
    let args = ArgSpec { usage: "[<frontend>]", kinds: &[ArgKind::Frontend], required: 0 };
    row(name, Type::Int, Validity::LIVE, doc, run).with(args)
}

const fn of_server(name: &'static str, output: Type, doc: &'static str, run: One) -> Fetch {
    let args = ArgSpec { usage: "[<backend>/]<server>", kinds: &[ArgKind::Server], required: 1 };
    row(name, output, Validity::LIVE, doc, run).with(args)
}

fn proxy<'a>(input: &Input<'a>, args: &Args) -> Option<&'a ProxyEntry> {
    input.world.proxy(args.proxy(0)?)
}

fn backend<'a>(input: &Input<'a>, args: &Args) -> Option<&'a Arc<Backend>> {
    proxy(input, args)?.backend.as_ref()
}

fn frontend<'a>(input: &Input<'a>, args: &Args) -> Option<&'a Arc<Frontend>> {
    proxy(input, args)?.frontend.as_ref()
}

fn server<'a>(input: &Input<'a>, args: &Args) -> Option<&'a ServerEntry> {
    let (proxy, server) = args.server(0)?;
    input.world.server(proxy, server)
}

/// Below zero where a limit was lowered while more requests were in work.
fn free_slots(server: &ServerEntry) -> i64 {
    i64::from(server.state.maxconn()) - i64::from(server.state.sessions.get())
}

/// The sum over servers of what each has; -1 where one has no limit.
fn total<'a>(servers: impl Iterator<Item = &'a ServerEntry>, free: impl Fn(&ServerEntry) -> Option<i64>) -> Value<'a> {
    let sum = servers.map(free).sum::<Option<i64>>();
    Value::Int(sum.unwrap_or(-1))
}

fn rate<'a>(input: &Input<'a>, rate: &Rate, total: u64) -> Value<'a> {
    let since: Instant = input.world.process.rates_sampled();
    number(rate.get(total, input.now.ms_since(since)))
}

fn number<'a>(value: impl Into<u64>) -> Value<'a> {
    Value::Int(i64::try_from(value.into()).unwrap_or(i64::MAX))
}
