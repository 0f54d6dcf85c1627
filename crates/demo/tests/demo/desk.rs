//! The desk's interface, with a stand-in for the proxy.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};

use crate::support::{Response, connect, http, read_event, servers_of, stand_in_for_burdock, start};
use burdock_demo::{Demo, DemoOptions};
use serde_json::{Value, json};

fn ask(demo: &Demo, method: &str, path: &str, body: Option<Value>) -> Response {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    http(demo.desk_address(), method, path, &[("content-type", "application/json")], &body)
}

fn send(demo: &Demo, count: usize) -> Value {
    ask(demo, "POST", "/api/visitors", Some(json!({ "count": count }))).json()
}

fn bring_back(demo: &Demo) -> Value {
    ask(demo, "POST", "/api/visitors/return", None).json()
}

fn scene(demo: &Demo) -> Value {
    ask(demo, "GET", "/api/scene", None).json()
}

fn last_words(demo: &Demo) -> String {
    scene(demo)["journal"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned()
}

/// How often each text stands in a field of a report's landings.
fn tally(report: &Value, field: &str) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for landing in report["landings"].as_array().unwrap() {
        *tally.entry(landing[field].to_string().replace('"', "")).or_default() += 1;
    }
    tally
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(text, number)| (text.to_owned(), number)).collect()
}

#[test]
fn visitors_spread_stick_and_move_when_their_server_stops() {
    let demo = start();
    stand_in_for_burdock(&demo);

    let report = send(&demo, 12);
    assert_eq!(report["problem"], Value::Null);
    assert_eq!(tally(&report, "server"), counts([("ServerA", 4), ("ServerB", 4), ("ServerC", 4)]));
    assert_eq!(tally(&report, "outcome"), counts([("new", 12)]));
    let memory = &scene(&demo)["servers"][1]["memory"];
    assert_eq!((&memory["sessions"], &memory["logins"], &memory["hits"]), (&json!(4), &json!(4), &json!(8)));

    let report = bring_back(&demo);
    assert_eq!(tally(&report, "outcome"), counts([("same", 12)]));
    assert_eq!(tally(&report, "login_lost"), counts([("false", 12)]));
    assert_eq!(last_words(&demo), "12 visitors came back: each on the same server as before, all logins kept.");

    assert_eq!(ask(&demo, "POST", "/api/servers/ServerB/stop", None).status, 204);
    assert!(last_words(&demo).starts_with("ServerB stopped. Its memory is gone, and with it 4 logins: "));
    let stopped = scene(&demo);
    assert_eq!(stopped["servers"][1]["memory"], Value::Null);
    let gone = stopped["visitors"].as_array().unwrap().iter().filter(|visitor| visitor["login"] == "gone");
    assert_eq!(gone.count(), 4);

    let report = bring_back(&demo);
    assert_eq!(tally(&report, "outcome"), counts([("moved", 4), ("same", 8)]));
    assert_eq!(tally(&report, "login_lost"), counts([("false", 8), ("true", 4)]));
    let cookies = scene(&demo);
    assert!(cookies["visitors"].as_array().unwrap().iter().all(|visitor| visitor["cookie"] != "SB"));

    // Those who were moved stay where they are, even when their old server is back, and log in again.
    ask(&demo, "POST", "/api/servers/ServerB/start", None);
    let report = bring_back(&demo);
    assert_eq!(tally(&report, "outcome"), counts([("same", 12)]));
    assert!(scene(&demo)["visitors"].as_array().unwrap().iter().all(|visitor| visitor["login"] == "in"));
}

#[test]
fn a_server_that_lost_its_memory_gets_its_visitors_back_without_their_logins() {
    let demo = start();
    stand_in_for_burdock(&demo);
    send(&demo, 3);
    ask(&demo, "POST", "/api/servers/ServerC/stop", None);
    ask(&demo, "POST", "/api/servers/ServerC/start", None);
    let report = bring_back(&demo);
    assert_eq!(tally(&report, "outcome"), counts([("same", 3)]));
    assert_eq!(tally(&report, "login_lost"), counts([("false", 2), ("true", 1)]));
}

#[test]
fn errands_that_fail_say_why() {
    let demo = start();
    assert_eq!(send(&demo, 2), json!({ "landings": [], "problem": "Burdock could not be reached" }));

    stand_in_for_burdock(&demo);
    let report = send(&demo, 1000);
    assert_eq!(report["problem"], "48 came; there is room for 48 visitors");
    for server in servers_of(&demo) {
        ask(&demo, "POST", &format!("/api/servers/{}/stop", server.name), None);
    }
    assert_eq!(bring_back(&demo)["problem"], "Burdock answered 503, because no server was left");
    assert_eq!(last_words(&demo), "No visitor got in; Burdock answered 503, because no server was left.");

    assert_eq!(ask(&demo, "DELETE", "/api/visitors", None).status, 204);
    assert_eq!(scene(&demo)["visitors"], json!([]));
    assert_eq!(bring_back(&demo)["landings"], json!([]));
    assert_eq!(ask(&demo, "POST", "/api/servers/ServerX/stop", None).status, 404);
}

#[test]
fn changes_are_told_at_once() {
    let demo = start();
    let mut stream = connect(demo.desk_address()).unwrap();
    write!(stream, "GET /api/events HTTP/1.1\r\nhost: {}\r\n\r\n", demo.desk_address()).unwrap();
    let mut events = BufReader::new(stream);
    assert!(read_event(&mut events).unwrap()["servers"][0]["memory"].is_object());

    ask(&demo, "POST", "/api/servers/ServerA/stop", None);
    while !read_event(&mut events).unwrap()["servers"][0]["memory"].is_null() {}

    let [_, b, _] = &servers_of(&demo)[..] else { panic!("three servers") };
    http(b.address, "GET", "/", &[("cookie", "SRVNAME=SA")], "");
    let scene = loop {
        let scene = read_event(&mut events).unwrap();
        if scene["servers"][1]["memory"]["hits"] == 1 {
            break scene;
        }
    };
    let hit = &scene["servers"][1]["memory"]["last_hits"][0];
    assert_eq!((&hit["request"], &hit["proxy_cookie"]), (&json!("GET /"), &json!("SA")));

    drop(demo);
    assert!(read_event(&mut events).is_none());
}

#[test]
fn the_page_and_its_parts_are_served() {
    let demo = start();
    let page = ask(&demo, "GET", "/", None);
    assert_eq!(page.status, 200);
    let links = [" src=\"", " href=\""].into_iter().flat_map(|attribute| page.body.split(attribute).skip(1));
    let links = links.filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with('/'));
    let scripts = ["/elements.js", "/me.js", "/servers.js", "/story.js", "/wires.js", "/journal.js"];
    for path in links.chain(scripts) {
        assert_eq!(ask(&demo, "GET", path, None).status, 200, "{path}");
    }
    assert!(!page.body.contains("https://") && !page.body.contains("//cdn"));
}

#[test]
fn the_configuration_is_shown_as_it_runs() {
    let demo = start();
    assert_eq!(ask(&demo, "GET", "/haproxy.cfg", None).body, demo.configuration());
    let setting = ask(&demo, "GET", "/api/setting", None).json();
    assert_eq!(setting["site_port"], demo.site_address().port());
    let lines = setting["configuration"]["lines"].as_array().unwrap().clone();
    let text: String = lines.iter().map(|line| format!("{}\n", line["text"].as_str().unwrap())).collect();
    assert_eq!(text, demo.configuration());
    let sticky: Vec<_> = lines.iter().filter(|line| line["is_sticky"] == true).map(|line| &line["text"]).collect();
    assert_eq!(sticky, ["    cookie SRVNAME insert"]);
    assert!(demo.banner().contains(&format!("http://{}/", demo.desk_address())));
}

#[test]
fn a_browser_can_be_made_a_new_visitor() {
    let demo = start();
    let answer = ask(&demo, "POST", "/api/me/forget", None);
    let expired: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, value)| name == "set-cookie" && value.ends_with("=; Path=/; Max-Age=0"))
        .map(|(_, value)| value.split('=').next().unwrap())
        .collect();
    assert_eq!(expired, ["SRVNAME", "DEMOSESSID"]);
}

#[test]
fn other_sites_cannot_work_the_desk() {
    let demo = start();
    let stop =
        |headers: &[(&str, &str)]| http(demo.desk_address(), "POST", "/api/servers/ServerA/stop", headers, "").status;
    assert_eq!(stop(&[("origin", "http://evil.example")]), 403);
    assert_eq!(stop(&[("host", "evil.example")]), 403);
    assert_eq!(http(demo.desk_address(), "GET", "/api/scene", &[("host", "evil.example")], "").status, 403);
    assert!(scene(&demo)["servers"][0]["memory"].is_object());
}

#[test]
fn an_address_that_was_asked_for_is_taken_or_the_start_fails() {
    let demo = start();
    let taken = DemoOptions { desk: Some(demo.desk_address()), site: None };
    let error = Demo::start(taken).err().unwrap();
    assert!(error.to_string().starts_with(&format!("cannot listen on {}", demo.desk_address())), "{error}");

    // Without a wish there is always a port, even for two demos at a time.
    let [first, second] = [0, 1].map(|_| Demo::start(DemoOptions::default()).unwrap());
    assert_ne!(first.desk_address(), second.desk_address());
}
