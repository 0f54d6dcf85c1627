use super::*;

fn request(target: &str, host: Option<&str>) -> RequestHead {
    let mut head = RequestHead::new();
    head.set_target(target.as_bytes()).unwrap();
    if let Some(host) = host {
        head.headers.append(b"Host", host.as_bytes()).unwrap();
    }
    head
}

fn shown(head: &RequestHead) -> (String, Option<String>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(head.target()), head.headers.find(KnownHeader::Host).map(text))
}

#[test]
fn parts_of_the_target() {
    for (target, path, query, both, expected) in [
        ("/a?b#c", "/x", "?y", "/z?w", ["/x?b#c", "/a?y#c", "/z?w#c"]),
        ("/a", "/longer/path", "?y", "/", ["/longer/path", "/a?y", "/"]),
        ("http://h/a?b", "/x", "", "/z", ["http://h/x?b", "http://h/a", "http://h/z"]),
        ("http://h", "/x", "?y", "/z", ["http://h/x", "http://h?y", "http://h/z"]),
        ("*", "/x", "?y", "/z?w", ["/x", "*?y", "/z?w"]),
    ] {
        let results = [
            &|head: &mut RequestHead| head.set_path(path.as_bytes()),
            &|head: &mut RequestHead| head.set_query(query.as_bytes()),
            &|head: &mut RequestHead| head.set_path_and_query(both.as_bytes()),
        ] as [&dyn Fn(&mut RequestHead) -> Result<(), EditError>; 3];
        for (edit, expected) in results.iter().zip(expected) {
            let mut head = request(target, None);
            edit(&mut head).unwrap();
            assert_eq!(shown(&head).0, expected, "{target}");
        }
    }
}

#[test]
fn host_and_target_change_together() {
    for (target, host, edit_host, expected) in [
        ("/a", Some("h"), "i:81", ("/a", "i:81")),
        ("/a", None, "i", ("/a", "i")),
        ("http://h/a?b", Some("h"), "longer.example", ("http://longer.example/a?b", "longer.example")),
        ("http://h", Some("h"), "i", ("http://i", "i")),
    ] {
        let mut head = request(target, host);
        head.set_host(edit_host.as_bytes()).unwrap();
        assert_eq!(shown(&head), (expected.0.to_owned(), Some(expected.1.to_owned())), "{target}");
    }
    for (target, host, uri, expected) in [
        ("/a", Some("h"), "/b", ("/b", Some("h"))),
        ("/a", Some("h"), "http://x:80/abs", ("http://x:80/abs", Some("x:80"))),
        ("/a", None, "http://u@x/abs", ("http://u@x/abs", Some("x"))),
        ("/a", Some("h"), "*", ("*", Some("h"))),
        ("/a", Some("h"), "x:443", ("x:443", Some("x:443"))),
    ] {
        let mut head = request(target, host);
        head.set_uri(uri.as_bytes()).unwrap();
        assert_eq!(shown(&head), (expected.0.to_owned(), expected.1.map(str::to_owned)), "{uri}");
    }
}

#[test]
fn what_would_break_the_start_line_is_refused() {
    let mut head = request("/a", Some("h"));
    for target in ["", "a b", "a\tb", "a\r\n", "a\n", "a\0"] {
        assert_eq!(head.set_target(target.as_bytes()), Err(EditError::BadValue), "{target:?}");
        assert_eq!(head.set_uri(target.as_bytes()), Err(EditError::BadValue));
    }
    assert_eq!(head.set_path(b"/a b"), Err(EditError::BadValue));
    assert_eq!(head.set_path(b""), Err(EditError::BadValue), "nothing would be left");
    assert_eq!(head.set_host(b"a b"), Err(EditError::BadValue));
    assert_eq!(head.set_method(b"A B"), Err(EditError::BadName));
    assert_eq!(head.set_method(b""), Err(EditError::BadName));
    assert_eq!(shown(&head), ("/a".to_owned(), Some("h".to_owned())));

    let mut response = ResponseHead::new();
    assert_eq!(response.set_reason(b"a\r\nb"), Err(EditError::BadValue));
}

#[test]
fn methods_and_copies() {
    let mut head = request("/a", Some("h"));
    assert_eq!((head.method(), head.method_bytes()), (Method::Get, &b"GET"[..]));
    head.set_method(b"purge").unwrap();
    assert_eq!((head.method(), head.method_bytes()), (Method::Other, &b"purge"[..]));
    head.set_version(Version::HTTP_2);
    let mut copy = RequestHead::new();
    copy.copy_from(&head);
    assert_eq!(
        (copy.method_bytes(), copy.target(), copy.version_bytes()),
        (&b"purge"[..], &b"/a"[..], &b"HTTP/2.0"[..])
    );
    head.clear();
    assert_eq!((head.method_bytes(), head.target(), head.version()), (&b"GET"[..], &b""[..], Version::HTTP_11));
}
