//! An entry of a stick table: its key, its data, who uses it. Numbers that belong together change under one lock, which is held for a few
//! instructions.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burdock_base::Instant;

use super::data::{Column, DataType, Form, Layout};

/// A key and what is known of it.
#[derive(Debug)]
pub struct Entry {
    key: Box<[u8]>,
    /// When it was last created, tracked or matched, as [`Instant::as_ms`].
    touched_ms: AtomicU64,
    /// How many connections and requests track it.
    users: AtomicU32,
    /// Whether it was taken out of its table.
    gone: AtomicBool,
    cells: Mutex<Cells>,
}

/// The data of an entry, by the layout of its table.
#[derive(Debug)]
struct Cells {
    words: Box<[u32]>,
    server_key: Option<Arc<[u8]>>,
}

impl Entry {
    pub(super) fn new(key: &[u8], layout: &Layout, now: Instant) -> Self {
        let words = vec![0; layout.words()].into();
        Self {
            key: key.into(),
            touched_ms: AtomicU64::new(now.as_ms()),
            users: AtomicU32::new(0),
            gone: AtomicBool::new(false),
            cells: Mutex::new(Cells { words, server_key: None }),
        }
    }

    /// Its key, in the form of its table's type.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// How many track it.
    pub fn users(&self) -> u32 {
        self.users.load(Relaxed)
    }

    /// When it was last created, tracked or matched.
    pub fn touched(&self) -> Instant {
        Instant::from_ms(self.touched_ms.load(Relaxed))
    }

    pub(super) fn touch(&self, now: Instant) {
        self.touched_ms.fetch_max(now.as_ms(), Relaxed);
    }

    pub(super) fn enter(&self) {
        self.users.fetch_add(1, Relaxed);
    }

    pub(super) fn leave(&self) {
        self.users.fetch_sub(1, Relaxed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Relaxed)
    }

    pub(super) fn take_out(&self) {
        self.gone.store(true, Relaxed);
    }

    /// Forgets its data.
    pub(super) fn reset(&self) {
        let mut cells = self.cells();
        cells.words.fill(0);
        cells.server_key = None;
    }

    pub(super) fn add(&self, data: DataType, column: Column, index: u16, n: u64, now: Instant) {
        self.cells().add(data, column, index, n, now);
    }

    pub(super) fn value(&self, data: DataType, column: Column, index: u16, now: Instant) -> u64 {
        self.cells().value(data, column, index, now)
    }

    pub(super) fn set(&self, data: DataType, column: Column, index: u16, value: u64, now: Instant) -> u64 {
        let mut cells = self.cells();
        let before = cells.value(data, column, index, now);
        cells.set(data, column, index, value, now);
        before
    }

    /// Takes one from a number; it stays at zero.
    pub(super) fn lower(&self, data: DataType, column: Column, now: Instant) {
        let mut cells = self.cells();
        let value = cells.value(data, column, 0, now);
        cells.set(data, column, 0, value.saturating_sub(1), now);
    }

    /// The text that names the server.
    pub fn server_key(&self) -> Option<Arc<[u8]>> {
        self.cells().server_key.clone()
    }

    pub(super) fn set_server_key(&self, key: &[u8]) {
        let mut cells = self.cells();
        if cells.server_key.as_deref() != Some(key) {
            cells.server_key = Some(key.into());
        }
    }

    fn cells(&self) -> MutexGuard<'_, Cells> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    fn words<const N: usize>(&mut self, column: Column, index: u16) -> Option<&mut [u32; N]> {
        let at = column.at + N * usize::from(index);
        self.words.get_mut(at..at + N)?.try_into().ok()
    }

    fn add(&mut self, data: DataType, column: Column, index: u16, n: u64, now: Instant) {
        match data.form() {
            Form::Rate => {
                if let Some(words) = self.words(column, index) {
                    rate::add(words, column.period_ms, clamp(n), now);
                }
            }
            _ => {
                let value = self.value(data, column, index, now);
                self.set(data, column, index, value.wrapping_add(n), now);
            }
        }
    }

    fn value(&mut self, data: DataType, column: Column, index: u16, now: Instant) -> u64 {
        match data.form() {
            Form::Number => self.words::<1>(column, index).map_or(0, |[word]| u64::from(*word)),
            Form::Wide => {
                self.words::<2>(column, index).map_or(0, |[low, high]| u64::from(*high) << 32 | u64::from(*low))
            }
            Form::Rate => self.words(column, index).map_or(0, |words| rate::read(words, column.period_ms, now).into()),
            Form::ServerKey => 0,
        }
    }

    fn set(&mut self, data: DataType, column: Column, index: u16, value: u64, now: Instant) {
        match data.form() {
            Form::Number => {
                if let Some([word]) = self.words(column, index) {
                    *word = value as u32;
                }
            }
            Form::Wide => {
                if let Some([low, high]) = self.words(column, index) {
                    (*low, *high) = (value as u32, (value >> 32) as u32);
                }
            }
            Form::Rate => {
                if let Some(words) = self.words(column, index) {
                    *words = [now.as_ms() as u32, clamp(value), 0];
                }
            }
            Form::ServerKey => {}
        }
    }
}

fn clamp(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How often something happened within a period that slides: when the present stretch began, what it has brought, what the one before it
/// brought. Times are milliseconds that wrap.
mod rate {
    use burdock_base::Instant;

    pub(super) fn add([began, current, previous]: &mut [u32; 3], period_ms: u32, n: u32, now: Instant) {
        let now = now.as_ms() as u32;
        if *began == 0 {
            // Nothing was counted yet.
            *began = now;
        }
        let elapsed = now.wrapping_sub(*began);
        if elapsed >= period_ms {
            let is_next = elapsed - period_ms < period_ms;
            *previous = if is_next { *current } else { 0 };
            *began = if is_next { began.wrapping_add(period_ms) } else { now };
            *current = 0;
        }
        *current = current.saturating_add(n);
    }

    /// What the present stretch has brought, and the share of the one before it that the period still covers.
    pub(super) fn read([began, current, previous]: &[u32; 3], period_ms: u32, now: Instant) -> u32 {
        let elapsed = (now.as_ms() as u32).wrapping_sub(*began);
        let (current, past, remaining) = match elapsed.checked_sub(period_ms) {
            None => (*current, *previous, period_ms - elapsed),
            Some(beyond) if beyond < period_ms => (0, *current, period_ms - beyond),
            Some(_) => return 0,
        };
        // A single event is seen for the whole of a period, not for none.
        if current == 0 && past <= 1 {
            return past;
        }
        let past = u64::from(past) * u64::from(remaining) / u64::from(period_ms.max(1));
        current.saturating_add(past as u32)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_period_slides() {
            let at = |ms: u64| Instant::from_ms(100_000 + ms);
            let mut words = [0; 3];
            assert_eq!(read(&words, 1000, at(0)), 0);
            for ms in [0, 100, 200, 300] {
                add(&mut words, 1000, 1, at(ms));
            }
            assert_eq!(read(&words, 1000, at(400)), 4);
            assert_eq!((read(&words, 1000, at(1500)), read(&words, 1000, at(1999))), (2, 0));
            add(&mut words, 1000, 2, at(1300));
            assert_eq!((read(&words, 1000, at(1300)), read(&words, 1000, at(1900))), (4, 2));
            assert_eq!((read(&words, 1000, at(3100)), read(&words, 1000, at(2000))), (0, 2));
            let mut single = [0; 3];
            add(&mut single, 1000, 1, at(0));
            assert_eq!((read(&single, 1000, at(1999)), read(&single, 1000, at(2000))), (1, 0));
            add(&mut single, 0, 1, at(5000));
            assert_eq!(read(&single, 0, at(5000)), 0, "nothing happens within no time");
        }
    }
}
