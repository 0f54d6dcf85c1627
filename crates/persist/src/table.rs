//! Which servers a cookie value stands for. Built once; finding takes no allocation and few comparisons, however many servers there are.

use burdock_base::ServerId;

/// The servers' cookie values, sorted; servers of the same value in configuration order.
#[derive(Debug)]
pub(crate) struct CookieTable {
    entries: Box<[(Box<[u8]>, ServerId)]>,
}

impl CookieTable {
    /// The table of these servers' values in configuration order; `None`: the server has none.
    pub(crate) fn new<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Self {
        let with_id = values.zip((0..).map(ServerId));
        let mut entries: Vec<_> = with_id.filter_map(|(value, id)| Some((Box::from(value?), id))).collect();
        entries.sort_unstable();
        Self { entries: entries.into() }
    }

    /// The servers of that value, in configuration order.
    pub(crate) fn servers<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = ServerId> + 'a {
        let start = self.entries.partition_point(|(known, _)| **known < *value);
        self.entries[start..].iter().take_while(move |(known, _)| **known == *value).map(|&(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_come_in_configuration_order() {
        let values = [Some("SB"), Some("SA"), None, Some("SB"), Some("S")];
        let table = CookieTable::new(values.iter().map(|value| value.map(str::as_bytes)));
        let find = |value: &str| table.servers(value.as_bytes()).map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(find("SB"), [0, 3]);
        assert_eq!(find("SA"), [1]);
        assert_eq!(find("S"), [4]);
        for unknown in ["", "SAA", "T", "sa"] {
            assert!(find(unknown).is_empty(), "{unknown}");
        }
    }
}
