//! Options of TLS that only `bind` lines have, and which of all may stand elsewhere.

use burdock_syntax::{Diagnostic, Parsed};
use burdock_tls::settings::{IgnoredErrors, Passphrase, Verify};

use super::{file, kernel_tls, verify};
use crate::args::Args;
use crate::draft::{BindOptions, CertificateWord, CertificateWordKind, Spanned};
use crate::keyword::Keyword;

pub(crate) const OPTIONS: &[Keyword<BindOptions>] = &[
    Keyword::new("ssl", "", "connections speak TLS", "5.1", |bind, args| {
        bind.tls.enabled = Some(args.name_span);
        Ok(())
    }),
    Keyword::new(
        "crt",
        "<file>|<directory>|@<store>/<name>",
        "a certificate, or a directory of them",
        "5.1",
        |bind, args| certificate(bind, args, CertificateWordKind::Certificate),
    ),
    Keyword::new(
        "default-crt",
        "<file>|@<store>/<name>",
        "a certificate, also for clients that ask for a name we do not have",
        "5.1",
        |bind, args| certificate(bind, args, CertificateWordKind::Default),
    ),
    Keyword::new("crt-list", "<file>", "a list of certificates with what holds for each", "5.1", |bind, args| {
        certificate(bind, args, CertificateWordKind::List)
    }),
    Keyword::new("no-alpn", "", "no protocol is agreed upon", "5.1", |bind, args| {
        bind.tls.policy.alpn = Some(Spanned::new(Vec::new(), args.name_span));
        Ok(())
    }),
    Keyword::new(
        "verify",
        "none|optional|required",
        "whether clients have to show a certificate",
        "5.1",
        |bind, args| {
            const CHOICES: [(&str, Verify); 3] =
                [("none", Verify::None), ("optional", Verify::Optional), ("required", Verify::Required)];
            bind.tls.policy.verify = verify(args, &CHOICES)?;
            Ok(())
        },
    ),
    Keyword::new(
        "ca-verify-file",
        "<file>",
        "who else may have signed, without being named to clients",
        "5.1",
        |bind, args| {
            bind.tls.policy.ca_verify_file = Some(file(args)?);
            Ok(())
        },
    ),
    Keyword::new("no-ca-names", "", "clients are not told whose certificates are taken", "5.1", |bind, _| {
        bind.tls.policy.no_ca_names = true;
        Ok(())
    }),
    Keyword::new(
        "ca-ignore-err",
        "all|<error>[,…]",
        "faults of issuers that are passed over",
        "5.1",
        |bind, args| {
            bind.tls.policy.ca_ignored = Some(ignored(args)?);
            Ok(())
        },
    ),
    Keyword::new(
        "crt-ignore-err",
        "all|<error>[,…]",
        "faults of clients' certificates that are passed over",
        "5.1",
        |bind, args| {
            bind.tls.policy.certificate_ignored = Some(ignored(args)?);
            Ok(())
        },
    ),
    Keyword::new("ecdhe", "<group>", "the group of the key exchange; 'curves' comes before it", "5.1", |bind, args| {
        bind.tls.policy.ecdhe = Some(args.text("a curve")?);
        Ok(())
    }),
    Keyword::new("strict-sni", "", "clients that ask for a name we do not have are refused", "5.1", |bind, args| {
        bind.tls.strict_sni = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "no-strict-sni",
        "",
        "clients that ask for a name we do not have get the first certificate",
        "5.1",
        |bind, args| {
            bind.tls.strict_sni = Some(Spanned::new(false, args.name_span));
            Ok(())
        },
    ),
    Keyword::new("tls-ticket-keys", "<file>", "the keys that tickets are made with", "5.1", |bind, args| {
        bind.tls.ticket_keys = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("prefer-client-ciphers", "", "the client's order of cipher suites counts", "5.1", |bind, args| {
        bind.tls.prefer_client_ciphers = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "generate-certificates",
        "",
        "makes a certificate for any name that is asked for",
        "5.1",
        |bind, args| {
            bind.tls.generate = Some(args.name_span);
            Ok(())
        },
    ),
    Keyword::new(
        "ca-sign-file",
        "<file>",
        "the authority that signs certificates which are made",
        "5.1",
        |bind, args| {
            bind.tls.sign_file = Some(file(args)?);
            Ok(())
        },
    ),
    Keyword::new("ca-sign-pass", "<passphrase>", "what that authority's key is encrypted with", "5.1", |bind, args| {
        bind.tls.sign_passphrase = Some(args.text("a passphrase")?.map(Passphrase::new));
        Ok(())
    }),
    Keyword::new("ktls", "on|off", "whether the kernel does the ciphering: it never does", "5.1", |_, args| {
        kernel_tls(args)
    }),
];

/// The options that a line of a `crt-list` may have (configuration manual 5.1 `crt-list`), and an `ssl-f-use` line.
pub(crate) const LIST_OPTIONS: &[&str] = &[
    "allow-0rtt",
    "alpn",
    "ca-file",
    "ca-verify-file",
    "ciphers",
    "ciphersuites",
    "client-sigalgs",
    "crl-file",
    "curves",
    "ecdhe",
    "ktls",
    "no-alpn",
    "no-ca-names",
    "npn",
    "sigalgs",
    "ssl-max-ver",
    "ssl-min-ver",
    "verify",
];

/// The options that `ssl-default-bind-options` may have.
pub(crate) const SSL_DEFAULT_OPTIONS: &[&str] = &[
    "force-sslv3",
    "force-tlsv10",
    "force-tlsv11",
    "force-tlsv12",
    "force-tlsv13",
    "no-sslv3",
    "no-strict-sni",
    "no-tls-tickets",
    "no-tlsv10",
    "no-tlsv11",
    "no-tlsv12",
    "no-tlsv13",
    "prefer-client-ciphers",
    "ssl-max-ver",
    "ssl-min-ver",
    "strict-sni",
    "tls-tickets",
];

fn certificate(bind: &mut BindOptions, args: &mut Args<'_>, kind: CertificateWordKind) -> Parsed<()> {
    let Spanned { value: name, span } = file(args)?;
    bind.tls.certificates.push(CertificateWord { kind, name, span });
    Ok(())
}

/// Errors by their numbers or by OpenSSL's names for them.
fn ignored(args: &mut Args<'_>) -> Parsed<Spanned<IgnoredErrors>> {
    let word = args.required("a list of errors")?;
    let text = word.to_str()?;
    if text == "all" {
        return Ok(Spanned::new(IgnoredErrors::All, word.span()));
    }
    let mut numbers = Vec::new();
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let number = match name.parse::<u32>() {
            Ok(number) if (1..=LAST_ERROR).contains(&number) => Some(number),
            Ok(number) => {
                return Err(Diagnostic::error(format!("there is no error {number}"))
                    .code("out-of-range")
                    .at(word.span(), format!("errors are numbered from 1 to {LAST_ERROR}")));
            }
            Err(_) => burdock_tls::verify::error_number(name),
        };
        match number {
            Some(number) => numbers.push(number),
            None => {
                return Err(Diagnostic::error(format!("'{name}' is no error of verification"))
                    .code("unknown-value")
                    .at(word.span(), "not known")
                    .note("errors have numbers, and names such as X509_V_ERR_CERT_HAS_EXPIRED; 'all' stands for all"));
            }
        }
    }
    Ok(Spanned::new(IgnoredErrors::These(numbers), word.span()))
}

/// OpenSSL's last error of verification.
const LAST_ERROR: u32 = 94;
