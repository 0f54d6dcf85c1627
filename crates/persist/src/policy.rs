//! The `cookie` line of a proxy (configuration manual 4.2 `cookie`), resolved.

/// What a `cookie` line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookiePolicy {
    /// The cookie's name, case-sensitive.
    pub name: Vec<u8>,
    /// Who makes the cookie.
    pub mode: CookieMode,
    /// `indirect`: the server never sees the cookie, and a client that holds a valid one is not sent it again.
    pub indirect: bool,
    /// `nocache`: a response that gains a cookie must not be kept by shared caches.
    pub nocache: bool,
    /// `postonly`: only responses to POST gain a cookie.
    pub postonly: bool,
    /// `preserve`: a cookie of that name sent by the server itself passes untouched.
    pub preserve: bool,
    /// `httponly`: adds the HttpOnly attribute.
    pub http_only: bool,
    /// `secure`: adds the Secure attribute.
    pub secure: bool,
    /// `domain`: each adds a Domain attribute.
    pub domains: Vec<Vec<u8>>,
    /// `attr`: each is added as it stands.
    pub attributes: Vec<Vec<u8>>,
    /// `maxidle`: seconds after the last use at which the cookie is ignored.
    pub max_idle_s: Option<u32>,
    /// `maxlife`: seconds after its making at which the cookie is ignored.
    pub max_life_s: Option<u32>,
    /// `dynamic`: servers without a cookie value get one made from their address and the `dynamic-cookie-key`.
    pub dynamic: bool,
}

/// Who makes the persistence cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieMode {
    /// Nobody: without `insert`, `rewrite` or `prefix` the cookie is read, where `indirect` says so, and never sent.
    Passive,
    /// `insert`: the proxy adds one.
    Insert,
    /// `rewrite`: the server sends one, the proxy replaces its value.
    Rewrite,
    /// `prefix`: the server sends one for its own use, the proxy puts the server's value and `~` before its value.
    Prefix,
}
