//! Stick tables as expressions and rules see them (configuration manual 11 and 7.3): keys out of values, and what is read of an entry.

use burdock_base::Instant;
use burdock_state::Table;
use burdock_state::table::{Counter, DataType, Entry, KeyPart, KeyType};

use crate::cast::castable;
use crate::input::Scratch;
use crate::value::{Type, Value};

/// The type of value that keys are made of.
pub const fn source_type(keys: KeyType) -> Type {
    match keys {
        KeyType::Ipv4 | KeyType::Ipv6 => Type::Addr,
        KeyType::Integer => Type::Int,
        KeyType::Text(_) => Type::Str,
        KeyType::Binary(_) => Type::Bin,
    }
}

/// Whether values of a type can be keys.
pub const fn makes_keys(from: Type, keys: KeyType) -> bool {
    castable(from, source_type(keys))
}

/// A value as a key; none where it cannot be one.
pub fn key_of<'a>(value: Value<'a>, keys: KeyType, scratch: &'a Scratch) -> Option<&'a [u8]> {
    match (value.cast(source_type(keys), scratch)?, keys) {
        (Value::Addr(address), _) => Some(scratch.copy(keys.of_address(address)?.as_bytes())),
        (Value::Int(number), _) => Some(scratch.copy(&(number as u32).to_be_bytes())),
        (Value::Str(text), KeyType::Text(length)) => Some(&text[..text.len().min(length)]),
        (Value::Bin(bytes), KeyType::Binary(length)) => match bytes.get(..length) {
            Some(bytes) => Some(bytes),
            None => {
                let padded = scratch.zeros(length);
                padded[..bytes.len()].copy_from_slice(bytes);
                Some(padded)
            }
        },
        _ => None,
    }
}

/// A key as a value.
pub(crate) fn value_of<'a>(key: &[u8], keys: KeyType, scratch: &'a Scratch) -> Value<'a> {
    match keys.part(key) {
        KeyPart::Address(address) => Value::Addr(address),
        KeyPart::Number(number) => Value::Int(number.into()),
        KeyPart::Text(text) => Value::Str(scratch.copy(text)),
        KeyPart::Bytes(bytes) => Value::Bin(scratch.copy(bytes)),
    }
}

/// What is read of an entry, or done to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// A value.
    Data(DataType),
    /// One of bytes, in units of 1024.
    Kilobytes(DataType),
    /// A counter.
    Counter(Counter),
    /// The rate at which it rises.
    CounterRate(Counter),
    /// A counter's value once it is raised by one.
    Raised(Counter),
    /// A counter's value before it is put back to zero.
    Cleared(Counter),
    /// A tag: one of several, or the one that is alone.
    Tag(Option<u16>),
}

impl Reading {
    /// Whether it makes an entry where there is none.
    pub const fn changes(self) -> bool {
        matches!(self, Self::Raised(_) | Self::Cleared(_))
    }

    /// What it gives; none where the table does not keep that.
    pub fn of(self, table: &Table, entry: &Entry, now: Instant) -> Option<i64> {
        let value = match self {
            Self::Data(data) => table.value(entry, data, 0, now),
            Self::Kilobytes(data) => table.value(entry, data, 0, now).map(|bytes| bytes >> 10),
            Self::Counter(counter) => table.counter_value(entry, counter, now),
            Self::CounterRate(counter) => table.counter_rate(entry, counter, now),
            Self::Raised(counter) => {
                table.touch(entry, now);
                table.raise_counter(entry, counter, 1, now)
            }
            Self::Cleared(counter) => {
                table.touch(entry, now);
                table.clear_counter(entry, counter, now)
            }
            Self::Tag(index) => {
                let (data, index) = table.tag(index)?;
                table.value(entry, data, index, now)
            }
        };
        value.map(|value| i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// The same of the entry of a key. As measured, what is not there reads as zero.
    pub fn of_key(self, table: &Table, key: &[u8], now: Instant) -> Option<i64> {
        let entry = if self.changes() { table.obtain(key, now) } else { table.find(key, now) };
        match entry {
            Some(entry) => self.of(table, &entry, now),
            None => Some(0),
        }
    }
}

/// The index that an argument gives.
pub(crate) fn index(number: Option<i64>) -> Option<u16> {
    u16::try_from(number?).ok()
}

/// Rows of what can be read of an entry, for fetches and converters alike: `$make` gets them all. Each has the end of its names, what is
/// read, and what that is in words. The second kind has an index.
macro_rules! readings {
    ($make:ident) => {
        $make! {
            values {
                "bytes_in_rate": Reading::Data(DataType::BytesInRate), "bytes received within the period";
                "bytes_out_rate": Reading::Data(DataType::BytesOutRate), "bytes sent within the period";
                "clr_gpc0": Reading::Cleared(Counter::First), "the first counter, which is then put back to zero";
                "clr_gpc1": Reading::Cleared(Counter::Second), "the second counter, which is then put back to zero";
                "conn_cnt": Reading::Data(DataType::ConnCnt), "connections";
                "conn_cur": Reading::Data(DataType::ConnCur), "connections that are open";
                "conn_rate": Reading::Data(DataType::ConnRate), "connections within the period";
                "get_gpc0" | "gpc0": Reading::Counter(Counter::First), "the first counter";
                "get_gpc1" | "gpc1": Reading::Counter(Counter::Second), "the second counter";
                "get_gpt0" | "gpt0": Reading::Tag(None), "the first tag";
                "glitch_cnt": Reading::Data(DataType::GlitchCnt), "oddities of protocols";
                "glitch_rate": Reading::Data(DataType::GlitchRate), "oddities of protocols within the period";
                "gpc0_rate": Reading::CounterRate(Counter::First), "how much the first counter rose within the period";
                "gpc1_rate": Reading::CounterRate(Counter::Second), "how much the second counter rose within the period";
                "http_err_cnt": Reading::Data(DataType::HttpErrCnt), "requests that were at fault";
                "http_err_rate": Reading::Data(DataType::HttpErrRate), "requests that were at fault within the period";
                "http_fail_cnt": Reading::Data(DataType::HttpFailCnt), "failures of servers";
                "http_fail_rate": Reading::Data(DataType::HttpFailRate), "failures of servers within the period";
                "http_req_cnt": Reading::Data(DataType::HttpReqCnt), "requests";
                "http_req_rate": Reading::Data(DataType::HttpReqRate), "requests within the period";
                "inc_gpc0": Reading::Raised(Counter::First), "the first counter, raised by one";
                "inc_gpc1": Reading::Raised(Counter::Second), "the second counter, raised by one";
                "kbytes_in": Reading::Kilobytes(DataType::BytesInCnt), "kilobytes received";
                "kbytes_out": Reading::Kilobytes(DataType::BytesOutCnt), "kilobytes sent";
                "sess_cnt": Reading::Data(DataType::SessCnt), "connections that were let in";
                "sess_rate": Reading::Data(DataType::SessRate), "connections that were let in within the period";
            }
            elements {
                "clr_gpc": |index| Reading::Cleared(Counter::At(index)), "a counter of an array, which is then put back to zero";
                "get_gpc" | "gpc": |index| Reading::Counter(Counter::At(index)), "a counter of an array";
                "get_gpt" | "gpt": |index| Reading::Tag(Some(index)), "a tag of an array";
                "gpc_rate": |index| Reading::CounterRate(Counter::At(index)), "how much a counter of an array rose within the period";
                "inc_gpc": |index| Reading::Raised(Counter::At(index)), "a counter of an array, raised by one";
            }
        }
    };
}
pub(crate) use readings;

#[cfg(test)]
mod tests;
