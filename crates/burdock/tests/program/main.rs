//! Drives the real binary with real clients and servers, over loopback. What is expected is HAProxy's behaviour as measured; run
//! with `BURDOCK_BIN` set to a HAProxy 3.5 the tests describe that. Where Burdock is meant to differ, the test says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests: a failed expectation is the report"
)]

mod aborts;
mod acknowledgements;
mod acme;
mod answers;
mod bandwidth;
mod checks;
mod compare;
mod cookie_choice;
mod curl_jar;
mod directives;
mod dynamic_servers;
mod error_pages;
mod fcgi;
mod fcgi_php;
mod grpc;
mod hashing;
mod http1_messages;
mod http1_smuggling;
mod http1_tunnels;
mod http2;
mod http2_floods;
mod http2_servers;
mod http2_tools;
mod inspection;
mod log_routes;
mod log_tls;
mod logs;
mod metrics;
mod nginx_backend;
mod old_files;
mod persistence_options;
mod proxy_protocol;
mod queues;
mod references;
mod resolvers;
mod retries;
mod reuse;
mod rewriting;
mod samples;
mod server_names;
mod sessions_php;
mod set_cookie;
mod startup;
mod states;
mod stick_tables;
mod support;
mod switch_mode;
mod tcp_mode;
mod timeouts;
mod tls;
mod tls_certificates;
mod tls_compare;
mod tls_early;
mod tls_revocation;
mod tls_servers;
mod tls_sessions;
mod tokens;
