//! PHP's own process manager behind the program, over a port and over a Unix socket.

use burdock_testkit::client::post;
use burdock_testkit::tools::PhpFpm;
use burdock_testkit::{LogSink, Proxy};

use crate::support::burdock;

const SCRIPTS: &[(&str, &str)] = &[
    (
        "index.php",
        r#"<?php
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header('X-Pid: ' . getmypid());
echo $_SESSION['count'], ' ', $_SERVER['PATH_INFO'] ?? '-', ' ', $_SERVER['REQUEST_METHOD'], ' ', $_GET['q'] ?? '';
"#,
    ),
    ("upload.php", "<?php echo strlen(file_get_contents('php://input')), ' ', md5(file_get_contents('php://input'));"),
    ("form.php", "<?php echo $_POST['name'] ?? 'nobody';"),
    ("stream.php", "<?php for ($i = 0; $i < 64; $i++) { echo str_repeat(chr(65 + $i % 26), 65536); flush(); }"),
    ("away.php", "<?php header('Location: /elsewhere'); http_response_code(303);"),
    ("fatal.php", "<?php echo 'before'; undefined_function();"),
    ("none.php", "<?php http_response_code(204);"),
];

/// The program before PHP, over its port and (`X-Over: socket`) its socket.
fn site(log: &LogSink) -> Option<(PhpFpm, Proxy)> {
    let php = PhpFpm::start(2, SCRIPTS)?;
    let proxy = burdock().start(&format!(
        "global
    nbthread 1
    stats socket @dir@/cli level admin
    log 127.0.0.1:{log} local0
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
fcgi-app php
    docroot {root}
    index index.php
    path-info ^(/.+\\.php)(/.*)?$
    log-stderr global
frontend web
    bind 127.0.0.1:@web@
    use_backend socket if {{ hdr(x-over) socket }}
    default_backend port
backend port
    use-fcgi-app php
    http-reuse always
    server php 127.0.0.1:{port} proto fcgi check inter 100ms
backend socket
    use-fcgi-app php
    server php {socket} proto fcgi
",
        log = log.port,
        root = php.document_root().display(),
        port = php.port,
        socket = php.socket().display(),
    ));
    Some((php, proxy))
}

#[test]
fn scripts_answer_over_a_port_and_over_a_socket() {
    let log = LogSink::new();
    let Some((_php, proxy)) = site(&log) else { return };
    let mut client = proxy.client("web");
    for host in ["X-Over: port", "X-Over: socket"] {
        let mut fields = vec![host.to_owned()];
        for count in 1..=5 {
            let response = client.get("/index.php/more?q=x", &fields.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!((response.status(), response.text()), (200, format!("{count} /more GET x")), "{host}");
            if let Some(set) = response.header("set-cookie") {
                fields.push(format!("Cookie: {}", set.split(';').next().unwrap()));
            }
        }
        assert_eq!(client.get("/", &[host]).text(), "1 - GET ");
        assert_eq!(client.get("/missing.php", &[host]).status(), 404);
        let away = client.get("/away.php", &[host]);
        assert_eq!((away.status(), away.header("location")), (303, Some("/elsewhere")));
        assert_eq!(client.get("/none.php", &[host]).status(), 204);
    }
    proxy.await_stat("port", "php", "status", "UP");
}

#[test]
fn heads_forms_and_uploads() {
    let log = LogSink::new();
    let Some((_php, proxy)) = site(&log) else { return };
    let mut client = proxy.client("web");
    client.send("HEAD /index.php HTTP/1.1\r\nHost: port\r\n\r\n");
    let head = client.response_to("HEAD");
    assert_eq!((head.status(), head.text()), (200, String::new()));
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(client.request(post("/form.php", &form, "name=ada&x=1")).text(), "ada");
    let body = "0123456789abcdef".repeat(300_000);
    let told = client.request(post("/upload.php", &[], &body)).text();
    assert!(told.starts_with(&format!("{} ", body.len())), "{told}");
    let streamed = client.get("/stream.php", &[]);
    assert_eq!(streamed.text().len(), 64 * 65_536);
    assert!(streamed.text().starts_with("AAAA"));
}

#[test]
fn a_fatal_error_is_logged() {
    let log = LogSink::new();
    let Some((_php, proxy)) = site(&log) else { return };
    let response = proxy.client("web").get("/fatal.php", &[]);
    assert_eq!(response.status(), 500);
    let line = log.await_line("undefined_function");
    assert!(line.contains(" php[") && line.contains("PHP Fatal error"), "{line}");
}

#[test]
fn connections_to_php_are_kept() {
    let log = LogSink::new();
    let Some((_php, proxy)) = site(&log) else { return };
    for _ in 0..20 {
        assert_eq!(proxy.client("web").get("/form.php", &[]).text(), "nobody");
    }
    let stat = proxy.stat("port", "php");
    assert_eq!((stat["connect"].as_str(), stat["reuse"].as_str()), ("1", "19"), "{stat:?}");
}
