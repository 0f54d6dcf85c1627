//! Cookies: removing, stripping and tidying one leaves the others as they were.
#![no_main]

use burdock_http::cookie::{
    pairs, remove_request_cookies, remove_set_cookies, replace_request_cookie, request_cookies, set_cookies,
    tidy_request_cookies, tidy_set_cookies,
};
use burdock_http::{Headers, KnownHeader};
use libfuzzer_sys::fuzz_target;

const NAME: &[u8] = b"S";

fuzz_target!(|data: &[u8]| {
    let mut headers = Headers::new();
    for value in data.split(|&byte| matches!(byte, b'\r' | b'\n' | 0)) {
        // As a parser leaves them: without blanks at the ends.
        headers.append(b"cookie", burdock_http::bytes::trim(value)).unwrap();
        headers.append(b"set-cookie", burdock_http::bytes::trim(value)).unwrap();
    }
    let before = cookies(&headers);
    tidy_request_cookies(&mut headers);
    assert_eq!(cookies(&headers), before, "tidying changed a cookie");
    tidy_set_cookies(&mut headers);

    let mut replaced = headers.clone();
    if let Some(at) = request_cookies(&headers, NAME).next() {
        replace_request_cookie(&mut replaced, &at, b"value").unwrap();
        let first = request_cookies(&replaced, NAME).next().unwrap();
        assert_eq!(&replaced.value(first.field)[first.value], b"value");
    }

    remove_request_cookies(&mut headers, NAME);
    assert_eq!(request_cookies(&headers, NAME).count(), 0);
    let others: Vec<_> = before.into_iter().filter(|(name, _)| name != NAME).collect();
    assert_eq!(cookies(&headers), others, "removing touched another cookie");

    remove_set_cookies(&mut headers, NAME);
    assert_eq!(set_cookies(&headers, NAME).count(), 0);
});

/// Names and values of all cookies, without attributes, which go with the cookie before them.
fn cookies(headers: &Headers) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    for (_, text) in headers.all(KnownHeader::Cookie) {
        for pair in pairs(text) {
            let name = &text[pair.name];
            if let Some(value) = pair.value.filter(|_| !name.starts_with(b"$")) {
                found.push((name.to_vec(), text[value].to_vec()));
            }
        }
    }
    found
}
