//! Samples of what carries a request, what it cost and what became of it, as the log shows them. The numbers are those that HAProxy 3.5 gave
//! for the same requests, where they do not depend on the machine.

use burdock_testkit::H2Client;
use burdock_testkit::client::{get, post};

use crate::support::{SHORT_TIMEOUT_MS, Site, burdock, listen, obedient};

/// A site that logs these samples, a word each, in front of the path.
fn logging(samples: &[&str], lines: &str) -> Site {
    let words: Vec<_> = samples.iter().map(|sample| format!("%[{sample}]")).collect();
    Site::with(obedient("A"), obedient("B"), &format!("log-format \"got {} %HU\"\n{lines}", words.join(" ")))
}

/// The words that were logged of a path.
fn words(site: &Site, path: &str) -> Vec<String> {
    let line = site.log.await_line(path);
    let (_, words) = line.split_once("got ").unwrap();
    words.trim_end().split(' ').map(str::to_owned).filter(|word| !word.ends_with(path)).collect()
}

#[test]
fn connections_are_measured() {
    let samples = [
        "fc_rtt(us)",
        "bc_rtt(us)",
        "fc_rttvar(us)",
        "bc_rttvar(us)",
        "fc_reordering",
        "fc_lost",
        "fc_retrans",
        "fc_sacked",
        "fc_fackets",
    ];
    let site = logging(&samples, "");
    for (path, fields) in [("/kept", &[][..]), ("/closed", &["X-Add: Connection: close"])] {
        assert_eq!(site.get(path, fields).status(), 200);
        let words = words(&site, path);
        assert!(words[..2].iter().all(|word| word.parse::<u32>().is_ok_and(|us| us > 0)), "{words:?}");
        // The system begins with the reordering that it has seen between the same addresses before.
        assert!(words[4].parse::<u32>().is_ok_and(|segments| segments >= 3), "{words:?}");
        assert_eq!(words[5..], ["0", "0", "0", "0"], "{words:?}");
    }
}

#[test]
fn streams_have_numbers() {
    let site = logging(&["fs.id", "bs.id", "fs.aborted", "bs.aborted", "fs.rst_code", "fs.debug_str(1)"], "");
    let mut client = site.proxy.client("web");
    for (path, place) in [("/first", "0"), ("/second", "1")] {
        client.get(path, &[]);
        let words = words(&site, path);
        assert_eq!(words, [place, "0", "0", "0", "-", &format!("stream.id={place}")], "{path}");
    }
    let mut client = H2Client::connect(site.proxy.port("web"));
    client.get("/third", &[]);
    // Which worker serves it decides whether the connection to the server is a new one.
    let words = words(&site, "/third");
    assert_eq!((words[0].as_str(), words[2].as_str()), ("1", "0"), "{words:?}");
}

#[test]
fn bytes_are_counted_on_both_sides() {
    let samples = ["req.bytes_in", "req.bytes_out", "res.bytes_in", "res.bytes_out"];
    let site = logging(&samples, "http-request set-header X-New 12345\nhttp-response set-header X-Old 1234567");
    site.proxy.client("web").request(post("/a", &["Connection: close"], "some body"));
    let counted: Vec<u64> = words(&site, "/a").iter().map(|word| word.parse().unwrap()).collect();
    // The names and values of what rules add, and what HAProxy counts for a line of the head.
    let forwarded = "x-forwarded-for127.0.0.1".len() as u64;
    assert_eq!(counted[1], counted[0] + "x-new12345".len() as u64 + forwarded, "{counted:?}");
    assert_eq!(counted[3], counted[2] + "x-old1234567".len() as u64, "{counted:?}");
}

#[test]
fn rules_that_end_and_rules_that_wait() {
    let lines = format!(
        "http-request wait-for-body time {SHORT_TIMEOUT_MS}ms if {{ path_beg /wait }}\n\
         http-request deny if {{ path /deny }}"
    );
    let site = logging(&["last_entity", "waiting_entity", "last_rule_line"], &lines);
    let at = |word: &str| word.rsplit_once(':').map(|(_, line)| line.to_owned());
    site.get("/deny", &[]);
    let denied = words(&site, "/deny");
    assert_eq!((at(&denied[0]).as_deref(), denied[1].as_str()), (Some(denied[2].as_str()), "-"), "{denied:?}");
    site.get("/plain", &[]);
    assert_eq!(words(&site, "/plain"), ["-", "-", "-"]);
    let part = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\npart");
    let mut late = site.proxy.client("web");
    late.send(part("/wait/late"));
    let timed_out = words(&site, "/wait/late");
    assert_eq!((at(&timed_out[0]).is_some(), timed_out[1].as_str()), (true, "-"), "{timed_out:?}");
    let mut gone = site.proxy.client("web");
    gone.send(part("/wait/gone"));
    drop(gone);
    let gone = words(&site, "/wait/gone");
    assert_eq!((gone[0].as_str(), &gone[1]), ("-", &timed_out[0]), "{gone:?}");
}

#[test]
fn effort_is_taken_down() {
    let site = logging(&["cpu_calls", "cpu_ns_tot", "cpu_ns_avg", "lat_ns_tot", "lat_ns_avg", "cpu_usage_thr"], "");
    let mut client = site.proxy.client("web");
    for path in ["/a", "/b"] {
        client.get(path, &[]);
        let numbers: Vec<u64> = words(&site, path).iter().map(|word| word.parse().unwrap()).collect();
        let [calls, cpu, cpu_avg, latency, latency_avg, usage] = numbers[..] else { panic!("{numbers:?}") };
        assert!((1..50).contains(&calls) && cpu > 0 && latency > 0 && usage <= 100, "{numbers:?}");
        assert!(cpu_avg <= cpu && latency_avg <= latency, "{numbers:?}");
    }
}

#[test]
fn texts_are_kept_by_converters() {
    let lines = "declare capture request len 4\ndeclare capture response len 9\n\
                 http-request set-header X-Same %[path,capture-req(0)]\nhttp-response set-header X-Same %[int(7),capture-res(0)]\n\
                 http-request set-header X-None <%[path,capture-req(3)]>";
    let site = logging(&["capture.req.hdr(0)", "capture.res.hdr(0)"], lines);
    let response = site.get("/long/path", &[]);
    assert_eq!(response.header("x-same"), Some("7"));
    assert_eq!(words(&site, "/long/path"), ["/lon", "7"]);
    let seen = [site.a.requests(), site.b.requests()].concat();
    assert_eq!((seen[0].header("x-same"), seen[0].header("x-none")), (Some("/long/path"), Some("<>")));
}

#[test]
fn a_listen_section_is_its_own_backend() {
    let lines = "http-request set-header X-Back \"%[be_name] %[fe_name]\"\nhttp-request set-header X-Blank \"  a b \"\n\
                 http-request set-header X-Trimmed \"<%[req.fhdr(x-blank)]>\"";
    let site = Site::start(lines);
    site.get("/", &[]);
    let seen = [site.a.requests(), site.b.requests()].concat();
    assert_eq!((seen[0].header("x-back"), seen[0].header("x-trimmed")), (Some("web web"), Some("<a b>")));
}

#[test]
fn the_first_packet_is_kept() {
    let log = burdock_testkit::LogSink::new();
    let lines = "tcp-request connection set-var(sess.syn) fc_saved_syn\n\
                 http-request return status 200 content-type text/plain lf-string \"%[var(sess.syn),ip.src] %[var(sess.syn),ip.data,tcp.dst]\"";
    let text = listen(&log, lines).replace("bind 127.0.0.1:@web@", "bind 127.0.0.1:@web@ tcp-ss 1");
    let proxy = burdock().start(&text);
    let answer = proxy.client("web").request(get("/", &[]));
    assert_eq!(answer.text(), format!("127.0.0.1 {}", proxy.port("web")));
}
