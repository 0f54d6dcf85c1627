//! Entries of ACLs and maps over the runtime API; the answers are those of HAProxy 3.5, but for the numbers of entries.

use std::fmt::Write as _;

use super::*;

/// A list, a map, a map used as a list, and an ACL of numbers. `D` stands for the directory of the files.
const CONFIGURATION: &str = "\
frontend f1
  bind 127.0.0.1:1
  mode http
  acl lst path -f D/acl.lst
  acl in hdr(x-a) foo bar
  acl two hdr(x-a) -M -f D/two.map
  acl num hdr_cnt(x) 5 gt 7
  http-request set-header R %[hdr(k),map(D/dup.map,none)] if METH_GET
  http-request set-header R %[hdr(k),map_beg_int(virt@n,7)] if METH_GET { path -u 2 -i /q }
  http-request set-header R %[hdr(k),map_sub_int(virt@n)]
  http-request set-header R %[hdr(k),map_beg_key(D/dup.map)]
";

struct Files(tempfile::TempDir);

impl Files {
    fn serve() -> (Self, Served) {
        let files = Self(tempfile::tempdir().unwrap());
        for (name, text) in [("acl.lst", "/x\n/y\n"), ("two.map", "k v\n"), ("dup.map", "a 1\nb 2\nb 3\nc 4\n")] {
            std::fs::write(files.0.path().join(name), text).unwrap();
        }
        let served = Served::new(&files.located(CONFIGURATION));
        (files, served)
    }

    /// `D/` becomes the directory.
    fn located(&self, text: &str) -> String {
        text.replace("D/", &format!("{}/", self.0.path().display()))
    }

    /// Asks a command after the other on connections of their own. Answers are shown without the numbers of entries.
    fn check(&self, served: &Served, cases: &[(&str, &str)]) {
        for (command, expected) in cases {
            let answer = served.ask(&(self.located(command) + "\n"));
            let shown: Vec<_> = answer.split('\n').map(without_number).collect();
            let end = if expected.is_empty() || expected.ends_with('\n') { "\n" } else { "\n\n" };
            let name = command.lines().next();
            assert_eq!(shown.join("\n"), self.located(expected) + end, "{name:?}");
        }
    }
}

fn without_number(line: &str) -> &str {
    line.strip_prefix("0x").and_then(|line| line.split_once(' ')).map_or(line, |(_, entry)| entry)
}

const UNKNOWN_ACL: &str = "Unknown ACL identifier. Please use #<id> or <file>.";
const UNKNOWN_MAP: &str = "Unknown map identifier. Please use #<id> or <file>.";

#[test]
fn listings() {
    let (files, served) = Files::serve();
    let two = "4 (D/two.map) pattern loaded from file 'D/two.map' used by map at file 'test.cfg' line 6. \
               curr_ver=0 next_ver=0 entry_cnt=1";
    let acls = format!(
        "\
# id (file) description
0 (D/acl.lst) pattern loaded from file 'D/acl.lst' used by acl at file 'test.cfg' line 4. curr_ver=0 next_ver=0 entry_cnt=2
1 () acl 'path' file 'test.cfg' line 4. curr_ver=0 next_ver=0 entry_cnt=0
2 () acl 'path' file 'test.cfg' line 9. curr_ver=0 next_ver=0 entry_cnt=1
3 () acl 'hdr' file 'test.cfg' line 5. curr_ver=0 next_ver=0 entry_cnt=2
{two}
5 () acl 'hdr' file 'test.cfg' line 6. curr_ver=0 next_ver=0 entry_cnt=0
6 () acl 'hdr_cnt' file 'test.cfg' line 7. curr_ver=0 next_ver=0 entry_cnt=2
8 () acl 'method' file 'test.cfg' line 8. curr_ver=0 next_ver=0 entry_cnt=2
"
    );
    let maps = format!(
        "\
# id (file) description
{two}
7 (D/dup.map) pattern loaded from file 'D/dup.map' used by map at file 'test.cfg' line 8, by map at file 'test.cfg' line 11. \
curr_ver=0 next_ver=0 entry_cnt=8
9 (virt@n) pattern loaded from file 'virt@n' used by map at file 'test.cfg' line 9, by map at file 'test.cfg' line 10. \
curr_ver=0 next_ver=0 entry_cnt=0
"
    );
    files.check(&served, &[("show acl", &acls), ("show map", &maps)]);
}

#[test]
fn entries_are_added_changed_and_taken_out() {
    let (files, served) = Files::serve();
    files.check(
        &served,
        &[
            ("show acl #0", "/x\n/y\n"),
            ("show acl @0 #0 more", "/x\n/y\n"),
            ("show acl @1 #0", ""),
            ("show acl @9", UNKNOWN_ACL),
            ("show acl nosuch", UNKNOWN_ACL),
            ("show map #0", UNKNOWN_MAP),
            ("show acl #6", "5\n8:\n"),
            ("get acl #0", "Missing ACL identifier and/or key."),
            ("get acl nosuch 5", UNKNOWN_ACL),
            ("get acl #0 /x", "type=str, case=sensitive, match=yes, idx=tree, pattern=\"/x\"\n"),
            ("get acl #0 /nope", "type=str, case=sensitive, match=no\n"),
            ("get acl #2 /Q", "type=str, case=insensitive, match=yes, idx=list, pattern=\"/q\"\n"),
            ("get map D/dup.map", "Missing map identifier and/or key."),
            (
                "get map D/dup.map ax",
                "type=str, case=sensitive, found=no\n\
                 type=beg, case=sensitive, found=yes, idx=tree, key=\"a\", value=\"1\", type=\"str\"\n",
            ),
            ("get map #0 /x", "type=str, case=sensitive, found=yes, idx=tree, key=\"/x\", value=none\n"),
            ("add acl #0", "'add acl' expects two parameters: ACL identifier and pattern."),
            ("add acl #0 /new", ""),
            ("add acl #0 /new2 more", ""),
            ("add acl @7 #0 /v", "Version number in the future, please use 'prepare acl' before."),
            ("add acl @0 #0 /v0", ""),
            ("add acl nosuch x", UNKNOWN_ACL),
            (
                "add acl D/two.map x",
                "This ACL is shared with a map containing samples. You must use the command 'add map' to add values.",
            ),
            ("add acl #6 gt 4", "'gt' is not a number."),
            ("add acl #0 x <<\n/p1\n", ""),
            ("show acl #0", "/x\n/y\n/new\n/new2\n/v0\n/p1\n"),
            (
                "add map D/dup.map k",
                "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload",
            ),
            ("add map D/dup.map k v more", ""),
            ("add map D/dup.map <<\np1 v 1\np2   v2 \n", ""),
            ("add map D/dup.map <<\np3\n", "Missing value for key 'p3'."),
            ("add map D/dup.map x y <<END\np5 v5\nEND", ""),
            ("add map virt@n x y", "unable to parse 'y'."),
            ("add map virt@n k 5", ""),
            ("set map D/dup.map k", "'set map' expects three parameters: map identifier, key and value."),
            ("set map D/dup.map k w", ""),
            ("set map D/dup.map nosuch w", "entry not found."),
            ("set map D/dup.map #0x1234 w", "key or pattern not found."),
            ("set map virt@n k z", "unable to parse 'z'."),
            ("set map @0 D/dup.map k w", UNKNOWN_MAP),
            ("del map D/dup.map", "This command expects two parameters: map identifier and key."),
            ("del map D/dup.map b", ""),
            ("del map D/dup.map nosuch", "Key not found."),
            ("del map D/dup.map #0x1", "Key not found."),
            ("del acl", "This command expects two parameters: ACL identifier and key."),
            ("del acl nosuch x", UNKNOWN_ACL),
            ("show map D/dup.map", "a 1\nb 3\nc 4\nk w\np1 v 1\np2 v2 \np5 v5\n"),
            ("clear acl", "Missing ACL identifier."),
            ("clear map #0", UNKNOWN_MAP),
            ("clear map D/dup.map", ""),
            ("show map D/dup.map", ""),
        ],
    );
}

#[test]
fn versions() {
    let (files, served) = Files::serve();
    files.check(
        &served,
        &[
            ("prepare acl", UNKNOWN_ACL),
            ("prepare acl #0", "New version created: 1"),
            ("prepare acl #0", "New version created: 2"),
            ("add acl @1 #0 /v1", ""),
            ("add acl @2 #0 /v2", ""),
            ("add acl @3 #0 /v3", "Version number in the future, please use 'prepare acl' before."),
            ("show acl @2 #0", "/v2\n"),
            ("get acl #0 /v2", "type=str, case=sensitive, match=no\n"),
            ("commit acl", "Missing version number."),
            ("commit acl @2", "Missing ACL identifier."),
            ("commit acl @3 #0", "Version number out of range."),
            ("commit acl @2 nosuch", UNKNOWN_ACL),
            ("commit acl @2 #0", ""),
            ("commit acl @1 #0", "Version number out of range."),
            ("show acl #0", "/v2\n"),
            ("prepare map D/dup.map", "New version created: 1"),
            ("add map @1 D/dup.map <<\nz1 y1\nz2 y2\n", ""),
            ("clear map @1 D/dup.map", ""),
            ("add map @1 D/dup.map z4 y4", ""),
            ("show map D/dup.map", "a 1\nb 2\nb 3\nc 4\n"),
            ("commit map @1 D/dup.map", ""),
            ("show map D/dup.map", "z4 y4\n"),
        ],
    );
}

#[test]
fn a_large_map_is_shown_whole() {
    let (files, served) = Files::serve();
    let mut expected = "a 1\nb 2\nb 3\nc 4\n".to_owned();
    for block in 0..10 {
        let mut payload = "add map D/dup.map <<\n".to_owned();
        for n in 0..1000 {
            let entry = format!("key-{block}-{n} value\n");
            payload.push_str(&entry);
            let _ = write!(expected, "{entry}");
        }
        files.check(&served, &[(&payload, "")]);
    }
    files.check(&served, &[("show map D/dup.map", &expected)]);
}

#[test]
fn only_administrators_may() {
    let (_, served) = Files::serve();
    for command in ["show acl", "get map #0 x", "add acl #0 x", "clear map #0", "prepare acl #0", "get var proc.x"] {
        let level = if command.starts_with("get var") { "user" } else { "operator" };
        assert_eq!(served.ask(&format!("{level};{command}\n")), "\nPermission denied\n\n", "{command}");
    }
}

#[test]
fn variables_that_are_not_there() {
    let served = Served::new("");
    let check =
        |command: &str, expected: &str| assert_eq!(served.ask(&format!("{command}\n")), format!("{expected}\n\n"));
    check("get var", "Missing process-wide variable identifier.");
    check("get var proc.nosuch", "Variable not found.");
    check("get var txn.x", "Variable not found.");
}
