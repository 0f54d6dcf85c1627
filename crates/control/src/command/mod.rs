//! The commands: one descriptor each, in a table a family. A command is found by its words, its arguments are what follows them.

mod acme;
mod dynamic;
mod events;
mod help;
mod proxy;
mod reference;
mod resolvers;
mod server;
mod server_list;
mod server_place;
mod session;
mod show;
mod ssl;
mod table;
mod unsupported;
mod variable;
pub(crate) mod wait;

use burdock_model::StatsLevel;

use crate::Runtime;
use crate::answer::Answer;
use crate::session::Session;

/// A command of the runtime API.
pub struct Command {
    /// Its words.
    pub words: &'static [&'static str],
    /// How it is used, as help shows it.
    pub usage: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// The least level that may give it.
    pub level: StatsLevel,
    /// Whether lines may follow it behind `<<`.
    pub takes_payload: bool,
    run: fn(Call<'_>) -> Answer,
}

/// One use of a command.
pub(crate) struct Call<'a> {
    /// Who gave it.
    pub(crate) session: &'a mut Session,
    /// What all connections share.
    pub(crate) runtime: &'a Runtime,
    /// What follows its words.
    pub(crate) arguments: &'a [String],
    /// The payload that came with it.
    pub(crate) payload: Option<&'a [u8]>,
}

/// Every command there is, in the order of help.
pub fn all() -> impl Iterator<Item = &'static Command> {
    [
        session::COMMANDS,
        show::COMMANDS,
        server::COMMANDS,
        proxy::COMMANDS,
        server_list::COMMANDS,
        dynamic::COMMANDS,
        wait::COMMANDS,
        events::COMMANDS,
        acme::COMMANDS,
        reference::COMMANDS,
        resolvers::COMMANDS,
        table::COMMANDS,
        variable::COMMANDS,
        variable::EXPERIMENTAL,
        help::COMMANDS,
    ]
    .into_iter()
    .chain(ssl::COMMANDS)
    .flatten()
}

/// Whether HAProxy has the command and this program has not.
pub(crate) fn is_known(name: &str) -> bool {
    unsupported::is_known(name)
}

/// Runs the command that `words` begin with. No words are no command, and done.
pub(crate) fn run(words: &[String], call: Call<'_>) -> Answer {
    let Some(first) = words.first() else { return Answer::Done };
    let Some(command) = all().filter(|command| command.begins(words)).max_by_key(|command| command.words.len()) else {
        return unsupported::answer(words).unwrap_or_else(|| help::unknown(first, words, call.session));
    };
    if command.is_experimental() && !call.session.is_experimental {
        return Answer::refused("This command is restricted to experimental mode only.");
    }
    if call.session.level < command.level {
        return Answer::refused("Permission denied");
    }
    if call.payload.is_some() && !command.takes_payload {
        return Answer::refused(format!("'{}' takes no payload.", command.words.join(" ")));
    }
    (command.run)(Call { arguments: &words[command.words.len()..], ..call })
}

impl Command {
    /// Whether it is there in the experimental mode alone (management manual 9.3 `experimental-mode`).
    fn is_experimental(&self) -> bool {
        variable::EXPERIMENTAL.iter().any(|command| command.words == self.words)
    }

    /// Whether a line that consists of `words` is this command.
    fn begins(&self, words: &[String]) -> bool {
        words.len() >= self.words.len() && self.words.iter().zip(words).all(|(own, given)| own == given)
    }
}

impl Call<'_> {
    /// The argument at a position; an empty text where there are not so many.
    fn argument(&self, n: usize) -> &str {
        self.arguments.get(n).map_or("", String::as_str)
    }
}

/// A command of the highest level.
const fn command(
    words: &'static [&'static str],
    usage: &'static str,
    doc: &'static str,
    takes_payload: bool,
    run: fn(Call<'_>) -> Answer,
) -> Command {
    Command { words, usage, doc, level: StatsLevel::Admin, takes_payload, run }
}
