//! Real servers on the loopback address: one in clear, and an authority that speaks TLS.

use std::net::TcpListener;

use burdock_testkit::acme::Behaviour;
use burdock_testkit::http::response;
use burdock_testkit::net::Reserved;
use burdock_testkit::{Authority, Backend, Certificates};

use super::*;

fn ask(settings: Settings, address: &str, proxy: Option<&HttpProxy>) -> Result<(u16, String), String> {
    let client = HttpClient::new(settings);
    let request = Request::builder().uri(address).body(Full::default()).unwrap();
    let limits = Limits { bytes: 1000, time: Duration::from_secs(10) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(client.send(request, limits, proxy))?;
    Ok((answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned()))
}

#[test]
fn servers_and_proxies_are_asked_in_their_form() {
    let server = Backend::answering(|request| response(200, &[], request.target()));
    let port = server.port();
    let asked = ask(Settings::default(), &format!("http://127.0.0.1:{port}/a?b"), None);
    assert_eq!(asked, Ok((200, "/a?b".to_owned())));
    let request = server.only_request();
    assert_eq!(request.header("host"), Some(format!("127.0.0.1:{port}").as_str()));
    assert!(request.header("user-agent").unwrap().starts_with("burdock/"));
    let proxy = HttpProxy { host: "127.0.0.1".to_owned(), port };
    let asked = ask(Settings::default(), "http://a.test/c", Some(&proxy));
    assert_eq!(asked, Ok((200, "http://a.test/c".to_owned())));
    let fault = ask(Settings::default(), "https://a.test/c", Some(&proxy)).unwrap_err();
    assert!(fault.contains("proxy"), "{fault}");
}

#[test]
fn an_answer_that_is_too_long_is_none() {
    let server = Backend::answering(|_| response(200, &[], "x".repeat(2000)));
    assert!(ask(Settings::default(), &format!("http://127.0.0.1:{}/", server.port()), None).is_err());
}

#[test]
fn servers_are_known_by_the_file_of_authorities() {
    let (authority, files) = (Authority::new(Behaviour::default()), Certificates::by("Somebody else"));
    let root = PathBuf::from(files.write("root.pem", authority.root()));
    let check = |settings: Settings, expected: Result<u16, &str>| {
        let settings = Settings { retries: 0, ..settings };
        match (ask(settings, &authority.directory(), None), expected) {
            (Ok((status, _)), Ok(expected)) => assert_eq!(status, expected),
            (Err(fault), Err(expected)) => assert!(fault.contains(expected), "{fault}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    };
    check(Settings { ca_file: Some(root), ..Settings::default() }, Ok(200));
    check(Settings { ca_file: Some(files.authority().into()), ..Settings::default() }, Err("UnknownIssuer"));
    check(Settings { verify: false, ..Settings::default() }, Ok(200));
    check(Settings { ca_file: Some("/none.pem".into()), ..Settings::default() }, Err("/none.pem"));
}

#[test]
fn connections_are_tried_again_and_given_up() {
    let nobody = Reserved::new();
    let address = format!("http://127.0.0.1:{}/", nobody.port());
    assert!(ask(Settings::default(), &address, None).unwrap_err().contains("refused"));
    // It takes the connection and says nothing of TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/", silent.local_addr().unwrap());
    let settings =
        Settings { verify: false, retries: 1, connect_timeout: Duration::from_millis(50), ..Settings::default() };
    let fault = ask(settings, &address, None).unwrap_err();
    assert_eq!(fault, "no connection within 50 ms");
    silent.set_nonblocking(true).unwrap();
    assert_eq!(std::iter::from_fn(|| silent.accept().ok()).count(), 2);
}
