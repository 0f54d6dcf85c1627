//! Requests signed with an account's key (RFC 7515, RFC 8555 6.2).
//!
//! The protocol's library knows keys on P-256 alone, while accounts that exist have P-384 or RSA keys more often than not, and vouches for
//! external accounts with SHA-256 alone. So it is given a key that is thrown away, and what it has signed is signed anew here, on its way out.

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::AccountKey;
use crate::binding::Binding;
use crate::fault::Fault;

/// Who signs requests.
pub(crate) struct Signer {
    pub(crate) key: Arc<AccountKey>,
    pub(crate) binding: Option<Arc<Binding>>,
}

#[derive(Deserialize)]
struct Signed {
    protected: String,
    payload: String,
}

impl Signer {
    /// Puts the account's key in the place of the one that a request is signed with.
    pub fn sign_anew(&self, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let signed: Signed = serde_json::from_slice(body).map_err(unexpected)?;
        let mut header: Map<String, Value> =
            serde_json::from_slice(&decoded(&signed.protected)?).map_err(unexpected)?;
        let mut payload = decoded(&signed.payload)?;
        header.insert("alg".to_owned(), Value::from(self.key.algorithm()));
        // A request that shows its key opens an account; all others name the account.
        if header.contains_key("jwk") {
            header.insert("jwk".to_owned(), self.key.public().clone());
            if let Some(binding) = &self.binding {
                let mut account: Map<String, Value> = serde_json::from_slice(&payload).map_err(unexpected)?;
                let vouched = binding.vouch(self.key.public(), header.get("url").unwrap_or(&Value::Null));
                account.insert("externalAccountBinding".to_owned(), vouched);
                payload = Value::Object(account).to_string().into_bytes();
            }
        }
        let payload = String::from_utf8(payload).map_err(unexpected)?;
        let mut failed = None;
        let signed = flattened(&Value::Object(header), &payload, |message| {
            self.key.sign(message).unwrap_or_else(|fault| {
                failed = Some(fault);
                Vec::new()
            })
        });
        failed.map_or_else(|| Ok(signed.to_string().into_bytes()), Err)
    }
}

/// A signed text in the flattened form (RFC 7515 7.2.2).
pub(crate) fn flattened(header: &Value, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Value {
    let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let payload = BASE64_URL_SAFE_NO_PAD.encode(payload);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(format!("{protected}.{payload}").as_bytes()));
    json!({ "protected": protected, "payload": payload, "signature": signature })
}

fn decoded(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(unexpected)
}

fn unexpected(error: impl std::fmt::Display) -> Fault {
    Fault::Key(format!("a request could not be signed: {error}"))
}
