//! `balance static-rr`: turns by configured weight over a fixed map of all turns, never written out. The order was derived from observed
//! behaviour and equals HAProxy's turn for turn.
//!
//! With `total` the sum of the weights, a server of weight `w` earns a turn each `total / w` turns. Whoever is owed the most turns is
//! next, first in configuration order among equals. After `total` turns nobody is owed any, and the map begins again.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// The map over one set of usable servers, and the place in it.
#[derive(Debug)]
pub(crate) struct StaticRoundRobin {
    /// Seats and weights of the usable servers in configuration order.
    servers: Vec<(u32, u64)>,
    total: u64,
    /// The next turn's place in the map; may equal `total`, which stands for zero unless the map changes.
    index: u64,
    order: Order,
}

#[derive(Debug)]
enum Order {
    /// All weights are equal.
    Plain,
    Weighted(Weighted),
}

#[derive(Debug)]
struct Weighted {
    /// Sum of the weights, divided by their common divisor as they are.
    total: u64,
    servers: Vec<Account>,
    /// (-turns owed, index into `servers`).
    owed: BTreeSet<(i64, u32)>,
    /// When each server earns its next turn.
    earnings: BinaryHeap<Reverse<(u64, u32)>>,
    turn: u64,
}

#[derive(Debug)]
struct Account {
    seat: u32,
    weight: u64,
    earned: u64,
    owed: i64,
}

/// Turns that are computed at most to find the place in a map after a change. Only where unequal weights make a map longer than that,
/// the order goes on from another place than HAProxy's would.
const MAX_FORWARD: u64 = 65_536;

impl StaticRoundRobin {
    /// A map over these weights (zero: not usable), from its `index`th turn on.
    pub(crate) fn new(weights: &[u32], index: u64) -> Self {
        let servers: Vec<_> = (0..).zip(weights.iter().map(|&w| u64::from(w))).filter(|&(_, w)| w > 0).collect();
        let total = servers.iter().map(|&(_, weight)| weight).sum();
        let index = if index >= total { 0 } else { index };
        let equal = servers.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let order = if equal { Order::Plain } else { Order::Weighted(Weighted::new(&servers, index)) };
        Self { servers, total, index, order }
    }

    /// The place in the map, for the map that follows this one.
    pub(crate) const fn index(&self) -> u64 {
        self.index
    }

    /// Goes back by `turns`. To be followed by making another map from [`StaticRoundRobin::index`]: this one's order has gone ahead.
    pub(crate) fn go_back(&mut self, turns: u64) {
        if let Some(back) = turns.checked_rem(self.total) {
            let index = (self.index + self.total - back) % self.total;
            // The turn before was the map's last: kept as such, since the map that follows may be longer.
            self.index = if index == 0 { self.total } else { index };
        }
    }

    /// Whose turn it is; `None` where nobody is usable.
    pub(crate) fn next(&mut self) -> Option<u32> {
        let index = if self.index >= self.total { 0 } else { self.index };
        let seat = match &mut self.order {
            Order::Plain => self.servers.get((index % self.servers.len().max(1) as u64) as usize)?.0,
            Order::Weighted(weighted) => weighted.next()?,
        };
        self.index = index + 1;
        Some(seat)
    }
}

impl Weighted {
    fn new(servers: &[(u32, u64)], index: u64) -> Self {
        let divisor = servers.iter().fold(0, |divisor, &(_, weight)| greatest_common_divisor(divisor, weight)).max(1);
        let accounts: Vec<_> = servers
            .iter()
            .map(|&(seat, weight)| Account { seat, weight: weight / divisor, earned: 0, owed: 0 })
            .collect();
        let total = accounts.iter().map(|account| account.weight).sum();
        let mut weighted = Self {
            total,
            owed: (0..accounts.len() as u32).map(|index| (0, index)).collect(),
            earnings: BinaryHeap::with_capacity(accounts.len()),
            servers: accounts,
            turn: 0,
        };
        for index in 0..weighted.servers.len() as u32 {
            weighted.schedule_earning(index);
        }
        for _ in 0..(index % total) % MAX_FORWARD {
            weighted.next();
        }
        weighted
    }

    fn next(&mut self) -> Option<u32> {
        while let Some(&Reverse((turn, index))) = self.earnings.peek()
            && turn <= self.turn
        {
            self.earnings.pop();
            self.servers[index as usize].earned += 1;
            self.owe(index, 1);
            self.schedule_earning(index);
        }
        let &(_, index) = self.owed.first()?;
        self.owe(index, -1);
        self.turn += 1;
        Some(self.servers[index as usize].seat)
    }

    fn owe(&mut self, index: u32, turns: i64) {
        let account = &mut self.servers[index as usize];
        self.owed.remove(&(-account.owed, index));
        account.owed += turns;
        self.owed.insert((-account.owed, index));
    }

    /// A server earns its nth turn just before the first turn that is not less than `n * total / weight` turns from the start.
    fn schedule_earning(&mut self, index: u32) {
        let account = &self.servers[index as usize];
        let turns = ((account.earned + 1) * self.total).div_ceil(account.weight);
        self.earnings.push(Reverse((turns - 1, index)));
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if a == 0 { b } else { greatest_common_divisor(b % a, a) }
}

#[cfg(test)]
mod tests;
