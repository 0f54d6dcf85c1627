//! Expressions that show fetches and converters.

use burdock_sample::convert::Converter;
use burdock_sample::fetch::Fetch;
use burdock_sample::{Phase, Type};

use super::row;

/// Arguments of fetches, where some are needed or usual.
pub(super) const FETCHES: &[(&str, &str)] = &[
    ("acl", "LOCALHOST"),
    ("bin", "48656c6c6f"),
    ("bool", "true"),
    ("capture.req.hdr", "0"),
    ("capture.res.hdr", "0"),
    ("distcc_body", "DOTI"),
    ("distcc_param", "ARGC"),
    ("env", "HOSTNAME"),
    ("fc_pp_tlv", "ALPN"),
    ("http_auth", "staff"),
    ("http_auth_group", "staff"),
    ("int", "42"),
    ("internal.htx_blk.data", "tail"),
    ("internal.htx_blk.hdrname", "1"),
    ("internal.htx_blk.hdrval", "1"),
    ("internal.htx_blk.size", "tail"),
    ("internal.htx_blk.start_line", "first"),
    ("internal.htx_blk.type", "tail"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("meth", "GET"),
    ("payload", "0,16"),
    ("payload_lv", "0,2"),
    ("req.cook", "SESSION"),
    ("req.hdr", "Host"),
    ("req.payload", "0,16"),
    ("req.payload_lv", "0,2"),
    ("res.cook", "SESSION"),
    ("res.hdr", "Server"),
    ("res.payload", "0,16"),
    ("res.payload_lv", "0,2"),
    ("srv_conn", "shop/app1"),
    ("srv_conn_free", "shop/app1"),
    ("srv_is_up", "shop/app1"),
    ("srv_iweight", "shop/app1"),
    ("srv_queue", "shop/app1"),
    ("srv_sess_rate", "shop/app1"),
    ("srv_uweight", "shop/app1"),
    ("srv_weight", "shop/app1"),
    ("str", "hello"),
    ("url_param", "page"),
    ("urlp", "page"),
    ("var", "txn.host,unknown"),
];

/// Arguments of converters that need some; those that look into files are made from their names.
const CONVERTERS: &[(&str, &str)] = &[
    ("add_item", ";,txn.roles"),
    ("aes_cbc_dec", "128,txn.nonce,txn.key"),
    ("aes_cbc_enc", "128,txn.nonce,txn.key"),
    ("aes_gcm_dec", "128,txn.nonce,txn.key,txn.tag"),
    ("aes_gcm_enc", "128,txn.nonce,txn.key,txn.tag"),
    ("be2dec", ":,2"),
    ("capture-req", "0"),
    ("capture-res", "0"),
    ("debug", "seen,stdout"),
    ("digest", "sha256"),
    ("field", "2,/"),
    ("fix_tag_value", "35"),
    ("hmac", "sha256,c2VjcmV0"),
    ("iif", "yes,no"),
    ("ipmask", "24,64"),
    ("json_query", "'\\$.name'"),
    ("jwt_decrypt_cert", "txn.certificate"),
    ("jwt_decrypt_jwk", "txn.key"),
    ("jwt_decrypt_secret", "MDEyMzQ1Njc4OWFiY2RlZg=="),
    ("jwt_verify", "HS256,correct-horse-battery-staple"),
    ("jwt_verify_cert", "RS256,txn.certificate"),
    ("language", "en;fr;de,en"),
    ("le2dec", ":,2"),
    ("mqtt_field_value", "connect,client_identifier"),
    ("protobuf", "1,int64"),
    ("regsub", "/+,/,g"),
    ("rfc7239_field", "for"),
    ("secure_memcmp", "txn.token"),
    ("set-var", "txn.seen"),
    ("strcmp", "txn.host"),
    ("ungrpc", "1,int64"),
    ("unset-var", "txn.seen"),
    ("when", "forwarded"),
    ("word", "1,/"),
];

/// A header made of the fetch, or a condition where there is no header at the time.
pub(crate) fn of_fetch(fetch: &Fetch) -> Option<String> {
    let of_tables = of_table(fetch.args.usage).filter(|_| !fetch.name.starts_with("sc") || fetch.args.required > 0);
    let call = call(fetch.name, fetch.args.required, row(FETCHES, fetch.name).or(of_tables))?;
    Some(if fetch.validity.contains(Phase::FrontendHttpRequest) {
        format!("http-request set-header X-Sample \"%[{call}]\"")
    } else if fetch.validity.contains(Phase::BackendHttpResponse) {
        format!("http-response set-header X-Sample \"%[{call}]\"")
    } else {
        format!("acl sample {call} -m found")
    })
}

/// A header made by the converter from something of its type.
pub(crate) fn of_converter(converter: &Converter) -> Option<String> {
    let file = file_of_map(converter);
    let of_tables = of_table(converter.args.usage);
    let arguments = file.as_deref().or_else(|| row(CONVERTERS, converter.name)).or(of_tables);
    let call = call(converter.name, converter.args.required, arguments)?;
    let from = match converter.input {
        Type::Addr => "src",
        _ if of_tables.is_some() => "src",
        Type::Int => "int(42)",
        Type::Bool => "bool(true)",
        _ => "path",
    };
    Some(format!("http-request set-header X-Sample \"%[{from},{call}]\""))
}

/// Arguments of what looks into stick tables, by how they are written.
fn of_table(usage: &str) -> Option<&'static str> {
    Some(match usage {
        "[<table>]" | "[<table>[,<default>]]" => "clients",
        "<number>" | "<number>[,<table>]" => "0",
        "<index>[,<table>]" => "1,clients",
        "<index>,<number>[,<table>]" => "1,0",
        _ => return None,
    })
}

/// A file whose keys and values are what a converter such as `map_ip_int` wants.
fn file_of_map(converter: &Converter) -> Option<String> {
    let rest = converter.name.strip_prefix("map")?;
    let keys = match converter.input {
        Type::Addr => "networks",
        Type::Int => "numbers",
        _ => "hosts",
    };
    let values = match converter.output {
        Type::Addr => "addresses",
        Type::Int => "numbers",
        _ => "names",
    };
    (rest.is_empty() || rest.starts_with('_')).then(|| format!("/etc/burdock/{keys}-{values}.map"))
}

fn call(name: &str, required: usize, arguments: Option<&str>) -> Option<String> {
    match arguments {
        Some(arguments) => Some(format!("{name}({arguments})")),
        None if required == 0 => Some(name.to_owned()),
        None => None,
    }
}
