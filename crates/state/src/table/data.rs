//! What an entry of a stick table may hold (configuration manual 11.1 `store`).

/// A kind of data, in the order in which entries are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name in the configuration says, see the table below")]
pub enum DataType {
    ServerId,
    Gpt0,
    Gpc0,
    Gpc0Rate,
    ConnCnt,
    ConnRate,
    ConnCur,
    SessCnt,
    SessRate,
    HttpReqCnt,
    HttpReqRate,
    HttpErrCnt,
    HttpErrRate,
    BytesInCnt,
    BytesInRate,
    BytesOutCnt,
    BytesOutRate,
    Gpc1,
    Gpc1Rate,
    ServerKey,
    HttpFailCnt,
    HttpFailRate,
    Gpt,
    Gpc,
    GpcRate,
    GlitchCnt,
    GlitchRate,
}

/// How a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number of 32 bits.
    Number,
    /// A number of 64 bits.
    Wide,
    /// How often something happened within a period.
    Rate,
    /// The text that names a server.
    ServerKey,
}

impl DataType {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// All of them, in their order.
    pub const ALL: [Self; 27] = [
        Self::ServerId,
        Self::Gpt0,
        Self::Gpc0,
        Self::Gpc0Rate,
        Self::ConnCnt,
        Self::ConnRate,
        Self::ConnCur,
        Self::SessCnt,
        Self::SessRate,
        Self::HttpReqCnt,
        Self::HttpReqRate,
        Self::HttpErrCnt,
        Self::HttpErrRate,
        Self::BytesInCnt,
        Self::BytesInRate,
        Self::BytesOutCnt,
        Self::BytesOutRate,
        Self::Gpc1,
        Self::Gpc1Rate,
        Self::ServerKey,
        Self::HttpFailCnt,
        Self::HttpFailRate,
        Self::Gpt,
        Self::Gpc,
        Self::GpcRate,
        Self::GlitchCnt,
        Self::GlitchRate,
    ];

    /// Its name in the configuration and the runtime API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerId => "server_id",
            Self::Gpt0 => "gpt0",
            Self::Gpc0 => "gpc0",
            Self::Gpc0Rate => "gpc0_rate",
            Self::ConnCnt => "conn_cnt",
            Self::ConnRate => "conn_rate",
            Self::ConnCur => "conn_cur",
            Self::SessCnt => "sess_cnt",
            Self::SessRate => "sess_rate",
            Self::HttpReqCnt => "http_req_cnt",
            Self::HttpReqRate => "http_req_rate",
            Self::HttpErrCnt => "http_err_cnt",
            Self::HttpErrRate => "http_err_rate",
            Self::BytesInCnt => "bytes_in_cnt",
            Self::BytesInRate => "bytes_in_rate",
            Self::BytesOutCnt => "bytes_out_cnt",
            Self::BytesOutRate => "bytes_out_rate",
            Self::Gpc1 => "gpc1",
            Self::Gpc1Rate => "gpc1_rate",
            Self::ServerKey => "server_key",
            Self::HttpFailCnt => "http_fail_cnt",
            Self::HttpFailRate => "http_fail_rate",
            Self::Gpt => "gpt",
            Self::Gpc => "gpc",
            Self::GpcRate => "gpc_rate",
            Self::GlitchCnt => "glitch_cnt",
            Self::GlitchRate => "glitch_rate",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its position in [`DataType::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// How its values are kept.
    pub const fn form(self) -> Form {
        match self {
            Self::BytesInCnt | Self::BytesOutCnt => Form::Wide,
            Self::ServerKey => Form::ServerKey,
            Self::Gpc0Rate
            | Self::ConnRate
            | Self::SessRate
            | Self::HttpReqRate
            | Self::HttpErrRate
            | Self::BytesInRate
            | Self::BytesOutRate
            | Self::Gpc1Rate
            | Self::HttpFailRate
            | Self::GpcRate
            | Self::GlitchRate => Form::Rate,
            _ => Form::Number,
        }
    }

    /// Whether there are several of it, by index.
    pub const fn is_array(self) -> bool {
        matches!(self, Self::Gpt | Self::Gpc | Self::GpcRate)
    }

    /// What each of an array is called, in front of its index, and behind it.
    pub const fn element_name(self) -> (&'static str, &'static str) {
        match self {
            Self::GpcRate => ("gpc", "_rate"),
            other => (other.name(), ""),
        }
    }
}

/// Elements of an array at most.
pub const MAX_ARRAY: u16 = 100;

/// Where the values of a kind are kept in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The first word.
    pub at: usize,
    /// How many elements.
    pub length: u16,
    /// The period of rates, in milliseconds.
    pub period_ms: u32,
}

/// What entries of a table hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    columns: [Option<Column>; DataType::COUNT],
    words: usize,
}

impl Layout {
    /// Adds a kind of data, `length` of them, the period being that of rates. Says whether it was not there yet.
    pub fn add(&mut self, data: DataType, length: u16, period_ms: u32) -> bool {
        let column = &mut self.columns[data.index()];
        if column.is_some() {
            return false;
        }
        let words_each = match data.form() {
            Form::Number => 1,
            Form::Wide => 2,
            Form::Rate => 3,
            Form::ServerKey => 0,
        };
        *column = Some(Column { at: self.words, length, period_ms });
        self.words += words_each * usize::from(length);
        true
    }

    /// Whether a kind of data is kept.
    pub const fn has(&self, data: DataType) -> bool {
        self.columns[data.index()].is_some()
    }

    /// The period of a rate that is kept, in milliseconds.
    pub fn period_ms(&self, data: DataType) -> Option<u32> {
        Some(self.columns[data.index()]?.period_ms)
    }

    /// How many of a kind are kept.
    pub fn length(&self, data: DataType) -> u16 {
        self.columns[data.index()].map_or(0, |column| column.length)
    }

    /// What is kept, in the order in which it is shown.
    pub fn kinds(&self) -> impl Iterator<Item = DataType> + '_ {
        DataType::ALL.into_iter().filter(|data| self.has(*data))
    }

    /// Where one of a kind is, if there are so many.
    pub(crate) fn place(&self, data: DataType, index: u16) -> Option<Column> {
        self.columns[data.index()].filter(|column| index < column.length)
    }

    pub(crate) const fn words(&self) -> usize {
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_name_and_stand_side_by_side() {
        for (index, data) in DataType::ALL.into_iter().enumerate() {
            assert_eq!((data.index(), DataType::named(data.name())), (index, Some(data)));
        }
        let mut layout = Layout::default();
        assert!(layout.add(DataType::ConnRate, 1, 1000) && layout.add(DataType::Gpt, 3, 0));
        assert!(layout.add(DataType::BytesInCnt, 1, 0) && !layout.add(DataType::Gpt, 5, 0));
        assert_eq!((layout.words(), layout.length(DataType::Gpt)), (3 + 3 + 2, 3));
        assert!(layout.place(DataType::Gpt, 2).is_some() && layout.place(DataType::Gpt, 3).is_none());
        let kinds: Vec<_> = layout.kinds().collect();
        assert_eq!(kinds, [DataType::ConnRate, DataType::BytesInCnt, DataType::Gpt]);
    }
}
