//! What can be said of the process: one descriptor a field of `show info`. A field whose value nobody keeps yet has none and is left out.

use std::fmt::Write as _;

use burdock_base::{Instant, product};
use burdock_model::Model;
use burdock_state::ProcessCounter;

use super::exposition::{Exposition, Form, Kind};
use super::identity::PROCESS_NUMBER;
use super::report::{Format, push_end_of_line, push_json_field, push_typed, push_value};
use super::{Moment, Tags, Value, n32, n64, rate, text};
use crate::rate::total_sessions;

/// A field of `show info`.
#[derive(Debug)]
pub struct Info {
    /// Its position, which never changes.
    pub position: usize,
    /// Its name.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// How to aggregate it.
    pub tags: Tags,
    /// How Prometheus is told of it; none: it is not.
    pub exposition: Option<Exposition>,
    /// Reads it; none: there is nothing to read.
    pub value: for<'a> fn(&Moment<'a>) -> Option<Value<'a>>,
}

impl Info {
    /// A field of which Prometheus is not told.
    const fn new(
        position: usize,
        name: &'static str,
        tags: Tags,
        doc: &'static str,
        value: for<'a> fn(&Moment<'a>) -> Option<Value<'a>>,
    ) -> Self {
        Self { position, name, doc, tags, exposition: None, value }
    }
}

macro_rules! infos {
    ($($position:literal $name:literal $tags:ident $doc:literal
       $(=> $told:literal $kind:ident $form:ident)?
       $value:expr;)+) => {
        /// Every field there is, by position.
        pub const INFOS: &[Info] = &[$(Info {
            $(exposition: Some(Exposition { name: $told, kind: Kind::$kind, form: Form::$form }),)?
            ..Info::new($position, $name, Tags::$tags, $doc, $value)
        }),+];
    };
}

infos! {
    0 "Name" PRODUCT "the product's name" |_| text(product::NAME);
    1 "Version" PRODUCT "the product's version" |_| text(product::VERSION);
    2 "Release_date" PRODUCT "the day of the release" |_| text(product::RELEASE_DATE);
    3 "Nbthread" SETTING "workers" => "nbthread" Gauge Number |it| number(it.model.global.threads);
    4 "Nbproc" SETTING "processes" => "nbproc" Gauge Number |_| n32(1);
    5 "Process_num" PROCESS_KEY "the process's number" => "relative_process_id" Gauge Number |_| n32(PROCESS_NUMBER);
    6 "Pid" STATE "the process's id" |_| n32(std::process::id());
    7 "Uptime" DURATION "time since the start" |it| text(uptime(it.second()));
    8 "Uptime_sec" DURATION "seconds since the start" => "uptime_seconds" Gauge Number |it| n32(it.second());
    9 "Memmax_MB" LIMIT "memory that may be used, in MB; 0: no limit" |_| n32(0);
    10 "PoolAlloc_MB" GAUGE "memory in pools, in MB" |_| None;
    11 "PoolUsed_MB" GAUGE "memory in pools that is in use, in MB" |_| None;
    12 "PoolFailed" VOLATILE_COUNTER "allocations that failed" => "pool_failures_total" Counter Number |_| None;
    13 "Ulimit-n" LIMIT "descriptors that may be open" => "max_fds" Gauge Number |_| number(open_file_limit());
    14 "Maxsock" LIMIT "sockets that may be open" => "max_sockets" Gauge Number |_| number(open_file_limit());
    15 "Maxconn" LIMIT "client connections that are allowed" => "max_connections" Gauge Number |it| n32(it.model.process.maxconn());
    16 "Hard_maxconn" LIMIT "client connections that the configuration allows" => "hard_max_connections" Gauge Number |it| n32(it.model.global.maxconn);
    17 "CurrConns" GAUGE "client connections now" => "current_connections" Gauge Number |it| n32(it.model.process.connections.get());
    18 "CumConns" VOLATILE_COUNTER "client connections so far" => "connections_total" Counter Number |it| count(it, ProcessCounter::Connections);
    19 "CumReq" VOLATILE_COUNTER "requests so far" => "requests_total" Counter Number |it| count(it, ProcessCounter::Requests);
    20 "MaxSslConns" MAXIMUM "the most TLS connections at once" => "max_ssl_connections" Gauge Number |_| None;
    21 "CurrSslConns" GAUGE "TLS connections now" => "current_ssl_connections" Gauge Number |_| None;
    22 "CumSslConns" VOLATILE_COUNTER "TLS connections so far" => "ssl_connections_total" Counter Number |it| count(it, ProcessCounter::TlsHandshakes);
    23 "Maxpipes" LIMIT "pipes that may be used" => "max_pipes" Gauge Number |_| None;
    24 "PipesUsed" GAUGE "pipes in use" => "pipes_used_total" Counter Number |_| None;
    25 "PipesFree" GAUGE "pipes at hand" => "pipes_free_total" Counter Number |_| None;
    26 "ConnRate" VOLATILE_RATE "connections in the last second" => "current_connection_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.connection_rate.get(process.counters.get(ProcessCounter::Connections), it.since_sampling_ms()))
    };
    27 "ConnRateLimit" LIMIT "connections that are allowed in a second; 0: no limit" => "limit_connection_rate" Gauge Number |_| n32(0);
    28 "MaxConnRate" MAXIMUM "the most connections in a second" => "max_connection_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.connection_rate.highest(process.counters.get(ProcessCounter::Connections), it.since_sampling_ms()))
    };
    29 "SessRate" VOLATILE_RATE "sessions in the last second" => "current_session_rate" Gauge Number |it| {
        rate(it.model.process.session_rate.get(total_sessions(it.model), it.since_sampling_ms()))
    };
    30 "SessRateLimit" LIMIT "sessions that are allowed in a second; 0: no limit" => "limit_session_rate" Gauge Number |_| n32(0);
    31 "MaxSessRate" VOLATILE_RATE "the most sessions in a second" => "max_session_rate" Gauge Number |it| {
        rate(it.model.process.session_rate.highest(total_sessions(it.model), it.since_sampling_ms()))
    };
    32 "SslRate" VOLATILE_RATE "TLS sessions in the last second" => "current_ssl_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_rate.get(process.counters.get(ProcessCounter::TlsHandshakes), it.since_sampling_ms()))
    };
    33 "SslRateLimit" LIMIT "TLS sessions that are allowed in a second" => "limit_ssl_rate" Gauge Number |_| None;
    34 "MaxSslRate" MAXIMUM "the most TLS sessions in a second" => "max_ssl_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_rate.highest(process.counters.get(ProcessCounter::TlsHandshakes), it.since_sampling_ms()))
    };
    35 "SslFrontendKeyRate" GAUGE "TLS keys computed towards clients in the last second" => "current_frontend_ssl_key_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_key_rate.get(process.counters.get(ProcessCounter::TlsKeys), it.since_sampling_ms()))
    };
    36 "SslFrontendMaxKeyRate" MAXIMUM "the most TLS keys computed towards clients in a second" => "max_frontend_ssl_key_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_key_rate.highest(process.counters.get(ProcessCounter::TlsKeys), it.since_sampling_ms()))
    };
    37 "SslFrontendSessionReuse_pct" GAUGE "share of TLS sessions that were resumed" => "frontend_ssl_reuse" Gauge Number |it| {
        let (process, since_ms) = (&it.model.process, it.since_sampling_ms());
        let sessions = process.tls_rate.get(process.counters.get(ProcessCounter::TlsHandshakes), since_ms);
        let keys = process.tls_key_rate.get(process.counters.get(ProcessCounter::TlsKeys), since_ms);
        rate((sessions.saturating_sub(keys) * 100).checked_div(sessions).unwrap_or(0))
    };
    38 "SslBackendKeyRate" VOLATILE_RATE "TLS keys computed towards servers in the last second" => "current_backend_ssl_key_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_server_key_rate.get(process.counters.get(ProcessCounter::TlsServerKeys), it.since_sampling_ms()))
    };
    39 "SslBackendMaxKeyRate" MAXIMUM "the most TLS keys computed towards servers in a second" => "max_backend_ssl_key_rate" Gauge Number |it| {
        let process = &it.model.process;
        rate(process.tls_server_key_rate.highest(process.counters.get(ProcessCounter::TlsServerKeys), it.since_sampling_ms()))
    };
    40 "SslCacheLookups" VOLATILE_COUNTER "TLS sessions looked up" => "ssl_cache_lookups_total" Counter Number |_| None;
    41 "SslCacheMisses" VOLATILE_COUNTER "TLS sessions looked up and not found" => "ssl_cache_misses_total" Counter Number |_| None;
    42 "CompressBpsIn" VOLATILE_RATE "bytes given to compression in the last second" => "http_comp_bytes_in_total" Counter Number |_| None;
    43 "CompressBpsOut" VOLATILE_RATE "bytes that compression gave in the last second" => "http_comp_bytes_out_total" Counter Number |_| None;
    44 "CompressBpsRateLim" LIMIT "bytes that may be compressed in a second" => "limit_http_comp" Gauge Number |_| None;
    45 "ZlibMemUsage" GAUGE "memory of compression" => "current_zlib_memory" Gauge Number |_| None;
    46 "MaxZlibMemUsage" LIMIT "memory that compression may use" => "max_zlib_memory" Gauge Number |_| None;
    47 "Tasks" GAUGE "tasks" => "current_tasks" Gauge Number |_| None;
    48 "Run_queue" GAUGE "tasks that are ready to run" => "current_run_queue" Gauge Number |_| None;
    49 "Idle_pct" AVERAGE "share of the last second that was idle" => "idle_time_percent" Gauge Number |it| n32(it.model.process.idle_percent());
    50 "node" SETTING_TEXT "the node's name" |it| text(it.model.global.node.as_str());
    51 "description" SETTING_TEXT "the node's description" |it| it.model.global.description.as_deref().and_then(text);
    52 "Stopping" GAUGE "1 during a soft stop" => "stopping" Gauge Number |it| n32(it.model.process.is_stopping().into());
    53 "Jobs" GAUGE "listeners and client connections" => "jobs" Gauge Number |it| {
        number(listeners(it.model) + it.model.process.connections.get() as usize)
    };
    54 "Unstoppable Jobs" GAUGE "jobs that a soft stop does not wait for" => "unstoppable_jobs" Gauge Number |_| n32(0);
    55 "Listeners" GAUGE "listening sockets" => "listeners" Gauge Number |it| number(listeners(it.model));
    56 "ActivePeers" GAUGE "peers that are known to work" => "active_peers" Gauge Number |_| None;
    57 "ConnectedPeers" GAUGE "peers that are connected" => "connected_peers" Gauge Number |_| None;
    58 "DroppedLogs" GAUGE "log lines that could not be sent" => "dropped_logs_total" Counter Number |it| count(it, ProcessCounter::DroppedLogs);
    59 "BusyPolling" GAUGE "1 where workers never sleep" => "busy_polling_enabled" Gauge Number |_| n32(0);
    60 "FailedResolutions" GAUGE "names that did not resolve" => "failed_resolutions" Counter Number |_| None;
    61 "TotalBytesOut" GAUGE "bytes sent to clients" => "bytes_out_total" Counter Number |it| n64(it.model.process.counters.get(ProcessCounter::BytesOut));
    62 "TotalSplicedBytesOut" GAUGE "bytes sent to clients by splicing" => "spliced_bytes_out_total" Counter Number |_| None;
    63 "BytesOutRate" VOLATILE_RATE "bytes sent to clients in the last second" => "bytes_out_rate" Gauge Number |it| {
        let process = &it.model.process;
        n64(process.bytes_out_rate.get(process.counters.get(ProcessCounter::BytesOut), it.since_sampling_ms()))
    };
    64 "DebugCommandsIssued" GAUGE "debug commands given" |_| n32(0);
    65 "CumRecvLogs" VOLATILE_COUNTER "log lines received" => "recv_logs_total" Counter Number |it| count(it, ProcessCounter::ReceivedLogs);
    66 "Build info" PRODUCT "the product's version" => "build_info" Gauge Version |_| text(product::VERSION);
    67 "Memmax_bytes" LIMIT "memory that may be used; 0: no limit" => "max_memory_bytes" Gauge Number |_| n32(0);
    68 "PoolAlloc_bytes" GAUGE "memory in pools" => "pool_allocated_bytes" Gauge Number |_| None;
    69 "PoolUsed_bytes" GAUGE "memory in pools that is in use" => "pool_used_bytes" Gauge Number |_| None;
    70 "Start_time_sec" DURATION "when it started, seconds since 1970" => "start_time_seconds" Gauge Number |it| start_second(it);
    71 "Tainted" STATE "whether something unusual was done to the process" |_| text("0");
    72 "TotalWarnings" VOLATILE_COUNTER "warnings given" |_| None;
    73 "MaxconnReached" VOLATILE_COUNTER "times that the limit of connections was reached" |_| None;
    74 "BootTime_ms" DURATION "ms that the start took" |_| None;
    75 "Niced_tasks" GAUGE "tasks of lower priority that are ready to run" |_| None;
    76 "CurrStreams" GAUGE "streams now" |_| None;
    77 "CumStreams" GAUGE "streams so far" |it| n64(it.model.process.counters.get(ProcessCounter::Requests));
    78 "BlockedTrafficWarnings" GAUGE "times that a worker was held up for long" |_| None;
    79 "PatternsAdded" GAUGE "patterns added" |_| None;
    80 "PatternsFreed" GAUGE "patterns freed" |_| None;
    81 "NbThreadGroups" SETTING "groups of workers" |_| n32(1);
}

/// The whole answer to `show info`. `described` adds the documentation of each field, except to JSON.
pub fn info_report(model: &Model, now: Instant, format: Format, described: bool) -> String {
    let mut out = String::new();
    let moment = Moment { model, now };
    let fields = INFOS.iter().filter_map(|info| (info.value)(&moment).map(|value| (info, value)));
    if format == Format::Json {
        out.push('[');
    }
    for (n, (info, value)) in fields.enumerate() {
        match format {
            Format::Plain => {
                out.push_str(info.name);
                out.push_str(": ");
                push_value(&mut out, &value);
                push_end_of_line(&mut out, described.then_some(info.doc));
            }
            Format::Typed => {
                // Writing to a string cannot fail.
                let _ = write!(out, "{}.{}.{PROCESS_NUMBER}:", info.position, info.name);
                push_typed(&mut out, info.tags, &value);
                push_end_of_line(&mut out, described.then_some(info.doc));
            }
            Format::Json => {
                out.push_str(if n == 0 { "{" } else { ",{" });
                push_json_field(&mut out, info.position, info.name, info.tags, &value);
                out.push('}');
            }
        }
    }
    if format == Format::Json {
        out.push_str("]\n");
    }
    out
}

fn number<'a>(n: usize) -> Option<Value<'a>> {
    n32(u32::try_from(n).unwrap_or(u32::MAX))
}

fn count<'a>(it: &Moment<'_>, counter: ProcessCounter) -> Option<Value<'a>> {
    n32(it.model.process.counters.get(counter) as u32)
}

/// `0d 1h02m03s`.
fn uptime(seconds: u32) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{days}d {hours}h{minutes:02}m{:02}s", seconds % 60)
}

fn start_second<'a>(it: &Moment<'_>) -> Option<Value<'a>> {
    let wall = it.model.process.clock.wall(Instant::START);
    let since = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    n32(u32::try_from(since.as_secs()).unwrap_or(u32::MAX))
}

fn open_file_limit() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    usize::try_from(limit.current.unwrap_or(u64::MAX)).unwrap_or(usize::MAX)
}

fn listeners(model: &Model) -> usize {
    let frontends = model.proxies.iter().filter(|proxy| !proxy.disabled).filter_map(|proxy| proxy.frontend.as_ref());
    frontends.map(|frontend| frontend.binds.len()).sum::<usize>() + model.global.stats_sockets.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_the_places_in_the_table() {
        assert!(INFOS.iter().enumerate().all(|(n, info)| info.position == n));
    }

    #[test]
    fn uptimes() {
        assert_eq!(uptime(4), "0d 0h00m04s");
        assert_eq!(uptime(90_061), "1d 1h01m01s");
    }
}
