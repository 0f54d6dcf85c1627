use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::testing::{check, check_refused};

fn check_converter(packet: &[u8], converter: &str, expected: Option<&str>) {
    check(&[(&format!("str({}),b64dec,{converter}", STANDARD.encode(packet)), expected.map(str::as_bytes))]);
}

fn check_fields(packet: &[u8], kind: &str, fields: &[(&str, Option<&str>)]) {
    for (field, expected) in fields {
        check_converter(packet, &format!("mqtt_field_value({kind},{field})"), *expected);
    }
}

/// The answers of HAProxy.
#[test]
fn valid_or_not() {
    let cases: &[(&[u8], Option<&str>)] = &[
        (b"\x10\x1a\0\x04MQTT\x04\xc2\0<\0\0\0\x04test\0\x06passwd", Some("1")),
        (b"\x10:\0\x04MQTT\x04\xee\0<\0\x08test_sub\0\x09willtopic\0\x0bwillpayload\0\x04test\0\x06passwd", Some("1")),
        (b"\x10\x18\0\x04MQTT\x05\x02\0<\x03!\0\x14\0\x08test_sub", Some("1")),
        (b"\x10~\0\x04MQTT\x05\xee\0<\x18'\0\0\0\x14\x17\x01&\0\x01a\0\x01b&\0\x01c\0\x01d!\0\x14\0\x08test_sub*\x03\0\x0atext/plain\x08\0\x0cwillrsptopic&\0\x01e\0\x01f&\0\x01g\0\x01h\0\x09willtopic\0\x0bwillpayload\0\x04test\0\x06passwd", Some("1")),
        (b"\x10$\0\x06MQIsdp\x03\xc2\0\0\0\x08test_sub\0\x04test\0\x06passwd", Some("1")),
        (b"\xd0\0", Some("0")),
        (b"\x11\x14\0\x04MQTT\x04\x02\0<\0\x08test_sub", Some("0")),
        (b"\x10\xff\xff\xff\xff\x14\0\x04MQTT\x04\x02\0<\0\x08test_sub", Some("0")),
        (b"\x10\x13\0\x04MQTT\x04\x02\0<\0\x08test\xa5\xf77V", Some("0")),
        (b"\x10\x14\0\x04MQTT\x04\x02\0<\0\x08test_sub\xff\xff", Some("1")),
        (b"\x10\x14\0\x04MQTT\x04\x02\0<\0\x08test_su", None),
        (b"\x10\x14\0\x04MQTT\x04\x03\0<\0\x08test_sub", Some("0")),
        (b"\x10\x14\0\x04MQTT\x04\x0a\0<\0\x08test_sub", Some("1")),
        (b"\x10\x16\0\x04MQTT\x04B\0<\0\x08test_sub\0\0", Some("1")),
        (b"\x10\x14\0\x04MQTT\x06\x02\0<\0\x08test_sub", Some("0")),
        (b"\x10\x14\0\x04MQTY\x04\x02\0<\0\x08test_sub", Some("0")),
        (b"\x10\x0c\0\x04MQTT\x04\0\0<\0\0", Some("1")),
        (b"\x10\x14\0\x04MQTT\x04\x1e\0<\0\x02id\0\x01t\0\x01p", Some("1")),
        (b"\x10\x1b\0\x04MQTT\x05\x02\0<\x06!\0\x14!\0\x15\0\x08test_sub", Some("0")),
        (b"\x10\x17\0\x04MQTT\x05\x02\0<\x02$\x01\0\x08test_sub", Some("0")),
        (b"\x10\x17\0\x04MQTT\x05\x02\0<\x02\x17\x02\0\x08test_sub", Some("0")),
        (b"\x10\x18\0\x04MQTT\x05\x02\0<\x03!\0\0\0\x08test_sub", Some("0")),
        (b"\x10\x16\0\x04MQTT\x04\x02\0<\0\x08test_subaa", Some("0")),
        (b"\x20\x02\0\0", Some("1")),
        (b"\x20\x02\x01\0", Some("1")),
        (b"\x20\x02\0\x05", Some("1")),
        (b"!\x02\0\0", Some("0")),
        (b"\x20\x06\0\0\x03\x22\0\x0a", Some("1")),
        (b"\x20%\0\0\x22\x11\0\0\0x!\x7f\xff$\x01%\x01'\0\0\xff\xff\x22\0\x0a&\0\x01a\0\x01b&\0\x01c\0\x01d", Some("1")),
        (b"\x20\x03\0\0\0", Some("1")),
        (b"\x20\x06\0\0\x03\x22\0", None),
        (b"", None),
        (b"\x10\x13\0\x04MQTT\x04\x06\0<\0\x02id\0\0\0\x01p", Some("1")),
        (b"\x10\x0a\0\x04MQTT\x04\x02\0<", Some("0")),
        (b"\x10\x10\0\x06MQIsdp\x04\x02\0<\0\x02id", Some("1")),
        (b"\x10\x0e\0\x04MQTT\x03\x02\0<\0\x02id", Some("1")),
        (b"\x10\x0e\0\x04MQTT\x05\x02\0<\0\x02id", Some("0")),
        (b"\x108\0\x04MQTT\x05\x02\0<)\x11\0\0\0\x05!\0\x06'\0\0\0\x07\x22\0\x08\x19\x01\x17\x01&\0\x01a\0\x01b\x15\0\x04auth\x16\0\x04data\0\x02id", Some("1")),
        (b"\x10\x11\0\x04MQTT\x05\x02\0<\x02\x19\x02\0\x02id", Some("0")),
        (b"\x10\x14\0\x04MQTT\x05\x02\0<\x05'\0\0\0\0\0\x02id", Some("0")),
        (b"\x10\x16\0\x04MQTT\x05\x02\0<\x07\x16\0\x04data\0\x02id", Some("0")),
        (b"\x10\x1c\0\x04MQTT\x05\x02\0<\x0d&\0\x01a\0\x01b&\0\0\0\x01b\0\x02id", Some("1")),
        (b"\x10\x12\0\x04MQTT\x05\x02\0<\x03\x11\0\0\0\x02id", Some("0")),
        (b"\x10\x12\0\x04MQTT\x05\x02\0<\x03\x15\0\0\0\x02id", Some("1")),
        (b"\x10\x16\0\x04MQTT\x05\x06\0<\0\0\x02id\0\0\x01t\0\x01p", Some("1")),
        (b"\x108\0\x04MQTT\x05\x06\0<\0\0\x02id\x22\x18\0\0\0\x05\x01\x01\x02\0\0\0\x06\x03\0\x02ct\x08\0\x02rt\x09\0\x02cd&\0\x01a\0\x01b\0\x01t\0\x01p", Some("1")),
        (b"\x10\x18\0\x04MQTT\x05\x06\0<\0\0\x02id\x02\x01\x02\0\x01t\0\x01p", Some("0")),
        (b"\x10\x1a\0\x04MQTT\x05\x06\0<\0\0\x02id\x04\x01\x01\x01\x01\0\x01t\0\x01p", Some("0")),
        (b"\x10\x19\0\x04MQTT\x05\x06\0<\0\0\x02id\x03!\0\x01\0\x01t\0\x01p", Some("0")),
        (b"\x10\x17\0\x04MQTT\x05\x02\0<\x08\x15\0\x01a\x15\0\x01b\0\x02id", Some("0")),
        (b"\x10\x94\x80\x80\0\0\x04MQTT\x04\x02\0<\0\x08test_sub", Some("1")),
        (b"\x10\0", Some("0")),
        (b"\x20\0", Some("0")),
        (b"\x10\xff\xff", None),
        (b"\x20\x04\0\0\0\0", Some("0")),
        (b"\x20/\x01\x80,\x12\0\x03cid\x1f\0\x02rs(\x01)\0*\x01\x13\0\x05\x1a\0\x02ri\x1c\0\x02sr\x15\0\x02am\x16\0\x02ad$\x01%\0", Some("1")),
        (b"\x20\x05\0\0\x02$\x02", Some("0")),
        (b"\x20\x05\0\0\x02%\x02", Some("0")),
        (b"\x20\x05\0\0\x02(\x02", Some("0")),
        (b"\x20\x07\0\0\x04$\x01$\x01", Some("0")),
        (b"\x20\x06\0\0\x03!\0\0", Some("0")),
        (b"\x20\x08\0\0\x05'\0\0\0\0", Some("0")),
        (b"\x20\x08\0\0\x05\x02\0\0\0\0", Some("0")),
        (b"\x20\x05\0\0\0\0\0", Some("0")),
        (b"\x20\x05\0\0\x05$\x01", Some("0")),
        (b"\x20\x06\0\0\x82\0$\x01", Some("1")),
        (b"\x20\x02\x01\0", Some("1")),
        (b"\x20\x02\xff\0", Some("0")),
        (b"\x20\x03\x02\0\0", Some("0")),
    ];
    for (packet, expected) in cases {
        check_converter(packet, "mqtt_is_valid", *expected);
    }
}

#[test]
fn what_is_not_whole_is_not_judged() {
    let packet = b"\x10\x1a\0\x04MQTT\x04\xc2\0<\0\0\0\x04test\0\x06passwd";
    for end in 0..packet.len() {
        check_converter(&packet[..end], "mqtt_is_valid", None);
        check_converter(&packet[..end], "mqtt_field_value(connect,flags)", None);
    }
}

#[test]
fn values() {
    check_fields(
        b"\x10\x1a\0\x04MQTT\x04\xc2\0<\0\0\0\x04test\0\x06passwd",
        "connect",
        &[
            ("flags", Some("194")),
            ("protocol_name", Some("MQTT")),
            ("protocol_version", Some("4")),
            ("client_identifier", None),
            ("will_topic", None),
            ("username", Some("test")),
            ("password", Some("passwd")),
            ("keepalive", Some("60")),
            ("17", None),
        ],
    );
    check_fields(
        b"\x10:\0\x04MQTT\x04\xee\0<\0\x08test_sub\0\x09willtopic\0\x0bwillpayload\0\x04test\0\x06passwd",
        "connect",
        &[
            ("client_identifier", Some("test_sub")),
            ("will_topic", Some("willtopic")),
            ("will_payload", Some("willpayload")),
            ("1", None),
        ],
    );
    check_fields(
        b"\x10$\0\x06MQIsdp\x03\xc2\0\0\0\x08test_sub\0\x04test\0\x06passwd",
        "connect",
        &[("protocol_name", Some("MQIsdp")), ("protocol_version", Some("3")), ("keepalive", Some("0"))],
    );
    check_fields(
        b"\x10\x14\0\x04MQTT\x06\x02\0<\0\x08test_sub",
        "connect",
        &[("flags", None), ("protocol_name", None)],
    );
    check_fields(b"\x10\x14\0\x04MQTT\x04\x02\0<\0\x08test_su", "connect", &[("flags", None)]);
    check_fields(
        b"\x10\x18\0\x04MQTT\x05\x02\0<\x03!\0\x14\0\x08test_sub",
        "connect",
        &[
            ("protocol_version", Some("5")),
            ("17", Some("0")),
            ("33", Some("20")),
            ("21", None),
            ("24", None),
            ("1", None),
        ],
    );
    check_fields(b"\x108\0\x04MQTT\x05\x02\0<)\x11\0\0\0\x05!\0\x06'\0\0\0\x07\x22\0\x08\x19\x01\x17\x01&\0\x01a\0\x01b\x15\0\x04auth\x16\0\x04data\0\x02id", "connect", &[
        ("17", Some("5")),
        ("33", Some("6")),
        ("39", Some("7")),
        ("34", Some("8")),
        ("25", Some("1")),
        ("23", Some("1")),
        ("21", Some("auth")),
        ("22", Some("data")),
        ("24", None),
        ("3", None),
    ]);
    check_fields(b"\x108\0\x04MQTT\x05\x06\0<\0\0\x02id\x22\x18\0\0\0\x05\x01\x01\x02\0\0\0\x06\x03\0\x02ct\x08\0\x02rt\x09\0\x02cd&\0\x01a\0\x01b\0\x01t\0\x01p", "connect", &[
        ("will_topic", Some("t")),
        ("will_payload", Some("p")),
        ("24", Some("5")),
        ("1", Some("1")),
        ("2", Some("6")),
        ("3", Some("ct")),
        ("8", Some("rt")),
        ("9", Some("cd")),
    ]);
    check_fields(
        b"\x10\x16\0\x04MQTT\x05\x06\0<\0\0\x02id\0\0\x01t\0\x01p",
        "connect",
        &[("24", Some("0")), ("1", Some("0")), ("2", Some("0")), ("3", None)],
    );
    check_fields(b"\x10\x12\0\x04MQTT\x05\x02\0<\x03\x15\0\0\0\x02id", "connect", &[("21", None)]);
    check_fields(
        b"\x20\x02\x01\0",
        "connack",
        &[
            ("flags", Some("1")),
            ("protocol_version", Some("4")),
            ("reason_code", Some("0")),
            ("17", None),
            ("33", None),
        ],
    );
    check_fields(
        b"\x20%\0\0\x22\x11\0\0\0x!\x7f\xff$\x01%\x01'\0\0\xff\xff\x22\0\x0a&\0\x01a\0\x01b&\0\x01c\0\x01d",
        "connack",
        &[
            ("flags", Some("0")),
            ("protocol_version", Some("5")),
            ("reason_code", Some("0")),
            ("17", Some("120")),
            ("33", Some("32767")),
            ("36", Some("1")),
            ("37", Some("1")),
            ("39", Some("65535")),
            ("18", None),
            ("34", Some("10")),
            ("40", Some("0")),
        ],
    );
    check_fields(b"\x20/\x01\x80,\x12\0\x03cid\x1f\0\x02rs(\x01)\0*\x01\x13\0\x05\x1a\0\x02ri\x1c\0\x02sr\x15\0\x02am\x16\0\x02ad$\x01%\0", "connack", &[
        ("flags", Some("1")),
        ("reason_code", Some("128")),
        ("18", Some("cid")),
        ("31", Some("rs")),
        ("40", Some("1")),
        ("41", Some("0")),
        ("42", Some("1")),
        ("19", Some("5")),
        ("26", Some("ri")),
        ("28", Some("sr")),
        ("21", Some("am")),
        ("22", Some("ad")),
    ]);
    check_fields(b"\x20\x02\0\0", "connect", &[("flags", None), ("17", None)]);
}

#[test]
fn names() {
    let packet = b"\x10\x1a\0\x04MQTT\x04\xc2\0<\0\0\0\x04test\0\x06passwd";
    for name in ["CONNECT,username", "1,username", "connect,USERNAME"] {
        check_converter(packet, &format!("mqtt_field_value({name})"), Some("test"));
    }
    check_refused(&[
        ("str(a),mqtt_field_value(publish,flags)", "the type of packets is 'connect' or 'connack', not 'publish'"),
        ("str(a),mqtt_field_value(0,flags)", "the type of packets is 'connect' or 'connack', not '0'"),
        ("str(a),mqtt_field_value(connect,99)", "'99' is no field of such a packet, nor the number of a property"),
        ("str(a),mqtt_field_value(connect,19)", "'19' is no field of such a packet, nor the number of a property"),
        (
            "str(a),mqtt_field_value(connack,username)",
            "'username' is no field of such a packet, nor the number of a property",
        ),
        ("str(a),mqtt_field_value(connect,)", "'' is no field of such a packet, nor the number of a property"),
        ("str(a),mqtt_field_value(connect,38)", "user properties are not supported: there may be several"),
        ("str(a),mqtt_field_value(connect)", "'mqtt_field_value' lacks an argument"),
    ]);
}
