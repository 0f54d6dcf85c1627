use super::*;

fn cookies(values: &[&str]) -> Headers {
    let mut headers = Headers::new();
    for value in values {
        headers.append(b"Cookie", value.as_bytes()).unwrap();
    }
    headers.append(b"X-End", b"1").unwrap();
    headers
}

fn values(headers: &Headers, known: KnownHeader) -> Vec<String> {
    headers.all(known).map(|(_, value)| String::from_utf8(value.to_vec()).unwrap()).collect()
}

/// Field value -> the values of its SRV cookies.
#[test]
fn finding() {
    for (text, expected) in [
        ("SRV=SA", &["SA"][..]),
        ("SRV = SA", &["SA"]),
        ("SRV =SA ; b=c", &["SA"]),
        ("a=b; SRV=SA; c=d", &["SA"]),
        ("a=b;SRV=SA;c=d", &["SA"]),
        ("a=b,SRV=SA,c=d", &["SA"]),
        ("SRV=SA,,c=d", &["SA"]),
        (";SRV=SA", &["SA"]),
        ("SRV=SA;", &["SA"]),
        ("  SRV=SA  ", &["SA"]),
        ("a=b;\tSRV=SA;\tc=d", &["SA"]),
        ("$Version=1; SRV=SA; $Path=/; c=d", &["SA"]),
        ("$Version=1,SRV=SA;$Path=\"/\"", &["SA"]),
        ("SRV=\"SA\"", &["\"SA\""]),
        ("SRV=\"SA", &["\"SA"]),
        ("x=\"q; SRV=SA\"; SRV=SB", &["SB"]),
        ("x=\"q\\\"; SRV=SA\"; SRV=SB", &["SB"]),
        ("x=\"open; SRV=SA", &[]),
        ("x=\"open\\", &[]),
        ("SRV==SB", &["=SB"]),
        ("SRV=SA=1", &["SA=1"]),
        ("SRV", &[]),
        ("SRV; a=b", &[]),
        ("SRV=", &[""]),
        ("SRV=; a=b", &[""]),
        ("srv=SA", &[]),
        ("SRV2=SA", &[]),
        ("XSRV=SA", &[]),
        ("SRV=XX; SRV=SA; a=b", &["XX", "SA"]),
        ("SRV=SA~v w; a=b", &["SA~v w"]),
        ("SRV=S\tA; a=b", &["S\tA"]),
        ("a=b c d ; SRV=S A", &["S A"]),
        ("=x; SRV=SA", &["SA"]),
        ("a; SRV=SA; b", &["SA"]),
        ("a SRV=XX; SRV=SA", &["SA"]),
        ("", &[]),
        (";;,", &[]),
    ] {
        let headers = cookies(&[text]);
        let found: Vec<_> = request_cookies(&headers, b"SRV").map(|at| &headers.value(at.field)[at.value]).collect();
        assert_eq!(found, expected.iter().map(|v| v.as_bytes()).collect::<Vec<_>>(), "{text:?}");
    }
}

#[test]
fn finding_over_several_fields() {
    let headers = cookies(&["SRV=XX; a=b", "c=d", "SRV=SB"]);
    let found: Vec<_> = request_cookies(&headers, b"SRV").map(|at| (at.field, at.name, at.value)).collect();
    assert_eq!(found, [(0, 0..3, 4..6), (2, 0..3, 4..6)]);
}

/// `cookie … indirect`: what the server is sent.
#[test]
fn removing() {
    for (fields, expected) in [
        (&["SRV=SA"][..], &[][..]),
        (&["SRV = SA"], &[]),
        (&["SRV =SA ; b=c"], &["b=c"]),
        (&["a=b; SRV=SA; c=d"], &["a=b; c=d"]),
        (&["SRV=SA; c=d"], &["c=d"]),
        (&["a=b; SRV=SA"], &["a=b"]),
        (&["a=b;SRV=SA;c=d"], &["a=b; c=d"]),
        (&["a=b ;SRV=SA ;c=d"], &["a=b; c=d"]),
        (&["a=b, SRV=SA, c=d"], &["a=b, c=d"]),
        (&["a=b,SRV=SA"], &["a=b"]),
        (&["SRV=SA,c=d"], &["c=d"]),
        (&["SRV=SA,,c=d"], &["c=d"]),
        (&["SRV=SA;"], &[]),
        (&[";SRV=SA"], &[]),
        (&["; SRV=SA; a=b"], &["a=b"]),
        (&["; a=b; SRV=SA"], &["; a=b"]),
        (&["$Version=1; SRV=SA; $Path=/; c=d"], &["$Version=1; c=d"]),
        (&["$Version=1; SRV=SA"], &[]),
        (&["$Version=1; a=b; SRV=SA; $Domain=x; c=d"], &["$Version=1; a=b; c=d"]),
        (&["$Version=1,SRV=SA;$Path=\"/\""], &[]),
        (&["SRV=\"SA\""], &[]),
        (&["x=\"q; SRV=SA\"; SRV=SB"], &["x=\"q; SRV=SA\""]),
        (&["SRV"], &["SRV"]),
        (&["", ";;", "$Version=1"], &["", ";;", "$Version=1"]),
        (&["SRV; a=b"], &["SRV; a=b"]),
        (&["SRV=; a=b"], &["a=b"]),
        (&["SRV2=SA; a=b"], &["SRV2=SA; a=b"]),
        (&["SRV=XX; SRV=SA; a=b"], &["a=b"]),
        (&["SRV=XX; a=b; SRV=YY"], &["a=b"]),
        (&["a=b; SRV=XX; SRV=YY; c=d; SRV=ZZ; e=f"], &["a=b; c=d; e=f"]),
        (&["a=b c d ; SRV=S A"], &["a=b c d "]),
        (&["=x; SRV=SA"], &["=x"]),
        (&["a; SRV=SA; b"], &["a; b"]),
        (&["a=b;  SRV=SA;   c=d"], &["a=b; c=d"]),
        (&["a=b;  x=y;   c=d"], &["a=b;  x=y;   c=d"]),
        (&["a=b", "SRV=SB"], &["a=b"]),
        (&["SRV=SB", "a=b"], &["a=b"]),
        (&["SRV=XX", "SRV=SB; c=d"], &["c=d"]),
        (&["SRV=SA", "SRV=SB"], &[]),
        (&["SRV=SA; a=b", "SRV=SB"], &["a=b"]),
    ] {
        let mut headers = cookies(fields);
        remove_request_cookies(&mut headers, b"SRV");
        assert_eq!(values(&headers, KnownHeader::Cookie), expected, "{fields:?}");
        assert_eq!(headers.find_by_name(b"x-end"), Some(&b"1"[..]));
    }
}

#[test]
fn removing_one_keeps_the_others() {
    let mut headers = cookies(&["SRV=XX; a=b; SRV=YY; c=d"]);
    let second = request_cookies(&headers, b"SRV").nth(1).unwrap();
    remove_request_cookie(&mut headers, &second);
    assert_eq!(values(&headers, KnownHeader::Cookie), ["SRV=XX; a=b; c=d"]);
}

#[test]
fn many_cookies_of_the_name_cost_no_quadratic_time() {
    let long = "SRV=a;b=c;".repeat(100_000) + "SRV=a";
    let mut headers = cookies(&[&long]);
    remove_request_cookies(&mut headers, b"SRV");
    assert_eq!(headers.find(KnownHeader::Cookie).unwrap().len(), 5 * 100_000 - 2);
}

/// `cookie … prefix`: what the server is sent.
#[test]
fn stripping_prefixes() {
    for (text, expected) in [
        ("SRV=SA", "SRV=SA"),
        ("SRV=SA~v; a=b", "SRV=v; a=b"),
        ("SRV=XX~v; a=b", "SRV=v; a=b"),
        ("a=b; SRV=SA~v", "a=b; SRV=v"),
        ("SRV=SA~; a=b", "SRV=; a=b"),
        ("SRV=\"SA~v\"; a=b", "SRV=v\"; a=b"),
        ("SRV=SA~v~w; a=b", "SRV=v~w; a=b"),
        ("SRV = SA~v ; a = b", "SRV=v ; a=b"),
        ("SRV=SA~v w", "SRV=v w"),
        ("SRV=SA|zzz; a=b", "SRV=SA|zzz; a=b"),
    ] {
        let mut headers = cookies(&[text]);
        tidy_request_cookies(&mut headers);
        strip_request_cookie_prefixes(&mut headers, b"SRV");
        assert_eq!(values(&headers, KnownHeader::Cookie), [expected], "{text:?}");
    }
}

/// What a client may send must not cost more than its length.
#[test]
fn many_cookies_go_in_one_pass() {
    let many = "SRV=a~b;".repeat(20_000);
    let mut headers = cookies(&[&many]);
    strip_request_cookie_prefixes(&mut headers, b"SRV");
    assert_eq!(values(&headers, KnownHeader::Cookie), ["SRV=b;".repeat(20_000)]);
    let mut headers = cookies(&[&format!("x=1; {many} y=2")]);
    remove_request_cookies(&mut headers, b"SRV");
    assert_eq!(values(&headers, KnownHeader::Cookie), ["x=1; y=2"]);
}

#[test]
fn replacing() {
    let mut headers = cookies(&["a=b; SRV=SA; c=d"]);
    for value in ["longer value", "", "x"] {
        let at = request_cookies(&headers, b"SRV").next().unwrap();
        replace_request_cookie(&mut headers, &at, value.as_bytes()).unwrap();
        assert_eq!(values(&headers, KnownHeader::Cookie), [format!("a=b; SRV={value}; c=d")]);
    }
    let at = request_cookies(&headers, b"SRV").next().unwrap();
    assert_eq!(replace_request_cookie(&mut headers, &at, b"a\r\nb"), Err(EditError::BadValue));
}

#[test]
fn blanks_around_equals() {
    for (text, expected) in [
        ("a = b ; c = d", "a=b ; c=d"),
        ("a =b;c= d", "a=b;c=d"),
        ("a\t=\t b", "a=b"),
        ("a = ; b", "a=; b"),
        ("a b = c; d = e", "a b = c; d=e"),
        ("x = \"q ; y = z\" ; w =v", "x=\"q ; y = z\" ; w=v"),
        ("a=b; c=d", "a=b; c=d"),
        ("", ""),
        ("x; = y", "x; =y"),
        ("a =", "a="),
    ] {
        let mut headers = cookies(&[text]);
        tidy_request_cookies(&mut headers);
        assert_eq!(values(&headers, KnownHeader::Cookie), [expected], "{text:?}");
    }
}

fn set_cookie_fields(values: &[&str]) -> Headers {
    let mut headers = Headers::new();
    for value in values {
        headers.append(b"Set-Cookie", value.as_bytes()).unwrap();
    }
    headers.append(b"Set-Cookie2", b"SRV=x").unwrap();
    headers
}

/// A server's Set-Cookie fields -> with the cookie removed, rewritten and prefixed.
#[test]
fn servers_cookies() {
    for (fields, removed, rewritten, prefixed) in [
        (&["SRV=x"][..], &[][..], &["SRV=SA"][..], &["SRV=SA~x"][..]),
        (&["SRV=x; path=/; HttpOnly"], &[], &["SRV=SA; path=/; HttpOnly"], &["SRV=SA~x; path=/; HttpOnly"]),
        (&["SRV = x ; path=/"], &[], &["SRV=SA ; path=/"], &["SRV=SA~x ; path=/"]),
        (&["SRV=x;path=/"], &[], &["SRV=SA;path=/"], &["SRV=SA~x;path=/"]),
        (&["SRV=x, b=c"], &[], &["SRV=SA, b=c"], &["SRV=SA~x, b=c"]),
        (&["b=c, SRV=x"], &["b=c, SRV=x"], &["b=c, SRV=x"], &["b=c, SRV=x"]),
        (&["b=c; SRV=x"], &["b=c; SRV=x"], &["b=c; SRV=x"], &["b=c; SRV=x"]),
        (&["SRV=\"x; y\"; path=/"], &[], &["SRV=SA; path=/"], &["SRV=SA~\"x; y\"; path=/"]),
        (&["SRV=; path=/"], &[], &["SRV=SA; path=/"], &["SRV=SA~; path=/"]),
        (&["SRV; path=/"], &["SRV; path=/"], &["SRV; path=/"], &["SRV; path=/"]),
        (&["srv=x"], &["srv=x"], &["srv=x"], &["srv=x"]),
        (&["SRVX=x"], &["SRVX=x"], &["SRVX=x"], &["SRVX=x"]),
        (
            &["a=b", "SRV=x; path=/", "c=d"],
            &["a=b", "c=d"],
            &["a=b", "SRV=SA; path=/", "c=d"],
            &["a=b", "SRV=SA~x; path=/", "c=d"],
        ),
        (&["SRV=x", "SRV=y"], &[], &["SRV=SA", "SRV=SA"], &["SRV=SA~x", "SRV=SA~y"]),
        (&["SRV=x=y z"], &[], &["SRV=SA"], &["SRV=SA~x=y z"]),
        (&["=x"], &["=x"], &["=x"], &["=x"]),
        (&["a = b; c = d"], &["a=b; c = d"], &["a=b; c = d"], &["a=b; c = d"]),
        (&[""], &[""], &[""], &[""]),
    ] {
        let mut headers = set_cookie_fields(fields);
        tidy_set_cookies(&mut headers);
        let tidied = headers.clone();
        remove_set_cookies(&mut headers, b"SRV");
        assert_eq!(values(&headers, KnownHeader::SetCookie), removed, "{fields:?}");

        for (expected, edit) in [
            (rewritten, &replace_set_cookie as &dyn Fn(&mut Headers, &SetCookieAt, &[u8]) -> Result<(), EditError>),
            (prefixed, &prefix_set_cookie),
        ] {
            headers = tidied.clone();
            let value: &[u8] = if expected == rewritten { b"SA" } else { b"SA~" };
            let found: Vec<_> = set_cookies(&headers, b"SRV").collect();
            for at in &found {
                edit(&mut headers, at, value).unwrap();
            }
            assert_eq!(values(&headers, KnownHeader::SetCookie), expected, "{fields:?}");
            assert_eq!(values(&headers, KnownHeader::SetCookie2), ["SRV=x"]);
        }
    }
}
