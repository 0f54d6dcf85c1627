use burdock_base::Instant;
use burdock_sample::Scratch;
use burdock_state::Directory;
use burdock_syntax::Severity;
use burdock_txn::Txn;

use burdock_sample::{Names, Scope};

use super::*;
use crate::acl::AclTable;
use crate::testing::{lines, request};

/// Reads `acl` lines and a condition, all of them without complaint.
fn condition(acls: &str, text: &str, diagnostics: &mut Diagnostics) -> Option<Condition> {
    let acls = lines(acls);
    let names = Names::default();
    let table = AclTable::parse(acls.iter().map(|words| &words[1..]), Scope::outside(&names), diagnostics);
    let words = lines(text).pop().unwrap_or_default();
    Condition::parse(&words, table.whole(), Phase::UseBackend, diagnostics)
}

fn holds(acls: &str, text: &str, txn: &Txn) -> bool {
    let mut diagnostics = Diagnostics::new();
    let condition = condition(acls, text, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{acls} {text}: {diagnostics:?}");
    let scratch = Scratch::new();
    let input =
        Input { txn, world: &Directory::empty(), now: Instant::START, phase: Phase::UseBackend, scratch: &scratch };
    condition.unwrap().holds(&input)
}

/// The messages of that severity. A condition with a fault is none.
fn findings(acls: &str, text: &str, severity: Severity) -> Vec<String> {
    let mut diagnostics = Diagnostics::new();
    let built = condition(acls, text, &mut diagnostics).is_some();
    assert!(built != diagnostics.has_errors() || !acls.is_empty(), "{text}: {diagnostics:?}");
    let found = diagnostics.iter().filter(|finding| finding.severity() == severity);
    found.map(|finding| finding.message().to_owned()).collect()
}

#[test]
fn terms_and_alternatives() {
    let txn = request("GET /b\nHost: h");
    for (text, expected) in [
        ("", true),
        ("if TRUE", true),
        ("if FALSE", false),
        ("unless TRUE", false),
        ("unless FALSE TRUE", true),
        ("if TRUE FALSE", false),
        ("if FALSE or TRUE", true),
        ("if FALSE || TRUE FALSE || TRUE TRUE", true),
        ("if !FALSE", true),
        ("if ! FALSE", true),
        ("if !!TRUE", true),
        ("if !! TRUE", true),
        ("if !{ path /b } or FALSE", false),
        ("if ! { path /a }", true),
        ("if { path /b or }", true),
        ("if", false),
        ("unless", true),
        ("if !", false),
        ("if TRUE !", true),
        ("if FALSE or", false),
        ("if or TRUE", true),
        ("if ! or TRUE", true),
    ] {
        assert_eq!(holds("", text, &txn), expected, "{text:?}");
    }
}

#[test]
fn named_acls() {
    let txn = request("GET /b\nHost: h");
    for (acls, text, expected) in [
        ("acl x path /a", "if x", false),
        ("acl x path /a\nacl x path /b", "if x", true),
        ("acl x path /a\nacl y path /b", "if x or y", true),
        ("acl TRUE path /a", "if TRUE", false),
        ("acl a.b:c-d_1 path /b", "if a.b:c-d_1", true),
    ] {
        assert_eq!(holds(acls, text, &txn), expected, "{acls} {text}");
    }
}

#[test]
fn lines_behind_the_rule_complete_an_acl_but_do_not_declare_one() {
    let acls = lines("acl x path /a\nacl x path /b\nacl y path /b");
    let mut diagnostics = Diagnostics::new();
    let names = Names::default();
    let table = AclTable::parse(acls.iter().map(|words| &words[1..]), Scope::outside(&names), &mut diagnostics);
    let txn = request("GET /b");
    let scratch = Scratch::new();
    let input = Input {
        txn: &txn,
        world: &Directory::empty(),
        now: Instant::START,
        phase: Phase::UseBackend,
        scratch: &scratch,
    };
    let words = lines("if x").remove(0);
    let condition = Condition::parse(&words, table.before(1), Phase::UseBackend, &mut diagnostics).unwrap();
    assert!(condition.holds(&input));
    let words = lines("if y").remove(0);
    assert!(Condition::parse(&words, table.before(2), Phase::UseBackend, &mut diagnostics).is_none());
    assert_eq!(diagnostics.iter().next().unwrap().message(), "no such ACL: 'y'");
}

#[test]
fn criteria() {
    let txn = request("GET /a/b/lower?x=1\nHost: www.Example.com:80\nX: a, b ,c\nX: d\nN: 12abc\nXff: 1.2.3.4\nE: ");
    for (text, expected) in [
        ("path /a/b/lower", true),
        ("path -i /A/B/LOWER", true),
        ("path -m str -i -- /A/B/LOWER", true),
        ("path lower -m str /a/b/lower", true),
        ("path_beg /x /a", true),
        ("path_end .gif lower", true),
        ("path_dir b", true),
        ("path_sub b/l", true),
        ("path_len 10", true),
        ("path_len gt 9 lt 5", true),
        ("path -m beg /a", true),
        ("path -m found", true),
        ("query x=1", true),
        ("url_dir x=1", true),
        ("hdr(host) www.example.com:80", false),
        ("hdr(host) -i www.example.com:80", true),
        ("hdr(host),lower www.example.com:80", true),
        ("hdr_dom(host) -i example", true),
        ("hdr_beg(host) -i WWW.", true),
        ("hdr(x) b", true),
        ("hdr(x,1) b", false),
        ("hdr(x) -m found", true),
        ("hdr(none) -m found", false),
        ("hdr(e) -m found", true),
        ("hdr(e) -m len 0", true),
        ("hdr_cnt(x) 4", true),
        ("hdr_cnt(x) eq 3", false),
        ("hdr(n) -m int 12", true),
        ("hdr(n) -m bool", true),
        ("hdr(xff) -m ip 1.2.3.0/24", true),
        ("hdr(host) -m ip 0.0.0.0/0", false),
        ("src 127.0.0.0/8", true),
        ("src -n 10.0.0.0/8 ::1", false),
        ("src -m str 127.0.0.1", true),
        ("src -m beg 127.", true),
        ("src -m len 9", true),
        ("src_port ge 1024", true),
        ("dst_port 1:79 81:", false),
        ("dst_port -m str 80", true),
        ("always_true", true),
        ("always_true -m int 1", true),
        ("always_true -m str 1", true),
        ("always_false -m found", true),
        ("method GET HEAD", true),
        ("method get", false),
        ("method -i get", false),
        ("method -m str GET", true),
        ("method -m beg -i g", true),
        ("int(-5) lt 0", true),
        ("str(abc) -m bin 616263", true),
        ("str(abc) -m reg ^x b$ ^A", false),
        ("str(abc) -m reg -i ^x ^A(?=b)", true),
        ("url_reg ^/a/[^/]+/lower", true),
        ("req.ver 1.1", true),
        ("req_ver 1.0", false),
        ("url /a/b/lower?x=1", true),
    ] {
        assert_eq!(holds("", &format!("if {{ {text} }}"), &txn), expected, "{text}");
    }
    let txn = request("PROPFIND /");
    for (text, expected) in [("method PROPFIND", true), ("method propfind", false), ("method -i propfind", true)] {
        assert_eq!(holds("", &format!("if {{ {text} }}"), &txn), expected, "{text}");
    }
}

#[test]
fn predefined_acls() {
    let txn = request("HEAD /\nContent-Length: 5");
    for (name, expected) in [
        ("TRUE", true),
        ("FALSE", false),
        ("HTTP", true),
        ("HTTP_1.0", false),
        ("HTTP_1.1", true),
        ("HTTP_CONTENT", true),
        ("HTTP_URL_ABS", false),
        ("HTTP_URL_SLASH", true),
        ("HTTP_URL_STAR", false),
        ("LOCALHOST", true),
        ("METH_GET", true),
        ("METH_HEAD", true),
        ("METH_POST", false),
    ] {
        assert_eq!(holds("", &format!("if {name}"), &txn), expected, "{name}");
    }
}

#[test]
fn faults_in_conditions() {
    for (text, expected) in [
        ("when TRUE", "unexpected word 'when': only 'if' or 'unless' can follow here"),
        ("if x", "no such ACL: 'x'"),
        ("if TRUE and FALSE", "no such ACL: 'and'"),
        ("if true", "no such ACL: 'true'"),
        ("if { path /a", "missing closing '}' in condition"),
        ("if { }", "a sample fetch is missing"),
        ("if { path /a } }", "no such ACL: '}'"),
        ("if {path", "no such ACL: '{path'"),
        ("if { pth /a }", "unknown sample fetch 'pth'"),
        ("if { res.comp }", "the sample fetch 'res.comp' is not supported yet"),
        ("if { path_reg (a }", "'(a' is not a valid regular expression: missing closing parenthesis at offset 2"),
        (
            "if { path -m reg a** }",
            "'a**' is not a valid regular expression: quantifier does not follow a repeatable item at offset 3",
        ),
        ("if { path -m regm ^/a }", "the matching method 'regm' is for maps only"),
        ("if { path -m foo /a }", "unknown matching method 'foo'"),
        ("if { path -m }", "'-m' lacks the name of a matching method"),
        ("if { path -m str -m beg a }", "only one matching method can be chosen with '-m'"),
        ("if { path -f missing/list }", "failed to open pattern file <missing/list>"),
        ("if { path -f }", "an ACL flag lacks the name of a file"),
        ("if { path -f virt@a -m beg /a }", "'-m' must stand in front of all patterns and files"),
        ("if { path -u 5 /a } { path -u 5 /b }", "the id is already used"),
        ("if { path -u x /a }", "the argument of '-u' must be a number"),
        (
            "if { path -M -f virt@a } { path -f virt@a }",
            "The file \"virt@a\" is already used as two column file and cannot be used by as one column file",
        ),
        ("if { path -X a }", "'-X' is not an ACL flag"),
        ("if { src 10.0.0.0/33 }", "'10.0.0.0/33' is not a valid IPv4 or IPv6 address"),
        ("if { src_port 5:1 }", "'5:1' is not a valid number range"),
        ("if { src_port a }", "'a' is not a number"),
        ("if { src -m int 4 }", "the matching method 'int' cannot be used with 'src'"),
        ("if { method -m bool }", "the matching method 'bool' cannot be used with 'method'"),
        ("if { always_true -m ip 1.2.3.4 }", "the matching method 'ip' cannot be used with 'always_true'"),
    ] {
        assert_eq!(findings("", text, Severity::Error), [expected], "{text}");
    }
    let two = findings("", "if x { pth /a }", Severity::Error);
    assert_eq!(two.len(), 2, "every fault is reported at once");
}

#[test]
fn faults_in_acl_lines_are_told_once() {
    for (acls, expected) in [
        ("acl x! path /a", "'x!' cannot be the name of an ACL"),
        ("acl or path /a", "an ACL named 'or' could never be used"),
        ("acl x", "a sample fetch is missing"),
        ("acl", "'acl' lacks a name and a test"),
        ("acl x METH_GET", "unknown sample fetch 'METH_GET'"),
    ] {
        assert_eq!(findings(acls, "if TRUE", Severity::Error), [expected], "{acls}");
    }
    assert_eq!(findings("acl x pth /a", "if x", Severity::Error), ["unknown sample fetch 'pth'"]);
}

#[test]
fn warnings_are_those_of_haproxy() {
    let overwritten = |name: &str| {
        vec![format!("original matching method '{name}' was overwritten and will not be applied as expected")]
    };
    for (text, expected) in [
        ("path_beg -m str w", overwritten("path_beg")),
        ("path_beg,lower /a", overwritten("path_beg")),
        ("method -m str GET", overwritten("method")),
        ("method,lower get", overwritten("method")),
        ("path_len -m int 4", overwritten("path_len")),
        ("hdr_beg(host) -m dom z", overwritten("hdr_beg")),
        ("path_beg -m beg w", vec![]),
        ("hdr(host) -m beg w", vec![]),
        ("hdr(host),lower w", vec![]),
        ("req_ver -m beg 1", vec![]),
        ("path", vec!["'path' is given no pattern to match against, so this ACL will never match".to_owned()]),
        ("path --", vec![]),
        ("path -i", vec![]),
        ("always_true", vec![]),
        ("path -m found", vec![]),
        (
            "status 200",
            vec!["anonymous acl will never match because it uses keyword 'status' which is incompatible with 'frontend use-backend rule'".to_owned()],
        ),
    ] {
        assert_eq!(findings("", &format!("if {{ {text} }}"), Severity::Warning), expected, "{text}");
    }
    assert_eq!(
        findings("acl a status 200", "if a", Severity::Warning),
        [
            "acl 'a' will never match because it only involves keywords that are incompatible with 'frontend use-backend rule'"
        ]
    );
    assert_eq!(
        findings("acl a status 200\nacl a path /x", "if a", Severity::Warning),
        ["acl 'a' involves keyword 'status' which is incompatible with 'frontend use-backend rule'"]
    );
}

#[test]
fn what_cannot_be_meant_is_advised_against() {
    for (text, expected) in [
        ("if", vec!["there is no condition behind 'if': it never holds"]),
        ("if TRUE or", vec!["alternative 2 is empty: it never holds"]),
        ("if TRUE !", vec!["this '!' negates nothing"]),
        ("if TRUE", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(findings("", text, Severity::Advice), expected, "{text}");
    }
}

#[test]
fn near_names_are_suggested() {
    let mut diagnostics = Diagnostics::new();
    condition("acl is_static path /a", "if is_statc or METH_GTE or { path_bge /a }", &mut diagnostics);
    let suggestions: Vec<_> = diagnostics
        .iter()
        .filter_map(|fault| fault.helps()[0].replacement.as_ref())
        .map(|(_, text)| text.as_str())
        .collect();
    assert_eq!(suggestions, ["is_static", "METH_GET", "path_beg"]);
}

#[test]
fn conditions_can_be_shared_by_threads() {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    shared::<Condition>();
}

#[test]
fn patterns_of_files_and_patterns_that_come_later() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("list"), "# beginnings\n/one\n /two\n").unwrap();
    std::fs::write(directory.path().join("map"), "/three 3\n").unwrap();
    let names = Names::new(Vec::new(), Some(directory.path().to_owned()));
    let table = AclTable::parse(std::iter::empty(), Scope::outside(&names), &mut Diagnostics::new());
    let scratch = Scratch::new();
    let conditions: Vec<_> = [
        "if { path -m beg -f list }",
        "if { path -m beg -f list -f file@list -- /own }",
        "if { path -m beg -i -f list }",
        "if { path -M -f map -f opt@missing }",
        "if { path -f virt@later }",
    ]
    .iter()
    .map(|text| {
        let mut diagnostics = Diagnostics::new();
        let condition = Condition::parse(&lines(text)[0], table.whole(), Phase::UseBackend, &mut diagnostics);
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        condition.unwrap()
    })
    .collect();
    let holding = |path: &str| -> Vec<usize> {
        let txn = request(&format!("GET {path}"));
        let world = Directory::empty();
        let input =
            Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::UseBackend, scratch: &scratch };
        (0..conditions.len()).filter(|&at| conditions[at].holds(&input)).collect()
    };
    let (references, _) = names.finish_references();
    for (path, expected) in
        [("/one", &[0, 1, 2][..]), ("/TWO/x", &[2]), ("/own", &[1]), ("/three", &[3]), ("/late", &[]), ("/", &[])]
    {
        assert_eq!(holding(path), expected, "{path}");
    }
    let kind = burdock_pattern::Kind::Acl;
    references.find(kind, "virt@later").unwrap().add(kind, None, b"/late", None).unwrap();
    assert_eq!(holding("/late"), [4]);
}

/// A predefined ACL is made once a section: it is listed once.
#[test]
fn each_test_has_its_own_patterns() {
    let names = Names::default();
    let table = AclTable::parse(std::iter::empty(), Scope::outside(&names), &mut Diagnostics::new());
    let text = "if METH_GET { path /a } { path /b } or METH_GET { req.hdr_val(x) gt 5 }";
    assert!(Condition::parse(&lines(text)[0], table.whole(), Phase::UseBackend, &mut Diagnostics::new()).is_some());
    let (references, _) = names.finish_references();
    let keywords: Vec<_> = references.listing(burdock_pattern::Kind::Acl).lines().skip(1).map(str::to_owned).collect();
    assert_eq!(
        keywords,
        [
            "0 () acl 'method' file '' line 0. curr_ver=0 next_ver=0 entry_cnt=2",
            "1 () acl 'path' file '' line 0. curr_ver=0 next_ver=0 entry_cnt=1",
            "2 () acl 'path' file '' line 0. curr_ver=0 next_ver=0 entry_cnt=1",
            "3 () acl 'req.hdr_val' file '' line 0. curr_ver=0 next_ver=0 entry_cnt=1",
        ]
    );
}

#[test]
fn acls_name_acls() {
    let acls = "acl a path /a\nacl also_a acl(a)\nacl not_a acl(!also_a)\nacl none acl(a,not_a)\nacl a path /b";
    for (path, text, expected) in [
        ("/a", "if also_a !not_a !none", true),
        ("/b", "if also_a", true),
        ("/c", "if not_a", true),
        ("/c", "if { acl(a) }", false),
        ("/c", "if { acl(!a,TRUE,not_a) }", true),
        ("/a", "if { path,when(acl,also_a) -m found }", true),
        ("/a", "if { path,when(acl,not_a) -m found }", false),
        ("/a", "if { path,when(!acl,not_a) -m found }", true),
    ] {
        let txn = request(&format!("GET {path}\nhost: h"));
        assert_eq!(holds(acls, text, &txn), expected, "{path} {text}");
    }
    for (acls, text, message) in [
        ("acl a acl(b)\nacl b always_true", "", "no such ACL: 'b'"),
        ("acl a always_true", "if { acl(!!a) }", "no such ACL: '!a'"),
        ("acl a always_true", "if { acl() }", "'acl' lacks an argument"),
        ("acl a always_false\nacl a acl(a)", "", "ACL 'a' would depend on itself"),
        ("acl a path /\nacl b acl(a)\nacl c acl(b)\nacl a acl(!c)", "", "ACL 'c' would depend on itself"),
        (
            "acl a always_true",
            "if { path,when(acl) -m found }",
            "in 'when', the condition 'acl' lacks the name of an ACL",
        ),
        ("acl a always_true", "if { path,when(acl,b) -m found }", "in 'when', no such ACL: 'b'"),
    ] {
        assert_eq!(findings(acls, text, Severity::Error), [message], "{acls} {text}");
    }
}
