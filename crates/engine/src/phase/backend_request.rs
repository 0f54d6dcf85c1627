//! What the proxy itself adds to a request before it goes to a server.

use std::io::Write;
use std::net::IpAddr;

use burdock_http::{EditError, Headers};
use burdock_model::{ForwardFor, MessageSide, Proxy};
use burdock_txn::{Cause, Progress, Txn};

use crate::added_header;
use crate::driver::Next;
use crate::stream::Stream;

/// The longest text of an IP address.
const IP_TEXT: usize = 45;

/// Adds what the configuration says, and the client's address where `option forwardfor` of the frontend or the backend asks for it.
pub fn run(stream: &mut Stream<'_>) -> Next {
    if added_header::add(stream, MessageSide::Request).is_err() {
        stream.space.txn.termination.end(Cause::Proxy, Progress::Request);
        return Next::Reply(400);
    }
    match rewrite_for_server(&stream.frontend, &stream.backend, &mut stream.space.txn) {
        Ok(()) => Next::Continue,
        Err(_) => {
            stream.space.txn.termination.end(Cause::Proxy, Progress::Request);
            Next::Reply(400)
        }
    }
}

/// What options of a frontend and a backend add to a request before it goes to a server.
///
/// # Errors
/// The head has no room.
pub fn rewrite_for_server(frontend: &Proxy, backend: &Proxy, txn: &mut Txn) -> Result<(), EditError> {
    let Some(client) = txn.client.ip() else { return Ok(()) };
    let (front, back) = (&frontend.http.forward_for, &backend.http.forward_for);
    let Some(settings) = back.as_ref().or(front.as_ref()) else { return Ok(()) };
    // Without `if-none` in either of the two the header is added whatever the request holds.
    let only_if_none = [front, back].into_iter().flatten().all(|settings| settings.if_none);
    add_forwarded_for(&mut txn.request.headers, settings, only_if_none, client)
}

fn add_forwarded_for(
    headers: &mut Headers,
    settings: &ForwardFor,
    only_if_none: bool,
    client: IpAddr,
) -> Result<(), EditError> {
    if only_if_none && headers.find_by_name(&settings.header).is_some() {
        return Ok(());
    }
    if settings.except.is_some_and(|(network, prefix)| contains(network, prefix, client)) {
        return Ok(());
    }
    let mut text = [0; IP_TEXT];
    let mut rest = &mut text[..];
    // An address always fits.
    let _ = write!(rest, "{client}");
    let unused = rest.len();
    headers.append(&settings.header, &text[..IP_TEXT - unused])
}

fn contains(network: IpAddr, prefix: u8, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let shift = 32_u32.saturating_sub(u32::from(prefix));
            (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let shift = 128_u32.saturating_sub(u32::from(prefix));
            (network.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let check = |network: &str, prefix, address: &str, expected| {
            assert_eq!(
                contains(network.parse().unwrap(), prefix, address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        };
        check("127.0.0.0", 8, "127.1.2.3", true);
        check("127.0.0.0", 8, "128.0.0.1", false);
        check("0.0.0.0", 0, "9.9.9.9", true);
        check("10.0.0.1", 32, "10.0.0.2", false);
        check("2001:db8::", 32, "2001:db8:1::1", true);
        check("2001:db8::", 32, "127.0.0.1", false);
    }

    #[test]
    fn one_line_is_added_and_none_is_merged() {
        let settings = ForwardFor { header: b"x-forwarded-for".to_vec(), except: None, if_none: true };
        let client: IpAddr = "::1".parse().unwrap();
        let mut headers = Headers::new();
        headers.append(b"x-forwarded-for", b"9.9.9.9").unwrap();
        add_forwarded_for(&mut headers, &settings, true, client).unwrap();
        assert_eq!(headers.len(), 1);
        add_forwarded_for(&mut headers, &settings, false, client).unwrap();
        assert_eq!(headers.value(1), b"::1");
    }
}
