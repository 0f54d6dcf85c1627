//! What an Authorization or Proxy-Authorization field says (RFC 9110 section 11.6.2): the schemes Basic (RFC 7617) and Bearer (RFC 6750).
//! Must not know users: nothing is checked here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// A name and a password (RFC 7617 section 2). The name holds no colon.
    Basic {
        /// The user's name; may be empty.
        user: &'a [u8],
        /// The password; may be empty.
        password: &'a [u8],
    },
    /// A token (RFC 6750 section 2.1), as it stands in the field.
    Bearer(&'a [u8]),
}

impl<'a> Credentials<'a> {
    /// Reads a field's value; `buffer` takes what is decoded. Nothing for another scheme and for what breaks its scheme's rules.
    ///
    /// A comma ends the credentials, since neither scheme's can hold one: what follows would be another element of a list. A NUL ends a
    /// name and password, which may not hold controls.
    pub fn parse(value: &'a [u8], buffer: &'a mut Vec<u8>) -> Option<Credentials<'a>> {
        let (scheme, rest) = split(value)?;
        if scheme.eq_ignore_ascii_case(BASIC) {
            buffer.clear();
            STANDARD.decode_vec(rest, buffer).ok()?;
            let text = buffer.split(|&byte| byte == 0).next()?;
            let colon = text.iter().position(|&byte| byte == b':')?;
            let (user, password) = (text.get(..colon)?, text.get(colon + 1..)?);
            return Some(Credentials::Basic { user, password });
        }
        scheme.eq_ignore_ascii_case(BEARER).then_some(Credentials::Bearer(rest))
    }

    /// The scheme's name in its usual spelling.
    pub fn scheme(&self) -> &'static str {
        match self {
            Credentials::Basic { .. } => "Basic",
            Credentials::Bearer(_) => "Bearer",
        }
    }
}

/// The token of a field that holds Bearer credentials and may have another name (configuration manual 7.3.6 `http_auth_bearer`).
pub fn bearer_token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = split(value)?;
    scheme.eq_ignore_ascii_case(BEARER).then_some(token)
}

const BASIC: &[u8] = b"basic";
const BEARER: &[u8] = b"bearer";

/// Scheme and what follows it behind at least one space; neither is empty.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let element = value.split(|&byte| byte == b',').next()?.trim_ascii();
    let (scheme, rest) = element.split_at_checked(element.iter().position(|&byte| byte == b' ')?)?;
    let skipped = rest.iter().take_while(|&&byte| byte == b' ').count();
    let rest = rest.get(skipped..)?;
    (!scheme.is_empty() && !rest.is_empty()).then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic() {
        // What is encoded, then the name and the password that come out.
        for (encoded, expected) in [
            ("plain:a:b", Some(("plain", "a:b"))),
            ("plain:", Some(("plain", ""))),
            (":e", Some(("", "e"))),
            (":", Some(("", ""))),
            ("a:b\0c", Some(("a", "b"))),
            ("a\0:b", None),
            ("plain", None),
            ("", None),
            ("märz:ü", Some(("märz", "ü"))),
        ] {
            let value = format!("Basic {}", STANDARD.encode(encoded));
            let mut buffer = b"old".to_vec();
            let expected = expected
                .map(|(user, password)| Credentials::Basic { user: user.as_bytes(), password: password.as_bytes() });
            assert_eq!(Credentials::parse(value.as_bytes(), &mut buffer), expected, "{encoded:?}");
        }
    }

    #[test]
    fn forms() {
        let basic = Some(Credentials::Basic { user: b"a", password: b"b" });
        let bearer = |token| Some(Credentials::Bearer(token));
        for (value, expected) in [
            (&b"Basic YTpi"[..], basic),
            (b"basic YTpi", basic),
            (b"BASIC   YTpi", basic),
            (b" Basic YTpi ", basic),
            (b"Basic YTpi, Bearer x", basic),
            (b"Basic\tYTpi", None),
            (b"Basic YTpi x", None),
            (b"Basic YTp", None),
            (b"Basic YTpi=", None),
            (b"Basic YTpiYw", None),
            (b"Basic YTpiYw==", Some(Credentials::Basic { user: b"a", password: b"bc" })),
            (b"Basic !!!", None),
            (b"Basic", None),
            (b"Basic ", None),
            (b"Bearer abc", bearer(b"abc")),
            (b"bearer  abc", bearer(b"abc")),
            (b"Bearer abc def", bearer(b"abc def")),
            (b"Bearer a,b", bearer(b"a")),
            (b"Bearer", None),
            (b"Bearerabc", None),
            (b"Digest x", None),
            (b" x", None),
            (b"", None),
        ] {
            let mut buffer = Vec::new();
            let text = String::from_utf8_lossy(value);
            assert_eq!(Credentials::parse(value, &mut buffer), expected, "{text}");
            let token = match expected {
                Some(Credentials::Bearer(token)) => Some(token),
                _ => None,
            };
            assert_eq!(bearer_token(value), token, "{text}");
        }
        assert_eq!(basic.map(|basic| basic.scheme()), Some("Basic"));
        assert_eq!(Credentials::Bearer(b"x").scheme(), "Bearer");
    }
}
