//! Reads files line by line into a draft: finds out which section a line belongs to, opens sections, and lets the section's keywords read
//! the line.

mod names;
mod open;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burdock_model::log::{HTTP_CLF_FORMAT, HTTP_FORMAT, HTTPS_FORMAT, TCP_CLF_FORMAT, TCP_FORMAT};
use burdock_syntax::{Diagnostic, Diagnostics, Environment, Line, Parsed, Reader, SourceFile, Word};

use crate::args::{Args, Context};
use crate::draft::{DefaultPath, Draft, EnvironmentChange, ProxyDraft, SetExt};
use crate::keyword::{self, Sections, nearest, unsupported, with_suggestion};
use crate::load::LoadOptions;
use crate::section::names::{SECTIONS, SectionKind};

/// A configuration being read.
pub(crate) struct SectionReader<'a> {
    options: &'a LoadOptions<'a>,
    environment: Environment,
    draft: Draft,
    current: Current,
}

/// The section that a line belongs to.
#[derive(Clone, Copy)]
enum Current {
    /// None has begun yet.
    Outside,
    /// The global section.
    Global,
    /// The last of the `defaults` sections.
    Defaults,
    /// The last of the proxies.
    Proxy,
    /// The last of the `ring` sections.
    Ring,
    /// The last of the `log-forward` sections.
    LogForward,
    /// The last of the `http-errors` sections.
    HttpErrors,
    /// The last of the `userlist` sections.
    Userlist,
    /// The last of the `log-profile` sections.
    LogProfile,
    /// The last of the `crt-store` sections.
    CrtStore,
    /// The last of the `acme` sections.
    Acme,
    /// The last of the `healthcheck` sections.
    Healthcheck,
    /// The last of the `resolvers` sections.
    Resolvers,
    /// The last of the `fcgi-app` sections.
    FcgiApp,
    /// One that is unknown, not supported or at fault in its first line: its lines would only give more of the same.
    Skipped,
}

impl<'a> SectionReader<'a> {
    /// Nothing read yet.
    pub fn new(options: &'a LoadOptions<'a>) -> Self {
        let mut environment = options.environment.clone();
        let local_peer = options.command_line.local_peer.clone().unwrap_or_else(|| options.host.name());
        environment.set(LOCAL_PEER, local_peer);
        for (name, format) in FORMATS {
            environment.set(name, format);
        }
        Self { options, environment, draft: Draft::default(), current: Current::Outside }
    }

    /// Reads a file to its end. Sections do not go on from one file to the next.
    pub fn read(&mut self, file: &Arc<SourceFile>, findings: &mut Diagnostics) {
        self.current = Current::Outside;
        let mut reader = Reader::new(Arc::clone(file), self.options.facts);
        while let Some(line) = reader.next_line(&self.environment, findings) {
            if let Some(name) = self.line(&line, file, findings) {
                reader.enter_section(name);
            }
            self.change_environment();
        }
    }

    /// What came of it, and the environment at the end.
    pub fn finish(self) -> (Draft, Environment) {
        (self.draft, self.environment)
    }

    /// Reads a line. Gives the name of the section that it opens.
    fn line(&mut self, line: &Line, file: &SourceFile, findings: &mut Diagnostics) -> Option<Vec<u8>> {
        let first = line.words.first()?;
        if let Some(opens) = SECTIONS.iter().find(|section| *first == *section.name) {
            self.current = Current::Skipped;
            let name = match opens.kind {
                SectionKind::Global => self.open_global(line, file, findings),
                SectionKind::Proxy(kind) => self.open_proxy(kind, line, file, findings),
                SectionKind::Ring => self.open_ring(line, file, findings),
                SectionKind::LogForward => self.open_log_forward(line, file, findings),
                SectionKind::HttpErrors => self.open_http_errors(line, file, findings),
                SectionKind::Userlist => self.open_userlist(line, file, findings),
                SectionKind::LogProfile => self.open_log_profile(line, file, findings),
                SectionKind::CrtStore => self.open_crt_store(line, file, findings),
                SectionKind::Acme => self.open_acme(line, file, findings),
                SectionKind::Healthcheck => self.open_healthcheck(line, file, findings),
                SectionKind::Resolvers => self.open_resolvers(line, file, findings),
                SectionKind::FcgiApp => self.open_fcgi_app(line, file, findings),
                SectionKind::NotYet => {
                    findings.push(unsupported(&format!("the section '{first}' is"), first.span()));
                    None
                }
                SectionKind::Removed(reason) => {
                    findings.push(
                        Diagnostic::error(format!("the section '{first}' is not known to HAProxy any more"))
                            .code("removed")
                            .at(first.span(), "from an older version")
                            .help(reason),
                    );
                    None
                }
            };
            return Some(name.unwrap_or_else(|| first.as_bytes().to_vec()));
        }
        let section = match self.current {
            Current::Skipped => return None,
            Current::Outside => Sections::NONE,
            Current::Global => Sections::GLOBAL,
            Current::Ring => Sections::RING,
            Current::LogForward => Sections::LOG_FORWARD,
            Current::HttpErrors => Sections::HTTP_ERRORS,
            Current::Userlist => Sections::USERLIST,
            Current::LogProfile => Sections::LOG_PROFILE,
            Current::CrtStore => Sections::CRT_STORE,
            Current::Acme => Sections::ACME,
            Current::Healthcheck => Sections::HEALTHCHECK,
            Current::Resolvers => Sections::RESOLVERS,
            Current::FcgiApp => Sections::FCGI_APP,
            Current::Defaults | Current::Proxy => self.last().map_or(Sections::NONE, |proxy| Sections::of(proxy.kind)),
        };
        if self.is_misspelled_section(first, section) {
            findings.push(unknown_section(first));
            self.current = Current::Skipped;
            return None;
        }
        let base = self.base_directory(file);
        let context = Context {
            environment: &self.environment,
            host: self.options.host,
            base_directory: base.as_deref(),
            section,
        };
        match self.current {
            Current::Global => {
                keyword::run_line(&keyword::GLOBAL, &mut self.draft.global, &line.words, &context, findings)
            }
            Current::Defaults => {
                if let Some(proxy) = self.draft.defaults.last_mut() {
                    keyword::run_line(&keyword::PROXY, proxy, &line.words, &context, findings);
                }
            }
            Current::Proxy => {
                if let Some(proxy) = self.draft.proxies.last_mut() {
                    keyword::run_line(&keyword::PROXY, proxy, &line.words, &context, findings);
                }
            }
            Current::Ring => {
                if let Some(ring) = self.draft.rings.last_mut() {
                    keyword::run_line(&keyword::RING, ring, &line.words, &context, findings);
                }
            }
            Current::LogForward => {
                if let Some(forward) = self.draft.log_forwards.last_mut() {
                    keyword::run_line(&keyword::LOG_FORWARD, forward, &line.words, &context, findings);
                }
            }
            Current::HttpErrors => {
                if let Some(section) = self.draft.error_sections.last_mut() {
                    keyword::run_line(&keyword::HTTP_ERRORS, section, &line.words, &context, findings);
                }
            }
            Current::Userlist => {
                if let Some(list) = self.draft.userlists.last_mut() {
                    keyword::run_line(&keyword::USERLIST, list, &line.words, &context, findings);
                }
            }
            Current::LogProfile => {
                if let Some(profile) = self.draft.log_profiles.last_mut() {
                    keyword::run_line(&keyword::LOG_PROFILE, profile, &line.words, &context, findings);
                }
            }
            Current::Acme => {
                if let Some(section) = self.draft.acme_sections.last_mut() {
                    keyword::run_line(&keyword::ACME, section, &line.words, &context, findings);
                }
            }
            Current::Healthcheck => {
                if let Some(section) = self.draft.healthchecks.last_mut() {
                    keyword::run_line(&keyword::HEALTHCHECK, section, &line.words, &context, findings);
                }
            }
            Current::Resolvers => {
                if let Some(section) = self.draft.resolvers.last_mut() {
                    keyword::run_line(&keyword::RESOLVERS, section, &line.words, &context, findings);
                }
            }
            Current::FcgiApp => {
                if let Some(app) = self.draft.fcgi_apps.last_mut() {
                    keyword::run_line(&keyword::FCGI_APP, app, &line.words, &context, findings);
                }
            }
            Current::CrtStore => {
                if let Some(store) = self.draft.crt_stores.last_mut() {
                    keyword::run_line(&keyword::CRT_STORE, store, &line.words, &context, findings);
                }
            }
            Current::Outside | Current::Skipped => {}
        }
        None
    }

    fn last(&self) -> Option<&ProxyDraft> {
        match self.current {
            Current::Defaults => self.draft.defaults.last(),
            _ => self.draft.proxies.last(),
        }
    }

    /// Whether a line was meant to open a section: outside of all it can be nothing else, inside it is near the name of one and near no
    /// keyword.
    fn is_misspelled_section(&self, first: &Word, section: Sections) -> bool {
        let name = first.display();
        match self.current {
            Current::Outside => true,
            Current::Global => !keyword::GLOBAL.knows(&name, section) && is_near_section(&name),
            Current::Ring => !keyword::RING.knows(&name, section) && is_near_section(&name),
            Current::CrtStore => !keyword::CRT_STORE.knows(&name, section) && is_near_section(&name),
            Current::LogProfile => !keyword::LOG_PROFILE.knows(&name, section) && is_near_section(&name),
            Current::Acme => !keyword::ACME.knows(&name, section) && is_near_section(&name),
            Current::Healthcheck => !keyword::HEALTHCHECK.knows(&name, section) && is_near_section(&name),
            Current::Resolvers => !keyword::RESOLVERS.knows(&name, section) && is_near_section(&name),
            Current::FcgiApp => !keyword::FCGI_APP.knows(&name, section) && is_near_section(&name),
            Current::LogForward => !keyword::LOG_FORWARD.knows(&name, section) && is_near_section(&name),
            Current::HttpErrors => !keyword::HTTP_ERRORS.knows(&name, section) && is_near_section(&name),
            Current::Userlist => !keyword::USERLIST.knows(&name, section) && is_near_section(&name),
            _ => !keyword::PROXY.knows(&name, section) && is_near_section(&name),
        }
    }

    fn with_args<T>(
        &self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
        read: impl FnOnce(&mut Args<'_>) -> Parsed<T>,
    ) -> Parsed<T> {
        let Some((first, arguments)) = line.words.split_first() else {
            return Err(Diagnostic::error("the line is empty"));
        };
        let base = self.base_directory(file);
        let context = Context {
            environment: &self.environment,
            host: self.options.host,
            base_directory: base.as_deref(),
            section: Sections::NONE,
        };
        let mut args = Args::new(first.display().into_owned(), first.span(), arguments, &context, findings);
        read(&mut args)
    }

    /// Where relative file names start from in this file (`default-path`).
    fn base_directory(&self, file: &SourceFile) -> Option<PathBuf> {
        let of_file = || Path::new(file.name()).parent().map(Path::to_owned).unwrap_or_default();
        match self.draft.global.default_path.get()? {
            DefaultPath::Current => None,
            DefaultPath::Config => Some(of_file()),
            DefaultPath::Parent => Some(of_file().join("..")),
            DefaultPath::Origin(directory) => Some(directory.clone()),
        }
    }

    /// Carries out what `setenv` and its kin asked for: the next line sees it.
    fn change_environment(&mut self) {
        for change in std::mem::take(&mut self.draft.global.environment_changes) {
            match change {
                EnvironmentChange::Set(name, value) => self.environment.set(name, value),
                EnvironmentChange::SetIfAbsent(name, value) => self.environment.set_if_absent(name, value),
                EnvironmentChange::Unset(name) => self.environment.unset(name),
                EnvironmentChange::ResetBut(kept) => {
                    let kept: Vec<&[u8]> = kept.iter().map(Vec::as_slice).collect();
                    self.environment.reset_but(&kept);
                }
                EnvironmentChange::LocalPeer(name) if self.options.command_line.local_peer.is_none() => {
                    self.environment.set(LOCAL_PEER, name);
                }
                EnvironmentChange::LocalPeer(_) => {}
            }
        }
    }
}

/// The variable that tells the local peer's name (configuration manual 2.3).
const LOCAL_PEER: &str = "HAPROXY_LOCALPEER";

/// The variables that hold log formats (configuration manual 2.3).
const FORMATS: [(&str, &str); 5] = [
    ("HAPROXY_HTTP_LOG_FMT", HTTP_FORMAT),
    ("HAPROXY_HTTP_CLF_LOG_FMT", HTTP_CLF_FORMAT),
    ("HAPROXY_HTTPS_LOG_FMT", HTTPS_FORMAT),
    ("HAPROXY_TCP_LOG_FMT", TCP_FORMAT),
    ("HAPROXY_TCP_CLF_LOG_FMT", TCP_CLF_FORMAT),
];

fn is_near_section(name: &str) -> bool {
    nearest(name, SECTIONS.iter().map(|section| section.name)).is_some()
}

fn unknown_section(word: &Word) -> Diagnostic {
    if keyword::GLOBAL.knows(&word.display(), Sections::GLOBAL)
        || keyword::PROXY.knows(&word.display(), Sections::PROXY)
    {
        return Diagnostic::error(format!("'{word}' stands outside of any section"))
            .code("outside-section")
            .at(word.span(), "no section has begun")
            .note("settings of the process belong in 'global', those of proxies in 'defaults', 'frontend', 'listen' or 'backend'");
    }
    let fault =
        Diagnostic::error(format!("unknown section '{word}'")).code("unknown-section").at(word.span(), "not known");
    with_suggestion(fault, word, SECTIONS.iter().map(|section| section.name))
}
