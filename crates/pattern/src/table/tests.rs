use std::cell::Cell;

use super::*;
use crate::element::ValueKind;
use crate::method::MatchMethod;
use crate::subject::{Case, Subject};

const FILES: &[(&str, &str)] = &[
    ("a.lst", "# c\n\n /a1 \n/a2\ttab\n  #x\n/a1\n"),
    ("b.lst", "/b1\r\n/b2"),
    ("m.map", "# c\n/k1 v one  \n /k2\tv2\n/k3\n"),
    ("bad.lst", "10.0.0.1\nfoo\n"),
];

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = FILES.iter().find(|(name, _)| Path::new(name) == path);
    match path.to_str() {
        Some("/dir") => Err(io::Error::from_raw_os_error(21)),
        _ => Ok(file.ok_or(io::ErrorKind::NotFound)?.1.into()),
    }
}

fn mention(kind: Kind, line: u32) -> Mention<'static> {
    thread_local!(static MENTIONS: Cell<u64> = const { Cell::new(0) });
    let order = MENTIONS.with(|count| count.replace(count.get() + 1));
    Mention { kind, file: "c.cfg", line, order }
}

const fn by(method: MatchMethod, values: ValueKind) -> ViewSpec {
    ViewSpec { method, case: Case::Matters, values }
}

#[test]
fn listings() {
    use Columns::{One, Two};
    use Kind::{Acl, Map};
    let mut builder = ReferenceTableBuilder::default();
    let inline = |builder: &mut ReferenceTableBuilder, keyword, line, id, patterns: &[&[u8]]| {
        let handle = builder.inline(keyword, mention(Acl, line), id, patterns.iter().copied()).unwrap();
        builder.view(handle, by(MatchMethod::Str, ValueKind::None)).unwrap();
    };
    inline(&mut builder, "path", 11, None, &[b"/a", b"/b", b"/a"]);
    for (line, method) in [(14, MatchMethod::Str), (15, MatchMethod::Beg), (15, MatchMethod::Beg)] {
        let handle = builder.file("a.lst", One, mention(Acl, line), read).unwrap();
        builder.view(handle, by(method, ValueKind::None)).unwrap();
    }
    let handle = builder.file("m.map", Two, mention(Acl, 16), read).unwrap();
    builder.view(handle, by(MatchMethod::Str, ValueKind::None)).unwrap();
    let handle = builder.file("file@m.map", Two, mention(Map, 23), read).unwrap();
    builder.view(handle, by(MatchMethod::Str, ValueKind::Text)).unwrap();
    inline(&mut builder, "path", 20, Some(77), &[b"/u"]);
    inline(&mut builder, "path", 20, Some(4), &[]);
    builder.file("virt@v", One, mention(Acl, 21), read).unwrap();
    builder.file("opt@missing", One, mention(Acl, 21), read).unwrap();
    builder.file("virt@v2", Two, mention(Map, 22), read).unwrap();
    assert_eq!(builder.inline("path", mention(Acl, 9), Some(77), []), Err(LoadFault::IdTaken));
    let table = builder.finish();
    assert_eq!(
        table.listing(Acl),
        "# id (file) description\n\
         0 () acl 'path' file 'c.cfg' line 11. curr_ver=0 next_ver=0 entry_cnt=3\n\
         1 (a.lst) pattern loaded from file 'a.lst' used by acl at file 'c.cfg' line 14, by acl at file 'c.cfg' line 15, \
         by acl at file 'c.cfg' line 15. curr_ver=0 next_ver=0 entry_cnt=8\n\
         2 (m.map) pattern loaded from file 'm.map' used by map at file 'c.cfg' line 16, by map at file 'c.cfg' line 23. \
         curr_ver=0 next_ver=0 entry_cnt=6\n\
         3 (virt@v) pattern loaded from file 'virt@v' used by acl at file 'c.cfg' line 21. curr_ver=0 next_ver=0 entry_cnt=0\n\
         4 () acl 'path' file 'c.cfg' line 20. curr_ver=0 next_ver=0 entry_cnt=0\n\
         5 (missing) pattern loaded from file 'opt@missing' used by acl at file 'c.cfg' line 21. curr_ver=0 next_ver=0 entry_cnt=0\n\
         77 () acl 'path' file 'c.cfg' line 20. curr_ver=0 next_ver=0 entry_cnt=1\n"
    );
    assert_eq!(
        table.listing(Map),
        "# id (file) description\n\
         2 (m.map) pattern loaded from file 'm.map' used by map at file 'c.cfg' line 16, by map at file 'c.cfg' line 23. \
         curr_ver=0 next_ver=0 entry_cnt=6\n\
         6 (virt@v2) pattern loaded from file 'virt@v2' used by map at file 'c.cfg' line 22. curr_ver=0 next_ver=0 entry_cnt=0\n"
    );
    for (word, as_acl, as_map) in [
        ("#0", Some(0), None),
        ("#2", Some(2), Some(2)),
        ("#77", Some(77), None),
        ("#8", None, None),
        ("#", None, None),
        ("m.map", Some(2), Some(2)),
        ("file@m.map", Some(2), Some(2)),
        ("opt@missing", Some(5), None),
        ("virt@v2", None, Some(6)),
        ("", None, None),
    ] {
        let id = |kind| table.find(kind, word).map(|reference| reference.id());
        assert_eq!((id(Acl), id(Map)), (as_acl, as_map), "{word}");
    }
    assert_eq!(table.find_any("virt@v2").map(|reference| reference.id()), Some(6));
    let mut text = Vec::new();
    let lines = table.find(Map, "m.map").unwrap().entries(None, None, 9);
    lines.iter().for_each(|line| line.push_to(&mut text));
    assert_eq!(text, b"0x10000000 /k1 v one\n0x10000040 /k2 v2\n0x10000080 /k3 \n");
}

#[test]
fn the_same_file_is_shared() {
    let mut builder = ReferenceTableBuilder::default();
    let view = |builder: &mut ReferenceTableBuilder, name| {
        let handle = builder.file(name, Columns::Two, mention(Kind::Map, 1), read).unwrap();
        builder.view(handle, by(MatchMethod::Str, ValueKind::Text)).unwrap()
    };
    let (one, two) = (view(&mut builder, "m.map"), view(&mut builder, "opt@m.map"));
    assert!(Arc::ptr_eq(&one, &two));
    let early = builder.find("file@m.map").unwrap();
    assert!(builder.find("x").is_none());
    let table = builder.finish();
    assert_eq!((early.id(), early.name()), (0, "m.map"));
    table.find_any("m.map").unwrap().add(Kind::Map, None, b"new", Some(b"x")).unwrap();
    assert!(two.matches(Subject::Bytes(b"new")));
}

#[test]
fn faults() {
    for (mentions, expected) in [
        (&[("nope", Columns::One)] as &[_], "failed to open pattern file <nope>"),
        (&[("file@nope", Columns::One)], "failed to open pattern file <nope>"),
        (&[("virt@", Columns::Two)], "failed to open pattern file <virt@>"),
        (&[("/dir", Columns::One)], "error encountered while reading  </dir> : Is a directory"),
        (
            &[("b.lst", Columns::One), ("b.lst", Columns::Two)],
            "The file \"b.lst\" is already used as one column file and cannot be used by as two column file",
        ),
        (
            &[("m.map", Columns::Two), ("m.map", Columns::One)],
            "The file \"m.map\" is already used as two column file and cannot be used by as one column file",
        ),
        (&[("bad.lst", Columns::One)], "'foo' is not a valid IPv4 or IPv6 address at line 2 of file 'bad.lst'"),
    ] {
        let mut builder = ReferenceTableBuilder::default();
        let mut add = |&(name, columns): &(&str, Columns)| {
            let handle = builder.file(name, columns, mention(Kind::Acl, 8), read)?;
            builder
                .view(handle, by(if name == "bad.lst" { MatchMethod::Ip } else { MatchMethod::Str }, ValueKind::None))
        };
        let fault = mentions.iter().find_map(|mention| add(mention).err());
        assert_eq!(fault.unwrap().to_string(), expected);
    }
    let mut builder = ReferenceTableBuilder::default();
    let handle = builder.inline("src", mention(Kind::Acl, 8), None, [b"foo".as_slice()]).unwrap();
    let fault = builder.view(handle, by(MatchMethod::Ip, ValueKind::None)).unwrap_err();
    assert_eq!(fault.to_string(), "'foo' is not a valid IPv4 or IPv6 address");
}

#[test]
fn the_order_is_that_of_the_configuration() {
    let mut builder = ReferenceTableBuilder::default();
    let place = |order: u64| Mention { kind: Kind::Acl, file: "c.cfg", line: order as u32, order };
    for (order, name, method) in [
        (7, "b.lst", MatchMethod::Sub),
        (3, "a.lst", MatchMethod::Str),
        (5, "b.lst", MatchMethod::Beg),
        (7, "b.lst", MatchMethod::Sub),
    ] {
        let handle = builder.file(name, Columns::One, place(order), read).unwrap();
        builder.view(handle, by(method, ValueKind::None)).unwrap();
    }
    for order in [4, 1, 4] {
        builder.inline("path", place(order), (order == 4).then_some(9), []).unwrap();
    }
    let table = builder.finish();
    let mut found = Vec::new();
    let looked_at = table.find(Kind::Acl, "b.lst").unwrap().get(b"/b1x");
    looked_at.iter().for_each(|line| line.push_to(Kind::Acl, &mut found));
    let found = String::from_utf8(found).unwrap();
    assert!(found.starts_with("type=beg") && found.contains("\ntype=sub"), "{found}");
    assert_eq!(
        table.listing(Kind::Acl),
        "# id (file) description\n\
         0 () acl 'path' file 'c.cfg' line 1. curr_ver=0 next_ver=0 entry_cnt=0\n\
         1 (a.lst) pattern loaded from file 'a.lst' used by acl at file 'c.cfg' line 3. curr_ver=0 next_ver=0 entry_cnt=4\n\
         2 (b.lst) pattern loaded from file 'b.lst' used by acl at file 'c.cfg' line 5, by acl at file 'c.cfg' line 7. \
         curr_ver=0 next_ver=0 entry_cnt=4\n\
         9 () acl 'path' file 'c.cfg' line 4. curr_ver=0 next_ver=0 entry_cnt=0\n"
    );
}
