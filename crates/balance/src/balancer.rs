//! The balancer of one backend: keeps the plan in step with the servers' state and picks by it. Picking takes no lock but once in
//! [`TURNS_A_PLAN`] turns and after a change of state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use burdock_base::ServerId;
use burdock_state::Backend;

use crate::draw::Lots;
use crate::plan::{Plan, PlannedOrder, Turns};
use crate::round_robin::{RoundRobin, Undo};
use crate::static_round_robin::StaticRoundRobin;
use crate::{Algorithm, Candidate, Pick, Strength};

/// Chooses among the servers of one backend. Shared by all workers.
#[derive(Debug)]
pub struct Balancer {
    farm: Farm,
    plan: ArcSwap<Plan>,
    scheduler: Mutex<Scheduler>,
}

/// The servers and what the configuration says of their use.
#[derive(Debug)]
struct Farm {
    backend: Arc<Backend>,
    candidates: Box<[Candidate]>,
    algorithm: Algorithm,
    all_backups: bool,
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
}

/// Turns worked out at once.
const TURNS_A_PLAN: usize = 64;
/// Turns of servers without room that pass before any server with room is looked for.
const MAX_TURNS_PASSED: usize = 32;

impl Balancer {
    /// A balancer over the servers of `backend`, in configuration order: a server's index is its [`ServerId`].
    pub fn new(algorithm: Algorithm, all_backups: bool, backend: Arc<Backend>, candidates: Vec<Candidate>) -> Self {
        let farm = Farm { backend, candidates: candidates.into(), algorithm, all_backups };
        let scheduler = Scheduler {
            active: Order::new(algorithm, &farm.weights(false)),
            backup: Order::new(algorithm, &farm.weights(true)),
            backup_in_use: false,
            undo: Vec::new(),
        };
        // Epochs count from one, so the first pick makes the first real plan.
        let plan = Plan { epoch: 0, group: Arc::default(), order: PlannedOrder::FirstOnly };
        Self { farm, plan: ArcSwap::from_pointee(plan), scheduler: Mutex::new(scheduler) }
    }

    /// Whose turn it is. `random` is used by [`Algorithm::Random`] only. `avoid` is the server that a redispatched request leaves: it is
    /// picked again only where no other has room.
    pub fn pick(&self, random: u64, avoid: Option<ServerId>) -> Pick {
        let avoid = avoid.map(|server| server.0);
        let mut from = 0;
        for _ in 0..MAX_TURNS_PASSED {
            let Some(seat) = self.next_seat(random) else { break };
            from = seat;
            if Some(seat) != avoid && self.farm.takes(seat) {
                return Pick::Server(ServerId(seat));
            }
            if matches!(self.farm.algorithm, Algorithm::Random) {
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
        strength.weight = match (strength.active, self.farm.all_backups) {
            (0, true) => backup_weight,
            (0, false) => first_backup_weight.unwrap_or(0),
            _ => active_weight,
        };
        strength
    }

    /// The seat that the algorithm gives, whether or not it has room; `None` where no server is usable.
    fn next_seat(&self, random: u64) -> Option<u32> {
        let plan = self.plan.load();
        match self.follow(&plan, random) {
            Ok(seat) => seat,
            Err(Stale) => self.replan(&plan, random),
        }
    }

    fn follow(&self, plan: &Plan, random: u64) -> Result<Option<u32>, Stale> {
        if plan.epoch != self.farm.backend.epoch() {
            return Err(Stale);
        }
        match &plan.order {
            PlannedOrder::FirstOnly => Ok(plan.group.first().copied()),
            PlannedOrder::Lots(lots) => Ok(self.farm.drawn(lots, random)),
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

    /// Replaces `stale` and gives the first seat of the new plan.
    fn replan(&self, stale: &Arc<Plan>, random: u64) -> Option<u32> {
        let mut scheduler = self.lock_scheduler();
        let present = self.plan.load_full();
        if !Arc::ptr_eq(&present, stale)
            && let Ok(seat) = self.follow(&present, random)
        {
            return seat;
        }
        // Read before the servers' state: a change in between makes the new plan stale at once.
        let epoch = self.farm.backend.epoch();
        let group = if present.epoch == epoch {
            Arc::clone(&present.group)
        } else {
            if let PlannedOrder::Turns(turns) = &present.order {
                scheduler.take_back(turns.close());
            }
            scheduler.adopt_state(&self.farm);
            self.farm.group(scheduler.backup_in_use)
        };
        let (order, first) = scheduler.plan(&self.farm, &group, random);
        self.plan.store(Arc::new(Plan { epoch, group, order }));
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
        match self.algorithm {
            // The runtime API lets a static algorithm's weights be switched off and on again, nothing between.
            Algorithm::StaticRoundRobin => candidate.server.configured_weight(),
            Algorithm::RoundRobin | Algorithm::Random => candidate.server.weight(),
        }
    }

    /// Weights of the active or of the backup servers by seat; zero for those that are not usable and for the others.
    fn weights(&self, backup: bool) -> Vec<u32> {
        let weight = |candidate: &Candidate| {
            let usable = candidate.backup == backup && candidate.server.accepts_new();
            if usable { self.weight(candidate) } else { 0 }
        };
        self.candidates.iter().map(weight).collect()
    }

    /// The seats that may be picked.
    fn group(&self, backup: bool) -> Arc<[u32]> {
        let limit = if backup && !self.all_backups { 1 } else { usize::MAX };
        let usable = self.weights(backup).into_iter().zip(0..).filter(|&(weight, _)| weight > 0);
        usable.map(|(_, seat)| seat).take(limit).collect()
    }

    fn drawn(&self, lots: &Lots, random: u64) -> Option<u32> {
        let (one, other) = lots.two(random)?;
        let load_and_weight = |seat: u32| {
            let server = &self.candidates.get(seat as usize)?.server;
            Some((u64::from(server.sessions.get() + server.queue.len()), u64::from(server.weight())))
        };
        let (load, weight) = load_and_weight(one)?;
        let (other_load, other_weight) = load_and_weight(other)?;
        Some(if load * other_weight <= other_load * weight { one } else { other })
    }
}

impl Scheduler {
    /// Goes back by the turns that nobody took.
    fn take_back(&mut self, turns: usize) {
        let order = if self.backup_in_use { &mut self.backup } else { &mut self.active };
        match order {
            Order::RoundRobin(ring) => self.undo.drain(..).rev().take(turns).for_each(|undo| ring.take_back(undo)),
            Order::Static(map) => map.go_back(turns as u64),
            Order::Random => {}
        }
    }

    /// Takes over availability and weights, and chooses between active and backup servers.
    fn adopt_state(&mut self, farm: &Farm) {
        let active = farm.weights(false);
        self.backup_in_use = active.iter().all(|&weight| weight == 0);
        self.active.adopt(&active);
        self.backup.adopt(&farm.weights(true));
    }

    /// Works out the next plan's order, and gives its first turn away.
    fn plan(&mut self, farm: &Farm, group: &[u32], random: u64) -> (PlannedOrder, Option<u32>) {
        self.undo.clear();
        if group.is_empty() || (self.backup_in_use && !farm.all_backups) {
            return (PlannedOrder::FirstOnly, group.first().copied());
        }
        let mut seats = Vec::with_capacity(TURNS_A_PLAN);
        let order = if self.backup_in_use { &mut self.backup } else { &mut self.active };
        match order {
            Order::Random => {
                let lots = Lots::new(farm.weights(self.backup_in_use).into_iter());
                let first = farm.drawn(&lots, random);
                return (PlannedOrder::Lots(lots), first);
            }
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
        let first = seats.first().copied();
        (PlannedOrder::Turns(Turns::after_first(seats)), first)
    }
}

impl Order {
    fn new(algorithm: Algorithm, weights: &[u32]) -> Self {
        match algorithm {
            Algorithm::RoundRobin => Self::RoundRobin(RoundRobin::new(weights)),
            Algorithm::StaticRoundRobin => Self::Static(StaticRoundRobin::new(weights, 0)),
            Algorithm::Random => Self::Random,
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
            Self::Random => {}
        }
    }
}

#[cfg(test)]
mod tests;
