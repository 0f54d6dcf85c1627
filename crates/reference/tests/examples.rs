//! Every item has an example, and a configuration around it loads.

use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::os::fd::{OwnedFd, RawFd};
use std::path::Path;

use burdock_config::host::FileLimits;
use burdock_config::{CommandLine, Host, LoadOptions, Sealed, System};
use burdock_reference::{Class, Item};
use burdock_syntax::{Environment, Facts, Severity};

/// A machine whose files are read, and nothing else is asked of it.
struct Machine;

impl Host for Machine {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        System.list(path)
    }
    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Sealed.lookup(name)
    }
    fn user(&self, name: &str) -> Option<u32> {
        Sealed.user(name)
    }
    fn group(&self, name: &str) -> Option<u32> {
        Sealed.group(name)
    }
    fn adopt_listener(&self, descriptor: RawFd) -> io::Result<OwnedFd> {
        Sealed.adopt_listener(descriptor)
    }
    fn name(&self) -> String {
        Sealed.name()
    }
    fn processors(&self) -> usize {
        Sealed.processors()
    }
    fn file_limits(&self) -> FileLimits {
        Sealed.file_limits()
    }
}

/// Where the files are that examples look for in `/etc/burdock`.
const FILES: &str = env!("CARGO_TARGET_TMPDIR");

fn make_files() -> io::Result<()> {
    let write = |name: &str, text: &str| std::fs::write(Path::new(FILES).join(name), text);
    write("blocked.lst", "192.0.2.1\n")?;
    write("names.lst", "# Of an old client.\ncontent-length Content-Length\n")?;
    for (name, text) in [
        ("site.pem", include_str!("../../config/tests/certificates/site.pem")),
        ("bare.crt", include_str!("../../config/tests/certificates/bare.crt")),
        ("bare.key", include_str!("../../config/tests/certificates/bare.key")),
        ("bare.crt.key", include_str!("../../config/tests/certificates/bare.key")),
        ("ca.pem", include_str!("../../config/tests/certificates/ca.pem")),
        ("authority.pem", include_str!("../../config/tests/certificates/authority.pem")),
        ("crl.pem", include_str!("../../config/tests/certificates/crl.pem")),
        ("tickets.keys", include_str!("../../config/tests/certificates/tickets.keys")),
        ("certificates.lst", "/etc/burdock/site.pem [alpn h2] site.example\n"),
    ] {
        write(name, &text.replace("/etc/burdock", FILES))?;
    }
    std::fs::create_dir_all(Path::new(FILES).join("issuers"))?;
    write("503.http", "HTTP/1.1 503 Back Soon\r\ncontent-length: 0\r\n\r\n")?;
    for (keys, key) in [("networks", "10.0.0.0/8"), ("numbers", "42"), ("hosts", "www")] {
        for (values, value) in [("addresses", "192.0.2.1"), ("numbers", "7"), ("names", "shop")] {
            write(&format!("{keys}-{values}.map"), &format!("{key} {value}\n"))?;
        }
    }
    Ok(())
}

/// Examples that cannot stand alone, and why.
const NOT_ALONE: &[(Class, &str, &str)] = &[
    (Class::Global, "ssl-engine", "there are no engines"),
    (Class::Global, "ssl-propquery", "there are no providers"),
    (Class::Bind, "npn", "ALPN took its place"),
    (Class::Server, "npn", "ALPN took its place"),
    (Class::CrtStore, "ocsp", "it needs a response on the very certificate"),
    (Class::CrtStore, "sctl", "it needs a list of the very certificate"),
];

/// What the examples name.
const NAMED: &str = "
userlist staff
    user ann insecure-password secret
resolvers dns
    nameserver near 127.0.0.1:53
healthcheck alive
    type httpchk
fcgi-app php
    docroot /srv/www
http-errors pages
    errorfile 503 /etc/burdock/503.http
defaults
    mode http
    timeout client 3s
    timeout server 3s
    timeout connect 3s
backend clients
    stick-table type ip size 100k expire 10m store gpc(2),gpt(2),http_req_rate(10s)
backend sessions
    stick-table type string len 64 size 100k expire 3h
backend shop
    server app1 127.0.0.1:9001
";

/// A section in which most examples can stand.
const PROXY: &str = "
listen example
    bind 127.0.0.1:8090
    declare capture request len 64
    declare capture response len 64
    filter bwlim-out slow default-limit 100k default-period 1s
    http-request set-var(txn.name) src,map_str(/etc/burdock/hosts-names.map) if { src -f /etc/burdock/blocked.lst }
";

/// A configuration with the line of an example where it belongs.
fn around(item: &Item, example: &str) -> String {
    let is_of_logs = item.name.starts_with("log-") || item.name == "sticky";
    let section = match item.class {
        Class::Global => return format!("global\n{example}\n{NAMED}"),
        Class::Bind if example.starts_with("stats socket") => return format!("global\n{example}\n{NAMED}"),
        Class::Ring if item.name == "server" => format!("ring lines\n{example}\n"),
        Class::Ring => format!("ring lines\n{example}\nserver collector 127.0.0.1:6514\n"),
        Class::LogForward if item.name.ends_with("bind") => {
            format!("log-forward relay\n{example}\nlog 127.0.0.1:514 local0\n")
        }
        Class::LogForward => {
            format!("log-forward relay\ndgram-bind 127.0.0.1:5141\nlog 127.0.0.1:514 local0\n{example}\n")
        }
        Class::CrtStore => {
            format!("crt-store example\n{example}\nacme LE\ndirectory https://ca.example/directory\n")
        }
        Class::LogProfile => format!("log-profile brief\n{example}\n"),
        Class::FcgiApp if item.name == "docroot" => format!("fcgi-app example\n{example}\n"),
        Class::FcgiApp => format!("fcgi-app example\ndocroot /srv/www\noption mpxs-conns\n{example}\n"),
        Class::Proxy if item.name == "use-fcgi-app" => {
            format!("{PROXY}{example}\nserver fpm 127.0.0.1:9000 proto fcgi\n")
        }
        Class::Healthcheck => format!("healthcheck example\n{example}\n"),
        Class::Resolvers => format!("resolvers example\n{example}\nnameserver near 127.0.0.1:53\n"),
        Class::Acme => {
            // What some lines need beside them.
            let beside = match item.name.as_str() {
                "challenge-ready" | "dns-delay" | "provider-name" | "acme-vars" => "challenge dns-01\n",
                "eab-key-id" | "eab-mac-alg" => "eab-mac-key /etc/burdock/eab.key\neab-key-id /etc/burdock/eab.id\n",
                "eab-mac-key" => "eab-key-id /etc/burdock/eab.id\n",
                _ => "",
            };
            let lines = format!("{beside}directory https://acme.example/directory\n{example}\n");
            format!(
                "{PROXY}http-request set-header x %[path,map(virt@acme)]\nserver spare 127.0.0.1:9009\nacme LE\n{lines}"
            )
        }
        Class::Server | Class::Balance if is_of_logs => {
            format!("backend logs\nmode log\n{example}\nserver spare 127.0.0.1:514\n")
        }
        // It says how 'balance log-hash' spreads lines.
        Class::Proxy if item.name == "hash-type" => {
            format!("backend logs\nmode log\nbalance log-hash field(2,/)\n{example}\nserver spare 127.0.0.1:514\n")
        }
        Class::Proxy if item.name == "option external-check" => {
            format!("global\nexternal-check\n{PROXY}{example}\nexternal-check command /bin/true\n")
        }
        Class::Proxy if item.name == "use-server" => format!("{PROXY}{example}\nserver app1 127.0.0.1:9009\n"),
        _ => format!("{PROXY}{example}\nserver spare 127.0.0.1:9009\n"),
    };
    format!("{NAMED}{section}")
}

fn faults(text: &str) -> Option<String> {
    let options = LoadOptions {
        files: &[],
        environment: &Environment::empty(),
        facts: &Facts::default(),
        command_line: &CommandLine { program_name: "haproxy".into(), ..CommandLine::default() },
        host: &Machine,
        previous: None,
    };
    let loaded = burdock_config::load_text("example.cfg", text, &options);
    loaded.model.is_none().then(|| {
        let messages = loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity() == Severity::Error)
            .map(|diagnostic| diagnostic.message().to_owned());
        messages.collect::<Vec<_>>().join("; ")
    })
}

#[test]
fn every_item_has_an_example() {
    let missing: Vec<_> = burdock_reference::items()
        .into_iter()
        .filter(|item| item.example.is_none())
        .map(|item| (item.class, item.name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn examples_load() -> io::Result<()> {
    make_files()?;
    let mut wrong = Vec::new();
    for item in burdock_reference::items() {
        let alone = !NOT_ALONE.iter().any(|(class, name, _)| *class == item.class && *name == item.name);
        let Some(example) = item.example.as_deref().filter(|_| item.class != Class::Command) else { continue };
        match faults(&around(&item, example).replace("/etc/burdock", FILES)) {
            Some(fault) if alone => wrong.push(format!("{example}\n    {fault}")),
            None if !alone => wrong.push(format!("{example}\n    it loads; its row can go")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
