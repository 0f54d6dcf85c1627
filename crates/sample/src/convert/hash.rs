//! Hashes for spreading keys, none of them for secrets (configuration manual 7.3.1). The old ones of 32 bits can be stirred further by an
//! avalanche; those of the xxHash family take a seed.

use burdock_balance::hash::{avalanche, crc32, djb2, sdbm, wt6};
use crc::{CRC_32_ISCSI, Crc, Table};
use xxhash_rust::xxh3::xxh3_64_with_seed;
use xxhash_rust::xxh32::xxh32;
use xxhash_rust::xxh64::xxh64;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

const AVALANCHE: ArgSpec = ArgSpec { usage: "[<avalanche>]", kinds: &[ArgKind::Integer], required: 0 };
const SEED: ArgSpec = ArgSpec { usage: "[<seed>]", kinds: &[ArgKind::Integer], required: 0 };

pub(super) const CONVERTERS: &[Converter] = &[
    hash("crc32", AVALANCHE, "The CRC-32 of the bytes, as Ethernet and gzip have it.", |value, _, args| {
        stirred(value, args, crc32)
    }),
    hash("crc32c", AVALANCHE, "The CRC-32C of the bytes (RFC 4960 appendix B).", |value, _, args| {
        stirred(value, args, |bytes| CRC32C.checksum(bytes))
    }),
    hash("djb2", AVALANCHE, "The DJB2 hash of the bytes.", |value, _, args| stirred(value, args, djb2)),
    hash("sdbm", AVALANCHE, "The SDBM hash of the bytes.", |value, _, args| stirred(value, args, sdbm)),
    hash("wt6", AVALANCHE, "The WT6 hash of the bytes.", |value, _, args| stirred(value, args, wt6)),
    hash("xxh32", SEED, "The XXH32 hash of the bytes.", |value, _, args| {
        seeded(value, args, |bytes, seed| i64::from(xxh32(bytes, seed as u32)))
    }),
    hash("xxh64", SEED, "The XXH64 hash of the bytes, as a signed number.", |value, _, args| {
        seeded(value, args, |bytes, seed| xxh64(bytes, seed) as i64)
    }),
    hash("xxh3", SEED, "The XXH3 hash of 64 bits of the bytes, as a signed number.", |value, _, args| {
        seeded(value, args, |bytes, seed| xxh3_64_with_seed(bytes, seed) as i64)
    }),
];

static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

const fn hash(
    name: &'static str,
    args: ArgSpec,
    doc: &'static str,
    run: for<'a> fn(Value<'a>, &Input<'a>, &'a Args) -> Option<Value<'a>>,
) -> Converter {
    Converter { name, args, prepare: None, input: Type::Bin, output: Type::Int, doc, run }
}

/// A hash of 32 bits, with an avalanche where the argument asks for it.
fn stirred<'a>(value: Value<'a>, args: &Args, hash: fn(&[u8]) -> u32) -> Option<Value<'a>> {
    let Value::Bin(bytes) = value else { return None };
    let hash = hash(bytes);
    let stirred = if args.integer(0).unwrap_or(0) == 0 { hash } else { avalanche(hash) };
    Some(Value::Int(i64::from(stirred)))
}

fn seeded<'a>(value: Value<'a>, args: &Args, hash: fn(&[u8], u64) -> i64) -> Option<Value<'a>> {
    let Value::Bin(bytes) = value else { return None };
    Some(Value::Int(hash(bytes, args.integer(0).unwrap_or(0) as u64)))
}

/// What `sdbm(1)` gives.
pub(crate) fn sdbm_avalanche(bytes: &[u8]) -> u32 {
    avalanche(sdbm(bytes))
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault, check_value};
    use crate::value::Value;

    /// Every byte once, in order.
    static BYTES: [u8; 256] = {
        let mut bytes = [0; 256];
        let mut at = 0;
        while at < 256 {
            bytes[at] = at as u8;
            at += 1;
        }
        bytes
    };

    #[test]
    fn hashes_of_all_bytes() {
        for (converter, expected) in [
            ("crc32", "688229491"),
            ("crc32(1)", "4230317029"),
            ("crc32c", "2621708363"),
            ("crc32c(1)", "2242979626"),
            ("djb2", "2589693061"),
            ("djb2(1)", "600622701"),
            ("sdbm", "905707648"),
            ("sdbm(1)", "3103804144"),
            ("wt6", "4090277559"),
            ("wt6(1)", "1192658767"),
            ("xxh3", "-7779787747613135503"),
            ("xxh3(1)", "5930632130106562027"),
            ("xxh32", "1497633363"),
            ("xxh32(1)", "1070421674"),
            ("xxh64", "2282408585429094475"),
            ("xxh64(1)", "-4689339368900765961"),
        ] {
            check_value(Value::Bin(&BYTES), converter, Some(expected));
        }
    }

    #[test]
    fn arguments_and_short_inputs() {
        for (expression, expected) in [
            ("str(abc),crc32(0)", "891568578"),
            ("str(abc),crc32(2)", "930845320"),
            ("str(abc),crc32(-1)", "930845320"),
            ("int(7),crc32", "4215687882"),
            ("str(),crc32", "0"),
            ("str(),crc32c(1)", "2874071335"),
            ("str(),djb2", "5381"),
            ("str(),wt6(1)", "2385687481"),
            ("str(),xxh3", "3244421341483603138"),
            ("str(),xxh32", "46947589"),
            ("str(abc),xxh32(-1)", "2989167648"),
            ("str(abc),xxh32(4294967297)", "2856167679"),
            ("str(abc),xxh64(-1)", "2895935887265243510"),
            ("str(abc),xxh3(-1)", "2962310483463817673"),
        ] {
            check(expression, Some(expected));
        }
        check_fault("str(abc),crc32(x)", "'x' is not an integer");
    }
}
