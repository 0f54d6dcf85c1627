//! What rules ask of the pace at which payload moves (`set-bandwidth-limit`).

use burdock_base::ProxyId;

/// Which payload a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What the client sends (`filter bwlim-in`).
    Upload,
    /// What the client gets (`filter bwlim-out`).
    Download,
}

/// A limit in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandwidthLimit {
    /// The section whose filter it is.
    pub proxy: ProxyId,
    /// The filter's position among the limits of that section.
    pub filter: usize,
    /// Which way.
    pub direction: Direction,
    /// Bytes within a period, at least 1.
    pub bytes: u32,
    /// The period in milliseconds, at least 1.
    pub period_ms: u32,
    /// Bytes that are moved at a time, but for the last of them.
    pub at_least: u32,
}

/// The limits of a request, one a filter.
#[derive(Clone, Debug, Default)]
pub struct BandwidthLimits(Vec<BandwidthLimit>);

impl BandwidthLimits {
    /// Puts a limit in force, in place of what its filter had.
    pub fn put(&mut self, limit: BandwidthLimit) {
        match self.0.iter_mut().find(|known| (known.proxy, known.filter) == (limit.proxy, limit.filter)) {
            Some(known) => *known = limit,
            None => self.0.push(limit),
        }
    }

    /// Those of a direction.
    pub fn of(&self, direction: Direction) -> impl Iterator<Item = &BandwidthLimit> {
        self.0.iter().filter(move |limit| limit.direction == direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_filter_counts() {
        let limit = |proxy, filter, direction, bytes| BandwidthLimit {
            proxy: ProxyId(proxy),
            filter,
            direction,
            bytes,
            period_ms: 1000,
            at_least: 0,
        };
        let mut limits = BandwidthLimits::default();
        for (proxy, filter, direction, bytes) in [
            (0, 0, Direction::Upload, 1),
            (0, 1, Direction::Download, 2),
            (1, 0, Direction::Upload, 3),
            (0, 0, Direction::Upload, 4),
        ] {
            limits.put(limit(proxy, filter, direction, bytes));
        }
        let bytes = |direction| limits.of(direction).map(|limit| limit.bytes).collect::<Vec<_>>();
        assert_eq!((bytes(Direction::Upload), bytes(Direction::Download)), (vec![4, 3], vec![2]));
    }
}
