//! Fetches of what a request costs its worker (configuration manual 7.3.2). It is taken down where an expression has one of them, and
//! nowhere else.

use burdock_txn::Spent;

use super::row::row;
use super::{Fetch, FetchOne};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    number("cpu_calls", "How often the request's task was called.", |input, _| of(input, |spent| spent.calls)),
    number("cpu_ns_avg", "Nanoseconds that it has run, a call.", |input, _| {
        of(input, |spent| per_call(spent, spent.cpu_ns))
    }),
    number("cpu_ns_tot", "Nanoseconds that it has run.", |input, _| of(input, |spent| spent.cpu_ns)),
    number("lat_ns_avg", "Nanoseconds that it has waited to run once it was woken, a call.", |input, _| {
        of(input, |spent| per_call(spent, spent.latency_ns))
    }),
    number("lat_ns_tot", "Nanoseconds that it has waited to run once it was woken.", |input, _| {
        of(input, |spent| spent.latency_ns)
    }),
];

const fn number(name: &'static str, doc: &'static str, one: FetchOne) -> Fetch {
    row(name, Type::Int, Validity::LIVE, doc, one)
}

fn of<'a>(input: &Input<'a>, number: impl FnOnce(Spent) -> u64) -> Option<Value<'a>> {
    let spent = input.txn.effort.as_ref()?.spent();
    Some(Value::Int(i64::try_from(number(spent)).unwrap_or(i64::MAX)))
}

const fn per_call(spent: Spent, total: u64) -> u64 {
    match total.checked_div(spent.calls) {
        Some(average) => average,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burdock_state::Directory;
    use burdock_txn::Effort;

    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::Bench;

    #[test]
    fn what_is_asked_for_is_measured() {
        let mut bench = Bench::new(Names::default(), Directory::empty(), &[]);
        bench.check(Phase::Log, &[("int(1)", Some("1"))]);
        assert!(!bench.names.asked().effort);
        bench.check(Phase::Log, &[("cpu_calls", None)]);
        assert!(bench.names.asked().effort);
        let effort = Arc::new(Effort::new());
        bench.txn.effort = Some(Arc::clone(&effort));
        bench.check(Phase::Log, &[("cpu_calls", Some("0")), ("cpu_ns_avg", Some("0")), ("lat_ns_tot", Some("0"))]);
        effort.begin_call();
        effort.end_call();
        bench.check(Phase::Log, &[("cpu_calls", Some("1"))]);
        assert_eq!(bench.evaluate("cpu_ns_avg", Phase::Log), bench.evaluate("cpu_ns_tot", Phase::Log));
    }
}
