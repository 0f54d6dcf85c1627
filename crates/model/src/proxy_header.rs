//! What a server is told of the client's connection in front of its first byte: a header of the PROXY protocol (configuration manual 5.2
//! `send-proxy`).

use burdock_proxy_protocol::{Addresses, TooLong, V2Writer, tlv, write_v1};
use burdock_sample::Format;

/// Which header it is.
#[derive(Debug)]
pub enum ProxyHeader {
    /// `send-proxy`: a line of text.
    Line,
    /// `send-proxy-v2` and kin: a binary block.
    Block {
        /// What it tells beside addresses.
        parts: HeaderParts,
        /// `set-proxy-v2-tlv-fmt`: types and values.
        values: Vec<(u8, Format)>,
    },
}

/// What a binary header tells beside addresses (`proxy-v2-options`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderParts {
    /// `ssl`
    pub tls: bool,
    /// `cert-cn`
    pub common_name: bool,
    /// `ssl-cipher`
    pub cipher: bool,
    /// `cert-sig`
    pub signature: bool,
    /// `cert-key`
    pub key: bool,
    /// `authority`
    pub authority: bool,
    /// `crc32c`
    pub checksum: bool,
    /// `unique-id`
    pub unique_id: bool,
}

impl HeaderParts {
    /// Whether anything of the client's TLS is told.
    pub const fn tell_of_tls(self) -> bool {
        self.tls || self.common_name || self.cipher || self.signature || self.key
    }
}

/// Where nobody speaks TLS: no flags, nothing verified.
pub const NO_TLS: [u8; 5] = [0; 5];

impl ProxyHeader {
    /// What a health check sends: it speaks for itself, from one end of its connection to the other.
    ///
    /// # Errors
    /// The header is too long.
    pub fn of_check(&self, ends: Option<&Addresses>) -> Result<Vec<u8>, TooLong> {
        match self {
            Self::Line => Ok(write_v1(ends)),
            Self::Block { parts, .. } => {
                let mut writer = V2Writer::new(None);
                if parts.checksum {
                    writer.checksum()?;
                }
                if parts.tell_of_tls() {
                    writer.tlv(tlv::SSL, &NO_TLS)?;
                }
                writer.finish()
            }
        }
    }
}
