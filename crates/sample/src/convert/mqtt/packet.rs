//! CONNECT and CONNACK packets as bytes (MQTT 3.1.1 and 5.0, 3.1 and 3.2): all or nothing is taken from them.

/// A packet that is valid.
#[derive(Debug)]
pub(super) enum Packet<'a> {
    Connect(Connect<'a>),
    Connack(Connack<'a>),
}

/// What a client sends first.
#[derive(Debug)]
pub(super) struct Connect<'a> {
    pub(super) protocol_name: &'a [u8],
    pub(super) version: u8,
    pub(super) flags: u8,
    pub(super) keepalive_s: u16,
    /// Those of MQTT 5.
    pub(super) properties: Option<&'a [u8]>,
    pub(super) client_identifier: &'a [u8],
    pub(super) will: Option<Will<'a>>,
    pub(super) username: Option<&'a [u8]>,
    pub(super) password: Option<&'a [u8]>,
}

/// What is published if the client is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Will<'a> {
    /// Those of MQTT 5.
    pub(super) properties: Option<&'a [u8]>,
    pub(super) topic: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// What a server answers first.
#[derive(Debug)]
pub(super) struct Connack<'a> {
    /// 5, or 4 for whatever is older: it is not said.
    pub(super) version: u8,
    pub(super) flags: u8,
    pub(super) reason_code: u8,
    /// Those of MQTT 5.
    pub(super) properties: Option<&'a [u8]>,
}

/// Why there is no valid packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Invalid,
    /// More bytes may make it valid.
    Incomplete,
}

/// Where properties stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Connect,
    Will,
    Connack,
}

/// The value of a property, or of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property<'a> {
    Number(u32),
    Bytes(&'a [u8]),
}

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;

const PROTOCOL_NAMES: [&[u8]; 2] = [b"MQTT", b"MQIsdp"];
const VERSION_5: u8 = 5;

const RESERVED_FLAG: u8 = 0x01;
const WILL_FLAG: u8 = 0x04;
const PASSWORD_FLAG: u8 = 0x40;
const USERNAME_FLAG: u8 = 0x80;
const SESSION_PRESENT_FLAG: u8 = 0x01;

/// The most bytes of a number of variable length (MQTT 5.0, 1.5.5).
const MAX_VARINT_BYTES: usize = 4;

const AUTHENTICATION_METHOD: u8 = 21;
const AUTHENTICATION_DATA: u8 = 22;

/// How a property is encoded, and which of its values are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A byte that is 0 or 1.
    Flag,
    U16,
    U16NotZero,
    U32,
    U32NotZero,
    Bytes,
    /// A name and a value; there may be several.
    User,
}

/// Reads the packet at the beginning of some bytes; what stands behind it does not matter.
pub(super) fn parse(bytes: &[u8]) -> Result<Packet<'_>, Fault> {
    let (&kind, rest) = bytes.split_first().ok_or(Fault::Incomplete)?;
    if kind != CONNECT && kind != CONNACK {
        return Err(Fault::Invalid);
    }
    let whole_length = rest.iter().take(MAX_VARINT_BYTES).any(|byte| byte & 0x80 == 0);
    if !whole_length {
        return Err(if rest.len() < MAX_VARINT_BYTES { Fault::Incomplete } else { Fault::Invalid });
    }
    let mut rest = Reader(rest);
    let length = rest.varint().ok_or(Fault::Invalid)?;
    let body = Reader(rest.take(length).ok_or(Fault::Incomplete)?);
    let packet = if kind == CONNECT { connect(body).map(Packet::Connect) } else { connack(body).map(Packet::Connack) };
    packet.ok_or(Fault::Invalid)
}

fn connect(mut body: Reader<'_>) -> Option<Connect<'_>> {
    let protocol_name = body.bytes()?;
    let [version, flags] = body.array()?;
    if !PROTOCOL_NAMES.contains(&protocol_name) || !(3..=VERSION_5).contains(&version) || flags & RESERVED_FLAG != 0 {
        return None;
    }
    let has = |flag| flags & flag != 0;
    let keepalive_s = u16::from_be_bytes(body.array()?);
    let properties = body.properties_of(version, Place::Connect)?;
    let client_identifier = body.bytes()?;
    let will = match has(WILL_FLAG) {
        true => {
            let properties = body.properties_of(version, Place::Will)?;
            Some(Will { properties, topic: body.bytes()?, payload: body.bytes()? })
        }
        false => None,
    };
    let username = if has(USERNAME_FLAG) { Some(body.bytes()?) } else { None };
    let password = if has(PASSWORD_FLAG) { Some(body.bytes()?) } else { None };
    let connect =
        Connect { protocol_name, version, flags, keepalive_s, properties, client_identifier, will, username, password };
    body.0.is_empty().then_some(connect)
}

fn connack(mut body: Reader<'_>) -> Option<Connack<'_>> {
    let [flags, reason_code] = body.array()?;
    let version = if body.0.is_empty() { VERSION_5 - 1 } else { VERSION_5 };
    let properties = body.properties_of(version, Place::Connack)?;
    let good = flags & !SESSION_PRESENT_FLAG == 0 && body.0.is_empty();
    good.then_some(Connack { version, flags, reason_code, properties })
}

impl Place {
    /// Whether there is one property of that number here at most (MQTT 5.0, 3.1.2.11, 3.1.3.2 and 3.2.2.3).
    pub(super) fn has_single(self, id: u8) -> bool {
        self.form(id).is_some_and(|form| form != Form::User)
    }

    /// The value among properties that are valid; 0 for a number that was left out.
    pub(super) fn find(self, properties: &[u8], id: u8) -> Option<Property<'_>> {
        let mut rest = Reader(properties);
        while let Some((found, value)) = rest.property(self) {
            if found == id {
                return Some(value);
            }
        }
        (self.form(id)? != Form::Bytes).then_some(Property::Number(0))
    }

    fn form(self, id: u8) -> Option<Form> {
        Some(match (self, id) {
            (_, 38) => Form::User,
            (Self::Connect, 23 | 25) | (Self::Will, 1) | (Self::Connack, 36 | 37 | 40 | 41 | 42) => Form::Flag,
            (Self::Connect, 34) | (Self::Connack, 19 | 34) => Form::U16,
            (Self::Connect | Self::Connack, 33) => Form::U16NotZero,
            (Self::Connect, 17) | (Self::Will, 2 | 24) | (Self::Connack, 17) => Form::U32,
            (Self::Connect | Self::Connack, 39) => Form::U32NotZero,
            (Self::Connect | Self::Connack, AUTHENTICATION_METHOD | AUTHENTICATION_DATA)
            | (Self::Will, 3 | 8 | 9)
            | (Self::Connack, 18 | 26 | 28 | 31) => Form::Bytes,
            _ => return None,
        })
    }

    /// Whether all are known here, possible, and given once.
    fn are_valid(self, properties: &[u8]) -> bool {
        let mut rest = Reader(properties);
        let mut seen = 0u64;
        while !rest.0.is_empty() {
            let Some((id, _)) = rest.property(self) else { return false };
            if self.has_single(id) && seen >> id & 1 == 1 {
                return false;
            }
            seen |= 1 << id;
        }
        // MQTT 5.0, 3.1.2.11.10.
        self != Self::Connect || seen >> AUTHENTICATION_DATA & 1 == 0 || seen >> AUTHENTICATION_METHOD & 1 == 1
    }
}

/// Takes one thing after the other, or nothing where bytes are missing.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// Bytes, or a text, behind their length.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length))
    }

    fn varint(&mut self) -> Option<usize> {
        let last = self.0.iter().take(MAX_VARINT_BYTES).position(|byte| byte & 0x80 == 0)?;
        let bytes = self.take(last + 1)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f)))
    }

    /// The properties that MQTT 5 has here, if this is MQTT 5.
    fn properties_of(&mut self, version: u8, place: Place) -> Option<Option<&'a [u8]>> {
        if version < VERSION_5 {
            return Some(None);
        }
        let length = self.varint()?;
        self.take(length).filter(|properties| place.are_valid(properties)).map(Some)
    }

    fn property(&mut self, place: Place) -> Option<(u8, Property<'a>)> {
        let [id] = self.array()?;
        let value = match place.form(id)? {
            Form::Flag => Property::Number(self.array().map(|[byte]| u32::from(byte)).filter(|&byte| byte < 2)?),
            Form::U16 => Property::Number(self.array().map(u16::from_be_bytes)?.into()),
            Form::U16NotZero => {
                Property::Number(self.array().map(u16::from_be_bytes).filter(|&number| number > 0)?.into())
            }
            Form::U32 => Property::Number(self.array().map(u32::from_be_bytes)?),
            Form::U32NotZero => Property::Number(self.array().map(u32::from_be_bytes).filter(|&number| number > 0)?),
            Form::Bytes => Property::Bytes(self.bytes()?),
            Form::User => {
                self.bytes()?;
                Property::Bytes(self.bytes()?)
            }
        };
        Some((id, value))
    }
}
