//! `fcgi-app` sections and the backends that use them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_model::{HeaderNamePolicy, Protocol};
use support::{load, model, proxy};

/// A site with an application `a` of these lines, and these in the section that uses it.
fn site(app: &str, section: &str) -> String {
    let timeouts = "timeout client 1s\n timeout server 1s\n timeout connect 1s";
    format!("fcgi-app a\n{app}\ndefaults\n mode http\n {timeouts}\nlisten l\n bind 127.0.0.1:8080\n{section}\n")
}

const SERVER: &str = " use-fcgi-app a\n server s 127.0.0.1:9000 proto fcgi";

#[test]
fn all_that_a_section_can_say() {
    let app = " docroot /srv/www\n index index.php\n path-info ^(/.+\\.php)(/.*)?$\n option get-values\n no option keep-conn\n \
               option mpxs-conns\n option max-reqs 7\n acl x path /x\n set-param a-b.c %[src] if x\n pass-header Authorization unless x\n \
               log-stderr 127.0.0.1:514 local0";
    let model = model(&site(app, SERVER));
    let app = &model.fcgi_apps[0];
    assert_eq!((app.name.as_str(), &*app.document_root), ("a", &b"/srv/www"[..]));
    assert_eq!(app.index_script.as_deref(), Some(&b"index.php"[..]));
    assert!(app.path_info.as_ref().is_some_and(|regex| regex.is_match(b"/a.php/b")));
    assert!(app.asks_for_limits && !app.keeps_connections && app.multiplexes);
    assert_eq!(app.max_requests, 7);
    assert_eq!((&*app.parameters[0].name, app.passed_headers.len(), app.log_targets.len()), (&b"A_B_C"[..], 1, 1));
    let listen = proxy(&model, "l");
    let side = listen.backend.as_ref().unwrap();
    assert_eq!(side.servers.iter().next().unwrap().protocol, Protocol::FastCgi);
    assert_eq!(listen.http.header_names, HeaderNamePolicy::Delete, "as HAProxy does behind an application");
}

#[test]
fn defaults() {
    let text = site(" docroot /srv/www", &format!(" option http-restrict-req-hdr-names preserve\n{SERVER}"));
    let model = model(&text);
    let app = &model.fcgi_apps[0];
    assert!(app.keeps_connections && !app.asks_for_limits && !app.multiplexes && app.path_info.is_none());
    assert_eq!((app.max_requests, app.index_script.is_none()), (1, true));
    assert_eq!(proxy(&model, "l").http.header_names, HeaderNamePolicy::Preserve);
}

#[test]
fn faults() {
    let check = |app: &str, section: &str, expected: &[&str]| {
        let loaded = load(&site(app, section));
        let codes: Vec<_> = loaded.diagnostics.sorted().into_iter().filter_map(|found| found.stable_code()).collect();
        assert_eq!(codes, expected, "{app} / {section}");
    };
    let root = " docroot /srv/www";
    check(root, SERVER, &[]);
    check(root, &format!("{SERVER}\n filter fcgi-app a"), &[]);
    check(root, " filter fcgi-app a\n server s 127.0.0.1:9000 proto fcgi", &[]);
    check(root, &format!("{SERVER} check"), &[]);
    check(root, &format!("{SERVER} ssl verify none"), &[]);
    check(root, &format!("{SERVER} check\n option httpchk"), &["not-supported-yet"]);
    check(root, &format!("{SERVER} check check-proto h1\n option httpchk"), &[]);
    check(root, " server s 127.0.0.1:9000 proto fcgi", &["missing-argument"]);
    check(root, " use-fcgi-app a\n server s 127.0.0.1:9000", &["missing-argument"]);
    check(root, " use-fcgi-app b\n server s 127.0.0.1:9000 proto fcgi", &["unknown-name"]);
    check(root, &format!("{SERVER}\n use-fcgi-app b"), &["duplicate-name"]);
    check(root, &format!(" bind 127.0.0.1:8081 proto fcgi\n{SERVER}"), &["misplaced"]);
    check(" index x", SERVER, &["missing-argument"]);
    check(&format!("{root}\n path-info ("), SERVER, &["bad-pattern"]);
    check(&format!("{root}\n option max-reqs 0"), SERVER, &["out-of-range"]);
    check(&format!("{root}\n option max-reqs 3"), SERVER, &["no-effect-here"]);
    check(&format!("{root}\n no option max-reqs 3"), SERVER, &["not-negatable"]);
    check(&format!("{root}\n set-param A"), SERVER, &["missing-argument"]);
    check(&format!("{root}\n set-param A b c"), SERVER, &["unexpected-word"]);
    check(&format!("{root}\nfcgi-app a\n{root}"), SERVER, &["duplicate-name"]);
}
