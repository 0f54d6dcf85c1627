//! Converters of the MQTT packets that open a connection (configuration manual 7.3.1): CONNECT and CONNACK of MQTT 3.1, 3.1.1 and 5.0.

mod packet;

use packet::{Connack, Connect, Fault, Packet, Place, Property};

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "mqtt_field_value",
        args: ArgSpec { usage: "<packettype>,<fieldname_or_property_ID>", kinds: &[ArgKind::Text; 2], required: 2 },
        prepare: Some(|args, _| parse_field(args).map(|field| args.set_compiled(0, field))),
        input: Type::Bin,
        output: Type::Str,
        doc: "The value of that field or property of an MQTT packet.",
        run: |value, input, args| {
            let (Value::Bin(bytes), Some(&field)) = (value, args.compiled(0)) else { return None };
            let text = match packet::parse(bytes).ok().and_then(|packet| look_up(&packet, field))? {
                Property::Bytes(bytes) => bytes,
                Property::Number(number) => input.scratch.format(format_args!("{number}")),
            };
            (!text.is_empty()).then_some(Value::Str(text))
        },
    },
    Converter {
        name: "mqtt_is_valid",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Bool,
        doc: "Whether a valid MQTT packet begins here, of a type that opens a connection.",
        run: |value, _, _| {
            let Value::Bin(bytes) = value else { return None };
            match packet::parse(bytes) {
                Ok(_) => Some(Value::Bool(true)),
                Err(Fault::Invalid) => Some(Value::Bool(false)),
                Err(Fault::Incomplete) => None,
            }
        },
    },
];

/// A type of packet and one of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    ConnectFlags,
    ProtocolName,
    ConnectVersion,
    ClientIdentifier,
    WillTopic,
    WillPayload,
    Username,
    Password,
    Keepalive,
    ConnackFlags,
    ConnackVersion,
    ReasonCode,
    Property(Place, u8),
}

const CONNECT_FIELDS: [(&str, Field); 9] = [
    ("flags", Field::ConnectFlags),
    ("protocol_name", Field::ProtocolName),
    ("protocol_version", Field::ConnectVersion),
    ("client_identifier", Field::ClientIdentifier),
    ("will_topic", Field::WillTopic),
    ("will_payload", Field::WillPayload),
    ("username", Field::Username),
    ("password", Field::Password),
    ("keepalive", Field::Keepalive),
];

const CONNACK_FIELDS: [(&str, Field); 3] =
    [("flags", Field::ConnackFlags), ("protocol_version", Field::ConnackVersion), ("reason_code", Field::ReasonCode)];

fn parse_field(args: &Args) -> Result<Field, String> {
    let [packet, name] = [0, 1].map(|index| String::from_utf8_lossy(args.text(index).unwrap_or_default()));
    let (fields, places): (&[_], &[_]) = match packet.to_ascii_lowercase().as_str() {
        "connect" | "1" => (&CONNECT_FIELDS, &[Place::Connect, Place::Will]),
        "connack" | "2" => (&CONNACK_FIELDS, &[Place::Connack]),
        _ => return Err(format!("the type of packets is 'connect' or 'connack', not '{packet}'")),
    };
    let property = |name: &str| {
        let id = name.parse().ok()?;
        places.iter().find(|place| place.has_single(id)).map(|&place| Field::Property(place, id))
    };
    let named = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)).map(|&(_, field)| field);
    named.or_else(|| property(&name)).ok_or_else(|| match name.as_ref() {
        "38" => "user properties are not supported: there may be several".to_owned(),
        _ => format!("'{name}' is no field of such a packet, nor the number of a property"),
    })
}

/// Numbers that are left out are 0 where there are properties at all.
fn look_up<'a>(packet: &Packet<'a>, field: Field) -> Option<Property<'a>> {
    let number = |number: u32| Some(Property::Number(number));
    match (packet, field) {
        (Packet::Connect(connect), field) => {
            let Connect { version, protocol_name, client_identifier, will, .. } = *connect;
            match field {
                Field::ConnectFlags => number(connect.flags.into()),
                Field::ProtocolName => Some(Property::Bytes(protocol_name)),
                Field::ConnectVersion => number(version.into()),
                Field::ClientIdentifier => Some(Property::Bytes(client_identifier)),
                Field::WillTopic => will.map(|will| Property::Bytes(will.topic)),
                Field::WillPayload => will.map(|will| Property::Bytes(will.payload)),
                Field::Username => connect.username.map(Property::Bytes),
                Field::Password => connect.password.map(Property::Bytes),
                Field::Keepalive => number(connect.keepalive_s.into()),
                Field::Property(Place::Connect, id) => Place::Connect.find(connect.properties?, id),
                Field::Property(Place::Will, id) => Place::Will.find(will?.properties?, id),
                _ => None,
            }
        }
        (Packet::Connack(Connack { flags, .. }), Field::ConnackFlags) => number((*flags).into()),
        (Packet::Connack(Connack { version, .. }), Field::ConnackVersion) => number((*version).into()),
        (Packet::Connack(Connack { reason_code, .. }), Field::ReasonCode) => number((*reason_code).into()),
        (Packet::Connack(connack), Field::Property(Place::Connack, id)) => Place::Connack.find(connack.properties?, id),
        (Packet::Connack(_), _) => None,
    }
}

#[cfg(test)]
mod tests;
