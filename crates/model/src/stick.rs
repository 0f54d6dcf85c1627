//! Persistence by stick tables: `stick` lines (configuration manual 4.2).

use std::borrow::Cow;
use std::sync::Arc;

use burdock_rules::Condition;
use burdock_sample::Expression;
use burdock_state::Table;
use burdock_state::table::{Entry, ServerKey};

use crate::server::Server;
use crate::servers::Servers;

/// A `stick` line.
#[derive(Debug)]
pub struct StickRule {
    /// Which of them.
    pub kind: StickKind,
    /// The table.
    pub table: Arc<Table>,
    /// What gives the key.
    pub key: Expression,
    /// When it applies.
    pub condition: Condition,
}

/// What is done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StickKind {
    /// `stick on`: both of the next.
    On,
    /// `stick match`: the request goes to the server that the table has for it.
    Match,
    /// `stick store-request`: the table gets the server of the request.
    StoreRequest,
    /// `stick store-response`: the same for a key from the response.
    StoreResponse,
}

impl StickKind {
    /// Whether it looks for the server of a request.
    pub const fn matches(self) -> bool {
        matches!(self, Self::On | Self::Match)
    }

    /// Whether it takes down a key of a request.
    pub const fn stores_request(self) -> bool {
        matches!(self, Self::On | Self::StoreRequest)
    }
}

impl Server {
    /// What tables recognise it by.
    pub fn table_key(&self, by: ServerKey) -> Cow<'_, [u8]> {
        match by {
            ServerKey::Name => Cow::Borrowed(self.name.as_bytes()),
            ServerKey::Address => Cow::Owned(self.address.to_string().into_bytes()),
        }
    }
}

impl Servers {
    /// The server that an entry of a table has: by what the table recognises servers by, else by its number.
    pub fn of_entry(&self, table: &Table, entry: &Entry, number: u64) -> Option<&Arc<Server>> {
        let by = table.settings().server_key;
        let by_key = entry.server_key().and_then(|key| match by {
            ServerKey::Name => self.get(self.id_of(&key)?),
            ServerKey::Address => self.iter().find(|server| *server.table_key(by) == *key),
        });
        by_key.or_else(|| self.numbered(u32::try_from(number).ok()?))
    }
}
