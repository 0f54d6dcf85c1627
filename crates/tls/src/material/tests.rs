use super::*;
use crate::report::{Notice, Problem};
use crate::settings::{CertificateSource, ExtraFiles, Tuning};
use crate::testing::*;

fn load(source: &CertificateSource, tuning: &Tuning) -> Result<(Certificate, Vec<Notice>), Problem> {
    let chains = tuning.issuers_chain_path.as_ref().map(|path| IssuerChains::load(path).unwrap());
    let mut notices = Vec::new();
    load_certificate(source, tuning, chains.as_ref(), &mut notices).map(|certificate| (certificate, notices))
}

#[test]
fn parts_come_in_one_file_or_beside_it() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let middle = ca.authority("middle", |_| {});
    let signed = middle.sign("www.example");
    let key = signed.key.serialize_pem();
    let all = Tuning::default();
    let none = Tuning {
        extra_files: ExtraFiles { bundle: false, sctl: false, ocsp: false, issuer: false, key: false },
        ..Tuning::default()
    };
    // Whatever the order, and whatever else is there.
    let jumble = format!(
        "{key}some words\r\n{}-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n{}",
        signed.certificate, middle.pem
    );
    let (certificate, notices) = load(&source(&files.name("jumble", jumble)), &none).unwrap();
    assert_eq!(certificate.key.cert, [signed.der.clone(), middle.der.clone()]);
    assert_eq!(
        (certificate.names.clone(), certificate.kind, notices),
        (vec!["www.example".to_owned()], KeyKind::Ecdsa, vec![])
    );
    assert_eq!(certificate.issuer(), Some(&middle.der));
    // The key beside it.
    let bare = files.name("bare.crt", &signed.certificate);
    files.write("bare.crt.key", &key);
    assert!(load(&source(&bare), &all).is_ok());
    assert!(load(&source(&bare), &none).unwrap_err().text.contains("no private key"));
    let replaced = Tuning { extra_replace_extension: true, ..Tuning::default() };
    assert!(load(&source(&bare), &replaced).is_err());
    files.write("bare.key", &key);
    assert!(load(&source(&bare), &replaced).is_ok());
    // What a `crt-store` says.
    let stored = CertificateSource {
        name: "@store/alias".into(),
        file: Some(bare.clone().into()),
        key: Some(files.path().join("bare.key")),
        ..CertificateSource::default()
    };
    assert_eq!(load(&stored, &all).unwrap().0.name, "@store/alias");
    assert!(load(&CertificateSource { key: None, ..stored }, &all).is_err());
}

#[test]
fn keys_of_all_forms_are_taken() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let check = |name: &str, signed: &Signed, kind: KeyKind| {
        assert_eq!(load(&source(&files.name(name, signed.pem())), &Tuning::default()).unwrap().0.kind, kind);
    };
    check("ec", &ca.sign("a"), KeyKind::Ecdsa);
    check("rsa", &ca.sign_with("a", rsa_key(), |_| {}), KeyKind::Rsa);
    let ed25519 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    check("ed25519", &ca.sign_with("a", ed25519, |_| {}), KeyKind::Ed25519);
    // SEC 1, and a certificate of version 1.
    let version1 = include_str!("../verify/fixtures/version1.pem");
    assert!(version1.contains("BEGIN EC PRIVATE KEY"));
    let loaded = load(&source(&files.name("version1", version1)), &Tuning::default()).unwrap().0;
    assert_eq!(loaded.names, ["version1.example"]);
}

#[test]
fn keys_are_known_to_be_broken_before_they_are_used() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let signed = ca.sign_with("a", rsa_key(), |_| {});
    let whole = signed.key.serialize_der();
    let broken = |place: usize| {
        let mut der = whole.clone();
        der[place] ^= 0x10;
        let key = pem::write("PRIVATE KEY", &der);
        load(&source(&files.name("rsa.pem", signed.certificate.clone() + &key)), &Tuning::default())
    };
    // A modulus begins some forty bytes behind the key's beginning, the primes lie behind two numbers of 256 bytes.
    for place in [60, 620, 760] {
        assert!(broken(place).is_err(), "{place}");
    }
    // One that is whole signs.
    let loaded = load(&source(&files.name("whole.pem", signed.pem())), &Tuning::default()).unwrap().0;
    assert!(loaded.key.key.choose_scheme(&[rustls::SignatureScheme::RSA_PSS_SHA256]).unwrap().sign(b"x").is_ok());
    assert_eq!(
        loaded.key.key.public_key().as_deref(),
        Some(rcgen::PublicKeyData::subject_public_key_info(&signed.key).as_slice())
    );
}

#[test]
fn errors_name_file_and_block() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let (one, other) = (ca.sign("a"), ca.sign("a"));
    let check = |content: String, about: &str, text: &str| {
        let name = files.name("bad.pem", content);
        let problem = load(&source(&name), &Tuning::default()).unwrap_err();
        assert!(problem.about.contains(about) && problem.about.contains("bad.pem"), "{problem}");
        assert!(problem.text.contains(text), "{problem}");
    };
    check(String::new(), "bad.pem", "neither a certificate nor a private key");
    check(one.certificate.clone(), "bad.pem", "no private key");
    check(one.key.serialize_pem(), "bad.pem", "no certificate");
    check(one.certificate.clone() + &other.key.serialize_pem(), "bad.pem", "not the one of the certificate");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    check(one.certificate.clone() + encrypted, "block 2 (ENCRYPTED PRIVATE KEY, line", "encrypted");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    check(old.to_owned() + &one.certificate, "block 1 (RSA PRIVATE KEY, line 1)", "encrypted");
    check(
        "-----BEGIN CERTIFICATE-----\nAAA!\n-----END CERTIFICATE-----\n".into(),
        "block 1 (CERTIFICATE, line 1)",
        "base64",
    );
    check(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(),
        "block 1 (CERTIFICATE, line 1)",
        "no certificate",
    );
    check("-----BEGIN CERTIFICATE-----\nAAAA\n".into(), "block 1 (CERTIFICATE, line 1)", "ends before");
    let problem = load(&source("/nowhere/at all"), &Tuning::default()).unwrap_err();
    assert_eq!(problem.about, "/nowhere/at all");
}

#[test]
fn chains_are_completed_and_shortened() {
    let (root, files, issuers) = (Authority::new("root"), Files::new(), Files::new());
    let middle = root.authority("middle", |_| {});
    let signed = middle.sign("www.example");
    issuers.write("middle.pem", middle.pem.clone() + &root.pem);
    issuers.write("other.pem", &Authority::new("other").pem);
    let name = files.name("site.pem", signed.pem());
    let plain = load(&source(&name), &Tuning::default()).unwrap().0;
    let now = 1_700_000_000;
    assert_eq!(plain.advice(now).len(), 1);
    assert!(plain.advice(now)[0].text.contains("issuers"));
    let tuning = Tuning { issuers_chain_path: Some(issuers.path().to_owned()), ..Tuning::default() };
    let completed = load(&source(&name), &tuning).unwrap().0;
    assert_eq!(completed.key.cert, [signed.der.clone(), middle.der.clone(), root.der.clone()]);
    assert!(completed.advice(now).is_empty());
    let tuning = Tuning { skip_self_issued_ca: true, ..tuning };
    let shortened = load(&source(&name), &tuning).unwrap().0;
    assert_eq!(shortened.key.cert, [signed.der, middle.der]);
    assert_eq!(shortened.chain().len(), 3);
}

#[test]
fn ends_are_told_in_time() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let signed = ca.sign_with("a", ec_key(), |params| params.not_after = rcgen::date_time_ymd(2025, 1, 31));
    let certificate = load(&source(&files.name("a", signed.pem() + &ca.pem)), &Tuning::default()).unwrap().0;
    let check = |days: i64, expected: Option<&str>| {
        let advice = certificate.advice(certificate.not_after - days * 86_400);
        assert_eq!(advice.first().map(|advice| advice.text.as_str()), expected);
    };
    check(30, None);
    check(29, Some("the certificate expires in 29 days"));
    check(-2, Some("the certificate expired 2 days ago"));
}

#[test]
fn responses_that_may_not_be_sent_are_told() {
    let (ca, files) = (Authority::new("ca"), Files::new());
    let signed = ca.sign("a");
    let name = files.name("a.pem", signed.pem() + &ca.pem);
    let check = |response: Vec<u8>, sent: bool, told: usize| {
        files.write("a.pem.ocsp", response);
        let (certificate, notices) = load(&source(&name), &Tuning::default()).unwrap();
        assert_eq!((certificate.key.ocsp.is_some(), notices.len()), (sent, told), "{notices:?}");
    };
    check(ocsp_response(&signed.der, &ca.der, Answer::Good), true, 0);
    check(ocsp_response(&signed.der, &ca.der, Answer::Over), false, 1);
    check(ocsp_response(&ca.sign("b").der, &ca.der, Answer::Good), false, 1);
    check(Vec::new(), false, 0);
    // Without the issuer it cannot be told whom a response is for.
    let name = files.name("b.pem", signed.pem());
    files.write("b.pem.ocsp", ocsp_response(&signed.der, &ca.der, Answer::Good));
    assert!(load(&source(&name), &Tuning::default()).unwrap_err().text.contains("issuer"));
}

#[test]
fn directories_and_bundles() {
    let files = Files::new();
    for name in ["b.pem", "a.pem", "a.pem.key", "a.pem.ocsp", "a.pem.issuer", "a.pem.sctl", ".hidden", "c.pem.rsa"] {
        files.write(name, "");
    }
    let members = directory_members(files.path()).unwrap();
    let names: Vec<_> = members.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.pem", "b.pem", "c.pem.rsa"]);
    let base = files.path().join("c.pem").to_str().unwrap().to_owned();
    assert_eq!(bundle_members(&base, &Tuning::default()), [format!("{base}.rsa")]);
    assert!(bundle_members(members[0].to_str().unwrap(), &Tuning::default()).is_empty());
}

#[test]
fn authorities_of_directories_and_of_the_system() {
    let (one, other, files) = (Authority::new("one"), Authority::new("other"), Files::new());
    files.write("one.pem", &one.pem);
    files.write("other.crt", &other.pem);
    files.write("ignored.txt", "nonsense");
    assert_eq!(load_authorities(files.path().to_str().unwrap()).unwrap().certificates().len(), 2);
    assert!(load_authorities(files.path().join("ignored.txt").to_str().unwrap()).is_err());
    // Not every machine has some: what there is can be read, or it is told that there is nothing.
    match load_authorities(SYSTEM_AUTHORITIES) {
        Ok(found) => assert!(found.certificates().len() > 0),
        Err(problem) => assert_eq!(problem.about, SYSTEM_AUTHORITIES),
    }
}
