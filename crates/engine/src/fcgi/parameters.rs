//! What a FastCGI application is told of a request (configuration manual 10.2, RFC 3875 section 4.1).

use burdock_auth::Credentials;
use burdock_base::Instant;
use burdock_fcgi::{push_pair, push_variable};
use burdock_http::bytes::format_decimal;
use burdock_http::form::{self, PlusSign};
use burdock_http::{Header, KnownHeader};
use burdock_model::FcgiApp;
use burdock_pattern::Captures;
use burdock_sample::{Input, Phase, Scratch, Style};
use burdock_state::Directory;
use burdock_txn::{Endpoint, Txn};

/// What we call ourselves to applications.
const SOFTWARE: &[u8] = concat!("Burdock/", env!("CARGO_PKG_VERSION")).as_bytes();
/// The version of CGI (RFC 3875 section 4.1.4).
const INTERFACE: &[u8] = b"CGI/1.1";

/// A path that no script can be found by: it is none, cannot be decoded, or holds what expressions must not see (configuration manual 10.1.1
/// `path-info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPath;

/// The parts of a path.
#[derive(Debug, Default)]
struct Script {
    name: Vec<u8>,
    path_info: Option<Vec<u8>>,
}

/// Appends all parameters of a request, encoded. `length`: of its body.
///
/// # Errors
/// It cannot be told to the application.
pub fn append_parameters(
    app: &FcgiApp,
    txn: &Txn,
    world: &Directory,
    now: Instant,
    length: u64,
    out: &mut Vec<u8>,
) -> Result<(), BadPath> {
    let scratch = Scratch::new();
    let input = Input { txn, world, now, phase: Phase::BackendHttpRequest, scratch: &scratch };
    let headers = &txn.request.headers;
    for header in headers.iter().filter(|header| is_told(app, header, &input)) {
        // As measured in HAProxy, a line each: the last one counts to applications that know but one.
        push_variable(out, header.name, header.value);
    }
    let set = own_parameters(app, &input);
    for (name, value) in &set {
        push_pair(out, name, value);
    }
    let own = |name: &[u8]| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_slice());
    let mut tell = |name: &[u8], value: &[u8]| {
        if own(name).is_none() {
            push_pair(out, name, value);
        }
    };
    let uri = txn.request.uri();
    let script = match own(SCRIPT_NAME) {
        Some(name) => Script { name: name.to_vec(), path_info: None },
        None => script_of(app, uri.path())?,
    };
    let joined = |path: &[u8]| [&app.document_root, path].concat();
    tell(b"GATEWAY_INTERFACE", INTERFACE);
    tell(b"SERVER_SOFTWARE", SOFTWARE);
    tell(b"DOCUMENT_ROOT", &app.document_root);
    tell(SCRIPT_NAME, &script.name);
    tell(b"SCRIPT_FILENAME", &joined(&script.name));
    if let Some(path_info) = own(PATH_INFO).map(<[u8]>::to_vec).or(script.path_info) {
        tell(PATH_INFO, &path_info);
        tell(b"PATH_TRANSLATED", &joined(&path_info));
    }
    tell(b"REQUEST_URI", txn.request.wire_target());
    tell(b"REQUEST_METHOD", txn.request.method_bytes());
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        tell(b"QUERY_STRING", query);
    }
    tell(b"SERVER_PROTOCOL", txn.request.version_bytes());
    let local = address(txn.local);
    match (headers.find(KnownHeader::Host), &local) {
        (Some(host), _) => tell(b"SERVER_NAME", host),
        (None, Some((ip, _))) => tell(b"SERVER_NAME", ip.as_bytes()),
        (None, None) => {}
    }
    if let Some((_, port)) = &local {
        tell(b"SERVER_PORT", port.as_bytes());
    }
    if let Some((ip, port)) = address(txn.client) {
        tell(b"REMOTE_ADDR", ip.as_bytes());
        tell(b"REMOTE_PORT", port.as_bytes());
    }
    tell(b"CONTENT_LENGTH", format_decimal(length, &mut [0; 20]));
    if let Some(kind) = headers.find(KnownHeader::ContentType) {
        tell(b"CONTENT_TYPE", kind);
    }
    let mut decoded = Vec::new();
    let authorization = headers.find(KnownHeader::Authorization);
    if let Some(Credentials::Basic { user, .. }) =
        authorization.and_then(|value| Credentials::parse(value, &mut decoded))
    {
        tell(b"AUTH_TYPE", b"Basic");
        tell(b"REMOTE_USER", user);
    }
    if txn.client_tls.is_some() {
        tell(b"HTTPS", b"on");
    }
    Ok(())
}

const SCRIPT_NAME: &[u8] = b"SCRIPT_NAME";
const PATH_INFO: &[u8] = b"PATH_INFO";

/// Whether the application is told of a header in a variable of its own: neither of what means something to connections alone, nor of
/// credentials, nor of what programs would take for a setting of theirs (`Proxy`), unless `pass-header` says so.
fn is_told(app: &FcgiApp, header: &Header<'_>, input: &Input<'_>) -> bool {
    let hidden = matches!(
        header.known,
        KnownHeader::Authorization
            | KnownHeader::ProxyAuthorization
            | KnownHeader::Connection
            | KnownHeader::KeepAlive
            | KnownHeader::Te
            | KnownHeader::Upgrade
            | KnownHeader::TransferEncoding
            | KnownHeader::Expect
    ) || matches!(header.name, b"proxy" | b"trailer");
    match header.known {
        // They are told in variables without a prefix.
        KnownHeader::ContentLength | KnownHeader::ContentType => false,
        _ if hidden => app
            .passed_headers
            .iter()
            .any(|passed| passed.name.matches(header.known, header.name) && passed.condition.holds(input)),
        _ => true,
    }
}

/// What `set-param` says: the last word on a name counts, and an empty one is none.
fn own_parameters<'a>(app: &'a FcgiApp, input: &Input<'_>) -> Vec<(&'a [u8], Vec<u8>)> {
    let mut set: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for parameter in app.parameters.iter().filter(|parameter| parameter.condition.holds(input)) {
        let mut value = Vec::new();
        parameter.value.append(input, Style::Head, &mut value);
        if value.is_empty() {
            continue;
        }
        match set.iter_mut().find(|(name, _)| *name == &*parameter.name) {
            Some(known) => known.1 = value,
            None => set.push((&parameter.name, value)),
        }
    }
    set
}

/// Which script a path means, and what of it is left for the script.
fn script_of(app: &FcgiApp, path: &[u8]) -> Result<Script, BadPath> {
    let mut decoded = Vec::with_capacity(path.len());
    form::decode(path, PlusSign::BlankInQuery, &mut decoded).map_err(|_| BadPath)?;
    if !decoded.starts_with(b"/") {
        return Err(BadPath);
    }
    let mut script = Script::default();
    if let Some(regex) = &app.path_info {
        if decoded.iter().any(|byte| matches!(byte, b'\n' | 0)) {
            return Err(BadPath);
        }
        let mut captures = Captures::default();
        if regex.captures(&decoded, &mut captures)
            && let Some(name) = captures.get(1)
        {
            script.path_info = captures.get(2).filter(|range| !range.is_empty()).map(|range| decoded[range].to_vec());
            script.name = decoded[name].to_vec();
        }
    }
    if script.name.is_empty() {
        script.name = decoded;
    }
    if let Some(index) = app.index_script.as_ref().filter(|_| script.name.ends_with(b"/")) {
        script.name.extend_from_slice(index);
    }
    Ok(script)
}

/// The texts of an address and its port; a Unix socket has none.
fn address(endpoint: Endpoint) -> Option<(String, String)> {
    Some((endpoint.ip()?.to_string(), endpoint.port().to_string()))
}
