//! Tickets: sessions that clients keep for us, sealed (RFC 5077 4). Keys are drawn and changed by ourselves, or come from a file and from runtime
//! commands (configuration manual 5.1 `tls-ticket-keys`). Of the keys at hand the last but one seals, so that a new one is known to all machines
//! of a group before any uses it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::cipher::{
    AES_128, AES_256, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::server::ProducesTickets;

use crate::report::Problem;
use crate::session::Scope;

/// Keys at hand at a time.
pub const RING_SIZE: usize = 3;

/// How long a key that we have drawn stays in its place, at least.
const ROTATION_S: u64 = 3_600;

const NAME_LENGTH: usize = 16;
const MAC_LENGTH: usize = 32;

/// Keys of tickets, oldest first.
#[derive(Debug)]
pub struct KeyRing {
    keys: Mutex<Keys>,
    /// How long until a new key is drawn; none: keys are given.
    rotation: Option<Duration>,
}

#[derive(Debug)]
struct Keys {
    ring: VecDeque<Arc<Key>>,
    rotated: Instant,
}

struct Key {
    name: [u8; NAME_LENGTH],
    given: Vec<u8>,
    mac: hmac::Key,
    seal: PaddedBlockEncryptingKey,
    open: PaddedBlockDecryptingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

impl Key {
    /// A key of 48 bytes (AES-128) or 80 (AES-256): a name, a key of the MAC, a key of the cipher.
    fn new(given: &[u8]) -> Option<Self> {
        let (name, keys) = given.split_first_chunk::<NAME_LENGTH>()?;
        let (algorithm, length) = match given.len() {
            48 => (&AES_128, 16),
            80 => (&AES_256, 32),
            _ => return None,
        };
        let (mac, cipher) = keys.split_at_checked(length)?;
        Some(Self {
            name: *name,
            given: given.to_vec(),
            mac: hmac::Key::new(hmac::HMAC_SHA256, mac),
            seal: PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, cipher).ok()?).ok()?,
            open: PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, cipher).ok()?).ok()?,
        })
    }

    fn draw() -> Option<Self> {
        let mut bytes = [0; 80];
        rand::fill(&mut bytes).ok()?;
        Self::new(&bytes)
    }

    fn tag_over(&self, sealed: &[u8], scope: &Scope) -> hmac::Context {
        let mut tag = hmac::Context::with_key(&self.mac);
        tag.update(scope);
        tag.update(sealed);
        tag
    }

    fn seal(&self, plain: Vec<u8>, scope: &Scope) -> Option<Vec<u8>> {
        let mut body = plain;
        let context = self.seal.encrypt(&mut body).ok()?;
        let iv: &[u8] = (&context).try_into().ok()?;
        let mut sealed = [&self.name, iv, &body].concat();
        let tag = self.tag_over(&sealed, scope).sign();
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    fn open(&self, sealed: &[u8], scope: &Scope) -> Option<Vec<u8>> {
        let (signed, tag) = sealed.split_at_checked(sealed.len().checked_sub(MAC_LENGTH)?)?;
        let expected = self.tag_over(signed, scope).sign();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), tag).ok()?;
        let (iv, body) = signed.get(NAME_LENGTH..)?.split_first_chunk::<AES_CBC_IV_LEN>()?;
        let mut body = body.to_vec();
        let plain = self.open.decrypt(&mut body, DecryptionContext::Iv128(FixedLength::from(*iv))).ok()?;
        Some(plain.to_vec())
    }
}

impl KeyRing {
    /// Keys that are drawn by ourselves and changed in time: a ticket of `lifetime_s` seconds can be opened until its end.
    pub(crate) fn automatic(lifetime_s: u64) -> Self {
        let ring = std::iter::repeat_with(Key::draw).take(RING_SIZE).flatten().map(Arc::new).collect();
        let rotation = Duration::from_secs(ROTATION_S.max(lifetime_s));
        Self { keys: Mutex::new(Keys { ring, rotated: Instant::now() }), rotation: Some(rotation) }
    }

    /// The keys of a file: one a line, in base64; the last ones count.
    ///
    /// # Errors
    /// What is wrong with the file, and the line.
    pub(crate) fn read(file: &str, content: &str) -> Result<Self, Problem> {
        let mut ring: VecDeque<Arc<Key>> = VecDeque::new();
        for (index, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let key = decode(line).map_err(|error| Problem::new(format!("{file}, line {}", index + 1), error))?;
            if ring.front().is_some_and(|first| first.given.len() != key.given.len()) {
                return Err(Problem::new(
                    format!("{file}, line {}", index + 1),
                    "its length is not the one of the keys before",
                ));
            }
            ring.push_back(Arc::new(key));
        }
        if ring.len() < RING_SIZE {
            return Err(Problem::new(file, format!("there have to be at least {RING_SIZE} keys, one a line")));
        }
        ring.drain(..ring.len() - RING_SIZE);
        Ok(Self { keys: Mutex::new(Keys { ring, rotated: Instant::now() }), rotation: None })
    }

    /// Adds a key in base64, which makes the last one so far the one that seals, and forgets the oldest.
    ///
    /// # Errors
    /// It is no key, or not as long as the others.
    pub fn push(&self, key: &str) -> Result<(), String> {
        let key = decode(key)?;
        let mut keys = self.lock();
        if keys.ring.front().is_some_and(|first| first.given.len() != key.given.len()) {
            return Err("its length is not the one of the keys so far".into());
        }
        keys.ring.push_back(Arc::new(key));
        keys.ring.pop_front();
        Ok(())
    }

    /// The keys as they were given, oldest first.
    pub fn keys(&self) -> Vec<Vec<u8>> {
        self.lock().ring.iter().map(|key| key.given.clone()).collect()
    }

    fn sealing(&self, now: Instant) -> Option<Arc<Key>> {
        let mut keys = self.lock();
        if let Some(rotation) = self.rotation
            && now.saturating_duration_since(keys.rotated) >= rotation
            && let Some(key) = Key::draw()
        {
            keys.rotated = now;
            keys.ring.push_back(Arc::new(key));
            keys.ring.pop_front();
        }
        keys.ring.iter().rev().nth(1).cloned()
    }

    fn named(&self, name: &[u8]) -> Option<Arc<Key>> {
        self.lock().ring.iter().find(|key| key.name == name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(line: &str) -> Result<Key, String> {
    let bytes = STANDARD.decode(line.trim()).map_err(|error| format!("this is no base64 text: {error}"))?;
    Key::new(&bytes).ok_or_else(|| format!("a key has 48 or 80 bytes, this one {}", bytes.len()))
}

/// Makes and takes tickets for the lines of one scope.
#[derive(Debug)]
pub(crate) struct Ticketer {
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) scope: Scope,
    pub(crate) lifetime_s: u64,
}

impl Ticketer {
    fn seal(&self, plain: &[u8], now: Instant, now_s: u64) -> Option<Vec<u8>> {
        self.keys.sealing(now)?.seal([&now_s.to_be_bytes(), plain].concat(), &self.scope)
    }

    fn open(&self, sealed: &[u8], now_s: u64) -> Option<Vec<u8>> {
        let plain = self.keys.named(sealed.get(..NAME_LENGTH)?)?.open(sealed, &self.scope)?;
        let (sealed_at, plain) = plain.split_first_chunk::<8>()?;
        let age_s = now_s.saturating_sub(u64::from_be_bytes(*sealed_at));
        (age_s < self.lifetime_s).then(|| plain.to_vec())
    }
}

impl ProducesTickets for Ticketer {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(self.lifetime_s).unwrap_or(u32::MAX)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.seal(plain, Instant::now(), unix_time_s())
    }

    fn decrypt(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.open(sealed, unix_time_s())
    }
}

fn unix_time_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8, length: usize) -> String {
        STANDARD.encode(vec![first; length])
    }

    fn ticketer(keys: KeyRing) -> Ticketer {
        Ticketer { keys: Arc::new(keys), scope: [0; 16], lifetime_s: 300 }
    }

    #[test]
    fn the_last_key_but_one_seals_and_three_open() {
        let file = [1, 2, 3, 4].map(|first| key(first, 80)).join("\n");
        let ticketer = ticketer(KeyRing::read("keys", &file).unwrap());
        let now = Instant::now();
        let sealed = ticketer.seal(b"session", now, 1_000).unwrap();
        assert_eq!(sealed[..16], [3; 16]);
        assert_eq!(ticketer.open(&sealed, 1_299).as_deref(), Some(&b"session"[..]));
        assert_eq!(ticketer.open(&sealed, 1_300), None);
        ticketer.keys.push(&key(5, 80)).unwrap();
        assert_eq!(ticketer.seal(b"session", now, 1_000).unwrap()[..16], [4; 16]);
        assert!(ticketer.open(&sealed, 1_000).is_some());
        ticketer.keys.push(&key(6, 80)).unwrap();
        assert_eq!(ticketer.open(&sealed, 1_000), None);
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let ticketer = ticketer(KeyRing::automatic(300));
        let sealed = ticketer.seal(b"session", Instant::now(), 0).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(ticketer.open(&changed, 0), None, "{place}");
            assert_eq!(ticketer.open(&sealed[..place], 0), None, "{place}");
        }
        let elsewhere = Ticketer { keys: ticketer.keys.clone(), scope: [1; 16], lifetime_s: 300 };
        assert_eq!(elsewhere.open(&sealed, 0), None);
    }

    #[test]
    fn drawn_keys_change_in_time() {
        let ticketer = ticketer(KeyRing::automatic(300));
        let now = Instant::now();
        let names =
            [0, 1, 3_600, 7_200].map(|s| ticketer.seal(b"", now + Duration::from_secs(s), 0).unwrap()[..16].to_vec());
        assert_eq!(names[0], names[1]);
        assert!(names[1] != names[2] && names[2] != names[3]);
    }

    #[test]
    fn bad_files() {
        let check = |content: &str, expected: &str| {
            let problem = KeyRing::read("keys", content).unwrap_err();
            assert!(problem.to_string().contains(expected), "{problem}");
        };
        check("", "at least 3 keys");
        check(&[key(1, 48), key(2, 48)].join("\n"), "at least 3 keys");
        check(&[key(1, 48), key(2, 80)].join("\n"), "line 2");
        check(&key(1, 47), "48 or 80 bytes");
        check("!", "base64");
    }
}
