//! The tables of keywords agree with each other and with the list of HAProxy's names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_config::catalogue::{Place, entries};
use burdock_config::ignored::{self, IGNORED};
use burdock_config::removed::REMOVED;
use support::load;

#[test]
fn every_supported_keyword_is_one_of_haproxys() {
    // Sections have the first, but the list of keywords counts it elsewhere; the others are kept for old files.
    let extra = ["option accept-unsafe-violations-in-http-request"];
    let old = |name: &str| name == "block" || name.starts_with("req") || name.starts_with("rsp");
    for entry in entries() {
        let classes: &[&str] = match entry.place {
            Place::Global => &["kw_section_global"],
            Place::Proxy => &["proxy_keyword", "proxy_option", "timeout_kind", "doc_proxy_matrix"],
            Place::Ring => &["kw_section_ring"],
            Place::LogForward => &["kw_section_log-forward"],
            Place::LogProfile => &["kw_section_log-profile"],
            Place::Acme => &["kw_section_acme"],
            Place::Healthcheck => &["kw_section_healthcheck"],
            Place::Resolvers => &["kw_section_resolvers"],
            Place::FcgiApp => &["kw_section_fcgi-app"],
            Place::CrtStore => &["kw_section_crt-store"],
            Place::Load => &["crt_load_option"],
            Place::Bind => &["bind_option"],
            Place::Server => &["server_option"],
        };
        let (head, _) = entry.name.split_once(' ').unwrap_or((entry.name, ""));
        let known = burdock_config::known::all()
            .any(|known| classes.contains(&known.class) && (known.name == entry.name || known.name == head));
        assert!(known || extra.contains(&entry.name) || old(entry.name), "{}", entry.name);
        assert!(!entry.summary.is_empty() && !entry.manual.is_empty(), "{}", entry.name);
    }
}

#[test]
fn no_keyword_is_both_supported_and_without_meaning() {
    for ignored in IGNORED {
        let place = match ignored.place {
            ignored::Place::Line(sections) if sections == burdock_config::Sections::GLOBAL => Place::Global,
            ignored::Place::Line(_) => Place::Proxy,
            ignored::Place::Bind => Place::Bind,
            ignored::Place::Server => Place::Server,
            ignored::Place::Load => Place::Load,
            // Actions are another table: what has no meaning here is read there all the same.
            ignored::Place::Action => continue,
        };
        let supported = entries().find(|entry| entry.place == place && entry.name == ignored.name);
        assert!(supported.is_none(), "{}", ignored.name);
        let start = ignored.name.trim_end_matches('*');
        assert!(
            burdock_config::known::all().any(|known| known.name.starts_with(start)),
            "{} was never HAProxy's",
            ignored.name
        );
    }
}

#[test]
fn every_removed_keyword_is_explained() {
    for removed in REMOVED {
        let section = match removed.sections {
            burdock_config::Sections::GLOBAL => "global",
            burdock_config::Sections::RESOLVERS => "resolvers r\n nameserver n 127.0.0.1:53",
            _ => "listen l\n bind :80",
        };
        let loaded = load(&format!("{section}\n {} 5s\n", removed.name));
        let explained = loaded.diagnostics.iter().find(|found| found.stable_code() == Some("removed"));
        let explained = explained.unwrap_or_else(|| panic!("{}", removed.name));
        assert!(!explained.helps().is_empty(), "{}: today's line is told", removed.name);
    }
}
