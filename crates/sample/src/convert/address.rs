//! Converters of addresses (configuration manual 7.3.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Converter;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

/// A mask of IPv4, as a number of bits or in dotted form.
const MASK4: ArgKind = ArgKind::Parse(|text| {
    let mask = match bits(text, 32) {
        Some(bits) => Some(u32::MAX.checked_shl(32 - bits).unwrap_or(0)),
        None => text_of(text).and_then(|text| text.parse::<Ipv4Addr>().ok()).map(u32::from),
    };
    mask.map(|mask| Arg::Integer(i64::from(mask))).ok_or("is not a mask of IPv4")
});

/// A mask of IPv6, as a number of bits or as an address; decoded to its 16 bytes.
const MASK6: ArgKind = ArgKind::Parse(|text| {
    let mask = match bits(text, 128) {
        Some(bits) => Some(u128::MAX.checked_shl(128 - bits).unwrap_or(0)),
        None => text_of(text).and_then(|text| text.parse::<Ipv6Addr>().ok()).map(u128::from),
    };
    mask.map(|mask| Arg::Text(Box::new(mask.to_be_bytes()))).ok_or("is not a mask of IPv6")
});

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "ipmask",
    args: ArgSpec { usage: "<mask4>[,<mask6>]", kinds: &[MASK4, MASK6], required: 1 },
    prepare: None,
    input: Type::Addr,
    output: Type::Addr,
    doc: "The network of the address; nothing for IPv6 without a mask for it.",
    run: mask,
}];

/// An IPv6 address that stands for one of IPv4 is masked as that.
fn mask<'a>(value: Value<'a>, _: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Addr(address) = value else { return None };
    let v4 = match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(address) => embedded(address),
    };
    Some(Value::Addr(match (v4, address) {
        (Some(v4), _) | (None, IpAddr::V4(v4)) => Ipv4Addr::from(u32::from(v4) & args.integer(0)? as u32).into(),
        (None, IpAddr::V6(v6)) => {
            let mask = u128::from_be_bytes(args.text(1)?.try_into().ok()?);
            Ipv6Addr::from(u128::from(v6) & mask).into()
        }
    }))
}

/// The IPv4 address in one of IPv6: mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), or of 6to4 (`2002:ab:cd::`).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        [0x20, 0x02, a, b, c, d, ..] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => address.to_ipv4(),
    }
}

/// A number of bits up to `limit`.
fn bits(text: &[u8], limit: u32) -> Option<u32> {
    text_of(text)?.parse().ok().filter(|bits| *bits <= limit)
}

fn text_of(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault};

    #[test]
    fn masks() {
        for (expression, expected) in [
            ("str(192.168.1.101),ipmask(24)", Some("192.168.1.0")),
            ("str(192.168.1.101),ipmask(0)", Some("0.0.0.0")),
            ("str(192.168.1.101),ipmask(32)", Some("192.168.1.101")),
            ("str(192.168.1.101),ipmask(255.0.255.0)", Some("192.0.1.0")),
            ("str(192.168.1.101),ipmask(024)", Some("192.168.1.0")),
            ("str(192.168.1.101),ipmask(24,)", Some("192.168.1.0")),
            ("int(16909060),ipmask(16)", Some("1.2.0.0")),
            ("str(host),ipmask(8)", None),
            ("str(2001:db8::bad:c0f:ffff),ipmask(24)", None),
            ("str(2001:db8::bad:c0f:ffff),ipmask(24,64)", Some("2001:db8::")),
            ("str(2001:db8::bad:c0f:ffff),ipmask(24,128)", Some("2001:db8::bad:c0f:ffff")),
            ("str(2001:db8::bad:c0f:ffff),ipmask(24,0)", Some("::")),
            ("str(2001:db8::bad:c0f:ffff),ipmask(24,ffff::ff00)", Some("2001::ff00")),
            ("str(::ffff:1.2.3.4),ipmask(24,64)", Some("1.2.3.0")),
            ("str(2002:0102:0304::1),ipmask(32,128)", Some("1.2.3.4")),
            ("str(::1),ipmask(32,128)", Some("0.0.0.1")),
            ("str(::1:1:0),ipmask(32,128)", Some("::1:1:0")),
        ] {
            check(expression, expected);
        }
    }

    #[test]
    fn faults() {
        for (expression, message) in [
            ("src,ipmask(33)", "'33' is not a mask of IPv4"),
            ("src,ipmask(-1)", "'-1' is not a mask of IPv4"),
            ("src,ipmask(255.255)", "'255.255' is not a mask of IPv4"),
            ("src,ipmask", "'ipmask' lacks an argument"),
            ("src,ipmask(24,129)", "'129' is not a mask of IPv6"),
            ("src,ipmask(24,1.2.3.4)", "'1.2.3.4' is not a mask of IPv6"),
        ] {
            check_fault(expression, message);
        }
    }
}
