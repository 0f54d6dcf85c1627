//! Responses that ask for a name and a password (configuration manual, action `auth`; RFC 7617). Must not know users.

use super::Reply;
use crate::headers::EditError;
use crate::name::{HeaderName, KnownHeader};

/// Who asks: it decides on the status and the names of fields (RFC 9110 sections 11.6 and 11.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// The origin server.
    Server,
    /// A proxy, which the client addresses with whole URIs.
    Proxy,
}

impl Challenge {
    /// The status, and thereby the page: 401 or 407.
    pub fn status(self) -> u16 {
        match self {
            Challenge::Server => 401,
            Challenge::Proxy => 407,
        }
    }

    /// The field of a request that answers.
    pub fn answer(self) -> KnownHeader {
        match self {
            Challenge::Server => KnownHeader::Authorization,
            Challenge::Proxy => KnownHeader::ProxyAuthorization,
        }
    }

    /// Puts the challenge for a realm in the place of those that `page` has: an error page, or the built-in one. The realm
    /// is taken as it is: what of it must be escaped between quotes (RFC 9110 section 5.6.4), the operator has escaped.
    ///
    /// # Errors
    /// Where the realm cannot stand in a head.
    pub fn apply(self, realm: &[u8], page: &mut Reply) -> Result<(), EditError> {
        let name = match self {
            Challenge::Server => KnownHeader::WwwAuthenticate,
            Challenge::Proxy => KnownHeader::ProxyAuthenticate,
        };
        let value = [b"Basic realm=\"", realm, b"\""].concat();
        page.head.headers.set(&HeaderName::from(name), &value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::testing::check;

    #[test]
    fn challenges() {
        for (challenge, realm, line, field) in [
            (Challenge::Server, "my app", "401 Unauthorized", "www-authenticate: Basic realm=\"my app\""),
            (Challenge::Proxy, "r", "407 Unauthorized", "proxy-authenticate: Basic realm=\"r\""),
            (Challenge::Server, "a\\\"b", "401 Unauthorized", "www-authenticate: Basic realm=\"a\\\"b\""),
        ] {
            let mut page = Reply::builtin(challenge.status()).unwrap();
            let body = String::from_utf8(page.body.to_vec()).unwrap();
            let applied = challenge.apply(realm.as_bytes(), &mut page).map(|()| page);
            check(
                applied,
                &format!(
                    "HTTP/1.1 {line}\r\ncontent-length: 112\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n{field}\r\n\r\n{body}"
                ),
            );
        }
        assert_eq!(Challenge::Server.answer(), KnownHeader::Authorization);
        assert_eq!(Challenge::Proxy.answer(), KnownHeader::ProxyAuthorization);
    }

    #[test]
    fn other_challenges_go() {
        let text = b"HTTP/1.1 401 X\r\nWWW-Authenticate: Digest x\r\nA: b\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        let mut page = Reply::parse(text).unwrap();
        Challenge::Server.apply(b"r", &mut page).unwrap();
        let fields: Vec<_> =
            page.head.headers.all(KnownHeader::WwwAuthenticate).map(|(_, value)| value.to_vec()).collect();
        assert_eq!(fields, [b"Basic realm=\"r\"".to_vec()]);
        assert_eq!(Challenge::Server.apply(b"a\nb", &mut page), Err(EditError::BadValue));
    }
}
