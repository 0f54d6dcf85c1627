//! Help: what the commands are, and which one an unknown command may have meant.

use burdock_model::StatsLevel;

use super::{Call, Command, all};
use crate::answer::Answer;
use crate::limit::SUGGESTIONS;
use crate::session::Session;

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["help"],
    usage: "help [<command>]",
    doc: "list matching or all commands",
    level: StatsLevel::User,
    takes_payload: false,
    run: help,
}];

/// Commands that every list ends with.
const ALWAYS_LISTED: [&str; 3] = ["help", "prompt", "quit"];

/// How alike, of at most 1, words must be for one to be suggested for the other.
const LIKENESS: f64 = 0.7;

fn help(call: Call<'_>) -> Answer {
    let found = if call.arguments.is_empty() {
        all().filter(|command| !is_always_listed(command)).collect()
    } else {
        alike(call.arguments)
    };
    Answer::said(format!("The following commands are valid at this level:{}", list(found, call.session)))
}

/// The answer to a command that does not exist: those that may have been meant, or all.
pub(super) fn unknown(first: &str, words: &[String], session: &Session) -> Answer {
    let found = alike(words);
    if found.is_empty() {
        let all = all().filter(|command| !is_always_listed(command)).collect();
        return Answer::said(format!(
            "Unknown command: '{first}'. Please enter one of the following commands only:{}",
            list(all, session)
        ));
    }
    Answer::said(format!(
        "Unknown command: '{first}', but maybe one of the following ones is a better match:{}",
        list(found, session)
    ))
}

fn is_always_listed(command: &Command) -> bool {
    ALWAYS_LISTED.contains(&command.words[0])
}

/// Commands that begin with these words, else those that are most alike.
fn alike(words: &[String]) -> Vec<&'static Command> {
    let begun: Vec<_> =
        all().filter(|command| command.words.iter().zip(words).all(|(own, given)| own == given)).collect();
    if !begun.is_empty() {
        return begun;
    }
    let given = words.join(" ");
    let mut rated: Vec<_> = all()
        .map(|command| (strsim::jaro_winkler(&command.words.join(" "), &given), command))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    rated.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    rated.truncate(SUGGESTIONS);
    rated.into_iter().map(|(_, command)| command).collect()
}

fn list(commands: Vec<&'static Command>, session: &Session) -> String {
    let closing = all().filter(|command| is_always_listed(command));
    let shown = commands.into_iter().filter(|command| !is_always_listed(command)).chain(closing);
    shown
        .filter(|command| command.level <= session.level && (session.is_experimental || !command.is_experimental()))
        .map(|command| format!("\n  {:<40}: {}", command.usage, command.doc))
        .collect()
}
