//! What the proxy itself adds to a request before it goes to a server.

use std::hint::cold_path;
use std::net::IpAddr;

use burdock_base::Instant;
use burdock_http::bytes::format_ipv4;
use burdock_http::{EditError, Headers};
use burdock_model::{ForwardFor, Proxy};
use burdock_sample::{Input, Phase, Scratch};
use burdock_state::Directory;
use burdock_txn::{Cause, Progress, Txn};

use crate::driver::Next;
use crate::early;
use crate::phase::forwarded;
use crate::stream::Stream;

/// Adds what the configuration says: the identifier, and where the request is from and to.
pub fn run(stream: &mut Stream<'_>) -> Next {
    let now = stream.now();
    let world = &stream.model.directory;
    match rewrite_for_server(&stream.frontend, &stream.backend, &mut stream.space.txn, world, now) {
        Ok(()) => Next::Continue,
        Err(_) => {
            cold_path();
            stream.space.txn.termination.end(Cause::Proxy, Progress::Request);
            Next::Reply(400)
        }
    }
}

/// What options of a frontend and a backend add to a request before it goes to a server.
///
/// # Errors
/// The head has no room.
pub fn rewrite_for_server(
    frontend: &Proxy,
    backend: &Proxy,
    txn: &mut Txn,
    world: &Directory,
    now: Instant,
) -> Result<(), EditError> {
    if txn.is_early() {
        cold_path();
        // The server may refuse what could be a replay.
        txn.request.headers.append(early::HEADER, b"1")?;
    }
    let header = frontend.frontend.as_ref().and_then(|side| side.unique_id.as_ref()?.header.as_deref());
    if let (Some(header), Some(id)) = (header, &txn.unique_id) {
        cold_path();
        txn.request.headers.append(header, id)?;
    }
    if let Some(settings) = backend.backend.as_ref().and_then(|side| side.forwarded.as_ref()) {
        cold_path();
        let scratch = Scratch::new();
        let input = Input { txn, world, now, phase: Phase::BackendHttpRequest, scratch: &scratch };
        if let Some(value) = forwarded::value(settings, &input) {
            txn.request.headers.append(forwarded::NAME, &value)?;
        }
    }
    if let Some(client) = txn.client.ip() {
        let (front, back) = (&frontend.http.forward_for, &backend.http.forward_for);
        // Without `if-none` in either of the two the header is added whatever the request holds.
        let only_if_none = [front, back].into_iter().flatten().all(|settings| settings.if_none);
        if let Some(settings) = back.as_ref().or(front.as_ref()) {
            add_address(&mut txn.request.headers, settings, only_if_none, client)?;
        }
    }
    if let Some(local) = txn.local.ip()
        && let Some(settings) = backend.http.original_to.as_ref().or(frontend.http.original_to.as_ref())
    {
        add_address(&mut txn.request.headers, settings, false, local)?;
    }
    Ok(())
}

fn add_address(
    headers: &mut Headers,
    settings: &ForwardFor,
    only_if_none: bool,
    client: IpAddr,
) -> Result<(), EditError> {
    if only_if_none && headers.contains_named(&settings.header) {
        return Ok(());
    }
    if settings.except.is_some_and(|(network, prefix)| contains(network, prefix, client)) {
        return Ok(());
    }
    match client {
        IpAddr::V4(client) => headers.append_named(&settings.header, format_ipv4(client, &mut [0; 15])),
        IpAddr::V6(client) => headers.append_named(&settings.header, client.to_string().as_bytes()),
    }
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
    use burdock_http::KnownHeader;

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
        let settings = ForwardFor { header: KnownHeader::XForwardedFor.into(), except: None, if_none: true };
        let client: IpAddr = "::1".parse().unwrap();
        let mut headers = Headers::new();
        headers.append(b"x-forwarded-for", b"9.9.9.9").unwrap();
        add_address(&mut headers, &settings, true, client).unwrap();
        assert_eq!(headers.len(), 1);
        add_address(&mut headers, &settings, false, client).unwrap();
        assert_eq!(headers.value(1), b"::1");
    }
}
