//! Stick tables (configuration manual 11): what is known of a key, for a time. Entries lie in shards, each with a lock that is held for one
//! look-up; what an entry holds has a lock of its own. A table never has more entries than its size says, and an entry that somebody tracks
//! stays. Rules and configuration are not known here.

mod data;
mod entry;
mod key;
mod shard;
mod tracking;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burdock_base::{Clock, Instant};

pub use data::{DataType, Form, Layout, MAX_ARRAY};
pub use entry::Entry;
pub use key::{AddressKey, KeyPart, KeyType};
use shard::Shard;
pub use tracking::{Tracked, Trackers};

/// What a stick table is, as its line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSettings {
    /// The name of its section.
    pub name: Box<str>,
    /// What its keys are.
    pub key: KeyType,
    /// Entries at most; at least 1.
    pub size: usize,
    /// `expire`, in milliseconds; none: entries stay until there is no room.
    pub expire_ms: Option<u64>,
    /// `nopurge`: a full table takes no new keys.
    pub no_purge: bool,
    /// `srvkey`
    pub server_key: ServerKey,
    /// `brates-factor`: rates of bytes count blocks of so many.
    pub bytes_factor: u32,
    /// `store`
    pub layout: Layout,
}

/// By what tables recognise a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerKey {
    /// Its name.
    #[default]
    Name,
    /// Its address and port.
    Address,
}

/// Something that happens to who is tracked, and is counted in one kind of data and its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection, or a request that is tracked.
    Connection,
    /// A connection that was let in.
    Session,
    /// An HTTP request.
    Request,
    /// One that was at fault or refused.
    RequestError,
    /// A response that tells of a failure of the server.
    Failure,
    /// Bytes from the client.
    BytesIn,
    /// Bytes to the client.
    BytesOut,
    /// Something odd in what the client does.
    Glitch,
}

/// One of the counters that rules use as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// `gpc0`, or the first of `gpc`.
    First,
    /// `gpc1`, or the second of `gpc`.
    Second,
    /// The one of `gpc` at an index.
    At(u16),
}

/// A value of an entry: its kind, and which one of an array.
pub type Place = (DataType, u16);

/// A stick table.
#[derive(Debug)]
pub struct Table {
    settings: TableSettings,
    clock: Clock,
    shards: Box<[Mutex<Shard>]>,
    used: AtomicUsize,
}

/// Shards of a table that has many entries. One that has few is in one piece, so that the oldest of all gives way.
const SHARDS: usize = 32;
const MANY_ENTRIES: usize = 4096;

/// Expired entries that a new one clears away on its way in.
const CLEARED_ON_ENTRY: usize = 2;
/// Those that are cleared away before others have the lock.
const CLEARED_AT_ONCE: usize = 500;

impl Table {
    /// An empty table.
    pub fn new(settings: TableSettings, clock: Clock) -> Self {
        let shards = if settings.size >= MANY_ENTRIES { SHARDS } else { 1 };
        let shards = (0..shards).map(|_| Mutex::default()).collect();
        Self { settings, clock, shards, used: AtomicUsize::new(0) }
    }

    /// What it is.
    pub const fn settings(&self) -> &TableSettings {
        &self.settings
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Entries in it; some of them may have expired.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// The entry of a key.
    pub fn find(&self, key: &[u8], now: Instant) -> Option<Arc<Entry>> {
        let shard = self.shard(key);
        shard.find(key).filter(|entry| !self.is_expired(entry, now)).map(Arc::clone)
    }

    /// The entry of a key, which counts as matched now. Where there is none it is made; none where there is no room.
    pub fn obtain(&self, key: &[u8], now: Instant) -> Option<Arc<Entry>> {
        self.obtain_with(key, now, |_| ())
    }

    /// The same, for good, as long as what is given back lives: the entry does not expire. Counted as a connection.
    pub fn track(self: &Arc<Self>, key: &[u8], now: Instant) -> Option<Tracked> {
        let entry = self.obtain_with(key, now, Entry::enter)?;
        self.count(&entry, Event::Connection, 1, now);
        self.add(&entry, DataType::ConnCur, 1, now);
        Some(Tracked::new(Arc::clone(self), entry))
    }

    fn obtain_with(&self, key: &[u8], now: Instant, mark: impl Fn(&Entry)) -> Option<Arc<Entry>> {
        if let Some(entry) = self.revive(&self.shard(key), key, now) {
            mark(&entry);
            return Some(entry);
        }
        self.make_room(key, now).then_some(())?;
        let mut shard = self.shard(key);
        // Somebody else may have been faster.
        if let Some(entry) = self.revive(&shard, key, now) {
            self.used.fetch_sub(1, Relaxed);
            mark(&entry);
            return Some(entry);
        }
        let entry = Arc::new(Entry::new(key, &self.settings.layout, now));
        mark(&entry);
        shard.insert(Arc::clone(&entry));
        Some(entry)
    }

    /// An entry that is there; one that has expired begins anew.
    fn revive(&self, shard: &Shard, key: &[u8], now: Instant) -> Option<Arc<Entry>> {
        let entry = shard.find(key)?;
        if self.is_expired(entry, now) {
            entry.reset();
        }
        entry.touch(now);
        Some(Arc::clone(entry))
    }

    /// Counts an entry that is about to come, once another gave way where it has to.
    fn make_room(&self, key: &[u8], now: Instant) -> bool {
        let expired = self.expired_before(now);
        let mut cleared = self.shard(key).clear(expired, CLEARED_ON_ENTRY);
        self.used.fetch_sub(cleared, Relaxed);
        loop {
            let room = self.used.fetch_update(Relaxed, Relaxed, |used| (used < self.settings.size).then_some(used + 1));
            if room.is_ok() {
                return true;
            }
            cleared = if self.settings.no_purge { self.clear_expired(now) } else { self.purge_one(key, now) };
            if cleared == 0 {
                return false;
            }
        }
    }

    /// Takes the entry out that was not touched for longest, from the shard of a key if it has any.
    fn purge_one(&self, key: &[u8], now: Instant) -> usize {
        let first = self.shard_index(key);
        let mut shards = (0..self.shards.len()).map(|step| (first + step) % self.shards.len());
        let purged = shards.any(|index| lock(&self.shards[index]).purge_oldest(now));
        self.used.fetch_sub(usize::from(purged), Relaxed);
        usize::from(purged)
    }

    /// Takes out all that has expired. Says how many.
    pub fn clear_expired(&self, now: Instant) -> usize {
        let expired = self.expired_before(now);
        if expired.is_none() || self.used() == 0 {
            return 0;
        }
        let mut sum = 0;
        for shard in &self.shards {
            loop {
                let cleared = lock(shard).clear(expired, CLEARED_AT_ONCE);
                self.used.fetch_sub(cleared, Relaxed);
                sum += cleared;
                if cleared < CLEARED_AT_ONCE {
                    break;
                }
            }
        }
        sum
    }

    /// Takes an entry out, unless somebody tracks it. Says whether it is out.
    pub fn remove(&self, entry: &Entry) -> bool {
        let removed = self.shard(entry.key()).remove(entry);
        self.used.fetch_sub(usize::from(removed == Some(true)), Relaxed);
        removed.unwrap_or(true)
    }

    /// All entries, by key.
    pub fn entries(&self, now: Instant) -> Vec<Arc<Entry>> {
        self.clear_expired(now);
        let mut entries = Vec::with_capacity(self.used());
        self.shards.iter().for_each(|shard| entries.extend(lock(shard).entries().map(Arc::clone)));
        entries.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        entries
    }

    /// Makes an entry count as matched now.
    pub fn touch(&self, entry: &Entry, now: Instant) {
        entry.touch(now);
    }

    /// Milliseconds until an entry expires if nothing happens; none where it never does.
    pub fn expires_in_ms(&self, entry: &Entry, now: Instant) -> Option<u64> {
        Some(entry.touched().after_ms(self.settings.expire_ms?).ms_since(now))
    }

    /// A value of an entry; none where it is not kept.
    pub fn value(&self, entry: &Entry, data: DataType, index: u16, now: Instant) -> Option<u64> {
        let column = self.settings.layout.place(data, index)?;
        let value = entry.value(data, column, index, now);
        let is_blocks = matches!(data, DataType::BytesInRate | DataType::BytesOutRate);
        Some(if is_blocks { value * u64::from(self.settings.bytes_factor) } else { value })
    }

    /// Sets a value of an entry and gives the one before; none where it is not kept.
    pub fn set(&self, entry: &Entry, data: DataType, index: u16, value: u64, now: Instant) -> Option<u64> {
        let column = self.settings.layout.place(data, index)?;
        Some(entry.set(data, column, index, value, now))
    }

    /// Adds to a number, where it is kept.
    pub fn add(&self, entry: &Entry, data: DataType, n: u64, now: Instant) {
        if let Some(column) = self.settings.layout.place(data, 0) {
            entry.add(data, column, 0, n, now);
        }
    }

    /// Counts something that happened `n` times.
    pub fn count(&self, entry: &Entry, event: Event, n: u64, now: Instant) {
        let (total, rate) = match event {
            Event::Connection => (DataType::ConnCnt, DataType::ConnRate),
            Event::Session => (DataType::SessCnt, DataType::SessRate),
            Event::Request => (DataType::HttpReqCnt, DataType::HttpReqRate),
            Event::RequestError => (DataType::HttpErrCnt, DataType::HttpErrRate),
            Event::Failure => (DataType::HttpFailCnt, DataType::HttpFailRate),
            Event::BytesIn => (DataType::BytesInCnt, DataType::BytesInRate),
            Event::BytesOut => (DataType::BytesOutCnt, DataType::BytesOutRate),
            Event::Glitch => (DataType::GlitchCnt, DataType::GlitchRate),
        };
        self.add(entry, total, n, now);
        let blocks = match event {
            Event::BytesIn | Event::BytesOut => n.div_ceil(u64::from(self.settings.bytes_factor)),
            _ => n,
        };
        self.add(entry, rate, blocks, now);
    }

    /// Where a counter and its rate are kept, if they are.
    fn counter(&self, counter: Counter) -> (Option<Place>, Option<Place>) {
        let layout = &self.settings.layout;
        let kept = |own: Option<DataType>, array: DataType, index: u16| {
            let own = own.filter(|own| layout.has(*own)).map(|own| (own, 0));
            own.or_else(|| (index < layout.length(array)).then_some((array, index)))
        };
        let (total, rate, index) = match counter {
            Counter::First => (Some(DataType::Gpc0), Some(DataType::Gpc0Rate), 0),
            Counter::Second => (Some(DataType::Gpc1), Some(DataType::Gpc1Rate), 1),
            Counter::At(index) => (None, None, index),
        };
        (kept(total, DataType::Gpc, index), kept(rate, DataType::GpcRate, index))
    }

    /// The value of a counter; none where it is not kept.
    pub fn counter_value(&self, entry: &Entry, counter: Counter, now: Instant) -> Option<u64> {
        let (data, index) = self.counter(counter).0?;
        self.value(entry, data, index, now)
    }

    /// The rate at which a counter rises; none where it is not kept.
    pub fn counter_rate(&self, entry: &Entry, counter: Counter, now: Instant) -> Option<u64> {
        let (data, index) = self.counter(counter).1?;
        self.value(entry, data, index, now)
    }

    /// Raises a counter and its rate. Gives the counter's value then, or the rate's where that alone is kept; none where neither is.
    pub fn raise_counter(&self, entry: &Entry, counter: Counter, n: u64, now: Instant) -> Option<u64> {
        let (total, rate) = self.counter(counter);
        let raise = |(data, index): Place| {
            entry.add(data, self.settings.layout.place(data, index)?, index, n, now);
            self.value(entry, data, index, now)
        };
        let rate = rate.and_then(raise);
        total.and_then(raise).or(rate)
    }

    /// Puts a counter back to zero and gives its value before; none where it is not kept.
    pub fn clear_counter(&self, entry: &Entry, counter: Counter, now: Instant) -> Option<u64> {
        let (data, index) = self.counter(counter).0?;
        self.set(entry, data, index, 0, now)
    }

    /// Where the tag at an index is kept; none stands for the tag that is alone, or the first of several.
    pub fn tag(&self, index: Option<u16>) -> Option<Place> {
        let layout = &self.settings.layout;
        match index {
            None if layout.has(DataType::Gpt0) => Some((DataType::Gpt0, 0)),
            other => {
                Some((DataType::Gpt, other.unwrap_or(0))).filter(|(_, index)| *index < layout.length(DataType::Gpt))
            }
        }
    }

    /// Takes a server down for a key.
    pub fn set_server(&self, entry: &Entry, numeric_id: u32, key: &[u8], now: Instant) {
        self.set(entry, DataType::ServerId, 0, numeric_id.into(), now);
        if self.settings.layout.has(DataType::ServerKey) {
            entry.set_server_key(key);
        }
    }

    /// Ends the tracking of an entry.
    fn release(&self, entry: &Entry) {
        let now = self.clock.now();
        if let Some(column) = self.settings.layout.place(DataType::ConnCur, 0) {
            // An operator may have set it to zero.
            entry.lower(DataType::ConnCur, column, now);
        }
        entry.touch(now);
        entry.leave();
    }

    fn is_expired(&self, entry: &Entry, now: Instant) -> bool {
        entry.users() == 0 && self.expired_before(now).is_some_and(|limit| entry.touched() <= limit)
    }

    /// What was last touched then or earlier has expired; none: nothing has.
    fn expired_before(&self, now: Instant) -> Option<Instant> {
        now.as_ms().checked_sub(self.settings.expire_ms?).map(Instant::from_ms)
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Shard> {
        lock(&self.shards[self.shard_index(key)])
    }

    fn shard_index(&self, key: &[u8]) -> usize {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = key.iter().fold(FACTOR, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FACTOR));
        (mixed >> 40) as usize % self.shards.len()
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
