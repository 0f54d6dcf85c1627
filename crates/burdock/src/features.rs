//! What this program has of what HAProxy can be built with: the answers to `feature()` and `enabled()` in conditions, and the list of `-vv`.

use burdock_base::product::HAPROXY_VERSION;
use burdock_syntax::Facts;
use burdock_syntax::facts::TlsLibrary;
use burdock_syntax::version::{OpensslVersion, Version};

/// Names of features, by HAProxy's list, and whether we have them. Those that only describe how HAProxy is made count as absent.
/// Files ask for `PCRE2` before they write patterns in that spelling, and for `OPENSSL` before they write lines of TLS; both are taken here.
const FEATURES: &str = "-51DEGREES +ACCEPT4 +ACME +BACKTRACE -CLOSEFROM -CPU_AFFINITY -CRYPT_H -DEVICEATLAS -DL -ECH -ENGINE +EPOLL \
    -EVPORTS +FCGI +GETADDRINFO +H2 -HAVE_TCP_MD5SIG -KQUEUE -KTLS -LIBATOMIC -LIBCRYPT -LINUX_CAP -LINUX_SPLICE -LINUX_TPROXY -LUA -MATH \
    -MEMORY_PROFILING -NETFILTER -NS -OBSOLETE_LINKER +OPENSSL -OPENSSL_AWSLC -OPENSSL_WOLFSSL -PCRE +PCRE2 -PCRE2_JIT -PCRE_JIT -POLL \
    -PRCTL -PROCCTL -PROMEX -PTHREAD_EMULATION -QUIC -QUIC_OPENSSL_COMPAT -RT -SHM_OPEN -SLZ -SPOE +SSL -STATIC_PCRE -STATIC_PCRE2 +TFO \
    +THREAD -THREAD_DUMP -TPROXY -TRACE -WURFL -ZLIB";

/// What the TLS is that files meet: the names of ciphers, options and errors are OpenSSL's, whoever does the work.
pub const TLS_LIBRARY: &str = "OpenSSL 3.5.0 in names and numbers; the work is done by rustls on AWS-LC";
const OPENSSL_VERSION: &str = "3.5.0";

/// All features in the order of the list, and whether each is there.
pub fn all() -> impl Iterator<Item = (&'static str, bool)> {
    FEATURES.split_ascii_whitespace().filter_map(|entry| {
        let have = entry.starts_with('+');
        Some((entry.get(1..)?, have))
    })
}

/// What conditions may ask about this program. `reuse_port`: the command line left that on.
pub fn facts(reuse_port: bool) -> Facts {
    let enabled = [("EPOLL", true), ("GETADDRINFO", true), ("REUSEPORT", reuse_port)];
    Facts {
        version: Version::parse(HAPROXY_VERSION),
        features: all().filter(|&(_, have)| have).map(|(name, _)| name.into()).collect(),
        enabled: enabled.into_iter().filter(|&(_, on)| on).map(|(name, _)| name.into()).collect(),
        tls: Some(TlsLibrary {
            name: TLS_LIBRARY.into(),
            openssl: OpensslVersion::parse(OPENSSL_VERSION),
            awslc_api: None,
            fips: false,
        }),
    }
}
