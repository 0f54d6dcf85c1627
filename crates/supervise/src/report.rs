//! What signals make the process tell about itself (management manual 4), and its last words.

use burdock_model::{Level, Model, Proxy, Server};
use burdock_observe::notice;
use burdock_state::proxy::{BackendCounter, FrontendCounter};
use burdock_state::server::ServerCounter;

/// SIGHUP: the state of every server and proxy.
pub fn dump_servers(model: &Model) {
    notice(Level::Warning, "SIGHUP received, dumping servers states.");
    for proxy in &model.proxies {
        for server in proxy.backend.iter().flat_map(|backend| &backend.servers) {
            notice(Level::Warning, &server_line(proxy, server));
        }
        notice(Level::Warning, &proxy_line(proxy));
    }
}

/// SIGQUIT: memory in use.
pub fn dump_memory() {
    match resident_kilobytes() {
        Some(kilobytes) => notice(Level::Notice, &format!("SIGQUIT: resident memory: {kilobytes} kB")),
        None => notice(Level::Notice, "SIGQUIT: the memory in use is not known"),
    }
}

/// The end of a soft stop: what each proxy has done.
pub fn say_stopped(model: &Model) {
    for proxy in model.proxies.iter().filter(|proxy| !proxy.disabled) {
        let (front, back) = cumulated(proxy);
        notice(Level::Warning, &format!("Proxy {} stopped (cumulated conns: FE: {front}, BE: {back}).", proxy.name));
    }
}

fn server_line(proxy: &Proxy, server: &Server) -> String {
    let state = &server.state;
    let up = if state.accepts_bound() { "UP" } else { "DOWN" };
    let (now, waiting, total) = (state.sessions.get(), state.queue.len(), state.counters.get(ServerCounter::Sessions));
    format!("SIGHUP: Server {}/{} is {up}. Conn: {now} act, {waiting} pend, {total} tot.", proxy.name, server.name)
}

fn proxy_line(proxy: &Proxy) -> String {
    let servers = || proxy.backend.iter().flat_map(|backend| &backend.servers);
    let usable =
        |backup: bool| servers().filter(|server| server.backup == backup && server.state.accepts_new()).count();
    let (active, backup) = (usable(false), usable(true));
    let state = match (servers().count(), active + backup) {
        (0, _) => "has no servers".to_owned(),
        (_, 0) => "has no server available !".to_owned(),
        _ => format!("has {active} active servers and {backup} backup servers available"),
    };
    let end = if state.ends_with('!') { "" } else { "." };
    let front_now = proxy.frontend.as_ref().map_or(0, |frontend| frontend.state.sessions.get());
    let back_now = proxy.backend.as_ref().map_or(0, |backend| backend.state.sessions.get());
    let unassigned = proxy.backend.as_ref().map_or(0, |backend| backend.state.queue.len());
    let queued = unassigned + servers().map(|server| server.state.queue.len()).sum::<u32>();
    let (front, back) = cumulated(proxy);
    format!(
        "SIGHUP: Proxy {} {state}{end} Conn: act(FE+BE): {front_now}+{back_now}, {queued} pend ({unassigned} unass), \
         tot(FE+BE): {front}+{back}.",
        proxy.name
    )
}

fn cumulated(proxy: &Proxy) -> (u64, u64) {
    let front = proxy.frontend.as_ref().map_or(0, |side| side.state.counters.get(FrontendCounter::Connections));
    let back = proxy.backend.as_ref().map_or(0, |side| side.state.counters.get(BackendCounter::Sessions));
    (front, back)
}

fn resident_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
