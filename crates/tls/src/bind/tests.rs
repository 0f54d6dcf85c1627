use std::path::PathBuf;

use rustls::ProtocolVersion;

use super::*;
use crate::settings::{IgnoredErrors, Passphrase, TlsVersion, Verify};
use crate::testing::*;
use crate::verify::{take_certificate, take_secrets};

fn filtered(name: &str, names: &[&str]) -> CertificateUse {
    CertificateUse { names: names.iter().map(|&name| name.to_owned()).collect(), ..used(name) }
}

#[test]
fn a_certificate_is_chosen_by_the_name_asked_for() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let certificates: Vec<_> = ["default", "exact", "wild", "san"]
        .map(|name| {
            let signed = ca.sign_with(name, ec_key(), |params| {
                if name == "san" {
                    params.subject_alt_names = vec![rcgen::SanType::DnsName("Alt.Example".try_into().unwrap())];
                }
            });
            (files.name(name, signed.pem()), signed)
        })
        .into();
    let settings = BindSettings {
        certificates: vec![
            used(&certificates[0].0),
            filtered(&certificates[1].0, &["www.example", "Upper.example"]),
            filtered(&certificates[2].0, &["*.example", "!not.example"]),
            used(&certificates[3].0),
        ],
        ..BindSettings::default()
    };
    let bind = build(&settings, &store);
    let client = client(|_| {}, &store);
    let check = |name: Option<&str>, expected: usize| {
        let shaken = shake(&bind, &client, name).unwrap();
        assert_eq!(*shaken.shown(), certificates[expected].1.der, "{name:?}");
    };
    check(None, 0);
    check(Some("nobody.test"), 0);
    check(Some("www.example"), 1);
    check(Some("WWW.Example"), 1);
    check(Some("upper.example"), 1);
    check(Some("other.example"), 2);
    check(Some("not.example"), 0);
    check(Some("a.b.example"), 0);
    check(Some("example"), 0);
    check(Some("alt.example"), 3);
    check(Some("san"), 3);
    let offers: Vec<_> = bind.offers().into_iter().map(|offer| (offer.name, offer.except)).collect();
    assert!(offers.contains(&("*.example".into(), vec!["not.example".into()])), "{offers:?}");
    assert_eq!(offers.last().unwrap().0, "*");
}

#[test]
fn a_line_that_only_says_whom_it_is_not_for_is_for_nobody() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let [first, second] = ["first.example", "second.example"].map(|name| files.name(name, ca.sign(name).pem()));
    let certificates = vec![used(&first), filtered(&second, &["!www.example"])];
    let bind = build(&BindSettings { certificates, ..BindSettings::default() }, &store);
    let shaken = shake(&bind, &client(|_| {}, &store), Some("second.example")).unwrap();
    assert_eq!(Some(shaken.shown()), store.certificate(&first).unwrap().content.unwrap().own());
}

#[test]
fn strict_lines_refuse_who_asks_for_nobody_known() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("www.example", ca.sign("www.example").pem());
    let bind = build(&BindSettings { strict_sni: true, ..line(&[&name]) }, &store);
    let client = client(|_| {}, &store);
    assert!(shake(&bind, &client, Some("www.example")).is_ok());
    for unknown in [None, Some("other.example")] {
        let failure = shake(&bind, &client, unknown).err().unwrap();
        assert_eq!(failure.refusal, Some(Refusal::UnknownName));
    }
    assert_eq!(Refusal::UnknownName.alert(), [21, 3, 3, 0, 2, 2, 112]);
    // Without certificates only such lines begin.
    assert!(BindTls::build(&BindSettings { strict_sni: true, ..line(&[]) }, &store, &Tuning::default()).is_ok());
    assert_eq!(BindTls::build(&line(&[]), &store, &Tuning::default()).unwrap_err()[0].about, "crt");
}

#[test]
fn of_several_kinds_of_keys_the_client_gets_one_it_can_verify() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let [ec, rsa] = [ca.sign("www.example"), ca.sign_with("www.example", rsa_key(), |_| {})];
    files.write("bundle.pem.ecdsa", ec.pem());
    files.write("bundle.pem.rsa", rsa.pem());
    let bundle = files.path().join("bundle.pem").to_str().unwrap().to_owned();
    let bind = build(&line(&[&bundle]), &store);
    for name in [Some("www.example"), None] {
        let check = |sigalgs: Option<&str>, version: TlsVersion, expected: &Signed| {
            let client = client(
                |settings| {
                    settings.policy.signature_algorithms = sigalgs.map(str::to_owned);
                    settings.policy.max_version = Some(version);
                },
                &store,
            );
            assert_eq!(*shake(&bind, &client, name).unwrap().shown(), expected.der, "{sigalgs:?} {version:?}");
        };
        for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
            check(None, version, &ec);
            check(Some("ecdsa_secp256r1_sha256"), version, &ec);
            check(Some("rsa_pss_rsae_sha256:rsa_pkcs1_sha256"), version, &rsa);
            check(Some("rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256"), version, &ec);
        }
    }
}

#[test]
fn lines_of_lists_have_their_own_policy() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let names = ["old.example", "new.example"].map(|name| files.name(name, ca.sign(name).pem()));
    let mut settings = line(&[&names[0], &names[1]]);
    settings.policy.alpn = Some(vec![b"h2".to_vec(), b"http/1.1".to_vec()]);
    settings.certificates[0].policy.max_version = Some(TlsVersion::Tls12);
    settings.certificates[0].policy.alpn = Some(vec![b"http/1.1".to_vec()]);
    let bind = build(&settings, &store);
    let client = client(|settings| settings.policy.alpn = Some(vec![b"h2".to_vec(), b"http/1.1".to_vec()]), &store);
    let check = |name, version, alpn: &[u8]| {
        let shaken = shake(&bind, &client, Some(name)).unwrap();
        assert_eq!(
            (shaken.server.protocol_version(), shaken.server.alpn_protocol()),
            (Some(version), Some(alpn)),
            "{name}"
        );
    };
    check("old.example", ProtocolVersion::TLSv1_2, b"http/1.1");
    check("new.example", ProtocolVersion::TLSv1_3, b"h2");
}

#[test]
fn clients_without_a_common_protocol_go_on_without_one() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let mut settings = line(&[&files.name("a", ca.sign("a").pem())]);
    settings.policy.alpn = Some(vec![b"h2".to_vec()]);
    let bind = build(&settings, &store);
    let client = client(|settings| settings.policy.alpn = Some(vec![b"http/1.1".to_vec()]), &store);
    assert_eq!(shake(&bind, &client, None).unwrap().server.alpn_protocol(), None);
}

#[test]
fn versions_ciphers_and_groups_are_those_of_the_line() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let bind = |change: &dyn Fn(&mut Policy)| {
        let mut settings = line(&[&name]);
        change(&mut settings.policy);
        build(&settings, &store)
    };
    let old = client(|settings| settings.policy.max_version = Some(TlsVersion::Tls12), &store);
    let new = client(|_| {}, &store);
    let refused = shake(&bind(&|policy| policy.min_version = Some(TlsVersion::Tls13)), &old, None).err().unwrap();
    assert!(refused.server.is_some(), "{refused:?}");
    let shaken = shake(&bind(&|policy| policy.max_version = Some(TlsVersion::Tls12)), &new, None).unwrap();
    assert_eq!(shaken.server.protocol_version(), Some(ProtocolVersion::TLSv1_2));
    let shaken = shake(&bind(&|_| {}), &new, None).unwrap();
    assert_eq!(shaken.server.negotiated_key_exchange_group().unwrap().name(), rustls::NamedGroup::X25519MLKEM768);
    assert_eq!(shaken.server.negotiated_cipher_suite().unwrap().suite(), rustls::CipherSuite::TLS13_AES_256_GCM_SHA384);
    let shaken = shake(&bind(&|policy| policy.curves = Some("P-384".into())), &new, None).unwrap();
    assert_eq!(shaken.server.negotiated_key_exchange_group().unwrap().name(), rustls::NamedGroup::secp384r1);
    let one = bind(&|policy| policy.ciphers = Some("ECDHE-ECDSA-CHACHA20-POLY1305".into()));
    let suite = shake(&one, &old, None).unwrap().server.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(suite, rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
}

#[test]
fn clients_are_verified_as_the_line_says() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &ca.pem);
    let own = files.name("own", ca.sign("own").pem());
    let mut serial = 0;
    let mut certificate = |name: &str, change: &dyn Fn(&mut rcgen::CertificateParams)| {
        serial += 1;
        let signed = ca.sign_with(name, ec_key(), |params| {
            params.serial_number = Some(rcgen::SerialNumber::from(serial));
            change(params);
        });
        files.name(name, signed.pem())
    };
    let good = certificate("good", &|_| {});
    let expired = certificate("expired", &|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let revoked = certificate("revoked", &|_| {});
    let stranger = files.name("stranger", Authority::new("other").sign("stranger").pem());
    let crl = files.write("crl.pem", ca.revoke(&[3], 4000));

    let check = |verify: Verify,
                 shown: Option<&String>,
                 change: &dyn Fn(&mut Policy),
                 expected: Result<Option<u32>, Option<u32>>| {
        let mut policy = verifying(verify, &ca_file);
        change(&mut policy);
        let bind = build(&BindSettings { policy, ..line(&[&own]) }, &store);
        for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
            let client = client(
                |settings| {
                    settings.certificate = shown.map(|name| source(name));
                    settings.policy.max_version = Some(version);
                },
                &store,
            );
            let outcome = shake(&bind, &client, None)
                .map(|shaken| shaken.of_client.map(|verification| verification.result))
                .map_err(|failure| failure.of_client.map(|verification| verification.result));
            assert_eq!(outcome, expected, "{verify:?} {shown:?} {version:?}");
        }
    };
    let nothing = |_: &mut Policy| {};
    check(Verify::None, Some(&good), &nothing, Ok(None));
    check(Verify::Optional, None, &nothing, Ok(None));
    check(Verify::Optional, Some(&good), &nothing, Ok(Some(0)));
    check(Verify::Optional, Some(&expired), &nothing, Err(Some(10)));
    check(Verify::Required, None, &nothing, Err(None));
    check(Verify::Required, Some(&good), &nothing, Ok(Some(0)));
    check(Verify::Required, Some(&stranger), &nothing, Err(Some(20)));
    let ignoring = |number| move |policy: &mut Policy| policy.certificate_ignored = IgnoredErrors::These(vec![number]);
    check(Verify::Required, Some(&expired), &ignoring(10), Ok(Some(10)));
    check(Verify::Required, Some(&stranger), &ignoring(10), Err(Some(20)));
    check(Verify::Required, Some(&stranger), &|policy| policy.certificate_ignored = IgnoredErrors::All, Ok(Some(21)));
    let with_crl = |policy: &mut Policy| policy.crl_file = Some(crl.clone());
    check(Verify::Required, Some(&good), &with_crl, Ok(Some(0)));
    check(Verify::Required, Some(&revoked), &with_crl, Err(Some(23)));
    check(Verify::Required, Some(&revoked), &nothing, Ok(Some(0)));
    // Nobody can be verified without authorities.
    let policy = Policy { verify: Some(Verify::Optional), ..Policy::default() };
    let settings = BindSettings { policy, ..line(&[&own]) };
    assert_eq!(BindTls::build(&settings, &store, &Tuning::default()).unwrap_err()[0].about, "verify");
}

#[test]
fn sessions_are_resumed_with_tickets_and_without() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let check = |no_tickets: bool, cache_size: usize, version: TlsVersion, expected: bool| {
        let store = Store::new();
        let settings = BindSettings { no_tickets, ..line(&[&name]) };
        let bind = BindTls::build(&settings, &store, &Tuning { cache_size, ..Tuning::default() }).unwrap().0;
        let client = client(|settings| settings.policy.max_version = Some(version), &store);
        assert!(!shake(&bind, &client, Some("a")).unwrap().is_resumed());
        let second = shake(&bind, &client, Some("a")).unwrap();
        assert_eq!(second.is_resumed(), expected, "no tickets {no_tickets}, cache {cache_size}, {version:?}");
    };
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        check(false, 20_000, version, true);
        check(false, 0, version, true);
        check(true, 20_000, version, true);
        check(true, 0, version, false);
    }
    let bind = build(&line(&[&name]), &store);
    let never = client(|settings| settings.no_reuse = true, &store);
    assert!(!shake(&bind, &never, Some("a")).unwrap().is_resumed());
    assert!(!shake(&bind, &never, Some("a")).unwrap().is_resumed());
}

#[test]
fn sessions_of_lines_that_verify_otherwise_are_not_resumed() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let ca_file = files.name("ca.pem", &ca.pem);
    for no_tickets in [false, true] {
        let open = build(&BindSettings { no_tickets, ..line(&[&name]) }, &store);
        let closed = build(
            &BindSettings { no_tickets, policy: verifying(Verify::Optional, &ca_file), ..line(&[&name]) },
            &store,
        );
        let client = client(|_| {}, &store);
        assert!(!shake(&open, &client, Some("a")).unwrap().is_resumed());
        assert!(!shake(&closed, &client, Some("a")).unwrap().is_resumed());
        assert!(shake(&closed, &client, Some("a")).unwrap().is_resumed());
    }
}

#[test]
fn tickets_outlive_two_changes_of_their_keys_and_no_more() {
    use base64::Engine;
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let key = |number: u8| base64::engine::general_purpose::STANDARD.encode([number; 48]);
    let keys = files.write("keys", [key(1), key(2), key(3)].join("\n"));
    let name = files.name("a", ca.sign("a").pem());
    let bind = build(&BindSettings { ticket_keys: Some(keys.clone()), ..line(&[&name]) }, &store);
    let ring = &store.ticket_keys()[0];
    assert_eq!(ring.0, keys);
    for (changes, expected) in [(0, true), (1, true), (2, false)] {
        // TLS 1.2: the ticket of a resumed session is the one that it was resumed with.
        let client = client(|settings| settings.policy.max_version = Some(TlsVersion::Tls12), &store);
        shake(&bind, &client, Some("a")).unwrap();
        for number in 0..changes {
            ring.1.push(&key(10 + number)).unwrap();
        }
        assert_eq!(shake(&bind, &client, Some("a")).unwrap().is_resumed(), expected, "{changes}");
    }
    assert_eq!(ring.1.keys().len(), 3);
    assert!(ring.1.push("AAAA").is_err());
}

#[test]
fn early_data_is_taken_from_resumed_sessions_once() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let mut settings = line(&[&name]);
    settings.policy.early_data = Some(true);
    let bind = build(&settings, &store);
    let client = client(|settings| settings.early_data = true, &store);
    shake(&bind, &client, Some("a")).unwrap();
    let (config, server_name) = client.connect_early(Some("a")).unwrap().unwrap();
    let mut connection = rustls::ClientConnection::new(config, server_name).unwrap();
    std::io::Write::write_all(&mut connection.early_data().unwrap(), b"GET / HTTP/1.1").unwrap();
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).unwrap();
    let serve = || {
        let Accept::Serve(config) = bind.accept(&hello) else { panic!("it is served") };
        let mut server = rustls::ServerConnection::new(config).unwrap();
        server.read_tls(&mut &hello[..]).unwrap();
        server.process_new_packets().unwrap();
        early_data(&mut server)
    };
    assert_eq!(serve(), b"GET / HTTP/1.1");
    // Who replays it, is not believed.
    assert_eq!(serve(), b"");
}

#[test]
fn certificates_are_made_for_unknown_names() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let authority = Authority::new("forge");
    let forge = files.write("forge.pem", authority.pem.clone() + &authority.issuer.key().serialize_pem());
    let name = files.name("known.example", ca.sign("known.example").pem());
    let bind = build(&BindSettings { generate: Some(source(&forge.to_string_lossy())), ..line(&[&name]) }, &store);
    let ca_file = files.name("forge-ca.pem", &authority.pem);
    let client = client(|settings| settings.policy = verifying(Verify::Required, &ca_file), &store);
    let first = shake(&bind, &client, Some("any.example")).unwrap().shown().clone();
    let again = shake(&bind, &client, Some("any.example")).unwrap().shown().clone();
    assert_eq!(first, again);
    assert!(shake(&bind, &client, Some("known.example")).is_err());
    assert!(shake(&bind, &client, None).is_err());
}

#[test]
fn the_authority_that_signs_may_be_kept_under_a_passphrase() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let forge = files.name("forge.pem", include_str!("fixtures/encrypted-authority.pem"));
    let name = files.name("known.example", ca.sign("known.example").pem());
    let settings = |passphrase: Option<&str>| {
        let source = CertificateSource { passphrase: passphrase.map(Passphrase::new), ..source(&forge) };
        BindSettings { generate: Some(source), ..line(&[&name]) }
    };
    let bind = build(&settings(Some("open sesame")), &store);
    let client = client(|settings| settings.policy = verifying(Verify::Required, &forge), &store);
    shake(&bind, &client, Some("any.example")).unwrap();
    for (passphrase, expected) in [(None, "without a passphrase"), (Some("open barley"), "another passphrase")] {
        let problems = BindTls::build(&settings(passphrase), &store, &Tuning::default()).err().unwrap();
        assert!(problems[0].text.contains(expected), "{problems:?}");
    }
}

#[test]
fn what_early_data_rules_out_is_told() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let keys = files.write("keys", format!("{0}\n{0}\n{0}\n", "A".repeat(64)));
    let check = |early, ticket_keys: Option<&PathBuf>, cache_size, expected: &[&str]| {
        let mut settings = BindSettings { ticket_keys: ticket_keys.cloned(), ..line(&[&name]) };
        settings.policy.early_data = Some(early);
        let tuning = Tuning { cache_size, ..Tuning::default() };
        let (_, notices) = BindTls::build(&settings, &store, &tuning).unwrap();
        let about: Vec<_> = notices.iter().map(|notice| notice.about.as_str()).collect();
        assert_eq!(about, expected);
    };
    check(true, None, 10, &[]);
    check(true, None, 0, &["allow-0rtt"]);
    check(true, Some(&keys), 10, &["tls-ticket-keys"]);
    check(false, Some(&keys), 0, &[]);
}

#[test]
fn made_certificates_are_named_after_authority_and_host() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("known.example", ca.sign("known.example").pem());
    let long = format!("{}.example", "a".repeat(60));
    for (kind, algorithm) in [
        ("p256", &rcgen::PKCS_ECDSA_P256_SHA256),
        ("p384", &rcgen::PKCS_ECDSA_P384_SHA384),
        ("p521", &rcgen::PKCS_ECDSA_P521_SHA512),
        ("rsa", &rcgen::PKCS_RSA_SHA256),
        ("ed25519", &rcgen::PKCS_ED25519),
    ] {
        let authority = Authority::with_key("Forge", rcgen::KeyPair::generate_for(algorithm).unwrap());
        let forge = files.write("forge.pem", authority.pem.clone() + &authority.issuer.key().serialize_pem());
        let bind = build(&BindSettings { generate: Some(source(&forge.to_string_lossy())), ..line(&[&name]) }, &store);
        let ca_file = files.name(&format!("{kind}.pem"), &authority.pem);
        let client = client(|settings| settings.policy = verifying(Verify::Required, &ca_file), &store);
        for (host, expected) in [("any.example", "CN=Forge, CN=any.example"), (&long, "CN=Forge")] {
            take_certificate();
            let shown = shake(&bind, &client, Some(host)).unwrap_or_else(|_| panic!("{kind}: {host}")).shown().clone();
            let (_, made) = x509_parser::parse_x509_certificate(&shown).unwrap();
            assert_eq!(made.subject().to_string(), expected, "{kind}");
            let noted = take_certificate().unwrap();
            assert_eq!((noted.der, noted.name), (shown.clone(), None), "{kind}");
        }
    }
}

#[test]
fn secrets_are_kept_where_asked_for() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let name = files.name("a", ca.sign("a").pem());
    let client = client(|_| {}, &store);
    for keylog in [true, false] {
        let bind = BindTls::build(&line(&[&name]), &store, &Tuning { keylog, ..Tuning::default() }).unwrap().0;
        take_secrets();
        shake(&bind, &client, Some("a")).unwrap();
        let labels: Vec<String> = take_secrets().into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels.iter().any(|label| label == "SERVER_TRAFFIC_SECRET_0"), keylog, "{labels:?}");
    }
}

#[test]
#[ignore = "takes long, and what it finds is for people to read: how long ten thousand certificates take"]
fn ten_thousand_certificates() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    for (kind, make) in [("ecdsa", ec_key as fn() -> rcgen::KeyPair), ("rsa", rsa_key)] {
        let keys: Vec<String> = (0..8).map(|_| make().serialize_pem()).collect();
        let names: Vec<String> = (0..10_000)
            .map(|number| {
                let name = format!("{kind}-{number}.example");
                let key = rcgen::KeyPair::from_pem(&keys[number % keys.len()]).unwrap();
                files.name(&name, ca.sign_with(&name, key, |_| {}).pem())
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let begun = std::time::Instant::now();
        let bind = build(&line(&names), &store);
        println!("{kind}: 10,000 certificates loaded in {:?}", begun.elapsed());
        let client = client(|_| {}, &store);
        let (config, name) = client.connect(Some(&format!("{kind}-9999.example"))).unwrap();
        let mut connection = rustls::ClientConnection::new(config, name).unwrap();
        let mut hello = Vec::new();
        connection.write_tls(&mut hello).unwrap();
        let begun = std::time::Instant::now();
        for _ in 0..10_000 {
            assert!(matches!(bind.accept(&hello), Accept::Serve(_)));
        }
        println!("{kind}: one choice in {:?}", begun.elapsed() / 10_000);
    }
}
