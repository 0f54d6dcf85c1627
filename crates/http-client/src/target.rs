//! Where a request goes, by its absolute address, and what it looks like on the way.

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};
use http_body_util::Full;

/// The server of an address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Whether it is spoken to over TLS.
    pub is_secure: bool,
    /// Its name, or its address without brackets.
    pub host: String,
    pub port: u16,
    authority: Authority,
}

impl Target {
    pub(crate) fn of(address: &Uri) -> Result<Self, String> {
        let is_secure = match address.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err("the address begins with neither 'http://' nor 'https://'".to_owned()),
        };
        let authority = address.authority().ok_or("the address names no host")?.clone();
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self { is_secure, host, port, authority })
    }

    /// The request in the form that the server expects, or that a proxy does (RFC 9112 3.2).
    pub(crate) fn prepare(
        &self,
        mut request: Request<Full<Bytes>>,
        (name, value): (HeaderName, HeaderValue),
        to_proxy: bool,
    ) -> Result<Request<Full<Bytes>>, String> {
        if !to_proxy {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let origin = path.parse().map_err(|_| "the address has no usable path".to_owned())?;
            *request.uri_mut() = origin;
        }
        let authority = HeaderValue::from_str(self.authority.as_str()).map_err(|error| error.to_string())?;
        request.headers_mut().insert(HOST, authority);
        request.headers_mut().insert(name, value);
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_servers() {
        let check = |address: &str, to_proxy: bool, expected: Result<(bool, &str, u16, &str), &str>| {
            let request = Request::builder().uri(address).body(Full::default()).unwrap();
            let found = Target::of(request.uri()).and_then(|target| {
                let request = target.prepare(request, crate::OUR_NAME, to_proxy)?;
                Ok((target.is_secure, target.host, target.port, request.uri().to_string()))
            });
            let found = found.as_ref().map(|(secure, host, port, uri)| (*secure, host.as_str(), *port, uri.as_str()));
            assert_eq!(found.map_err(String::as_str), expected, "{address}");
        };
        check("http://a.test", false, Ok((false, "a.test", 80, "/")));
        check("https://a.test:8443/b?c", false, Ok((true, "a.test", 8443, "/b?c")));
        check("https://a.test/b", false, Ok((true, "a.test", 443, "/b")));
        check("http://[::1]:81/o", true, Ok((false, "::1", 81, "http://[::1]:81/o")));
        check("/only", false, Err("the address begins with neither 'http://' nor 'https://'"));
        check("ldap://a.test/", false, Err("the address begins with neither 'http://' nor 'https://'"));
    }
}
