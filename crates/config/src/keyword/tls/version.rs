//! Versions of TLS: `ssl-min-ver`, `ssl-max-ver`, and the older words that force or forbid one.

use burdock_syntax::Parsed;
use burdock_tls::settings::TlsVersion;

use super::{SaysTls, Shared};
use crate::args::Args;
use crate::draft::Spanned;
use crate::keyword::Keyword;

impl<D: SaysTls> Shared<D> {
    /// Which versions there may be.
    pub const VERSIONS: &'static [Keyword<D>] = &[
        Keyword::new("ssl-min-ver", VERSION_NAMES, "the oldest version", D::MANUAL, |line, args| {
            line.policy().min_version = Some(version(args)?);
            Ok(())
        }),
        Keyword::new("ssl-max-ver", VERSION_NAMES, "the newest version", D::MANUAL, |line, args| {
            line.policy().max_version = Some(version(args)?);
            Ok(())
        }),
        Keyword::new("force-sslv3", "", "SSL 3.0 alone, which is off", D::MANUAL, |line, args| {
            force(line, args, TlsVersion::Ssl3)
        }),
        Keyword::new("force-tlsv10", "", "TLS 1.0 alone, which is off", D::MANUAL, |line, args| {
            force(line, args, TlsVersion::Tls10)
        }),
        Keyword::new("force-tlsv11", "", "TLS 1.1 alone, which is off", D::MANUAL, |line, args| {
            force(line, args, TlsVersion::Tls11)
        }),
        Keyword::new("force-tlsv12", "", "TLS 1.2 alone", D::MANUAL, |line, args| force(line, args, TlsVersion::Tls12)),
        Keyword::new("force-tlsv13", "", "TLS 1.3 alone", D::MANUAL, |line, args| force(line, args, TlsVersion::Tls13)),
        Keyword::new("no-sslv3", "", "no SSL 3.0, which is off anyway", D::MANUAL, |line, args| {
            forbid(line, args, TlsVersion::Ssl3)
        }),
        Keyword::new("no-tlsv10", "", "no TLS 1.0, which is off anyway", D::MANUAL, |line, args| {
            forbid(line, args, TlsVersion::Tls10)
        }),
        Keyword::new("no-tlsv11", "", "no TLS 1.1, which is off anyway", D::MANUAL, |line, args| {
            forbid(line, args, TlsVersion::Tls11)
        }),
        Keyword::new("no-tlsv12", "", "no TLS 1.2", D::MANUAL, |line, args| forbid(line, args, TlsVersion::Tls12)),
        Keyword::new("no-tlsv13", "", "no TLS 1.3", D::MANUAL, |line, args| forbid(line, args, TlsVersion::Tls13)),
    ];
}

/// How versions are written.
pub(super) const VERSION_NAMES: &str = "SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3";

fn version(args: &mut Args<'_>) -> Parsed<Spanned<TlsVersion>> {
    const VERSIONS: [(&str, TlsVersion); 5] = [
        ("SSLv3", TlsVersion::Ssl3),
        ("TLSv1.0", TlsVersion::Tls10),
        ("TLSv1.1", TlsVersion::Tls11),
        ("TLSv1.2", TlsVersion::Tls12),
        ("TLSv1.3", TlsVersion::Tls13),
    ];
    args.choice("a version of TLS", &VERSIONS)
}

fn force<D: SaysTls>(line: &mut D, args: &mut Args<'_>, version: TlsVersion) -> Parsed<()> {
    let said = Spanned::new(version, args.name_span);
    let policy = line.policy();
    (policy.min_version, policy.max_version) = (Some(said), Some(said));
    Ok(())
}

fn forbid<D: SaysTls>(line: &mut D, args: &mut Args<'_>, version: TlsVersion) -> Parsed<()> {
    line.policy().off.push(Spanned::new(version, args.name_span));
    Ok(())
}
