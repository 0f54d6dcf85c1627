//! What peers' certificates are worth: verifiers for both sides, errors that are passed over, and OpenSSL's numbers for them.

mod record;

pub use record::{Verification, take_verification};
