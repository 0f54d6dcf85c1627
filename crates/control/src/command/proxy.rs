//! Commands that open and close frontends and backends (management manual 9.3). The texts are HAProxy's.

use std::sync::Arc;

use burdock_model::{Backend, Frontend, Level, Model, Proxy, StatsLevel};
use burdock_state::{BackendCounter, FrontendCounter, Standing};

use super::server::{find_backend, is_named, leading_number};
use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(&["disable", "frontend"], "disable frontend <fe>", "stop listening for a frontend, for a while", disable),
    command(&["enable", "frontend"], "enable frontend <fe>", "listen again for a frontend", enable),
    command(&["publish", "backend"], "publish backend <bk>", "let rules send requests to a backend again", |call| {
        publish(&call, true)
    }),
    command(
        &["set", "maxconn", "frontend"],
        "set maxconn frontend <fe> <n>",
        "limit the client connections at once of a frontend",
        set_maxconn,
    ),
    command(&["shutdown", "frontend"], "shutdown frontend <fe>", "stop listening for a frontend, for ever", shut_down),
    command(&["unpublish", "backend"], "unpublish backend <bk>", "let no rule send requests to a backend", |call| {
        publish(&call, false)
    }),
];

const fn command(
    words: &'static [&'static str],
    usage: &'static str,
    doc: &'static str,
    run: fn(Call<'_>) -> Answer,
) -> Command {
    Command { words, usage, doc, level: StatsLevel::Admin, takes_payload: false, run }
}

/// Does something to the frontend that a command names, by its name or as `#` and its number.
fn with_frontend(call: &Call<'_>, run: impl FnOnce(&Model, &Proxy, &Arc<Frontend>) -> Answer) -> Answer {
    let given = call.argument(0);
    if given.is_empty() {
        return Answer::refused("A frontend name is expected.");
    }
    let model = call.runtime.model.load_full();
    let mut known = model.proxies.iter().filter_map(|proxy| Some((proxy, proxy.frontend.as_ref()?)));
    match known.find(|(proxy, _)| is_named(given, &proxy.name, proxy.numeric_id)) {
        Some((proxy, side)) => run(&model, proxy, side),
        None => Answer::refused("No such frontend."),
    }
}

fn disable(call: Call<'_>) -> Answer {
    with_frontend(&call, |_, proxy, side| match side.state.standing() {
        Standing::Closed => Answer::refused("Frontend was previously shut down, cannot disable."),
        Standing::Paused => Answer::refused("All sockets are already disabled."),
        Standing::Open => {
            side.state.set_standing(Standing::Paused);
            call.runtime.log.notice(Level::Warning, &format!("CLI : Paused frontend {}.", proxy.name));
            Answer::Done
        }
    })
}

fn enable(call: Call<'_>) -> Answer {
    with_frontend(&call, |_, proxy, side| match side.state.standing() {
        Standing::Closed => Answer::refused("Frontend was previously shut down, cannot enable."),
        Standing::Open => Answer::refused("All sockets are already enabled."),
        Standing::Paused => {
            side.state.set_standing(Standing::Open);
            call.runtime.log.notice(Level::Warning, &format!("CLI : Resumed frontend {}.", proxy.name));
            Answer::Done
        }
    })
}

fn shut_down(call: Call<'_>) -> Answer {
    with_frontend(&call, |_, proxy, side| {
        if side.state.standing() == Standing::Closed {
            return Answer::refused("Frontend was already shut down.");
        }
        side.state.set_standing(Standing::Closed);
        let front = side.state.counters.get(FrontendCounter::Connections);
        let cumulated = |backend: &Arc<Backend>| backend.state.counters.get(BackendCounter::Sessions);
        let back = proxy.backend.as_ref().map_or(0, cumulated);
        let text = format!("Proxy {} stopped (cumulated conns: FE: {front}, BE: {back}).", proxy.name);
        call.runtime.log.notice(Level::Warning, &text);
        Answer::Done
    })
}

/// A text that is no number counts as zero (measured), with which nobody is let in.
fn set_maxconn(call: Call<'_>) -> Answer {
    with_frontend(&call, |model, _, side| {
        let text = call.argument(1);
        if text.is_empty() {
            return Answer::refused("Integer value expected.");
        }
        let number = leading_number(text).map_or(0, |(number, _)| number);
        let Ok(limit) = u32::try_from(number) else { return Answer::refused("Value out of range.") };
        side.state.set_maxconn(limit);
        // Clients may be waiting for room.
        model.process.room.wake_all();
        Answer::Done
    })
}

fn publish(call: &Call<'_>, published: bool) -> Answer {
    let model = call.runtime.model.load_full();
    let Some(proxy) = find_backend(&model, call.argument(0)) else { return Answer::refused("No such backend.") };
    if proxy.disabled {
        return Answer::refused("No effect on a disabled backend.");
    }
    if let Some(side) = &proxy.backend {
        side.state.set_published(published);
    }
    Answer::said(if published { "Backend published." } else { "Backend unpublished." })
}
