//! Answers as they come from strangers. Each is built byte by byte, so that what cannot be built by a library is tried too.

use super::*;

const ID: u16 = 0x1234;

fn query() -> Query {
    Query::numbered(ID, &HostName::parse(b"www.example").unwrap(), Family::V4, 512).unwrap()
}

/// The name of the question, wherever it is named.
const SAME: &[u8] = b"\xc0\x0c";
const WWW: &[u8] = b"\x03www\x07example\0";
const A: u16 = 1;
const ALIAS: u16 = 5;
const AAAA: u16 = 28;

fn header(id: u16, flags: u16, questions: u16, answers: u16) -> Vec<u8> {
    [id, flags, questions, answers, 0, 0].iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}

/// An answer to the query with these flags and records.
fn answer(flags: u16, records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = header(ID, flags, 1, records.len() as u16);
    bytes.extend(WWW);
    bytes.extend([0, 1, 0, 1]);
    bytes.extend(records.concat());
    bytes
}

#[test]
fn what_is_asked() {
    let query = query();
    let expected = [
        &header(ID, 0x0100, 1, 0)[..10],
        b"\0\x01",
        WWW,
        b"\0\x01\0\x01",
        // EDNS (RFC 6891 section 6.1.2).
        b"\0\0\x29\x02\0\0\0\0\0\0\0",
    ];
    assert_eq!(query.bytes(), expected.concat());
    let ids: std::collections::HashSet<_> = (0..32).map(|_| fresh_id()).collect();
    assert!(ids.len() > 28, "ids are drawn at random: {ids:?}");
}

fn fresh_id() -> u16 {
    Query::new(&HostName::parse(b"a").unwrap(), Family::V6, 512).unwrap().id
}

#[test]
fn what_an_answer_says() {
    let found = |addresses: &[[u8; 4]]| Verdict::Addresses(addresses.iter().map(|ip| IpAddr::from(*ip)).collect());
    let check = |message: &[u8], expected: Verdict| assert_eq!(query().judge(message), expected, "{message:x?}");
    let one = record(SAME, A, &[127, 0, 0, 2]);
    let two = record(SAME, A, &[127, 0, 0, 3]);
    check(&answer(0x8180, &[one.clone(), two]), found(&[[127, 0, 0, 2], [127, 0, 0, 3]]));
    check(&answer(0x8580, &[record(b"\x03WWW\x07Example\0", A, &[1, 2, 3, 4])]), found(&[[1, 2, 3, 4]]));
    let alias = record(SAME, ALIAS, b"\x01b\0");
    check(&answer(0x8180, &[alias.clone(), record(b"\x01b\0", A, &[1, 2, 3, 4])]), found(&[[1, 2, 3, 4]]));
    check(&answer(0x8380, std::slice::from_ref(&one)), Verdict::Truncated);
    check(&answer(0x8183, &[]), Verdict::Nothing(Failure::NoSuchName, Counter::NoSuchName));
    check(&answer(0x8185, &[]), Verdict::Nothing(Failure::Refused, Counter::Refused));
    check(&answer(0x8182, &[]), Verdict::Nothing(Failure::Other, Counter::Other));
    check(&answer(0x8180, &[]), Verdict::Nothing(Failure::Other, Counter::Empty));
    check(&answer(0x8180, std::slice::from_ref(&alias)), Verdict::Nothing(Failure::Other, Counter::Aliases));
    // What belongs to another name, or to another kind of question, is none of ours.
    let nothing = || Verdict::Nothing(Failure::Other, Counter::Other);
    check(&answer(0x8180, &[record(b"\x04evil\0", A, &[6, 6, 6, 6])]), nothing());
    check(&answer(0x8180, &[record(SAME, AAAA, &[0; 16])]), nothing());
    check(&answer(0x8180, &[record(SAME, A, &[0; 4])]), nothing());
    let stray = [alias, record(SAME, A, &[6, 6, 6, 6])];
    check(&answer(0x8180, &stray), Verdict::Nothing(Failure::Other, Counter::Aliases));
    // Two aliases of each other.
    let circle = [record(SAME, ALIAS, b"\x01b\0"), record(b"\x01b\0", ALIAS, WWW)];
    check(&answer(0x8180, &circle), Verdict::Nothing(Failure::Other, Counter::AliasErrors));
}

#[test]
fn what_is_no_answer() {
    let one = record(SAME, A, &[6, 6, 6, 6]);
    let good = answer(0x8180, std::slice::from_ref(&one));
    let check = |message: &[u8], expected: Counter| {
        assert_eq!(query().judge(message), Verdict::Foreign(expected), "{message:x?}");
    };
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    check(&with(&|bytes| bytes[0] ^= 1), Counter::Outdated);
    check(&with(&|bytes| bytes[2] &= 0x7f), Counter::Invalid);
    check(&with(&|bytes| bytes[2] |= 0x20), Counter::Invalid);
    check(&with(&|bytes| bytes[13] = b'x'), Counter::Invalid);
    check(&with(&|bytes| bytes[26] = 28), Counter::Invalid);
    check(&with(&|bytes| bytes[28] = 3), Counter::Invalid);
    // No question, and two.
    check(&[header(ID, 0x8180, 0, 1), record(WWW, A, &[6, 6, 6, 6])].concat(), Counter::Invalid);
    let question = [WWW, b"\0\x01\0\x01"].concat();
    check(&[header(ID, 0x8180, 2, 1), question.clone(), question.clone(), one].concat(), Counter::Invalid);
    // Names that point at themselves, forward, or behind the end.
    for pointer in [b"\xc0\x0c", b"\xc0\x20", b"\xff\xff"] {
        check(&[&header(ID, 0x8180, 1, 0)[..], pointer, b"\0\x01\0\x01"].concat(), Counter::Invalid);
    }
    let loops = record(b"\xc0\x1d", A, &[6, 6, 6, 6]);
    check(&answer(0x8180, &[loops]), Counter::Invalid);
    for length in 0..good.len() {
        assert!(!matches!(query().judge(&good[..length]), Verdict::Addresses(_)), "cut at {length}");
    }
    // More announced than there is, and a record longer than the message.
    check(&with(&|bytes| bytes[7] = 200), Counter::Invalid);
    check(&with(&|bytes| bytes[40] = 0xff), Counter::Invalid);
}

/// Any bytes can come: none of them may do harm.
#[test]
fn noise_does_no_harm() {
    let good = answer(0x8180, &[record(SAME, ALIAS, b"\x01b\xc0\x10"), record(b"\x01b\xc0\x10", A, &[127, 0, 0, 1])]);
    let query = query();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % bytes.len();
            bytes[at] = (seed >> 17) as u8;
        }
        let _ = query.judge(&bytes);
    }
    let _ = query.judge(&[0xff; 65_535]);
    let many: Vec<_> = (0..3000).map(|n: u16| record(SAME, A, &[10, 0, n.to_be_bytes()[0], n as u8])).collect();
    match query.judge(&answer(0x8180, &many)) {
        Verdict::Addresses(addresses) => assert_eq!(addresses.len(), MAX_ADDRESSES),
        other => panic!("{other:?}"),
    }
}
