//! Fetches of stick tables by the client's address: `src_*`; and of tables as a whole (configuration manual 7.3.2 and 7.3.3).

use std::sync::Arc;

use burdock_state::Table;
use burdock_state::table::{AddressKey, Counter, DataType};

use super::Fetch;
use super::row::row;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::table::{self, Reading, readings};
use crate::value::{Type, Value};

const TABLE: ArgSpec = ArgSpec { usage: "[<table>]", kinds: &[ArgKind::Table], required: 0 };

macro_rules! rows {
    (
        values { $($name:literal $(| $short:literal)? : $reading:expr, $doc:literal;)+ }
        elements { $($array:literal $(| $array_short:literal)? : $element:expr, $array_doc:literal;)+ }
    ) => {
        pub(super) const FETCHES: &[Fetch] = &[
            $(
                row(
                    concat!("src_", $name),
                    Type::Int,
                    Validity::CONNECTION,
                    concat!("Of the client's address in a stick table: ", $doc, "."),
                    |input, args| read(input, args.table(0)?, $reading),
                )
                .with(TABLE),
            )+
            $(
                row(
                    concat!("src_", $array),
                    Type::Int,
                    Validity::CONNECTION,
                    concat!("Of the client's address in a stick table: ", $array_doc, "."),
                    |input, args| element(input, args, $element),
                )
                .with(ArgSpec { usage: "<index>[,<table>]", kinds: &[ArgKind::Integer, ArgKind::Table], required: 1 }),
            )+
            row(
                "src_updt_conn_cnt",
                Type::Int,
                Validity::CONNECTION,
                "Of the client's address in a stick table: connections, raised by one.",
                |input, args| raise_connections(input, args.table(0)?),
            )
            .with(TABLE),
            row("table_avl", Type::Int, Validity::LIVE, "Entries that a stick table still has room for.", |_, args| {
                let table = args.table(0)?;
                Some(Value::Int(table.settings().size.saturating_sub(table.used()) as i64))
            })
            .with(TABLE),
            row("table_cnt", Type::Int, Validity::LIVE, "Entries of a stick table.", |_, args| {
                Some(Value::Int(args.table(0)?.used() as i64))
            })
            .with(TABLE),
        ];
    };
}

readings!(rows);

fn read<'a>(input: &Input<'a>, table: &Arc<Table>, reading: Reading) -> Option<Value<'a>> {
    reading.of_key(table, key(input, table)?.as_bytes(), input.now).map(Value::Int)
}

fn element<'a>(input: &Input<'a>, args: &Args, reading: impl Fn(u16) -> Reading) -> Option<Value<'a>> {
    read(input, args.table(1)?, reading(table::index(args.integer(0))?))
}

/// Tables whose keys are no addresses have nothing to say of one.
fn key(input: &Input<'_>, table: &Table) -> Option<AddressKey> {
    table.settings().key.of_address(input.txn.client.ip()?)
}

fn raise_connections<'a>(input: &Input<'a>, table: &Arc<Table>) -> Option<Value<'a>> {
    if !table.settings().layout.has(DataType::ConnCnt) {
        return None;
    }
    let entry = table.obtain(key(input, table)?.as_bytes(), input.now)?;
    table.count(&entry, burdock_state::table::Event::Connection, 1, input.now);
    table.value(&entry, DataType::ConnCnt, 0, input.now).map(|count| Value::Int(count as i64))
}
