//! Commands that concern the connection that gives them.

use burdock_model::StatsLevel;
use burdock_syntax::units::{TimeUnit, time_from_text};

use super::{Call, Command};
use crate::answer::Answer;
use crate::listener::level_name;
use crate::session::{PromptMode, SeverityOutput};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["echo"],
        usage: "echo <text>",
        doc: "answer with the text",
        level: StatsLevel::User,
        takes_payload: false,
        run: echo,
    },
    Command {
        words: &["experimental-mode"],
        usage: "experimental-mode [on|off]",
        doc: "have commands that may still change, on this connection",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: |call| toggle("experimental-mode", call.arguments, &mut call.session.is_experimental),
    },
    Command {
        words: &["expert-mode"],
        usage: "expert-mode [on|off]",
        doc: "have commands that are dangerous, on this connection; there are none yet",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: |call| toggle("expert-mode", call.arguments, &mut call.session.is_expert),
    },
    Command {
        words: &["operator"],
        usage: "operator",
        doc: "lower this connection's level to operator",
        level: StatsLevel::Operator,
        takes_payload: false,
        run: |call| lower_level(call, StatsLevel::Operator),
    },
    Command {
        words: &["set", "severity-output"],
        usage: "set severity-output [none|number|string]",
        doc: "show the level of messages on this connection",
        level: StatsLevel::User,
        takes_payload: false,
        run: set_severity_output,
    },
    Command {
        words: &["set", "timeout"],
        usage: "set timeout [cli] <delay>",
        doc: "change how long this connection may be silent",
        level: StatsLevel::User,
        takes_payload: false,
        run: set_timeout,
    },
    Command {
        words: &["show", "cli", "level"],
        usage: "show cli level",
        doc: "this connection's level",
        level: StatsLevel::User,
        takes_payload: false,
        run: |call| Answer::said(level_name(call.session.level)),
    },
    Command {
        words: &["user"],
        usage: "user",
        doc: "lower this connection's level to user",
        level: StatsLevel::User,
        takes_payload: false,
        run: |call| lower_level(call, StatsLevel::User),
    },
    Command {
        words: &["prompt"],
        usage: "prompt [help | n | i | p | timed ]*",
        doc: "go on after a line of commands, with or without a prompt",
        level: StatsLevel::User,
        takes_payload: false,
        run: prompt,
    },
    Command {
        words: &["quit"],
        usage: "quit",
        doc: "close this connection",
        level: StatsLevel::User,
        takes_payload: false,
        run: |_| Answer::Close,
    },
];

fn echo(call: Call<'_>) -> Answer {
    Answer::Text(call.arguments.join(" ") + "\n")
}

fn lower_level(call: Call<'_>, level: StatsLevel) -> Answer {
    call.session.level = call.session.level.min(level);
    call.session.is_expert = false;
    Answer::Done
}

/// Turns a mode on or off, or says which of both it is. Other words do nothing (measured).
fn toggle(name: &str, arguments: &[String], mode: &mut bool) -> Answer {
    match arguments.first().map_or("", String::as_str) {
        "on" => *mode = true,
        "off" => *mode = false,
        "" => return Answer::said(format!("{name} is {}", if *mode { "ON" } else { "OFF" })),
        _ => {}
    }
    Answer::Done
}

fn set_severity_output(call: Call<'_>) -> Answer {
    call.session.severity = match call.argument(0) {
        "none" => SeverityOutput::None,
        "number" => SeverityOutput::Number,
        "string" => SeverityOutput::Name,
        _ => return Answer::refused("one of 'none', 'number', 'string' is a required argument"),
    };
    Answer::Done
}

/// `set timeout cli <delay>`: in seconds unless a unit is given.
fn set_timeout(call: Call<'_>) -> Answer {
    if call.argument(0) != "cli" {
        return Answer::refused("'set timeout' only supports 'cli'.");
    }
    let delay = call.argument(1);
    if delay.is_empty() {
        return Answer::refused("Expects an integer value.");
    }
    match time_from_text(delay, TimeUnit::Second) {
        Ok((time, end)) if end == delay.len() && time.ms() > 0 => {
            call.session.timeout_ms = time.ms();
            Answer::Done
        }
        _ => Answer::refused("Invalid timeout value."),
    }
}

/// Without a mode it changes between prompt and one line only; `timed` alone asks for a prompt.
fn prompt(call: Call<'_>) -> Answer {
    let mut mode = None;
    let mut timed = call.session.timed_prompt;
    for argument in call.arguments {
        match argument.as_str() {
            "n" => mode = Some(PromptMode::Once),
            "i" => mode = Some(PromptMode::Interactive),
            "p" => mode = Some(PromptMode::Prompt),
            "timed" => {
                timed = !timed;
                mode.get_or_insert(PromptMode::Prompt);
            }
            _ => return Answer::Text(PROMPT_USAGE.to_owned()),
        }
    }
    call.session.timed_prompt = timed;
    call.session.mode = mode.unwrap_or(match call.session.mode {
        PromptMode::Once | PromptMode::Interactive => PromptMode::Prompt,
        PromptMode::Prompt => PromptMode::Once,
    });
    Answer::Done
}

const PROMPT_USAGE: &str = "\
Usage: prompt [help | n | i | p | timed]*
Says what happens after a line of commands:
  n       the connection is closed
  i       another line is read
  p       a prompt is shown and another line is read
  timed   turns the uptime in the prompt on or off
Without an argument: p, or n where p holds already.
";
