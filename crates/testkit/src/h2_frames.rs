//! A raw HTTP/2 client: writes the very frames it is given, well-formed or not, and tells of those that come back.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use crate::wait::PATIENCE;

/// Kinds of frames (RFC 9113 section 6).
pub mod kind {
    #![allow(missing_docs, reason = "the names of the standard")]
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// Flags of HEADERS and DATA; `ACK` of SETTINGS and PING has the value of `END_STREAM`.
pub const END_STREAM: u8 = 1;
/// The head is complete.
pub const END_HEADERS: u8 = 4;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// One of [`kind`], or none of them.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream; zero: the connection.
    pub stream: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error code of RST_STREAM and GOAWAY.
    pub fn error(&self) -> Option<u32> {
        let at = match self.kind {
            kind::RST_STREAM => 0,
            kind::GOAWAY => 4,
            _ => return None,
        };
        Some(number(self.payload.get(at..at + 4)?))
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The bytes of a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![len[1], len[2], len[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A field block without compression (RFC 7541 section 6.2.2), so that any name and any value can stand in it.
pub fn fields(list: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in list {
        block.push(0);
        put_text(&mut block, name.as_bytes());
        put_text(&mut block, value.as_bytes());
    }
    block
}

fn put_text(block: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text.len();
    if rest < 127 {
        block.push(rest as u8);
    } else {
        block.push(127);
        rest -= 127;
        while rest >= 128 {
            block.push((rest % 128) as u8 | 128);
            rest /= 128;
        }
        block.push(rest as u8);
    }
    block.extend_from_slice(text);
}

/// The fields of a request.
pub fn request<'a>(method: &'a str, path: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![(":method", method), (":scheme", "http"), (":authority", "example.test"), (":path", path)]
}

/// A GET that is all there.
pub fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &fields(&request("GET", path)))
}

/// A POST whose body follows.
pub fn post(stream: u32, path: &str) -> Vec<u8> {
    frame(kind::HEADERS, END_HEADERS, stream, &fields(&request("POST", path)))
}

/// A reset.
pub fn reset(stream: u32, error: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, 0, stream, &error.to_be_bytes())
}

/// The status at the beginning of a field block, where the static table of HPACK has it whole or its name (RFC 7541 appendix A).
fn status(block: &[u8]) -> String {
    const WHOLE: [&str; 7] = ["200", "204", "206", "304", "400", "404", "500"];
    match block {
        [indexed @ 0x88..=0x8e, ..] => WHOLE[usize::from(indexed - 0x88)].to_owned(),
        _ => format!("{:02x?}", &block[..block.len().min(8)]),
    }
}

/// How reading came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The peer has closed the connection, or reset it.
    Closed,
    /// Nothing came in the time given.
    Silent,
}

/// What came of a flood.
#[derive(Clone, Debug, Default)]
pub struct Flooded {
    /// How often its bytes were sent.
    pub sent: u32,
    /// The peer has ended the connection.
    pub ended: bool,
    /// Resets and farewells.
    pub told: Vec<Frame>,
}

/// One connection.
#[derive(Debug)]
pub struct H2Frames {
    socket: TcpStream,
    received: Vec<u8>,
}

impl H2Frames {
    /// Connects and sends the preface with these settings: numbers (RFC 9113 section 6.5.2) and values.
    pub fn connect(port: u16, settings: &[(u16, u32)]) -> Self {
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut client = Self { socket, received: Vec::new() };
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let mut payload = Vec::new();
        for (number, value) in settings {
            payload.extend_from_slice(&number.to_be_bytes());
            payload.extend_from_slice(&value.to_be_bytes());
        }
        client.send(frame(kind::SETTINGS, 0, 0, &payload));
        client
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("sending");
    }

    /// The same where the peer may have gone.
    ///
    /// # Errors
    /// It has, or does not read for too long.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.socket.write_all(bytes.as_ref())
    }

    /// Sends what `next` makes over and over, at most so often and for that long. Answers are read along, so that the peer need not wait,
    /// unless it `is_deaf`. Says how often it was sent.
    pub fn flood(
        &mut self,
        mut next: impl FnMut(u32) -> Vec<u8>,
        times: u32,
        limit: Duration,
        is_deaf: bool,
    ) -> Flooded {
        let end = Instant::now() + limit;
        let mut outcome = Flooded::default();
        self.socket.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
        while outcome.sent < times && !outcome.ended && Instant::now() < end {
            let bytes = next(outcome.sent);
            let mut rest = &bytes[..];
            while !rest.is_empty() && !outcome.ended && Instant::now() < end {
                match self.socket.write(rest) {
                    Ok(n) => rest = &rest[n..],
                    Err(error) if is_timeout(&error) => {}
                    Err(_) => outcome.ended = true,
                }
                if !is_deaf && (!rest.is_empty() || outcome.sent % 64 == 63) {
                    self.gather(&mut outcome, Duration::from_millis(1));
                }
            }
            outcome.sent += 1;
        }
        if !is_deaf {
            self.gather(&mut outcome, Duration::from_millis(300));
        }
        outcome
    }

    /// Takes what has come, keeping resets and farewells.
    fn gather(&mut self, outcome: &mut Flooded, limit: Duration) {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            match self.frame_within(limit) {
                Ok(frame) if matches!(frame.kind, kind::RST_STREAM | kind::GOAWAY) => outcome.told.push(frame),
                Ok(_) => {}
                Err(over) => {
                    outcome.ended |= over == Over::Closed;
                    return;
                }
            }
        }
    }

    /// The next frame that is neither SETTINGS nor WINDOW_UPDATE.
    ///
    /// # Panics
    /// When the connection ends, or nothing comes.
    pub fn frame(&mut self) -> Frame {
        self.next_of_interest(PATIENCE).expect("a frame")
    }

    /// The same, or how it ended.
    ///
    /// # Errors
    /// The connection is over, or nothing came in time.
    pub fn next_of_interest(&mut self, limit: Duration) -> Result<Frame, Over> {
        loop {
            let frame = self.frame_within(limit)?;
            if !matches!(frame.kind, kind::SETTINGS | kind::WINDOW_UPDATE) {
                return Ok(frame);
            }
        }
    }

    /// The status of the response on a stream, as text; nothing where the stream is reset instead. Other streams are passed over.
    pub fn answer_of(&mut self, stream: u32) -> Option<String> {
        loop {
            let frame = self.frame();
            match frame.kind {
                _ if frame.stream != stream => {}
                kind::HEADERS => return Some(status(&frame.payload)),
                kind::RST_STREAM => return None,
                _ => {}
            }
        }
    }

    /// By how much the window of a stream is raised first, where that is said in time and before any answer.
    pub fn window_of(&mut self, stream: u32, limit: Duration) -> Option<u32> {
        loop {
            match self.frame_within(limit) {
                Ok(frame) if frame.stream != stream => {}
                Ok(frame) if frame.kind == kind::WINDOW_UPDATE => return Some(number(&frame.payload)),
                Ok(_) | Err(_) => return None,
            }
        }
    }

    /// Everything up to the end of the connection, or until nothing comes for that long.
    pub fn rest(&mut self, limit: Duration) -> (Vec<Frame>, Over) {
        let mut frames = Vec::new();
        loop {
            match self.next_of_interest(limit) {
                Ok(frame) => frames.push(frame),
                Err(over) => return (frames, over),
            }
        }
    }

    fn frame_within(&mut self, limit: Duration) -> Result<Frame, Over> {
        self.socket.set_read_timeout(Some(limit)).unwrap();
        let mut bytes = [0; 16_384];
        loop {
            if let Some(head) = self.received.first_chunk::<9>() {
                let len = number(&head[..3]) as usize;
                if self.received.len() >= 9 + len {
                    let frame = Frame {
                        kind: head[3],
                        flags: head[4],
                        stream: number(&head[5..]),
                        payload: self.received[9..9 + len].to_vec(),
                    };
                    self.received.drain(..9 + len);
                    if frame.kind == kind::SETTINGS && frame.flags == 0 {
                        let _may_be_gone = self.try_send(self::frame(kind::SETTINGS, END_STREAM, 0, b""));
                    }
                    return Ok(frame);
                }
            }
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(Over::Closed),
                Ok(n) => self.received.extend_from_slice(&bytes[..n]),
                Err(error) if is_timeout(&error) => return Err(Over::Silent),
                Err(_) => return Err(Over::Closed),
            }
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_fields_have_the_form_of_the_standards() {
        assert_eq!(frame(kind::PING, 1, 0, b"12345678"), b"\0\0\x08\x06\x01\0\0\0\x0012345678");
        assert_eq!(fields(&[("a", "b")]), b"\0\x01a\x01b");
        let long = "v".repeat(300);
        assert_eq!(fields(&[("a", &long)])[..6], [0, 1, b'a', 127, 0xad, 1]);
        assert_eq!(reset(3, 8), b"\0\0\x04\x03\0\0\0\0\x03\0\0\0\x08");
    }
}
