//! Keeps other web sites, open in the same browser, from working the desk.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) async fn check(request: Request, next: Next) -> Response {
    if is_our_own(request.method(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "The desk answers its own page alone, by IP address or as localhost.\n").into_response()
    }
}

/// A host name that an attacker's DNS could point at this machine is refused, and so are changes that another origin asks for.
fn is_our_own(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(HOST) else { return false };
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let is_local_name = name.eq_ignore_ascii_case("localhost")
        || name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let is_same_origin = match headers.get(ORIGIN) {
        None => true,
        Some(origin) => origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) == Some(host),
    };
    is_local_name && (is_same_origin || method.is_safe())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_desks_own_page_changes_things() {
        let check = |method: Method, host: &str, origin: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            headers.extend(origin.map(|origin| (ORIGIN, origin.parse().unwrap())));
            assert_eq!(is_our_own(&method, &headers), expected, "{method} {host} {origin:?}");
        };
        check(Method::GET, "127.0.0.1:8420", None, true);
        check(Method::GET, "localhost:8420", None, true);
        check(Method::GET, "[::1]:8420", None, true);
        check(Method::GET, "evil.example:8420", None, false);
        check(Method::GET, "127.0.0.1.evil.example:8420", None, false);
        check(Method::POST, "127.0.0.1:8420", None, true);
        check(Method::POST, "127.0.0.1:8420", Some("http://127.0.0.1:8420"), true);
        check(Method::POST, "127.0.0.1:8420", Some("http://127.0.0.1:8421"), false);
        check(Method::POST, "127.0.0.1:8420", Some("https://evil.example"), false);
        check(Method::POST, "127.0.0.1:8420", Some("null"), false);
        assert!(!is_our_own(&Method::GET, &HeaderMap::new()));
    }
}
