//! A plain HTTP client, and a proxy that knows just enough to stand in for Burdock: round robin, the cookie, the next server
//! when one refuses.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use burdock_demo::{Demo, DemoOptions};
use serde_json::Value;

/// A demo of the test's own.
pub fn start() -> Demo {
    let any_port = Some("127.0.0.1:0".parse().unwrap());
    Demo::start(DemoOptions { desk: any_port, site: any_port }).unwrap()
}

/// No test waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Names in lower case, and values, as they came.
type Headers = Vec<(String, String)>;

pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The value that a Set-Cookie line gives to a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let values = self.headers.iter().filter(|(header, _)| header == "set-cookie").map(|(_, value)| value);
        let pairs = values.filter_map(|value| value.split(';').next()?.split_once('='));
        pairs.filter(|(cookie, _)| *cookie == name).map(|(_, value)| value).next_back()
    }
}

/// One request on a connection of its own.
pub fn http(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    try_http(to, method, path, headers, body).unwrap()
}

pub fn try_http(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Response> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if headers.iter().all(|(name, _)| *name != "host") {
        request += &format!("host: {to}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut stream = connect(to)?;
    stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
    let (start, headers, body) = read_message(&mut BufReader::new(stream))?;
    let status = start.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Response { status: status.ok_or(io::ErrorKind::InvalidData)?, headers, body })
}

pub fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// First line, headers with names in lower case, body by its Content-Length.
fn read_message(reader: &mut impl BufRead) -> io::Result<(String, Headers, String)> {
    let mut start = String::new();
    reader.read_line(&mut start)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, length)| length);
    let mut body = vec![0; length.parse().map_err(io::Error::other)?];
    reader.read_exact(&mut body)?;
    Ok((start.trim_end().to_owned(), headers, String::from_utf8_lossy(&body).into_owned()))
}

/// A server as the demo's configuration names it.
#[derive(Clone)]
pub struct Server {
    pub name: String,
    pub cookie: String,
    pub address: SocketAddr,
}

pub fn servers_of(demo: &Demo) -> Vec<Server> {
    let configuration = demo.configuration();
    let words = configuration.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words
        .filter_map(|words| match words[..] {
            ["server", name, address, "cookie", cookie, ..] => {
                Some(Server { name: name.into(), cookie: cookie.into(), address: address.parse().unwrap() })
            }
            _ => None,
        })
        .collect()
}

/// Answers on the demo's site address for as long as the test runs.
pub fn stand_in_for_burdock(demo: &Demo) {
    let bind = demo.configuration().lines().find_map(|line| Some(line.trim().strip_prefix("bind ")?.to_owned()));
    let address: SocketAddr = bind.unwrap().parse().unwrap();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(64).unwrap();
    let listener = TcpListener::from(socket);
    let servers = servers_of(demo);
    std::thread::spawn(move || {
        let next = Mutex::new(0);
        for stream in listener.incoming().flatten() {
            // A client that went away is no concern of the test's.
            drop(relay(stream, &servers, &next));
        }
    });
}

fn relay(mut client: TcpStream, servers: &[Server], next: &Mutex<usize>) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    let (start, headers, body) = read_message(&mut BufReader::new(client.try_clone()?))?;
    let words: Vec<&str> = start.split(' ').collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !["connection", "content-length"].contains(name))
        .collect();
    let cookies: HashMap<&str, &str> = headers
        .iter()
        .filter(|(name, _)| *name == "cookie")
        .flat_map(|(_, value)| value.split("; "))
        .filter_map(|pair| pair.split_once('='))
        .collect();

    let presented = cookies.get("SRVNAME").copied();
    let stuck = servers.iter().position(|server| presented == Some(&server.cookie));
    let first = stuck.unwrap_or_else(|| std::mem::replace(&mut *next.lock().unwrap(), 0));
    for server in servers.iter().cycle().skip(first).take(servers.len()) {
        let Ok(response) = try_http(server.address, words[0], words[1], &headers, &body) else { continue };
        if stuck.is_none() {
            let index = servers.iter().position(|known| known.name == server.name).unwrap();
            *next.lock().unwrap() = (index + 1) % servers.len();
        }
        write!(client, "HTTP/1.1 {} X\r\n", response.status)?;
        for (name, value) in &response.headers {
            write!(client, "{name}: {value}\r\n")?;
        }
        if presented != Some(&server.cookie) {
            write!(client, "set-cookie: SRVNAME={}; path=/\r\n", server.cookie)?;
        }
        return write!(client, "\r\n{}", response.body);
    }
    client.write_all(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n")
}

/// Reads one message of an event stream; None when the stream ended.
pub fn read_event(reader: &mut BufReader<TcpStream>) -> Option<Value> {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(text) = line.strip_prefix("data: ") {
            return Some(serde_json::from_str(text).unwrap());
        }
    }
}
