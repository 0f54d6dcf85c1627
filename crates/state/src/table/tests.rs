use super::*;

fn settings(size: usize, expire_ms: Option<u64>, stored: &[(DataType, u16, u32)]) -> TableSettings {
    let mut layout = Layout::default();
    for (data, length, period_ms) in stored {
        assert!(layout.add(*data, *length, *period_ms));
    }
    TableSettings {
        name: "t".into(),
        key: KeyType::Text(8),
        size,
        expire_ms,
        no_purge: false,
        server_key: ServerKey::Name,
        bytes_factor: 1,
        layout,
    }
}

fn table(size: usize, expire_ms: Option<u64>) -> Arc<Table> {
    Arc::new(Table::new(settings(size, expire_ms, &[(DataType::ConnCur, 1, 0), (DataType::Gpc, 2, 0)]), Clock::new()))
}

fn keys(table: &Table, now: Instant) -> String {
    table.entries(now).iter().map(|entry| String::from_utf8(entry.key().to_vec()).unwrap()).collect()
}

const fn at(ms: u64) -> Instant {
    Instant::from_ms(10_000 + ms)
}

#[test]
fn the_oldest_gives_way_and_what_is_tracked_stays() {
    let table = table(3, None);
    let tracked = table.track(b"a", at(0)).unwrap();
    for (ms, key) in [(1, b"b"), (2, b"c"), (3, b"b"), (4, b"d")] {
        assert!(table.obtain(key, at(ms)).is_some());
    }
    assert_eq!((keys(&table, at(5)).as_str(), table.used()), ("abd", 3));
    assert!(!table.remove(tracked.entry()));
    drop(tracked);
    assert!(table.obtain(b"e", at(6)).is_some() && table.find(b"b", at(6)).is_none());
    let entry = table.find(b"a", at(7)).unwrap();
    assert!(table.remove(&entry) && table.remove(&entry));
    assert_eq!((keys(&table, at(7)).as_str(), table.used()), ("de", 2));
}

#[test]
fn a_full_table_of_tracked_entries_takes_nobody() {
    let table = table(2, Some(1000));
    let held = [table.track(b"a", at(0)), table.track(b"b", at(0))];
    assert!(table.obtain(b"c", at(5000)).is_none());
    assert_eq!(keys(&table, at(5000)), "ab");
    drop(held);
    let mut frugal = settings(1, Some(1000), &[]);
    frugal.no_purge = true;
    let frugal = Table::new(frugal, Clock::new());
    assert!(frugal.obtain(b"a", at(0)).is_some() && frugal.obtain(b"b", at(500)).is_none());
    assert!(frugal.obtain(b"b", at(1000)).is_some() && frugal.find(b"a", at(1000)).is_none());
}

#[test]
fn entries_expire_after_they_were_last_touched() {
    let table = table(9, Some(1000));
    let entry = table.obtain(b"a", at(0)).unwrap();
    assert_eq!(table.raise_counter(&entry, Counter::At(1), 3, at(0)), Some(3));
    assert_eq!(table.expires_in_ms(&entry, at(400)), Some(600));
    assert!(table.find(b"a", at(999)).is_some() && table.find(b"a", at(1000)).is_none());
    let again = table.obtain(b"a", at(1500)).unwrap();
    assert_eq!(table.counter_value(&again, Counter::At(1), at(1500)), Some(0), "it begins anew");
    table.obtain(b"b", at(1600));
    assert_eq!(table.clear_expired(at(2550)), 1);
    assert_eq!((keys(&table, at(2550)).as_str(), table.used()), ("b", 1));
}

#[test]
fn removed_entries_leave_nothing_behind() {
    let table = table(4, None);
    for n in 0..1000 {
        let entry = table.obtain(b"a", at(n)).unwrap();
        assert!(table.remove(&entry));
    }
    assert_eq!(table.used(), 0);
    assert!(lock(&table.shards[0]).entries().next().is_none());
}

#[test]
fn many_threads_never_exceed_the_size() {
    let table = Arc::new(Table::new(settings(MANY_ENTRIES, Some(50), &[]), Clock::new()));
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let table = &table;
            scope.spawn(move || {
                for n in 0..20_000u64 {
                    let key = (n * 4 + thread).to_be_bytes();
                    assert!(table.obtain(&key, at(n)).is_some());
                    assert!(table.used() <= MANY_ENTRIES);
                }
            });
        }
    });
    assert_eq!(table.entries(at(0)).len(), table.used());
}

#[test]
fn counters_and_tags_stand_for_elements_of_arrays() {
    let single = [(DataType::Gpc0, 1, 0), (DataType::Gpc1Rate, 1, 1000), (DataType::Gpt0, 1, 0)];
    let several = [(DataType::Gpc, 2, 0), (DataType::Gpt, 2, 0)];
    for (stored, expected) in [
        (&single[..], [Some(2), Some(2), None, Some(0), None]),
        (&several, [Some(2), Some(2), Some(3), Some(0), Some(1)]),
        (&[], [None; 5]),
    ] {
        let table = Table::new(settings(9, None, stored), Clock::new());
        let entry = table.obtain(b"a", at(0)).unwrap();
        let raised = [(Counter::First, 2), (Counter::Second, 2), (Counter::At(0), 1)];
        let raised = raised.map(|(counter, n)| table.raise_counter(&entry, counter, n, at(0)));
        let tags = [None, Some(1)].map(|index| table.tag(index).map(|(_, index)| u64::from(index)));
        assert_eq!([raised[0], raised[1], raised[2], tags[0], tags[1]], expected);
    }
}

#[test]
fn events_are_counted_where_there_is_room_for_them() {
    let stored = [(DataType::BytesInCnt, 1, 0), (DataType::BytesInRate, 1, 1000), (DataType::ConnCur, 1, 0)];
    let mut settings = settings(9, None, &stored);
    settings.bytes_factor = 1000;
    let table = Arc::new(Table::new(settings, Clock::new()));
    let tracked = table.track(b"a", at(0)).unwrap();
    tracked.count(Event::BytesIn, 5_000_000_001, at(1));
    tracked.count(Event::Request, 1, at(1));
    let value = |data| table.value(tracked.entry(), data, 0, at(1));
    assert_eq!(value(DataType::BytesInCnt), Some(5_000_000_001));
    assert_eq!((value(DataType::BytesInRate), value(DataType::HttpReqCnt)), (Some(5_000_001_000), None));
    assert_eq!((value(DataType::ConnCur), tracked.entry().users()), (Some(1), 1));
    let entry = Arc::clone(tracked.entry());
    drop(tracked);
    assert_eq!((table.value(&entry, DataType::ConnCur, 0, at(2)), entry.users()), (Some(0), 0));
}
