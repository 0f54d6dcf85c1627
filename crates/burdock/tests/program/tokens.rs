//! Tokens and the certificates that they are verified with: those follow what is put in use while the program runs.

use burdock_testkit::{Backend, Proxy};

use crate::support::burdock;

const FIRST: &str = "-----BEGIN CERTIFICATE-----
MIIBDTCBs6ADAgECAgEFMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMMBWZpcnN0MB4X
DTIwMDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFZmlyc3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARh6YMMJ8b+RbQYI1s1VYAlsFSnNMop
/Ar+eKSnnZraQMdWMRKt9hbR+jZkVNEDl/2Qwcufmu/xhmicMpE2DOf2MAoGCCqG
SM49BAMCA0kAMEYCIQCjD6RbvAo5dKKHycD3VHfEQPOVaUI5tDmpAK405pSEJQIh
AM6mm1ytJeWRZIp1UHFY5j09l4wUOuNAxhVImYT/SWI1
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4a5PbHyOOCMUYrNE
FhoHyXIH9jwLYn/IVTuEuyemMhGhRANCAARh6YMMJ8b+RbQYI1s1VYAlsFSnNMop
/Ar+eKSnnZraQMdWMRKt9hbR+jZkVNEDl/2Qwcufmu/xhmicMpE2DOf2
-----END PRIVATE KEY-----
";
const FIRST_TOKEN: &str =
    "eyJhbGciOiJFUzI1NiJ9.e30.zW3UijYqwyNEgYBWSrJB_CV0iuSpEro0lZ-nVLgJ3AWeOQvflOZ7e4jFaVoAEmkBzXO5DIy0dk5CeafPfKXf1g";
const SECOND: &str = "-----BEGIN CERTIFICATE-----
MIIBDjCBtaADAgECAgEFMAoGCCqGSM49BAMCMBExDzANBgNVBAMMBnNlY29uZDAe
Fw0yMDAxMDEwMDAwMDBaFw00MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBnNlY29u
ZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG0otyVr8wrKhpMVXE5TFm3NJCFm
Tg+iylAtCi6Sso8LJDLHUmEgEbNH2WgGmIsjGRvz3ffacLKpWqK+nS0E9F0wCgYI
KoZIzj0EAwIDSAAwRQIgKyl5mFQiaKHx3tuZWpDauUP7XJukWqFw8oJm96V1OaUC
IQDkeVJZFY7QdPHfi0UlY92exA23qhoQnxzJvF5WMyBzlw==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguS227yO/wUHkN8Hw
APOYdNy3kPHiFJP0yewlh9l6ciehRANCAARtKLcla/MKyoaTFVxOUxZtzSQhZk4P
ospQLQoukrKPCyQyx1JhIBGzR9loBpiLIxkb89332nCyqVqivp0tBPRd
-----END PRIVATE KEY-----
";
const SECOND_TOKEN: &str =
    "eyJhbGciOiJFUzI1NiJ9.e30.kHYIs-6ZeP2aPZEpoANUmBSmIxIGIIIDDZWX24-SMFSiziZDQ4XIBGrRq-eJISNfe-NyYwPYPOk5nuLFCLnjNQ";

/// Says whether a token is right for the certificate that is named, and for that which a variable names.
fn verdict(proxy: &Proxy, token: &str) -> String {
    proxy.client("web").get("/", &[&format!("X-Token: {token}")]).text()
}

/// A proxy that says what it thinks of tokens, by the certificate in that file.
fn judge(file: &str, server: &Backend) -> Proxy {
    burdock().start(&format!(
        "global
    stats socket @dir@/cli level admin
crt-store
    load crt {file} jwt on
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:@web@
    http-request set-var(txn.signer) str({file})
    http-request return status 200 content-type text/plain lf-string \"%[req.hdr(x-token),jwt_verify_cert(ES256,{file})] %[req.hdr(x-token),jwt_verify_cert(ES256,txn.signer)]\"
    server A 127.0.0.1:{}
",
        server.port()
    ))
}

#[test]
fn a_certificate_without_its_key_is_enough_to_verify_with() {
    let server = Backend::named("A");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signer.pem").display().to_string();
    let (certificate, _key) = FIRST.split_once("-----BEGIN PRIVATE KEY-----").unwrap();
    std::fs::write(&file, certificate).unwrap();
    let proxy = judge(&file, &server);
    assert_eq!((verdict(&proxy, FIRST_TOKEN), verdict(&proxy, SECOND_TOKEN)), ("1 1".into(), "0 0".into()));
}

#[test]
fn certificates_of_tokens_are_exchanged_while_it_runs() {
    let server = Backend::named("A");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signer.pem").display().to_string();
    std::fs::write(&file, FIRST).unwrap();
    let proxy = judge(&file, &server);
    assert_eq!((verdict(&proxy, FIRST_TOKEN), verdict(&proxy, SECOND_TOKEN)), ("1 1".into(), "0 0".into()));
    let said = proxy.cli(&format!("set ssl cert {file} <<\n{SECOND}\n"));
    assert!(said.contains("Transaction created"), "{said}");
    assert_eq!(verdict(&proxy, FIRST_TOKEN), "1 1", "before it is committed");
    let said = proxy.cli(&format!("commit ssl cert {file}"));
    assert!(said.contains("Success!"), "{said}");
    assert_eq!((verdict(&proxy, FIRST_TOKEN), verdict(&proxy, SECOND_TOKEN)), ("0 0".into(), "1 1".into()));
}
