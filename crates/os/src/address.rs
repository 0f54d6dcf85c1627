//! Names in the abstract name space of Unix sockets (unix(7)).

use std::io;

use rustix::net::SocketAddrUnix;

/// Bytes of a name that fills the whole address.
const FULL_NAME: usize = 107;

/// The address of an abstract name. `padded` names are filled up with zeros to the length of an address, as `abns@` has it; `abnsz@`
/// names are as long as they are.
///
/// # Errors
/// The name is longer than an address holds.
pub fn abstract_address(name: &[u8], padded: bool) -> io::Result<SocketAddrUnix> {
    if name.len() > FULL_NAME {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is longer than 107 bytes"));
    }
    let mut full = [0; FULL_NAME];
    full[..name.len()].copy_from_slice(name);
    let length = if padded { FULL_NAME } else { name.len() };
    Ok(SocketAddrUnix::new_abstract_name(&full[..length])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_names_fill_the_address() {
        assert_eq!(abstract_address(b"x", true).unwrap().abstract_name().map(<[u8]>::len), Some(FULL_NAME));
        assert_eq!(abstract_address(b"x", false).unwrap().abstract_name(), Some(&b"x"[..]));
        assert!(abstract_address(&[b'x'; 108], true).is_err());
    }
}
