//! Commands that show the process's state.

use burdock_base::product;
use burdock_model::StatsLevel;
use burdock_observe::metric::info::info_report;
use burdock_observe::metric::{Format, RowFilter, StatReport, Visibility};

use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["show", "cli", "sockets"],
        usage: "show cli sockets",
        doc: "the sockets of the runtime API",
        level: StatsLevel::User,
        takes_payload: false,
        run: |call| Answer::Text(format!("# socket lvl processes\n{}\n", call.runtime.sockets.join("\n"))),
    },
    Command {
        words: &["show", "info"],
        usage: "show info [desc|json|typed|float]*",
        doc: "the process's settings and totals",
        level: StatsLevel::User,
        takes_payload: false,
        run: show_info,
    },
    Command {
        words: &["show", "stat"],
        usage: "show stat [desc|json|no-maint|typed|up]*",
        doc: "counters of each proxy and server",
        level: StatsLevel::User,
        takes_payload: false,
        run: show_stat,
    },
    Command {
        words: &["show", "version"],
        usage: "show version",
        doc: "the program's version",
        level: StatsLevel::User,
        takes_payload: false,
        run: |_| Answer::said(product::VERSION),
    },
];

/// `show info`. With `float` fields may be floating-point numbers; none is.
fn show_info(call: Call<'_>) -> Answer {
    let mut format = Format::Plain;
    let mut described = false;
    for argument in call.arguments {
        match argument.as_str() {
            "typed" => format = Format::Typed,
            "json" => format = Format::Json,
            "desc" => described = true,
            _ => {}
        }
    }
    let model = call.runtime.model.load();
    Answer::Text(info_report(&model, model.process.clock.now(), format, described))
}

/// `show stat [domain proxy] [{<iid>|<proxy>} <type> <sid>] [typed|json] [desc] [up|no-maint]`. Three arguments are the selection, whatever
/// they are, as in HAProxy.
fn show_stat(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load_full();
    let mut arguments = call.arguments;
    if let [word, domain, rest @ ..] = arguments
        && word == "domain"
    {
        match domain.as_str() {
            "proxy" => arguments = rest,
            "resolvers" => return Answer::refused("Statistics of the domain 'resolvers' are not supported."),
            _ => return Answer::refused("Invalid statistics domain."),
        }
    }
    let mut filter = RowFilter::default();
    if let [proxy, kinds, server, rest @ ..] = arguments {
        filter.proxy = match model.proxies.iter().find(|known| known.name == *proxy) {
            Some(known) => Some(known.numeric_id),
            None => match proxy.parse::<i64>() {
                Ok(number) => u32::try_from(number).ok(),
                Err(_) => return Answer::refused("No such proxy."),
            },
        };
        filter.kinds = kinds.parse().unwrap_or(0);
        filter.server = server.parse().ok();
        arguments = rest;
    }
    let mut format = Format::Plain;
    let mut described = false;
    for argument in arguments {
        match argument.as_str() {
            "typed" => format = Format::Typed,
            "json" => format = Format::Json,
            "desc" => described = true,
            "no-maint" => filter.visibility = Visibility::NotInMaintenance,
            "up" => filter.visibility = Visibility::Up,
            _ => {}
        }
    }
    Answer::Report(Box::new(StatReport::new(model, filter, format, described)))
}
