//! What is told of TLS, in log lines and samples, beside the installed HAProxy on the same file and the same clients.

use burdock_testkit::certificates::DnType;
use burdock_testkit::tools::{OpenSsl, closing_request};
use burdock_testkit::{Backend, Certificates, Key, LogSink, Program, Proxy};

use crate::support::burdock;
use crate::tls::secure;

/// Samples that a client's choices decide, not chance. Not `ssl_fc_session_id`: with TLS 1.2 ours numbers sessions of tickets too.
const SAMPLES: &[&str] = &[
    "ssl_fc",
    "ssl_fc_alg_keysize",
    "ssl_fc_alpn",
    "ssl_fc_cipher",
    "ssl_fc_has_crt",
    "ssl_fc_has_early",
    "ssl_fc_has_sni",
    "ssl_fc_is_resumed",
    "ssl_fc_protocol",
    "ssl_fc_sni",
    "ssl_fc_use_keysize",
    "ssl_fc_cipherlist_str",
    "ssl_fc_cipherlist_bin(1),hex",
    "ssl_fc_cipherlist_xxh",
    "ssl_fc_protocol_hello_id",
    "ssl_fc_extlist_bin(1),hex",
    "ssl_fc_eclist_bin(1),hex",
    "ssl_fc_ecformats_bin,hex",
    "ssl_fc_client_random,hex,length",
    "ssl_fc_server_random,hex,length",
    "ssl_fc_err",
    "ssl_c_used",
    "ssl_c_verify",
    "ssl_c_err",
    "ssl_c_ca_err",
    "ssl_c_ca_err_depth",
    "ssl_c_version",
    "ssl_c_serial,hex",
    "ssl_c_sha1,hex",
    "ssl_c_notbefore",
    "ssl_c_notafter",
    "ssl_c_key_alg",
    "ssl_c_sig_alg",
    "ssl_c_s_dn",
    "ssl_c_s_dn(cn)",
    "ssl_c_s_dn(,0,rfc2253)",
    "ssl_c_i_dn",
    "ssl_c_i_dn(o)",
    "ssl_c_der,hex",
    "ssl_c_chain_der,hex",
    "ssl_f_version",
    "ssl_f_serial,hex",
    "ssl_f_sha1,hex",
    "ssl_f_notbefore",
    "ssl_f_notafter",
    "ssl_f_key_alg",
    "ssl_f_sig_alg",
    "ssl_f_s_dn",
    "ssl_f_i_dn",
    "ssl_f_der,hex",
];

/// One proxy, its log, and what its clients are shown.
struct Side {
    log: LogSink,
    proxy: Proxy,
}

impl Side {
    fn start(program: &Program, words: &str, lines: &str) -> Self {
        let log = LogSink::new();
        let text = secure(&log, words, lines).replacen("global\n", "global\n    tune.ssl.capture-buffer-size 400\n", 1);
        Self { proxy: program.start(&text), log }
    }
}

#[test]
fn samples_and_log_lines() {
    let (Some(openssl), Some(haproxy)) = (OpenSsl::new(), Program::haproxy()) else { return };
    let certificates = Certificates::by("Authority");
    let own = [
        certificates.issue("ecdsa.pem", Key::Ecdsa, &["a.test"]),
        certificates.issue("rsa.pem", Key::Rsa, &["b.test"]),
    ];
    let client = certificates.issue_with("client.pem", Key::Rsa, &["client.test"], |params| {
        params.distinguished_name.push(DnType::LocalityName, "Paris, \"Seine\" + <Nord>");
    });
    let stranger = Certificates::by("Other").pem(Key::Ecdsa, &["stranger.test"], |_| {});
    let stranger = certificates.write("stranger.pem", stranger);
    let words = format!(
        "crt {} crt {} ca-file {} verify optional crt-ignore-err all ca-ignore-err all alpn h2,http/1.1",
        own[0],
        own[1],
        certificates.authority()
    );
    let server = Backend::named("A");
    let fields: Vec<String> = SAMPLES
        .iter()
        .enumerate()
        .map(|(index, sample)| format!("http-response add-header X-{index} \"<%[{sample}]>\""))
        .collect();
    let lines = format!("option httpslog\n{}\nserver A 127.0.0.1:{}", fields.join("\n"), server.port());
    let (reference, tested) = (Side::start(&haproxy, &words, &lines), Side::start(&burdock(), &words, &lines));
    let with_client = ["-cert", &client, "-key", &client];
    let with_stranger = ["-cert", &stranger, "-key", &stranger];
    let clients = [
        (vec!["-tls1_3"], "a.test"),
        (vec!["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "a.test"),
        (vec!["-tls1_2"], "a.test"),
        (vec!["-tls1_3"], "b.test"),
        (vec!["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"], "b.test"),
        (vec!["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", "-alpn", "http/1.1"], "a.test"),
        ([&["-tls1_3", "-alpn", "http/1.1,spdy/3"], &with_client[..]].concat(), "a.test"),
        ([&["-tls1_2"], &with_client[..]].concat(), "a.test"),
        ([&["-tls1_3"], &with_stranger[..]].concat(), "a.test"),
    ];
    for (visit, (arguments, name)) in clients.into_iter().enumerate() {
        let target = format!("/visit-{visit}");
        let shown = |side: &Side| {
            let arguments = [&["-servername", name], &arguments[..]].concat();
            let said = openssl.talk(side.proxy.port("web"), &arguments, &closing_request(&target));
            let fields: Vec<String> = (SAMPLES.iter().enumerate())
                .map(|(index, sample)| format!("{sample} = {}", said.after(&format!("x-{index}:")).unwrap_or("(none)")))
                .collect();
            assert!(said.text.contains("200 OK"), "{arguments:?}: {}", said.text);
            (fields, tail(&side.log.await_line(&format!("{target} HTTP/1.1"))))
        };
        let (expected, expected_line) = shown(&reference);
        let (got, got_line) = shown(&tested);
        let differing: Vec<_> = got.iter().zip(&expected).filter(|(got, expected)| got != expected).collect();
        assert!(differing.is_empty(), "{arguments:?}, tested and HAProxy: {differing:#?}");
        assert_eq!(got_line, expected_line, "{arguments:?}");
    }
}

/// What `option httpslog` adds behind the request.
fn tail(line: &str) -> String {
    line.trim_end().rsplit_once('"').map(|(_, tail)| tail.trim().to_owned()).unwrap_or_default()
}
