//! nginx as the server: keep-alive, chunked answers, ranges, conditional requests, large bodies up and down.

use burdock_testkit::client::post;
use burdock_testkit::tools::Nginx;
use burdock_testkit::{LogSink, Proxy};

use crate::support::{burdock, listen};

const MEGABYTE: usize = 1 << 20;

#[test]
fn a_large_file_comes_whole() {
    let content: Vec<u8> = (0..8 * MEGABYTE).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
    let Some((_nginx, proxy)) = site("sendfile on;", &[("large", &content)]) else { return };
    let mut client = proxy.client("web");
    for _ in 0..3 {
        let response = client.get("/large", &[]);
        assert_eq!((response.status(), response.header("content-length")), (200, Some("8388608")));
        assert!(response.body == content, "the body differs");
    }
}

#[test]
fn ranges_and_conditions_pass() {
    let Some((_nginx, proxy)) = site("", &[("file", b"0123456789")]) else { return };
    let mut client = proxy.client("web");
    let part = client.get("/file", &["Range: bytes=2-4"]);
    assert_eq!((part.status(), part.text().as_str(), part.header("content-range")), (206, "234", Some("bytes 2-4/10")));
    let etag = client.get("/file", &[]).header("etag").unwrap().to_owned();
    let unchanged = client.get("/file", &[&format!("If-None-Match: {etag}")]);
    assert_eq!((unchanged.status(), unchanged.body.len()), (304, 0));
    assert_eq!(client.get("/missing", &[]).status(), 404);
}

#[test]
fn chunked_answers_are_passed_on_chunked() {
    // A compressed answer has no length that nginx knows beforehand.
    let text = "burdock ".repeat(4096);
    let Some((_nginx, proxy)) = site("gzip on; gzip_types text/plain;", &[("text", text.as_bytes())]) else { return };
    let mut client = proxy.client("web");
    let response = client.get("/text", &["Accept-Encoding: gzip"]);
    assert_eq!(
        (response.header("transfer-encoding"), response.header("content-encoding")),
        (Some("chunked"), Some("gzip"))
    );
    assert!(response.body.starts_with(&[0x1f, 0x8b]));
    assert_eq!(client.get("/text", &[]).text(), text, "the connection goes on");
}

#[test]
fn a_large_upload_arrives_whole() {
    // nginx says how much it read, and stores it where its test user may write.
    let directives =
        "client_max_body_size 64m; location /up { proxy_pass http://127.0.0.1:1; proxy_intercept_errors on;
        error_page 502 =200 /length; } location = /length { return 200 $request_length; }";
    let Some((_nginx, proxy)) = site(directives, &[]) else { return };
    let body = "u".repeat(4 * MEGABYTE);
    let mut client = proxy.client("web");
    let response = client.request(post("/up", &[], &body));
    let length: usize = response.text().parse().unwrap();
    assert!((body.len()..body.len() + 1024).contains(&length), "nginx counted {length} bytes of head and body");
}

#[test]
fn what_nginx_is_told_about_the_client() {
    let directives = "location / { return 200 \"$http_x_forwarded_for|$http_host|$server_protocol|$cookie_srvname\"; }";
    let Some((_nginx, proxy)) = site(directives, &[]) else { return };
    let response = proxy.client("web").get("/", &["X-Forwarded-For: 192.0.2.1"]);
    assert_eq!(response.text(), "192.0.2.1, 127.0.0.1|example.test|HTTP/1.1|");
}

fn site(directives: &str, files: &[(&str, &[u8])]) -> Option<(Nginx, Proxy)> {
    let nginx = Nginx::start(directives, files)?;
    let log = LogSink::new();
    let lines = format!("cookie SRVNAME insert\nserver A 127.0.0.1:{} cookie SA check", nginx.port);
    let proxy = burdock().start(&listen(&log, &lines));
    Some((nginx, proxy))
}
