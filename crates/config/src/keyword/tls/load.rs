//! What a certificate is made of: the parameters of `load` lines, most of which lines of a `crt-list` and `ssl-f-use` have too
//! (configuration manual 12.7.1).

use burdock_syntax::Parsed;

use super::file;
use crate::args::Args;
use crate::draft::CertificateLine;
use crate::keyword::{Keyword, unsupported};

pub(crate) const OPTIONS: &[Keyword<CertificateLine>] = &[
    Keyword::new("crt", "<file>", "the certificate, and what else is in its file", "12.7.1", |line, args| {
        line.certificate = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("key", "<file>", "its private key", "12.7.1", |line, args| {
        line.key = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("ocsp", "<file>", "the response on its state to be handed out", "12.7.1", |line, args| {
        line.ocsp = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("issuer", "<file>", "the certificate of its issuer", "12.7.1", |line, args| {
        line.issuer = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("sctl", "<file>", "its list of Certificate Transparency", "12.7.1", |line, args| {
        line.sctl = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("ocsp-update", "on|off", "whether the response is fetched anew in time", "12.7.1", |line, args| {
        line.ocsp_update = Some(args.choice("'on' or 'off'", &[("on", true), ("off", false)])?);
        Ok(())
    }),
    Keyword::new("alias", "<name>", "the name that lines know it by", "12.7.1", |line, args| {
        line.alias = Some(args.text("a name")?);
        Ok(())
    }),
    Keyword::new("acme", "<section>", "the section that renews it", "12.7.1", |line, args| {
        line.acme.section = Some(args.text("the name of an 'acme' section")?);
        Ok(())
    }),
    Keyword::new("domains", "<name>[,<name>]*", "the names that an authority issues it for", "12.7.1", |line, args| {
        line.acme.domains = Some(args.text("a list of names")?);
        Ok(())
    }),
    Keyword::new(
        "ips",
        "<address>[,<address>]*",
        "the addresses that an authority issues it for",
        "12.7.1",
        |line, args| {
            line.acme.addresses = Some(args.text("a list of addresses")?);
            Ok(())
        },
    ),
    Keyword::new("jwt", "on|off", "whether it is for tokens too", "12.7.1", |line, args| {
        line.for_tokens = Some(args.choice("'on' or 'off'", &[("on", true), ("off", false)])?);
        Ok(())
    }),
    Keyword::new("generate-dummy", "on|off", "whether one is made up", "12.7.1", |_, args| only_off(args)),
];

/// Those that lines of a `crt-list` and `ssl-f-use` have too. The first is for `ssl-f-use` alone: a list's line begins with it.
pub(crate) const LINE_OPTIONS: &[&str] =
    &["crt", "key", "ocsp", "issuer", "sctl", "ocsp-update", "alias", "acme", "domains", "ips"];

/// What HAProxy has and is not there yet; saying no to it is possible.
fn only_off(args: &mut Args<'_>) -> Parsed<()> {
    let wanted = args.choice("'on' or 'off'", &[("on", true), ("off", false)])?;
    match wanted.value {
        true => Err(unsupported(&format!("'{} on' is", args.name), wanted.span)),
        false => Ok(()),
    }
}
