//! Bytes of a body that were received before it is forwarded, so that rules can look at them.

/// What was received of a body.
#[derive(Debug, Default)]
pub struct Payload {
    /// The bytes, without framing.
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub complete: bool,
    /// Its announced length, where it has one.
    pub announced: Option<u64>,
}

impl Payload {
    /// Forgets everything; the memory stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.complete = false;
        self.announced = None;
    }
}
