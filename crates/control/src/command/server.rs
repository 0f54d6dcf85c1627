//! Commands that change servers (management manual 9.3): whether they are used, how much of the load they take, what their checks say.
//! The texts are HAProxy's.

use std::sync::Arc;

use burdock_check::{ForcedHealth, Transition};
use burdock_model::{LogBalance, Model, Proxy, Server, StatsLevel};
use burdock_state::Wish;

use super::{Call, Command, server_place};
use crate::Runtime;
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(&["disable", "health"], "disable health <bk>/<srv>", "let a server's checks pause", disable_health),
    command(&["disable", "server"], "disable server <bk>/<srv>", "take a server into maintenance", |call| {
        grant(&call, Wish::Maintenance)
    }),
    command(&["enable", "health"], "enable health <bk>/<srv>", "let a server's checks go on", enable_health),
    command(&["enable", "server"], "enable server <bk>/<srv>", "end a server's maintenance or drain", |call| {
        grant(&call, Wish::Ready)
    }),
    Command {
        words: &["get", "weight"],
        usage: "get weight <bk>/<srv>",
        doc: "a server's weight, now and in the configuration",
        level: StatsLevel::User,
        takes_payload: false,
        run: get_weight,
    },
    command(
        &["set", "maxconn", "server"],
        "set maxconn server <bk>/<srv> <n>",
        "limit the requests at once to a server",
        set_maxconn,
    ),
    command(
        &["set", "server"],
        "set server <bk>/<srv> [addr|check-addr|check-port|health|name|state|weight]",
        "change a server's place, name, health, state or weight",
        set_server,
    ),
    command(&["set", "weight"], "set weight <bk>/<srv> <n>[%]", "change a server's weight", |call| {
        with_target(&call, |target| target.set_weight(&call, call.argument(1)))
    }),
];

/// What HAProxy's `set server` changes beside what is changed here.
const UNSUPPORTED_PROPERTIES: [&str; 5] = ["agent", "agent-addr", "agent-port", "agent-send", "ssl"];

/// The largest weight (configuration manual 5.2 `weight`).
const MAX_WEIGHT: i64 = 256;

const fn command(
    words: &'static [&'static str],
    usage: &'static str,
    doc: &'static str,
    run: fn(Call<'_>) -> Answer,
) -> Command {
    Command { words, usage, doc, level: StatsLevel::Admin, takes_payload: false, run }
}

/// The server that a command names.
pub(super) struct Target {
    pub(super) model: Arc<Model>,
    pub(super) proxy: Arc<Proxy>,
    pub(super) server: Arc<Server>,
}

impl Target {
    /// Finds what the first argument names: `backend/server`, each by its name or as `#` and its number.
    pub(super) fn find(call: &Call<'_>) -> Result<Target, Answer> {
        Self::named(call.runtime, call.argument(0)).map_err(Answer::refused)
    }

    /// The same for any text.
    pub(super) fn named(runtime: &Runtime, name: &str) -> Result<Target, &'static str> {
        let place = name.split_once('/').filter(|(_, server)| !server.is_empty());
        let (backend, server) = place.ok_or("Require 'backend/server'.")?;
        let model = runtime.model.load_full();
        let proxy = find_backend(&model, backend).ok_or("No such backend.")?;
        let mut servers = proxy.backend.iter().flat_map(|backend| &backend.servers);
        let found = servers.find(|known| is_named(server, &known.name, known.numeric_id));
        let server = Arc::clone(found.ok_or("No such server.")?);
        Ok(Target { proxy: Arc::clone(proxy), server, model })
    }

    fn change(&self, call: &Call<'_>, change: impl FnOnce(Transition<'_>)) -> Answer {
        let now = self.model.process.clock.now();
        Transition::new(&*call.runtime.log, &self.proxy, &self.server, now).map(change);
        Answer::Done
    }

    fn grant(&self, call: &Call<'_>, wish: Wish) -> Answer {
        let answer = self.change(call, |transition| transition.grant(wish));
        if wish == Wish::Maintenance {
            // Workers close their idle connections.
            self.model.process.publications.wake_all();
        }
        answer
    }

    fn set_weight(&self, call: &Call<'_>, text: &str) -> Answer {
        let configured = self.server.state.configured_weight();
        let weight = match weight_from_text(text, configured) {
            Ok(weight) => weight,
            Err(fault) => return Answer::refused(fault),
        };
        if self.has_static_weights() && weight != 0 && weight != configured {
            return Answer::refused("Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.");
        }
        self.change(call, |transition| transition.set_weight(weight))
    }

    /// Whether the algorithm knows weights from the configuration alone.
    fn has_static_weights(&self) -> bool {
        let farm = self.model.logging.farms.iter().find(|farm| farm.proxy == self.proxy.id);
        match farm {
            Some(farm) => farm.balance == LogBalance::Hash,
            None => self.proxy.backend.as_ref().is_some_and(|side| side.balance.balancer.has_static_weights()),
        }
    }
}

/// The proxy with servers that goes by a name, or by `#` and a number.
pub(super) fn find_backend<'a>(model: &'a Model, name: &str) -> Option<&'a Arc<Proxy>> {
    let mut backends = model.proxies.iter().filter(|proxy| proxy.backend.is_some());
    backends.find(|proxy| is_named(name, &proxy.name, proxy.numeric_id))
}

pub(super) fn is_named(given: &str, name: &str, numeric_id: u32) -> bool {
    match given.strip_prefix('#') {
        Some(number) => number.parse() == Ok(numeric_id),
        None => given == name,
    }
}

/// Does something to the server that a command names, unless its section is disabled.
fn with_target(call: &Call<'_>, run: impl FnOnce(&Target) -> Answer) -> Answer {
    match Target::find(call) {
        Ok(target) if target.proxy.disabled => Answer::refused("Proxy is disabled."),
        Ok(target) => run(&target),
        Err(answer) => answer,
    }
}

fn grant(call: &Call<'_>, wish: Wish) -> Answer {
    with_target(call, |target| target.grant(call, wish))
}

fn disable_health(call: Call<'_>) -> Answer {
    with_target(&call, |target| {
        target.server.state.check.set_suspended(true);
        Answer::Done
    })
}

fn enable_health(call: Call<'_>) -> Answer {
    with_target(&call, |target| {
        if target.server.check.is_none() {
            return Answer::refused("Health check was not configured on this server, cannot enable.");
        }
        target.server.state.check.set_suspended(false);
        Answer::Done
    })
}

fn get_weight(call: Call<'_>) -> Answer {
    match Target::find(&call) {
        Ok(Target { server, .. }) => {
            Answer::Text(format!("{} (initial {})\n", server.state.weight(), server.state.configured_weight()))
        }
        Err(answer) => answer,
    }
}

fn set_maxconn(call: Call<'_>) -> Answer {
    with_target(&call, |target| {
        let text = call.argument(1);
        if text.is_empty() {
            return Answer::refused("Require <maxconn>.");
        }
        match leading_number(text) {
            None => Answer::refused("maxconn string empty or preceded by garbage"),
            Some((_, rest)) if !rest.is_empty() => Answer::refused("Trailing garbage in maxconn string"),
            Some((limit, _)) => {
                // A negative limit is one that is never reached (measured).
                let limit = u32::try_from(limit).unwrap_or(u32::MAX);
                let backend = target.proxy.backend.as_ref();
                backend.inspect(|backend| target.server.state.set_maxconn(limit, &backend.state));
                Answer::Done
            }
        }
    })
}

fn set_server(call: Call<'_>) -> Answer {
    with_target(&call, |target| match call.argument(1) {
        "health" => {
            let health = match call.argument(2) {
                "up" => ForcedHealth::Up,
                "stopping" => ForcedHealth::Stopping,
                "down" => ForcedHealth::Down,
                _ => return Answer::refused("'set server <srv> health' expects 'up', 'stopping', or 'down'."),
            };
            target.change(&call, |transition| transition.force_health(health))
        }
        "state" => {
            let wish = match call.argument(2) {
                "ready" => Wish::Ready,
                "drain" => Wish::Drain,
                "maint" => Wish::Maintenance,
                _ => return Answer::refused("'set server <srv> state' expects 'ready', 'drain' and 'maint'."),
            };
            target.grant(&call, wish)
        }
        "weight" => target.set_weight(&call, call.argument(2)),
        "addr" => server_place::set_address(&call, target),
        "check-addr" => server_place::set_check_address(&call, target),
        "check-port" => server_place::set_check_port(&call, target),
        "fqdn" => server_place::set_host_name(&call, target),
        "name" => server_place::set_name(&call, target),
        known if UNSUPPORTED_PROPERTIES.contains(&known) => {
            Answer::refused(format!("'set server <srv> {known}' is not supported by this version of Burdock."))
        }
        _ => Answer::refused(USAGE),
    })
}

const USAGE: &str = "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | \
                     check-port | fqdn | health | name | ssl | state | weight";

/// A weight as it is, or in percent of the one of the configuration.
fn weight_from_text(text: &str, configured: u32) -> Result<u32, &'static str> {
    if text.is_empty() {
        return Err("Require <weight> or <weight%>.");
    }
    let (number, rest) = leading_number(text).ok_or("Empty weight string empty or preceded by garbage")?;
    let weight = if let Some(rest) = rest.strip_prefix('%') {
        if !rest.is_empty() {
            return Err("Trailing garbage in weight string");
        }
        if number < 0 {
            return Err("Relative weight must be positive.");
        }
        number.saturating_mul(configured.into()).wrapping_div(100).min(MAX_WEIGHT)
    } else {
        if !(0..=MAX_WEIGHT).contains(&number) {
            return Err("Absolute weight can only be between 0 and 256 inclusive.");
        }
        if !rest.is_empty() {
            return Err("Trailing garbage in weight string");
        }
        number
    };
    Ok(weight as u32)
}

/// The number that a text begins with, perhaps with a sign, and what follows it. A number that is too large is the largest there is.
pub(super) fn leading_number(text: &str) -> Option<(i64, &str)> {
    let signless = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = signless.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - signless.len() + digits;
    let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    (digits > 0).then(|| (text[..end].parse().unwrap_or(limit), &text[end..]))
}
