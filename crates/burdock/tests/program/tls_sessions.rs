//! Clients that come back: sessions by ticket and by number, and what they send before the handshake is done.

use burdock_testkit::tools::{OpenSsl, Shown, closing_request};
use burdock_testkit::{Backend, Certificates, Key, LogSink, Proxy};

use crate::support::burdock;
use crate::tls::secure;

const SHOW: &str = "http-response set-header X-Session \"%[ssl_fc_is_resumed] %[ssl_fc_has_early]\"";

struct Site {
    server: Backend,
    _log: LogSink,
    proxy: Proxy,
}

impl Site {
    fn start(words: &str, lines: &str) -> Self {
        Self::with_global("", words, lines)
    }

    fn with_global(global: &str, words: &str, lines: &str) -> Self {
        let certificates = Certificates::by("Authority");
        let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
        Self::with_certificate(&own, global, words, lines)
    }

    fn with_certificate(own: &str, global: &str, words: &str, lines: &str) -> Self {
        let (server, log) = (Backend::echoing(), LogSink::new());
        let lines = format!("{SHOW}\n{lines}\nserver A 127.0.0.1:{}", server.port());
        let text = secure(&log, &format!("crt {own} {words}"), &lines);
        let proxy = burdock().start(&text.replacen("global\n", &format!("global\n    {global}\n"), 1));
        Self { server, _log: log, proxy }
    }

    fn get(&self, openssl: &OpenSsl, words: &[&str]) -> Shown {
        openssl.get(self.proxy.port("web"), "a.test", words)
    }
}

fn session_field(shown: &Shown) -> &str {
    shown.after("x-session:").unwrap_or_else(|| panic!("no answer: {}", shown.text))
}

#[test]
fn sessions_are_resumed_by_ticket_and_by_number() {
    let Some(openssl) = OpenSsl::new() else { return };
    for (global, words, version, resumed) in [
        ("", "", "-tls1_3", "1"),
        ("", "", "-tls1_2", "1"),
        ("", "no-tls-tickets", "-tls1_3", "1"),
        ("", "no-tls-tickets", "-tls1_2", "1"),
        ("tune.ssl.cachesize 0", "", "-tls1_2", "1"),
        ("tune.ssl.cachesize 0", "no-tls-tickets", "-tls1_2", "0"),
    ] {
        let site = Site::with_global(global, words, "");
        let session = openssl.path("session");
        let first = site.get(&openssl, &[version, "-sess_out", &session]);
        assert_eq!(session_field(&first), "0 0", "{words} {version}");
        if !std::path::Path::new(&session).exists() {
            assert_eq!(resumed, "0", "{words} {version}: nothing to come back with");
            continue;
        }
        let again = site.get(&openssl, &[version, "-sess_in", &session]);
        assert_eq!(session_field(&again), format!("{resumed} 0"), "{global} {words} {version}: {}", again.text);
        assert_eq!(again.text.contains("\nReused, "), resumed == "1", "{words} {version}: {}", again.text);
        std::fs::remove_file(&session).unwrap();
    }
}

#[test]
fn tickets_are_good_wherever_their_keys_are() {
    let Some(openssl) = OpenSsl::new() else { return };
    let keys = Certificates::by("Authority");
    let own = keys.issue("a.pem", Key::Ecdsa, &["a.test"]);
    // Three keys of 48 bytes in base64: 64 letters each.
    let lines: Vec<String> = ["A", "B", "C"].iter().map(|letter| letter.repeat(64)).collect();
    let file = keys.write("keys", lines.join("\n") + "\n");
    let other = keys.write("other", ["D", "E", "F"].map(|letter| letter.repeat(64)).join("\n") + "\n");
    let [one, two, stranger] =
        [&file, &file, &other].map(|file| Site::with_certificate(&own, "", &format!("tls-ticket-keys {file}"), ""));

    for version in ["-tls1_2", "-tls1_3"] {
        let session = openssl.path("session");
        assert_eq!(session_field(&one.get(&openssl, &[version, "-sess_out", &session])), "0 0");
        assert_eq!(session_field(&two.get(&openssl, &[version, "-sess_in", &session])), "1 0", "{version}");
        assert_eq!(session_field(&stranger.get(&openssl, &[version, "-sess_in", &session])), "0 0", "{version}");
    }
}

/// The session of a first visit, then a request before the handshake is done.
fn ask_early(openssl: &OpenSsl, site: &Site, target: &str) -> Shown {
    let (session, early) = (openssl.path("session"), openssl.path("early"));
    std::fs::write(&early, closing_request(target)).unwrap();
    let first = site.get(openssl, &["-tls1_3", "-sess_out", &session]);
    assert_eq!(session_field(&first), "0 0");
    let words = ["-tls1_3", "-servername", "a.test", "-sess_in", &session, "-early_data", &early];
    openssl.talk(site.proxy.port("web"), &words, "")
}

#[test]
fn early_requests_say_so_to_the_server() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::start("allow-0rtt", "http-request wait-for-handshake if { path /safe }");
    let shown = ask_early(&openssl, &site, "/early");
    assert!(shown.text.contains("Early data was accepted"), "{}", shown.text);
    let seen = site.server.requests();
    let request = seen.iter().find(|request| request.target() == "/early").expect("it arrived");
    // With HAProxy the handshake may be done by then.
    if !burdock().is_stand_in() {
        assert_eq!(request.header("early-data"), Some("1"));
    }
    let shown = ask_early(&openssl, &site, "/safe");
    assert!(shown.text.contains("Early data was accepted"), "{}", shown.text);
    let seen = site.server.requests();
    let request = seen.iter().find(|request| request.target() == "/safe").expect("it arrived");
    assert_eq!(request.header("early-data"), None, "it was waited for");
}

#[test]
fn early_data_is_not_taken_unless_allowed() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::start("", "");
    let (session, input) = (openssl.path("session"), openssl.path("early"));
    std::fs::write(&input, closing_request("/early")).unwrap();
    site.get(&openssl, &["-tls1_3", "-sess_out", &session]);
    // The session does not allow it, so the client has to say it again behind the handshake.
    let words = ["-tls1_3", "-servername", "a.test", "-sess_in", &session, "-early_data", &input];
    let shown = openssl.talk(site.proxy.port("web"), &words, &closing_request("/late"));
    assert!(!shown.text.contains("Early data was accepted"), "{}", shown.text);
    assert!(site.server.requests().iter().all(|request| request.target() != "/early"));
}
