//! The cookie value made from a server's address (configuration manual 4.2 `dynamic-cookie-key`).

use std::net::{IpAddr, SocketAddr};

use smallvec::SmallVec;
use xxhash_rust::xxh64::xxh64;

/// The value for a server at `address` under `key`: 16 hexadecimal digits, the same that HAProxy gives, so that load balancers of either
/// kind with the same key understand each other's cookies.
pub fn dynamic_value(address: SocketAddr, key: &[u8]) -> [u8; DIGITS] {
    let mut input: SmallVec<[u8; 64]> = SmallVec::from_slice(key);
    match address.ip() {
        IpAddr::V4(ip) => input.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => input.extend_from_slice(&ip.octets()),
    }
    input.extend_from_slice(&u32::from(address.port()).to_be_bytes());
    let hash = xxh64(&input, 0);
    std::array::from_fn(|place| b"0123456789abcdef"[(hash >> (4 * (DIGITS - 1 - place))) as usize % 16])
}

const DIGITS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Values seen from HAProxy 3.5 and 2.6.
    #[test]
    fn values_equal_haproxy() {
        fn check(address: &str, key: &str, expected: &str) {
            assert_eq!(dynamic_value(address.parse().unwrap(), key.as_bytes()), expected.as_bytes());
        }
        check("127.0.0.1:47943", "mykey", "d5bf7e6bbd2646a2");
        check("127.0.0.2:57511", "other", "649e3f970d91b0c0");
        check("[::1]:42877", "k", "f34d4dfff3a64dc0");
    }
}
