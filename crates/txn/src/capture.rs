//! Texts of a request that are kept for its log line, because they may have changed or gone by then.

use std::cell::RefCell;

use burdock_http::Version;

/// What was captured (configuration manual 8.8 and `capture`).
#[derive(Debug, Default)]
pub struct Captures {
    /// `capture request header` and `http-request capture`, by slot.
    pub request: CaptureSlots,
    /// `capture response header` and `http-response capture`, by slot.
    pub response: CaptureSlots,
    /// `capture cookie`, as the client sent it.
    pub request_cookie: Option<Box<[u8]>>,
    /// `capture cookie`, as the server set it.
    pub response_cookie: Option<Box<[u8]>>,
    /// The request line as it came, where it has been changed since.
    pub line: Option<Box<RequestLine>>,
}

/// A request line.
#[derive(Debug)]
pub struct RequestLine {
    /// The method.
    pub method: Box<[u8]>,
    /// The target.
    pub target: Box<[u8]>,
    /// The version.
    pub version: Version,
}

impl Captures {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.request.clear();
        self.response.clear();
        self.request_cookie = None;
        self.response_cookie = None;
        self.line = None;
    }
}

/// Captured texts by slot. They change through a shared reference, because converters may capture; only one thread ever sees them.
#[derive(Debug, Default)]
pub struct CaptureSlots(RefCell<Vec<Option<Box<[u8]>>>>);

impl CaptureSlots {
    /// Puts a text into a slot, cut to `length` bytes.
    pub fn put(&self, slot: usize, text: &[u8], length: usize) {
        let Ok(mut slots) = self.0.try_borrow_mut() else { return };
        if slots.len() <= slot {
            slots.resize(slot + 1, None);
        }
        slots[slot] = Some(text[..text.len().min(length)].into());
    }

    /// What `read` makes of the text in a slot.
    pub fn read<T>(&self, slot: usize, read: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.try_borrow().ok()?.get(slot)?.as_deref().map(read)
    }

    /// Empties all slots; the memory stays.
    pub fn clear(&mut self) {
        let slots = self.0.get_mut();
        if !slots.is_empty() {
            slots.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_replaced() {
        let mut slots = CaptureSlots::default();
        let text = |slots: &CaptureSlots, slot| slots.read(slot, |text| String::from_utf8(text.to_vec()).unwrap());
        slots.put(1, b"first", 3);
        assert_eq!((text(&slots, 0), text(&slots, 1).as_deref(), text(&slots, 2)), (None, Some("fir"), None));
        slots.put(1, b"two", 9);
        assert_eq!(text(&slots, 1).as_deref(), Some("two"));
        slots.clear();
        assert_eq!(text(&slots, 1), None);
    }
}
