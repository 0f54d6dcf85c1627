//! Frontends and backends that are opened and closed over the runtime API; the answers are HAProxy 3.5's.

use super::*;

const CONFIGURATION: &str = "\
defaults
 mode http
 timeout client 5s
 timeout connect 1s
 timeout server 5s
frontend fe
 bind 127.0.0.1:1
 maxconn 100
 default_backend be
backend be
 server a 127.0.0.1:58211 pool-purge-delay 3s pool-max-conn 7
backend off
 disabled
";

fn check(served: &Served, cases: &[(&str, &str)]) {
    for (command, answer) in cases {
        let expected = if answer.is_empty() { "\n".to_owned() } else { format!("{answer}\n\n") };
        assert_eq!(served.ask(&format!("{command}\n")), expected, "{command}");
    }
}

/// Status and limit of sessions in the statistics.
fn shown(served: &Served, proxy: &str) -> (String, String) {
    let answer = served.ask(&format!("show stat {proxy} 3 -1\n"));
    let row: Vec<_> = answer.lines().nth(1).unwrap().split(',').map(str::to_owned).collect();
    (row[17].clone(), row[6].clone())
}

#[test]
fn frontends() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("disable frontend", "A frontend name is expected."),
            ("disable frontend nope", "No such frontend."),
            ("disable frontend be", "No such frontend."),
            ("enable frontend fe", "All sockets are already enabled."),
            ("disable frontend fe", ""),
            ("disable frontend #2", "All sockets are already disabled."),
            ("set maxconn frontend fe", "Integer value expected."),
            ("set maxconn frontend nope 3", "No such frontend."),
            ("set maxconn frontend fe -1", "Value out of range."),
            ("set maxconn frontend fe 7", ""),
        ],
    );
    assert_eq!(shown(&served, "fe"), ("PAUSED".to_owned(), "7".to_owned()));
    check(&served, &[("enable frontend fe", ""), ("set maxconn frontend fe abc", "")]);
    assert_eq!(shown(&served, "fe"), ("OPEN".to_owned(), "0".to_owned()));
    check(
        &served,
        &[
            ("shutdown frontend nope", "No such frontend."),
            ("shutdown frontend fe", ""),
            ("shutdown frontend fe", "Frontend was already shut down."),
            ("enable frontend fe", "Frontend was previously shut down, cannot enable."),
            ("disable frontend fe", "Frontend was previously shut down, cannot disable."),
        ],
    );
    assert_eq!(shown(&served, "fe").0, "STOP");
}

#[test]
fn backends() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("unpublish backend", "No such backend."),
            ("unpublish backend fe", "No such backend."),
            ("unpublish backend off", "No effect on a disabled backend."),
            ("unpublish backend be", "Backend unpublished."),
            ("unpublish backend be", "Backend unpublished."),
        ],
    );
    assert_eq!(shown(&served, "be").0, "UP (UNPUB)");
    check(&served, &[("publish backend #3", "Backend published.")]);
    assert_eq!(shown(&served, "be").0, "UP");
}

#[test]
fn connections_to_servers() {
    let served = Served::new(&format!("global\nnbthread 2\n{CONFIGURATION}"));
    const HEAD: &str = "# bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est idle_sess \
        unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]";
    const ROW: &str = "be/a 3/1 127.0.0.1 58211 - 3000 0 0 0 0 0 0 0 7 0 0 0";
    check(
        &served,
        &[
            ("show servers conn", &format!("{HEAD}\n{ROW}")),
            ("show servers conn be", &format!("{HEAD}\n{ROW}")),
            ("show servers conn off", HEAD),
            ("show servers conn nope", "Can't find backend."),
        ],
    );
}
