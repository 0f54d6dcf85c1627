//! Which entries of a stick table a command is about, by what they hold: `data.<type> <operator> <value>`.

use burdock_base::Instant;
use burdock_state::Table;
use burdock_state::table::{DataType, Entry};

/// A value that is named: a kind of data, and which one of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) data: DataType,
    pub(super) index: u16,
}

/// Conditions that all have to hold.
pub(super) struct Filters(Vec<Filter>);

struct Filter {
    item: Item,
    operator: Operator,
    value: i64,
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    Different,
    AtMost,
    AtLeast,
    Less,
    More,
}

const OPERATORS: [(&str, Operator); 6] = [
    ("eq", Operator::Equal),
    ("ne", Operator::Different),
    ("le", Operator::AtMost),
    ("ge", Operator::AtLeast),
    ("lt", Operator::Less),
    ("gt", Operator::More),
];

/// Conditions that a command may have.
const MAX_FILTERS: usize = 4;

impl Item {
    /// What a name such as `gpc0` or `gpt[1]` means.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (name, index) = match name.split_once('[') {
            Some((name, index)) => (name, index.strip_suffix(']')?.parse().ok()?),
            None => (name, 0),
        };
        let data = DataType::named(name)?;
        (index == 0 || data.is_array()).then_some(Self { data, index })
    }
}

impl Filters {
    /// Reads the words of a command from `first` on.
    ///
    /// # Errors
    /// What the command is answered.
    pub(super) fn parse(table: &Table, words: &[String], first: usize) -> Result<Self, String> {
        let mut filters = Vec::new();
        for words_of_one in words[first..].chunks(3) {
            if filters.len() == MAX_FILTERS {
                // The words of the command itself count.
                let at = first + 3 * MAX_FILTERS + 3;
                return Err(format!(
                    "Detected extra data in filter, {at}th word of input, after '{}'",
                    words[first + 3 * MAX_FILTERS - 1]
                ));
            }
            let filter = Filter::parse(table, words_of_one);
            filters.push(filter.map_err(|fault| format!("Filter entry #{}: {fault}", filters.len() + 1))?);
        }
        Ok(Self(filters))
    }

    /// Whether an entry is meant.
    pub(super) fn take(&self, table: &Table, entry: &Entry, now: Instant) -> bool {
        self.0.iter().all(|filter| filter.takes(table, entry, now))
    }
}

impl Filter {
    fn parse(table: &Table, words: &[String]) -> Result<Self, &'static str> {
        let item = words[0].strip_prefix("data.").and_then(Item::parse).ok_or("Unknown data type")?;
        if !table.settings().layout.has(item.data) {
            return Err("Data type not stored in this table");
        }
        let operator = words.get(1).and_then(|word| OPERATORS.iter().find(|(name, _)| name == word));
        let (_, operator) =
            operator.ok_or("Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"")?;
        let value = words.get(2).and_then(|word| word.parse().ok());
        let value = value.ok_or("Require a valid integer value to compare against")?;
        Ok(Self { item, operator: *operator, value })
    }

    fn takes(&self, table: &Table, entry: &Entry, now: Instant) -> bool {
        let Some(value) = table.value(entry, self.item.data, self.item.index, now) else { return false };
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        match self.operator {
            Operator::Equal => value == self.value,
            Operator::Different => value != self.value,
            Operator::AtMost => value <= self.value,
            Operator::AtLeast => value >= self.value,
            Operator::Less => value < self.value,
            Operator::More => value > self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_values() {
        for (name, expected) in [
            ("gpc0", Some((DataType::Gpc0, 0))),
            ("gpt[3]", Some((DataType::Gpt, 3))),
            ("gpt", Some((DataType::Gpt, 0))),
            ("conn_cnt[1]", None),
            ("gpt[x]", None),
            ("nothing", None),
        ] {
            assert_eq!(Item::parse(name), expected.map(|(data, index)| Item { data, index }), "{name}");
        }
    }
}
