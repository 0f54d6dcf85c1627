use super::*;

fn headers_of(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    headers
}

fn lines(headers: &Headers) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    headers.iter().map(|header| format!("{}: {}", text(header.name), text(header.value))).collect()
}

/// What `byte_size` must be, computed anew.
fn size(headers: &Headers) -> usize {
    headers.iter().map(|header| header.name.len() + header.value.len() + FIELD_OVERHEAD).sum()
}

#[test]
fn looking_up() {
    let headers = headers_of(&[("X-A", "1"), ("Host", "h"), ("x-b", "2"), ("x-a", "3"), ("HOST", "i")]);
    assert_eq!(lines(&headers), ["x-a: 1", "host: h", "x-b: 2", "x-a: 3", "host: i"]);
    assert_eq!(headers.find(KnownHeader::Host), Some(&b"h"[..]));
    assert_eq!(headers.find(KnownHeader::Cookie), None);
    assert_eq!(headers.find_by_name(b"x-b"), Some(&b"2"[..]));
    assert_eq!(headers.find_by_name(b"host"), Some(&b"h"[..]));
    assert_eq!(headers.find_by_name(b"x-c"), None);
    assert_eq!(headers.position(KnownHeader::Host), Some(1));
    let at = |found: Vec<(usize, &[u8])>| found.into_iter().map(|(index, _)| index).collect::<Vec<_>>();
    assert_eq!(at(headers.all(KnownHeader::Host).collect()), [1, 4]);
    assert_eq!(at(headers.all(KnownHeader::Other).collect()), [0, 2, 3]);
    assert_eq!(at(headers.all_by_name(b"x-a").collect()), [0, 3]);
    assert_eq!(at(headers.all_named(&HeaderName::parse(b"X-A").unwrap()).rev().collect()), [3, 0]);
    assert_eq!(at(headers.all_named(&KnownHeader::Host.into()).collect()), [1, 4]);
    assert!(headers.contains(KnownHeader::Host) && !headers.contains(KnownHeader::Te));
    assert_eq!(headers.value(9), b"");
    assert_eq!(headers.get(9), None);
}

#[test]
fn changing() {
    let mut headers = headers_of(&[("a", "1"), ("b", "22"), ("a", "333")]);
    headers.insert(1, b"C", b"4").unwrap();
    assert_eq!(lines(&headers), ["a: 1", "c: 4", "b: 22", "a: 333"]);
    headers.replace_value(2, b"").unwrap();
    headers.replace_value(1, b"longer than before").unwrap();
    headers.replace_value(9, b"nowhere").unwrap();
    assert_eq!(lines(&headers), ["a: 1", "c: longer than before", "b: ", "a: 333"]);
    headers.splice_value(1, 7..11, b"or shorter than").unwrap();
    headers.splice_value(3, 1..2, b"").unwrap();
    headers.splice_value(3, 0..9, b"outside").unwrap();
    assert_eq!(lines(&headers), ["a: 1", "c: longer or shorter than before", "b: ", "a: 33"]);
    assert_eq!(headers.byte_size(), size(&headers));
    headers.set(&HeaderName::parse(b"A").unwrap(), b"5").unwrap();
    headers.set(&KnownHeader::Host.into(), b"h").unwrap();
    assert_eq!(lines(&headers), ["a: 5", "c: longer or shorter than before", "b: ", "host: h"]);
    assert_eq!(headers.remove_all(KnownHeader::Host), 1);
    assert_eq!(headers.remove_all(KnownHeader::Host), 0);
    assert_eq!(headers.remove_all_named(&HeaderName::parse(b"C").unwrap()), 1);
    headers.remove(1);
    headers.remove(1);
    assert_eq!(lines(&headers), ["a: 5"]);
    assert_eq!(headers.byte_size(), size(&headers));
    assert_eq!(headers.retain(|header| header.value != b"5"), 1);
    assert!(headers.is_empty() && headers.byte_size() == 0);
}

#[test]
fn refusals_change_nothing() {
    let mut headers = headers_of(&[("a", "1")]);
    headers.set_max_bytes(20);
    for (name, value, expected) in [
        (&b"b c"[..], &b"1"[..], EditError::BadName),
        (b"", b"1", EditError::BadName),
        (b"b:", b"1", EditError::BadName),
        (b"b", b"1\r\nc: 2", EditError::BadValue),
        (b"b", b"\n", EditError::BadValue),
        (b"b", b"\0", EditError::BadValue),
        (b"b", b"1234567890", EditError::NoRoom),
    ] {
        assert_eq!(headers.append(name, value), Err(expected));
        assert_eq!(lines(&headers), ["a: 1"]);
    }
    assert_eq!(headers.replace_value(0, b"1\r"), Err(EditError::BadValue));
    assert_eq!(headers.replace_value(0, &[b'x'; 16]), Err(EditError::NoRoom));
    assert_eq!(headers.splice_value(0, 0..0, &[b'x'; 15]), Err(EditError::NoRoom));
    assert_eq!(headers.replace_value(0, &[b'x'; 15]), Ok(()));
    assert_eq!(headers.append(b"b", b""), Err(EditError::NoRoom));
}

#[test]
fn memory_is_kept_and_stays_bounded() {
    let mut headers = headers_of(&[("a", "x"), ("b", "y")]);
    for round in 0..10_000usize {
        headers.replace_value(0, "v".repeat(round % 700).as_bytes()).unwrap();
        headers.splice_value(1, 0..0, b"+").unwrap();
        headers.splice_value(1, 0..1, b"").unwrap();
        headers.append(b"c", b"z").unwrap();
        headers.remove(2);
    }
    assert_eq!(headers.value(1), b"y");
    assert_eq!(headers.byte_size(), size(&headers));
    assert!(headers.arena.len() <= 4 * SLACK, "{} bytes", headers.arena.len());

    let capacity = headers.arena.capacity();
    headers.clear();
    assert!(headers.is_empty() && headers.byte_size() == 0 && !headers.contains(KnownHeader::Host));
    assert_eq!(headers.arena.capacity(), capacity);
    headers.shrink(100);
    assert!(headers.arena.capacity() < capacity);
}

#[test]
fn copies_are_equal() {
    let headers = headers_of(&[("Host", "h"), ("x", "1")]);
    let mut copy = headers_of(&[("old", "field")]);
    copy.copy_from(&headers);
    assert!(copy.iter().eq(headers.iter()));
    assert_eq!(copy.byte_size(), headers.byte_size());
    assert!(copy.contains(KnownHeader::Host));
}
