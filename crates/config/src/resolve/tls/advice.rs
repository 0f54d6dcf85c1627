//! What `burdock check` says of certificates: those that end soon or have ended, and those that come without their issuers.

use std::time::UNIX_EPOCH;

use burdock_syntax::Diagnostic;

use crate::resolve::Resolver;

impl Resolver<'_> {
    /// Looks at all certificates that lines name.
    pub(in crate::resolve) fn advise_on_certificates(&mut self) {
        let now_s = self.options.host.now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64);
        for certificate in self.tls.store.certificates() {
            // What stands in for a certificate that is yet to be issued has no file, and ends soon by intent.
            let known = self.tls.known.get(&certificate.name);
            if known.is_some_and(|source| !self.options.host.is_file(&source.file())) {
                continue;
            }
            let Some(place) = self.tls.named.get(&certificate.name) else { continue };
            if self.acme.stands_in(&certificate.name) {
                continue;
            }
            for advice in certificate.content.iter().flat_map(|content| content.advice(now_s)) {
                self.findings.push(Diagnostic::advice(advice.to_string()).code("certificate").at(*place, "this one"));
            }
        }
    }
}
