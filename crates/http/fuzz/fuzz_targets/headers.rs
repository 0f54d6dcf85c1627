//! The header list against a simple model under random changes.
#![no_main]

use burdock_http::{HeaderName, Headers, KnownHeader};
use libfuzzer_sys::fuzz_target;

const NAMES: [&[u8]; 6] = [b"Host", b"cookie", b"X-A", b"x-b", b"TE", b"content-length"];

fuzz_target!(|data: &[u8]| {
    let mut headers = Headers::new();
    let mut model: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut bytes = data.iter().copied();
    let mut next = || bytes.next();
    while let (Some(action), Some(name), Some(index), Some(len)) = (next(), next(), next(), next()) {
        let name = NAMES[usize::from(name) % NAMES.len()];
        let index = usize::from(index) % (model.len() + 1);
        let value = vec![b'a' + len % 26; usize::from(len)];
        let lower = name.to_ascii_lowercase();
        let wanted = lower.clone();
        match action % 9 {
            0 => {
                headers.append(name, &value).unwrap();
                model.push((lower, value));
            }
            1 => {
                headers.insert(index, name, &value).unwrap();
                model.insert(index, (lower, value));
            }
            2 => {
                headers.replace_value(index, &value).unwrap();
                if let Some(field) = model.get_mut(index) {
                    field.1 = value;
                }
            }
            3 => {
                headers.remove(index);
                if index < model.len() {
                    model.remove(index);
                }
            }
            4 => {
                headers.remove_all_named(&HeaderName::parse(name).unwrap());
                model.retain(|field| field.0 != lower);
            }
            5 => {
                let first = model.iter().position(|field| field.0 == lower);
                headers.set(&HeaderName::parse(name).unwrap(), &value).unwrap();
                match first {
                    None => model.push((lower, value)),
                    Some(first) => {
                        model[first].1 = value;
                        let mut position = 0;
                        model.retain(|field| {
                            position += 1;
                            position - 1 <= first || field.0 != lower
                        });
                    }
                }
            }
            6 => {
                if let Some(field) = model.get_mut(index) {
                    let end = field.1.len() / 2;
                    let start = end / 2;
                    headers.splice_value(index, start..end, &value).unwrap();
                    field.1.splice(start..end, value);
                }
            }
            7 => {
                let known = KnownHeader::from_lower_case(&lower);
                if known != KnownHeader::Other {
                    headers.remove_all(known);
                    model.retain(|field| field.0 != lower);
                }
            }
            _ => {
                if action > 200 {
                    headers.clear();
                    model.clear();
                }
            }
        }
        assert!(headers.iter().map(|h| (h.name, h.value)).eq(model.iter().map(|f| (&f.0[..], &f.1[..]))));
        assert_eq!(headers.byte_size(), model.iter().map(|f| f.0.len() + f.1.len() + 4).sum::<usize>());
        let found = model.iter().find(|field| field.0 == wanted).map(|field| field.1.as_slice());
        assert_eq!(headers.find_by_name(&wanted), found);
    }
});
