//! curl with a cookie jar: a client that follows the cookie's rules by itself.

use burdock_testkit::Backend;
use burdock_testkit::tools::Curl;

use crate::support::Site;

#[test]
fn the_jar_keeps_the_binding() {
    let Some(curl) = Curl::new() else { return };
    let site = Site::start("cookie SRVNAME insert");
    let urls = vec![format!("http://127.0.0.1:{}/", site.proxy.port("web")); 5];
    let first = curl.ask(&urls, &[]);
    let later = curl.ask(&urls, &[]);
    let servers: Vec<&str> = first.iter().chain(&later).map(|answer| answer.body.as_str()).collect();
    assert_eq!(servers, ["A"; 10]);
    assert_eq!(curl.cookies(), [("SRVNAME".to_owned(), "SA".to_owned())]);
    let set: Vec<bool> = first.iter().map(|answer| answer.head.to_ascii_lowercase().contains("set-cookie")).collect();
    assert_eq!(set, [true, false, false, false, false]);
}

#[test]
fn another_jar_is_another_user() {
    let (Some(ada), Some(bob)) = (Curl::new(), Curl::new()) else { return };
    let site = Site::start("cookie SRVNAME insert");
    let url = [format!("http://127.0.0.1:{}/", site.proxy.port("web"))];
    assert_eq!((ada.ask(&url, &[])[0].body.as_str(), bob.ask(&url, &[])[0].body.as_str()), ("A", "B"));
    for _ in 0..3 {
        assert_eq!((ada.ask(&url, &[])[0].body.as_str(), bob.ask(&url, &[])[0].body.as_str()), ("A", "B"));
    }
}

#[test]
fn a_server_that_dies_changes_the_jar() {
    let Some(curl) = Curl::new() else { return };
    let Site { a, b: _b, log: _log, proxy } = Site::start("cookie SRVNAME insert\noption redispatch 1");
    let url = [format!("http://127.0.0.1:{}/", proxy.port("web"))];
    assert_eq!(curl.ask(&url, &[])[0].body, "A");
    let refusing = a.stop();
    assert_eq!(curl.ask(&url, &[])[0].body, "B");
    let _back = Backend::named_at(refusing, "A");
    assert_eq!(curl.ask(&url, &[])[0].body, "B", "the new binding stays");
    assert_eq!(curl.cookies(), [("SRVNAME".to_owned(), "SB".to_owned())]);
}

#[test]
fn uploads_head_and_http_1_0() {
    let Some(curl) = Curl::new() else { return };
    let site = Site::start("cookie SRVNAME insert");
    let url = [format!("http://127.0.0.1:{}/up", site.proxy.port("web"))];
    let body = "x".repeat(200_000);
    let file = site.proxy.dir().join("upload");
    std::fs::write(&file, &body).unwrap();
    // Large enough for curl to ask with `Expect: 100-continue` first.
    let data = format!("@{}", file.display());
    assert_eq!(curl.ask(&url, &["--data-binary", &data, "--header", "Expect: 100-continue"])[0].status, 200);
    assert_eq!(curl.ask(&url, &["--data-binary", &data, "--header", "Transfer-Encoding: chunked"])[0].status, 200);
    assert_eq!(curl.ask(&url, &["--head"])[0].status, 200);
    let old = &curl.ask(&url, &["--http1.0"])[0];
    assert!(
        old.head.starts_with("HTTP/1.1 200") && old.head.to_ascii_lowercase().contains("connection: close"),
        "{}",
        old.head
    );
    let seen = site.a.requests();
    let bodies: Vec<usize> = seen.iter().map(|request| request.body.len()).collect();
    assert_eq!(bodies, [body.len(), body.len(), 0, 0]);
    assert_eq!(seen[1].header("transfer-encoding"), Some("chunked"));
}
