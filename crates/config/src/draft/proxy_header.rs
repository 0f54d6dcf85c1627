//! What connections to a server begin with, as written (configuration manual 5.2 `send-proxy`).

use burdock_model::HeaderParts;
use burdock_syntax::Word;

/// `send-proxy` and its companions.
#[derive(Clone, Debug, Default)]
pub struct ProxyHeaderDraft {
    /// `send-proxy`, `no-send-proxy`
    pub line: bool,
    /// `send-proxy-v2` and kin, which stand before a line
    pub block: bool,
    /// What a binary header tells beside addresses
    pub parts: HeaderParts,
    /// `set-proxy-v2-tlv-fmt`: types, and formats of values
    pub values: Vec<(u8, Word)>,
}
