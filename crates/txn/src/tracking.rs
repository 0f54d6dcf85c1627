//! Entries of stick tables that a request and its connection track, by number (configuration manual 4.4 `track-sc0`).

use std::sync::Arc;

use burdock_base::Instant;
use burdock_state::table::{Event, Tracked, Trackers};

/// What is tracked; most often nothing, which takes no memory of its own.
#[derive(Debug, Default)]
pub struct Tracking {
    /// By the client's connection, which lends it to each of its requests.
    pub connection: Option<Arc<Trackers>>,
    /// By the request.
    pub request: Option<Box<Trackers>>,
}

impl Tracking {
    /// Whether nothing is tracked.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.connection.is_none() && self.request.is_none()
    }

    /// What is tracked by a number: the request's own, else its connection's.
    pub fn get(&self, number: usize) -> Option<&Tracked> {
        let of_request = self.request.as_ref().and_then(|request| request.get(number));
        of_request.or_else(|| self.connection.as_ref()?.get(number))
    }

    /// All that is tracked, one a number.
    pub fn iter(&self) -> impl Iterator<Item = &Tracked> {
        let of_connection = self.connection.as_ref().map_or(0, |trackers| trackers.end());
        let of_request = self.request.as_ref().map_or(0, |trackers| trackers.end());
        (0..of_connection.max(of_request)).filter_map(|number| self.get(number))
    }

    /// Counts something for all that is tracked.
    pub fn count(&self, event: Event, n: u64, now: Instant) {
        self.iter().for_each(|tracked| tracked.count(event, n, now));
    }

    /// Whether a number is taken: the first rule that tracks by it counts.
    pub fn is_taken(&self, number: usize, of_connection: bool) -> bool {
        let taken = if of_connection {
            self.connection.as_ref().and_then(|connection| connection.get(number))
        } else {
            self.request.as_ref().and_then(|request| request.get(number))
        };
        taken.is_some()
    }

    /// Tracks an entry by a number, as long as the connection lasts or the request alone. What a connection tracks is settled before its
    /// first request; later nothing is added.
    pub fn add(&mut self, number: usize, of_connection: bool, tracked: Tracked) {
        if !of_connection {
            self.request.get_or_insert_default().set(number, tracked);
        } else if let Some(trackers) = Arc::get_mut(self.connection.get_or_insert_default()) {
            trackers.set(number, tracked);
        }
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::Clock;
    use burdock_state::Table;
    use burdock_state::table::{DataType, KeyType, Layout, ServerKey, TableSettings};

    use super::*;

    #[test]
    fn a_request_comes_before_its_connection() {
        let mut layout = Layout::default();
        layout.add(DataType::HttpReqCnt, 1, 0);
        let name = "t".into();
        let key = KeyType::Text(1);
        let server_key = ServerKey::Name;
        let settings =
            TableSettings { name, key, size: 9, expire_ms: None, no_purge: false, server_key, bytes_factor: 1, layout };
        let table = Arc::new(Table::new(settings, Clock::new()));
        let now = Instant::START;
        let mut tracking = Tracking::default();
        for (number, of_connection, key) in [(0, true, b"a"), (2, true, b"b"), (2, false, b"c"), (1, false, b"d")] {
            assert!(!tracking.is_taken(number, of_connection));
            tracking.add(number, of_connection, table.track(key, now).unwrap());
            assert!(tracking.is_taken(number, of_connection));
        }
        let keys: Vec<_> = tracking.iter().map(|tracked| tracked.entry().key()[0]).collect();
        assert_eq!(keys, [b'a', b'd', b'c']);
        tracking.count(Event::Request, 1, now);
        let requests = |key: &[u8]| table.value(&table.find(key, now).unwrap(), DataType::HttpReqCnt, 0, now);
        assert_eq!((requests(b"a"), requests(b"b"), requests(b"c")), (Some(1), Some(0), Some(1)));
        drop(tracking);
        assert!(table.entries(now).iter().all(|entry| entry.users() == 0));
    }
}
