//! `resolvers` sections, and servers that follow their names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use std::sync::Arc;

use burdock_config::CommandLine;
use burdock_model::Address;
use burdock_resolve::{Family, FamilyPolicy, Hold, Section, Settings, Transport};
use support::{Machine, load, load_on, messages, model, proxy};

/// A section `d` with a name server and these lines, which begin in line 3.
fn section(lines: &str) -> String {
    format!("resolvers d\n nameserver n1 192.0.2.1:53\n{lines}")
}

fn servers(sections: &[Arc<Section>]) -> Vec<String> {
    let shown = sections.iter().flat_map(|section| &section.name_servers).map(|server| {
        let transport = if server.transport == Transport::Tcp { "tcp" } else { "udp" };
        format!("{} {transport} {}", server.name, server.address)
    });
    shown.collect()
}

#[test]
fn all_that_a_section_can_say() {
    let text = section(
        " nameserver n2 udp@[2001:db8::1]:5353\n nameserver n3 tcp@192.0.2.3:53\n nameserver n4 udp4@localhost:53\n resolve_retries 5\n \
         timeout resolve 2s\n timeout retry 300\n hold valid 1s\n hold obsolete 2s\n hold nx 3s\n hold refused 4s\n hold timeout 5s\n \
         hold other 6s\n accepted_payload_size 8192\nglobal\n dns-accept-family ipv4,ipv6\n",
    );
    let model = model(&text);
    let expected = Settings {
        retries: 5,
        retry_ms: 300,
        resolve_ms: 2000,
        hold: Hold {
            valid_ms: 1000,
            obsolete_ms: 2000,
            no_such_name_ms: 3000,
            refused_ms: 4000,
            timeout_ms: 5000,
            other_ms: 6000,
        },
        payload_bytes: 8192,
        families: FamilyPolicy::Both,
    };
    assert_eq!(model.resolvers[0].settings, expected);
    assert_eq!(
        servers(&model.resolvers),
        ["n1 udp 192.0.2.1:53", "n2 udp [2001:db8::1]:5353", "n3 tcp 192.0.2.3:53", "n4 udp 127.0.0.1:53"]
    );
}

#[test]
fn families() {
    let check = |said: &str, expected: FamilyPolicy| {
        let text = format!("global\n{said}\n{}", section(""));
        assert_eq!(model(&text).resolvers[0].settings.families, expected, "{said}");
    };
    check("", FamilyPolicy::Auto);
    check(" dns-accept-family auto", FamilyPolicy::Auto);
    check(" dns-accept-family ipv4", FamilyPolicy::Only(Family::V4));
    check(" dns-accept-family ipv6", FamilyPolicy::Only(Family::V6));
    check(" dns-accept-family ipv6,ipv4", FamilyPolicy::Both);
    check(" dns-accept-family ipv4,auto", FamilyPolicy::Auto);
}

#[test]
fn name_servers_of_the_machine() {
    let machine = Machine::default().with_file("/etc/resolv.conf", "nameserver 192.0.2.53\nnameserver ::1\n");
    let load = |text: &str| {
        let loaded = load_on(&machine, text, &CommandLine::default(), None);
        assert_eq!(messages(&loaded), Vec::<String>::new());
        loaded.model.unwrap()
    };
    let own = ["192.0.2.53 udp 192.0.2.53:53", "::1 udp [::1]:53"];
    let made_up = load("");
    assert_eq!((made_up.resolvers[0].name.as_str(), made_up.resolvers[0].settings), ("default", Settings::default()));
    assert_eq!(servers(&made_up.resolvers), own);
    let both = load(&section(" parse-resolv-conf\n nameserver n2 192.0.2.2:53\n"));
    let names: Vec<_> = both.resolvers.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["d", "default"]);
    assert_eq!(
        servers(&both.resolvers[..1]),
        ["n1 udp 192.0.2.1:53", own[0], own[1], "n2 udp 192.0.2.2:53"],
        "in the order of the lines"
    );
    let said = load("resolvers default\n nameserver n1 192.0.2.1:53\n");
    assert_eq!(servers(&said.resolvers), ["n1 udp 192.0.2.1:53"], "the file's own takes its place");
    assert!(model("").resolvers.is_empty(), "a machine that tells nothing");
}

#[test]
fn faults_of_sections() {
    let check = |lines: &str, expected: &[&str]| assert_eq!(messages(&load(&section(lines))), expected, "{lines}");
    check(" nameserver n1 192.0.2.2:53\n", &["error 3: another name server of the section is named 'n1'"]);
    check(" nameserver n2 192.0.2.2\n", &["error 3: the name server '192.0.2.2' has no port"]);
    check(" nameserver n2\n", &["error 3: 'nameserver' needs an address"]);
    check(" nameserver a/b 192.0.2.2:53\n", &["error 3: the name of a name server cannot hold '/'"]);
    check(" nameserver n2 nobody.example:53\n", &["error 3: 'nobody.example' cannot be resolved to an address"]);
    check(" nameserver n2 :53\n", &["error 3: name servers have an address"]);
    check(
        " nameserver n2 /run/dns.sock\n",
        &["error 3: name servers behind other than IP addresses are known to HAProxy but not supported by Burdock yet"],
    );
    check(
        " nameserver n2 tcp@192.0.2.2:53 ssl verify none\n",
        &["error 3: options of name servers, such as 'ssl', are known to HAProxy but not supported by Burdock yet"],
    );
    check(" hold soon 1s\n", &["error 3: a status is expected, not 'soon'"]);
    check(" hold nx\n", &["error 3: 'hold' needs a time"]);
    check(" accepted_payload_size 65536\n", &["error 3: 65536 is out of range"]);
    check(" accepted_payload_size 11\n", &["error 3: 11 is out of range"]);
    check(" resolve_retries x\n", &["advice 3: a number is expected, not 'x'"]);
    check(" resolve_retries 3 4\n", &["advice 3: 'resolve_retries' takes no argument '4'"]);
    check(" timeout foo 1s\n", &["error 3: unknown 'timeout foo'"]);
    check(" parse-resolv-conf\n", &["warning 3: '/etc/resolv.conf' cannot be read: entity not found"]);
    check("resolvers d\n nameserver n 192.0.2.1:53\n", &["error 3: there are two sections 'resolvers d'"]);
    check("resolvers empty\n", &["warning 3: the section 'resolvers empty' has no name servers"]);
    check("global\n dns-accept-family ipv5\n", &["error 4: a family is expected, not 'ipv5'"]);
}

/// A backend with this server, in line 7, behind a section `d`.
fn with_server(server: &str) -> String {
    format!("{}backend b\n timeout connect 3s\n timeout server 20s\n\n server s {server}\n", section(""))
}

#[test]
fn servers_that_follow_their_names() {
    let check = |server: &str, address: &str, prefer: Family, allows: bool, networks: usize| {
        let model = model(&with_server(server));
        let backend = proxy(&model, "b").backend.clone().unwrap();
        let server = backend.servers.named("s").unwrap();
        let resolution = server.resolution.clone().unwrap();
        assert_eq!(server.address, Address::Tcp(address.parse().unwrap()));
        assert_eq!(resolution.section.name, "d");
        assert_eq!((resolution.prefer, resolution.allows_duplicates), (prefer, allows));
        assert_eq!(resolution.networks.len(), networks);
    };
    check("app.example:80 resolvers d init-addr none", "0.0.0.0:80", Family::V6, false, 0);
    check("app.example:80 resolvers d init-addr 192.0.2.7 resolve-prefer ipv4", "192.0.2.7:80", Family::V4, false, 0);
    check("two.example:80 resolvers d resolve-net 10.0.0.0/8,::1", "[2001:db8::7]:80", Family::V6, false, 2);
    check("192.0.2.9:80 resolvers d resolve-opts prevent-dup-ip,allow-dup-ip", "192.0.2.9:80", Family::V6, true, 0);
}

#[test]
fn templates() {
    let names = |line: &str| {
        let model = model(&with_server(&format!("192.0.2.1:80\n {line}")));
        let backend = proxy(&model, "b").backend.clone().unwrap();
        let shown = backend.servers.iter().skip(1).map(|server| format!("{} {}", server.name, server.numeric_id));
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names("server-template app 3 app.example:80 resolvers d init-addr none"), "app1 2, app2 3, app3 4");
    assert_eq!(names("server-template app 0-1 192.0.2.1:80 id 7"), "app0 7, app1 3");
    let check = |line: &str, expected: &[&str]| {
        let text = with_server(&format!("192.0.2.1:80\n server-template {line}"));
        assert_eq!(messages(&load(&text)), expected, "{line}");
    };
    for numbers in ["0", "x", "3-2", "-1", "1-9999999"] {
        check(&format!("a {numbers} 192.0.2.1:80"), &[&format!("error 8: '{numbers}' is no number of servers")]);
    }
    check("a 2", &["error 8: server 'a' has no address"]);
    check("s 1- 192.0.2.1:80", &["error 8: '1-' is no number of servers"]);
    check(
        "a 2 _http._tcp.example:80 resolvers d init-addr none",
        &["error 8: servers from SRV records are known to HAProxy but not supported by Burdock yet"],
    );
}

#[test]
fn faults_of_servers() {
    let check =
        |server: &str, expected: &[&str]| assert_eq!(messages(&load(&with_server(server))), expected, "{server}");
    check("app.example:80 resolvers d", &["notice 7: the name 'app.example' of server 's' has no address yet"]);
    check("app.example:80", &["error 7: the name 'app.example' of server 's' cannot be resolved"]);
    check("192.0.2.7:80 resolvers e", &["error 7: there is no section 'resolvers e'"]);
    check("192.0.2.7:80 resolvers", &["error 7: 'resolvers' needs the name of a 'resolvers' section"]);
    check("192.0.2.7:80 resolve-prefer ipv5", &["error 7: a family is expected, not 'ipv5'"]);
    check("192.0.2.7:80 resolve-net 10.0.0.0/8,foo", &["error 7: 'foo' is no network"]);
    check("192.0.2.7:80 resolve-opts foo", &["error 7: an option is expected, not 'foo'"]);
    check("192.0.2.7:80 resolve-opts ignore-weight", &["advice 7: no weight comes with an address"]);
    check(
        "_http._tcp.example:80 resolvers d init-addr none",
        &["error 7: servers from SRV records are known to HAProxy but not supported by Burdock yet"],
    );
}
