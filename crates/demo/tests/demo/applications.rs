//! The three applications on their own: what they remember, and what a stop takes from them.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;

use crate::support::{Response, connect, http, servers_of, start, try_http};
use burdock_demo::Demo;

fn get(server: SocketAddr, cookies: &str) -> Response {
    http(server, "GET", "/", &[("cookie", cookies)], "")
}

fn session_of(response: &Response) -> String {
    format!("DEMOSESSID={}", response.cookie("DEMOSESSID").unwrap())
}

fn log_in(server: SocketAddr, cookies: &str, name: &str) -> Response {
    let form = ("content-type", "application/x-www-form-urlencoded");
    http(server, "POST", "/login", &[("cookie", cookies), form], &format!("name={name}"))
}

fn switch(demo: &Demo, server: &str, action: &str) {
    let answer = http(demo.desk_address(), "POST", &format!("/api/servers/{server}/{action}"), &[], "");
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// What the page shows where an element's data-testid is `id`, without the elements inside.
fn shown<'a>(page: &'a Response, id: &str) -> Option<&'a str> {
    let (_, after) = page.body.split_once(&format!("data-testid=\"{id}\""))?;
    let (_, text) = after.split_once('>')?;
    text.split('<').next().map(str::trim)
}

#[test]
fn visits_and_login_are_remembered_by_the_server_that_saw_them_alone() {
    let demo = start();
    let [a, b] = [0, 1].map(|index| servers_of(&demo)[index].address);

    let first = get(a, "");
    assert_eq!((shown(&first, "server"), shown(&first, "visits")), (Some("ServerA"), Some("1")));
    assert_eq!((shown(&first, "user"), shown(&first, "lost")), (None, None));
    let session = session_of(&first);

    let answer = log_in(a, &session, "Ada+%3Cb%3E");
    assert_eq!(answer.status, 303);
    let second = get(a, &session);
    assert_eq!((shown(&second, "visits"), shown(&second, "user")), (Some("2"), Some("Ada &#60;b&#62;")));
    assert_eq!(second.cookie("DEMOSESSID"), None);

    let elsewhere = get(b, &session);
    assert_eq!((shown(&elsewhere, "server"), shown(&elsewhere, "visits")), (Some("ServerB"), Some("1")));
    assert_eq!(shown(&elsewhere, "user"), None);
    assert!(shown(&elsewhere, "lost").is_some());
    assert_ne!(session_of(&elsewhere), session);

    http(a, "POST", "/logout", &[("cookie", &session)], "");
    assert_eq!(shown(&get(a, &session), "user"), None);
}

#[test]
fn a_name_that_cannot_be_one_is_refused_with_a_reason() {
    let demo = start();
    let server = servers_of(&demo)[0].address;
    for name in ["", "++", "abcdefghijklmnopqrstuvwxyz"] {
        let page = log_in(server, "", name);
        assert_eq!(page.status, 422, "{name}");
        assert!(shown(&page, "problem").is_some(), "{name}");
        assert_eq!(shown(&page, "user"), None);
    }
}

#[test]
fn the_page_tells_who_was_moved_here() {
    let demo = start();
    let server = servers_of(&demo)[1].address;
    let check = |cookies: &str, moved: bool| {
        let page = get(server, cookies);
        assert!(page.body.contains(&format!("data-moved=\"{moved}\"")), "{cookies}");
    };
    check("", false);
    check("SRVNAME=SB", false);
    check("SRVNAME=SA", true);
}

#[test]
fn a_session_of_another_demo_counts_as_none() {
    let [yesterday, today] = [start(), start()];
    let session = session_of(&get(servers_of(&yesterday)[0].address, ""));
    let page = get(servers_of(&today)[0].address, &session);
    assert_eq!(shown(&page, "lost"), None);
    assert!(page.cookie("DEMOSESSID").is_some());
}

#[test]
fn a_stopped_server_is_a_dead_machine_and_comes_back_with_an_empty_memory() {
    let demo = start();
    let [a, b] = [0, 1].map(|index| servers_of(&demo)[index].address);
    let session = session_of(&get(a, ""));
    log_in(a, &session, "Ada");
    let mut kept_alive = connect(a).unwrap();
    kept_alive.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut reader = BufReader::new(kept_alive);
    reader.read_line(&mut String::new()).unwrap();

    switch(&demo, "ServerA", "stop");
    let refused = try_http(a, "GET", "/", &[], "").err().unwrap();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    // The open connection ends rather than wait for another request.
    let end = io::copy(&mut reader, &mut io::sink()).map_err(|error| error.kind());
    assert!(matches!(end, Ok(_) | Err(io::ErrorKind::ConnectionReset)), "{end:?}");
    assert_eq!(get(b, "").status, 200);

    switch(&demo, "ServerA", "start");
    let page = get(a, &session);
    assert_eq!((shown(&page, "visits"), shown(&page, "user")), (Some("1"), None));
    assert!(shown(&page, "lost").is_some());
}

#[test]
fn the_end_of_the_demo_closes_every_port() {
    let demo = start();
    let mut addresses: Vec<SocketAddr> = servers_of(&demo).iter().map(|server| server.address).collect();
    addresses.push(demo.desk_address());
    drop(demo);
    for address in addresses {
        assert!(connect(address).is_err(), "{address}");
    }
}
