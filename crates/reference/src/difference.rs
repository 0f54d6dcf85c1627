//! Where an item does something else than in HAProxy, on purpose.

use crate::item::Class;

/// Item and what differs, in a sentence.
pub(crate) const DIFFERENCES: &[(Class, &str, &str)] = &[
    (Class::Global, "uid", "What is no number is an error; HAProxy goes on with 0, which is root."),
    (Class::Global, "gid", "What is no number is an error; HAProxy goes on with 0, which is root."),
    (Class::Proxy, "backlog", "Without it an address gets at least 1,024; HAProxy takes the number of connections."),
    (
        Class::Proxy,
        "cookie",
        "`nocache` also removes `public` and `s-maxage` from what the server said, so that no shared cache keeps the cookie.",
    ),
    (
        Class::Proxy,
        "http-check send",
        "A name that no message may hold is an error; HAProxy sends it. So is a second request over one connection, which ends HAProxy.",
    ),
    (
        Class::Proxy,
        "option httpchk",
        "Header lines behind the version, as old files have them, are sent on with a warning; HAProxy refuses them.",
    ),
    (Class::Proxy, "option http-no-delay", "Data is always sent on at once, whether it is set or not."),
    (Class::Proxy, "option tcp-smart-connect", "On in `mode http` where nothing is said; off in HAProxy."),
    (
        Class::Bind,
        "alpn",
        "Where nothing is said, `proto h1` and `proto h2` announce that protocol alone; HAProxy announces both.",
    ),
    (Class::Bind, "npn", "Refused: ALPN took its place."),
    (Class::Bind, "ssl-min-ver", "Versions before TLS 1.2 are never spoken: they are told of when the program starts."),
    (Class::Bind, "ssl-max-ver", "Versions before TLS 1.2 are never spoken: where only those are left it is an error."),
    (Class::Server, "npn", "Refused: ALPN took its place."),
    (
        Class::Server,
        "ssl-min-ver",
        "Versions before TLS 1.2 are never spoken: they are told of when the program starts.",
    ),
    (
        Class::Server,
        "ssl-max-ver",
        "Versions before TLS 1.2 are never spoken: where only those are left it is an error.",
    ),
    (Class::Global, "ssl-dh-param-file", "Finite-field Diffie-Hellman is off: the file is not read."),
    (Class::Global, "tune.ssl.default-dh-param", "Finite-field Diffie-Hellman is off: it changes nothing."),
    (
        Class::Global,
        "tune.ssl.maxrecord",
        "Holds for all records, as `tune.ssl.hard-maxrecord`; HAProxy goes over to larger ones.",
    ),
    (Class::Global, "ssl-engine", "Refused: ciphering is done by AWS-LC, which is built in."),
    (Class::Global, "ssl-provider", "Only `default` is taken: ciphering is done by AWS-LC, which is built in."),
    (Class::Global, "ssl-propquery", "Refused: there is one provider."),
    (Class::Bind, "process", "Taken with a warning, for old files; HAProxy refuses it since version 3.5."),
    (Class::Acme, "bits", "Keys of 2,048, 3,072 or 4,096 bits; other sizes are errors."),
    (Class::Acme, "directory", "What is no URL is an error; HAProxy finds that out when it asks for a certificate."),
    (
        Class::Acme,
        "challenge-ready",
        "It may stand before `challenge`. The condition `dns` is refused: Burdock looks up no records itself.",
    ),
    (
        Class::Command,
        "acme renew",
        "The new certificate is written to the file it was loaded from as well; HAProxy leaves that to `dump ssl cert`.",
    ),
    (
        Class::Ring,
        "size",
        "Where there is no room the oldest lines go and are counted; HAProxy drops new ones while a server is behind.",
    ),
    (
        Class::LogForward,
        "option dont-parse-log",
        "Without it a message that is not understood is passed on whole; HAProxy may lose its last byte.",
    ),
    (Class::Action, "add-header", "A name that no message may hold is an error; HAProxy warns and sends it."),
    (Class::Action, "set-header", "A name that no message may hold is an error; HAProxy warns and sends it."),
    (Class::Action, "set-nice", "Workers serve what is ready in turn, so that it changes nothing."),
    (Class::Action, "early-hint", "A name that no message may hold is an error; HAProxy warns and sends it."),
    (
        Class::Converter,
        "jwt_verify",
        "A key that is not of the algorithm's kind is refused at the start. Keys of RSA have 2048 bits at least.",
    ),
    (
        Class::Converter,
        "jwt_verify_cert",
        "A certificate that is named and cannot be read is refused at the start. What the runtime API changes in certificates does not change it.",
    ),
    (
        Class::Converter,
        "jwt_decrypt_cert",
        "The algorithm RSA1_5 is not supported. What the runtime API changes in certificates does not change it.",
    ),
    (
        Class::Converter,
        "jwt_decrypt_jwk",
        "The algorithm RSA1_5 is not supported, nor are keys of RSA below 2048 bits.",
    ),
    (
        Class::Converter,
        "debug",
        "Rings of other formats than `raw` are refused, and `buf0` is there where it is written to.",
    ),
    (
        Class::Fetch,
        "cpu_ns_tot",
        "It is measured wherever it is used, and so are its kin; HAProxy needs `profiling.tasks on`.",
    ),
    (Class::Fetch, "fs.debug_str", "Words of its own: what they tell is what there is to tell here."),
    (Class::Fetch, "bs.debug_str", "Words of its own: what they tell is what there is to tell here."),
    (Class::Fetch, "term_events", "Always `{-,-,-,-,-,-,-}`: `%tsc`, `fc_err` and `bc_err` tell how a request ended."),
    (
        Class::Fetch,
        "internal.htx.size",
        "As with the default `tune.bufsize`: messages are not kept in such a buffer here.",
    ),
    (
        Class::Fetch,
        "url_ip",
        "Something behind the address, as in `http://1.2.3.4x/`, makes it none; HAProxy passes over it.",
    ),
    (Class::Fetch, "urlp", "A third argument other than `i` is refused; HAProxy passes over it."),
    (Class::Fetch, "urlp_val", "A third argument other than `i` is refused; HAProxy passes over it."),
];

/// What differs for an item.
pub(crate) fn of(class: Class, name: &str) -> Option<&'static str> {
    DIFFERENCES.iter().find(|(of, known, _)| *of == class && *known == name).map(|(.., text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_items() {
        let items = crate::collect::items();
        for (class, name, text) in DIFFERENCES {
            assert!(items.iter().any(|item| item.class == *class && item.name == *name), "{name}");
            assert!(text.ends_with('.'), "{text}");
        }
    }
}
