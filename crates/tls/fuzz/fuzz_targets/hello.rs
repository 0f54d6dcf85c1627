//! Hellos: in pieces as in one, whatever records they are cut into, and never beyond their end.
#![no_main]

use burdock_tls::hello::{
    ClientHello, Extension, Parsed, ServerHello, client_hello, handshake, offered_version, server_hello,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&step, stream)) = data.split_first() else { return };
    let whole = handshake(stream);
    // What was understood of a beginning is not taken back.
    for end in 0..stream.len() {
        match handshake(&stream[..end]) {
            Parsed::Partial => {}
            earlier => assert_eq!(earlier, whole),
        }
    }
    offered_version(stream);
    if let Parsed::Complete(body) = server_hello(stream) {
        assert_eq!(ServerHello::parse(&body).unwrap().random.len(), 32);
    }
    let Parsed::Complete(body) = client_hello(stream) else { return };
    let hello = ClientHello::parse(&body).unwrap();
    hello.server_name();
    let extensions = [
        Extension::ServerName,
        Extension::SupportedGroups,
        Extension::PointFormats,
        Extension::SignatureAlgorithms,
        Extension::Alpn,
        Extension::SessionTicket,
        Extension::SupportedVersions,
        Extension::KeyShare,
    ];
    for extension in extensions {
        assert!(hello.list_in(extension).unwrap_or_default().len() <= body.len());
    }
    assert!(hello.extensions().count() + hello.protocols().count() + hello.versions().count() <= 2 * body.len());
    assert!(hello.key_share_groups().into_iter().flatten().count() <= body.len());

    // The same message in records of another size.
    let mut message = vec![1];
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(&body);
    let mut cut = Vec::new();
    for piece in message.chunks(usize::from(step).max(1)) {
        cut.extend_from_slice(&[22, 3, 3]);
        cut.extend_from_slice(&(piece.len() as u16).to_be_bytes());
        cut.extend_from_slice(piece);
    }
    assert_eq!(client_hello(&cut), Parsed::Complete(body));
});
