//! Backends in `mode log`: which server a line goes to (configuration manual 4.2 `balance`, `mode`).
//! What is derived from the servers' state is kept until that changes, by each thread on its own.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burdock_balance::turns_by_weight;
use burdock_model::{LogBalance, LogFarm, Logging};

use super::sink::Sink;

/// Sets apart what different threads draw.
static FARMS_OPENED: AtomicU64 = AtomicU64::new(0);

/// The servers of a log backend, open.
#[derive(Debug)]
pub(super) struct Farm {
    farm: Arc<LogFarm>,
    /// In the order of the configuration.
    sinks: Vec<Sink>,
    turns: RefCell<Turns>,
    draws: Cell<u64>,
}

/// Who may get lines, as often as their weights say. Valid for one epoch of the backend; those count from one.
#[derive(Debug, Default)]
struct Turns {
    epoch: u64,
    servers: Vec<u32>,
}

impl Farm {
    pub(super) fn open(farm: &Arc<LogFarm>, logging: &Logging) -> Farm {
        Farm {
            farm: Arc::clone(farm),
            sinks: farm.servers.iter().map(|server| Sink::open(&server.transport, logging)).collect(),
            turns: RefCell::default(),
            draws: Cell::new(FARMS_OPENED.fetch_add(1, Relaxed) << 32 | u64::from(std::process::id())),
        }
    }

    /// Hands a line to the server that it falls to. Says how many lines are lost by that.
    pub(super) fn send(&self, line: &[u8]) -> u64 {
        self.pick().and_then(|server| self.sinks.get(server)).map_or(1, |sink| sink.send(line))
    }

    fn pick(&self) -> Option<usize> {
        let mut turns = self.turns.try_borrow_mut().ok()?;
        let epoch = self.farm.state.epoch();
        if turns.epoch != epoch {
            *turns = Turns { epoch, servers: who_gets_lines(&self.farm) };
        }
        let last = turns.servers.len().checked_sub(1)?;
        let number = match self.farm.balance {
            LogBalance::RoundRobin => self.farm.turn.fetch_add(1, Relaxed) as usize,
            LogBalance::Random => self.draw(),
            LogBalance::Sticky => 0,
        };
        turns.servers.get(number % (last + 1)).map(|&server| server as usize)
    }

    /// SplitMix64.
    fn draw(&self) -> usize {
        let next = self.draws.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.draws.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) as usize
    }
}

/// The usable active servers, else the first usable backup server or all of them. Sticky lines stay with who has been usable the longest.
fn who_gets_lines(farm: &LogFarm) -> Vec<u32> {
    let usable = |backup: bool| {
        let servers = (0..).zip(&farm.servers);
        servers.filter(move |(_, server)| server.backup == backup && server.state.accepts_new())
    };
    let mut chosen: Vec<_> = usable(false).collect();
    if chosen.is_empty() {
        chosen = usable(true).take(if farm.all_backups { usize::MAX } else { 1 }).collect();
    }
    if farm.balance == LogBalance::Sticky {
        chosen.sort_by_key(|(_, server)| server.state.last_change());
        return chosen.into_iter().map(|(index, _)| index).collect();
    }
    let weights: Vec<u32> = chosen.iter().map(|(_, server)| server.state.weight()).collect();
    let seats = turns_by_weight(&weights).into_iter();
    seats.filter_map(|seat| chosen.get(seat as usize).map(|(index, _): &(u32, _)| *index)).collect()
}

#[cfg(test)]
mod tests;
