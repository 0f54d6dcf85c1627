//! The tables against HAProxy 3.5: the columns, and what it showed for the same configuration and the same state.

use std::collections::BTreeMap;
use std::sync::Arc;

use burdock_base::WorkerId;
use burdock_state::proxy::{BackendCounter, FrontendCounter};
use burdock_state::{AdminFlag, CheckReport, CheckStatus, Operational, ProcessCounter, ServerCounter, Timing};

use super::info::info_report;
use super::*;
use crate::rate::RateSampler;
use crate::testing::{model, proxy};

const CONFIGURATION: &str = "
global
    nbthread 1
    maxconn 500
    node nodeA
    description \"my desc\"
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 300ms
frontend fe
    bind 127.0.0.1:18080
    maxconn 100
    default_backend be
backend be
    balance roundrobin
    cookie SRV insert
    fullconn 77
    server a 127.0.0.1:18090 cookie sa check weight 3 maxconn 10 maxqueue 5 pool-max-conn 7
    server b 127.0.0.1:18091 cookie \"s,b\" backup weight 9
    server c 127.0.0.1:18092 disabled
    server d [::1]:18090 weight 11
    server e 127.0.0.1
    server f 127.0.0.1:+80
    server g /run/x.sock
listen li
    bind 127.0.0.1:18082
    mode tcp
    server x 127.0.0.1:18090
backend off
    disabled
backend empty
    balance static-rr
";

const WORKER: WorkerId = WorkerId::new(0);

fn report(model: &Arc<Model>, filter: RowFilter, format: Format) -> String {
    let mut out = String::new();
    let mut report = StatReport::new(Arc::clone(model), filter, format, false);
    while report.write_piece(&mut out, Instant::START.after_ms(4500)) {}
    out
}

/// The rows of a CSV report by `proxy/server`, each as its values by name.
fn rows(csv: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut lines = csv.lines();
    let names: Vec<_> = lines.next().unwrap().trim_start_matches("# ").split(',').map(str::to_owned).collect();
    let row = |line: &str| {
        let values = split_csv(line);
        assert_eq!(values.len(), names.len(), "{line}");
        let row: BTreeMap<_, _> = names.iter().cloned().zip(values).collect();
        (format!("{}/{}", row["pxname"], row["svname"]), row)
    };
    lines.map(row).collect()
}

fn split_csv(line: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(String::new()),
            c => values.last_mut().unwrap().push(c),
        }
    }
    values
}

fn names(model: &Arc<Model>, filter: RowFilter) -> String {
    let rows = rows(&report(model, filter, Format::Plain));
    rows.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// Checks the named fields of a row: `name=value ...`.
fn check_row(model: &Arc<Model>, filter: RowFilter, row: &str, expected: &str) {
    let rows = rows(&report(model, filter, Format::Plain));
    let (_, values) = rows.iter().find(|(name, _)| name == row).unwrap();
    for pair in expected.split("  ") {
        let (name, value) = pair.split_once('=').unwrap();
        assert_eq!(values[name], value, "{row} {name}");
    }
}

#[test]
fn columns_are_haproxys() {
    let csv = report(&Arc::new(model("")), RowFilter::default(), Format::Plain);
    let expected = include_str!("columns.txt").lines().map(|name| format!("{name},")).collect::<String>();
    assert_eq!(csv, format!("# {expected}\n"));
    assert!(METRICS.iter().enumerate().all(|(n, metric)| metric.column == n && !metric.doc.is_empty()));
}

/// Values seen from HAProxy 3.5.
#[test]
fn checks_are_shown_while_they_have_a_say() {
    let model = Arc::new(model(CONFIGURATION));
    let backend = proxy(&model, "be").backend.as_ref().unwrap();
    let state = &backend.servers.iter().next().unwrap().state;
    let check = |expected| check_row(&model, RowFilter::default(), "be/a", expected);
    check("status=UP -1/3  check_status=INI  check_code=  check_duration=  last_chk=  check_desc=Initializing check");
    let info = "ECONNREFUSED returned by OS (Connection refused)".to_owned();
    state.check.end(CheckReport { status: CheckStatus::Layer4Problem, duration_ms: Some(3), code: 0, info });
    check(
        "check_status=L4CON  check_duration=3  last_chk=ECONNREFUSED returned by OS (Connection refused)  \
         check_desc=Layer4 connection problem",
    );
    state.check.begin();
    check("check_status=* L4CON");
    state.set_admin(AdminFlag::ForcedMaintenance, true, Instant::START, &backend.state);
    check("status=MAINT  check_status=  check_duration=  last_chk=  check_desc=");
}

#[test]
fn rows_at_rest() {
    let model = Arc::new(model(CONFIGURATION));
    let checked = proxy(&model, "be").backend.as_ref().unwrap();
    checked.servers.iter().next().unwrap().state.set_health(4, Operational::Running, Instant::START, &checked.state);
    assert_eq!(
        names(&model, RowFilter::default()),
        "fe/FRONTEND be/a be/b be/c be/d be/e be/f be/g be/BACKEND li/FRONTEND li/x li/BACKEND empty/BACKEND"
    );
    let check = |row, expected| check_row(&model, RowFilter::default(), row, expected);
    check(
        "fe/FRONTEND",
        "iid=2  sid=0  type=0  pid=1  mode=http  status=OPEN  slim=100  weight=  act=  addr=  hrsp_2xx=0  req_tot=0  conn_tot=0  \
         req_rate=0  sess_other=0  h1sess=0  h1req=0  qtime=  scur=0  qcur=  dreq=0  ereq=0  econ=  lbtot=  h1_total_streams=0",
    );
    check(
        "be/a",
        "iid=3  sid=1  type=2  pid=1  mode=http  status=UP  slim=10  qlimit=5  weight=3  uweight=3  act=1  bck=0  \
         addr=127.0.0.1:18090  cookie=sa  algo=  check_rise=2  check_fall=3  check_health=4  chkfail=0  chkdown=0  downtime=0  \
         lastsess=-1  src_ilim=7  hrsp_2xx=0  req_tot=0  conn_tot=  qtime=0  ttime_max=0  srv_icur=0  used_conn_cur=0  econ=0  lbtot=0",
    );
    check(
        "be/b",
        "sid=2  status=no check  slim=  qlimit=  weight=9  act=0  bck=1  cookie=s,b  check_rise=  check_health=  chkfail=  \
         chkdown=  downtime=  lastsess=-1  src_ilim=",
    );
    check("be/c", "sid=3  status=MAINT  weight=1  act=1  bck=0  cookie=");
    check("be/d", "addr=[::1]:18090");
    check("be/e", "addr=127.0.0.1:0");
    check("be/f", "addr=127.0.0.1:80");
    check("be/g", "addr=unix");
    check(
        "be/BACKEND",
        "iid=3  sid=0  type=1  status=UP  slim=77  weight=17  uweight=17  act=5  bck=1  cookie=SRV  algo=roundrobin  chkfail=  \
         chkdown=0  downtime=0  lastsess=-1  hrsp_2xx=0  req_tot=0",
    );
    check("li/FRONTEND", "iid=4  mode=tcp  slim=500  hrsp_2xx=  req_tot=0  conn_tot=0");
    check("li/x", "hrsp_2xx=  req_tot=  lastsess=-1");
    check("li/BACKEND", "slim=50  algo=unknown  downtime=0  weight=1");
    check("empty/BACKEND", "iid=6  status=UP  slim=1  weight=0  act=0  bck=0  algo=static-rr  downtime=");
}

#[test]
fn states_of_servers() {
    let check = |change: &dyn Fn(&Server, &Backend), status: &str, backend_status: &str| {
        let model = Arc::new(model(CONFIGURATION));
        let backend = proxy(&model, "be").backend.as_ref().unwrap();
        change(backend.servers.iter().next().unwrap(), backend);
        check_row(&model, RowFilter::default(), "be/a", &format!("status={status}"));
        let filter = RowFilter { visibility: Visibility::Up, ..RowFilter::default() };
        check_row(&model, filter, "be/BACKEND", &format!("status={backend_status}"));
    };
    let health = |value, state| {
        move |server: &Server, backend: &Backend| {
            server.state.set_health(value, state, Instant::START, &backend.state);
        }
    };
    let admin = |flag| {
        move |server: &Server, backend: &Backend| {
            server.state.set_admin(flag, true, Instant::START, &backend.state);
        }
    };
    check(&health(4, Operational::Running), "UP", "UP (6/7)");
    check(&health(2, Operational::Running), "UP 1/3", "UP (6/7)");
    check(&health(0, Operational::Running), "UP -1/3", "UP (6/7)");
    check(&health(0, Operational::Stopped), "DOWN", "UP (5/7)");
    check(&health(1, Operational::Stopped), "DOWN 1/2", "UP (5/7)");
    check(&health(4, Operational::Stopping), "NOLB", "UP (6/7)");
    check(&admin(AdminFlag::ForcedMaintenance), "MAINT", "UP (5/7)");
    check(&admin(AdminFlag::UnresolvedMaintenance), "MAINT (resolution)", "UP (5/7)");
    let drain = |server: &Server, backend: &Backend| {
        health(4, Operational::Running)(server, backend);
        admin(AdminFlag::ForcedDrain)(server, backend);
    };
    check(&drain, "DRAIN", "UP (6/7)");
    let all_down = |_: &Server, backend: &Backend| {
        for server in &backend.servers {
            admin(AdminFlag::ForcedMaintenance)(server, backend);
        }
    };
    check(&all_down, "MAINT", "DOWN (0/7)");
}

#[test]
fn what_requests_leave_behind() {
    let model = Arc::new(model(CONFIGURATION));
    let frontend = &proxy(&model, "fe").frontend.as_ref().unwrap().state;
    let backend = proxy(&model, "be").backend.as_ref().unwrap();
    let server = &backend.servers.iter().next().unwrap().state;
    frontend.counters.add(WORKER, FrontendCounter::Sessions, 3);
    frontend.counters.add(WORKER, FrontendCounter::BytesIn, 427);
    frontend.counters.add(WORKER, FrontendCounter::Responses5xx, 2);
    backend.state.counters.add(WORKER, BackendCounter::Retries, 4);
    server.counters.add(WORKER, ServerCounter::BytesOut, 364);
    server.counters.add(WORKER, ServerCounter::ConnectErrors, 5);
    assert!(server.try_acquire(Instant::START.after_ms(1500)));
    server.latency.note(WORKER, Timing { queue_ms: 1, connect_ms: 2, response_ms: 300, total_ms: 301 });
    let check = |row, expected| check_row(&model, RowFilter::default(), row, expected);
    check("fe/FRONTEND", "stot=3  bin=427  reqbin=427  hrsp_5xx=2  hrsp_2xx=0  h1sess=3");
    check(
        "be/a",
        "scur=1  smax=1  bout=364  econ=5  lastsess=3  qtime=1  ctime=2  rtime=300  ttime=301  rtime_max=300",
    );
    check("be/BACKEND", "wretr=4  lastsess=3  rtime=0");
}

#[test]
fn selections() {
    let model = Arc::new(model(CONFIGURATION));
    let all = RowFilter::default();
    let check = |filter, expected| assert_eq!(names(&model, filter), expected);
    check(RowFilter { kinds: 1, ..all }, "fe/FRONTEND li/FRONTEND");
    check(RowFilter { kinds: 2, ..all }, "be/BACKEND li/BACKEND empty/BACKEND");
    check(RowFilter { kinds: 4, proxy: Some(4), ..all }, "li/x");
    check(RowFilter { server: Some(2), proxy: Some(3), ..all }, "be/b be/BACKEND");
    check(RowFilter { proxy: Some(99), ..all }, "");
    check(
        RowFilter { kinds: 4, visibility: Visibility::NotInMaintenance, ..all },
        "be/a be/b be/d be/e be/f be/g li/x",
    );
}

#[test]
fn typed_and_json() {
    let model = Arc::new(model(CONFIGURATION));
    let filter = RowFilter { proxy: Some(3), kinds: 4, server: Some(2), ..RowFilter::default() };
    let typed = report(&model, filter, Format::Typed);
    for line in [
        "S.3.2.0.pxname.1:KNSV:str:be",
        "S.3.2.2.qcur.1:MGPV:u32:0",
        "S.3.2.5.smax.1:MMPV:u32:0",
        "S.3.2.7.stot.1:MCPP:u64:0",
        "S.3.2.17.status.1:SGPV:str:no check",
        "S.3.2.18.weight.1:MaPV:u32:9",
        "S.3.2.20.bck.1:SGPV:u32:1",
        "S.3.2.27.iid.1:KGSV:u32:3",
        "S.3.2.33.rate.1:MRPP:u32:0",
        "S.3.2.55.lastsess.1:MAPP:s32:-1",
        "S.3.2.73.addr.1:CGSV:str:127.0.0.1:18091",
        "S.3.2.74.cookie.1:CNSV:str:s,b",
    ] {
        assert!(typed.lines().any(|found| found == line), "{line}\n{typed}");
    }
    let json = report(&model, filter, Format::Json);
    assert!(json.starts_with(
        "[[{\"objType\":\"Server\",\"proxyId\":3,\"id\":2,\"field\":{\"pos\":0,\"name\":\"pxname\"},\"processNum\":1,\
         \"tags\":{\"origin\":\"Key\",\"nature\":\"Name\",\"scope\":\"Service\"},\"value\":{\"type\":\"str\",\"value\":\"be\"}},{"
    ));
    assert!(json.ends_with("}}]]\n"));
    let json = report(&model, RowFilter { kinds: 4, ..RowFilter::default() }, Format::Json);
    assert_eq!(json.matches("}}],[{").count(), 7);
}

#[test]
fn process_information() {
    let model = model(CONFIGURATION);
    let process = &model.process;
    process.counters.add(WORKER, ProcessCounter::Requests, 9);
    process.connections.up();
    let now = Instant::START.after_ms(4000);
    let plain = info_report(&model, now, Format::Plain, false);
    for line in [
        "Name: HAProxy",
        "Nbthread: 1",
        "Uptime: 0d 0h00m04s",
        "Uptime_sec: 4",
        "Maxconn: 500",
        "CurrConns: 1",
        "CumReq: 9",
        "node: nodeA",
        "description: my desc",
        "Listeners: 2",
        "Jobs: 3",
        "Stopping: 0",
    ] {
        assert!(plain.lines().any(|found| found == line), "{line}\n{plain}");
    }
    let typed = info_report(&model, now, Format::Typed, true);
    assert!(typed.lines().any(|line| line == "3.Nbthread.1:CGSV:u32:1:\"workers\""), "{typed}");
    assert!(info_report(&model, now, Format::Json, false).ends_with("\"value\":{\"type\":\"u32\",\"value\":1}}]\n"));
}

#[test]
fn rates_are_those_of_the_last_second() {
    let model = Arc::new(model(CONFIGURATION));
    let frontend = &proxy(&model, "fe").frontend.as_ref().unwrap().state;
    let at = |ms| Instant::START.after_ms(ms);
    let mut sampler = RateSampler::new(at(0));
    let check = |ms: u64, expected: &str| {
        let mut out = String::new();
        let mut report = StatReport::new(Arc::clone(&model), RowFilter::default(), Format::Plain, false);
        while report.write_piece(&mut out, at(ms)) {}
        let row = &rows(&out)[0].1;
        assert_eq!(format!("{} {} {}", row["req_rate"], row["req_rate_max"], row["rate"]), expected);
    };
    frontend.counters.add(WORKER, FrontendCounter::Requests, 10);
    check(500, "10 10 0");
    sampler.tick(&model, at(1000));
    check(1500, "5 10 0");
    frontend.counters.add(WORKER, FrontendCounter::Sessions, 2);
    check(1500, "5 10 2");
    sampler.tick(&model, at(2000));
    check(2000, "0 10 2");
    assert!(model.process.idle_percent() <= 100);
}
