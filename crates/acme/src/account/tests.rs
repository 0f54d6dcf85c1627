use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// Keys that OpenSSL has made, in the forms that the manual's commands give.
#[test]
fn keys_of_others_are_read() {
    let check = |name: &str, algorithm: &str, thumbprint: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name);
        let (key, made) = AccountKey::load_or_create(&path, KeyKind::default()).unwrap();
        assert_eq!((key.algorithm(), key.thumbprint(), made), (algorithm, thumbprint, false), "{name}");
    };
    check("p256.pem", "ES256", "BQbIJyv2NcpVTKd_MkQL9jMynRYNJTmyZGCvNH1xj-U");
    check("p384.pem", "ES384", "a8uSC7dwk7W8A8QyvqghnAkF-5-30M3-O_mKMhAFUQI");
    check("rsa.pem", "RS256", "wasishLyD7wXHVOBny_VqbkNsZfvhjaEKtNCJqu74jU");
}

#[test]
fn a_missing_key_is_made_once_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let check = |kind, algorithm: &str| {
        let path = directory.path().join(algorithm);
        let (key, made) = AccountKey::load_or_create(&path, kind).unwrap();
        assert_eq!((key.algorithm(), made), (algorithm, true));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (again, made) = AccountKey::load_or_create(&path, KeyKind::default()).unwrap();
        assert_eq!((again.thumbprint(), made), (key.thumbprint(), false));
    };
    check(KeyKind::default(), "ES384");
    check(KeyKind::Ecdsa(Curve::P256), "ES256");
    check(KeyKind::Ecdsa(Curve::P521), "ES512");
    check(KeyKind::Rsa(crate::settings::RsaBits::Bits2048), "RS256");
}

#[test]
fn faults_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    fs::write(&text, "no key").unwrap();
    let check = |path: &Path, reason: &str| {
        let message = AccountKey::load_or_create(path, KeyKind::default()).unwrap_err().to_string();
        let expected = format!("no account key in '{}': {reason}", path.display());
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.contains("'account-key' has to name"), "{message}");
    };
    check(&text, "it holds no private key in PEM");
    check(directory.path(), "Is a directory");
    check(&directory.path().join("missing/key"), "No such file or directory");
}
