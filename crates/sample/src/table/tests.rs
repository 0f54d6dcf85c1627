use std::sync::Arc;

use burdock_base::{Clock, Instant};
use burdock_state::table::{Layout, ServerKey, TableSettings};
use burdock_state::{Directory, Table};

use super::*;
use crate::names::{Names, ProxyNames};
use crate::phase::Phase;
use crate::testing::Bench;

fn table(name: &str, key: KeyType, stored: &[(DataType, u16)]) -> Arc<Table> {
    let mut layout = Layout::default();
    stored.iter().for_each(|(data, length)| assert!(layout.add(*data, *length, 10_000)));
    let settings = TableSettings {
        name: name.into(),
        key,
        size: 9,
        expire_ms: Some(1000),
        no_purge: false,
        server_key: ServerKey::Name,
        bytes_factor: 1,
        layout,
    };
    Arc::new(Table::new(settings, Clock::new()))
}

fn bench(tables: &[Arc<Table>]) -> Bench {
    let proxies = tables.iter().map(|table| ProxyNames {
        name: table.name().to_owned(),
        frontend: true,
        table: Some(Arc::clone(table)),
        ..ProxyNames::default()
    });
    Bench::new(Names::new(proxies.collect(), None), Directory::empty(), &[])
}

const CONNECTION: Phase = Phase::FrontendHttpRequest;

#[test]
fn keys_are_made_of_what_can_be_one() {
    let scratch = Scratch::new();
    for (value, keys, expected) in [
        (Value::Str(b"10.0.0.1"), KeyType::Ipv4, Some(&[10, 0, 0, 1][..])),
        (Value::Str(b"::ffff:10.0.0.1"), KeyType::Ipv4, Some(&[10, 0, 0, 1])),
        (Value::Str(b"::1"), KeyType::Ipv4, None),
        (Value::Int(258), KeyType::Integer, Some(&[0, 0, 1, 2])),
        (Value::Str(b"-1"), KeyType::Integer, Some(&[255, 255, 255, 255])),
        (Value::Str(b"abcdef"), KeyType::Text(4), Some(b"abcd")),
        (Value::Str(b""), KeyType::Text(4), Some(b"")),
        (Value::Str(b"ab"), KeyType::Binary(4), Some(b"ab\0\0")),
        (Value::Bin(b"abcde"), KeyType::Binary(4), Some(b"abcd")),
        (Value::Bin(b"abcde"), KeyType::Integer, None),
    ] {
        assert_eq!(key_of(value, keys, &scratch), expected, "{value:?}");
    }
}

#[test]
fn what_is_not_there_reads_as_zero_and_what_is_not_kept_as_nothing() {
    let own = table("own", KeyType::Text(8), &[(DataType::ConnCnt, 1), (DataType::Gpc, 2), (DataType::ConnRate, 1)]);
    let other = table("other", KeyType::Text(8), &[(DataType::Gpc0, 1)]);
    let addresses = table("addresses", KeyType::Ipv4, &[(DataType::ConnCnt, 1), (DataType::Gpc0, 1)]);
    let mut bench = bench(&[Arc::clone(&own), other, addresses]);
    bench.check(
        CONNECTION,
        &[
            ("sc0_conn_cnt", None),
            ("sc0_tracked", Some("0")),
            ("sc0_trackers", None),
            ("str(a),in_table", Some("0")),
            ("str(a),table_conn_cnt", Some("0")),
            ("str(a),table_sess_cnt", Some("0")),
            ("str(a),table_idle", None),
            ("str(a),table_idle(own,7)", Some("7")),
        ],
    );
    bench.txn.tracking.add(0, false, own.track(b"a", Instant::START).unwrap());
    bench.check(
        CONNECTION,
        &[
            ("sc0_conn_cnt", Some("1")),
            ("sc_conn_rate(0)", Some("1")),
            ("sc0_sess_cnt", None),
            ("sc0_key", Some("a")),
            ("sc0_tracked(other)", Some("1")),
            ("sc0_trackers", Some("1")),
            ("sc_inc_gpc(1,0)", Some("1")),
            ("sc_inc_gpc(1,0)", Some("2")),
            ("sc1_inc_gpc0", None),
            ("sc_get_gpc(2,0)", None),
            ("sc0_get_gpc1", Some("2")),
            ("sc_clr_gpc(1,0)", Some("2")),
            ("sc0_get_gpc1", Some("0")),
            ("sc0_inc_gpc0(other)", Some("0")),
            ("str(a),in_table(other)", Some("0")),
            ("str(b),table_inc_gpc0(other)", Some("1")),
            ("str(b),table_gpc0(other)", Some("1")),
            ("str(b),table_gpc(0,other)", None),
            ("str(b),table_expire(other)", Some("1000")),
            ("str(a),table_trackers", Some("2")),
            ("src_inc_gpc0(addresses)", Some("1")),
            ("src_updt_conn_cnt(addresses)", Some("1")),
            ("src_updt_conn_cnt(addresses)", Some("2")),
            ("src_updt_conn_cnt(other)", None),
            ("table_cnt(addresses)", Some("1")),
            ("table_avl(addresses)", Some("8")),
        ],
    );
    bench.now = Instant::START.after_ms(2000);
    bench.check(CONNECTION, &[("str(b),in_table(other)", Some("0")), ("str(a),in_table", Some("1"))]);
}
