//! What HAProxy accepts, warns of and refuses is accepted, warned of and refused here, but for what is not supported yet and for the
//! differences below. The verdicts in `measured/` were taken from the program itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use std::collections::BTreeMap;

use burdock_config::{CommandLine, Loaded};
use burdock_syntax::Severity;
use support::{Machine, load_on};

/// Lines that HAProxy accepts and Burdock refuses, or the other way round, and why.
const DIFFERENT: [(&str, &str, &str); 15] = [
    ("listen", "log ring@x local0", "HAProxy looks for the ring only when it starts, and refuses then"),
    ("listen", "id 99999999999", "the number is cut to 32 bits without a word"),
    ("listen", "option forwardfor header \"a b\"", "no header can have this name"),
    ("listen", "bind unix@", "there is nothing to listen on"),
    ("listen", "bind abns@", "there is nothing to listen on"),
    ("listen", "bind :8998 thread", "nothing says which threads"),
    ("listen", "server s2 127.0.0.1:80 source /tmp/x", "a connection to an IP address cannot come from a path"),
    ("listen", "server s2 127.0.0.1:80 check port 70000", "the number is cut to 16 bits without a word"),
    ("listen", "server s2 127.0.0.1:80 init-addr", "nothing says how the address is found"),
    ("listen", "server s2 127.0.0.1:80 no-verifyhost", "in the manual, but not in the program"),
    ("listen", "server s2 127.0.0.1:80 pool-low-conn", "without effect, whatever it says"),
    ("global", "tune.idle-pool.shared", "without effect, whatever it says"),
    ("global", "tune.idle-pool.shared auto", "without effect, whatever it says"),
    ("global", "tune.idle-pool.shared foo", "without effect, whatever it says"),
    ("global", "tune.lua.maxmem 10", "in the manual, but not in a program built without Lua"),
];

fn verdict(loaded: &Loaded) -> &'static str {
    match () {
        () if loaded.diagnostics.has_errors() => "error",
        () if loaded.diagnostics.count(Severity::Warning) > 0 => "warning",
        () => "ok",
    }
}

fn only_unsupported(loaded: &Loaded) -> bool {
    let errors = loaded.diagnostics.iter().filter(|found| found.severity() == Severity::Error);
    let mut codes = errors.map(|error| error.stable_code());
    codes.all(|code| code == Some("not-supported-yet"))
}

fn check(name: &str, text: &str, expected: &str) -> Result<bool, String> {
    let machine = Machine::default().with_file("{dir}/ok.http", "HTTP/1.0 503 Out\nA: b\n\nsorry\n");
    let loaded = load_on(&machine, text, &CommandLine::default(), None);
    assert_eq!(
        loaded.model.is_some(),
        !loaded.diagnostics.has_errors(),
        "{name}: a model exactly where there is no error"
    );
    let found = verdict(&loaded);
    match found == expected {
        true => Ok(true),
        false if found == "error" && only_unsupported(&loaded) => Ok(false),
        false => Err(format!("{name}: HAProxy says {expected}, Burdock {found}: {:?}", support::messages(&loaded))),
    }
}

#[test]
fn lines() {
    const TIMEOUTS: &str = " timeout client 1s\n timeout server 1s\n timeout connect 1s\n";
    let defaults = format!("defaults\n mode http\n{TIMEOUTS}");
    let backend = format!("{defaults}backend b\n server s 127.0.0.1:80\n");
    let sections = BTreeMap::from([
        ("global", String::from("global\n ")),
        ("defaults", format!("{defaults} ")),
        ("frontend", format!("{backend}frontend f\n bind 127.0.0.1:8999\n default_backend b\n ")),
        ("listen", format!("{backend}listen f\n bind 127.0.0.1:8999\n server s1 127.0.0.1:80\n ")),
        ("backend", format!("{backend} ")),
    ]);
    let mut faults = Vec::new();
    let (mut same, mut unsupported) = (0, 0);
    for row in include_str!("measured/lines.tsv").lines().filter(|row| !row.starts_with('#')) {
        let [section, expected, line] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        if DIFFERENT.iter().any(|(place, known, _)| *place == section && *known == line) {
            continue;
        }
        match check(&format!("{section}: {line}"), &format!("{}{line}\n", sections[section]), expected) {
            Ok(true) => same += 1,
            Ok(false) => unsupported += 1,
            Err(fault) => faults.push(fault),
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(same > 1000 && unsupported < 20, "{same} the same, {unsupported} not supported yet");
}

#[test]
fn files() {
    /// Whole files that differ, and why.
    const DIFFERENT: [(&str, &str); 2] = [
        ("dup fe be", "old files share names, HAProxy refuses them since version 3.3"),
        ("tutorial2 crlf no final", "a missing line feed at the end is no reason to refuse a file"),
    ];
    let mut faults = Vec::new();
    for row in include_str!("measured/files.tsv").lines().filter(|row| !row.starts_with('#')) {
        let [name, expected, text] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        if DIFFERENT.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        faults.extend(check(name, &text, expected).err());
    }
    assert_eq!(faults, Vec::<String>::new());
}
