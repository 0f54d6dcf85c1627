//! Commands for certificates of authorities, where nothing looks after any; the answers are those of HAProxy 3.5.

use super::*;

#[test]
fn without_certificates_of_authorities() {
    let served = Served::new("frontend f\n  bind 127.0.0.1:1\n  mode http\n");
    let check = |command: &str, expected: &str| assert_eq!(served.ask(&format!("{command}\n")), expected, "{command}");
    check(
        "acme status",
        "# certificate\tsection\tstate\texpiration date (UTC)\texpires in\tscheduled date (UTC)\tscheduled in\n\n",
    );
    check("acme renew", ": not enough parameters\n\n");
    check("acme renew x.pem", "Can't find the certificate 'x.pem'.\n\n");
    let usage = "Not enough parameters: \"acme challenge_ready <certfile> domain <domain>\"\n\n";
    check("acme challenge_ready", usage);
    check("acme challenge_ready x.pem domain", usage);
    check(
        "acme challenge_ready x.pem domain a.example",
        "Couldn't find an ACME task using crt \"x.pem\" and dns \"a.example\" to set as ready!\n\n",
    );
}
