//! `nocache`: a response that gained a cookie must not be kept by shared caches (RFC 9111), or many visitors would share one cookie.
//!
//! A response that a cache might keep gains `Cache-Control: private`, as with HAProxy. HAProxy leaves what the server said beside it, so
//! that `public` or `s-maxage` may still let a shared cache keep the response; here these two directives go. It also trusts the status
//! where the server names a lifetime; here a lifetime makes any status count. Responses that say `no-store`, or that may not be kept
//! without asking (`no-cache`, no lifetime at all), are left as they are.

use burdock_http::{EditError, Headers, KnownHeader, ResponseHead};
use smallvec::SmallVec;

/// Makes sure that no shared cache keeps the response.
///
/// # Errors
/// [`EditError`] where the head has no room.
pub(crate) fn forbid_shared_caches(head: &mut ResponseHead) -> Result<(), EditError> {
    let said = Said::of(&head.headers);
    if said.no_store {
        return Ok(());
    }
    let invites_shared = said.public || said.shared_lifetime == Some(true);
    if invites_shared {
        withdraw_invitations(&mut head.headers)?;
    }
    let needs_private = invites_shared || said.may_be_kept(head.status, &head.headers);
    if needs_private && !said.private {
        head.headers.append_known(KnownHeader::CacheControl, b"private")?;
    }
    Ok(())
}

/// What the Cache-Control fields of a response say, and Pragma where there are none.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    public: bool,
    private: bool,
    no_store: bool,
    no_cache: bool,
    /// `max-age`: whether it grants any time.
    lifetime: Option<bool>,
    /// `s-maxage`: whether it grants any time.
    shared_lifetime: Option<bool>,
}

impl Said {
    fn of(headers: &Headers) -> Self {
        let mut said = Self::default();
        for (_, value) in headers.all(KnownHeader::CacheControl) {
            directives(value).for_each(|directive| said.hear(directive));
        }
        if !headers.contains(KnownHeader::CacheControl)
            && let Some(pragma) = headers.find(KnownHeader::Pragma)
        {
            said.no_cache =
                directives(pragma).any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-cache"));
        }
        said
    }

    fn hear(&mut self, directive: &[u8]) {
        // A directive with a list of fields (`private="x"`) speaks of these fields alone and is not taken note of.
        let (name, argument) = name_and_argument(directive);
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match argument {
            None if is(b"public") => self.public = true,
            None if is(b"private") => self.private = true,
            None if is(b"no-cache") => self.no_cache = true,
            None if is(b"no-store") => self.no_store = true,
            _ if is(b"max-age") => self.lifetime = Some(argument != Some(b"0")),
            _ if is(b"s-maxage") => self.shared_lifetime = Some(argument != Some(b"0")),
            _ => {}
        }
    }

    /// Whether a cache might keep the response and use it without asking.
    fn may_be_kept(&self, status: u16, headers: &Headers) -> bool {
        if self.private || self.no_cache || self.lifetime == Some(false) || self.shared_lifetime == Some(false) {
            return false;
        }
        let has_lifetime = self.lifetime == Some(true) || headers.contains(KnownHeader::Expires);
        let has_validator = headers.contains(KnownHeader::ETag) || headers.contains(KnownHeader::LastModified);
        has_lifetime || (has_validator && is_heuristically_cacheable(status))
    }
}

/// Statuses that a cache may keep on its own judgement (RFC 9110 section 15.1).
const fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

/// Takes `public` and `s-maxage` out of all Cache-Control fields; a field with nothing left goes.
fn withdraw_invitations(headers: &mut Headers) -> Result<(), EditError> {
    let fields: SmallVec<[usize; 2]> = headers.all(KnownHeader::CacheControl).map(|(index, _)| index).collect();
    // Backwards, so that a field that goes moves none that is still to come.
    for &field in fields.iter().rev() {
        let mut text: SmallVec<[u8; 256]> = SmallVec::new();
        let kept = directives(headers.value(field)).filter(|directive| {
            let (name, _) = name_and_argument(directive);
            !name.is_empty() && !name.eq_ignore_ascii_case(b"public") && !name.eq_ignore_ascii_case(b"s-maxage")
        });
        for directive in kept {
            if !text.is_empty() {
                text.extend_from_slice(b", ");
            }
            text.extend_from_slice(directive.trim_ascii());
        }
        if text.is_empty() {
            headers.remove(field);
        } else {
            headers.replace_value(field, &text)?;
        }
    }
    Ok(())
}

/// The members of a comma-separated list; commas in quotes separate nothing.
fn directives(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    value.split(move |&byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    })
}

fn name_and_argument(directive: &[u8]) -> (&[u8], Option<&[u8]>) {
    let directive = directive.trim_ascii();
    match directive.iter().position(|&byte| byte == b'=') {
        Some(at) => (directive[..at].trim_ascii_end(), Some(directive[at + 1..].trim_ascii_start())),
        None => (directive, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treated(status: u16, fields: &[&str]) -> Vec<String> {
        let mut head = ResponseHead::new();
        head.set_status(status);
        for field in fields {
            let (name, value) = field.split_once(": ").unwrap();
            head.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        forbid_shared_caches(&mut head).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        head.headers.iter().map(|header| format!("{}: {}", text(header.name), text(header.value))).collect()
    }

    /// Where HAProxy 3.5 adds `private`, and where it does not.
    #[test]
    fn private_is_added_as_by_haproxy() {
        fn check(fields: &[&str], added: bool) {
            let mut expected: Vec<_> = fields.iter().map(|field| (*field).to_owned()).collect();
            expected.extend(added.then(|| "cache-control: private".to_owned()));
            assert_eq!(treated(200, fields), expected, "{fields:?}");
        }
        check(&[], false);
        check(&["etag: \"x\""], true);
        check(&["last-modified: Thu, 01 Jan 1970 00:00:00 GMT"], true);
        check(&["expires: Thu, 01 Jan 2037 00:00:00 GMT"], true);
        check(&["cache-control: max-age=60"], true);
        check(&["cache-control: MAX-AGE=60"], true);
        check(&["cache-control: max-age=\"60\""], true);
        check(&["cache-control: no-store"], false);
        check(&["cache-control: public, no-store", "etag: \"x\""], false);
        check(&["cache-control: private"], false);
        check(&["cache-control: private, max-age=60"], false);
        check(&["cache-control: max-age=60", "cache-control: private"], false);
        check(&["cache-control: no-cache", "etag: \"x\""], false);
        check(&["cache-control: no-cache=\"set-cookie\"", "etag: \"x\""], true);
        check(&["cache-control: max-age=0", "etag: \"x\""], false);
        check(&["cache-control: max-age=60, s-maxage=0"], false);
        check(&["cache-control: must-revalidate"], false);
        check(&["pragma: no-cache", "etag: \"x\""], false);
        check(&["vary: Cookie", "etag: \"x\""], true);
    }

    #[test]
    fn the_status_matters_where_no_lifetime_is_named() {
        for (status, added) in [(200, true), (404, true), (410, true), (302, false), (401, false), (500, false)] {
            assert_eq!(treated(status, &["etag: \"x\""]).len() == 2, added, "{status}");
            assert_eq!(treated(status, &["cache-control: max-age=60"]).len(), 2, "{status}");
        }
    }

    /// Where HAProxy leaves the response open to shared caches.
    #[test]
    fn invitations_to_shared_caches_are_withdrawn() {
        fn check(fields: &[&str], expected: &[&str]) {
            assert_eq!(treated(200, fields), expected, "{fields:?}");
        }
        check(&["cache-control: public"], &["cache-control: private"]);
        check(&["cache-control: public, max-age=60"], &["cache-control: max-age=60", "cache-control: private"]);
        check(
            &["cache-control: Public , S-MaxAge=60,max-age=0"],
            &["cache-control: max-age=0", "cache-control: private"],
        );
        check(&["cache-control: private, public", "etag: \"x\""], &["cache-control: private", "etag: \"x\""]);
        check(
            &["cache-control: public", "cache-control: max-age=60, no-cache=\"a, public\""],
            &["cache-control: max-age=60, no-cache=\"a, public\"", "cache-control: private"],
        );
        check(
            &["pragma: no-cache", "cache-control: max-age=60"],
            &["pragma: no-cache", "cache-control: max-age=60", "cache-control: private"],
        );
    }
}
