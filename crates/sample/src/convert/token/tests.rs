use burdock_state::Directory;

use crate::convert::testing::{check, check_fault};
use crate::names::Names;
use crate::phase::Phase;
use crate::testing::Bench;

#[test]
fn shared_secrets() {
    const SIGNED: &str = "eyJhbGciOiAiSFMyNTYifQ.eyJzdWIiOiJ4In0";
    const CODE: &str = "qiGMNvocrWxyn0wEje-9NaAHzgoWNTK9To2Gk-EPrF";
    for (token, arguments, expected) in [
        (format!("{SIGNED}.{CODE}8"), "HS256,key", Some("1")),
        (format!("{SIGNED}.{CODE}9"), "HS256,key", Some("1")),
        (format!("{SIGNED}.{CODE}8"), "HS256,kex", Some("0")),
        (format!("{SIGNED}.{CODE}8"), "HS384,key", Some("0")),
        (format!("{SIGNED}.{CODE}8"), "HS256,", None),
        (format!("{SIGNED}.{CODE}"), "HS256,key", Some("0")),
        (format!("{SIGNED}.{CODE}8A"), "HS256,key", Some("0")),
        (format!("{SIGNED}.{CODE}8AA"), "HS256,key", Some("-3")),
        (format!("{SIGNED}.{CODE}8!"), "HS256,key", Some("-3")),
        (format!("{SIGNED}.{CODE}8.x"), "HS256,key", Some("-3")),
        (format!("{SIGNED}."), "HS256,key", Some("-3")),
        (SIGNED.to_owned(), "HS256,key", Some("-3")),
        (format!("{SIGNED}.{}", "A".repeat(400)), "HS256,key", Some("0")),
        ("..AA".to_owned(), "HS256,key", Some("0")),
        (String::new(), "HS256,key", Some("-3")),
        ("e30.e30.Qo8GVbq_DKyKSyRq6T3PtCBZSIjOS0ESx9pYnA3u_K3zVBP7SSY4T55Kxfob3NAc".to_owned(), "HS384,key", Some("1")),
        (
            "e30.e30.NTP8J4_ZS9MQfCWrOdLKcQavKjvH4hCKJk7sKpotCHlMk5eSiD-9lA2pkLks8KhM8Qr8DEkNJPTasPt-scPd4g".to_owned(),
            "HS512,key",
            Some("1"),
        ),
    ] {
        check(&format!("str({token}),jwt_verify({arguments})"), expected);
    }
}

#[test]
fn headers_and_payloads() {
    // {"alg":"RS256","n":12,"x":{"y":[1,"two"]}} and {"sub":"me","iat":1}
    const HEADER: &str = "eyJhbGciOiJSUzI1NiIsIm4iOjEyLCJ4Ijp7InkiOlsxLCJ0d28iXX19";
    const PAYLOAD: &str = "eyJzdWIiOiJtZSIsImlhdCI6MX0";
    for (token, converter, expected) in [
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_header_query($.alg)", Some("RS256")),
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_header_query($.n,int)", Some("12")),
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_header_query($.x.y[1])", Some("two")),
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_header_query($.none)", None),
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_payload_query($.sub)", Some("me")),
        (format!("{HEADER}.{PAYLOAD}=.x"), "jwt_payload_query($.sub)", Some("me")),
        (format!("{HEADER}.{PAYLOAD}"), "jwt_payload_query($.iat,int)", Some("1")),
        (format!("{HEADER}.{PAYLOAD}.x.y.z"), "jwt_payload_query($.sub)", Some("me")),
        (format!("!.{PAYLOAD}.x"), "jwt_payload_query($.sub)", Some("me")),
        (format!("!.{PAYLOAD}.x"), "jwt_header_query($.alg)", None),
        (HEADER.to_owned(), "jwt_header_query($.alg)", Some("RS256")),
        (HEADER.to_owned(), "jwt_payload_query($.alg)", None),
        (format!("{HEADER}.{PAYLOAD}.x"), "jwt_payload_query", Some("{\"sub\":\"me\",\"iat\":1}")),
        (format!(".{PAYLOAD}"), "jwt_header_query()", Some("")),
    ] {
        check(&format!("'str({token}),{converter}'"), expected);
    }
    check_fault(
        "str(x),jwt_header_query(alg)",
        "in 'jwt_header_query', the path 'alg' is not possible: it must begin with '$'",
    );
    check_fault("'str(x),jwt_payload_query($.a,str)'", "'str' is not possible here");
}

#[test]
fn faults() {
    for (arguments, message) in [
        ("hs256,key", "'hs256' is not an algorithm of RFC 7518"),
        (",key", "'' is not an algorithm of RFC 7518"),
        ("HS256", "'jwt_verify' lacks an argument"),
    ] {
        check_fault(&format!("str(x),jwt_verify({arguments})"), message);
    }
    for (converter, message) in [
        (
            "jwt_verify_cert(HS256,a.pem)",
            "in 'jwt_verify_cert', a certificate verifies no token that a shared secret signs",
        ),
        (
            "jwt_verify_cert(RS256,none.pem)",
            "in 'jwt_verify_cert', the file 'none.pem' cannot be read: No such file or directory (os error 2)",
        ),
        (
            "jwt_decrypt_cert(a.pem)",
            "in 'jwt_decrypt_cert', no 'crt-store' loads the certificate 'a.pem' with 'jwt on'",
        ),
        ("jwt_decrypt_secret(!)", "'!' is not base64 with its padding"),
        ("jwt_decrypt_jwk({})", "in 'jwt_decrypt_jwk', '{}' is no JSON web key with a type ('kty')"),
    ] {
        check_fault(&format!("str(x),{converter}"), message);
    }
}

#[test]
fn nothing_signed() {
    for (token, arguments, expected) in [
        ("e30.e30.", "none,x", Some("1")),
        ("e30.e30.AA", "none,x", Some("0")),
        ("e30.e30", "none,x", Some("-3")),
        ("e30.e30.", "HS256,x", Some("-3")),
    ] {
        check(&format!("str({token}),jwt_verify({arguments})"), expected);
    }
}

/// Algorithm, key, and what is to be found there for a token that is right.
#[test]
fn variables_as_arguments() {
    let folder = key_files();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (rsa, token) = (file("rsa.pub"), SIGNED[0].2);
    let secret = "e30.e30.Qo8GVbq_DKyKSyRq6T3PtCBZSIjOS0ESx9pYnA3u_K3zVBP7SSY4T55Kxfob3NAc";
    let setting_up = [
        "str(RS256),set-var(txn.rs)".to_owned(),
        "str(HS384),set-var(txn.hs)".to_owned(),
        "str(XX),set-var(txn.unknown)".to_owned(),
        "str(key),set-var(txn.key)".to_owned(),
        format!("str({rsa}),set-var(txn.file)"),
        format!("str({}),set-var(txn.other)", file("p256.pub")),
    ];
    let setting_up: Vec<_> = setting_up.iter().map(String::as_str).collect();
    let bench = Bench::new(Names::default(), Directory::empty(), &setting_up);
    // What has not been read when the configuration was cannot be used.
    let unread = format!("str({token}),jwt_verify(RS256,txn.file)");
    bench.check(Phase::Log, &[(&unread, Some("-5"))]);
    for (token, arguments, expected) in [
        (token, format!("txn.rs,{rsa}"), Some("1")),
        (token, "RS256,txn.file".to_owned(), Some("1")),
        (token, "txn.rs,txn.file".to_owned(), Some("1")),
        (token, "txn.rs,txn.other".to_owned(), Some("-5")),
        (token, "txn.rs,no-such-file".to_owned(), Some("-5")),
        (token, "txn.unknown,txn.file".to_owned(), Some("-1")),
        (token, "txn.rs,txn.none".to_owned(), None),
        (token, "txn.none,txn.file".to_owned(), None),
        (secret, "txn.hs,key".to_owned(), Some("1")),
        (secret, "txn.hs,txn.key".to_owned(), Some("1")),
        (secret, "HS384,txn.key".to_owned(), Some("1")),
    ] {
        bench.check(Phase::Log, &[(&format!("str({token}),jwt_verify({arguments})"), expected)]);
    }
}

#[test]
fn encrypted_tokens() {
    // {"alg":"dir","enc":"A128GCM"}
    const TOKEN: &str = "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMTI4R0NNIn0..OmjMqUquILV9xKp_._BZHrsV8.MbLzxqg5CSSMsqMBw0JYzQ";
    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";
    let jwk = r#"\'{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZg\"}\'"#;
    let setting_up = [format!("str({SECRET}),set-var(txn.secret)"), format!("str({jwk}),set-var(txn.jwk)")];
    let setting_up: Vec<_> = setting_up.iter().map(String::as_str).collect();
    let bench = Bench::new(Names::default(), Directory::empty(), &setting_up);
    for (converter, expected) in [
        (format!("jwt_decrypt_secret({SECRET})"), Some("736563726574")),
        ("jwt_decrypt_secret(txn.secret)".to_owned(), Some("736563726574")),
        ("jwt_decrypt_secret(AAAA)".to_owned(), None),
        ("jwt_decrypt_secret(txn.none)".to_owned(), None),
        (format!("jwt_decrypt_jwk({jwk})"), Some("736563726574")),
        ("jwt_decrypt_jwk(txn.jwk)".to_owned(), Some("736563726574")),
        ("jwt_decrypt_jwk(txn.secret)".to_owned(), None),
        ("jwt_decrypt_cert(txn.secret)".to_owned(), None),
    ] {
        bench.check(Phase::Log, &[(&format!("str({TOKEN}),{converter}"), expected)]);
    }
}

/// Public keys: of RSA in both forms, and of the three curves.
const KEYS: [(&str, &str); 6] = [
    (
        "rsa.pub",
        "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuvXiLfxLw5SxGChSE9en
JGN9yrtKEYUr/XCGIbMj7irdQjDrKpwGK0frR7MddGAfgoKv4QQT2gw6lPvvaifG
DfUVEnpkgLubRaXPMazsnQgJ2l5bvAl9mMdIodOe4JKogoA4+4+LiSQCd29zd2Sk
33JiHNLCBmyaMZNGET5u5ChmxerkBYM+xNEMgzzXdy2OFfa4oKW4SVwvm3R3HiZU
IZrbP7K26BJt0oiw+xhra9ppmOFdg4YcECUwkFYINI7+fiC/VjMITgqBCv0FuFyn
ln53Ps0Ay+nzIgwSPIVwcGnO8B5drkW86ai07+M6G4GbVMrM2QQkM1GcC/Bo5cQO
jQIDAQAB
-----END PUBLIC KEY-----",
    ),
    (
        "rsa1.pub",
        "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAuvXiLfxLw5SxGChSE9enJGN9yrtKEYUr/XCGIbMj7irdQjDrKpwG
K0frR7MddGAfgoKv4QQT2gw6lPvvaifGDfUVEnpkgLubRaXPMazsnQgJ2l5bvAl9
mMdIodOe4JKogoA4+4+LiSQCd29zd2Sk33JiHNLCBmyaMZNGET5u5ChmxerkBYM+
xNEMgzzXdy2OFfa4oKW4SVwvm3R3HiZUIZrbP7K26BJt0oiw+xhra9ppmOFdg4Yc
ECUwkFYINI7+fiC/VjMITgqBCv0FuFynln53Ps0Ay+nzIgwSPIVwcGnO8B5drkW8
6ai07+M6G4GbVMrM2QQkM1GcC/Bo5cQOjQIDAQAB
-----END RSA PUBLIC KEY-----",
    ),
    (
        "short.pub",
        "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCYgVXKa9M9EPR0VFLO8Iuiz6Hz
NQe2DL+/uFoQ/bsRPG4iZzj8FE8i9hyvJ8YFjNPicNfGjBFZjcJ8e0i6jIgjNBfl
biNcwPETL98WKLMikpPvqW0N+jWWWZJ6GmL8vCcW+ip9zcxW6o9DH+wkoQ8mtKwx
PTckuLI+TiO/HUwSAwIDAQAB
-----END PUBLIC KEY-----",
    ),
    (
        "p256.pub",
        "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUR/C1rQX4Z8Lm0oOSwEbJ5T2ZG0R
fzxAJp+vmxtdLqXwN7S2m4wmvw+myJVFibWX3Gd+c44wmJ10J3jwaUY0RQ==
-----END PUBLIC KEY-----",
    ),
    (
        "p384.pub",
        "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEH+fgDx334icaKiBgSFo+6w24ptqEcj8J
umd8LXei91bmxqOa1lSQnQdskt+DbqI+yG2LOvdujCzJfEQGUMkZ7CHR9Hqj4i7G
QcbLGUsF/OdAFsEbKE91zXBB+Hyjy5FB
-----END PUBLIC KEY-----",
    ),
    (
        "p521.pub",
        "-----BEGIN PUBLIC KEY-----
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB38VFwadlgkhmthlY5tfy/HEZPlok
C5iHAS+mWmelETN8nDuJ/czedN59Qn+nRiUSDWuRc3Pg6gIY4gtij8XOk1IAZ1vq
kPcy4N67VDKmkd4ZqIbEXDVOEYg7hJfQIW7hGpugKzHx1k+mJvdExGlhODOoZIP5
ZIxo4VoQcHL7z+W3InE=
-----END PUBLIC KEY-----",
    ),
];

/// Tokens that OpenSSL has signed, with the algorithm and the key that they are right for.
const SIGNED: [(&str, &str, &str); 9] = [
    (
        "RS256",
        "rsa.pub",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.jgSYQwnVKMDbxRmZlitEwaxAd6wHoPNxmW6ZDG65HxmK0l_20G-EwiPwCeegfI44q9xrZe7edf2m4iXfZ28BFgRxfHZEMzJlPbGcJCkKuuovhhF7SNpmPjCq39HLiipjeWp7VPkhZ6CnP9c8nEAhulFuCZTMZqcVO2S0af1tcRaNCMeIwLqQLb6OZNabsgCuMlBa9jJqZ44mAQOkz-s2ZVb-iM4lkFc612UIvN2tmDkrSrys2m92bjtXdjNKOMcW_estztkFW_H88RAG-Hs1G3sVi052X813bLRLKBzYLhRN8bW5G-7O2rGlojLPT2925QDfs4ulwmOBZYuaQCyplA",
    ),
    (
        "RS384",
        "rsa.pub",
        "eyJhbGciOiJSUzM4NCJ9.eyJzdWIiOiJ4In0.qUDPgoJ2DRMEYnj7h2Pt-bxzpBcSWd0EEP0CfekqAPm7Knk3x-2LBi7gA2PyJnH5FnyMgSVSMoy9_KjTV8DpSk9Ywrzve8vInTNwaEFO7bTqRDFS3pJKEf6RyrqMdf6_Y0sRm7OkPVzYcojXdvnIf0TFjH6w0_CmSos-YLsLrXvydZrk38WkR9Wjyo-102dO503I-Z__D8MgHdAGzBafTD2U5AZ4m5KPxsPRlPUlhoJoNm7af5LBAaJ5s2KgJPHDSA7roywbVGk0PABuG69Zu7BN_PHfGry_ChkpZEvHn85O3FMDNCCT1PV9yPBtnVOgStWFbz6tkWpVrfUUU1r0bA",
    ),
    (
        "RS512",
        "rsa.pub",
        "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJ4In0.LhjTjqgVu9yKWB4xvxNJwyGbOjJlnYQEfLQxEqOGgWy_iRuDSB9ygYXM1jrZ_RRCtEWsZArTT3upmjCWlyxNSs4PNDJaGeaNSgWJBUmBRq96qvF0TkChcJ4Bsn45-z2iVceG3NvnTxmVemF1Xnp-rWhhXQtrGME9yKrObgfJjeqrF8IRqiwijSIBGid4Ws96rPoFW9BGNhspNNUyMPjFEGVFJ_5e80wprHCWfeRBiS1Bk5ucrWeXLsDHpqjNjI2Zd3MxIXJeEesnGQjF0K5KiC-Hq5qJPX3GVOwuGoXTHadX9bwB_t20UswwAJlq61wuz5oSSCT7xj-cqQZudXcIfQ",
    ),
    (
        "PS256",
        "rsa.pub",
        "eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJ4In0.qEuPjwIrrih5a1hbDKlUGKzI5YRCz6jCqs_qlDbV7qMpsE0lD3JyPZEB62eny0w72RmHQXYMe1HKI9Qa8RbUpI7Zerjub38quT37BGwLN5ftO1ZHUivi2g-1MBcNuz4OrLQtrjNsXNdI3vt7yINOZS3G8X54pLeYecb8SxqKlcvrjodqR9oOMnrJ-iECh-jNYaiRupBUpVOPRV_zI9k0vITZCJtmaoT9zH4F7yqythQUSQuXkzpEbJXyfQEd_rXNbuxeI-NfmVX1RvLavfnoha0AXAV_qR7rADa_qH9eA_O3K38Ti-MDmQkIz86fRxYtjZ8I1gBmtsXkUm_4Zqo5_Q",
    ),
    (
        "PS384",
        "rsa.pub",
        "eyJhbGciOiJQUzM4NCJ9.eyJzdWIiOiJ4In0.VdWT3YgG0FIcvHQe8Z7AR8V9AuVnXH94mBQzqG8xnLenN0fPzgm9wDUnS8xcC2ib15oiMs1AF8vVCV6V-yCf-CZCr9H-HvE5iuGfvvIWbotKEVPrDJNxSkNOtWw1lPXL8_xphKLCsYhrJzAxfyWi5VO6I_N2bGqqoHbRUXcnlF3M7gyumymaM54cfSF-YTlgpAmodelJgDtjy2jlghxjprJD__wLknSOGETUH1Zi6q6GOjZf5o0PgrY2ELMYpGiPxdujqTum180Yr9PFStNJO_S9CpfaiAym7flaPbwYD2AatTs0_f2YQobO3lohBRzjwcxWhX32DbHSvMrU-r5fJQ",
    ),
    (
        "PS512",
        "rsa.pub",
        "eyJhbGciOiJQUzUxMiJ9.eyJzdWIiOiJ4In0.lELkb9wul9VwFWG1GbuyeO_TQf2QMCM4eTAdsSg0KwEgKGi3vZ_-aRuaNsaY5qF1z2OcEpuZ9u4zl8RXZOohQBb4N9eoa4sEC2PfVcKfD5qSVLU83irJ4QPr7ehdnS_TPTjKKQk0xoQzpnt1icS1pPRUGw2C41hjRUGKDA67_5BugUJyFZqhvm_BrLgfgJX0zUUp0eVZnyHQuuwRIxpdrLNOAYjgoprax3A0FOXC9tPKqSrv7yk6Y3x-_-yk4jzdVnP2RBIMD2U6vHk-lbukmgyEQrFDmO0V6J-Fg6ipsONy441c3BpAgVQcK6s5G309hdG3fesiZnbEcjpRZEudhg",
    ),
    (
        "ES256",
        "p256.pub",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.kppoZBFZcd3LluEr9fcBasSjKK_6_9wFSm2RJy1qrXoB2xx2EwVgLd47Zp_VVPfl7TH35H03VPlLXAwitrdASg",
    ),
    (
        "ES384",
        "p384.pub",
        "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.v25qNm4e2sfi185LVSPQRAp_yAdaObzFfWzogyoOkc5wRCpVdZDE5WDTsYS-1NcU4holITGB30zx67P0YwYt8jgyCwme4H2ym8_JtrnEf3oMW-Un8qx9x6ecuRO5-ieD",
    ),
    (
        "ES512",
        "p521.pub",
        "eyJhbGciOiJFUzUxMiJ9.eyJzdWIiOiJ4In0.AYI4sazYoiEkjKwAYEiQ71RMUWyKboJc_O9PVrV-6z30II6ywBjfyL_FLgFYtezU7l03g7iT-OIIsaj2MJ5LGSE3AeqMIzaleCj02YyjDcqi3Uji-juNryWEAW8e5q-MvGhj4J9u2MhAZVtX_xqlkIKHa-hjL-Dso-jpabOQso8icIxl",
    ),
];

/// A folder with a file for each of the keys, and some others.
fn key_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, pem) in KEYS {
        std::fs::write(folder.path().join(name), format!("a comment\n{pem}\n")).unwrap();
    }
    let rsa = KEYS[0].1;
    for (name, text) in [
        ("certificate.pem", rsa.replace("PUBLIC KEY", "CERTIFICATE")),
        ("cut.pub", rsa.replace("-----END", "")),
        ("bent.pub", rsa.replacen("MIIB", "!!!!", 1)),
        ("crlf.pub", rsa.replace('\n', "\r\n")),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn public_keys() {
    let folder = key_files();
    let folder = folder.path().display();
    for (algorithm, key, token) in SIGNED {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let changed = if signature.starts_with('B') { "C" } else { "B" };
        // One byte cannot be a pair of numbers, so that it is no signature at all.
        let odd = if algorithm.starts_with('E') { "-3" } else { "0" };
        for (token, expected) in [
            (token.to_owned(), "1"),
            (format!("{signed}.{changed}{}", &signature[1..]), "0"),
            (format!("x{token}"), "0"),
            (format!("{signed}.{}", &signature[..signature.len() - 8]), "0"),
            (format!("{signed}.AA"), odd),
            (format!("{signed}.{}", "A".repeat(4000)), "0"),
            (format!("{signed}."), "-3"),
            (format!("{signed}.!!!"), "-3"),
            (signed.to_owned(), "-3"),
        ] {
            check(&format!("str({token}),jwt_verify({algorithm},{folder}/{key})"), Some(expected));
        }
        if key == "rsa.pub" {
            for key in ["rsa1.pub", "crlf.pub"] {
                check(&format!("str({token}),jwt_verify({algorithm},{folder}/{key})"), Some("1"));
            }
        }
        // The right key does not help with another algorithm's signature.
        let (_, _, other) = SIGNED[(SIGNED.iter().position(|(name, ..)| *name == algorithm).unwrap() + 1) % 6];
        check(&format!("str({other}),jwt_verify({algorithm},{folder}/{key})"), Some("0"));
    }
}

#[test]
fn unusable_keys() {
    let folder = key_files();
    let folder = folder.path().display();
    for (algorithm, key, expected) in [
        ("RS256", "none.pub", "cannot be read: No such file or directory (os error 2)"),
        ("RS256", "certificate.pem", "holds no public key in PEM"),
        ("RS256", "cut.pub", "holds no public key in PEM"),
        ("RS256", "bent.pub", "holds no public key in PEM"),
    ] {
        let message = format!("in 'jwt_verify', the file '{folder}/{key}' {expected}");
        check_fault(&format!("str(x),jwt_verify({algorithm},{folder}/{key})"), &message);
    }
    for (algorithm, key, expected) in [
        ("RS256", "p256.pub", "is not one for RS256"),
        ("PS512", "p521.pub", "is not one for PS512"),
        ("ES256", "rsa.pub", "is not one for ES256"),
        ("ES256", "p384.pub", "is not one for ES256"),
        ("ES384", "p256.pub", "is not one for ES384"),
    ] {
        let message = format!("in 'jwt_verify', the public key of the file '{folder}/{key}' {expected}");
        check_fault(&format!("str(x),jwt_verify({algorithm},{folder}/{key})"), &message);
    }
    let message = format!("in 'jwt_verify', no algorithm takes the public key of the file '{folder}/short.pub'");
    check_fault(&format!("str(x),jwt_verify(RS256,{folder}/short.pub)"), &message);
}
