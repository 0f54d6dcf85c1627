//! What the hello of a client said whose connection we decipher: the pieces that fingerprints such as JA3 are made of. It is kept where
//! `tune.ssl.capture-buffer-size` has room for it, and the lists share that room.

use burdock_tls::hello::{self, ClientHello, Extension, Parsed, is_grease};
use burdock_tls::openssl::cipher;
use xxhash_rust::xxh64::xxh64;

use super::{Client, Side};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::fetch::row::row;
use crate::fetch::{Fetch, FetchOne};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(in crate::fetch) const FETCHES: &[Fetch] = &[
    row(
        "ssl_fc_protocol_hello_id",
        Type::Int,
        Validity::SESSION,
        "The version in front of the client's hello.",
        |input, _| {
            let (major, minor) = Capture::of(input)?.hello.version;
            Some(Value::Int(i64::from(u16::from_be_bytes([major, minor]))))
        },
    ),
    row(
        "ssl_fc_cipherlist_xxh",
        Type::Int,
        Validity::SESSION,
        "A hash (xxh64) of the client's ciphers.",
        |input, _| Some(Value::Int(xxh64(Capture::of(input)?.hello.ciphers, 0).cast_signed())),
    ),
    list("ssl_fc_cipherlist_bin", Type::Bin, "The client's ciphers.", |input, args| bytes(input, args, List::Ciphers)),
    list("ssl_fc_cipherlist_hex", Type::Str, "The client's ciphers as hexadecimal digits.", |input, args| {
        let mut digits = input.scratch.buffer();
        for byte in wanted(input, args, List::Ciphers)? {
            digits.format(format_args!("{byte:02X}"))?;
        }
        Some(Value::Str(digits.finish()))
    }),
    list("ssl_fc_cipherlist_str", Type::Str, "The names of the client's ciphers.", |input, args| {
        let mut names = input.scratch.buffer();
        for pair in wanted(input, args, List::Ciphers)?.chunks_exact(2) {
            if !names.is_empty() {
                names.push_some(b",");
            }
            let number = u16::from_be_bytes([pair[0], pair[1]]);
            match cipher(number) {
                Some(cipher) => names.push_some(cipher.name.as_bytes()),
                None => names.push_some(input.scratch.format(format_args!("UNKNOWN({number:04x})"))),
            }
        }
        Some(Value::Str(names.finish()))
    }),
    list("ssl_fc_extlist_bin", Type::Bin, "The types of the client's extensions.", |input, args| {
        bytes(input, args, List::Extensions)
    }),
    list("ssl_fc_eclist_bin", Type::Bin, "The client's groups for key exchange.", |input, args| {
        bytes(input, args, List::Groups)
    }),
    row("ssl_fc_ecformats_bin", Type::Bin, Validity::SESSION, "The client's formats of points.", |input, _| {
        Capture::of(input)?.list(input, List::Formats).map(Value::Bin)
    }),
    list("ssl_fc_sigalgs_bin", Type::Bin, "The client's signature algorithms.", |input, args| {
        bytes(input, args, List::Algorithms)
    }),
    list("ssl_fc_supported_versions_bin", Type::Bin, "The client's versions.", |input, args| {
        bytes(input, args, List::Versions)
    }),
];

const fn list(name: &'static str, output: Type, doc: &'static str, run: FetchOne) -> Fetch {
    let args = ArgSpec { usage: "[<filter_option>]", kinds: &[ArgKind::Integer], required: 0 };
    row(name, output, Validity::SESSION, doc, run).with(args)
}

/// A list in a hello.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Ciphers,
    Extensions,
    Groups,
    Formats,
    Versions,
    Algorithms,
}

/// In this order they take of the room that there is.
const KEPT: [List; 6] =
    [List::Ciphers, List::Extensions, List::Groups, List::Formats, List::Versions, List::Algorithms];

/// The filter that leaves out what stands for nothing (RFC 8701).
const WITHOUT_GREASE: i64 = 1;

/// A hello, and how much of its lists is kept.
struct Capture<'a> {
    hello: ClientHello<'a>,
    room: usize,
}

impl<'a> Capture<'a> {
    fn of(input: &Input<'a>) -> Option<Self> {
        let facts = Client::facts(input)?;
        let Parsed::Complete(body) = hello::client_hello(facts.client_hello.as_deref()?) else { return None };
        let hello = ClientHello::parse(input.scratch.keep(body))?;
        (facts.capture_limit > 0).then_some(Self { hello, room: facts.capture_limit })
    }

    /// So much of a list as is kept; nothing of one that is empty.
    fn list(&self, input: &Input<'a>, wanted: List) -> Option<&'a [u8]> {
        let mut room = self.room;
        for list in KEPT {
            let all = self.whole(input, list);
            let kept = match list {
                List::Extensions => all.len().min(room) & !1,
                _ => all.len().min(room),
            };
            if list == wanted {
                return all.get(..kept).filter(|kept| !kept.is_empty());
            }
            room -= kept;
        }
        None
    }

    fn whole(&self, input: &Input<'a>, list: List) -> &'a [u8] {
        let extension = match list {
            List::Ciphers => return self.hello.ciphers,
            List::Extensions => {
                let mut kinds = input.scratch.buffer();
                self.hello.extensions().for_each(|(kind, _)| kinds.push_some(&kind.to_be_bytes()));
                return kinds.finish();
            }
            List::Groups => Extension::SupportedGroups,
            List::Formats => Extension::PointFormats,
            List::Versions => Extension::SupportedVersions,
            List::Algorithms => Extension::SignatureAlgorithms,
        };
        self.hello.list_in(extension).unwrap_or_default()
    }
}

fn bytes<'a>(input: &Input<'a>, args: &'a Args, list: List) -> Option<Value<'a>> {
    wanted(input, args, list).map(Value::Bin)
}

/// The list, filtered as the argument says.
fn wanted<'a>(input: &Input<'a>, args: &'a Args, list: List) -> Option<&'a [u8]> {
    let kept = Capture::of(input)?.list(input, list)?;
    if args.integer(0) != Some(WITHOUT_GREASE) {
        return Some(kept);
    }
    let mut real = input.scratch.buffer();
    for pair in kept.chunks_exact(2).filter(|pair| !is_grease(u16::from_be_bytes([pair[0], pair[1]]))) {
        real.push_some(pair);
    }
    Some(real.finish()).filter(|real| !real.is_empty())
}
