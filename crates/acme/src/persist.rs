//! The challenge `dns-persist-01` (draft-ietf-acme-dns-persist): a record that says once and for all which account of which authority may have
//! certificates for a name.

use serde::Deserialize;

/// Its name among challenges.
pub(crate) const NAME: &str = "dns-persist-01";

/// The name of the record for a name.
pub(crate) fn record_of(domain: &str) -> String {
    format!("_validation-persist.{domain}")
}

/// The record's text. A wildcard has to be allowed by name.
pub(crate) fn value(issuer: &str, account: &str, is_wildcard: bool) -> String {
    let policy = if is_wildcard { "; policy=wildcard" } else { "" };
    format!("{issuer}; accounturi={account}{policy}")
}

/// The names that an authority goes by, in an authorization that offers the challenge.
pub(crate) fn issuers_in(body: &[u8]) -> Option<Vec<String>> {
    let authorization = serde_json::from_slice::<Authorization>(body).ok()?;
    let offered = authorization.challenges.into_iter().find(|challenge| challenge.kind == NAME)?;
    let is_name = |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';');
    Some(offered.issuers.into_iter().filter(is_name).collect())
}

#[derive(Deserialize)]
struct Authorization {
    challenges: Vec<Offered>,
}

#[derive(Deserialize)]
struct Offered {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "issuer-domain-names", default)]
    issuers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_read_from_authorizations() {
        let check = |body: &str, expected: Option<&[&str]>| {
            let found = issuers_in(body.as_bytes());
            let found = found.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{body}");
        };
        let offer = |names: &str| {
            format!(r#"{{"challenges":[{{"type":"http-01","token":"x"}},{{"type":"dns-persist-01"{names}}}]}}"#)
        };
        check(&offer(r#","issuer-domain-names":["ca.example","a b;c"]"#), Some(&["ca.example"]));
        check(&offer(""), Some(&[]));
        check(r#"{"challenges":[{"type":"http-01","token":"x"}]}"#, None);
        check("{}", None);
    }

    #[test]
    fn records_name_authority_and_account() {
        assert_eq!(record_of("a.example"), "_validation-persist.a.example");
        let account = "https://ca.example/acct/1";
        assert_eq!(value("ca.example", account, false), "ca.example; accounturi=https://ca.example/acct/1");
        assert_eq!(
            value("ca.example", account, true),
            "ca.example; accounturi=https://ca.example/acct/1; policy=wildcard"
        );
    }
}
