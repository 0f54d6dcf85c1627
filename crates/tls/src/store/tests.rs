use super::*;
use crate::bind::BindTls;
use crate::settings::{BindSettings, Verify};
use crate::testing::*;

#[test]
fn a_committed_certificate_is_the_one_of_new_handshakes() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let (old, new) = (ca.sign("old.example"), ca.sign("new.example"));
    let name = files.name("site.pem", old.pem());
    let bind = build(&BindSettings { label: "fe/cfg:1".into(), ..line(&[&name]) }, &store);
    let client = client(|_| {}, &store);
    let shown = |name| shake(&bind, &client, Some(name)).unwrap().shown().clone();
    assert_eq!(store.certificates()[0].users, ["fe/cfg:1"]);
    store.set_certificate(&name, new.pem().as_bytes()).unwrap();
    assert_eq!(store.open_certificate().unwrap().1.chain(), std::slice::from_ref(&new.der));
    assert_eq!(shown("old.example"), old.der);
    // What begins before the change, and what after it.
    store.commit_certificate(&name).unwrap();
    assert_eq!(shown("new.example"), new.der);
    assert!(store.open_certificate().is_none());
    assert!(bind.offers().iter().all(|offer| offer.name != "old.example"));
    assert_eq!(store.commit_certificate(&name).unwrap_err(), StoreError::NotOpen(name.clone()));
    assert_eq!(store.delete_certificate(&name).unwrap_err(), StoreError::Used(vec!["fe/cfg:1".into()]));
    drop(bind);
    store.delete_certificate(&name).unwrap();
    assert!(store.certificates().is_empty());
}

#[test]
fn a_change_that_does_not_fit_changes_nothing() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let (old, new) = (ca.sign("www.example"), ca.sign("www.example"));
    let name = files.name("site.pem", old.pem());
    let bind = build(&line(&[&name]), &store);
    let client = client(|settings| settings.no_reuse = true, &store);
    let shown = || shake(&bind, &client, None).unwrap().shown().clone();
    store.set_certificate(&name, new.certificate.as_bytes()).unwrap();
    let refused = store.commit_certificate(&name).unwrap_err();
    assert!(refused.to_string().contains("private key is not the one"), "{refused}");
    assert_eq!(shown(), old.der);
    // The change goes on, and a key that comes by itself completes it.
    assert_eq!(store.set_certificate(&format!("{name}.key"), new.key.serialize_pem().as_bytes()).unwrap(), name);
    store.commit_certificate(&name).unwrap();
    assert_eq!(shown(), new.der);
    store.set_certificate(&name, old.pem().as_bytes()).unwrap();
    store.abort_certificate(&name).unwrap();
    assert_eq!(store.commit_certificate(&name).unwrap_err(), StoreError::NotOpen(name.clone()));
    assert!(matches!(store.set_certificate(&name, b"nonsense"), Err(StoreError::Refused(_))));
    assert_eq!(store.set_certificate("unknown", b"").unwrap_err(), StoreError::Unknown("unknown".into()));
}

#[test]
fn one_change_at_a_time() {
    let store = Store::new();
    let signed = Authority::new("ca").sign("a");
    store.new_certificate("one").unwrap();
    store.new_certificate("two").unwrap();
    assert_eq!(store.new_certificate("two").unwrap_err(), StoreError::Exists("two".into()));
    store.set_certificate("one", signed.pem().as_bytes()).unwrap();
    assert_eq!(store.set_certificate("two", signed.pem().as_bytes()).unwrap_err(), StoreError::Busy("one".into()));
    store.commit_certificate("one").unwrap();
    let one = store.certificate("one").unwrap();
    assert!(one.users.is_empty());
    assert_eq!(one.content.unwrap().own(), Some(&signed.der));
    assert!(store.certificate("two").unwrap().content.is_none());
}

#[test]
fn authorities_change_for_the_lines_that_use_them() {
    let (old, new, files, store) = (Authority::new("old"), Authority::new("new"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &old.pem);
    let own = files.name("own", old.sign("own").pem());
    let policy = verifying(Verify::Required, &ca_file);
    let bind = build(&BindSettings { policy, label: "fe".into(), ..line(&[&own]) }, &store);
    let shown = files.name("client", new.sign("client").pem());
    let client = client(|settings| settings.certificate = Some(source(&shown)), &store);
    let is_taken = || shake(&bind, &client, None).is_ok();
    assert!(!is_taken());
    store.add_authorities(&ca_file, new.pem.as_bytes()).unwrap();
    assert_eq!(store.open_authorities().unwrap().1.certificates().len(), 2);
    assert!(!is_taken());
    store.commit_authorities(&ca_file).unwrap();
    assert!(is_taken());
    store.set_authorities(&ca_file, old.pem.as_bytes()).unwrap();
    store.commit_authorities(&ca_file).unwrap();
    assert!(!is_taken());
    assert_eq!(store.delete_authorities(&ca_file).unwrap_err(), StoreError::Used(vec!["fe".into()]));
}

#[test]
fn revocations_change_for_the_lines_that_use_them() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &ca.pem);
    let crl = files.name("crl.pem", ca.revoke(&[], 4000));
    let own = files.name("own", ca.sign("own").pem());
    let mut policy = verifying(Verify::Required, &ca_file);
    policy.crl_file = Some(PathBuf::from(&crl));
    let bind = build(&BindSettings { policy, ..line(&[&own]) }, &store);
    let signed = ca.sign_with("client", ec_key(), |params| params.serial_number = Some(5_u64.into()));
    let shown = files.name("client", signed.pem());
    let client = client(
        |settings| {
            settings.certificate = Some(source(&shown));
            settings.no_reuse = true;
        },
        &store,
    );
    assert!(shake(&bind, &client, None).is_ok());
    store.set_revocations(&crl, ca.revoke(&[5], 4000).as_bytes()).unwrap();
    assert!(shake(&bind, &client, None).is_ok());
    store.commit_revocations(&crl).unwrap();
    assert_eq!(shake(&bind, &client, None).err().unwrap().of_client.unwrap().result, 23);
}

#[test]
fn lists_grow_and_shrink() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let first = files.name("first.pem", ca.sign("first.example").pem());
    let list = PathBuf::from("sites.list");
    let listed = CertificateUse { listed: Some((list.clone(), 1)), ..used(&first) };
    let settings = BindSettings {
        crt_lists: vec![list, PathBuf::from("empty.list")],
        certificates: vec![listed],
        strict_sni: true,
        label: "fe".into(),
        ..BindSettings::default()
    };
    let (one, other) = (build(&settings, &store), build(&settings, &store));
    let client = client(|_| {}, &store);
    let serves = |bind: &BindTls, name| shake(bind, &client, Some(name)).is_ok();
    let second = ca.sign("second.example");
    assert_eq!(store.add_to_crt_list("sites.list", used("second")).unwrap_err(), StoreError::Unknown("second".into()));
    store.new_certificate("second").unwrap();
    assert_eq!(store.add_to_crt_list("sites.list", used("second")).unwrap_err(), StoreError::Unknown("second".into()));
    store.set_certificate("second", second.pem().as_bytes()).unwrap();
    store.commit_certificate("second").unwrap();
    store.add_to_crt_list("sites.list", used("second")).unwrap();
    for bind in [&one, &other] {
        assert!(serves(bind, "first.example") && serves(bind, "second.example"));
    }
    assert_eq!(store.crt_lists(), ["empty.list", "sites.list"]);
    let lines: Vec<_> = store.crt_list("sites.list").unwrap().into_iter().map(|used| used.listed.unwrap().1).collect();
    assert_eq!(lines, [1, 2]);
    assert!(matches!(store.delete_certificate("second"), Err(StoreError::Used(_))));
    // A line that cannot work is not added.
    let mut broken = used("second");
    broken.policy.verify = Some(Verify::Required);
    assert!(matches!(store.add_to_crt_list("sites.list", broken), Err(StoreError::Refused(_))));
    assert_eq!(store.crt_list("sites.list").unwrap().len(), 2);
    store.add_to_crt_list("sites.list", used("second")).unwrap();
    assert!(matches!(store.remove_from_crt_list("sites.list", "second", None), Err(StoreError::Refused(_))));
    store.remove_from_crt_list("sites.list", "second", Some(2)).unwrap();
    store.remove_from_crt_list("sites.list", "second", None).unwrap();
    for bind in [&one, &other] {
        assert!(serves(bind, "first.example") && !serves(bind, "second.example"));
    }
    store.delete_certificate("second").unwrap();
    store.new_certificate("third").unwrap();
    store.set_certificate("third", second.pem().as_bytes()).unwrap();
    store.commit_certificate("third").unwrap();
    store.add_to_crt_list("empty.list", used("third")).unwrap();
    assert!(serves(&one, "second.example"));
}

#[test]
fn defaults_stay_in_their_lists() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let names = ["one", "two"].map(|name| files.name(name, ca.sign(name).pem()));
    let listed = |number: u32, name: &str| CertificateUse { listed: Some(("list".into(), number)), ..used(name) };
    let certificates = vec![listed(1, &names[0]), listed(2, &names[1])];
    let _bind = build(&BindSettings { certificates, label: "fe".into(), ..BindSettings::default() }, &store);
    assert_eq!(
        store.remove_from_crt_list("list", &names[0], None).unwrap_err(),
        StoreError::Default(vec!["fe".into()])
    );
    store.remove_from_crt_list("list", &names[1], None).unwrap();
}

#[test]
fn ocsp_responses_come_from_files_and_at_run_time() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let signed = ca.sign_with("www.example", ec_key(), |params| params.serial_number = Some(9_u64.into()));
    let name = files.name("site.pem", signed.pem());
    files.write("site.pem.issuer", &ca.pem);
    files.write("site.pem.ocsp", ocsp_response(&signed.der, &ca.der, Answer::Good));
    let bind = build(&line(&[&name]), &store);
    let stapled = || store.certificate(&name).unwrap().content.unwrap().key.ocsp.clone();
    let first = stapled().unwrap();
    let client = client(|_| {}, &store);
    shake(&bind, &client, None).unwrap();
    let renewed = ocsp_response(&signed.der, &ca.der, Answer::GoodUntil2048);
    assert_eq!(store.set_ocsp_response(&renewed).unwrap(), std::slice::from_ref(&name));
    assert_eq!(stapled().unwrap(), renewed);
    assert_ne!(first, renewed);
    // What may not be sent is not taken.
    let check = |response: &[u8], expected: &str| {
        let refused = store.set_ocsp_response(response).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    };
    check(&ocsp_response(&signed.der, &ca.der, Answer::Over), "over");
    check(&ocsp_response(&signed.der, &Authority::new("other").der, Answer::Good), "no certificate");
    check(b"nonsense", "no OCSP response");
    assert_eq!(stapled().unwrap(), renewed);
    // Clients are to know of what was revoked.
    let revoked = ocsp_response(&signed.der, &ca.der, Answer::Revoked);
    store.set_ocsp_response(&revoked).unwrap();
    assert_eq!(stapled().unwrap(), revoked);
    let certificate = store.certificate(&name).unwrap().content.unwrap();
    let words = crate::material::describe_ocsp(certificate.ocsp_response().unwrap()).unwrap();
    for expected in [
        "    Responder Id: 0000000000000000000000000000000000000000\n    Produced At: Jan  1 00:00:00 2020 GMT\n",
        "      Serial Number: 09\n    Cert Status: revoked\n    Revocation Time: Jan  1 00:00:00 2020 GMT\n",
        "    This Update: Jan  1 00:00:00 2020 GMT\n \n    Signature Algorithm: ecdsa-with-SHA256\n",
    ] {
        assert!(words.contains(expected), "{words}");
    }
    assert_eq!(crate::material::describe_ocsp(b"nonsense"), None);
}

#[test]
fn pem_text_of_a_certificate_can_be_loaded_again() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let signed = ca.sign("www.example");
    let name = files.name("site.pem", signed.pem() + &ca.pem);
    let _bind = build(&line(&[&name]), &store);
    let text = store.certificate(&name).unwrap().content.unwrap().to_pem().unwrap();
    store.new_certificate("copy").unwrap();
    assert_eq!(store.open_certificate().map(|(name, _)| name), None);
    store.set_certificate("copy", text.as_bytes()).unwrap();
    assert_eq!(store.open_certificate().unwrap().1.to_pem().unwrap(), text);
    assert_eq!(store.delete_certificate("copy").unwrap_err(), StoreError::Busy("copy".into()));
    store.commit_certificate("copy").unwrap();
    assert_eq!(store.certificate("copy").unwrap().content.unwrap().chain(), [signed.der, ca.der]);
    assert_eq!(store.certificate_source(&name).unwrap().name, name);
    assert_eq!(store.certificate_source("copy"), None);
}
