//! The balancer of one backend: keeps the plan in step with the servers' state and picks by it. Picking takes no lock but once in
//! [`TURNS_A_PLAN`] turns and after a change of state.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};
use burdock_base::{Seats, ServerId};
use burdock_state::Backend;

use crate::draw::Lots;
use crate::plan::{Plan, PlannedOrder, Turns};
use crate::ring::{Holder, KeyTable};
use crate::round_robin::{RoundRobin, Undo};
use crate::static_round_robin::StaticRoundRobin;
use crate::{Algorithm, Candidate, Pick, Strength};

/// Chooses among the servers of one backend. Shared by all workers.
#[derive(Debug)]
pub struct Balancer {
    farm: Farm,
    plan: ArcSwap<Plan>,
    scheduler: Mutex<Scheduler>,
    /// Where in the group the search for the least loaded server begins, so that equals take turns.
    turn: AtomicUsize,
}

/// How a balancer chooses: the `balance` line and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// `hash-type consistent`, for algorithms that hash a key.
    pub is_consistent: bool,
    /// `random(<draws>)`: how many servers are drawn.
    pub draws: u32,
    /// `option allbackups`
    pub all_backups: bool,
    /// `hash-balance-factor`: the most requests of a server, in percent of its share of all; zero: no limit.
    pub load_percent: u32,
    /// `hash-preserve-affinity`
    pub affinity: Affinity,
}

/// Which busy servers keys of a ring still lead to (`hash-preserve-affinity`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Affinity {
    /// `always`: all.
    #[default]
    Always,
    /// `maxconn`: those that are below their limit.
    WithRoom,
    /// `maxqueue`: those whose queue is below its limit.
    WithRoomInQueue,
}

impl From<Algorithm> for Method {
    /// What an algorithm means where nothing more is said.
    fn from(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            is_consistent: false,
            draws: 2,
            all_backups: false,
            load_percent: 0,
            affinity: Affinity::Always,
        }
    }
}

/// The servers and what the configuration says of their use.
#[derive(Debug)]
struct Farm {
    backend: Arc<Backend>,
    candidates: Seats<Candidate>,
    method: Method,
}

/// What turns are worked out from. Active and backup servers take turns apart from each other.
#[derive(Debug)]
struct Scheduler {
    active: Order,
    backup: Order,
    backup_in_use: bool,
    /// What takes the turns of the present plan back, in order.
    undo: Vec<Undo>,
}

/// The plan is for another epoch, or its turns are used up.
struct Stale;

#[derive(Debug)]
enum Order {
    RoundRobin(RoundRobin),
    Static(StaticRoundRobin),
    Random,
    Load,
}

/// Turns worked out at once.
const TURNS_A_PLAN: usize = 64;
/// Plans made anew for a key before an outdated one is followed: whoever was added or left meanwhile is found out about when it is used.
const MAX_REPLANS: usize = 4;
/// Turns of servers without room that pass before any server with room is looked for.
const MAX_TURNS_PASSED: usize = 32;

impl Balancer {
    /// A balancer over the servers of `backend`: a server's seat is its [`ServerId`].
    pub fn new(method: Method, backend: Arc<Backend>, candidates: Seats<Candidate>) -> Self {
        let farm = Farm { backend, candidates, method };
        let scheduler = Scheduler {
            active: Order::new(method.algorithm, &farm.weights(false)),
            backup: Order::new(method.algorithm, &farm.weights(true)),
            backup_in_use: false,
            undo: Vec::new(),
        };
        // Epochs count from one, so the first pick makes the first real plan.
        let plan = Plan { epoch: 0, group: Arc::default(), keys: None, order: PlannedOrder::FirstOnly };
        Self { farm, plan: ArcSwap::from_pointee(plan), scheduler: Mutex::new(scheduler), turn: AtomicUsize::new(0) }
    }

    /// Who gets a request. `random` is used by [`Algorithm::Random`] only. `key` is the hashed key of the request, for algorithms that
    /// hash one; requests without take turns. `avoid` is the server that a redispatched request leaves: it is picked again only where no
    /// other has room.
    pub fn pick(&self, random: u64, key: Option<u32>, avoid: Option<ServerId>) -> Pick {
        let avoid = avoid.map(|server| server.0);
        match (self.farm.method.algorithm, key) {
            (Algorithm::LeastConnections, _) => return self.least_loaded(avoid),
            (Algorithm::First, _) => return self.first_with_room(avoid),
            (algorithm, Some(key)) if algorithm.is_keyed() => return self.by_key(key, avoid),
            _ => {}
        }
        let mut from = 0;
        for _ in 0..MAX_TURNS_PASSED {
            let Some(seat) = self.next_seat(random) else { break };
            from = seat;
            if Some(seat) != avoid && self.farm.takes(seat) {
                return Pick::Server(ServerId(seat));
            }
            if matches!(self.farm.method.algorithm, Algorithm::Random) {
                break;
            }
        }
        self.search(from, avoid)
    }

    /// How many servers could share the load now.
    pub fn strength(&self) -> Strength {
        let mut strength = Strength::default();
        let (mut active_weight, mut backup_weight, mut first_backup_weight) = (0, 0, None);
        for candidate in self.farm.candidates.iter().filter(|candidate| candidate.server.accepts_new()) {
            let weight = self.farm.weight(candidate);
            if candidate.backup {
                strength.backup += 1;
                backup_weight += weight;
                first_backup_weight.get_or_insert(weight);
            } else {
                strength.active += 1;
                active_weight += weight;
            }
        }
        strength.weight = match (strength.active, self.farm.method.all_backups) {
            (0, true) => backup_weight,
            (0, false) => first_backup_weight.unwrap_or(0),
            _ => active_weight,
        };
        strength
    }

    /// How it chooses.
    pub fn method(&self) -> Method {
        self.farm.method
    }

    /// Whether weights are those of the configuration, so that at run time they can only be taken away and given back.
    pub fn has_static_weights(&self) -> bool {
        self.farm.method.has_static_weights()
    }

    /// Where a key leads. A server that is at its limit is waited for.
    fn by_key(&self, key: u32, avoid: Option<u32>) -> Pick {
        let plan = self.current_plan();
        let seats = || plan.keys.iter().flat_map(|keys| keys.seats(key));
        let is_other = |seat: &u32| Some(*seat) != avoid;
        let method = self.farm.method;
        let seat = if method.is_consistent && (method.load_percent > 0 || method.affinity != Affinity::Always) {
            let share = self.farm.share(&plan.group);
            let fits = |seat: &u32| {
                is_other(seat)
                    && !self.farm.is_passed_over(*seat)
                    && share.is_none_or(|share| self.farm.is_within(*seat, share))
            };
            // As measured, where all are passed over it is whoever sits last on the ring, wherever the search began.
            let last = || plan.keys.as_ref()?.last_seat().filter(is_other);
            seats().find(fits).or_else(last).or_else(|| seats().find(is_other))
        } else {
            seats().find(is_other)
        };
        let seat = seat.or(avoid.filter(|seat| plan.group.contains(seat)));
        match seat {
            Some(seat) if self.farm.takes(seat) => Pick::Server(ServerId(seat)),
            Some(seat) => Pick::Full(ServerId(seat)),
            None => Pick::NoneUsable,
        }
    }

    /// Who has the fewest requests for its weight, of those with room. Equals take turns, so that idle servers all get their share.
    fn least_loaded(&self, avoid: Option<u32>) -> Pick {
        let plan = self.current_plan();
        let group = &plan.group;
        let from = self.turn.load(Relaxed) % group.len().max(1);
        let (before, behind) = group.split_at(from);
        let mut best: Option<(usize, u32, Load)> = None;
        for (at, &seat) in (from..).zip(behind).chain((0..).zip(before)) {
            if Some(seat) == avoid || !self.farm.takes(seat) {
                continue;
            }
            let Some(load) = self.farm.load(seat) else { continue };
            if best.as_ref().is_none_or(|(_, _, least)| load.is_less_than(least)) {
                best = Some((at, seat, load));
            }
        }
        match best {
            Some((at, seat, _)) => {
                self.turn.store(at + 1, Relaxed);
                Pick::Server(ServerId(seat))
            }
            None => self.last_resort(&plan, avoid),
        }
    }

    fn first_with_room(&self, avoid: Option<u32>) -> Pick {
        let plan = self.current_plan();
        let others = plan.group.iter().copied().filter(|&seat| Some(seat) != avoid && self.farm.takes(seat));
        match others.min_by_key(|&seat| self.farm.numeric_id(seat)) {
            Some(seat) => Pick::Server(ServerId(seat)),
            None => self.last_resort(&plan, avoid),
        }
    }

    /// The server to avoid, where it is the only one with room.
    fn last_resort(&self, plan: &Plan, avoid: Option<u32>) -> Pick {
        match avoid.filter(|seat| plan.group.contains(seat) && self.farm.takes(*seat)) {
            Some(seat) => Pick::Server(ServerId(seat)),
            None if plan.group.is_empty() => Pick::NoneUsable,
            None => Pick::AllBusy,
        }
    }

    /// The plan for the present state of the servers, for those who take no turn of it.
    fn current_plan(&self) -> Guard<Arc<Plan>> {
        let mut plan = self.plan.load();
        for _ in 0..MAX_REPLANS {
            if plan.epoch == self.farm.backend.epoch() {
                break;
            }
            self.replan(&plan, None);
            plan = self.plan.load();
        }
        plan
    }

    /// The seat that the algorithm gives, whether or not it has room; `None` where no server is usable.
    fn next_seat(&self, random: u64) -> Option<u32> {
        let plan = self.plan.load();
        match self.follow(&plan, random) {
            Ok(seat) => seat,
            Err(Stale) => self.replan(&plan, Some(random)),
        }
    }

    fn follow(&self, plan: &Plan, random: u64) -> Result<Option<u32>, Stale> {
        if plan.epoch != self.farm.backend.epoch() {
            return Err(Stale);
        }
        match &plan.order {
            PlannedOrder::FirstOnly => Ok(plan.group.first().copied()),
            PlannedOrder::Lots(lots) => Ok(self.farm.drawn(lots, &plan.group, random)),
            // Never asked for.
            PlannedOrder::Load => Ok(None),
            PlannedOrder::Turns(turns) => turns.take().map(Some).ok_or(Stale),
        }
    }

    /// Any server with room, beginning behind seat `from`; the one to avoid last.
    fn search(&self, from: u32, avoid: Option<u32>) -> Pick {
        let plan = self.plan.load();
        let (before, behind) = plan.group.split_at(plan.group.partition_point(|&seat| seat <= from));
        let others = behind.iter().chain(before).copied().filter(|&seat| Some(seat) != avoid);
        let last_resort = avoid.filter(|seat| plan.group.binary_search(seat).is_ok());
        match others.chain(last_resort).find(|&seat| self.farm.takes(seat)) {
            Some(seat) => Pick::Server(ServerId(seat)),
            None if plan.group.is_empty() => Pick::NoneUsable,
            None => Pick::AllBusy,
        }
    }

    /// Replaces `stale` and gives the first seat of the new plan, if a turn is wanted: then there is a random number too.
    fn replan(&self, stale: &Arc<Plan>, turn: Option<u64>) -> Option<u32> {
        let mut scheduler = self.lock_scheduler();
        let present = self.plan.load_full();
        if !Arc::ptr_eq(&present, stale) {
            match turn {
                None if present.epoch == self.farm.backend.epoch() => return None,
                None => {}
                Some(random) => {
                    if let Ok(seat) = self.follow(&present, random) {
                        return seat;
                    }
                }
            }
        }
        // Read before the servers' state: a change in between makes the new plan stale at once.
        let epoch = self.farm.backend.epoch();
        let (group, keys) = if present.epoch == epoch {
            (Arc::clone(&present.group), present.keys.clone())
        } else {
            if let PlannedOrder::Turns(turns) = &present.order {
                scheduler.take_back(turns.close());
            }
            scheduler.adopt_state(&self.farm);
            let group = self.farm.group(scheduler.backup_in_use);
            let keys = self.farm.key_table(&group);
            (group, keys)
        };
        let (order, first) = scheduler.plan(&self.farm, &group, turn);
        self.plan.store(Arc::new(Plan { epoch, group, keys, order }));
        first
    }

    fn lock_scheduler(&self) -> MutexGuard<'_, Scheduler> {
        self.scheduler.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Farm {
    fn takes(&self, seat: u32) -> bool {
        self.candidates
            .get(seat as usize)
            .is_some_and(|Candidate { server, .. }| server.accepts_new() && server.has_room())
    }

    fn weight(&self, candidate: &Candidate) -> u32 {
        // The runtime API lets a static algorithm's weights be switched off and on again, nothing between.
        if self.method.has_static_weights() { candidate.server.configured_weight() } else { candidate.server.weight() }
    }

    fn numeric_id(&self, seat: u32) -> u32 {
        self.candidates.get(seat as usize).map_or(u32::MAX, |candidate| candidate.numeric_id)
    }

    /// Where keys lead among the seats of a group, for algorithms that hash one.
    fn key_table(&self, group: &[u32]) -> Option<Arc<KeyTable>> {
        if !self.method.algorithm.is_keyed() {
            return None;
        }
        let holder = |&seat: &u32| {
            let candidate = self.candidates.get(seat as usize)?;
            Some(Holder { seat, first_place: candidate.first_place, weight: self.weight(candidate) })
        };
        let holders: Vec<Holder> = group.iter().filter_map(holder).collect();
        Some(Arc::new(KeyTable::new(self.method.is_consistent, &holders)))
    }

    /// Weights of the active or of the backup servers by seat; zero for those that are not usable and for the others.
    fn weights(&self, backup: bool) -> Vec<u32> {
        let usable = |candidate: &&Candidate| candidate.backup == backup && candidate.server.accepts_new();
        let weight = |candidate: &Candidate| self.weight(candidate);
        self.candidates.positions().map(|candidate| candidate.filter(usable).map_or(0, weight)).collect()
    }

    /// The seats that may be picked.
    fn group(&self, backup: bool) -> Arc<[u32]> {
        let limit = if backup && !self.method.all_backups { 1 } else { usize::MAX };
        let usable = self.weights(backup).into_iter().zip(0..).filter(|&(weight, _)| weight > 0);
        usable.map(|(_, seat)| seat).take(limit).collect()
    }

    /// Whether keys lead past a server since it is busy.
    fn is_passed_over(&self, seat: u32) -> bool {
        let Some(Candidate { server, maxqueue, .. }) = self.candidates.get(seat as usize) else { return true };
        match self.method.affinity {
            Affinity::Always => false,
            Affinity::WithRoom => !server.has_room(),
            Affinity::WithRoomInQueue => server.maxconn() > 0 && *maxqueue > 0 && server.queue.len() >= *maxqueue,
        }
    }

    /// What the servers of a group have to do in all with one request more, where their shares of it are limited.
    fn share(&self, group: &[u32]) -> Option<Load> {
        let total =
            |sum: Load, load: Load| Load { requests: sum.requests + load.requests, weight: sum.weight + load.weight };
        let all = || group.iter().filter_map(|seat| self.load(*seat)).fold(Load { requests: 1, weight: 0 }, total);
        (self.method.load_percent > 0).then(all)
    }

    /// Whether a server is below its share.
    fn is_within(&self, seat: u32, share: Load) -> bool {
        let percent = u64::from(self.method.load_percent);
        self.load(seat).is_some_and(|load| load.requests * share.weight * 100 < share.requests * load.weight * percent)
    }

    /// The least loaded of those drawn; the first of equals.
    fn drawn(&self, lots: &Lots, group: &[u32], random: u64) -> Option<u32> {
        let share = self.share(group);
        let fits = |seat: &u32| share.is_none_or(|share| self.is_within(*seat, share));
        let load = |seat| Some((seat, self.load(seat)?));
        let mut drawn = lots.draw(random, self.method.draws).filter(fits).filter_map(load).peekable();
        if drawn.peek().is_none() && share.is_some() {
            // Those drawn have their share: it is another's turn.
            return group.iter().copied().find(fits).or(group.first().copied());
        }
        let first = drawn.next()?;
        let least = drawn.fold(first, |least, other| if other.1.is_less_than(&least.1) { other } else { least });
        Some(least.0)
    }

    fn load(&self, seat: u32) -> Option<Load> {
        let server = &self.candidates.get(seat as usize)?.server;
        let requests = u64::from(server.sessions.get()) + u64::from(server.queue.len());
        Some(Load { requests, weight: u64::from(server.weight()) })
    }
}

/// What a server has to do, and how much it can.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// Those that are served and those that wait.
    requests: u64,
    weight: u64,
}

impl Load {
    const fn is_less_than(&self, other: &Self) -> bool {
        self.requests * other.weight < other.requests * self.weight
    }
}

impl Method {
    const fn has_static_weights(&self) -> bool {
        match self.algorithm {
            Algorithm::StaticRoundRobin => true,
            algorithm => algorithm.is_keyed() && !self.is_consistent,
        }
    }
}

impl Scheduler {
    /// Goes back by the turns that nobody took.
    fn take_back(&mut self, turns: usize) {
        let order = if self.backup_in_use { &mut self.backup } else { &mut self.active };
        match order {
            Order::RoundRobin(ring) => self.undo.drain(..).rev().take(turns).for_each(|undo| ring.take_back(undo)),
            Order::Static(map) => map.go_back(turns as u64),
            Order::Random | Order::Load => {}
        }
    }

    /// Takes over availability and weights, and chooses between active and backup servers.
    fn adopt_state(&mut self, farm: &Farm) {
        let active = farm.weights(false);
        self.backup_in_use = active.iter().all(|&weight| weight == 0);
        self.active.adopt(&active);
        self.backup.adopt(&farm.weights(true));
    }

    /// Works out the next plan's order, and gives its first turn away where it is wanted: only algorithms that hash a key can do without.
    fn plan(&mut self, farm: &Farm, group: &[u32], turn: Option<u64>) -> (PlannedOrder, Option<u32>) {
        self.undo.clear();
        if group.is_empty() || (self.backup_in_use && !farm.method.all_backups) {
            return (PlannedOrder::FirstOnly, group.first().copied());
        }
        let mut seats = Vec::with_capacity(TURNS_A_PLAN);
        let order = if self.backup_in_use { &mut self.backup } else { &mut self.active };
        match order {
            Order::Random => {
                let lots = Lots::new(farm.weights(self.backup_in_use).into_iter());
                let first = turn.and_then(|random| farm.drawn(&lots, group, random));
                return (PlannedOrder::Lots(lots), first);
            }
            Order::Load => return (PlannedOrder::Load, None),
            Order::Static(map) => seats.extend(std::iter::from_fn(|| map.next()).take(TURNS_A_PLAN)),
            Order::RoundRobin(ring) => {
                // The beginning of an era cannot be taken back, so a plan ends with its era. The first turn, which may begin one, never
                // has to be taken back: it is given away here.
                while let Some(undo) = ring.next() {
                    seats.push(undo.seat());
                    self.undo.push(undo);
                    if seats.len() == TURNS_A_PLAN || ring.era_is_over() {
                        break;
                    }
                }
            }
        }
        if turn.is_none() {
            return (PlannedOrder::Turns(Turns::all(seats)), None);
        }
        let first = seats.first().copied();
        (PlannedOrder::Turns(Turns::after_first(seats)), first)
    }
}

impl Order {
    fn new(algorithm: Algorithm, weights: &[u32]) -> Self {
        match algorithm {
            Algorithm::RoundRobin => Self::RoundRobin(RoundRobin::new(weights)),
            Algorithm::Random => Self::Random,
            Algorithm::LeastConnections | Algorithm::First => Self::Load,
            // Requests without a key take turns, too.
            Algorithm::StaticRoundRobin
            | Algorithm::Source
            | Algorithm::Uri
            | Algorithm::UrlParameter
            | Algorithm::Header
            | Algorithm::Hash
            | Algorithm::RdpCookie => Self::Static(StaticRoundRobin::new(weights, 0)),
        }
    }

    fn adopt(&mut self, weights: &[u32]) {
        match self {
            Self::RoundRobin(ring) => {
                for (seat, &weight) in (0..).zip(weights) {
                    ring.set_weight(seat, weight);
                }
            }
            Self::Static(map) => *map = StaticRoundRobin::new(weights, map.index()),
            Self::Random | Self::Load => {}
        }
    }
}

#[cfg(test)]
mod tests;
