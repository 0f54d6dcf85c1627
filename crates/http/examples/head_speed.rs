//! How long the codec takes for a typical request: a number to look at while changing it, not a test.
//! `cargo run --release -p burdock-http --example head_speed`
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use burdock_http::cookie::request_cookies;
use burdock_http::h1::{
    BodyDecoder, BodyEncoder, BodyFraming, HeadLimits, ParseRules, RequestContext, RequestParser, ResponseParser,
    WriteOptions, write_request,
};
use burdock_http::{Headers, KnownHeader, RequestHead, ResponseHead};
use std::hint::black_box;
use std::time::Instant;

const REQUEST: &[u8] = b"GET /some/path/to/a/page.html?with=a&query=string HTTP/1.1\r\nHost: www.example.com\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip, deflate\r\n\
    Accept-Language: en-US,en;q=0.5\r\nConnection: keep-alive\r\nCookie: SRVNAME=SA; session=0123456789\r\nX-Request: 17\r\n\r\n";

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: Apache\r\nContent-Type: text/html\r\n\
    Content-Length: 1024\r\nCache-Control: max-age=60\r\nETag: \"0123456789\"\r\nVary: Accept-Encoding\r\n\r\n";

const CHUNKED: &[u8] = b"10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";

const BATCHES: usize = 2001;
const BATCH: u128 = 200;

fn main() {
    let (limits, rules) = (HeadLimits::default(), ParseRules::default());
    let (mut request, mut response, mut wire) = (RequestHead::new(), ResponseHead::new(), Vec::new());
    let mut trailers = Headers::new();
    let context = RequestContext::default();

    println!("{} bytes of request, {} of response", REQUEST.len(), RESPONSE.len());
    measure("parse request", || {
        let _ = black_box(RequestParser::new().parse(black_box(REQUEST), &limits, &rules, &mut request));
    });
    measure("parse response", || {
        let _ = black_box(ResponseParser::new().parse(black_box(RESPONSE), &limits, &rules, context, &mut response));
    });
    measure("look for six headers", || {
        for known in [KnownHeader::Host, KnownHeader::Te, KnownHeader::Upgrade, KnownHeader::Expect, KnownHeader::Via] {
            black_box(black_box(&request).headers.find(known));
        }
        black_box(black_box(&request).headers.find_by_name(b"x-request"));
    });
    measure("find a cookie", || {
        black_box(request_cookies(black_box(&request.headers), b"SRVNAME").next());
    });
    measure("add a header and write the request", || {
        wire.clear();
        let _ = request.headers.append_known(KnownHeader::XForwardedFor, b"192.0.2.1");
        write_request(black_box(&request), &WriteOptions::default(), &mut wire);
        request.headers.remove(request.headers.len() - 1);
    });
    measure("decode and encode two chunks", || {
        let mut decoder = BodyDecoder::new(BodyFraming::Chunked);
        let mut encoder = BodyEncoder::new(BodyFraming::Chunked);
        let mut rest = black_box(CHUNKED);
        while let Ok(decoded) = decoder.decode(rest, &limits, &mut trailers) {
            let _ = black_box(encoder.frame(decoded.payload.len(), decoded.finished));
            rest = rest.get(decoded.consumed..).unwrap_or_default();
            if decoded.finished {
                break;
            }
        }
    });
}

/// Prints the median over batches, which a busy machine disturbs little.
fn measure(what: &str, mut action: impl FnMut()) {
    let mut batches: Vec<u128> = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..BATCH {
                action();
            }
            start.elapsed().as_nanos() / BATCH
        })
        .collect();
    batches.sort_unstable();
    println!("{what}: {} ns", batches.get(batches.len() / 2).copied().unwrap_or_default());
}
