//! ACLs and maps in files: what they decide, what rules change in them, and what the runtime socket changes while traffic runs.

use burdock_testkit::Backend;
use burdock_testkit::wait;

use crate::support::{Site, burdock};

#[test]
fn files_decide_and_are_changed_at_run_time() {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).display().to_string();
    let (blocked, kinds) = (path("blocked.lst"), path("kinds.map"));
    std::fs::write(&blocked, "# paths\n/blocked\n/private/\n").unwrap();
    std::fs::write(&kinds, "/img image picture\n/api  json\n").unwrap();
    let site = Site::start(&format!(
        "http-request deny if {{ path -m beg -f {blocked} }}\nhttp-request set-header X-Kind %[path,map_beg({kinds},other)]"
    ));
    let kind = |path: &str| {
        let known = site.a.requests().len() + site.b.requests().len();
        let response = site.get(path, &[]);
        if response.status() != 200 {
            return response.status().to_string();
        }
        let requests = wait::until("the request", || {
            let requests: Vec<_> = site.a.requests().into_iter().chain(site.b.requests()).collect();
            (requests.len() > known).then_some(requests)
        });
        let request = requests.iter().rfind(|request| request.target() == path).unwrap();
        request.header("x-kind").unwrap_or("none").to_owned()
    };
    assert_eq!(kind("/blocked"), "403");
    assert_eq!(kind("/private/x"), "403");
    assert_eq!(kind("/img/1"), "image picture");
    assert_eq!(kind("/api"), "json");
    assert_eq!(kind("/x"), "other");

    assert_eq!(site.proxy.cli(&format!("del acl {blocked} /blocked")), "\n");
    assert_eq!(site.proxy.cli(&format!("add map {kinds} /x new")), "\n");
    assert_eq!(site.proxy.cli(&format!("set map {kinds} /api changed")), "\n");
    assert_eq!(kind("/blocked"), "other");
    assert_eq!(kind("/x"), "new");
    assert_eq!(kind("/api?1"), "changed");

    assert_eq!(site.proxy.cli(&format!("prepare map {kinds}")), "New version created: 1\n\n");
    assert_eq!(site.proxy.cli(&format!("add map @1 {kinds} <<\n/a one\n/b two\n")), "\n");
    assert_eq!(kind("/a"), "other", "not yet committed");
    assert_eq!(site.proxy.cli(&format!("commit map @1 {kinds}")), "\n");
    assert_eq!((kind("/a1"), kind("/api?2")), ("one".to_owned(), "one".to_owned()));
}

#[test]
fn rules_change_what_rules_look_at() {
    let site = Site::with(
        Backend::named("A"),
        Backend::named("B"),
        "http-request deny if { path -f virt@banned }\n\
         http-request add-acl(virt@banned) %[req.hdr(ban)] if { req.hdr(ban) -m found }\n\
         http-request del-acl(virt@banned) %[req.hdr(unban)] if { req.hdr(unban) -m found }",
    );
    let status = |path: &str, fields: &[&str]| site.get(path, fields).status();
    assert_eq!(status("/a", &[]), 200);
    assert_eq!(status("/b", &["ban: /a"]), 200);
    assert_eq!(status("/a", &[]), 403);
    assert!(site.proxy.cli("show acl virt@banned").ends_with(" /a\n\n"));
    assert_eq!(status("/b", &["unban: /a"]), 200);
    assert_eq!(status("/a", &[]), 200);
}

#[test]
fn faults_say_the_file_and_the_line() {
    let files = tempfile::tempdir().unwrap();
    let list = files.path().join("networks.lst").display().to_string();
    std::fs::write(&list, "10.0.0.0/8\n\nlocalhost\n").unwrap();
    let text = format!("frontend web\n    bind 127.0.0.1:@web@\n    mode http\n    acl inside src -f {list}\n");
    let output = burdock().run(&text, &["-c"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let expected = format!("'localhost' is not a valid IPv4 or IPv6 address at line 3 of file '{list}'");
    assert!(said.contains(&expected) && said.contains("burdock.cfg:4"), "{said}");
}
