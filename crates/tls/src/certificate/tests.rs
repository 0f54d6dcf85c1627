//! What HAProxy 3.5 with OpenSSL 3.0 answers for the same certificates.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::*;

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// RSA, with names of many kinds, signed by an elliptic key.
const SERVER: &str = include_str!("testdata/srv.pem");
/// An elliptic key, a name that needs escapes, valid beyond the century.
const CLIENT: &str = include_str!("testdata/cli.pem");
/// Version 1, signed with its own Ed25519 key.
const EDWARDS: &str = include_str!("testdata/ed.pem");
/// RSA-PSS, signed with its own key.
const PSS: &str = include_str!("testdata/pss.pem");
/// Text in two bytes a character and an attribute without a name.
const ODD: &str = include_str!("testdata/odd.pem");

fn text(bytes: Option<impl AsRef<[u8]>>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8_lossy(bytes.as_ref()).into_owned())
}

#[test]
fn names_on_a_line() {
    for (pem, subject, issuer) in [
        (
            SERVER,
            Some(
                "/C=FR/ST=Île/O=Bürdöck, Inc/OU=one/OU=two/OU=three/CN=localhost/emailAddress=a@b.c/SN=sur/GN=giv/DC=example/UID=u1",
            ),
            Some("/C=FR/O=Burdock/CN=Intermediate CA"),
        ),
        (CLIENT, Some("/C=DE/O=Cli/CN=client #1, \"x\"<y>;z\\ /OU= lead "), Some("/C=FR/O=Burdock/CN=Intermediate CA")),
        (EDWARDS, Some("/CN=ed"), Some("/CN=ed")),
        (ODD, None, None),
    ] {
        let der = der(pem);
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(text(certificate.subject().one_line()).as_deref(), subject);
        assert_eq!(text(certificate.issuer().one_line()).as_deref(), issuer);
    }
}

#[test]
fn names_by_rfc2253() {
    for (pem, expected) in [
        (
            SERVER,
            r"UID=u1,DC=example,GN=giv,SN=sur,emailAddress=a@b.c,CN=localhost,OU=three,OU=two+OU=one,O=B\C3\BCrd\C3\B6ck\, Inc,ST=\C3\8Ele,C=FR",
        ),
        (CLIENT, r#"OU=\ lead\ ,CN=client #1\, \"x\"\<y\>\;z\\\ ,O=Cli,C=DE"#),
        (
            ODD,
            r"CN=\  two,CN=\#hash,L=Paris,postalCode=75,description=d,pseudonym=ps,generationQualifier=III,name=n,initials=I,dnQualifier=q,businessCategory=b,serialNumber=12,title=Dr,street=1 road,O=\C3\A9,CN=\CE\A9mega \C3\A9,1.2.3.4.5=#13096F64642076616C7565,C=FR",
        ),
    ] {
        let der = der(pem);
        assert_eq!(Certificate::parse(&der).unwrap().subject().rfc2253(), expected);
    }
}

#[test]
fn single_entries() {
    for (pem, kind, occurrence, expected) in [
        (SERVER, "CN", 1, Some("localhost")),
        (SERVER, "cn", 1, Some("localhost")),
        (SERVER, "commonName", 1, None),
        (SERVER, "2.5.4.3", 1, None),
        (SERVER, "CN", 0, None),
        (SERVER, "OU", 1, Some("one")),
        (SERVER, "OU", 2, Some("two")),
        (SERVER, "OU", 3, Some("three")),
        (SERVER, "OU", 4, None),
        (SERVER, "OU", -1, Some("three")),
        (SERVER, "OU", -3, Some("one")),
        (SERVER, "OU", -4, None),
        (SERVER, "OU", i64::MIN, None),
        (SERVER, "O", 1, Some("Bürdöck, Inc")),
        (ODD, "1.2.3.4.5", 1, Some("odd value")),
        (ODD, "weird", 1, None),
        // The first is not a text of C.
        (ODD, "CN", 1, None),
        (ODD, "CN", 2, None),
        (ODD, "CN", -1, Some("  two")),
    ] {
        let der = der(pem);
        let certificate = Certificate::parse(&der).unwrap();
        let found = text(certificate.subject().entry(kind.as_bytes(), occurrence));
        assert_eq!(found.as_deref(), expected, "{kind} {occurrence}");
    }
}

#[test]
fn dates() {
    for (pem, from, until) in [
        (SERVER, "261122142604Z", Some("290818142604Z")),
        (CLIENT, "261122142605Z", None),
        (ODD, "261122143318Z", Some("540409143318Z")),
    ] {
        let der = der(pem);
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.not_before().as_deref(), Some(from));
        assert_eq!(certificate.not_after().as_deref(), until);
    }
    let der = der(EDWARDS);
    let (from, until) = Certificate::parse(&der).unwrap().validity_s();
    assert_eq!(until - from, 20 * 86_400);
}

#[test]
fn numbers_and_algorithms() {
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    for (pem, serial, key, signature, version, self_signed, sha1) in [
        (
            SERVER,
            "8123456789ABCDEF00",
            "rsaEncryption",
            "ecdsa-with-SHA384",
            3,
            false,
            "3F42850965BE596EFCCB0EA81795CA04EB477561",
        ),
        (CLIENT, "05", "id-ecPublicKey", "ecdsa-with-SHA256", 3, false, "A117AF6687B0CF02344B79C83F81285BD7F9A575"),
        (
            EDWARDS,
            "44008C019CFEEC8E7C07DE9B99D2DCDF5777E7DB",
            "ED25519",
            "ED25519",
            1,
            true,
            "9FC10B70BC2D62A6BCF1F194337ECE87B98E946D",
        ),
        (
            PSS,
            "4065BC29B18C9AA2C76858EF48C92046A198F071",
            "rsaEncryption",
            "RSASSA-PSS",
            3,
            true,
            "ADCC6A8EFE3C316D24027FBEA3565873FDA1AA85",
        ),
    ] {
        let der = der(pem);
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(hexadecimal(certificate.serial()), serial);
        assert_eq!(certificate.key_algorithm(), Some(key));
        assert_eq!(certificate.signature_algorithm(), Some(signature));
        assert_eq!((certificate.version(), certificate.is_self_signed()), (version, self_signed));
        assert_eq!(hexadecimal(&fingerprint(&der)), sha1);
    }
}

#[test]
fn further_names_and_policies() {
    for pem in [SERVER, CLIENT] {
        let der = der(pem);
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(
            certificate.alternative_names().as_deref(),
            Some(
                "DNS:localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, email:a@b.c, URI:http://x/y, \
                 Registered ID:1.2.3.4, othername:UPN:user@realm, DirName:C = UK, O = My Org, CN = My Name"
            )
        );
        assert_eq!(certificate.policies().unwrap(), ["1.2.3.4", "0.4.0.1862.1.4", "2.5.29.32.0"]);
    }
    let der = der(EDWARDS);
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!((certificate.alternative_names(), certificate.policies()), (None, None));
}

#[test]
fn what_is_no_certificate() {
    let whole = der(SERVER);
    for end in (0..whole.len()).step_by(7) {
        assert!(Certificate::parse(&whole[..end]).is_none(), "{end} bytes");
    }
    for at in 0..whole.len() {
        let mut broken = whole.to_vec();
        broken[at] ^= 0x55;
        if let Some(certificate) = Certificate::parse(&broken) {
            certificate.subject().one_line();
            certificate.subject().rfc2253();
            certificate.alternative_names();
            certificate.policies();
            certificate.not_after();
            certificate.is_self_signed();
            certificate.serial();
            certificate.signature_algorithm();
        }
    }
}
