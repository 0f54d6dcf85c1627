//! `balance random`, and the balancing of a section without a `balance` line: servers are drawn at random by weight, the least loaded of
//! them gets the request.

/// A lot for each unit of weight of the usable servers.
#[derive(Debug)]
pub(crate) struct Lots {
    /// Seats with the sum of the weights up to and including their own.
    upto: Box<[(u64, u32)]>,
}

impl Lots {
    /// Lots for the weights of all seats.
    pub(crate) fn new(weights: impl Iterator<Item = u32>) -> Self {
        let mut sum = 0;
        let upto = weights.zip(0..).filter(|&(weight, _)| weight > 0).map(|(weight, seat)| {
            sum += u64::from(weight);
            (sum, seat)
        });
        Self { upto: upto.collect() }
    }

    /// As many seats, not always different, by the halves of a random number and of those that follow from it; nothing where there are no
    /// lots.
    pub(crate) fn draw(&self, random: u64, draws: u32) -> impl Iterator<Item = u32> + '_ {
        let mut random = random;
        (0..draws).map_while(move |draw| {
            let half = if draw % 2 == 0 { random & u64::from(u32::MAX) } else { random >> u32::BITS };
            if draw % 2 == 1 {
                random = mixed(random);
            }
            self.one(half)
        })
    }

    fn one(&self, random: u64) -> Option<u32> {
        let &(total, _) = self.upto.last()?;
        let lot = (random * total) >> u32::BITS;
        let holder = self.upto.partition_point(|&(upto, _)| upto <= lot);
        self.upto.get(holder).map(|&(_, seat)| seat)
    }
}

/// SplitMix64.
const fn mixed(random: u64) -> u64 {
    let next = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_of_weight_is_a_lot() {
        let lots = Lots::new([0, 3, 0, 1].into_iter());
        let quarter = 1u64 << (u32::BITS - 2);
        let drawn: Vec<_> = (0..4).filter_map(|n| lots.one(n * quarter)).collect();
        assert_eq!(drawn, [1, 1, 1, 3]);
        let draw = |random, draws| lots.draw(random, draws).collect::<Vec<_>>();
        assert_eq!(draw((u64::from(u32::MAX) << u32::BITS) | 5, 2), [1, 3]);
        assert_eq!(draw(5, 1), [1]);
        let rare = (0..1000).filter(|&random| draw(random, 5)[4] == 3).count();
        assert!((200..300).contains(&rare), "{rare} of 1000");
        assert_eq!(Lots::new(std::iter::empty()).draw(9, 2).next(), None);
    }
}
