//! The balancing of a section without a `balance` line: two servers are drawn at random by weight, the less loaded one gets the request.

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

    /// Two seats, not always different, by the two halves of a random number; `None` where there are no lots.
    pub(crate) fn two(&self, random: u64) -> Option<(u32, u32)> {
        Some((self.one(random & u64::from(u32::MAX))?, self.one(random >> u32::BITS)?))
    }

    fn one(&self, random: u64) -> Option<u32> {
        let &(total, _) = self.upto.last()?;
        let lot = (random * total) >> u32::BITS;
        let holder = self.upto.partition_point(|&(upto, _)| upto <= lot);
        self.upto.get(holder).map(|&(_, seat)| seat)
    }
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
        assert_eq!(lots.two((u64::from(u32::MAX) << u32::BITS) | 5), Some((1, 3)));
        assert_eq!(Lots::new(std::iter::empty()).two(9), None);
    }
}
