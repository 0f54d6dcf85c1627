//! HAProxy's command line (management manual 3): one row a flag. A word that begins with a flag's letters is that flag, whatever follows,
//! as HAProxy has it; a flag's value is the next word.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use burdock_config::CommandLine;
use burdock_supervise::{Parting, Predecessors};

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Print a version and end well.
    Version(VersionForm),
    /// Print the version and how the program is used, and end badly.
    Usage,
    /// Everything else.
    Run(Box<Arguments>),
}

/// The forms of `-v`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionForm {
    /// `-v`
    Short,
    /// `-vv`
    Long,
    /// `-vq`: the number alone.
    Number,
    /// `-vqs` and `-vqb`: the branch alone.
    Branch,
}

/// Everything that flags set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `-f` and what follows `--`.
    pub files: Vec<PathBuf>,
    /// `-C`
    pub directory: Option<PathBuf>,
    /// `-c`
    pub check: bool,
    /// `-cc`
    pub condition: Option<String>,
    /// `-d` or `-db`: no daemon, whatever else is said.
    pub foreground: bool,
    /// `-q`
    pub quiet: bool,
    /// `-V`
    pub verbose: bool,
    /// `-dC`
    pub dump: bool,
    /// `-dD`
    pub diagnostic: bool,
    /// `-dW`
    pub fatal_warnings: bool,
    /// `-dR`
    pub no_reuse_port: bool,
    /// `-m`, in MiB.
    pub memory_limit_mb: Option<u64>,
    /// `-sf` and `-st`
    pub predecessors: Option<Predecessors>,
    /// What changes the meaning of the configuration.
    pub command_line: CommandLine,
}

/// Why a command line cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentFault {
    /// A flag's value is missing.
    MissingValue(&'static str),
    /// The flag has no implementation; what it is for.
    Unsupported(&'static str, &'static str),
    /// This is no process id, or stands behind one in the same word.
    NoProcess(&'static str, String),
}

/// Reads the command line, which begins with the program's name.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Invocation, ArgumentFault> {
    let mut words = arguments.peekable();
    let mut parsed = Arguments::default();
    if let Some(program) = words.next() {
        let name = Path::new(&program).file_name().unwrap_or_default();
        parsed.command_line.program_name = name.to_string_lossy().into_owned();
    }
    while let Some(word) = words.next() {
        let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-").filter(|letters| !letters.is_empty()) else {
            return Ok(Invocation::Usage);
        };
        if letters == b"-" {
            parsed.files.extend(words.by_ref().map(PathBuf::from));
            break;
        }
        let Some(flag) = FLAGS.iter().find(|flag| letters.starts_with(flag.letters.as_bytes())) else {
            return Ok(Invocation::Usage);
        };
        match flag.effect {
            Effect::Version => return Ok(Invocation::Version(version_form(letters))),
            Effect::None(_) => {}
            Effect::Unsupported => return Err(ArgumentFault::Unsupported(flag.letters, flag.summary)),
            Effect::Switch(set) => set(&mut parsed),
            Effect::Value(set) => {
                let value = words.next().ok_or(ArgumentFault::MissingValue(flag.letters))?;
                set(&mut parsed, value);
            }
            Effect::Condition => match words.next() {
                Some(text) => parsed.condition = Some(text.to_string_lossy().into_owned()),
                None => return Ok(Invocation::Usage),
            },
            Effect::OldProcesses(parting) => {
                let old = parsed.predecessors.get_or_insert(Predecessors { pids: Vec::new(), parting });
                old.parting = parting;
                while let Some(word) = words.next_if(|next| !next.as_encoded_bytes().starts_with(b"-")) {
                    match process_id(&word) {
                        Ok(0) => return Ok(Invocation::Usage),
                        Ok(pid) => old.pids.push(pid),
                        Err(rest) => return Err(ArgumentFault::NoProcess(flag.letters, rest)),
                    }
                }
            }
            Effect::OldSocket => {
                let path = words.next().ok_or(ArgumentFault::MissingValue(flag.letters))?;
                if path != OsStr::new("/dev/null") {
                    return Err(ArgumentFault::Unsupported(flag.letters, flag.summary));
                }
            }
        }
    }
    Ok(match parsed.files.is_empty() && parsed.condition.is_none() {
        true => Invocation::Usage,
        false => Invocation::Run(Box::new(parsed)),
    })
}

/// How the program is used, for those who asked in vain.
pub fn usage() -> String {
    let mut text = String::from("Usage : burdock [-f <cfgfile|cfgdir>]* [options] [-- <cfgfile>*]\n");
    let shown = FLAGS.iter().filter(|flag| !matches!(flag.effect, Effect::Unsupported | Effect::None(_)));
    let mut lines: Vec<_> = shown
        .map(|flag| {
            let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
            (
                flag.letters.to_lowercase(),
                format!("        {:<18} {}\n", format!("-{}{value}", flag.letters), flag.summary),
            )
        })
        .collect();
    lines.sort();
    text.extend(lines.into_iter().map(|(_, line)| line));
    text.push_str("        burdock --help     our own sub-commands: check, run, demo\n");
    text
}

/// A flag of the command line.
struct Flag {
    letters: &'static str,
    /// What follows it, for the usage.
    value: Option<&'static str>,
    summary: &'static str,
    effect: Effect,
}

/// What a flag does.
#[derive(Clone, Copy)]
enum Effect {
    Switch(fn(&mut Arguments)),
    Value(fn(&mut Arguments, OsString)),
    /// Takes a condition.
    Condition,
    /// Takes process ids; none at all is fine.
    OldProcesses(Parting),
    /// Takes the path of a socket; `/dev/null` means that there is none.
    OldSocket,
    /// Prints a version at once.
    Version,
    /// Concerns something that cannot occur here; the reason.
    None(#[expect(dead_code, reason = "says to readers why the flag may be passed over")] &'static str),
    Unsupported,
}

const fn flag(letters: &'static str, summary: &'static str, effect: Effect) -> Flag {
    Flag { letters, value: None, summary, effect }
}

const fn valued(letters: &'static str, value: &'static str, summary: &'static str, effect: Effect) -> Flag {
    Flag { letters, value: Some(value), summary, effect }
}

/// The first row whose letters a word begins with is the one meant, so longer letters come before shorter ones.
const FLAGS: &[Flag] = &[
    valued(
        "f",
        "<file|dir>",
        "loads a configuration file, or the *.cfg of a directory",
        Effect::Value(|to, value| {
            to.files.push(value.into());
        }),
    ),
    valued(
        "C",
        "<dir>",
        "changes to a directory before anything is loaded",
        Effect::Value(|to, value| {
            to.directory = Some(value.into());
        }),
    ),
    valued("cc", "<condition>", "evaluates a condition: exit status 0 true, 1 false, 2 unparsable", Effect::Condition),
    flag("c", "checks the configuration and ends", Effect::Switch(|to| to.check = true)),
    flag("dA", "archive of loaded libraries", Effect::Unsupported),
    flag("dC", "prints the configuration as it is understood, word by word", Effect::Switch(|to| to.dump = true)),
    flag("dD", "shows further remarks on the configuration", Effect::Switch(|to| to.diagnostic = true)),
    flag("dF", "no fast forwarding", Effect::None("bodies are forwarded in one way only")),
    flag("dG", "no getaddrinfo, which is the only resolver here", Effect::Unsupported),
    flag("dI", "permits forks", Effect::None("nothing forks once the process has started")),
    flag("dK", "lists of keywords", Effect::Unsupported),
    flag("dL", "list of loaded libraries", Effect::Unsupported),
    flag("dM", "memory poisoning", Effect::None("memory is never read before it is written")),
    flag("dR", "workers share listening sockets instead of SO_REUSEPORT", Effect::Switch(|to| to.no_reuse_port = true)),
    flag("dS", "no splicing", Effect::None("bodies are never spliced")),
    flag("dT", "no kernel TLS", Effect::None("TLS is never left to the kernel")),
    flag(
        "dV",
        "certificates of servers are verified only where the configuration says so",
        Effect::Switch(|to| to.command_line.no_server_verification = true),
    ),
    flag("dW", "takes warnings for errors", Effect::Switch(|to| to.fatal_warnings = true)),
    flag("dZ", "no zero-copy forwarding", Effect::None("bodies are forwarded in one way only")),
    flag("db", "stays in the foreground", Effect::Switch(|to| to.foreground = true)),
    flag("dc", "dump of the processors' topology", Effect::Unsupported),
    flag("de", "no epoll, which is the only poller here", Effect::Unsupported),
    flag("dk", "no kqueue", Effect::None("there is none on Linux")),
    flag("dp", "no poll", Effect::None("poll is not used")),
    flag(
        "dr",
        "goes on where servers' names cannot be resolved",
        Effect::Switch(|to| {
            to.command_line.ignore_unresolved = true;
        }),
    ),
    flag("dt", "traces", Effect::Unsupported),
    flag("dv", "no event ports", Effect::None("there are none on Linux")),
    flag("d", "stays in the foreground, for debugging", Effect::Switch(|to| to.foreground = true)),
    flag("D", "becomes a daemon", Effect::Switch(|to| to.command_line.daemon = true)),
    valued(
        "L",
        "<name>",
        "sets the name of the local peer",
        Effect::Value(|to, value| {
            to.command_line.local_peer = Some(value.to_string_lossy().into_owned());
        }),
    ),
    valued("m", "<MB>", "limits memory", Effect::Value(|to, value| to.memory_limit_mb = number(&value))),
    valued(
        "n",
        "<number>",
        "limits connections of the process ('maxconn' of 'global')",
        Effect::Value(|to, value| {
            to.command_line.maxconn = limit(&value);
        }),
    ),
    valued(
        "N",
        "<number>",
        "limits connections of frontends that say nothing",
        Effect::Value(|to, value| {
            to.command_line.proxy_maxconn = limit(&value);
        }),
    ),
    valued(
        "p",
        "<file>",
        "writes the daemon's process id to a file",
        Effect::Value(|to, value| {
            to.command_line.pid_file = Some(value.into());
        }),
    ),
    flag("q", "says nothing", Effect::Switch(|to| to.quiet = true)),
    valued("sf", "<pid>*", "softly stops older processes once this one listens", Effect::OldProcesses(Parting::Finish)),
    valued("st", "<pid>*", "ends older processes once this one listens", Effect::OldProcesses(Parting::Terminate)),
    flag("S", "command line of the master process", Effect::Unsupported),
    flag("V", "says when a configuration is valid", Effect::Switch(|to| to.verbose = true)),
    flag("v", "prints the version (-vv: everything about the build, -vq: the number)", Effect::Version),
    flag("W", "master and worker processes", Effect::Unsupported),
    valued("x", "<socket>", "listening sockets of an older process", Effect::OldSocket),
    flag("4", "IPv4 addresses from resolvers only", Effect::None("there are no resolvers")),
];

fn version_form(letters: &[u8]) -> VersionForm {
    match letters {
        [_, b'v', ..] => VersionForm::Long,
        [_, b'q', b's' | b'b', ..] => VersionForm::Branch,
        [_, b'q', ..] => VersionForm::Number,
        _ => VersionForm::Short,
    }
}

/// The number that a word begins with; none and zero are the same.
fn number(word: &OsStr) -> Option<u64> {
    let digits = word.as_encoded_bytes().iter().take_while(|byte| byte.is_ascii_digit());
    let value = digits.fold(0u64, |value, byte| value.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
    (value > 0).then_some(value)
}

/// A process id; zero where it is none that a process has. The error is what is no number.
fn process_id(word: &OsStr) -> Result<i32, String> {
    let text = word.to_string_lossy();
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].trim_start();
    if rest.is_empty() { Ok(text.parse().unwrap_or(0)) } else { Err(rest.to_owned()) }
}

fn limit(word: &OsStr) -> Option<u32> {
    number(word).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
