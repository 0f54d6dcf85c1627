//! What may be used: status, weights, checks, transitions.

use std::borrow::Cow;

use burdock_base::Instant;
use burdock_model::{Backend, Server};
use burdock_state::{AdminFlag, CheckReport, Operational, ServerCounter, Standing};

use super::{BackendView, Moment, ServerView, Value, metrics, n32, n64, text};

metrics! {
    17 "status" STATE "whether it is open, up, down, draining or in maintenance" => "status" Gauge State {
        frontend: |it| text(match it.frontend.state.standing() {
            _ if it.moment.model.process.is_stopping() => "STOP",
            Standing::Open => "OPEN",
            Standing::Paused => "PAUSED",
            Standing::Closed => "STOP",
        });
        backend: |it| text(backend_status(it));
        server: |it| text(server_status(it.server));
    }
    18 "weight" AVERAGE "the weight; for a backend, that of all servers in use" => "weight" Gauge Number {
        backend: |it| n32(it.backend.balance.balancer.strength().weight);
        server: |it| n32(it.server.state.weight());
    }
    19 "act" GAUGE "active servers; for a server, whether it is one" => "active_servers" Gauge ProxyNumber {
        backend: |it| n32(it.backend.balance.balancer.strength().active);
        server: |it| n32(u32::from(!it.server.backup));
    }
    20 "bck" GAUGE "backup servers; for a server, whether it is one" => "backup_servers" Gauge ProxyNumber {
        backend: |it| n32(it.backend.balance.balancer.strength().backup);
        server: |it| n32(u32::from(it.server.backup));
    }
    21 "chkfail" COUNTER "checks that failed while the server was up" => "check_failures_total" Counter Number {
        server: |it| checked(it, n64(it.server.state.counters.get(ServerCounter::FailedChecks)));
    }
    22 "chkdown" COUNTER "transitions from up to down" => "check_up_down_total" Counter Number {
        backend: |it| n64(it.backend.state.downs().into());
        server: |it| checked(it, n64(it.server.state.counters.get(ServerCounter::Downs)));
    }
    23 "lastchg" AGE "seconds since it last went up or down" => "check_last_change_seconds" Gauge Number {
        backend: |it| n32(it.moment.second().saturating_sub(it.backend.state.last_change_s()));
        server: |it| n32(it.moment.seconds_since(it.server.state.last_change().max(Instant::START)));
    }
    24 "downtime" VOLATILE_COUNTER "seconds spent down" => "downtime_seconds_total" Counter Number {
        backend: |it| if it.backend.servers.is_empty() { None } else { n32(it.backend.state.downtime_s(it.moment.second())) };
        server: |it| checked(it, n32(seconds(it.server.state.downtime_ms(it.moment.now))));
    }
    36 "check_status" TEXT "how the last check ended; marked while the next is under way" => "check_status" Gauge CheckState {
        server: |it| last_check(it).and_then(|last| {
            let mark = if it.server.state.check.is_running() { "* " } else { "" };
            text(format!("{mark}{}", last.status.code()))
        });
    }
    37 "check_code" TEXT "the status that the last check was answered with" => "check_code" Gauge Checked {
        server: |it| last_check(it).and_then(|last| text(last.status.has_code().then(|| last.code.to_string())?));
    }
    38 "check_duration" DURATION "ms that the last check took" => "check_duration_seconds" Gauge Milliseconds {
        server: |it| last_check(it).and_then(|last| n64(last.duration_ms?.into()));
    }
    55 "lastsess" AGE "seconds since it was last given a session; -1: never" => "last_session_seconds" Gauge Number {
        backend: |it| seconds_since(&it.moment, it.backend.servers.iter().filter_map(|server| server.state.last_session()).max());
        server: |it| seconds_since(&it.moment, it.server.state.last_session());
    }
    45 "hanafail" COUNTER "errors seen in traffic that counted as failed checks" {
        server: |it| checked(it, n64(it.server.state.counters.get(ServerCounter::Observed)));
    }
    56 "last_chk" TEXT "what the last check was answered with, or its error" {
        server: |it| last_check(it).and_then(|last| text(last.info));
    }
    65 "check_desc" TEXT "check_status in words" {
        server: |it| last_check(it).and_then(|last| text(last.status.description()));
    }
    67 "check_rise" SETTING "good checks that bring it up" {
        server: |it| checked(it, n32(it.server.state.health().rise));
    }
    68 "check_fall" SETTING "failed checks that take it down" {
        server: |it| checked(it, n32(it.server.state.health().fall));
    }
    69 "check_health" SETTING "the check counter, from 0 to rise + fall - 1" {
        server: |it| checked(it, n32(it.server.state.health().value));
    }
    99 "uweight" AVERAGE "the weight as the operator set it" => "uweight" Gauge Number {
        backend: |it| n32(it.backend.balance.balancer.strength().weight);
        server: |it| n32(it.server.state.weight());
    }
}

fn checked<'a>(it: &ServerView<'a>, value: Option<Value<'a>>) -> Option<Value<'a>> {
    if it.server.check.is_some() { value } else { None }
}

/// The last check, while checks have a say.
fn last_check(it: &ServerView<'_>) -> Option<CheckReport> {
    let state = &it.server.state;
    let has_say = it.server.check.is_some() && !state.in_maintenance() && !state.check.is_suspended();
    has_say.then(|| state.check.last())
}

/// Whether a server serves at least those that are bound to it.
pub(super) fn is_up(server: &Server) -> bool {
    server.state.accepts_bound()
}

fn backend_status(it: &BackendView<'_>) -> Cow<'static, str> {
    let servers = &it.backend.servers;
    let status = if servers.is_empty() || has_usable_server(it.backend) { "UP" } else { "DOWN" };
    if it.counts_servers {
        let up = servers.iter().filter(|server| is_up(server)).count();
        return format!("{status} ({up}/{})", servers.len()).into();
    }
    if !it.backend.state.is_published() {
        return format!("{status} (UNPUB)").into();
    }
    status.into()
}

fn has_usable_server(backend: &Backend) -> bool {
    let strength = backend.balance.balancer.strength();
    strength.active + strength.backup > 0
}

/// Maintenance before checks before drain; the progress of a transition as `1/3` (management manual 9.1 `status`).
fn server_status(server: &Server) -> Cow<'static, str> {
    let state = &server.state;
    if state.in_maintenance() {
        let unresolved = state.admin_bits() & AdminFlag::UnresolvedMaintenance as u32 != 0;
        return if unresolved { "MAINT (resolution)" } else { "MAINT" }.into();
    }
    let health = state.health();
    let operational = state.operational();
    if state.agent.is_against() {
        return "DOWN (agent)".into();
    }
    if operational == Operational::Stopped {
        return match health.value {
            0 => "DOWN".into(),
            good => format!("DOWN {good}/{}", health.rise).into(),
        };
    }
    let name = match operational {
        _ if state.is_draining() && server.agent.is_some() => "DRAIN (agent)",
        _ if state.is_draining() => "DRAIN",
        Operational::Stopping => "NOLB",
        _ if server.check.is_none() => "no check",
        _ => "UP",
    };
    // A server that is up before its checks have said so is short of `rise`, and the number may be negative.
    let progress = i64::from(health.value) - i64::from(health.rise) + 1;
    if server.check.is_none() || progress == i64::from(health.fall) {
        name.into()
    } else {
        format!("{name} {progress}/{}", health.fall).into()
    }
}

/// The status of a server without its progress, as one of five words.
pub(super) fn state_word(server: &Server) -> &'static str {
    let status = server_status(server);
    let begins = |word: &&&str| status.starts_with(**word);
    // One that nobody checks is taken for up.
    ["DOWN", "MAINT", "DRAIN", "NOLB"].iter().find(begins).copied().unwrap_or("UP")
}

fn seconds(ms: u64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

fn seconds_since<'a>(moment: &Moment<'a>, instant: Option<Instant>) -> Option<Value<'a>> {
    let seconds = instant.map(|instant| moment.seconds_since(instant));
    Some(Value::S32(seconds.map_or(-1, |seconds| i32::try_from(seconds).unwrap_or(i32::MAX))))
}
