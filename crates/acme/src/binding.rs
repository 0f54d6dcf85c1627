//! The key by which an authority knows an account already (RFC 8555 7.3.4).

use std::path::Path;

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

use crate::disk;
use crate::fault::Fault;
use crate::settings::{ExternalAccount, MacAlgorithm};
use crate::signing;

/// What an external account signs with.
pub(crate) struct Binding {
    key_id: String,
    key: hmac::Key,
    algorithm: &'static str,
}

impl Binding {
    /// Reads both files. None where both are empty: an account that is open already needs neither (configuration manual 12.8 `eab-key-id`).
    pub fn load(account: &ExternalAccount) -> Result<Option<Self>, Fault> {
        let key_id = text(&account.key_id_file)?;
        let encoded = text(&account.mac_key_file)?;
        match (key_id.is_empty(), encoded.is_empty()) {
            (true, true) => return Ok(None),
            (true, false) => return Err(fault(&account.key_id_file, "it is empty, but the MAC key's file is not")),
            (false, true) => return Err(fault(&account.mac_key_file, "it is empty, but the key id's file is not")),
            (false, false) => {}
        }
        let key = BASE64_URL_SAFE_NO_PAD
            .decode(encoded.trim_end_matches('='))
            .map_err(|_| fault(&account.mac_key_file, "it holds no key in base64url"))?;
        let (algorithm, hash) = match account.algorithm {
            MacAlgorithm::Hs256 => ("HS256", HMAC_SHA256),
            MacAlgorithm::Hs384 => ("HS384", HMAC_SHA384),
            MacAlgorithm::Hs512 => ("HS512", HMAC_SHA512),
        };
        // RFC 7518 3.2: a key is at least as long as what its hash gives.
        if key.len() < hash.digest_algorithm().output_len() {
            return Err(fault(
                &account.mac_key_file,
                &format!("its key of {} bytes is too short for {algorithm}", key.len()),
            ));
        }
        Ok(Some(Self { key_id, key: hmac::Key::new(hash, &key), algorithm }))
    }

    /// Vouches for an account's public key towards the URL where the account is opened.
    pub fn vouch(&self, public: &Value, url: &Value) -> Value {
        let header = json!({ "alg": self.algorithm, "kid": self.key_id, "url": url });
        signing::flattened(&header, &public.to_string(), |message| hmac::sign(&self.key, message).as_ref().to_vec())
    }
}

/// A file's text without the line's end.
fn text(path: &Path) -> Result<String, Fault> {
    let bytes = disk::read(path).map_err(|error| fault(path, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| fault(path, "it is no plain text"))?;
    if !text.is_ascii() {
        return Err(fault(path, "it is no plain text"));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn fault(path: &Path, reason: &str) -> Fault {
    Fault::Binding { path: path.to_owned(), reason: reason.to_owned() }
}
