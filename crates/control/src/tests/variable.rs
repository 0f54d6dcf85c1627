//! Variables of the process, and the modes in which they can be set.

use super::*;

const CONFIGURATION: &str = "\
global
    set-var proc.a int(5)
    set-var proc.s str(abc)
frontend f
    mode http
    bind 127.0.0.1:8080
    timeout client 1s
    default_backend b
backend b
    mode http
    timeout server 1s
    timeout connect 1s
    server s 127.0.0.1:1
";

/// What a line is answered in the experimental mode.
fn check(served: &Served, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let answer = served.ask(&format!("experimental-mode on;{line}\n"));
        assert_eq!(answer, format!("\n{expected}\n"), "{line}");
    }
}

#[test]
fn modes() {
    let served = Served::new(CONFIGURATION);
    for (line, expected) in [
        ("experimental-mode", "experimental-mode is OFF\n\n"),
        ("expert-mode", "expert-mode is OFF\n\n"),
        ("experimental-mode on;experimental-mode", "\nexperimental-mode is ON\n\n"),
        ("expert-mode on;expert-mode;experimental-mode", "\nexpert-mode is ON\n\nexperimental-mode is OFF\n\n"),
        ("experimental-mode on;experimental-mode off;experimental-mode", "\n\nexperimental-mode is OFF\n\n"),
        ("experimental-mode foo", "\n"),
        ("operator;experimental-mode on", "\nPermission denied\n\n"),
        ("expert-mode on;operator;expert-mode", "\n\nPermission denied\n\n"),
        ("set var proc.a int(7)", "This command is restricted to experimental mode only.\n\n"),
    ] {
        assert_eq!(served.ask(&format!("{line}\n")), expected, "{line}");
    }
    assert!(!served.ask("help set\n").contains("set var"));
    assert!(served.ask("experimental-mode on;help set\n").contains("set var"));
}

#[test]
fn variables_are_set() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("set var proc.a int(7);get var proc.a", "\nproc.a: type=sint value=<7>\n"),
            ("set var proc.a expr int(8);get var proc.a", "\nproc.a: type=sint value=<8>\n"),
            ("set var proc.a fmt %[int(8),add(1)]-%%;get var proc.a", "\nproc.a: type=str value=<9-%>\n"),
            ("set var proc.a fmt a b;get var proc.a", "\nproc.a: type=str value=<a>\n"),
            ("set var proc.a fmt a\\ b;get var proc.a", "\nproc.a: type=str value=<a b>\n"),
            ("set var proc.a var(proc.none);get var proc.a", "\nproc.a: type=str value=<a b>\n"),
            ("set var proc.fresh var(proc.s);get var proc.fresh", "\nproc.fresh: type=str value=<abc>\n"),
            ("set var proc.x var(proc.fresh),concat(-,proc.s);get var proc.x", "\nproc.x: type=str value=<abc-abc>\n"),
            ("set var proc.fresh,ifnotset int(1);get var proc.fresh", "\nproc.fresh: type=str value=<abc>\n"),
            ("set var proc.n nbsrv(b);get var proc.n", "\nproc.n: type=sint value=<1>\n"),
        ],
    );
    assert_eq!(served.ask("get var proc.none\n"), "Variable not found.\n\n");
}

/// The words of faults in expressions and formats are not HAProxy's.
#[test]
fn faults() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("set var", "Missing process-wide variable identifier.\n"),
            ("set var proc.a", "Missing either 'expr', 'fmt' or expression.\n"),
            ("set var proc.a int(7) str(a)", "'set var': arg type must be either 'expr' or 'fmt' but got 'int(7)'.\n"),
            ("set var txn.a int(7)", "'set var': cannot set variable 'txn.a', only scope 'proc' is permitted here.\n"),
            (
                "set var proc.a-b int(7)",
                "'proc.a-b' is no name of a variable: letters, digits, '_' and '.' are possible\n",
            ),
            ("set var proc.a path", "sample fetch 'path' has no value in the runtime API\n"),
            (
                "set var proc.a str(a),map(/dev/null)",
                "maps and files of patterns can be named by the configuration alone\n",
            ),
        ],
    );
    for line in
        ["set var proc.a foo", "set var proc.a int(7),foo", "set var proc.a fmt %[path]", "set var proc.a fmt %foo"]
    {
        let answer = served.ask(&format!("experimental-mode on;{line};get var proc.a\n"));
        assert!(answer.ends_with("proc.a: type=sint value=<5>\n\n"), "{answer}");
        assert!(answer.len() > "\nproc.a: type=sint value=<5>\n\n".len() + 5, "{answer}");
    }
}
