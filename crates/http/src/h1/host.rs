//! The request target against its method and the Host field: what disagrees is refused, default ports are dropped
//! (RFC 9112 section 3.2, RFC 3986 section 6.2.3).

use super::error::HeadErrorKind;
use super::framing::Fault;
use crate::head::RequestHead;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::uri::{HostPort, TargetForm, default_port, is_valid_host_port, user_info_len};

/// Checks target and Host and normalises both. `relaxed` passes authorities that are malformed or disagree with Host.
/// `target_offset` is the target's place in the head's bytes.
pub(super) fn check_target_and_host(head: &mut RequestHead, target_offset: usize, relaxed: bool) -> Result<(), Fault> {
    let form = head.uri().form();
    let suits = match head.method() {
        Method::Connect => form == TargetForm::Authority,
        Method::Options | Method::Other => form != TargetForm::Authority,
        _ => matches!(form, TargetForm::Origin | TargetForm::Absolute),
    };
    if !suits {
        return Err((HeadErrorKind::Target, target_offset));
    }
    check_host_fields(head)?;
    match form {
        TargetForm::Origin | TargetForm::Asterisk => Ok(()),
        TargetForm::Authority => check_authority_form(head, relaxed),
        TargetForm::Absolute => check_absolute_form(head, relaxed),
    }
    .map_err(|kind| (kind, target_offset))
}

/// Each Host must be a host, and all the same; one is left.
fn check_host_fields(head: &mut RequestHead) -> Result<(), Fault> {
    let headers = &mut head.headers;
    let mut hosts = headers.all(KnownHeader::Host);
    let Some((index, first)) = hosts.next() else { return Ok(()) };
    if !is_valid_host_port(first) {
        return Err((HeadErrorKind::Host, headers.value_offset(index)));
    }
    let mut repeated = false;
    for (index, other) in hosts {
        repeated = true;
        if !other.eq_ignore_ascii_case(first) {
            return Err((HeadErrorKind::Host, headers.value_offset(index)));
        }
    }
    if repeated {
        let mut seen = false;
        headers.retain(|header| header.known != KnownHeader::Host || !std::mem::replace(&mut seen, true));
    }
    Ok(())
}

/// CONNECT: the port is required, and Host may leave out the ports of HTTP.
fn check_authority_form(head: &mut RequestHead, relaxed: bool) -> Result<(), HeadErrorKind> {
    const DEFAULT_PORTS: &[&[u8]] = &[b"80", b"443"];
    let authority = head.target();
    let authority = authority.get(user_info_len(authority)..).unwrap_or_default();
    let target = HostPort::split(authority);
    let has_port = target.port.is_some_and(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit));
    if !(has_port && is_valid_host_port(authority) || relaxed) {
        return Err(HeadErrorKind::Authority);
    }
    let Some(index) = head.headers.position(KnownHeader::Host) else { return Ok(()) };
    let host = HostPort::split(head.headers.value(index));
    if !target.same_endpoint(host, DEFAULT_PORTS) {
        return if relaxed { Ok(()) } else { Err(HeadErrorKind::Authority) };
    }
    if host.is_unambiguous() && host.port.is_some_and(|port| DEFAULT_PORTS.contains(&port)) {
        drop_port_of_host(head);
    }
    Ok(())
}

/// An absolute URI: Host must mean the same endpoint. A port that is empty or that the scheme implies is dropped from
/// both, and a missing path becomes `/`.
fn check_absolute_form(head: &mut RequestHead, relaxed: bool) -> Result<(), HeadErrorKind> {
    let uri = head.uri();
    let Some(range) = uri.authority_range() else { return Ok(()) };
    let authority = uri.authority().unwrap_or_default();
    let authority = authority.get(user_info_len(authority)..).unwrap_or_default();
    let target = HostPort::split(authority);
    let implied = uri.scheme().and_then(default_port);
    let host = head.headers.position(KnownHeader::Host);
    let agrees =
        host.is_none_or(|index| target.same_endpoint(HostPort::split(head.headers.value(index)), implied.as_slice()));
    let well_formed = is_valid_host_port(authority);
    if !(agrees && well_formed || relaxed) {
        return Err(HeadErrorKind::Authority);
    }
    let no_path = range.end == head.target().len() && head.method() != Method::Options;
    let certain = well_formed && target.is_unambiguous();
    let redundant = |port: &&[u8]| certain && (port.is_empty() || Some(*port) == implied);
    if let Some(port) = target.port.filter(redundant) {
        // Shortening always fits, and the scheme remains.
        let _ = head.splice_target(range.end - port.len() - 1..range.end, b"");
        if agrees {
            drop_port_of_host(head);
        }
    }
    if no_path {
        let end = head.target().len();
        // One byte more. If there is no room for it, there is none for a proxy to work in.
        head.splice_target(end..end, b"/").map_err(|_| HeadErrorKind::HeadTooLarge)?;
    }
    Ok(())
}

fn drop_port_of_host(head: &mut RequestHead) {
    let Some(index) = head.headers.position(KnownHeader::Host) else { return };
    let len = HostPort::split(head.headers.value(index)).host.len();
    let end = head.headers.value(index).len();
    // Shortening always fits.
    let _ = head.headers.splice_value(index, len..end, b"");
}
