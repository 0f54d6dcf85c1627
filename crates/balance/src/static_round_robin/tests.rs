use super::*;

fn order(weights: &[u32], from: u64, turns: usize) -> String {
    let mut map = StaticRoundRobin::new(weights, from);
    (0..turns).filter_map(|_| map.next()).map(|seat| (b'A' + seat as u8) as char).collect()
}

/// Orders seen from HAProxy 3.5 and 2.6.
#[test]
fn order_equals_haproxy() {
    fn check(weights: &[u32], expected: &str) {
        assert_eq!(order(weights, 0, expected.len()), expected, "{weights:?}");
    }
    check(&[1, 1], "ABABABABABABABABABABABAB");
    check(&[3, 1], "AAABAAABAAABAAABAAABAAAB");
    check(&[4, 2, 1], "AABABACAABABACAABABACAAB");
    check(&[2, 2, 1], "ABABCABABCABABCABABCABAB");
    check(&[5, 1, 1], "AAABAACAAABAACAAABAACAAA");
    check(&[1, 2], "ABBABBABBABBABBABBABBABB");
    check(&[3, 2], "AABABAABABAABABAABABAABA");
    check(&[1, 2, 3], "ACBCBCACBCBCACBCBCACBCBC");
    check(&[3, 3, 2], "ABACBABCABACBABCABACBABC");
    check(&[256, 128], "AABAABAABAABAABAABAABAABAABAABAABAABAABAABAABAABAABAABAABAAB");
    check(&[7, 3], "AAABAABAABAAABAABAABAAAB");
    check(&[2, 0, 1], "AACAACAACAACAACAACAACAAC");
    check(&[6, 4, 2], "AABABCAABABCAABABCAABABC");
    check(&[1, 1, 2], "ACBCACBCACBCACBCACBCACBC");
}

#[test]
fn any_place_of_the_map_can_be_entered() {
    for weights in [[4, 2, 1], [30, 10, 20], [5, 5, 5]] {
        let total = u64::from(weights.iter().sum::<u32>());
        let whole = order(&weights, 0, total as usize + 10);
        for from in 0..total {
            assert_eq!(order(&weights, from, 10), whole[from as usize..][..10], "{weights:?} from {from}");
        }
    }
}

#[test]
fn the_place_goes_back() {
    fn check(taken: usize, back: u64, expected: u64) {
        let mut map = StaticRoundRobin::new(&[2, 1], 0);
        (0..taken).for_each(|_| _ = map.next());
        map.go_back(back);
        assert_eq!(map.index(), expected, "{taken} turns, {back} back");
    }
    check(2, 1, 1);
    check(5, 1, 1);
    check(5, 2, 3);
    check(4, 3, 1);
}

#[test]
fn an_empty_map_gives_nobody() {
    assert_eq!(StaticRoundRobin::new(&[0], 7).next(), None);
}
