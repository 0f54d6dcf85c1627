//! The heads of the frames (RFC 9113 section 4.1) that go by on a connection, whatever reads cut them into. Payloads are skipped, but for the
//! error codes in them.

/// What section 6 numbers.
pub const DATA: u8 = 0;
pub const RST_STREAM: u8 = 3;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;

/// What a client begins with (section 3.4).
pub const PREFACE_LEN: usize = 24;

const HEAD_LEN: usize = 9;
/// The head of a GOAWAY, the last stream and the error code.
const LONGEST: usize = HEAD_LEN + 8;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    /// Zero: the connection as such.
    pub stream: u32,
    /// Of RST_STREAM and GOAWAY.
    pub error: Option<u32>,
}

/// Follows the bytes of one direction.
#[derive(Debug)]
pub struct FrameWatch {
    /// Bytes that are of no interest.
    skip: usize,
    seen: [u8; LONGEST],
    seen_len: usize,
}

impl FrameWatch {
    /// Begins behind so many bytes that belong to no frame.
    pub const fn new(skip: usize) -> Self {
        Self { skip, seen: [0; LONGEST], seen_len: 0 }
    }

    /// Whether the bytes so far end with a frame.
    pub fn is_between_frames(&self) -> bool {
        self.skip == 0 && self.seen_len == 0
    }

    /// Takes what goes by next.
    pub fn feed(&mut self, mut bytes: &[u8], mut on_frame: impl FnMut(Frame)) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            let taken = (self.wanted() - self.seen_len).min(bytes.len());
            self.seen[self.seen_len..self.seen_len + taken].copy_from_slice(&bytes[..taken]);
            self.seen_len += taken;
            bytes = &bytes[taken..];
            if self.seen_len == self.wanted() {
                on_frame(self.frame());
                self.skip = HEAD_LEN + self.payload_len() - self.seen_len;
                self.seen_len = 0;
            }
        }
    }

    /// How much of the frame is to be looked at.
    fn wanted(&self) -> usize {
        match (self.seen_len >= HEAD_LEN, self.seen[3]) {
            (true, RST_STREAM) => HEAD_LEN + self.payload_len().min(4),
            (true, GOAWAY) => HEAD_LEN + self.payload_len().min(8),
            _ => HEAD_LEN,
        }
    }

    fn payload_len(&self) -> usize {
        usize::from(self.seen[0]) << 16 | usize::from(self.seen[1]) << 8 | usize::from(self.seen[2])
    }

    fn frame(&self) -> Frame {
        let number =
            |at: usize| u32::from_be_bytes([self.seen[at], self.seen[at + 1], self.seen[at + 2], self.seen[at + 3]]);
        let error = match (self.seen[3], self.seen_len - HEAD_LEN) {
            (RST_STREAM, 4) => Some(number(HEAD_LEN)),
            (GOAWAY, 8) => Some(number(HEAD_LEN + 4)),
            _ => None,
        };
        Frame { kind: self.seen[3], stream: number(5) & 0x7fff_ffff, error }
    }
}

/// The bytes of a reset.
pub fn reset(stream: u32, error: u32) -> [u8; HEAD_LEN + 4] {
    let (stream, error) = (stream.to_be_bytes(), error.to_be_bytes());
    let mut frame = [0, 0, 4, RST_STREAM, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    frame[5..HEAD_LEN].copy_from_slice(&stream);
    frame[HEAD_LEN..].copy_from_slice(&error);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_however_they_are_cut() {
        let bytes = [
            &b"preface"[..],
            b"\0\0\x03\0\x01\0\0\0\x05abc",
            b"\0\0\x04\x03\0\x80\0\0\x07\0\0\0\x08",
            b"\0\0\x0a\x07\0\0\0\0\0\0\0\0\x09\0\0\0\x0bhi",
            b"\0\0\0\x04\x01\0\0\0\0",
            b"\0\0\x02\x03\0\0\0\0\x01\0\0",
        ]
        .concat();
        let frame = |kind, stream, error| Frame { kind, stream, error };
        let expected = [
            frame(0, 5, None),
            frame(RST_STREAM, 7, Some(8)),
            frame(GOAWAY, 0, Some(11)),
            frame(4, 0, None),
            frame(RST_STREAM, 1, None),
        ];
        for size in 1..=bytes.len() {
            let mut watch = FrameWatch::new(7);
            let mut seen = Vec::new();
            bytes.chunks(size).for_each(|chunk| watch.feed(chunk, |frame| seen.push(frame)));
            assert_eq!(seen, expected, "cut every {size} bytes");
            assert!(watch.is_between_frames());
            watch.feed(&[0], |_| {});
            assert!(!watch.is_between_frames());
        }
    }

    #[test]
    fn a_reset_reads_as_one() {
        let mut seen = Vec::new();
        FrameWatch::new(0).feed(&reset(70_001, 8), |frame| seen.push(frame));
        assert_eq!(seen, [Frame { kind: RST_STREAM, stream: 70_001, error: Some(8) }]);
    }
}
