//! Servers that are added and deleted at run time, and what helps with that (management manual 9.3 `add server`, `del server`, `shutdown
//! sessions server`). Adding and deleting put another model in the place of the one in force. The texts are HAProxy's.

use burdock_model::{Model, StatsLevel};

use super::server::{Target, find_backend};
use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["add", "server"],
        usage: "add server {help | <bk>/<srv> <address> [<option>]*}",
        doc: "add a server, in maintenance, or list the options that it can have",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: add,
    },
    Command {
        words: &["del", "server"],
        usage: "del server <bk>/<srv>",
        doc: "delete a server that is in maintenance and serves nobody any more",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: delete,
    },
    Command {
        words: &["shutdown", "sessions", "server"],
        usage: "shutdown sessions server <bk>/<srv>",
        doc: "end the requests and connections that a server serves",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: |call| match Target::find(&call) {
            Ok(target) => {
                call.runtime.traffic.end_requests_of(&target.server.state);
                Answer::Done
            }
            Err(answer) => answer,
        },
    },
];

fn add(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load_full();
    let [place, words @ ..] = call.arguments else { return Answer::refused("Require 'backend/server'.") };
    if place == "help" {
        let options = model.runtime_lines.server_options().join("\n");
        return Answer::Text(format!("List of keywords supported for dynamic server:\n{options}\n"));
    }
    let Some((backend, name)) = place.split_once('/').filter(|(_, name)| !name.is_empty()) else {
        return Answer::refused("Require 'backend/server'.");
    };
    let Some(proxy) = find_backend(&model, backend) else { return Answer::refused("No such backend.") };
    let words: Vec<String> = std::iter::once(name.to_owned()).chain(words.iter().cloned()).collect();
    let added = match model.runtime_lines.server(&model, proxy, &words) {
        Ok(added) => added,
        Err(reason) => return Answer::refused(reason),
    };
    let Some(side) = &proxy.backend else { return Answer::refused("No such backend.") };
    let servers = side.servers.with(added.server.into());
    call.runtime.publish(model.with_servers(proxy, servers));
    let remarks = added.remarks.into_iter().chain(["New server registered.".to_owned()]);
    Answer::said(remarks.collect::<Vec<_>>().join("\n"))
}

fn delete(call: Call<'_>) -> Answer {
    let target = match Target::find(&call) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    if let Err(obstacle) = removable(&target) {
        return Answer::refused(obstacle.text);
    }
    let Some(side) = &target.proxy.backend else { return Answer::refused("No such backend.") };
    call.runtime.publish(target.model.with_servers(&target.proxy, side.servers.without(target.server.id)));
    Answer::said("Server deleted.")
}

/// Why a server cannot be deleted.
pub(super) struct Obstacle {
    pub(super) text: &'static str,
    /// Whether it goes away by itself.
    pub(super) passes: bool,
}

/// Whether a server can be deleted. Connections to it that are idle are no obstacle: they are closed.
pub(super) fn removable(target: &Target) -> Result<(), Obstacle> {
    let Target { model, proxy, server } = target;
    let state = &server.state;
    let (text, passes) = if is_named(model, target) {
        ("This server cannot be removed at runtime due to other configuration elements pointing to it.", false)
    } else if proxy.mode == burdock_model::Mode::Log {
        ("Servers of backends in mode log cannot be removed at runtime.", false)
    } else if !state.in_maintenance() {
        ("Only servers in maintenance mode can be deleted.", false)
    } else if state.sessions.get() > 0 || !state.queue.is_empty() {
        ("Server still has connections attached to it, cannot remove it.", true)
    } else {
        return Ok(());
    };
    Err(Obstacle { text, passes })
}

/// Whether rules or expressions of the configuration name the server.
pub(super) fn is_named(model: &Model, target: &Target) -> bool {
    model.named_servers.contains(&(target.proxy.id, target.server.id))
}
