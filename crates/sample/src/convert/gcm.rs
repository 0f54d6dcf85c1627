//! Authenticated ciphers (configuration manual 7.3.1): AES in Galois/counter mode (NIST SP 800-38D) with nonces of any length that HAProxy
//! takes, which is why the mode is put together here from its two halves.

use aes::{Aes128, Aes192, Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, KeyIvInit, KeySizeUser, StreamCipher, consts::U16};
use ctr::Ctr32BE;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;

use super::Converter;
use super::argument::{BASE64, bytes};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};
use crate::variable;

/// The size of a block and of a tag, in bytes.
const BLOCK: usize = 16;

/// The longest nonce, in bytes, as OpenSSL has it.
const NONCE_LIMIT: usize = 128;

/// The size of a nonce that needs no hash, in bytes.
const PLAIN_NONCE: usize = 12;

const BITS: ArgKind = ArgKind::Choice(&["128", "192", "256"]);

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "aes_gcm_enc",
        args: ArgSpec {
            usage: "<bits>,<nonce>,<key>,<aead_tag>[,<aad>]",
            kinds: &[BITS, BASE64, BASE64, ArgKind::Variable, BASE64],
            required: 4,
        },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The bytes, encrypted by AES-GCM with a nonce and a key in base64; a variable gets the tag, in base64 too.",
        run: encrypt,
    },
    Converter {
        name: "aes_gcm_dec",
        args: ArgSpec {
            usage: "<bits>,<nonce>,<key>,<aead_tag>[,<aad>]",
            kinds: &[BITS, BASE64, BASE64, BASE64, BASE64],
            required: 4,
        },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The bytes, decrypted by AES-GCM with a nonce, a key and a tag in base64; nothing where the tag is wrong.",
        run: decrypt,
    },
];

fn encrypt<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Bin(text) = value else { return None };
    let mut mode = Mode::of(input, args)?;
    let text = input.scratch.copy(text);
    mode.stream.try_apply_keystream(text).ok()?;
    let tag = STANDARD.encode(mode.tag(bytes(input, args, 4)?, text));
    // Where the variable's scope is not at hand, nobody could ever decrypt the text.
    variable::set(input, args.variable(3)?, Some(Value::Str(tag.as_bytes()))).then_some(Value::Bin(text))
}

fn decrypt<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Bin(text) = value else { return None };
    let mut mode = Mode::of(input, args)?;
    let tag = mode.tag(bytes(input, args, 4)?, text);
    if !bool::from(tag.as_slice().ct_eq(bytes(input, args, 3)?)) {
        return None;
    }
    let text = input.scratch.copy(text);
    mode.stream.try_apply_keystream(text).ok()?;
    Some(Value::Bin(text))
}

/// Decrypts a text in place, with a key of one of the three sizes. Says whether its tag was right; if not, the text stays as it is.
pub(super) fn open(key: &[u8], nonce: &[u8], additional: &[u8], text: &mut [u8], tag: &[u8]) -> bool {
    let mode = match key.len() {
        16 => Mode::new::<Aes128>(key, nonce),
        24 => Mode::new::<Aes192>(key, nonce),
        32 => Mode::new::<Aes256>(key, nonce),
        _ => None,
    };
    let Some(mut mode) = mode else { return false };
    bool::from(mode.tag(additional, text).as_slice().ct_eq(tag)) && mode.stream.try_apply_keystream(text).is_ok()
}

/// The mode with a key and a nonce.
struct Mode {
    /// What a text is combined with, from its first byte on.
    stream: Box<dyn StreamCipher>,
    hash: GHash,
    /// What the hash is combined with to be a tag.
    mask: [u8; BLOCK],
}

impl Mode {
    fn of(input: &Input<'_>, args: &Args) -> Option<Self> {
        let new = [Self::new::<Aes128>, Self::new::<Aes192>, Self::new::<Aes256>];
        new.get(args.choice(0)?)?(bytes(input, args, 2)?, bytes(input, args, 1)?)
    }

    /// The key has the cipher's size at least, and what is beyond it does not count.
    fn new<C>(key: &[u8], nonce: &[u8]) -> Option<Self>
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit + KeySizeUser + 'static,
        Ctr32BE<C>: KeyIvInit + StreamCipher,
    {
        if !(1..=NONCE_LIMIT).contains(&nonce.len()) {
            return None;
        }
        let key = key.get(..C::key_size())?;
        let mut hash_key = Default::default();
        C::new_from_slice(key).ok()?.encrypt_block(&mut hash_key);
        let hash = GHash::new(&hash_key);
        let mut stream = Ctr32BE::<C>::new_from_slices(key, &first_counter(&hash, nonce)).ok()?;
        let mut mask = [0; BLOCK];
        stream.try_apply_keystream(&mut mask).ok()?;
        Some(Self { stream: Box::new(stream), hash, mask })
    }

    /// The tag of a text as it is encrypted, and of additional data.
    fn tag(&self, additional: &[u8], encrypted: &[u8]) -> [u8; BLOCK] {
        let mut hash = self.hash.clone();
        hash.update_padded(additional);
        hash.update_padded(encrypted);
        hash.update_padded(&lengths(additional.len(), encrypted.len()));
        let mut tag: [u8; BLOCK] = hash.finalize().into();
        tag.iter_mut().zip(self.mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

/// The counter that the mask of the tag is made from; those of the text follow it (SP 800-38D section 7.1, step 2).
fn first_counter(hash: &GHash, nonce: &[u8]) -> [u8; BLOCK] {
    if nonce.len() == PLAIN_NONCE {
        let mut counter = [0; BLOCK];
        counter[..PLAIN_NONCE].copy_from_slice(nonce);
        counter[BLOCK - 1] = 1;
        return counter;
    }
    let mut hash = hash.clone();
    hash.update_padded(nonce);
    hash.update_padded(&lengths(0, nonce.len()));
    hash.finalize().into()
}

/// Two lengths in bits, as the hash ends with them.
fn lengths(one: usize, other: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..8].copy_from_slice(&(one as u64 * 8).to_be_bytes());
    block[8..].copy_from_slice(&(other as u64 * 8).to_be_bytes());
    block
}

#[cfg(test)]
mod tests {
    use burdock_state::Directory;

    use crate::convert::testing::check_fault;
    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::Bench;

    const KEY: &str = "Zm9vZm9vZm9vZm9vZm9vbw==";
    const NONCE: &str = "MTIzNDU2Nzg5MDEy";

    #[test]
    fn encryption() {
        let long_key = "Zm9vZm9vZm9vZm9vZm9vbzEyMzQ1Njc4";
        let longest_key = "Zm9vZm9vZm9vZm9vZm9vb2Zvb2Zvb2Zvb2Zvb2Zvb28=";
        let longest_nonce = format!("{}eHg=", "eHh4".repeat(42));
        let too_long_nonce = "eHh4".repeat(43);
        let all_of_many = "342BFC14A88C686D39DE0146FE7AF4D3E2AD5FABC27767957F80B5B7F28D341BD636FE616A";
        for (text, arguments, aad, expected) in [
            ("abc", format!("128,{NONCE},{KEY}"), "", Some(("28849A", "OrM/wouk5x84O8X2Mm4HmA=="))),
            ("abc", format!("192,{NONCE},{long_key}"), "", Some(("7B4550", "sTz7D9GHb+eFfc8GtTwzVg=="))),
            ("abc", format!("256,{NONCE},{longest_key}"), "", Some(("C4D6E1", "9OEJzhzK9t9CT3vFQmaRMQ=="))),
            ("abc", format!("128,{NONCE},{long_key}"), "", Some(("28849A", "OrM/wouk5x84O8X2Mm4HmA=="))),
            ("abc", format!("128,{NONCE},{KEY}"), ",dGVzdAo=", Some(("28849A", "EdLIZ650drat1SWfa0GvHg=="))),
            ("", format!("128,{NONCE},{KEY}"), "", Some(("", "PUk8CbE/qZGC6Uw25ZxJEQ=="))),
            ("abc", format!("128,MQ==,{KEY}"), "", Some(("F61615", "VsbneErAN/u0vr34WnUazg=="))),
            ("abc", format!("128,MTIzNDU2Nzg5MDE=,{KEY}"), "", Some(("22185C", "o+OEign8YoQDDUqWekkI2g=="))),
            ("abc", format!("128,MTIzNDU2Nzg5MDEyMzQ1Ng==,{KEY}"), "", Some(("AE145D", "glu5TgGq9o+Dxc2pIaxXxQ=="))),
            (
                "abc",
                format!("128,MTIzNDU2Nzg5MDEyMzQ1NmFiYw==,{KEY}"),
                "",
                Some(("471AAE", "88BDdg1mN+LNhbmh4ENHgg==")),
            ),
            ("abc", format!("128,{longest_nonce},{KEY}"), "", Some(("8E0D53", "6ELkOMks25mMFEeJbrivNQ=="))),
            (
                "0123456789abcdef0123456789abcdef01234",
                format!("128,bm9uY2Ugb2Ygc2l4dGVlbg==,{KEY}"),
                ",dGVzdAo=",
                Some((all_of_many, "LkX/V7IMOE2eLVUHlAGGlQ==")),
            ),
            ("abc", format!("128,{too_long_nonce},{KEY}"), "", None),
            ("abc", format!("128,,{KEY}"), "", None),
            ("abc", format!("128,{NONCE},YWJj"), "", None),
        ] {
            let bench = Bench::new(Names::default(), Directory::empty(), &[]);
            let encrypted = format!("str({text}),aes_gcm_enc({arguments},txn.tag{aad})");
            let decrypted = format!("{encrypted},aes_gcm_dec({arguments},txn.tag{aad}),concat()");
            bench.check(
                Phase::FrontendHttpRequest,
                &[
                    (&encrypted, expected.map(|(encrypted, _)| encrypted)),
                    ("var(txn.tag)", expected.map(|(_, tag)| tag)),
                    (&decrypted, expected.map(|_| text)),
                ],
            );
        }
    }

    #[test]
    fn decryption() {
        let bench = Bench::new(
            Names::default(),
            Directory::empty(),
            &["str(dGVzdAo=),set-var(txn.aad)", "str(!!!),set-var(txn.bad)"],
        );
        for (tag, expected) in [
            ("OrM/wouk5x84O8X2Mm4HmA==", Some("616263")),
            ("EdLIZ650drat1SWfa0GvHg==,dGVzdAo=", Some("616263")),
            ("EdLIZ650drat1SWfa0GvHg==,txn.aad", Some("616263")),
            ("EdLIZ650drat1SWfa0GvHg==", None),
            ("EdLIZ650drat1SWfa0GvHg==,txn.bad", None),
            ("EdLIZ650drat1SWfa0GvHg==,txn.none", None),
            ("OrM/wouk5x84O8X2Mm4HmA==,dGVzdAo=", None),
            ("eLM/wouk5x84O8X2Mm4HmA==", None),
            ("OrM/wouk5x84O8X2Mm4H", None),
            ("OrM/wouk5x84O8X2Mm4HmHg=", None),
            ("", None),
            ("txn.none", None),
        ] {
            let text = format!("str(KISa),b64dec,aes_gcm_dec(128,{NONCE},{KEY},{tag})");
            bench.check(Phase::FrontendHttpRequest, &[(&text, expected)]);
        }
    }

    #[test]
    fn faults() {
        for (arguments, message) in [
            ("129,,,txn.tag", "'129' is not possible here"),
            ("128,,", "'aes_gcm_enc' lacks an argument"),
            ("128,foo,,txn.tag", "'foo' is not base64 with its padding"),
        ] {
            check_fault(&format!("str(a),aes_gcm_enc({arguments})"), message);
        }
    }
}
