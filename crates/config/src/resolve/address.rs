//! Written addresses become the model's.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use burdock_model::{Address, SourceAddress};

use crate::address;
use crate::draft::{HostPart, PortPart, SourceLine, Written};

/// The IP address of a host part that is no name.
pub(super) fn host(host: &HostPart) -> IpAddr {
    match host {
        HostPart::Address(address) => *address,
        HostPart::Any(family) | HostPart::Name(_, family) => address::any(*family),
    }
}

/// The addresses to listen on that one written address stands for: a range of ports is several. `prefix` comes before the paths of Unix
/// sockets (`unix-bind prefix`).
pub(super) fn listen(written: &Written, prefix: Option<&[u8]>) -> Vec<Address> {
    match written {
        Written::Ip { host: part, port } => {
            let ip = host(part);
            let (first, last) = match port {
                PortPart::Fixed(port) => (*port, *port),
                PortPart::Range(first, last) => (*first, *last),
                PortPart::Missing | PortPart::Offset(_) => return Vec::new(),
            };
            (first..=last).map(|port| Address::Tcp(SocketAddr::new(ip, port))).collect()
        }
        Written::Unix(path) => vec![Address::Unix(prefixed(path, prefix))],
        Written::Abstract { name, padded } => vec![Address::Abstract { name: name.clone(), padded: *padded }],
        Written::Descriptor(descriptor) => vec![Address::Inherited(*descriptor)],
    }
}

/// Put together without a separator, as HAProxy does: the prefix ends in one or not.
fn prefixed(path: &Path, prefix: Option<&[u8]>) -> PathBuf {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let Some(prefix) = prefix else { return path.to_owned() };
    let mut joined = prefix.to_vec();
    joined.extend_from_slice(path.as_os_str().as_bytes());
    PathBuf::from(std::ffi::OsString::from_vec(joined))
}

/// `source`. None where the system chooses anyway.
pub(super) fn source(line: &SourceLine) -> Option<SourceAddress> {
    let Written::Ip { host: part, port } = &line.address else { return None };
    let ip = host(part);
    let (port, last_port) = match port {
        PortPart::Fixed(port) => (*port, None),
        PortPart::Range(first, last) => (*first, Some(*last)),
        PortPart::Missing | PortPart::Offset(_) => (0, None),
    };
    if ip.is_unspecified() && port == 0 && line.interface.is_none() {
        return None;
    }
    Some(SourceAddress { address: SocketAddr::new(ip, port), interface: line.interface.clone(), last_port })
}
