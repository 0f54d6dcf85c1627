//! Commands that show and change what stick tables know: `show table`, `clear table`, `set table` (management manual 9.3). The texts are
//! HAProxy's.

mod filter;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::StatsLevel;
use burdock_state::Table;
use burdock_state::table::{DataType, Entry, Form, KeyType};

use super::{Call, Command};
use crate::answer::{Answer, Report};
use filter::{Filters, Item};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["clear", "table"],
        usage: "clear table <table> [data.<type> <operator> <value>]* | [key <key>] | [ptr <ptr>]",
        doc: "take entries out of a stick table",
        level: StatsLevel::Operator,
        takes_payload: false,
        run: |call| answer(clear(&call)),
    },
    Command {
        words: &["set", "table"],
        usage: "set table <table> {key <key>|ptr <ptr>} [data.<type> <value>]*",
        doc: "make or change an entry of a stick table",
        level: StatsLevel::Operator,
        takes_payload: false,
        run: |call| answer(set(&call)),
    },
    Command {
        words: &["show", "table"],
        usage: "show table [<table> [data.<type> <operator> <value>]* | [key <key>] | [ptr <ptr>]]",
        doc: "all stick tables, or the entries of one",
        level: StatsLevel::User,
        takes_payload: false,
        run: |call| answer(show(&call)),
    },
];

/// Entries that are written in one go.
const ENTRIES_A_PIECE: usize = 200;

const CLEAR_USAGE: &str = "Required arguments: <table> \"data.<store_data_type>\" <operator> <value> or <table> key <key> or \
    <table> ptr <ptr>";
const SET_USAGE: &str = "Required arguments: <table> key <key> [data.<store_data_type> <value>]* or <table> ptr <ptr> \
    [data.<store_data_type> <value>]*";
const SHOW_USAGE: &str =
    "Optional argument only supports \"data.<store_data_type>\" <operator> <value> or key <key> or ptr <ptr>";

/// What a command comes to; the fault is what it answers instead.
type Outcome = Result<Answer, String>;

fn answer(outcome: Outcome) -> Answer {
    outcome.unwrap_or_else(Answer::refused)
}

fn find(call: &Call<'_>) -> Result<Arc<Table>, String> {
    let model = call.runtime.model.load();
    model.directory.table(call.argument(0)).cloned().ok_or_else(|| "No such table".to_owned())
}

fn now(call: &Call<'_>) -> Instant {
    call.runtime.model.load().process.clock.now()
}

fn show(call: &Call<'_>) -> Outcome {
    let now = now(call);
    if call.arguments.is_empty() {
        let model = call.runtime.model.load();
        let mut text = String::new();
        // As HAProxy has them: the last one first.
        model.directory.tables.iter().rev().for_each(|table| push_head(&mut text, table, now));
        return Ok(Answer::Text(text));
    }
    let table = find(call)?;
    let mut head = String::new();
    let entries = match call.argument(1) {
        "" => table.entries(now),
        "key" | "ptr" => {
            let Some(entry) = one(call, &table, "Showing keys from", now)? else { return Ok(Answer::Done) };
            vec![entry]
        }
        word if word.starts_with("data.") => {
            let filters = Filters::parse(&table, call.arguments, 1)?;
            let mut entries = table.entries(now);
            entries.retain(|entry| filters.take(&table, entry, now));
            entries
        }
        _ => return Err(SHOW_USAGE.to_owned()),
    };
    push_head(&mut head, &table, now);
    if call.session.level < StatsLevel::Operator {
        head.push_str("# contents not dumped due to insufficient privileges\n");
        return Ok(Answer::Text(head));
    }
    Ok(Answer::Report(Box::new(Listing { table, head, entries: entries.into_iter() })))
}

fn clear(call: &Call<'_>) -> Outcome {
    const IN_USE: &str = "Entry currently in use, cannot remove";
    if call.arguments.is_empty() {
        return Err(CLEAR_USAGE.to_owned());
    }
    let (table, now) = (find(call)?, now(call));
    match call.argument(1) {
        "key" | "ptr" => match one(call, &table, "Removing keys from", now)? {
            Some(entry) if !table.remove(&entry) => Err(IN_USE.to_owned()),
            _ => Ok(Answer::Done),
        },
        word if word.is_empty() || word.starts_with("data.") => {
            let filters = Filters::parse(&table, call.arguments, 1)?;
            // What is tracked stays.
            for entry in table.entries(now).iter().filter(|entry| filters.take(&table, entry, now)) {
                table.remove(entry);
            }
            Ok(Answer::Done)
        }
        _ => Err(CLEAR_USAGE.to_owned()),
    }
}

fn set(call: &Call<'_>) -> Outcome {
    if call.arguments.is_empty() {
        return Err(SET_USAGE.to_owned());
    }
    let (table, now) = (find(call)?, now(call));
    match call.argument(1) {
        "" => return Ok(Answer::Done),
        "key" | "ptr" => {}
        word if word.starts_with("data.") => {
            return Err("content-based lookup is only supported with the \"show\" and \"clear\" actions".to_owned());
        }
        _ => return Err(SET_USAGE.to_owned()),
    }
    // All words are looked at before anything is changed.
    let mut changes = Vec::new();
    for pair in call.arguments.get(3..).unwrap_or_default().chunks(2) {
        let Some(name) = pair[0].strip_prefix("data.") else {
            return Err("\"data.<type>\" followed by a value expected".to_owned());
        };
        let item = Item::parse(name).ok_or("Unknown data type")?;
        if !table.settings().layout.has(item.data) {
            return Err("Data type not stored in this table".to_owned());
        }
        let value = pair.get(1).and_then(|value| value.parse::<i64>().ok());
        let value = value.filter(|_| item.data.form() != Form::ServerKey);
        changes.push((item, value.ok_or("Require a valid integer value to store")?));
    }
    let entry = match call.argument(1) {
        "ptr" => one(call, &table, "", now)?.ok_or("No entry can be found matching ptr.")?,
        _ => {
            let key = key(call.argument(2), table.settings().key, "Inserting keys into")?;
            table.obtain(&key, now).ok_or("Unable to allocate a new entry")?
        }
    };
    for (item, value) in changes {
        table.set(&entry, item.data, item.index, value as u64, now);
    }
    table.touch(&entry, now);
    Ok(Answer::Done)
}

/// The one entry that `key` or `ptr` means.
fn one(call: &Call<'_>, table: &Table, doing: &str, now: Instant) -> Result<Option<Arc<Entry>>, String> {
    let given = call.argument(2);
    if call.argument(1) == "ptr" {
        let place = given.strip_prefix("0x").and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let place = place.ok_or("Pointer expected (0xffff notation)")?;
        let found = table.entries(now).into_iter().find(|entry| address(entry) == place);
        return found.map(Some).ok_or_else(|| "No entry can be found matching ptr.".to_owned());
    }
    Ok(table.find(&key(given, table.settings().key, doing)?, now))
}

fn address(entry: &Arc<Entry>) -> usize {
    Arc::as_ptr(entry) as usize
}

/// A word as a key.
fn key(word: &str, keys: KeyType, doing: &str) -> Result<Box<[u8]>, String> {
    if word.is_empty() {
        return Err("Key value expected".to_owned());
    }
    let key = match keys {
        KeyType::Ipv4 | KeyType::Ipv6 => {
            let address: Option<IpAddr> = word.parse().ok();
            address.and_then(|address| keys.of_address(address)).map(|key| key.as_bytes().into())
        }
        KeyType::Integer => Some(leading_number(word).to_be_bytes()[..].into()),
        KeyType::Text(length) => Some(word.as_bytes()[..word.len().min(length)].into()),
        KeyType::Binary(_) => {
            let kinds = "tables of type other than ip, ipv6, string and integer is not supported";
            return Err(format!("{doing} {kinds}"));
        }
    };
    key.ok_or_else(|| "Invalid key".to_owned())
}

/// As HAProxy reads it: the digits that a word begins with.
fn leading_number(word: &str) -> u32 {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit);
    let number = digits.fold(0u32, |number, digit| number.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')));
    if negative { number.wrapping_neg() } else { number }
}

fn push_head(out: &mut String, table: &Table, now: Instant) {
    table.clear_expired(now);
    let settings = table.settings();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "# table: {}, type: {}, size:{}, used:{}",
        settings.name,
        settings.key.name(),
        settings.size,
        table.used()
    );
}

/// Entries, some at a time.
struct Listing {
    table: Arc<Table>,
    head: String,
    entries: std::vec::IntoIter<Arc<Entry>>,
}

impl Report for Listing {
    fn write_piece(&mut self, out: &mut String, now: Instant) -> bool {
        out.push_str(&std::mem::take(&mut self.head));
        self.entries.by_ref().take(ENTRIES_A_PIECE).for_each(|entry| push_entry(out, &self.table, &entry, now));
        self.entries.len() > 0
    }
}

fn push_entry(out: &mut String, table: &Table, entry: &Arc<Entry>, now: Instant) {
    let settings = table.settings();
    let _ = write!(out, "{:#x}: key=", address(entry));
    settings.key.show(entry.key(), out);
    let expires_ms = table.expires_in_ms(entry, now).unwrap_or(0);
    let _ = write!(out, " use={} exp={expires_ms} shard=0", entry.users());
    for data in settings.layout.kinds() {
        for index in 0..settings.layout.length(data) {
            push_value(out, table, entry, data, index, now);
        }
    }
    out.push('\n');
}

fn push_value(out: &mut String, table: &Table, entry: &Entry, data: DataType, index: u16, now: Instant) {
    let _ = match data.is_array() {
        true => {
            let (name, end) = data.element_name();
            write!(out, " {name}{index}{end}")
        }
        false => write!(out, " {}", data.name()),
    };
    let _ = match data.form() {
        Form::Rate => {
            let period_ms = table.settings().layout.period_ms(data).unwrap_or(0);
            write!(out, "({period_ms})={}", table.value(entry, data, index, now).unwrap_or(0))
        }
        Form::ServerKey => match entry.server_key() {
            Some(key) => write!(out, "={}", String::from_utf8_lossy(&key)),
            None => write!(out, "=-"),
        },
        Form::Number | Form::Wide => write!(out, "={}", table.value(entry, data, index, now).unwrap_or(0)),
    };
}
