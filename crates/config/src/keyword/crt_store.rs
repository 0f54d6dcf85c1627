//! Keywords of `crt-store` sections (configuration manual 12.7).

use std::path::PathBuf;

use burdock_syntax::{Diagnostic, Parsed};

use super::{Keyword, Sections, tls};
use crate::args::Args;
use crate::draft::{CertificateLine, CrtStoreDraft, Set};
use crate::ignored::Place;
use crate::keyword::options::OptionTable;
use crate::known::Class;

pub(super) const KEYWORDS: &[Keyword<CrtStoreDraft>] = &[
    Keyword::new(
        "crt-base",
        "<directory>",
        "where relative names of certificates start from",
        "12.7",
        |store: &mut CrtStoreDraft, args| {
            let has_lines = !store.lines.is_empty();
            base(&mut store.certificate_base, has_lines, args)
        },
    )
    .within(Sections::CRT_STORE),
    Keyword::new(
        "key-base",
        "<directory>",
        "where relative names of private keys start from",
        "12.7",
        |store: &mut CrtStoreDraft, args| {
            let has_lines = !store.lines.is_empty();
            base(&mut store.key_base, has_lines, args)
        },
    )
    .within(Sections::CRT_STORE),
    Keyword::new("load", "crt <file> [<option>…]", "a certificate", "12.7", load).within(Sections::CRT_STORE),
];

/// The parameters of `load` lines.
pub(crate) const LOAD: OptionTable<CertificateLine> =
    OptionTable { families: &[tls::LOAD_OPTIONS], known: Class::Load, place: Place::Load, configuration_only: &[] };

fn load(store: &mut CrtStoreDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let mut line = CertificateLine::new(span);
    LOAD.run(&mut line, args);
    if line.certificate.is_none() {
        return Err(Diagnostic::error("'load' needs 'crt' and the name of a file")
            .code("missing-argument")
            .at(span, "no 'crt' here"));
    }
    let name = store.name_of(&line);
    if let Some(other) = store.lines.iter().find(|other| store.name_of(other) == name) {
        return Err(Diagnostic::error(format!("the certificate '{}' is loaded twice", name.unwrap_or_default()))
            .code("duplicate-name")
            .at(span, "the second time")
            .also(other.span, "the first time"));
    }
    store.lines.push(line);
    Ok(())
}

fn base(setting: &mut Set<PathBuf>, has_lines: bool, args: &mut Args<'_>) -> Parsed<()> {
    let path = args.path("a directory")?;
    args.lenient_end();
    if has_lines {
        return Err(Diagnostic::error(format!("'{}' comes after a 'load' line", args.name))
            .code("misplaced")
            .at(args.name_span, "it belongs at the beginning of the section"));
    }
    *setting = Some(path);
    Ok(())
}
