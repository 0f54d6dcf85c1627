//! Where and how log lines are written: targets, channels and formats, as the model has them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_model::{Facility, Framing, HostStrategy, Level, LineFormat, LogBalance, LogFormat, Transport};
use burdock_sample::Origin;
use support::{TIMEOUTS, load, messages, model, proxy};

#[test]
fn logs() {
    let model = model(&format!(
        "global\n log 127.0.0.1:5140 local3 notice\n log-send-hostname h\ndefaults\n log global\n log /dev/log len 200 format rfc5424 \
         sample 2-3,1:4 daemon warning err\n log stdout format raw local0\n log udp@[::1] kern\n{TIMEOUTS}listen l\n mode http\n bind \
         :80\n option httplog clf\n option dontlognull\n option dontlog-normal\n option logasap\n option log-separate-errors\n option \
         log-health-checks\n log-tag x\n server a 127.0.0.1:81\n"
    ));
    let log = &proxy(&model, "l").log;
    assert_eq!((log.format, log.tag.as_deref()), (LineFormat::HttpClf, Some("x")));
    assert!(
        log.dont_log_null
            && log.dont_log_normal
            && log.log_as_soon_as_possible
            && log.separate_errors
            && log.health_checks
    );
    let [global, unix, stdout, udp] = &log.targets[..] else { panic!("{:?}", log.targets) };
    assert_eq!(
        (&global.transport, global.facility),
        (&Transport::Udp("127.0.0.1:5140".parse().unwrap()), Facility(19))
    );
    assert_eq!(
        (global.max_level, global.min_level, global.format),
        (Level::Notice, Level::Emergency, LogFormat::Rfc3164)
    );
    assert_eq!(
        (&unix.transport, unix.max_length, unix.format),
        (&Transport::UnixDatagram("/dev/log".into()), 200, LogFormat::Rfc5424)
    );
    assert_eq!((unix.max_level, unix.min_level), (Level::Warning, Level::Error));
    let sample = unix.sample.as_ref().unwrap();
    assert_eq!((&sample.ranges[..], sample.size), (&[(1, 1), (2, 3)][..], 4));
    assert_eq!((&stdout.transport, stdout.format), (&Transport::Descriptor(1), LogFormat::Raw));
    assert_eq!(udp.transport, Transport::Udp("[::1]:514".parse().unwrap()));
}

#[test]
fn log_lines_find_their_channels() {
    let model = model(
        "global
 log ring@short len 500 format rfc5424 local0
 log ring@plain local1
 log tcp@127.0.0.1:601 len 200 local2
 log backend@farm local3
 log backend@streams local4 info err
ring short
 description two words
 format short
 maxlen 100
 size 20000
 timeout connect 5s
 timeout server 10s
 server s1 127.0.0.1:6514 log-proto octet-count max-reuse 7
ring plain
 server a unix@/dev/none
backend farm
 mode log
 balance sticky
 server a udp@127.0.0.1:5140
 server b dgram+unix@/run/log backup
backend streams
 mode log
 timeout server 3s
 server a 127.0.0.1:5141 log-proto octet-count log-bufsize 5000
log-forward relay
 bind 127.0.0.1:5142
 dgram-bind 127.0.0.1:5143-5144
 maxconn 3
 timeout client 9s
 option assume-rfc6587-ntf
 option host append
 log global
 log 127.0.0.1:5145 local0
 log ring@short local0
",
    );
    let global: Vec<_> = model.global.log_targets.iter().map(|it| (&it.transport, it.format, it.max_length)).collect();
    assert_eq!(
        global,
        [
            (&Transport::Ring(0), LogFormat::Short, 101),
            (&Transport::Ring(1), LogFormat::Raw, 1024),
            (&Transport::Ring(2), LogFormat::Local, 200),
            (&Transport::Farm(0), LogFormat::Local, 1024),
            (&Transport::Farm(1), LogFormat::Local, 1024),
        ],
        "a ring's own format and length count"
    );
    let names: Vec<_> = model.logging.rings.iter().map(|ring| ring.name.as_str()).collect();
    assert_eq!(names, ["short", "plain", "ring#1", "streams/a"]);
    let short = &model.logging.rings[0];
    assert_eq!((short.description.as_str(), short.max_length), ("two words", 100));
    assert_eq!((short.connect_timeout_ms, short.server_timeout_ms), (Some(5000), Some(10_000)));
    assert_eq!((short.servers[0].framing, short.servers[0].max_reuse), (Framing::OctetCount, Some(7)));
    let streams = &model.logging.rings[3];
    assert_eq!((streams.server_timeout_ms, streams.servers[0].framing), (Some(3000), Framing::OctetCount));
    assert!(streams.live.longest_line() < 5000 && streams.live.longest_line() > 4900);
    let farm = &model.logging.farms[0];
    assert_eq!((farm.balance, farm.servers[1].backup), (LogBalance::Sticky, true));
    assert_eq!(farm.servers[0].transport, Transport::Udp("127.0.0.1:5140".parse().unwrap()));
    assert_eq!(farm.servers[1].transport, Transport::UnixDatagram("/run/log".into()));
    assert_eq!(model.logging.farms[1].servers[0].transport, Transport::Ring(3));
    let relay = &model.logging.forwards[0];
    let listeners: Vec<_> = relay.listeners.iter().map(|it| (it.address.to_string(), it.datagrams)).collect();
    let expected = [("127.0.0.1:5142", false), ("127.0.0.1:5143", true), ("127.0.0.1:5144", true)];
    assert_eq!(listeners, expected.map(|(address, datagrams)| (address.to_owned(), datagrams)));
    let keeps: Vec<_> = relay.targets.iter().map(|line| line.keeps_format).collect();
    assert_eq!(keeps, [false, false, true, true, true, true, false], "rings of one's own have a format");
    assert_eq!((relay.maxconn, relay.client_timeout_ms, relay.assume_lines), (3, Some(9000), true));
    assert_eq!((relay.dont_parse, relay.host), (false, HostStrategy::Append));
}

#[test]
fn formats_of_log_lines() {
    let model = model(&format!(
        "defaults\n mode http\n log stdout format rfc5424 profile p local0\n log-format d:%ci\n log-steps accept,close\n error-log-format e\n\
         {TIMEOUTS}frontend own\n bind :80\n log-format own\n log-format-sd sd\nfrontend option\n bind :81\n option tcplog clf\nfrontend \
         inherited\n bind :82\nfrontend tls\n bind :83\n option httpslog\nlog-profile p\n log-tag t\n on close format a\n on any drop\nglobal\n tune.http.logurilen 20\n"
    ));
    let log = |name| &proxy(&model, name).log;
    let (own, option, inherited) = (log("own"), log("option"), log("inherited"));
    assert_eq!((own.format, option.format), (LineFormat::Custom, LineFormat::TcpClf));
    assert!(own.structured_data.is_some() && inherited.structured_data.is_none() && inherited.error_line.is_some());
    assert!(own.line.as_ref().unwrap().is_literal() && !inherited.line.as_ref().unwrap().is_literal());
    assert_eq!(log("tls").format, LineFormat::Https);
    assert!(log("tls").line.is_some());
    let steps = inherited.steps.unwrap();
    assert!(steps.contains(Origin::Accept) && steps.contains(Origin::Close) && !steps.contains(Origin::Request));
    assert_eq!((own.targets[0].profile, model.directory.request_line_limit), (Some(0), 20));
    let profile = &model.logging.profiles[0];
    assert_eq!(profile.tag.as_deref(), Some("t"));
    assert!(profile.step(Origin::Close).unwrap().format.is_some() && profile.step(Origin::Accept).unwrap().drop);
}

#[test]
fn without_http_there_is_less_to_tell() {
    let loaded = load(&format!("{LOGGED}frontend layer4\n mode tcp\n{TIMEOUTS} bind :84\n option httpslog\n"));
    assert!(messages(&loaded).iter().any(|message| message.contains("logs as with 'option tcplog'")));
    assert_eq!(proxy(&loaded.model.unwrap(), "layer4").log.format, LineFormat::Tcp);
}

/// A target for log lines.
const LOGGED: &str = "defaults\n log stdout format raw local0\n";
