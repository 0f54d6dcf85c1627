//! `balance roundrobin`: turns by weight over a ring of positions, one position a turn. Weights and availability may change at any turn
//! without disturbing the others. The order was derived from observed behaviour and equals HAProxy's turn for turn.
//!
//! A server that was served moves ahead by total weight / own weight positions, fractions carried along. Servers that have not been
//! served in this era wait in line, heaviest first, and get a turn whenever no moved server is due. A server whose next position lies
//! beyond the era's end waits for the next era; an era ends when nobody is left in it. So small roundings never add up.

use std::collections::BTreeSet;

/// The ring. Servers are known by their seat: their index in the farm.
#[derive(Debug)]
pub(crate) struct RoundRobin {
    seats: Vec<Seat>,
    /// Moved servers of this era: (position, carry - weight, stamp, seat). The second rule breaks ties of position, the third is
    /// first come first served.
    moved: BTreeSet<(i64, i64, u64, u32)>,
    /// Servers not yet served in this era: (-weight, stamp, seat).
    fresh: BTreeSet<(i64, u64, u32)>,
    /// Servers that wait for the next era, in the same order.
    later: BTreeSet<(i64, u64, u32)>,
    /// The position of the next turn.
    now: i64,
    /// Sum of the weights of all servers in the ring.
    total: i64,
    /// The position at which the era was to end when it began.
    era_end: i64,
    stamp: u64,
}

/// What must be put back to take a turn back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undo {
    seat: u32,
    before: Seat,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    weight: i64,
    position: i64,
    /// What was left over of total / weight, in units of weight.
    carry: i64,
    stamp: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Out,
    Fresh,
    Moved,
    Later,
}

/// Positions that a server of weight 1 alone in the ring fills in an era. Eras of other lengths would end at other turns than HAProxy's.
const WEIGHT_SCALE: i64 = 16;

impl RoundRobin {
    /// A ring in which these weights (zero: not in the ring) begin their first era.
    pub(crate) fn new(weights: &[u32]) -> Self {
        let mut ring = Self {
            seats: vec![Seat::default(); weights.len()],
            moved: BTreeSet::new(),
            fresh: BTreeSet::new(),
            later: BTreeSet::new(),
            now: 0,
            total: 0,
            era_end: 0,
            stamp: 0,
        };
        for (seat, &weight) in weights.iter().enumerate().filter(|&(_, &weight)| weight > 0) {
            let weight = i64::from(weight) * WEIGHT_SCALE;
            ring.total += weight;
            ring.seats[seat].weight = weight;
            ring.enter(seat as u32, Place::Fresh);
        }
        ring.era_end = ring.total;
        ring
    }

    /// Changes a weight. A server that was in the ring or comes to it gets its first turn after its share of what is left of the era.
    pub(crate) fn set_weight(&mut self, seat: u32, weight: u32) {
        let weight = i64::from(weight) * WEIGHT_SCALE;
        let before = self.seats[seat as usize].weight;
        if weight == before {
            return;
        }
        self.leave(seat);
        self.total += weight - before;
        let slot = &mut self.seats[seat as usize];
        slot.weight = weight;
        if weight > 0 {
            slot.position = self.now + (self.total - self.now).max(0) / weight;
            self.enter_by_position(seat);
        }
    }

    /// Whether [`RoundRobin::next`] would begin a new era. Such a turn cannot be taken back, nor those before it.
    pub(crate) fn era_is_over(&self) -> bool {
        self.moved.is_empty() && self.fresh.is_empty()
    }

    /// Whose turn it is, and what to undo it with. `None` where the ring is empty.
    pub(crate) fn next(&mut self) -> Option<Undo> {
        if self.era_is_over() {
            self.begin_era();
        }
        let due = self.moved.first().filter(|first| first.0 <= self.now || self.fresh.is_empty());
        let seat = match due {
            Some(&(.., seat)) => seat,
            None => self.fresh.first()?.2,
        };
        let before = self.seats[seat as usize];
        self.leave(seat);
        let slot = &mut self.seats[seat as usize];
        if before.place == Place::Fresh {
            slot.position = self.now;
            slot.carry = 0;
        }
        slot.position += self.total / slot.weight;
        slot.carry += self.total % slot.weight;
        if slot.carry >= slot.weight {
            slot.carry -= slot.weight;
            slot.position += 1;
        }
        self.enter_by_position(seat);
        self.now += 1;
        Some(Undo { seat, before })
    }

    /// Takes a turn back. Turns must be taken back in reverse order, with no change of weight between.
    pub(crate) fn take_back(&mut self, undo: Undo) {
        self.leave(undo.seat);
        self.now -= 1;
        self.seats[undo.seat as usize] = undo.before;
        self.link(undo.seat);
    }

    fn begin_era(&mut self) {
        std::mem::swap(&mut self.fresh, &mut self.later);
        for &(.., seat) in &self.fresh {
            self.seats[seat as usize].place = Place::Fresh;
        }
        self.now = 0;
        self.era_end = self.total;
    }

    fn enter_by_position(&mut self, seat: u32) {
        let end = self.era_end.min(self.total);
        let place = if self.seats[seat as usize].position >= end { Place::Later } else { Place::Moved };
        self.enter(seat, place);
    }

    fn enter(&mut self, seat: u32, place: Place) {
        self.stamp += 1;
        let slot = &mut self.seats[seat as usize];
        slot.stamp = self.stamp;
        slot.place = place;
        self.link(seat);
    }

    fn link(&mut self, seat: u32) {
        let slot = self.seats[seat as usize];
        match slot.place {
            Place::Out => {}
            Place::Fresh => _ = self.fresh.insert((-slot.weight, slot.stamp, seat)),
            Place::Later => _ = self.later.insert((-slot.weight, slot.stamp, seat)),
            Place::Moved => _ = self.moved.insert((slot.position, slot.carry - slot.weight, slot.stamp, seat)),
        }
    }

    fn leave(&mut self, seat: u32) {
        let slot = &mut self.seats[seat as usize];
        match std::mem::take(&mut slot.place) {
            Place::Out => {}
            Place::Fresh => _ = self.fresh.remove(&(-slot.weight, slot.stamp, seat)),
            Place::Later => _ = self.later.remove(&(-slot.weight, slot.stamp, seat)),
            Place::Moved => _ = self.moved.remove(&(slot.position, slot.carry - slot.weight, slot.stamp, seat)),
        }
    }
}

impl Undo {
    /// Whose turn it was.
    pub(crate) const fn seat(&self) -> u32 {
        self.seat
    }
}

#[cfg(test)]
mod tests;
