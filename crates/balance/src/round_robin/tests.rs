use super::*;

/// The first turns of these weights, `A` for the first server.
fn order(weights: &[u32], turns: usize) -> String {
    let mut ring = RoundRobin::new(weights);
    (0..turns).filter_map(|_| ring.next()).map(|undo| letter(undo.seat())).collect()
}

fn letter(seat: u32) -> char {
    (b'A' + seat as u8) as char
}

/// Orders seen from HAProxy 3.5 and 2.6.
#[test]
fn order_equals_haproxy() {
    fn check(weights: &[u32], expected: &str) {
        assert_eq!(order(weights, expected.len()), expected, "{weights:?}");
    }
    check(&[1, 1], "ABABABABABABABABABABABAB");
    check(&[3, 1], "AAABAAABAAABAAABAAABAAAB");
    check(&[4, 2, 1], "AABACABAABACABAABACABAAB");
    check(&[2, 2, 1], "ABABCABABCABABCABABCABAB");
    check(&[5, 1, 1], "AAABAACAAABAACAAABAACAAA");
    check(&[1, 1, 1], "ABCABCABCABCABCABCABCABC");
    check(&[1, 2], "BBABBABBABBABBABBABBABBA");
    check(&[3, 2], "AABABAABABAABABAABABAABA");
    check(&[10, 1], "AAAAAAAAAABAAAAAAAAAABAA");
    check(&[1, 2, 3], "CBCACBCBCACBCBCACBCBCACB");
    check(&[100, 50, 25], "AABACABAABACABAABACABAABACABAABACABAABACABAABACABAABACABAABA");
    check(&[2, 0, 1], "AACAACAACAACAACAACAACAAC");
    check(&[1, 1, 2], "CACBCACBCACBCACBCACBCACB");
    check(&[31, 31, 12], "ABABABCABABACBABABCABABACBABABCABABABCABABACBABABCABABACBABABC");
    check(&[5, 7, 20, 1, 12, 4], "CECBCEACFECBCECADCEBCFECCBEACCEBCFECACEBCCECFBAECCECBCEACFECBC");
    check(&[7, 2, 5, 7, 5, 12], "FADFCEFADFBCAFEDFADFCEFADFCEAFDBFACDFEFADFCEFADFBCAFEDFADFCEF");
}

/// With weights 3, 3 and 2 an era ends out of step with the pattern, after 127 turns, and the next begins like the first.
#[test]
fn an_era_ends() {
    let turns = order(&[3, 3, 2], 160);
    assert_eq!(&turns[..32], "ABABCABACBABCABACBABCABACBABCABA");
    assert_eq!(&turns[112..160], "CBABCABACBABCABABABCABACBABCABACBABCABACBABCABAC");
}

#[test]
fn turns_are_taken_back() {
    let weights = [31, 4, 12, 7, 1];
    let mut ring = RoundRobin::new(&weights);
    let mut untouched = RoundRobin::new(&weights);
    for _ in 0..40 {
        let ahead: Vec<_> = (0..20).filter_map(|_| ring.next()).collect();
        ahead.into_iter().rev().for_each(|undo| ring.take_back(undo));
        assert_eq!(ring.next().map(|undo| undo.seat()), untouched.next().map(|undo| undo.seat()));
    }
}

#[test]
fn an_empty_ring_gives_nobody() {
    let mut ring = RoundRobin::new(&[0, 0]);
    assert!(ring.next().is_none());
    ring.set_weight(1, 3);
    assert_eq!(ring.next().map(|undo| undo.seat()), Some(1));
    ring.set_weight(1, 0);
    assert!(ring.next().is_none());
}
