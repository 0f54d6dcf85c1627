use burdock_base::Instant;
use burdock_pattern::{Kind, ReferenceTable};
use burdock_sample::{Names, Phase, Scope, Scratch};
use burdock_state::Directory;
use burdock_syntax::Diagnostics;

use super::*;
use crate::acl::AclTable;
use crate::set::{Cursor, Rule, RulePlace, RuleSet, RuleSetKind};
use crate::testing::{lines, request};

/// Rules, and the references that their conditions and formats mention.
fn rules(text: &str) -> Result<(RuleSet, ReferenceTable, usize), String> {
    let names = Names::default();
    let mut rules = RuleSet::default();
    for words in lines(text) {
        let mut findings = Diagnostics::new();
        let acls = AclTable::parse(std::iter::empty(), Scope::outside(&names), &mut findings);
        let (kind, phase) = (RuleSetKind::HttpRequest, Phase::FrontendHttpRequest);
        let rule = Rule::parse(kind, &words, RulePlace::default(), acls.whole(), phase, &mut findings);
        rules.rules.push(rule.ok_or_else(|| findings.iter().next().unwrap().message().to_owned())?);
    }
    let (references, unused) = names.finish_references();
    Ok((rules, references, unused.len()))
}

/// Carries the rules out on a request for each target; gives what stands in the reference then.
fn entries(text: &str, name: &str, targets: &[&str]) -> String {
    let (rules, references, _) = rules(text).unwrap();
    let (world, scratch) = (Directory::empty(), Scratch::new());
    for target in targets {
        let mut txn = request(&format!("GET {target}"));
        let phase = Phase::FrontendHttpRequest;
        let mut scene = Scene { txn: &mut txn, world: &world, now: Instant::START, phase, scratch: &scratch };
        let flow = rules.run(&mut Cursor::default(), &mut scene);
        assert!(matches!(flow, Flow::Accept), "{flow:?}");
    }
    let reference = references.find_any(name).unwrap_or_else(|| panic!("no {name}: {}", references.listing(Kind::Acl)));
    let shown = reference.entries(None, None, 100).into_iter().map(|entry| {
        let value = entry.value.map(|value| format!("={}", String::from_utf8_lossy(&value))).unwrap_or_default();
        String::from_utf8_lossy(&entry.key).into_owned() + &value
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn lists() {
    const SEEN: &str = "add-acl(virt@seen) %[path] unless { path -f virt@seen }";
    assert_eq!(entries(SEEN, "virt@seen", &["/a", "/b", "/a"]), "/a /b");
    let twice = "add-acl(virt@seen) %[path]\nallow if { path -f virt@seen }";
    assert_eq!(entries(twice, "virt@seen", &["/a", "/a"]), "/a");
    let gone = format!("{SEEN}\ndel-acl(virt@seen) /a if {{ path /b }}");
    assert_eq!(entries(&gone, "virt@seen", &["/a", "/b"]), "/b");
}

#[test]
fn maps() {
    let looked_at = "\nallow if { path,map(virt@m) -m found }";
    let set = format!(
        "set-map(virt@m) %[path] <%[path]> if {{ path -m beg /s }}\nset-map(virt@m) /s0 again if {{ path /t }}{looked_at}"
    );
    assert_eq!(entries(&set, "virt@m", &["/s0", "/s1", "/t"]), "/s0=again /s1=</s1>");
    let del = format!("{set}\ndel-map(virt@m) %[path] if {{ path,map(virt@m) -m found }}");
    assert_eq!(entries(&del, "virt@m", &["/s0", "/s1", "/t"]), "/s0=again /s1=</s1>");
    let numbers = "set-map(virt@n) %[path] %[path]\nset-map(virt@n) k 5\nallow if { path,map_str_int(virt@n) 5 }";
    assert_eq!(entries(numbers, "virt@n", &["/s0"]), "k=5", "what is no number changes nothing");
}

#[test]
fn what_nothing_looks_at_is_told() {
    let (_, _, unused) = rules("add-acl(nowhere) x\nadd-acl(virt@x) x\nallow if { path -f virt@x }").unwrap();
    assert_eq!(unused, 1);
}

#[test]
fn faults() {
    for (text, expected) in [
        ("add-acl %[path]", "'add-acl' lacks its parentheses"),
        ("add-acl() %[path]", "'add-acl()' lacks the name of a file in its parentheses"),
        ("add-acl(x)", "'add-acl(x)' lacks a key"),
        ("set-map(x) a", "'set-map(x)' lacks a value"),
    ] {
        assert_eq!(rules(text).err().as_deref(), Some(expected), "{text}");
    }
}
