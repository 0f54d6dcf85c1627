//! Sessions that clients may resume, kept on our side (configuration manual 3.2 `tune.ssl.cachesize`, `tune.ssl.lifetime`): one cache for the
//! process, bounded, in which lines that ask different things of their clients do not meet.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::server::StoresServerSessions;

/// What tells apart lines whose clients may not resume each other's sessions: those that verify them differently.
pub(crate) type Scope = [u8; 16];

/// The sessions of the process.
#[derive(Debug)]
pub(crate) struct SessionCache {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    /// Sessions a shard.
    room: usize,
    lifetime: Duration,
}

#[derive(Debug, Default)]
struct Shard {
    sessions: HashMap<Vec<u8>, Session>,
    /// In the order they came; some may be gone.
    order: VecDeque<Vec<u8>>,
}

#[derive(Debug)]
struct Session {
    value: Vec<u8>,
    expires: Instant,
}

/// So many locks that workers hardly meet.
const SHARDS: usize = 16;

impl SessionCache {
    /// One for `size` sessions, each for `lifetime_s` seconds.
    pub(crate) fn new(size: usize, lifetime_s: u64) -> Self {
        let shards = SHARDS.min(size.max(1));
        Self {
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            room: size / shards,
            lifetime: Duration::from_secs(lifetime_s),
        }
    }

    fn shard(&self, key: &[u8]) -> Option<MutexGuard<'_, Shard>> {
        let index = self.hasher.hash_one(key) % u64::try_from(self.shards.len()).ok()?;
        let shard = self.shards.get(usize::try_from(index).ok()?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, key: Vec<u8>, value: Vec<u8>, now: Instant) -> bool {
        let Some(mut shard) = self.shard(&key).filter(|_| self.room > 0) else { return false };
        while shard.order.len() >= self.room {
            let Some(oldest) = shard.order.pop_front() else { break };
            shard.sessions.remove(&oldest);
        }
        shard.order.push_back(key.clone());
        shard.sessions.insert(key, Session { value, expires: now + self.lifetime });
        true
    }

    fn get(&self, key: &[u8], now: Instant) -> Option<Vec<u8>> {
        let shard = self.shard(key)?;
        shard.sessions.get(key).filter(|session| session.expires > now).map(|session| session.value.clone())
    }

    fn take(&self, key: &[u8], now: Instant) -> Option<Vec<u8>> {
        self.shard(key)?.sessions.remove(key).filter(|session| session.expires > now).map(|session| session.value)
    }
}

/// The sessions of the lines of one scope.
#[derive(Debug)]
pub(crate) struct ScopedSessions {
    pub(crate) cache: Arc<SessionCache>,
    pub(crate) scope: Scope,
}

impl ScopedSessions {
    fn key(&self, id: &[u8]) -> Vec<u8> {
        [&self.scope, id].concat()
    }
}

impl StoresServerSessions for ScopedSessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.cache.put(self.key(&key), value, Instant::now())
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.cache.get(&self.key(key), Instant::now())
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.cache.take(&self.key(key), Instant::now())
    }

    fn can_cache(&self) -> bool {
        self.cache.room > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_and_forgets_what_is_old() {
        let cache = SessionCache::new(32, 300);
        let now = Instant::now();
        for number in 0..1_000_u32 {
            assert!(cache.put(number.to_be_bytes().to_vec(), vec![1], now));
        }
        let kept = cache.shards.iter().map(|shard| shard.lock().unwrap().sessions.len()).sum::<usize>();
        assert!((1..=32).contains(&kept), "{kept}");
        let last = 999_u32.to_be_bytes();
        assert_eq!(cache.get(&last, now + Duration::from_secs(299)), Some(vec![1]));
        assert_eq!(cache.get(&last, now + Duration::from_secs(300)), None);
        assert_eq!(cache.take(&last, now), Some(vec![1]));
        assert_eq!(cache.take(&last, now), None);
        assert!(!SessionCache::new(0, 300).put(vec![1], vec![1], now));
    }

    #[test]
    fn scopes_do_not_meet() {
        let cache = Arc::new(SessionCache::new(32, 300));
        let one = ScopedSessions { cache: cache.clone(), scope: [1; 16] };
        let other = ScopedSessions { cache, scope: [2; 16] };
        assert!(one.put(vec![7], vec![8]));
        assert_eq!(other.get(&[7]), None);
        assert_eq!(one.get(&[7]), Some(vec![8]));
    }
}
