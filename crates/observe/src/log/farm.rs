//! Backends in `mode log`: which server a line goes to (configuration manual 4.2 `balance`, `mode`).
//! What is derived from the servers' state is kept until that changes, by each thread on its own.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burdock_balance::turns_by_weight;
use burdock_base::{BindId, Instant, ProxyId};
use burdock_model::{LogBalance, LogFarm, LogHash, Logging};
use burdock_sample::{Input, Phase, Scratch, Type, Value};
use burdock_state::Directory;
use burdock_txn::{Endpoint, Txn};

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
    keys: Keys,
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
            keys: Keys::new(),
            draws: Cell::new(FARMS_OPENED.fetch_add(1, Relaxed) << 32 | u64::from(std::process::id())),
        }
    }

    /// Hands a line to the server that it falls to. Says how many lines are lost by that: also one without a key to hash (measured).
    pub(super) fn send(&self, line: &[u8], text: &[u8]) -> u64 {
        self.pick(text).and_then(|server| self.sinks.get(server)).map_or(1, |sink| sink.send(line, text))
    }

    fn pick(&self, text: &[u8]) -> Option<usize> {
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
            LogBalance::Hash => self.keys.number(self.farm.hash.as_ref()?, text)?,
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

/// What expressions look at where there is no request: nothing but the text that they are given.
#[derive(Debug)]
struct Keys {
    txn: Box<Txn>,
    world: Directory,
    scratch: RefCell<Scratch>,
}

impl Keys {
    fn new() -> Self {
        let nowhere = Endpoint::Unix(0);
        let txn = Box::new(Txn::new(nowhere, nowhere, ProxyId(0), BindId(0), Instant::START));
        Self { txn, world: Directory::empty(), scratch: RefCell::default() }
    }

    /// The hash of the key that is in a text, where there is one.
    fn number(&self, by: &LogHash, text: &[u8]) -> Option<usize> {
        let mut scratch = self.scratch.try_borrow_mut().ok()?;
        scratch.clear();
        let input =
            Input { txn: &self.txn, world: &self.world, now: Instant::START, phase: Phase::Log, scratch: &scratch };
        let key = by.key.convert(Value::Str(text), &input)?.cast(Type::Str, &scratch)?;
        let Some(hash) = &by.hash else {
            let Value::Str(digits) = key else { return None };
            return Some(leading_number(digits) as usize);
        };
        match hash.convert(key, &input)? {
            Value::Int(number) => Some(number as usize),
            _ => None,
        }
    }
}

/// The number that a text begins with, in the 32 bits of a hash; zero where there is none.
fn leading_number(text: &[u8]) -> u32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0_u32, |sum, digit| sum.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')))
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
        chosen.sort_by_key(|(_, server)| server.state.usable_since());
        return chosen.into_iter().map(|(index, _)| index).collect();
    }
    let weights: Vec<u32> = chosen.iter().map(|(_, server)| server.state.weight()).collect();
    let seats = turns_by_weight(&weights).into_iter();
    seats.filter_map(|seat| chosen.get(seat as usize).map(|(index, _): &(u32, _)| *index)).collect()
}

#[cfg(test)]
mod tests;
