//! `acme` sections and what the global section says of authorities.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use std::time::Duration;

use burdock_http_client::{Family, Settings as Client};
use support::{load, messages, model};

/// A section with these lines behind its 'directory', beside a frontend whose rules use the map `virt@acme`. The section begins in line 9.
fn section(lines: &str) -> String {
    format!(
        "frontend f\n mode http\n bind :80\n timeout client 10s\n\n\n http-request set-header x %[path,map(virt@acme)]\n\nacme LE\n directory \
         https://ca.example/directory\n{lines}"
    )
}

#[test]
fn all_that_a_section_can_say() {
    let text = section(
        " account-key /etc/le.key\n contact john.doe@example.com\n challenge DNS-01\n challenge-ready cli,delay\n dns-delay 5m\n \
         keytype RSA\n bits 4096\n map virt@acme\n profile shortlived\n reuse-key on\n eab-key-id /etc/id\n eab-mac-key /etc/mac\n \
         eab-mac-alg HS512\n provider-name cloud\n acme-vars zone=x\n",
    );
    assert_eq!(*model(&text).acme, burdock_acme::Settings { scheduler: true, ..Default::default() });
    model(&section(" keytype ECDSA\n curves P-521\n challenge http-01\n"));
    model(&section(" challenge dns-01\n challenge-ready none\n"));
    model(&section(" challenge dns-persist-01\n challenge-ready cli,delay\n acme-vars zone=x\n"));
    model(&section(" challenge TLS-ALPN-01\n"));
}

#[test]
fn faults() {
    let check = |lines: &str, expected: &[&str]| assert_eq!(messages(&load(&section(lines))), expected, "{lines}");
    check(" keytype DSA\n", &["error 11: a kind of key is expected, not 'DSA'"]);
    check(" curves P-999\n", &["error 11: a curve is expected, not 'P-999'"]);
    check(" bits 1024\n keytype RSA\n", &["error 11: RSA keys of 1024 bits are not made"]);
    check(" bits 2048\n", &["advice 11: 'bits' has no effect here"]);
    check(" keytype RSA\n curves P-256\n", &["advice 12: 'curves' has no effect here"]);
    check(" challenge foo\n", &["error 11: a challenge is expected, not 'foo'"]);
    check(
        " challenge dns-persist-01\n",
        &[
            "error 11: the condition 'dns', for which 'dns-persist-01' waits where nothing is said, is known to HAProxy but not supported by Burdock yet",
        ],
    );
    check(" challenge-ready cli\n", &["error 11: 'challenge-ready' does not go with 'challenge http-01'"]);
    check(
        " challenge dns-01\n challenge-ready none,cli\n",
        &["error 12: 'none' cannot be combined with other conditions"],
    );
    check(
        " challenge dns-01\n challenge-ready cli,dns\n",
        &["error 12: the condition 'dns' is known to HAProxy but not supported by Burdock yet"],
    );
    check(" dns-timeout 5m\n", &["advice 11: 'dns-timeout' has no effect here"]);
    check(" provider-name x\n", &["advice 11: 'provider-name' has no effect here"]);
    check(" map virt@other\n", &["error 11: no rule uses the map 'virt@other'"]);
    check(" eab-key-id /x\n", &["error 11: 'eab-key-id' and 'eab-mac-key' need each other"]);
    check(" reuse-key maybe\n", &["error 11: 'on' or 'off' is expected, not 'maybe'"]);
    check(" directory ca.example\n", &["error 11: 'ca.example' is no URL of an authority"]);
    check(" contact a b\n", &["error 11: 'contact' takes no argument 'b'"]);
    check("acme LE\n directory https://x\n", &["error 11: there are two sections 'acme LE'"]);
    check("acme LE2\n contact x\n", &["error 11: the section 'acme LE2' needs a 'directory'"]);
}

#[test]
fn how_authorities_are_spoken_to() {
    let settings = model(
        "global\n acme.scheduler off\n httpclient.ssl.ca-file /etc/root.pem\n httpclient.ssl.verify none\n httpclient.retries 7\n \
         httpclient.timeout.connect 2s\n httpclient.resolvers.prefer ipv4\n",
    )
    .acme;
    let expected = Client {
        ca_file: Some("/etc/root.pem".into()),
        verify: false,
        retries: 7,
        connect_timeout: Duration::from_secs(2),
        prefer: Family::Ipv4,
    };
    assert_eq!((settings.scheduler, &settings.client), (false, &expected));
    let settings = model("global\n httpclient.ssl.ca-file @system-ca\n").acme;
    assert_eq!((settings.scheduler, &settings.client), (true, &Client::default()));
}

/// What names a section, and what stands in for certificates that are not there yet.
#[test]
fn certificates_of_sections() {
    let stores = |lines: &str| format!("crt-store\n{lines}{}", section(" map virt@acme\n"));
    let loaded = load(&stores(
        " load crt /none/new.pem key /none/new.key acme LE domains a.example,b.example ips 192.0.2.1,::1\n",
    ));
    assert_eq!(messages(&loaded), ["notice 2: the certificate '/none/new.pem' is not there yet"]);
    let model = loaded.model.unwrap();
    let [managed] = &model.acme.certificates[..] else { panic!("{:?}", model.acme) };
    assert_eq!((managed.name.as_str(), managed.authority.name.as_str()), ("/none/new.pem", "LE"));
    assert_eq!(
        (managed.file.to_str(), managed.key_file.as_deref().and_then(|file| file.to_str())),
        (Some("/none/new.pem"), Some("/none/new.key"))
    );
    assert_eq!(managed.domains, ["a.example", "b.example"]);
    assert_eq!(managed.addresses, ["192.0.2.1".parse::<std::net::IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert_eq!(managed.authority.account_key.to_str(), Some("LE.account.key"));
    assert!(model.tls_store.certificate("/none/new.pem").is_ok(), "a temporary one is there");

    let check = |line: &str, expected: &[&str]| assert_eq!(messages(&load(&stores(line))), expected, "{line}");
    check(" load crt /none/x.pem acme NO domains a\n", &["error 2: there is no section 'acme NO'"]);
    check(" load crt /none/x.pem acme LE\n", &["error 2: the certificate '/none/x.pem' is for nobody"]);
    check(" load crt /none/x.pem acme LE ips 1.2.3\n", &["error 2: '1.2.3' is no IP address"]);
    check(
        " load crt /none/x.pem acme LE domains *.a.example\n",
        &[
            "notice 2: the certificate '/none/x.pem' is not there yet",
            "warning 2: '*.a.example' cannot be proved by 'challenge http-01'",
        ],
    );
}
