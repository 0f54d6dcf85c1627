//! Clients of HTTP/2 that nobody here wrote: curl, nghttp and h2load.

use std::process::Command;

use burdock_testkit::require;
use burdock_testkit::tools::Curl;

use crate::support::Site;

#[test]
fn curl_knows_beforehand() {
    let Some(curl) = Curl::new() else { return };
    let site = Site::start("cookie SRVNAME insert");
    let url = vec![format!("http://127.0.0.1:{}/", site.proxy.port("web")); 3];
    let answers = curl.ask(&url, &["--http2-prior-knowledge"]);
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == "A"), "{answers:?}");
    assert!(answers[0].head.starts_with("HTTP/2 200"), "{}", answers[0].head);
    assert_eq!(curl.cookies(), [("SRVNAME".to_owned(), "SA".to_owned())]);
    let body = "x".repeat(300_000);
    let file = site.proxy.dir().join("upload");
    std::fs::write(&file, &body).unwrap();
    let data = format!("@{}", file.display());
    assert_eq!(curl.ask(&url[..1], &["--http2-prior-knowledge", "--data-binary", &data])[0].status, 200);
    assert_eq!(curl.ask(&url[..1], &["--http2-prior-knowledge", "--head"])[0].status, 200);
    let seen = site.a.requests();
    assert_eq!(seen[3].body.len(), body.len());
}

#[test]
fn nghttp_asks_for_several_at_once() {
    // Of Debian's package nghttp2-client.
    let Some(nghttp) = require("nghttp") else { return };
    let site = Site::start("");
    let url = format!("http://127.0.0.1:{}/", site.proxy.port("web"));
    let output = Command::new(nghttp).args(["--multiply=20", "--stat", "--null-out", &url]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains(" 200 ")).count(), 20, "{said}");
}

#[test]
fn h2load_gets_every_answer() {
    // Of Debian's package nghttp2-client.
    let Some(h2load) = require("h2load") else { return };
    let site = Site::start("");
    let url = format!("http://127.0.0.1:{}/", site.proxy.port("web"));
    let output = Command::new(h2load).args(["-n", "2000", "-c", "10", "-m", "20", &url]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"), "{said}");
    assert!(said.contains("status codes: 2000 2xx"), "{said}");
}
