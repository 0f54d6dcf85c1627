//! Questions about a small site, and what is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

use burdock_config::{CommandLine, LoadOptions, Sealed};
use burdock_explain::{Account, Question, QuestionFault, explain, to_json, to_text};
use burdock_model::Model;
use burdock_syntax::{Environment, Facts};

const SITE: &str = "
defaults
    mode http
    timeout client 3s
    timeout server 3s
    timeout connect 3s
    option httplog
frontend www
    bind 127.0.0.1:8080
    acl static path_beg /static /img
    acl office src 10.0.0.0/8
    http-request deny deny_status 429 if { path /admin } !office
    http-request set-header X-Client %ci
    use_backend assets if static
    default_backend shop
    http-request set-var(txn.who) req.hdr(x-user) if { path /vars }
    http-request set-var-fmt(txn.who) %[var(txn.who)]-%[int(7)] if { path /vars }
    http-request set-var(txn.seen) bool(1) if { path,set-var(req.path) /vars }
    http-request unset-var(txn.who) if { path /vars }
frontend other
    bind 127.0.0.1:8081
    default_backend assets
backend shop
    balance roundrobin
    option forwardfor
    cookie SRVNAME insert indirect nocache
    http-response set-header X-Shop yes
    server ServerA 127.0.0.1:9001 cookie SA
    server ServerB 127.0.0.1:9002 cookie SB
backend assets
    use-server spare if { path /img/spare }
    server files 127.0.0.1:9003
    server spare 127.0.0.1:9004 weight 0
frontend asks
    bind 127.0.0.1:8082
    http-request do-resolve(txn.ip,dns,ipv4) req.hdr(host),host_only
    default_backend assets
frontend scripts
    bind 127.0.0.1:8083
    default_backend php
backend php
    use-fcgi-app php
    server fpm 127.0.0.1:9005 proto fcgi
fcgi-app php
    docroot /srv/www
    index index.php
    path-info ^(/.+\\.php)(/.*)?$
    set-param WHO %[src]
frontend sticks
    bind 127.0.0.1:8084
    http-request track-sc0 src table users
    http-request deny if { sc0_http_req_cnt gt 1 }
    default_backend users
backend users
    stick-table type ip size 10 store http_req_cnt
    stick on src if { path /stick }
    stick store-request req.hdr(x-none)
    server only 127.0.0.1:9006
resolvers dns
    nameserver near 127.0.0.1:53
";

fn model() -> Model {
    let options = LoadOptions {
        files: &[],
        environment: &Environment::empty(),
        facts: &Facts::default(),
        command_line: &CommandLine { program_name: "haproxy".into(), ..CommandLine::default() },
        host: &Sealed,
        previous: None,
    };
    let loaded = burdock_config::load_text("site.cfg", SITE, &options);
    loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn ask(change: impl FnOnce(&mut Question)) -> Account {
    let mut question = Question::default();
    change(&mut question);
    explain(&model(), &question).unwrap()
}

fn cookie(value: &str) -> Vec<(String, String)> {
    vec![("Cookie".to_owned(), value.to_owned())]
}

/// The backend, the server and the status.
fn outcome(account: &Account) -> (Option<&str>, Option<&str>, Option<u16>) {
    (account.outcome.backend.as_deref(), account.outcome.server.as_deref(), account.outcome.status)
}

#[test]
fn names_are_not_asked_for() {
    let account = ask(|question| question.url = "http://app.example:8082/".to_owned());
    let told = to_text(&account, false);
    assert!(
        told.contains(
            "would ask the name servers of 'dns' for 'app.example' (A records first); they are not asked here"
        ),
        "{told}"
    );
}

#[test]
fn keys_of_stick_tables_are_told() {
    for (path, expected) in [
        ("/stick", &["of which a table without traffic knows no server", "is taken down under '127.0.0.1'"][..]),
        ("/", &["· stick on, table 'users'", "the request has no such key"]),
    ] {
        let account = ask(|question| question.url = format!("http://127.0.0.1:8084{path}"));
        let told = to_text(&account, false);
        assert!(expected.iter().all(|text| told.contains(text)), "{path}: {told}");
        assert_eq!(outcome(&account), (Some("users"), Some("only"), Some(200)), "each question finds empty tables");
    }
}

#[test]
fn changes_of_variables_are_told() {
    let account = ask(|question| {
        question.url = "http://127.0.0.1:8080/vars".to_owned();
        question.headers = vec![("X-User".to_owned(), "ann".to_owned())];
    });
    let changes: Vec<_> = account
        .stages
        .iter()
        .flat_map(|stage| &stage.steps)
        .flat_map(|step| &step.variables)
        .map(|change| (change.name.as_str(), change.before.as_deref(), change.after.as_deref()))
        .collect();
    assert_eq!(
        changes,
        [
            ("txn.who", None, Some("ann")),
            ("txn.who", Some("ann"), Some("ann-7")),
            ("txn.seen", None, Some("true")),
            ("req.path", None, Some("/vars")),
            ("txn.who", Some("ann-7"), None),
        ]
    );
    let text = to_text(&account, false);
    for line in ["→ txn.who: none → \"ann\"\n", "→ txn.who: \"ann\" → \"ann-7\"\n", "→ txn.who: \"ann-7\" → none\n"]
    {
        assert!(text.contains(line), "{text}");
    }
    let json = to_json(&account);
    assert!(json.contains("\"name\": \"txn.seen\",\n") && json.contains("\"after\": \"true\"\n"), "{json}");
    // A condition may change one though its rule does not apply.
    let other = ask(|question| question.url = "http://127.0.0.1:8080/".to_owned());
    assert!(to_text(&other, false).contains("→ req.path: none → \"/\"\n"));
}

#[test]
fn a_cookie_binds_and_its_server_may_be_down() {
    let bound = ask(|question| question.headers = cookie("SRVNAME=SB"));
    assert_eq!(outcome(&bound), (Some("shop"), Some("ServerB"), Some(200)));
    assert!(bound.outcome.log.as_deref().is_some_and(|log| log.contains(" shop/ServerB ") && log.contains(" --VN ")));
    assert!(!bound.outcome.request_to_server.iter().any(|line| line.starts_with("cookie")), "{bound:?}");
    let moved = ask(|question| {
        question.headers = cookie("SRVNAME=SB");
        question.down = vec![("shop".into(), "ServerB".into())];
    });
    assert_eq!(outcome(&moved), (Some("shop"), Some("ServerA"), Some(200)));
    assert!(moved.outcome.response_to_client.contains(&"set-cookie: SRVNAME=SA; path=/".to_owned()), "{moved:?}");
    assert!(moved.outcome.log.as_deref().is_some_and(|log| log.contains(" --DI ")));
}

#[test]
fn rules_are_told_with_what_they_saw_and_did() {
    let account = ask(|question| question.url = "/static/logo.png".into());
    assert_eq!(outcome(&account), (Some("assets"), Some("files"), Some(200)));
    let text = to_text(&account, false);
    for expected in [
        "  · http-request deny deny_status 429 if { path /admin } !office  site.cfg:12\n      no  path /admin  saw \"/static/logo.png\"\n",
        "  ✓ http-request set-header X-Client %ci  site.cfg:13\n      → request: + x-client: 127.0.0.1\n",
        "  ✓ use_backend assets  site.cfg:14\n      yes static: path_beg /static /img  saw \"/static/logo.png\"\n",
        "outcome: www → assets → files · 200\n",
    ] {
        assert!(text.contains(expected), "{expected}\nis not in\n{text}");
    }
}

#[test]
fn a_rule_may_choose_the_server() {
    let account = ask(|question| question.url = "/img/spare".into());
    assert_eq!(outcome(&account).1, Some("spare"));
    assert!(account.outcome.why.starts_with("a 'use-server' rule says so"), "{}", account.outcome.why);
    let bound = ask(|question| question.headers = cookie("SRVNAME=SB"));
    assert!(bound.outcome.why.starts_with("its cookie says so"), "{}", bound.outcome.why);
}

#[test]
fn a_refusal_ends_it() {
    let refused = ask(|question| question.url = "/admin".into());
    assert_eq!(outcome(&refused), (None, None, Some(429)));
    assert!(refused.outcome.log.as_deref().is_some_and(|log| log.contains(" PR-- ")));
    let allowed = ask(|question| {
        question.url = "/admin".into();
        question.from = "10.1.2.3".parse().unwrap();
    });
    assert_eq!(outcome(&allowed).1, Some("ServerA"));
    let invalid =
        ask(|question| question.headers = vec![("X".into(), "a\r\n b".into()), ("Bad Name".into(), "x".into())]);
    assert_eq!(outcome(&invalid), (None, None, Some(400)));
}

#[test]
fn the_port_tells_who_listens() {
    let account = ask(|question| question.url = "http://localhost:8081/".into());
    assert_eq!(account.outcome.frontend, "other");
    let by_name = ask(|question| question.frontend = Some("other".into()));
    assert_eq!(by_name.outcome.frontend, "other");
}

#[test]
fn everything_down_is_a_503() {
    let down = [("shop", "ServerA"), ("shop", "ServerB")].map(|(b, s)| (b.to_owned(), s.to_owned()));
    let account = ask(|question| question.down = down.to_vec());
    assert_eq!(outcome(&account), (Some("shop"), None, Some(503)));
}

#[test]
fn what_is_not_there_cannot_be_asked_about() {
    let ask = |question: &Question| explain(&model(), question).unwrap_err();
    let down = vec![("shop".into(), "ServerC".into())];
    assert_eq!(ask(&Question { down, ..Question::default() }), QuestionFault::NoServer("shop/ServerC".into()));
    let frontend = Some("nowhere".into());
    assert!(matches!(ask(&Question { frontend, ..Question::default() }), QuestionFault::NoFrontend(_)));
}

#[test]
fn tools_get_json() {
    let account = ask(|question| question.headers = cookie("SRVNAME=SB"));
    let json: serde_json::Value = serde_json::from_str(&to_json(&account)).unwrap();
    assert_eq!(json["outcome"]["server"], "ServerB");
    assert_eq!(json["stages"][1]["steps"][0]["condition"][0][0]["tests"][0]["values"][0], "/");
}

#[test]
fn what_a_fastcgi_application_is_told() {
    let asked = |url: &str| {
        ask(|question| {
            question.frontend = Some("scripts".into());
            question.url = url.into();
            question.from = "10.1.2.3".parse().unwrap();
        })
    };
    let told = asked("/shop/a.php/more?x=1").outcome.request_to_server;
    for line in ["SCRIPT_FILENAME=/srv/www/shop/a.php", "PATH_INFO=/more", "QUERY_STRING=x=1", "WHO=10.1.2.3"] {
        assert!(told.iter().any(|known| known == line), "{line} in {told:?}");
    }
    assert_eq!(outcome(&asked("/a%0a.php")).2, Some(500));
}
