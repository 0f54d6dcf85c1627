//! The proxy's configuration: the seven-line file of the sticky session tutorial with this demo's addresses, and beside each
//! line what it does, for the desk to show.

use std::net::SocketAddr;

use serde::Serialize;

/// One line of the file and what the desk says about it.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub text: String,
    /// What the line does, in a sentence; empty for lines that speak for themselves.
    pub note: &'static str,
    /// The line that makes sessions stick.
    pub is_sticky: bool,
}

/// A server as the configuration names it.
pub(crate) struct Backend<'a> {
    pub name: &'a str,
    pub cookie: &'a str,
    pub address: SocketAddr,
}

#[derive(Debug, Serialize)]
pub(crate) struct Configuration {
    lines: Vec<Line>,
}

impl Configuration {
    pub fn new(site: SocketAddr, backends: &[Backend<'_>]) -> Self {
        let mut lines = Vec::new();
        let mut line = |text: String, note, is_sticky| lines.push(Line { text, note, is_sticky });
        line("listen my_website_name".into(), "One site: its entrance and its servers.", false);
        line(format!("    bind {site}"), "Visitors come in here. In production: *:80.", false);
        for (text, note) in TUTORIAL {
            line(format!("    {text}"), note, false);
        }
        line("    option redispatch 1".into(), REDISPATCH_NOTE, false);
        line(format!("    cookie {COOKIE_NAME} insert"), COOKIE_NOTE, true);
        for timeout in ["connect", "client", "server"] {
            line(format!("    timeout {timeout} 30000"), "", false);
        }
        for (index, Backend { name, cookie, address }) in backends.iter().enumerate() {
            let note = if index == 0 { SERVER_NOTE } else { "" };
            line(format!("    server {name} {address} cookie {cookie} check inter 500 fall 2 rise 1"), note, false);
        }
        Self { lines }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }
}

/// The cookie in which the proxy remembers the server.
pub(crate) const COOKIE_NAME: &str = "SRVNAME";

const TUTORIAL: [(&str, &str); 5] = [
    ("mode http", ""),
    ("maxconn 40000", ""),
    ("balance roundrobin", "New visitors are dealt to the servers in turn."),
    ("option http-keep-alive", ""),
    ("option forwardfor", "Servers learn the visitor’s address from X-Forwarded-For."),
];

const REDISPATCH_NOTE: &str =
    "Added for this page: whoever finds their server dead is sent to another one at once, not after more tries.";
const COOKIE_NOTE: &str = "Sticky sessions in one line: the first answer carries a cookie that names the server, and every \
                           request with that cookie goes to that server.";
const SERVER_NOTE: &str = "“cookie SA” is the value that means this server; “check” watches whether it lives, here twice a \
                           second so that you need not wait.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_tutorials_file_with_the_demos_addresses() {
        let site = "127.0.0.1:8421".parse().unwrap();
        let address = "127.0.0.1:40001".parse().unwrap();
        let backends =
            [Backend { name: "ServerA", cookie: "SA", address }, Backend { name: "ServerB", cookie: "SB", address }];
        assert_eq!(
            Configuration::new(site, &backends).text(),
            "listen my_website_name
    bind 127.0.0.1:8421
    mode http
    maxconn 40000
    balance roundrobin
    option http-keep-alive
    option forwardfor
    option redispatch 1
    cookie SRVNAME insert
    timeout connect 30000
    timeout client 30000
    timeout server 30000
    server ServerA 127.0.0.1:40001 cookie SA check inter 500 fall 2 rise 1
    server ServerB 127.0.0.1:40001 cookie SB check inter 500 fall 2 rise 1
"
        );
    }
}
