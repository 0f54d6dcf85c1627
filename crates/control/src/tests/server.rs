//! Changes of servers over the runtime API; answers and log lines are those of HAProxy 3.5.

use super::*;

const CONFIGURATION: &str = "\
defaults
 mode http
 timeout client 5s
 timeout connect 1s
 timeout server 5s
frontend fe
 bind 127.0.0.1:1
 default_backend web
backend web
 balance roundrobin
 server A 127.0.0.1:58211
 server B 127.0.0.1:58212 weight 10
 server C 127.0.0.1:58213 backup disabled
backend chk
 id 77
 balance roundrobin
 server A 127.0.0.1:58211 check inter 60s id 5
 server P 127.0.0.1:58221 check port 58211 addr 127.0.0.2 disabled weight 7
 server U unix@/nowhere check
 server X [::1]:+30
backend fixed
 balance static-rr
 server A 127.0.0.1:58211 weight 0
 server B 127.0.0.1:58212 weight 20
backend off
 disabled
 server A 127.0.0.1:58221
listen one
 bind 127.0.0.1:2
 balance roundrobin
 server only 127.0.0.1:58213
backend empty
";

/// A command, its answer without the empty line, and what is logged of it.
type Case = (&'static str, &'static str, &'static [&'static str]);

fn check(served: &Served, cases: &[Case]) {
    for (command, answer, told) in cases {
        let expected = if answer.is_empty() { "\n".to_owned() } else { format!("{answer}\n\n") };
        assert_eq!(served.ask(&format!("{command}\n")), expected, "{command}");
        assert_eq!(std::mem::take(&mut *served.told.0.lock().unwrap()), *told, "{command}");
    }
}

const NO_LOG: &[&str] = &[];

#[test]
fn states_and_what_is_told_of_them() {
    let served = Served::new(CONFIGURATION);
    const DRAINS: &str = "5 Server web/A enters drain state. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.";
    const GONE: &str = "1 Server web/A is going DOWN for maintenance. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    const GONE_AFTER_DRAIN: &str = "5 Server web/A is going DOWN for maintenance. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    const BACK: &str = "5 Server web/A is UP/READY (leaving forced maintenance).";
    const UNDRAINED: &str = "5 Server web/A is UP (leaving forced drain).";
    check(
        &served,
        &[
            ("disable server web/A", "", &[GONE]),
            ("disable server web/A", "", NO_LOG),
            ("enable server web/A", "", &[BACK]),
            ("enable server web/A", "", NO_LOG),
            ("set server web/A state drain", "", &[DRAINS]),
            ("set server web/A state drain", "", NO_LOG),
            ("enable server web/A", "", &[UNDRAINED]),
            ("set server web/#1 state drain", "", &[DRAINS]),
            ("set server web/A state maint", "", &[GONE_AFTER_DRAIN]),
            (
                "set server #3/#1 state drain",
                "",
                &[
                    "5 Server web/A is UP/DRAIN (leaving forced maintenance).",
                    "5 Server web/A remains in forced drain mode.",
                ],
            ),
            ("set server web/A state ready", "", &[UNDRAINED]),
            ("set server web/C state ready", "", &["5 Backup Server web/C is UP/READY (leaving forced maintenance)."]),
            (
                "set server web/B state maint;set server web/A state maint;set server web/C state drain",
                "\n",
                &[
                    "1 Server web/B is going DOWN for maintenance. 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 \
                     remaining in queue.",
                    "1 Server web/A is going DOWN for maintenance. 0 active and 1 backup servers left. Running on backup. 0 sessions \
                     active, 0 requeued, 0 remaining in queue.",
                    "5 Backup Server web/C enters drain state. 0 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
                    "0 backend web has no server available!",
                ],
            ),
            (
                "disable server one/only",
                "",
                &[
                    "1 Server one/only is going DOWN for maintenance. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 \
                     remaining in queue.",
                    "0 proxy one has no server available!",
                ],
            ),
        ],
    );
}

#[test]
fn health_by_command() {
    let served = Served::new(CONFIGURATION);
    const DOWN: &str = "1 Server web/A is DOWN, changed from CLI. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
    const STOPPING: &str = "5 Server web/A is stopping, changed from CLI. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.";
    const UP: &str = "5 Server web/A is UP, changed from CLI. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.";
    check(
        &served,
        &[
            ("set server web/A health up", "", NO_LOG),
            ("set server web/A health down", "", &[DOWN]),
            ("set server web/A health down", "", NO_LOG),
            ("set server web/A health stopping", "", &[STOPPING]),
            ("set server web/A health up", "", &[UP]),
            ("set server web/A health down", "", &[DOWN]),
            ("set server web/A state maint", "", &["5 Server web/A was DOWN and now enters maintenance."]),
            ("set server web/A health up", "", NO_LOG),
            ("set server web/A state ready", "", &["5 Server web/A is UP/READY (leaving forced maintenance)."]),
            ("set server web/A health down", "", &[DOWN]),
            (
                "set server web/A state drain",
                "",
                &[
                    "5 Server web/A enters drain state. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in \
                   queue.",
                ],
            ),
            ("set server web/A state ready", "", &["5 Server web/A is DOWN (leaving forced drain)."]),
            ("set server web/A weight 0", "", NO_LOG),
            (
                "set server web/A health up",
                "",
                &[
                    "5 Server web/A is UP, changed from CLI. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
                ],
            ),
            ("set server web/A health down", "", &[DOWN]),
        ],
    );
}

#[test]
fn weights() {
    let served = Served::new(CONFIGURATION);
    const STATIC: &str = "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.";
    const GARBAGE: &str = "Trailing garbage in weight string";
    const EMPTY: &str = "Empty weight string empty or preceded by garbage";
    const RANGE: &str = "Absolute weight can only be between 0 and 256 inclusive.";
    let set = |words: &'static str, answer: &'static str, weight: &str| {
        check(&served, &[(words, answer, NO_LOG)]);
        assert_eq!(served.ask("get weight web/B\n"), format!("{weight} (initial 10)\n\n"), "{words}");
    };
    set("set server web/B weight 50%", "", "5");
    set("set server web/B weight 257", RANGE, "5");
    set("set server web/B weight -1", RANGE, "5");
    set("set server web/B weight 99999999999999999999", RANGE, "5");
    set("set server web/B weight -5x", RANGE, "5");
    set("set server web/B weight abc", EMPTY, "5");
    set("set server web/B weight %", EMPTY, "5");
    set("set server web/B weight 5x", GARBAGE, "5");
    set("set server web/B weight 5.5%", GARBAGE, "5");
    set("set server web/B weight 5%x", GARBAGE, "5");
    set("set server web/B weight -5%", "Relative weight must be positive.", "5");
    set("set server web/B weight", "Require <weight> or <weight%>.", "5");
    set("set weight web/B 20", "", "20");
    set("set weight web/B +7", "", "7");
    set("set weight web/B 255%", "", "25");
    set("set weight web/B 30000%", "", "256");
    set("set weight web/B 100%", "", "10");
    check(
        &served,
        &[
            ("set weight fixed/B 3", STATIC, NO_LOG),
            ("set weight fixed/B 50%", STATIC, NO_LOG),
            ("set weight fixed/B 0%", "", &["0 backend fixed has no server available!"]),
            ("set weight fixed/B 20", "", NO_LOG),
            ("set weight fixed/A 50%", "", NO_LOG),
        ],
    );
}

#[test]
fn refusals() {
    let served = Served::new(CONFIGURATION);
    const WHICH: &str = "Require 'backend/server'.";
    for command in [
        "disable server",
        "enable server",
        "get weight",
        "set weight",
        "set server",
        "disable health",
        "set maxconn server",
    ] {
        let check = |argument: &str, expected: &str| {
            assert_eq!(
                served.ask(&format!("{command} {argument}\n")),
                format!("{expected}\n\n"),
                "{command} {argument}"
            );
        };
        check("", WHICH);
        check("web", WHICH);
        check("web/", WHICH);
        check("web/X", "No such server.");
        check("web/#9", "No such server.");
        check("web/1", "No such server.");
        check("web/A/B", "No such server.");
        check("/A", "No such backend.");
        check("fe/A", "No such backend.");
        let of_disabled = served.ask(&format!("{command} off/A\n"));
        let expected = if command == "get weight" { "1 (initial 1)\n\n" } else { "Proxy is disabled.\n\n" };
        assert_eq!(of_disabled, expected, "{command}");
        let denied = served.ask(&format!("operator;{command} web/A\n"));
        let expected = if command == "get weight" { "\n1 (initial 1)\n\n" } else { "\nPermission denied\n\n" };
        assert_eq!(denied, expected, "{command}");
    }
    const STATES: &str = "'set server <srv> state' expects 'ready', 'drain' and 'maint'.";
    const HEALTH: &str = "'set server <srv> health' expects 'up', 'stopping', or 'down'.";
    const USAGE: &str = "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | \
                         check-port | fqdn | health | name | ssl | state | weight";
    check(
        &served,
        &[
            ("set server web/A state", STATES, NO_LOG),
            ("set server web/A state READY", STATES, NO_LOG),
            ("set server web/A health", HEALTH, NO_LOG),
            ("set server web/A health foo", HEALTH, NO_LOG),
            ("set server web/A", USAGE, NO_LOG),
            ("set server web/A foo bar", USAGE, NO_LOG),
            ("set server web/A ssl on", "'set server <srv> ssl' is not supported by this version of Burdock.", NO_LOG),
            ("set maxconn server web/A", "Require <maxconn>.", NO_LOG),
            ("set maxconn server web/A x", "maxconn string empty or preceded by garbage", NO_LOG),
            ("set maxconn server web/A 0x5", "Trailing garbage in maxconn string", NO_LOG),
            ("enable health web/A", "Health check was not configured on this server, cannot enable.", NO_LOG),
            ("disable health web/A", "", NO_LOG),
            ("show servers state fe", "Can't find backend.", NO_LOG),
            ("show servers state 3", "Can't find backend.", NO_LOG),
            ("set severity-output number;disable server web/X", "\n[3]: No such server.", NO_LOG),
        ],
    );
}

#[test]
fn limits_of_requests() {
    let served = Served::new(CONFIGURATION);
    for (text, limit) in [("5", 5), ("0", 0), ("-1", u32::MAX)] {
        check(&served, &[]);
        assert_eq!(served.ask(&format!("set maxconn server web/A {text}\n")), "\n");
        let model = served.model.load();
        let servers = &model.backend_named("web").unwrap().backend.as_ref().unwrap().servers;
        assert_eq!(servers.iter().next().unwrap().state.maxconn(), limit);
    }
}

/// Rows as HAProxy wrote them, but for the seconds since the last change, which `T` stands for.
#[test]
fn lists() {
    let served = Served::new(CONFIGURATION);
    let rows = |command: &str| {
        let answer = served.ask(&format!("{command}\n"));
        let mut lines = answer.lines();
        assert_eq!(lines.next(), Some("1"));
        let head = lines.next().unwrap();
        assert!(
            head.starts_with("# be_id be_name srv_id ") && head.ends_with(" srv_agent_addr srv_agent_port"),
            "{head}"
        );
        assert!(answer.ends_with("\n\n"));
        let row = |line: &str| {
            let mut words: Vec<_> = line.split(' ').collect();
            assert_eq!(words.len(), head.split(' ').count() - 1, "{line}");
            words[9] = "T";
            words.join(" ")
        };
        lines.filter(|line| !line.is_empty()).map(row).collect::<Vec<_>>()
    };
    assert_eq!(served.ask("user;show backend\n"), "\n# name\nweb\nchk\nfixed\noff\none\nempty\n\n");
    assert_eq!(
        rows("show servers state web"),
        [
            "3 web 1 A 127.0.0.1 2 0 1 1 T 1 0 0 0 0 0 0 - 58211 - 0 0 - - 0",
            "3 web 2 B 127.0.0.1 2 0 10 10 T 1 0 0 0 0 0 0 - 58212 - 0 0 - - 0",
            "3 web 3 C 127.0.0.1 0 5 1 1 T 1 0 0 8 0 0 0 - 58213 - 0 0 - - 0",
        ]
    );
    served.ask("disable server web/A;enable server web/C;set weight web/B 4;disable health chk/A\n");
    assert_eq!(
        rows("show servers state #3"),
        [
            "3 web 1 A 127.0.0.1 0 1 1 1 T 1 0 0 0 0 0 0 - 58211 - 0 0 - - 0",
            "3 web 2 B 127.0.0.1 2 0 4 10 T 1 0 0 0 0 0 0 - 58212 - 0 0 - - 0",
            "3 web 3 C 127.0.0.1 2 4 1 1 T 1 0 0 8 0 0 0 - 58213 - 0 0 - - 0",
        ]
    );
    assert_eq!(
        rows("show servers state chk"),
        [
            "77 chk 5 A 127.0.0.1 2 0 1 1 T 1 0 0 2 0 1 1 - 58211 - 0 0 - - 0",
            "77 chk 2 P 127.0.0.1 0 5 7 7 T 1 0 0 14 0 1 0 - 58221 - 0 58211 127.0.0.2 127.0.0.2 58211",
            "77 chk 3 U - 2 0 1 1 T 1 0 0 6 0 1 0 - 0 - 0 0 - - 0",
            "77 chk 4 X ::1 2 0 1 1 T 1 0 0 0 0 1 0 - 30 - 0 0 - - 0",
        ]
    );
    assert_eq!(rows("show servers state").len(), 3 + 4 + 2 + 1 + 1);
    assert_eq!(rows("show servers state off"), ["6 off 0 A 127.0.0.1 2 0 1 1 T 1 0 0 0 0 0 0 - 58221 - 0 0 - - 0"]);
}
