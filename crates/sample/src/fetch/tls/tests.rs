//! What HAProxy 3.5 with OpenSSL 3.0 answers for the same hello and the same certificates.

use std::sync::Arc;

use burdock_state::Directory;
use burdock_tls::TlsFacts;
use burdock_tls::openssl::Fault;
use burdock_tls::settings::TlsVersion;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::names::Names;
use crate::phase::Phase;
use crate::testing::{Bench, check_refused, client_hello};

const HTTP: Phase = Phase::FrontendHttpRequest;
const RESPONSE: Phase = Phase::BackendHttpResponse;

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn server() -> CertificateDer<'static> {
    der(include_str!("../../../../tls/src/certificate/testdata/srv.pem"))
}

fn client() -> CertificateDer<'static> {
    der(include_str!("../../../../tls/src/certificate/testdata/cli.pem"))
}

fn root() -> CertificateDer<'static> {
    der(include_str!("../../../../tls/src/certificate/testdata/ed.pem"))
}

/// A client with a certificate that nobody trusts, by TLS 1.3.
fn facts() -> TlsFacts {
    TlsFacts {
        complete: true,
        version: Some(TlsVersion::Tls13),
        cipher_suite: Some(0x1302),
        group: Some(29),
        alpn: Some(b"http/1.1".to_vec()),
        server_name: Some("a.example".into()),
        peer_chain: [client(), server()].into(),
        peer_root: Some(client()),
        own_certificate: Some(server()),
        certificate_name: Some("srv.pem".into()),
        verify_result: 21,
        certificate_error: 20,
        client_hello: Some(client_hello().into()),
        capture_limit: 400,
        client_random: vec![0xab; 2],
        secrets: vec![("EXPORTER_SECRET".into(), vec![0xab, 0xcd])],
        ..TlsFacts::default()
    }
}

fn bench(client: Option<TlsFacts>, server: Option<TlsFacts>) -> Bench {
    let mut bench = Bench::new(Names::default(), Directory::empty(), &[]);
    bench.txn.client_tls = client.map(Arc::new);
    bench.txn.server_tls = server.map(Arc::new);
    bench
}

#[test]
fn what_was_agreed_upon() {
    bench(Some(facts()), None).check(
        HTTP,
        &[
            ("ssl_fc", Some("1")),
            ("ssl_fc_protocol", Some("TLSv1.3")),
            ("ssl_fc_cipher", Some("TLS_AES_256_GCM_SHA384")),
            ("ssl_fc_alg_keysize", Some("256")),
            ("ssl_fc_use_keysize", Some("256")),
            ("ssl_fc_curve", Some("X25519")),
            ("ssl_fc_alpn", Some("http/1.1")),
            ("ssl_fc_sni", Some("a.example")),
            ("ssl_fc_has_sni", Some("1")),
            ("ssl_fc_is_resumed", Some("0")),
            ("ssl_fc_has_early", Some("0")),
            ("ssl_fc_early_rcvd", Some("0")),
            ("ssl_fc_has_crt", Some("1")),
            ("ssl_fc_crtname", Some("srv.pem")),
            ("ssl_fc_err", Some("0")),
            ("ssl_fc_err_str", None),
            ("ssl_fc_session_id", None),
            ("ssl_fc_session_key", None),
            ("ssl_fc_client_random", Some("ABAB")),
            ("ssl_fc_server_random", None),
            ("ssl_fc_exporter_secret", Some("abcd")),
            ("ssl_fc_early_exporter_secret", None),
            ("ssl_c_used", Some("1")),
            ("ssl_c_verify", Some("21")),
            ("ssl_c_verify,x509_v_err_str", Some("X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE")),
            ("ssl_c_err", Some("20")),
            ("ssl_c_ca_err", Some("0")),
            ("ssl_c_ca_err_depth", Some("0")),
        ],
    );
}

#[test]
fn clear_connections() {
    let none = ["ssl_fc_protocol", "ssl_fc_cipher", "ssl_fc_has_crt", "ssl_fc_has_early", "ssl_c_used", "ssl_c_err"];
    let none =
        none.into_iter().chain(["ssl_c_verify", "ssl_fc_err", "ssl_fc_sni", "ssl_f_s_dn", "ssl_fc_cipherlist_bin"]);
    let cases = none.map(|name| (name, None)).chain([
        ("ssl_fc", Some("0")),
        ("ssl_fc_has_sni", Some("0")),
        ("ssl_fc_is_resumed", Some("0")),
        ("fc_err", Some("0")),
        ("fc_err_name", None),
        ("fc_err_str", Some("Success")),
    ]);
    bench(None, None).check(HTTP, &cases.collect::<Vec<_>>());
    bench(None, None).check(
        RESPONSE,
        &[("ssl_bc", Some("0")), ("ssl_bc_is_resumed", Some("0")), ("ssl_bc_cipher", None), ("bc_err", None)],
    );
}

#[test]
fn what_the_hello_said() {
    const CIPHERS: &str = "130113021303C02BC02FC02CC030CCA9CCA8C013C014009C009D002F0035FEFE00FF5600";
    const NAMES: &str = "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,ECDHE-ECDSA-AES128-GCM-SHA256,\
        ECDHE-RSA-AES128-GCM-SHA256,ECDHE-ECDSA-AES256-GCM-SHA384,ECDHE-RSA-AES256-GCM-SHA384,ECDHE-ECDSA-CHACHA20-POLY1305,\
        ECDHE-RSA-CHACHA20-POLY1305,ECDHE-RSA-AES128-SHA,ECDHE-RSA-AES256-SHA,AES128-GCM-SHA256,AES256-GCM-SHA384,AES128-SHA,AES256-SHA,\
        UNKNOWN(fefe),TLS_EMPTY_RENEGOTIATION_INFO_SCSV,TLS_FALLBACK_SCSV";
    let all = format!("1A1A{CIPHERS}");
    let all_names = format!("UNKNOWN(1a1a),{NAMES}");
    let common = [
        ("ssl_fc_protocol_hello_id", Some("771")),
        ("ssl_fc_cipherlist_xxh", Some("-4422116838521537467")),
        ("ssl_fc_cipherlist_bin", Some(&*all)),
        ("ssl_fc_cipherlist_bin(0)", Some(&*all)),
        ("ssl_fc_cipherlist_bin(1)", Some(CIPHERS)),
        ("ssl_fc_cipherlist_hex(1)", Some(CIPHERS)),
        ("ssl_fc_cipherlist_str", Some(&*all_names)),
        ("ssl_fc_cipherlist_str(1)", Some(NAMES)),
        ("ssl_fc_extlist_bin", Some("3A3A00000017FF01000A000B00230010000D002B0033FAFA")),
        ("ssl_fc_extlist_bin(1)", Some("00000017FF01000A000B00230010000D002B0033")),
        ("ssl_fc_eclist_bin", Some("2A2A11EC001D00170018")),
        ("ssl_fc_eclist_bin(1)", Some("11EC001D00170018")),
        ("ssl_fc_ecformats_bin", Some("00")),
    ];
    let whole = [
        ("ssl_fc_sigalgs_bin", Some("4A4A04030804040105030805")),
        ("ssl_fc_sigalgs_bin(1)", Some("04030804040105030805")),
        ("ssl_fc_supported_versions_bin", Some("5A5A03040303")),
        ("ssl_fc_supported_versions_bin(1)", Some("03040303")),
    ];
    bench(Some(facts()), None).check(HTTP, &[&common[..], &whole].concat());
    let cut = [
        ("ssl_fc_sigalgs_bin", None),
        ("ssl_fc_supported_versions_bin", Some("5A5A")),
        ("ssl_fc_supported_versions_bin(1)", None),
    ];
    bench(Some(TlsFacts { capture_limit: 75, ..facts() }), None).check(HTTP, &[&common[..], &cut].concat());
    bench(Some(TlsFacts { capture_limit: 31, ..facts() }), None).check(
        HTTP,
        &[
            ("ssl_fc_cipherlist_bin", Some(&all[..62])),
            ("ssl_fc_cipherlist_xxh", Some("-4422116838521537467")),
            ("ssl_fc_extlist_bin", None),
        ],
    );
    bench(Some(TlsFacts { capture_limit: 0, ..facts() }), None).check(
        HTTP,
        &[("ssl_fc_protocol_hello_id", None), ("ssl_fc_cipherlist_xxh", None), ("ssl_fc_extlist_bin", None)],
    );
}

#[test]
fn certificates() {
    bench(Some(facts()), None).check(
        HTTP,
        &[
            ("ssl_c_s_dn", Some("/C=DE/O=Cli/CN=client #1, \"x\"<y>;z\\ /OU= lead ")),
            ("ssl_c_s_dn(,1)", Some("/C=DE/O=Cli/CN=client #1, \"x\"<y>;z\\ /OU= lead ")),
            ("ssl_c_s_dn(,0,rfc2253)", Some(r#"OU=\ lead\ ,CN=client #1\, \"x\"\<y\>\;z\\\ ,O=Cli,C=DE"#)),
            ("ssl_c_s_dn(O)", Some("Cli")),
            ("ssl_c_s_dn(O,1,rfc2253)", Some("Cli")),
            ("ssl_c_s_dn(CN,0)", None),
            ("ssl_c_s_dn(OU,-1)", Some(" lead ")),
            ("ssl_c_i_dn", Some("/C=FR/O=Burdock/CN=Intermediate CA")),
            ("ssl_c_r_dn(O)", Some("Cli")),
            ("ssl_c_serial", Some("05")),
            ("ssl_c_sha1", Some("A117AF6687B0CF02344B79C83F81285BD7F9A575")),
            ("ssl_c_notbefore", Some("261122142605Z")),
            ("ssl_c_notafter", None),
            ("ssl_c_key_alg", Some("id-ecPublicKey")),
            ("ssl_c_sig_alg", Some("ecdsa-with-SHA256")),
            ("ssl_c_version", Some("3")),
            ("ssl_c_policies", Some("1.2.3.4, 0.4.0.1862.1.4, 2.5.29.32.0")),
            ("ssl_c_policies(1.2.3.4)", Some("1.2.3.4")),
            ("ssl_c_policies(1.2.3)", None),
            ("ssl_c_der,sha1", Some("A117AF6687B0CF02344B79C83F81285BD7F9A575")),
            ("ssl_c_chain_der,sha1", Some("3F42850965BE596EFCCB0EA81795CA04EB477561")),
            ("ssl_f_sha1", Some("3F42850965BE596EFCCB0EA81795CA04EB477561")),
            ("ssl_f_der,sha1", Some("3F42850965BE596EFCCB0EA81795CA04EB477561")),
            ("ssl_f_s_dn(OU,2)", Some("two")),
            ("ssl_f_notafter", Some("290818142604Z")),
            ("ssl_f_key_alg", Some("rsaEncryption")),
            ("ssl_s_s_dn", None),
        ],
    );
    let resumed = TlsFacts { resumed: true, certificate_error: 0, ..facts() };
    bench(Some(resumed), None).check(
        HTTP,
        &[
            ("ssl_c_used", Some("1")),
            ("ssl_fc_has_crt", Some("0")),
            ("ssl_c_verify", Some("21")),
            ("ssl_c_err", Some("0")),
            ("ssl_c_chain_der", None),
            ("ssl_c_r_dn", None),
            ("ssl_c_s_dn(O)", Some("Cli")),
        ],
    );
    let trusted = TlsFacts { peer_root: Some(root()), ..facts() };
    bench(Some(trusted), None).check(HTTP, &[("ssl_c_r_dn", Some("/CN=ed")), ("ssl_c_r_dn(CN)", Some("ed"))]);
    let anonymous = TlsFacts { peer_chain: Arc::default(), peer_root: None, ..facts() };
    bench(Some(anonymous), None).check(
        HTTP,
        &[
            ("ssl_c_used", Some("0")),
            ("ssl_fc_has_crt", Some("0")),
            ("ssl_c_s_dn", None),
            ("ssl_c_san", None),
            ("ssl_c_r_dn", None),
        ],
    );
}

#[test]
fn servers() {
    let facts = TlsFacts {
        peer_chain: [server()].into(),
        version: Some(TlsVersion::Tls12),
        cipher_suite: Some(0xc02f),
        ..facts()
    };
    let master = vec![("CLIENT_RANDOM".to_owned(), vec![1, 2])];
    let bench = bench(None, Some(TlsFacts { secrets: master, ..facts }));
    bench.check(
        RESPONSE,
        &[
            ("ssl_bc", Some("1")),
            ("ssl_bc_protocol", Some("TLSv1.2")),
            ("ssl_bc_cipher", Some("ECDHE-RSA-AES128-GCM-SHA256")),
            ("ssl_bc_use_keysize", Some("128")),
            ("ssl_bc_sni", Some("a.example")),
            ("ssl_bc_session_key", Some("0102")),
            ("ssl_s_s_dn(CN)", Some("localhost")),
            ("ssl_s_chain_der,sha1", Some("3F42850965BE596EFCCB0EA81795CA04EB477561")),
            ("ssl_s_serial", Some("8123456789ABCDEF00")),
        ],
    );
    // There is no server yet.
    bench.check(HTTP, &[("ssl_bc", None), ("ssl_s_s_dn(CN)", Some("localhost"))]);
}

#[test]
fn handshakes_that_fail() {
    let early = TlsFacts {
        fault: Some(Fault::of(&rustls::Error::NoCertificatesPresented, b"")),
        chain_error: Some((10, 1)),
        ..TlsFacts::default()
    };
    let mut bench = bench(Some(early), None);
    bench.txn.client_error = Some(burdock_txn::ConnectionError::TlsHandshake);
    bench.check(
        Phase::Log,
        &[
            ("fc_err", Some("34")),
            ("fc_err_name", Some("SSL_HANDSHAKE")),
            ("fc_err_str", Some("SSL handshake failure")),
            ("ssl_fc_err,hex", Some("000000000A0000C7")),
            ("ssl_fc_err_str", Some("error:0A0000C7:SSL routines::peer did not return a certificate")),
            ("ssl_c_ca_err", Some("10")),
            ("ssl_c_ca_err_depth", Some("1")),
            ("ssl_c_verify", None),
            ("ssl_fc_protocol", Some("TLSv1.3")),
            ("ssl_fc_cipher", Some("(NONE)")),
        ],
    );
}

#[test]
fn refused() {
    check_refused(&[
        ("ssl_fc_npn", "'ssl_fc_alpn' and 'ssl_bc_alpn' show what was agreed upon"),
        ("ssl_bc_unique_id", "TLS 1.3 has none (RFC 8446 appendix C.5)"),
        ("ssl_c_s_dn(CN,1,ldap)", "'ldap' is not possible here"),
    ]);
}
