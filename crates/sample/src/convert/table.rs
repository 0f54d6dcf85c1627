//! Look-ups in stick tables: `in_table`, `table_*` (configuration manual 7.3.1). The value is the key.

use std::sync::Arc;

use burdock_state::Table;
use burdock_state::table::{Counter, DataType, Entry};

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::table::{self, Reading, readings};
use crate::value::{Type, Value};

const TABLE: ArgSpec = ArgSpec { usage: "[<table>]", kinds: &[ArgKind::Table], required: 0 };
const TABLE_AND_DEFAULT: ArgSpec =
    ArgSpec { usage: "[<table>[,<default>]]", kinds: &[ArgKind::Table, ArgKind::Integer], required: 0 };

macro_rules! short {
    ($name:literal) => {
        $name
    };
    ($name:literal, $short:literal) => {
        $short
    };
}

macro_rules! rows {
    (
        values { $($name:literal $(| $short:literal)? : $reading:expr, $doc:literal;)+ }
        elements { $($array:literal $(| $array_short:literal)? : $element:expr, $array_doc:literal;)+ }
    ) => {
        pub(super) const CONVERTERS: &[Converter] = &[
            $(
                row(
                    concat!("table_", short!($name $(, $short)?)),
                    TABLE,
                    Type::Int,
                    concat!("Of a key in a stick table: ", $doc, "."),
                    |value, input, args| read(value, input, args.table(0)?, $reading),
                ),
            )+
            $(
                row(
                    concat!("table_", short!($array $(, $array_short)?)),
                    ArgSpec { usage: "<index>[,<table>]", kinds: &[ArgKind::Integer, ArgKind::Table], required: 1 },
                    Type::Int,
                    concat!("Of a key in a stick table: ", $array_doc, "."),
                    |value, input, args| element(value, input, args, $element),
                ),
            )+
            row(
                "table_server_id",
                TABLE,
                Type::Int,
                "Of a key in a stick table: the number of its server; 0: none.",
                |value, input, args| read(value, input, args.table(0)?, Reading::Data(DataType::ServerId)),
            ),
            row(
                "table_trackers",
                TABLE,
                Type::Int,
                "Of a key in a stick table: how many track it, this look at it included.",
                |value, input, args| {
                    // As measured: HAProxy counts its own look.
                    let found = find(value, input, args.table(0)?)?;
                    Some(Value::Int(found.map_or(0, |entry| i64::from(entry.users()) + 1)))
                },
            ),
            row(
                "table_expire",
                TABLE_AND_DEFAULT,
                Type::Int,
                "Of a key in a stick table: milliseconds until it expires, or the default.",
                |value, input, args| {
                    let table = args.table(0)?;
                    time(value, input, args, |entry| table.expires_in_ms(entry, input.now).unwrap_or(0))
                },
            ),
            row(
                "table_idle",
                TABLE_AND_DEFAULT,
                Type::Int,
                "Of a key in a stick table: milliseconds since it was last used, or the default.",
                |value, input, args| time(value, input, args, |entry| input.now.ms_since(entry.touched())),
            ),
            row("in_table", TABLE, Type::Bool, "Whether a key is in a stick table.", |value, input, args| {
                Some(Value::Bool(find(value, input, args.table(0)?)?.is_some()))
            }),
        ];
    };
}

readings!(rows);

type Run = for<'a> fn(Value<'a>, &Input<'a>, &'a Args) -> Option<Value<'a>>;

const fn row(name: &'static str, args: ArgSpec, output: Type, doc: &'static str, run: Run) -> Converter {
    Converter { name, args, prepare: None, input: Type::Any, output, doc, run }
}

fn read<'a>(value: Value<'a>, input: &Input<'a>, table: &Arc<Table>, reading: Reading) -> Option<Value<'a>> {
    let key = table::key_of(value, table.settings().key, input.scratch)?;
    reading.of_key(table, key, input.now).map(Value::Int)
}

fn element<'a>(
    value: Value<'a>,
    input: &Input<'a>,
    args: &Args,
    reading: impl Fn(u16) -> Reading,
) -> Option<Value<'a>> {
    read(value, input, args.table(1)?, reading(table::index(args.integer(0))?))
}

/// The entry whose key a value is, if it can be one.
fn find<'a>(value: Value<'a>, input: &Input<'a>, table: &Arc<Table>) -> Option<Option<Arc<Entry>>> {
    let key = table::key_of(value, table.settings().key, input.scratch)?;
    Some(table.find(key, input.now))
}

fn time<'a>(value: Value<'a>, input: &Input<'a>, args: &Args, of: impl FnOnce(&Entry) -> u64) -> Option<Value<'a>> {
    match find(value, input, args.table(0)?)? {
        Some(entry) => Some(Value::Int(of(&entry) as i64)),
        None => args.integer(1).map(Value::Int),
    }
}
