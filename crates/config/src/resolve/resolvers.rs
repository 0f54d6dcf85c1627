//! `resolvers` sections, and the one named `default` that is made where the file has none of that name.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use burdock_model::Resolution;
use burdock_resolve::{Family, FamilyPolicy, Hold, NameServer, Section, Settings, Transport};
use burdock_syntax::Diagnostic;

use super::Resolver;
use crate::draft::{Draft, NameServers, ResolversDraft, ServerDraft, SetExt};

impl Resolver<'_> {
    /// Takes up the sections, in the order of the file; the one named `default` is the last where it is made up.
    pub(super) fn resolvers(&mut self, draft: &Draft) {
        let families = draft.global.dns_families.value().unwrap_or_default();
        let mut sections: Vec<_> =
            draft.resolvers.iter().map(|section| Arc::new(self.resolvers_section(section, families))).collect();
        if !sections.iter().any(|section| section.name == DEFAULT) {
            // Where the machine tells nothing, nothing is said of it either.
            let name_servers = self.machine_name_servers().unwrap_or_default();
            if !name_servers.is_empty() {
                sections.push(Arc::new(Section::new(
                    DEFAULT.to_owned(),
                    Settings { families, ..Settings::default() },
                    name_servers,
                )));
            }
        }
        self.sections = sections;
    }

    fn resolvers_section(&mut self, draft: &ResolversDraft, families: FamilyPolicy) -> Section {
        let mut name_servers: Vec<NameServer> = Vec::new();
        for line in &draft.name_servers {
            match line {
                NameServers::One(line) => {
                    name_servers.push(NameServer::new(line.name.value.clone(), line.address, line.transport));
                }
                NameServers::OfMachine(span) => match self.machine_name_servers() {
                    Ok(found) => {
                        let is_new = |found: &NameServer| name_servers.iter().all(|known| known.name != found.name);
                        let found: Vec<_> = found.into_iter().filter(is_new).collect();
                        name_servers.extend(found);
                    }
                    Err(error) => self.findings.push(
                        Diagnostic::warning(format!("'{RESOLV_CONF}' cannot be read: {error}"))
                            .code("unreadable-file")
                            .at(*span, "no name servers come from here"),
                    ),
                },
            }
        }
        if name_servers.is_empty() {
            self.findings.push(
                Diagnostic::warning(format!("the section 'resolvers {}' has no name servers", draft.name.value))
                    .code("no-name-servers")
                    .at(draft.span, "nobody is asked")
                    .help("give it a 'nameserver' line, or 'parse-resolv-conf'"),
            );
        }
        Section::new(draft.name.value.clone(), settings(draft, families), name_servers)
    }

    /// How the host name of a server is looked at while traffic runs; none: not at all.
    pub(super) fn resolution(&mut self, draft: &ServerDraft) -> Option<Arc<Resolution>> {
        let said = &draft.options.resolution;
        let name = said.section.as_ref()?;
        let Some(section) = self.sections.iter().find(|section| section.name == name.value) else {
            self.findings.push(
                Diagnostic::error(format!("there is no section 'resolvers {}'", name.value))
                    .code("unknown-name")
                    .at(name.span, "not there"),
            );
            return None;
        };
        Some(Arc::new(Resolution {
            section: Arc::clone(section),
            prefer: said.prefer.value().unwrap_or(Family::V6),
            networks: said.networks.get().cloned().unwrap_or_default().into(),
            allows_duplicates: said.allows_duplicates.value().unwrap_or(false),
        }))
    }

    /// Those that the machine itself asks (resolv.conf(5)).
    fn machine_name_servers(&self) -> io::Result<Vec<NameServer>> {
        let text = self.options.host.read(Path::new(RESOLV_CONF))?;
        Ok(name_servers(&String::from_utf8_lossy(&text)))
    }
}

/// The section that is there in any case.
const DEFAULT: &str = "default";
const RESOLV_CONF: &str = "/etc/resolv.conf";
const DNS_PORT: u16 = 53;

/// The `nameserver` lines of a resolv.conf. What cannot be read is passed over, as the system's own resolver does.
fn name_servers(text: &str) -> Vec<NameServer> {
    let mut found: Vec<NameServer> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        let Some(Ok(ip)) = words.next().map(str::parse::<IpAddr>) else { continue };
        let name = ip.to_string();
        if found.iter().all(|known| known.name != name) {
            found.push(NameServer::new(name, SocketAddr::new(ip, DNS_PORT), Transport::Udp));
        }
    }
    found
}

fn settings(draft: &ResolversDraft, families: FamilyPolicy) -> Settings {
    let default = Settings::default();
    let (said, hold) = (&draft.hold, default.hold);
    Settings {
        retries: draft.retries.value().unwrap_or(default.retries),
        retry_ms: draft.retry_ms.value().unwrap_or(default.retry_ms),
        resolve_ms: draft.resolve_ms.value().unwrap_or(default.resolve_ms),
        hold: Hold {
            valid_ms: said.valid_ms.value().unwrap_or(hold.valid_ms),
            obsolete_ms: said.obsolete_ms.value().unwrap_or(hold.obsolete_ms),
            no_such_name_ms: said.no_such_name_ms.value().unwrap_or(hold.no_such_name_ms),
            refused_ms: said.refused_ms.value().unwrap_or(hold.refused_ms),
            timeout_ms: said.timeout_ms.value().unwrap_or(hold.timeout_ms),
            other_ms: said.other_ms.value().unwrap_or(hold.other_ms),
        },
        payload_bytes: draft.payload_bytes.value().unwrap_or(default.payload_bytes),
        families,
    }
}

#[cfg(test)]
mod tests {
    use super::name_servers;

    #[test]
    fn name_servers_of_the_machine() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> = name_servers(text).iter().map(|server| server.address.to_string()).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("", &[]);
        check(
            "# nameserver 9.9.9.9\n; nameserver 9.9.9.9\nsearch example\nnameserver 127.0.0.53 # local\n\tnameserver\t::1\n",
            &["127.0.0.53:53", "[::1]:53"],
        );
        check(
            "nameserver\nnameserver x\nnameservers 127.0.0.1\nnameserver 127.0.0.1\nnameserver 127.0.0.1",
            &["127.0.0.1:53"],
        );
    }
}
