//! Answers of the proxy's own, and who may come in: `errorfile` and its kin, `http-errors` and `userlist` sections, what `option forwarded`
//! tells.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use burdock_auth::{Userlist, UserlistBuilder, UserlistFault};
use burdock_model::{Forwarded, ForwardedNode, ForwardedPart, Mode};
use burdock_rules::{ErrorPage, reply};
use burdock_sample::{ErrorSection, Expression, Phase, Scope};
use burdock_syntax::{Diagnostic, Word};

use super::Resolver;
use crate::draft::{Draft, ErrorLine, ForwardedLine, ProxyDraft, SetExt, UserlistDraft};

impl Resolver<'_> {
    /// `http-errors` sections by name.
    pub(super) fn error_sections(draft: &Draft) -> HashMap<String, ErrorSection> {
        let sections = draft.error_sections.iter();
        sections.map(|section| (section.name.value.clone(), section.replies.clone())).collect()
    }

    /// `userlist` sections by name.
    pub(super) fn userlists(&mut self, draft: &Draft) -> HashMap<String, Arc<Userlist>> {
        let lists = draft.userlists.iter();
        lists.map(|list| (list.name.value.clone(), Arc::new(self.userlist(list)))).collect()
    }

    fn userlist(&mut self, draft: &UserlistDraft) -> Userlist {
        let mut builder = UserlistBuilder::new();
        for line in &draft.groups {
            if !builder.add_group(line.name.as_bytes(), &line.users) {
                self.findings.push(said_before(&line.name, "group"));
            }
        }
        for line in &draft.users {
            if !builder.add_user(line.name.as_bytes(), line.password.clone(), &line.groups) {
                self.findings.push(said_before(&line.name, "user"));
            }
        }
        builder.finish().unwrap_or_else(|faults| {
            for fault in faults {
                let place = match &fault {
                    UserlistFault::UnknownGroup { user, .. } => {
                        draft.users.iter().find(|line| line.name.as_bytes() == &**user).map(|line| line.name.span())
                    }
                    UserlistFault::UnknownUser { group, .. } => {
                        draft.groups.iter().find(|line| line.name.as_bytes() == &**group).map(|line| line.name.span())
                    }
                };
                let fault = Diagnostic::error(fault.to_string()).code("unknown-name");
                self.findings.push(fault.at(place.unwrap_or(draft.span), "in this line"));
            }
            Userlist::default()
        })
    }

    /// What a section answers by itself, by status: of several lines the last counts.
    pub(super) fn error_pages(&mut self, draft: &ProxyDraft, mode: Mode, scope: Scope<'_>) -> BTreeMap<u16, ErrorPage> {
        let mut pages = BTreeMap::new();
        let phase = if draft.kind.has_backend() { Phase::BackendHttpRequest } else { Phase::FrontendHttpRequest };
        for line in draft.settings.error_lines.iter().filter(|_| mode == Mode::Http) {
            match &line.value {
                ErrorLine::Ready(status, reply) => {
                    pages.insert(*status, ErrorPage::Ready(reply.clone()));
                }
                ErrorLine::Section(name, statuses) => self.section_pages(name, statuses, scope, &mut pages),
                ErrorLine::Composed(name, words) => {
                    let page = reply::parse_http_error(name, words, phase, &scope, self.findings);
                    match self.findings.take(page) {
                        Some((status, Some(page))) => {
                            pages.insert(status, page);
                        }
                        // The page that there is anyway.
                        Some((status, None)) => {
                            pages.remove(&status);
                        }
                        None => {}
                    }
                }
            }
        }
        pages
    }

    fn section_pages(&mut self, name: &Word, statuses: &[u16], scope: Scope<'_>, pages: &mut BTreeMap<u16, ErrorPage>) {
        let sections = &scope.names.error_sections;
        let Some(section) = sections.get(&*name.display()) else {
            self.findings.push(reply::unknown_section(name, sections.keys().map(String::as_str)));
            return;
        };
        let wanted: Vec<u16> = if statuses.is_empty() { section.keys().copied().collect() } else { statuses.to_vec() };
        for status in wanted {
            match section.get(&status) {
                Some(reply) => {
                    pages.insert(status, ErrorPage::Ready(reply.clone()));
                }
                None => self.findings.push(
                    Diagnostic::warning(format!("the section 'http-errors {name}' has no answer for status {status}"))
                        .code("unknown-value")
                        .at(name.span(), "ignored for this status"),
                ),
            }
        }
    }

    /// `option forwarded`, its expressions made ready.
    pub(super) fn forwarded(&mut self, draft: &ProxyDraft, mode: Mode, scope: Scope<'_>) -> Option<Forwarded> {
        let line = draft.settings.forwarded.get()?.as_ref().filter(|_| mode == Mode::Http)?;
        Some(self.forwarded_parts(line, scope))
    }

    fn forwarded_parts(&mut self, line: &ForwardedLine, scope: Scope<'_>) -> Forwarded {
        let mut part = |written: &Option<Option<Word>>| match written.as_ref()? {
            None => Some(ForwardedPart::Own),
            Some(word) => {
                let expression = self.findings.take(Expression::parse(word, &scope))?;
                Some(ForwardedPart::Expression(Arc::new(expression)))
            }
        };
        let host = part(&line.host);
        let (by, by_port) = (part(&line.by), part(&line.by_port));
        let (client, client_port) = (part(&line.client), part(&line.client_port));
        Forwarded {
            proto: line.proto,
            host,
            by: by.map(|name| ForwardedNode { name, port: by_port }),
            client: client.map(|name| ForwardedNode { name, port: client_port }),
        }
    }
}

fn said_before(name: &Word, what: &str) -> Diagnostic {
    Diagnostic::warning(format!("the {what} '{name}' was told of before"))
        .code("said-before")
        .at(name.span(), "ignored: the first counts")
}
