//! Commands that HAProxy has and this program has not yet, so that they get an answer that says so.

use super::Answer;

/// The answer to a command of HAProxy's that is not supported; none: it is no command there either.
pub(super) fn answer(words: &[String]) -> Option<Answer> {
    let known = |name: &&&str| {
        name.split(' ').count() <= words.len() && name.split(' ').zip(words).all(|(own, given)| own == given)
    };
    let name = UNSUPPORTED.iter().filter(known).max_by_key(|name| name.len())?;
    Some(Answer::refused(format!("'{name}' is not supported by this version of Burdock.")))
}

/// Whether it is one of them.
pub(super) fn is_known(name: &str) -> bool {
    UNSUPPORTED.contains(&name)
}

/// Their words.
const UNSUPPORTED: &[&str] = &[
    "_getsocks",
    "add backend",
    "add ssl jwt",
    "clear counters",
    "debug counters",
    "debug dev abort",
    "debug dev bug",
    "debug dev check",
    "debug dev close",
    "debug dev deadlock",
    "debug dev delay",
    "debug dev exit",
    "debug dev fd",
    "debug dev hash",
    "debug dev hex",
    "debug dev log",
    "debug dev loop",
    "debug dev panic",
    "debug dev sched",
    "debug dev stream",
    "debug dev sym",
    "debug dev task",
    "debug dev tkill",
    "debug dev warn",
    "debug dev write",
    "del backend",
    "del ssl jwt",
    "disable agent",
    "disable dynamic-cookie backend",
    "dump stats-file",
    "enable agent",
    "enable dynamic-cookie backend",
    "httpclient",
    "set anon global-key",
    "set anon off",
    "set anon on",
    "set dynamic-cookie-key backend",
    "set maxconn global",
    "set profiling",
    "set rate-limit",
    "show activity",
    "show anon",
    "show cache",
    "show default-server",
    "show defaults",
    "show dev",
    "show env",
    "show errors",
    "show fd",
    "show libs",
    "show peers",
    "show pools",
    "show profiling",
    "show quic",
    "show schema json",
    "show sess",
    "show ssl jwt",
    "show startup-logs",
    "show tasks",
    "show threads",
    "show trace",
    "shutdown session",
    "trace",
];

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::UNSUPPORTED;

    #[test]
    fn nothing_is_both_supported_and_not() {
        for command in all() {
            assert!(!UNSUPPORTED.contains(&command.words.join(" ").as_str()), "{}", command.usage);
        }
        assert!(UNSUPPORTED.is_sorted());
    }
}
