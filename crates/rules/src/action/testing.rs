//! What the tests of actions share: a rule line is carried out on a message, and what has become of it is shown.

use burdock_base::Instant;
use burdock_http::Headers;
use burdock_sample::{Names, ProxyNames, Scope, Scratch};
use burdock_state::Directory;
use burdock_syntax::Diagnostics;
use burdock_txn::Txn;

use super::Scene;
use crate::acl::AclTable;
use crate::flow::Flow;
use crate::set::{Cursor, Rule, RulePlace, RuleSet, RuleSetKind};
use crate::testing::{lines, request};

/// Rules as they stand in a `listen` section, each with the words that say which kind it is.
pub struct Rules {
    names: Names,
    sets: Vec<(RuleSetKind, RuleSet)>,
}

impl Rules {
    /// Parses lines; the first fault is given back.
    pub fn parse(text: &str) -> Result<Self, String> {
        let proxy = ProxyNames { name: "web".into(), frontend: true, backend: true, ..ProxyNames::default() };
        Self::parse_in(text, proxy)
    }

    /// The same in another section.
    pub fn parse_in(text: &str, proxy: ProxyNames) -> Result<Self, String> {
        Self::parse_among(text, Names::new(vec![proxy], None))
    }

    /// The same in a `listen` section, with more that can be named.
    pub fn parse_with(text: &str, mut names: Names) -> Result<Self, String> {
        let proxy = ProxyNames { name: "web".into(), frontend: true, backend: true, ..ProxyNames::default() };
        names.proxies = vec![proxy];
        Self::parse_among(text, names)
    }

    fn parse_among(text: &str, names: Names) -> Result<Self, String> {
        let client_side = names.proxies[0].frontend;
        let mut sets: Vec<(RuleSetKind, RuleSet)> = Vec::new();
        for words in lines(text) {
            let words_of = |kind: RuleSetKind| kind.keyword().split(' ').count();
            let begins = |kind: &RuleSetKind| kind.keyword().split(' ').zip(&words).all(|(part, word)| *word == *part);
            let kind = RuleSetKind::ALL.into_iter().find(begins).unwrap();
            let mut findings = Diagnostics::new();
            let scope = Scope::within(&names, burdock_base::ProxyId(0));
            let acls = AclTable::parse(std::iter::empty(), scope, &mut findings);
            let phase = kind.phase(client_side);
            let rule =
                Rule::parse(kind, &words[words_of(kind)..], RulePlace::default(), acls.before(0), phase, &mut findings);
            let rule = rule.ok_or_else(|| findings.iter().next().unwrap().message().to_owned())?;
            match sets.last_mut().filter(|(last, _)| *last == kind) {
                Some((_, set)) => set.rules.push(rule),
                None => sets.push((kind, RuleSet { rules: vec![rule] })),
            }
        }
        Ok(Self { names, sets })
    }

    /// Carries them out until they ask for something.
    pub fn run(&self, txn: &mut Txn, world: &Directory) -> Flow {
        let mut scratch = Scratch::new();
        for (kind, set) in &self.sets {
            scratch.clear();
            let phase = kind.phase(self.names.proxies[0].frontend);
            let mut scene = Scene { txn, world, now: Instant::START, phase, scratch: &scratch };
            match set.run(&mut Cursor::default(), &mut scene) {
                Flow::Accept => {}
                other => return other,
            }
        }
        Flow::Accept
    }
}

/// Carries each `http-request` rule out on a request with that target and those header lines. Expected are the header lines that there are
/// then, bars between them; in front of them the method or the target where they have changed; or `failed`.
pub fn check(target: &str, headers: &str, cases: &[(&str, &str)]) {
    for (rule, expected) in cases {
        let rules = Rules::parse(&format!("http-request {rule}")).unwrap_or_else(|fault| panic!("{rule}: {fault}"));
        let mut txn = request(format!("GET {target}\n{headers}").trim_end());
        let shown = match rules.run(&mut txn, &Directory::empty()) {
            Flow::Accept => {
                let method = txn.request.method_bytes();
                let target_now = txn.request.target();
                let mut shown = String::new();
                for (part, before) in [(method, "GET"), (target_now, target)] {
                    if part != before.as_bytes() {
                        shown += &format!("{} ", part.escape_ascii());
                    }
                }
                shown + &shown_headers(&txn.request.headers)
            }
            Flow::Failed => "failed".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(shown.trim_end(), *expected, "{rule}");
    }
}

/// The same for `http-response` rules and a response with those header lines.
pub fn check_response(headers: &str, cases: &[(&str, &str)]) {
    for (rule, expected) in cases {
        let rules = Rules::parse(&format!("http-response {rule}")).unwrap_or_else(|fault| panic!("{rule}: {fault}"));
        let mut txn = request("GET /");
        txn.response.set_status(200);
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            txn.response.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let flow = rules.run(&mut txn, &Directory::empty());
        assert!(matches!(flow, Flow::Accept), "{rule}: {flow:?}");
        assert_eq!(shown_headers(&txn.response.headers), *expected, "{rule}");
    }
}

/// Checks the messages of rules that are refused.
pub fn faults(kind: &str, cases: &[(&str, &str)]) {
    for (rule, expected) in cases {
        let fault = Rules::parse(&format!("{kind} {rule}")).err().unwrap_or_else(|| panic!("{rule} was taken"));
        assert!(fault.starts_with(expected), "{rule}: {fault}");
    }
}

fn shown_headers(headers: &Headers) -> String {
    let shown: Vec<_> = headers
        .iter()
        .map(|header| format!("{}: {}", String::from_utf8_lossy(header.name), String::from_utf8_lossy(header.value)))
        .collect();
    shown.join("|")
}
