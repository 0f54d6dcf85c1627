//! The reason for sticky sessions: an application that keeps its sessions in files of its own, on each of two servers.

use burdock_testkit::tools::{PHP_SESSION_APP, Php};
use burdock_testkit::{LogSink, Proxy, Response};

use crate::support::{burdock, listen};

const REQUESTS: usize = 50;

#[test]
fn a_login_survives_fifty_requests_with_the_cookie() {
    let Some((servers, proxy)) = site("cookie SRVNAME insert") else { return };
    let mut user = Browser::new(&proxy);
    assert_eq!(user.get("/login?user=ada").text(), "user ada, request 1");
    for number in 0..REQUESTS {
        // PHP answers by closing, so connections on both sides come and go.
        assert_eq!(user.get("/").text(), format!("user ada, request {}", number + 2));
    }
    assert_eq!(user.server_ports.len(), 1, "one server served all: {:?}", user.server_ports);
    assert_eq!(servers.iter().map(Php::sessions).sum::<usize>(), 1);
}

#[test]
fn two_users_are_bound_to_two_servers() {
    let Some((servers, proxy)) = site("cookie SRVNAME insert") else { return };
    let mut users = [Browser::new(&proxy), Browser::new(&proxy)];
    for (name, user) in ["ada", "bob"].iter().zip(&mut users) {
        user.get(&format!("/login?user={name}"));
    }
    for number in 2..12 {
        for (name, user) in ["ada", "bob"].iter().zip(&mut users) {
            assert_eq!(user.get("/").text(), format!("user {name}, request {number}"));
        }
    }
    assert_ne!(users[0].server_ports, users[1].server_ports);
    assert_eq!(servers.iter().map(Php::sessions).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_login_is_lost_without_the_cookie() {
    let Some((_servers, proxy)) = site("") else { return };
    let mut user = Browser::new(&proxy);
    user.get("/login?user=ada");
    let answers: Vec<String> = (0..REQUESTS).map(|_| user.get("/").text()).collect();
    let lost = answers.iter().filter(|text| *text == "nobody").count();
    assert_eq!(
        lost,
        REQUESTS / 2,
        "every other request goes to the server that does not know the session: {answers:?}"
    );
}

/// Two PHP servers behind the tutorial's file.
fn site(cookie_line: &str) -> Option<([Php; 2], Proxy)> {
    let servers = [Php::start(PHP_SESSION_APP)?, Php::start(PHP_SESSION_APP)?];
    let log = LogSink::new();
    let values = if cookie_line.is_empty() { ["", ""] } else { ["cookie SA", "cookie SB"] };
    let lines = format!(
        "{cookie_line}\nserver A 127.0.0.1:{} {} check\nserver B 127.0.0.1:{} {} check",
        servers[0].port, values[0], servers[1].port, values[1]
    );
    let proxy = burdock().start(&listen(&log, &lines));
    Some((servers, proxy))
}

/// Keeps the cookies that it is sent, as a browser does.
struct Browser<'a> {
    proxy: &'a Proxy,
    cookies: Vec<(String, String)>,
    server_ports: Vec<String>,
}

impl<'a> Browser<'a> {
    fn new(proxy: &'a Proxy) -> Self {
        Self { proxy, cookies: Vec::new(), server_ports: Vec::new() }
    }

    fn get(&mut self, path: &str) -> Response {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = format!("Cookie: {}", pairs.join("; "));
        let response = self.proxy.client("web").get(path, &[cookie.as_str()]);
        assert_eq!(response.status(), 200, "{path}");
        for line in response.all("set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let port = response.header("x-server-port").unwrap().to_owned();
        if !self.server_ports.contains(&port) {
            self.server_ports.push(port);
        }
        response
    }
}
