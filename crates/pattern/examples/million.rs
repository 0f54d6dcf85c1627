//! How long a million entries take to load, and a look-up among few and among many: of a thousand keys again and again, which the
//! processor's caches hold, and of all keys. `cargo run --release --example million`

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Instant;

use burdock_pattern::{Case, Columns, Kind, MatchMethod, Mention, ReferenceTableBuilder, Subject, ValueKind, ViewSpec};

const LOOKUPS: u32 = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for count in [1_000, 1_000_000] {
        for method in [MatchMethod::Str, MatchMethod::Ip, MatchMethod::Beg] {
            measure(method, count)?;
        }
    }
    Ok(())
}

fn measure(method: MatchMethod, count: u32) -> Result<(), Box<dyn std::error::Error>> {
    let key = |n: u32| match method {
        MatchMethod::Ip => format!("{}/{}", Ipv4Addr::from(n << 8), 24 + n % 9),
        _ => format!("www{n}.example.com"),
    };
    let text: String = (0..count).map(|n| format!("{} backend{}\n", key(n), n % 100)).collect();
    let begin = Instant::now();
    let mut builder = ReferenceTableBuilder::default();
    let mention = Mention { kind: Kind::Map, file: "haproxy.cfg", line: 1, order: 1 };
    let handle = builder.file("a.map", Columns::Two, mention, |_| Ok(text.into_bytes()))?;
    let view = builder.view(handle, ViewSpec { method, case: Case::Matters, values: ValueKind::Text })?;
    let loaded = begin.elapsed();
    let table = builder.finish();

    let look_up = |different: u32| {
        let step = count / different;
        let keys = (0..different).map(|n| n.wrapping_mul(7919) % different * step);
        let keys = keys.map(|n| (format!("www{n}.example.com"), n << 8)).collect::<Vec<_>>();
        let mut found = 0;
        let begin = Instant::now();
        for (text, address) in keys.iter().cycle().take(LOOKUPS as usize) {
            let subject = match method {
                MatchMethod::Ip => Subject::Address(Ipv4Addr::from(*address).into()),
                _ => Subject::Bytes(text.as_bytes()),
            };
            found += u32::from(view.lookup(subject, |element| black_box(element.entry.id)).is_some());
        }
        let taken = begin.elapsed() / LOOKUPS;
        assert_eq!(found, LOOKUPS);
        taken
    };
    let (some, all) = (look_up(1_000), look_up(count));

    let reference = table.find(Kind::Map, "a.map").ok_or("no such map")?;
    let begin = Instant::now();
    let added = 10_000;
    for n in 0..added {
        reference.add(Kind::Map, None, key(count + n).as_bytes(), Some(b"new"))?;
    }
    let add = begin.elapsed() / added;
    let begin = Instant::now();
    let cleared = reference.clear(None);
    let clear = begin.elapsed();
    drop(cleared);

    let report = format!(
        "{:>4} {count:>8} entries: loaded in {loaded:>8.1?}, look-up {some:>6.0?} among a thousand keys, {all:>6.0?} among all, added in {add:>6.0?} each, cleared in {clear:.0?}\n",
        method.name()
    );
    std::io::Write::write_all(&mut std::io::stdout(), report.as_bytes())?;
    Ok(())
}
