//! Lists of backends and servers (management manual 9.3), as HAProxy writes them.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::{Address, Model, Proxy, Server, StatsLevel};
use burdock_state::{AdminFlag, CheckResult, CheckStatus};

use super::server::find_backend;
use super::{Call, Command};
use crate::answer::{Answer, Report};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["show", "backend"],
        usage: "show backend",
        doc: "the names of all backends",
        level: StatsLevel::User,
        takes_payload: false,
        run: show_backend,
    },
    Command {
        words: &["show", "servers", "conn"],
        usage: "show servers conn [<backend>]",
        doc: "connections to all servers, or to those of a backend",
        level: StatsLevel::User,
        takes_payload: false,
        run: show_connections,
    },
    Command {
        words: &["show", "servers", "state"],
        usage: "show servers state [<backend>]",
        doc: "the changeable state of all servers, or of a backend's",
        level: StatsLevel::User,
        takes_payload: false,
        run: show_state,
    },
];

/// Version of the format, and the names of its columns (management manual 9.3 `show servers state`).
const STATE_HEAD: &str = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
    srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id \
    srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n";

fn show_backend(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let names = model.proxies.iter().filter(|proxy| proxy.backend.is_some()).map(|proxy| format!("{}\n", proxy.name));
    Answer::Text(format!("# name\n{}", names.collect::<String>()))
}

fn show_state(call: Call<'_>) -> Answer {
    report(&call, STATE_HEAD.to_owned(), push_state)
}

/// Version of the format, and the names of its columns, the last one with the number of workers (management manual 9.3 `show servers conn`).
fn show_connections(call: Call<'_>) -> Answer {
    let threads = call.runtime.model.load().global.threads;
    let head = format!(
        "# bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est idle_sess unsafe_nb safe_nb idle_lim \
         idle_cur idle_per_thr[{threads}]\n"
    );
    report(&call, head, push_connections)
}

/// A line for each server of the backend that the command names, or of all.
fn report(call: &Call<'_>, head: String, push: Push) -> Answer {
    let model = call.runtime.model.load_full();
    let wanted = match call.argument(0) {
        "" => None,
        name => match find_backend(&model, name) {
            Some(proxy) => Some(proxy.id.index()),
            None => return Answer::refused("Can't find backend."),
        },
    };
    let proxies = wanted.map_or(0..model.proxies.len(), |index| index..index + 1);
    Answer::Report(Box::new(ServerReport { model, head: Some(head), push, proxies }))
}

/// Appends the line of a server.
type Push = fn(&mut String, &Proxy, &Server, Instant);

/// The servers of some proxies, a proxy at a time.
struct ServerReport {
    model: Arc<Model>,
    head: Option<String>,
    push: Push,
    proxies: std::ops::Range<usize>,
}

impl Report for ServerReport {
    fn write_piece(&mut self, out: &mut String, now: Instant) -> bool {
        out.push_str(&self.head.take().unwrap_or_default());
        let proxy = self.proxies.next().and_then(|index| self.model.proxies.get(index));
        if let Some(proxy) = proxy
            && let Some(backend) = &proxy.backend
        {
            backend.servers.iter().for_each(|server| (self.push)(out, proxy, server, now));
        }
        !self.proxies.is_empty()
    }
}

fn push_state(out: &mut String, proxy: &Proxy, server: &Server, now: Instant) {
    let state = &server.state;
    let (backend_id, backend) = (proxy.numeric_id, &proxy.name);
    // Servers of disabled sections are not numbered (measured).
    let id = if proxy.disabled { 0 } else { server.numeric_id };
    let (name, hostname) = (&server.name, server.hostname.as_deref().unwrap_or("-"));
    let (ip, port) = ip_and_port(&server.address);
    let ip = ip.filter(|_| !server.is_lost());
    let (address, port) = (ip_text(ip), server.port_offset.unwrap_or(port.into()));
    let (operational, admin) = (state.operational() as u8, state.admin_bits());
    let (weight, configured_weight) = (state.weight(), state.configured_weight());
    let age_s = now.ms_since(state.last_change().max(Instant::START)) / 1000;
    let CheckColumns { status, result, activity, address: check_address, port: check_port } = CheckColumns::of(server);
    let (health, tls) = (state.health().value, u8::from(server.tls.is_some()));
    let (own_backend_id, own_id) = (u8::from(proxy.has_own_id), u8::from(server.has_own_id));
    let (agent_activity, agent_address, agent_port) = agent_columns(server);
    // Where checks go is shown for agents as well, where there is none (measured).
    let agent_address = agent_address.unwrap_or_else(|| check_address.clone());
    let agent_port = agent_port.unwrap_or(check_port);
    // Writing to memory does not fail.
    let _ = writeln!(
        out,
        "{backend_id} {backend} {id} {name} {address} {operational} {admin} {weight} {configured_weight} {age_s} {status} \
         {result} {health} {activity} {agent_activity} {own_backend_id} {own_id} {hostname} {port} - {tls} {check_port} {check_address} \
         {agent_address} {agent_port}"
    );
}

/// Connections in use are those of requests, and all that are idle may be used by anybody who may use idle ones at all.
fn push_connections(out: &mut String, proxy: &Proxy, server: &Server, _: Instant) {
    let state = &server.state;
    let (ip, port) = ip_and_port(&server.address);
    let ip = ip.filter(|_| !server.is_lost());
    let (served, most) = (state.sessions.get(), state.sessions_peak.get());
    let idle = state.idle_connections.get();
    let limit = server.pool_max_connections.map_or(-1, i64::from);
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "{}/{} {}/{} {} {port} - {} {served} {served} {most} {most} 0 0 {idle} {limit} {idle}",
        proxy.name,
        server.name,
        proxy.numeric_id,
        server.numeric_id,
        ip_text(ip),
        server.pool_purge_delay_ms
    );
    state.idle_connections.by_worker().for_each(|idle| _ = write!(out, " {idle}"));
    out.push('\n');
}

/// What is shown of a server's checks.
struct CheckColumns {
    status: u8,
    /// 0: nothing yet; 2: failed; 3: good.
    result: u8,
    /// Bits: 1, a check is under way; 2, there are checks; 4, they are not switched off; 8, they wait for the end of maintenance.
    activity: u8,
    /// Where they go, if not to the server's own address.
    address: String,
    /// The same for the port; zero: the server's own.
    port: u16,
}

impl CheckColumns {
    fn of(server: &Server) -> CheckColumns {
        let state = &server.state;
        let Some(settings) = &server.check else {
            let is_disabled = state.admin_bits() & AdminFlag::ConfiguredMaintenance as u32 != 0;
            let activity = if is_disabled { 8 } else { 0 };
            let status = CheckStatus::Initializing.number();
            return CheckColumns { status, result: 0, activity, address: "-".to_owned(), port: 0 };
        };
        let status = state.check.last().status;
        let (is_running, is_suspended) = (state.check.is_running(), state.check.is_suspended());
        let result = match status {
            _ if is_running => 0,
            status => match status.result() {
                CheckResult::Unknown => 0,
                CheckResult::Failed => 2,
                CheckResult::Passed => 3,
                CheckResult::Conditional => 4,
            },
        };
        let activity = u8::from(is_running) | 2 | if is_suspended { 0 } else { 4 };
        let activity = activity | if state.in_maintenance() && !is_suspended { 8 } else { 0 };
        let (own_ip, own_port) = ip_and_port(&server.address);
        let (ip, port) = settings.address.as_ref().map_or((own_ip, own_port), ip_and_port);
        CheckColumns {
            status: status.number(),
            result,
            activity,
            address: ip_text(ip.filter(|_| ip != own_ip)),
            port: if port == own_port { 0 } else { port },
        }
    }
}

/// What is shown of a server's agent: bits as for checks, and 16 for being an agent; where it is.
fn agent_columns(server: &Server) -> (u8, Option<String>, Option<u16>) {
    let Some(settings) = &server.agent else { return (0, None, None) };
    let state = &server.state.agent;
    let activity = 16 | 2 | u8::from(state.is_running()) | if state.is_suspended() { 0 } else { 4 };
    let (own_ip, _) = ip_and_port(&server.address);
    let (ip, port) = settings.address.as_ref().map_or((own_ip, 0), ip_and_port);
    (activity, Some(ip_text(ip.filter(|_| ip != own_ip))), Some(port))
}

fn ip_and_port(address: &Address) -> (Option<IpAddr>, u16) {
    match address {
        Address::Tcp(address) => (Some(address.ip()), address.port()),
        _ => (None, 0),
    }
}

fn ip_text(ip: Option<IpAddr>) -> String {
    ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string())
}
