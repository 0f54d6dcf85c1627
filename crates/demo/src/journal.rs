//! What happened, in sentences, newest last.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// Rises by one an entry.
    id: u64,
    /// Milliseconds since 1970.
    at_ms: u64,
    text: String,
    /// The server it happened to, for its colour.
    server: Option<&'static str>,
}

/// The last [`Journal::LIMIT`] entries.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    last_id: u64,
}

impl Journal {
    pub const LIMIT: usize = 60;

    pub fn add(&mut self, server: Option<&'static str>, text: String) {
        self.last_id += 1;
        if self.entries.len() == Self::LIMIT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { id: self.last_id, at_ms: unix_ms(), text, server });
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }
}

/// Milliseconds since 1970, for the page to show as local time.
pub(crate) fn unix_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// "1 login", "2 logins".
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// "Ada", "Ada and Alan", "Ada, Alan and 3 more".
pub(crate) fn names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_entries_stay() {
        let mut journal = Journal::default();
        for number in 0..Journal::LIMIT + 5 {
            journal.add(None, number.to_string());
        }
        let entries = journal.entries();
        assert_eq!(entries.len(), Journal::LIMIT);
        assert_eq!((entries[0].id, entries[0].text.as_str()), (6, "5"));
    }

    #[test]
    fn lists_of_names_stay_short() {
        let check = |list: &[&str], expected: &str| {
            let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(names(&list), expected);
        };
        check(&[], "");
        check(&["Ada"], "Ada");
        check(&["Ada", "Alan"], "Ada and Alan");
        check(&["Ada", "Alan", "Grace"], "Ada, Alan and Grace");
        check(&["Ada", "Alan", "Grace", "Edsger"], "Ada, Alan and 2 more");
        assert_eq!(count(1, "login"), "1 login");
        assert_eq!(count(0, "login"), "0 logins");
    }
}
