//! Servers that follow their host names while traffic runs: addresses come, change and go, and what is told of it.

use burdock_testkit::{Backend, DnsAnswer, DnsServer, LogSink, Proxy, wait};

use crate::support::{burdock, listen, server_of};

struct Site {
    dns: DnsServer,
    log: LogSink,
    proxy: Proxy,
}

impl Site {
    /// A `listen` section with these servers, and a `resolvers` section `dns` that says so besides.
    fn start(dns: DnsServer, section: &str, servers: &str) -> Self {
        let log = LogSink::new();
        let names = format!(
            "resolvers dns\n    nameserver near 127.0.0.1:{}\n    timeout resolve 100ms\n    timeout retry 100ms\n    \
             resolve_retries 1\n    {section}\n",
            dns.port()
        );
        let proxy = burdock().start(&(listen(&log, servers) + &names));
        Self { dns, log, proxy }
    }

    /// Address and administrative state, as `show servers state` tells them.
    fn place(&self, server: &str) -> String {
        let state = self.proxy.cli("show servers state web");
        let line = state.lines().find(|line| line.split(' ').nth(3) == Some(server));
        let columns: Vec<_> = line.unwrap_or_default().split(' ').collect();
        format!("{} {}", columns.get(4).unwrap_or(&""), columns.get(6).unwrap_or(&""))
    }

    fn await_place(&self, server: &str, expected: &str) {
        wait::until(&format!("{server} to be {expected}"), || (self.place(server) == expected).then_some(()));
    }
}

#[test]
fn a_server_follows_its_name() {
    let dns = DnsServer::new();
    let backend = Backend::named("A");
    let server = format!("server A app.test:{} resolvers dns resolve-prefer ipv4 init-addr none", backend.port());
    let site = Site::start(dns, "hold nx 0\n    hold refused 0", &server);
    assert_eq!(site.place("A"), "- 32");
    assert_eq!(site.proxy.stat("web", "A")["status"], "MAINT (resolution)");
    assert_eq!(site.proxy.client("web").get("/early", &[]).status(), 503);
    site.dns.point("app.test", &["127.0.0.1"]);
    site.log.await_line("web/A: IP changed from '(none)' to '127.0.0.1' by 'dns/near'.");
    site.log.await_line("Server web/A ('app.test') is UP/READY (resolves again).");
    site.log.await_line("Server web/A administratively READY thanks to valid DNS answer.");
    let mut client = site.proxy.client("web");
    assert_eq!(server_of(&client.get("/there", &[])), "A");
    site.dns.point("app.test", &["127.0.0.2"]);
    site.log.await_line("web/A: IP changed from '127.0.0.1' to '127.0.0.2' by 'dns/near'.");
    assert_eq!(site.place("A"), "127.0.0.2 0");
    site.dns.say("app.test", DnsAnswer::NoSuchName);
    site.log.await_line(
        "Server web/A is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left. 0 sessions active, 0 \
         requeued, 0 remaining in queue.",
    );
    site.log.await_line("proxy web has no server available!");
    site.await_place("A", "- 32");
    assert_eq!(client.get("/gone", &[]).status(), 503);
    site.dns.point("app.test", &["127.0.0.1", "127.0.0.2"]);
    site.await_place("A", "127.0.0.1 0");
    assert_eq!(server_of(&client.get("/back", &[])), "A");
    site.dns.say("app.test", DnsAnswer::Refused);
    site.log.await_line("Server web/A is going DOWN for maintenance (DNS refused status).");
    assert!(site.proxy.stderr().contains("web/A: IP changed from '(none)' to '127.0.0.1'"));
}

/// What is known holds for a time, whatever name servers say meanwhile.
#[test]
fn a_failure_does_not_count_at_once() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1"]);
    let server = "server A app.test:80 resolvers dns resolve-prefer ipv4 init-addr none\nserver B app.test:81 resolvers dns \
                  resolve-prefer ipv4 init-addr 127.0.0.9 resolve-opts allow-dup-ip";
    let site = Site::start(dns, "hold nx 1h\n    hold timeout 1", server);
    site.await_place("A", "127.0.0.1 0");
    site.await_place("B", "127.0.0.1 0");
    site.dns.say("app.test", DnsAnswer::NoSuchName);
    let asked = site.dns.queries("app.test").len();
    wait::until("some more looks", || (site.dns.queries("app.test").len() > asked + 6).then_some(()));
    assert_eq!(site.place("A"), "127.0.0.1 0");
    site.dns.say("app.test", DnsAnswer::Silence);
    site.log.await_line("Server web/A is going DOWN for maintenance (DNS timeout status).");
}

/// What has gone from the answers is used for a while yet where the section says so.
#[test]
fn an_obsolete_address_may_stay() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1"]);
    let server = "server A App.Test.:80 resolvers dns resolve-prefer ipv4 init-addr none";
    let site = Site::start(dns, "hold obsolete 1h", server);
    site.await_place("A", "127.0.0.1 0");
    site.dns.point("app.test", &["127.0.0.2"]);
    let asked = site.dns.queries("app.test").len();
    wait::until("some more looks", || (site.dns.queries("app.test").len() > asked + 3).then_some(()));
    assert_eq!(site.place("A"), "127.0.0.1 0");
}

/// Servers with the same name get addresses of their own, as long as there are enough.
#[test]
fn addresses_are_shared_out() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1", "127.0.0.2", "127.0.1.1"]);
    let common = "resolvers dns resolve-prefer ipv4 init-addr none";
    let servers = format!(
        "server A app.test:80 {common}\nserver B app.test:80 {common}\nserver C app.test:80 {common} resolve-net 127.0.1.0/24\n\
         server D app.test:80 {common} resolve-opts allow-dup-ip\nserver E other.test:80 {common}"
    );
    let site = Site::start(dns, "hold other 0", &servers);
    for (server, place) in
        [("A", "127.0.0.1 0"), ("B", "127.0.0.2 0"), ("C", "127.0.1.1 0"), ("D", "127.0.0.1 0"), ("E", "- 32")]
    {
        site.await_place(server, place);
    }
    site.log.await_line("web/B: IP changed from '(none)' to '127.0.0.2' by 'DNS cache'.");
    // Whose address has gone is left without one; the others stay.
    site.dns.point("app.test", &["127.0.0.2", "127.0.1.1"]);
    site.log.await_line("Server web/A is going DOWN for maintenance (No IP for server ).");
    site.await_place("A", "- 32");
    assert_eq!([site.place("B"), site.place("C")], ["127.0.0.2 0", "127.0.1.1 0"]);
    site.dns.point("app.test", &["127.0.0.2", "127.0.1.1", "127.0.0.4"]);
    site.await_place("A", "127.0.0.4 0");
    site.dns.point("other.test", &["127.0.0.2"]);
    site.await_place("E", "127.0.0.2 0");
    // No address at all.
    site.dns.point("other.test", &[]);
    site.log.await_line("Server web/E is going DOWN for maintenance (unspecified DNS error).");
}

/// A template is a pool of places: as many servers are in use as the name has addresses.
#[test]
fn templates_fill_up_with_addresses() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1", "127.0.0.2"]);
    let template = "server-template app 3 app.test:80 resolvers dns resolve-prefer ipv4 init-addr none";
    let site = Site::start(dns, "", template);
    site.await_place("app1", "127.0.0.1 0");
    site.await_place("app2", "127.0.0.2 0");
    assert_eq!(site.place("app3"), "- 32");
    site.dns.point("app.test", &["127.0.0.2", "127.0.0.3", "127.0.0.4"]);
    // The first place is filled again with what is new.
    site.await_place("app1", "127.0.0.3 0");
    site.await_place("app3", "127.0.0.4 0");
    assert_eq!(site.place("app2"), "127.0.0.2 0");
}

#[test]
fn operators_have_a_say() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1"]);
    dns.point("new.test", &["127.0.0.3"]);
    let servers = "server A app.test:80 resolvers dns resolve-prefer ipv4 init-addr none\nserver B 127.0.0.9:80 resolvers dns \
                   resolve-prefer ipv4\nserver C 127.0.0.9:80";
    let site = Site::start(dns, "hold nx 0", servers);
    site.await_place("A", "127.0.0.1 0");
    let cli = |command: &str| site.proxy.cli(command).trim_end().to_owned();
    // What an operator says holds until the answer is another one (measured).
    assert_eq!(
        cli("set server web/A addr 127.0.0.7"),
        "IP changed from '127.0.0.1' to '127.0.0.7' by 'stats socket command'"
    );
    let asked = site.dns.queries("app.test").len();
    wait::until("some more looks", || (site.dns.queries("app.test").len() > asked + 3).then_some(()));
    assert_eq!(site.place("A"), "127.0.0.7 0");
    site.dns.point("app.test", &["127.0.0.2"]);
    site.await_place("A", "127.0.0.2 0");
    assert_eq!(
        cli("set server web/A fqdn new.test"),
        "web/A changed its FQDN from app.test to new.test by 'stats socket command'"
    );
    site.await_place("A", "127.0.0.3 64");
    assert_eq!(cli("set server web/A fqdn new.test"), "no need to change the FDQN by 'stats socket command'");
    assert_eq!(cli("set server web/A fqdn a..b"), "could not update web/A FQDN by 'stats socket command'");
    assert_eq!(cli("set server web/A fqdn"), "set server <b>/<s> fqdn requires a FQDN.");
    assert_eq!(
        cli("set server web/B fqdn new.test"),
        "web/B changed its FQDN from (null) to new.test by 'stats socket command'"
    );
    site.log.await_line("Server web/B is going DOWN for maintenance (No IP for server ).");
    assert_eq!(
        cli("set server web/B fqdn app.test"),
        "web/B changed its FQDN from new.test to app.test by 'stats socket command'"
    );
    site.await_place("B", "127.0.0.2 64");
    assert_eq!(
        cli("set server web/C fqdn app.test"),
        "set server <b>/<s> fqdn failed because no resolution is configured."
    );
    // In maintenance of another kind it follows its name, but stays there.
    cli("set server web/B state maint");
    site.dns.point("app.test", &["127.0.0.5"]);
    site.await_place("B", "127.0.0.5 65");
}

#[test]
fn name_servers_are_counted() {
    let dns = DnsServer::new();
    dns.point("app.test", &["127.0.0.1"]);
    let site = Site::start(dns, "", "server A app.test:80 resolvers dns resolve-prefer ipv4 init-addr none");
    site.await_place("A", "127.0.0.1 0");
    let shown = site.proxy.cli("show resolvers dns");
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[..2], ["Resolvers section dns", " nameserver near:"]);
    let names: Vec<_> = lines[2..].iter().filter_map(|line| line.trim().split(':').next()).collect();
    assert_eq!(
        names.join(" ").trim_end(),
        "sent snd_error valid update cname cname_error any_err nx timeout refused other invalid too_big truncated outdated"
    );
    assert!(shown.contains("\n  update:      1\n"), "{shown}");
    assert_eq!(site.proxy.cli("show resolvers nobody"), "Can't find that resolvers section\n\n");
    assert!(site.proxy.cli("show resolvers").starts_with("Resolvers section dns\n"));
}
