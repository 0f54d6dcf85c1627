//! Ciphers (configuration manual 7.3.1): AES in CBC mode with the padding of PKCS #7.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, KeySizeUser,
};
use cbc::{Decryptor, Encryptor};

use super::Converter;
use super::argument::{BASE64, bytes};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

/// The size of a block, and with it of the nonce, in bytes.
const BLOCK: usize = 16;

/// CBC does not authenticate, so that the additional data count for nothing; they are taken because HAProxy takes them.
const CBC: ArgSpec = ArgSpec {
    usage: "<bits>,<nonce>,<key>[,<aad>]",
    kinds: &[ArgKind::Choice(&["128", "192", "256"]), BASE64, BASE64, BASE64],
    required: 3,
};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "aes_cbc_enc",
        args: CBC,
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The bytes, encrypted by AES-CBC with a nonce and a key in base64.",
        run: |value, input, args| {
            let run = [encrypt::<Aes128>, encrypt::<Aes192>, encrypt::<Aes256>];
            apply(value, input, args, run.get(args.choice(0)?)?)
        },
    },
    Converter {
        name: "aes_cbc_dec",
        args: CBC,
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The bytes, decrypted by AES-CBC with a nonce and a key in base64.",
        run: |value, input, args| {
            let run = [decrypt::<Aes128>, decrypt::<Aes192>, decrypt::<Aes256>];
            apply(value, input, args, run.get(args.choice(0)?)?)
        },
    },
];

/// Decrypts a text in place, with a key of one of the three sizes; gives the length of what comes out.
pub(super) fn open(key: &[u8], nonce: &[u8; BLOCK], text: &mut [u8]) -> Option<usize> {
    let run = match key.len() {
        16 => decrypt::<Aes128>,
        24 => decrypt::<Aes192>,
        32 => decrypt::<Aes256>,
        _ => return None,
    };
    run(key, nonce, text, text.len())
}

/// Works in place on a buffer that holds a text of the given length and has a block to spare; gives the length of the result. The key has
/// the cipher's size at least, and what is beyond it does not count.
type Run = fn(key: &[u8], nonce: &[u8; BLOCK], buffer: &mut [u8], length: usize) -> Option<usize>;

fn apply<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args, run: &Run) -> Option<Value<'a>> {
    let Value::Bin(text) = value else { return None };
    // They do not count, but a variable that has no such value is a fault.
    bytes(input, args, 3)?;
    let buffer = input.scratch.zeros(text.len() + BLOCK);
    buffer[..text.len()].copy_from_slice(text);
    let length = run(bytes(input, args, 2)?, &nonce(bytes(input, args, 1)?), buffer, text.len())?;
    buffer.get(..length).map(Value::Bin)
}

/// A nonce of the right size: one that is too long is cut, one that is too short ends in zeros.
fn nonce(given: &[u8]) -> [u8; BLOCK] {
    let mut nonce = [0; BLOCK];
    let length = given.len().min(BLOCK);
    nonce[..length].copy_from_slice(&given[..length]);
    nonce
}

fn encrypt<C>(key: &[u8], nonce: &[u8; BLOCK], buffer: &mut [u8], length: usize) -> Option<usize>
where
    C: BlockCipherEncrypt + KeyInit + KeySizeUser,
    Encryptor<C>: KeyIvInit + BlockModeEncrypt,
{
    let cipher = Encryptor::<C>::new_from_slices(key.get(..C::key_size())?, nonce).ok()?;
    cipher.encrypt_padded::<Pkcs7>(buffer, length).ok().map(<[u8]>::len)
}

fn decrypt<C>(key: &[u8], nonce: &[u8; BLOCK], buffer: &mut [u8], length: usize) -> Option<usize>
where
    C: BlockCipherDecrypt + KeyInit + KeySizeUser,
    Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    let cipher = Decryptor::<C>::new_from_slices(key.get(..C::key_size())?, nonce).ok()?;
    cipher.decrypt_padded::<Pkcs7>(buffer.get_mut(..length)?).ok().map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault};

    #[test]
    fn cbc() {
        const KEY: &str = "Zm9vb2Zvb29mb29vb29vbw==";
        const NONCE: &str = "MTIzNDU2Nzg5MDEyMzQ1Ng==";
        for (expression, expected) in [
            (format!("str(abc),aes_cbc_enc(128,{NONCE},{KEY})"), Some("978A394A2DB49E5CAC17F6ACE00AA3E1")),
            (format!("str(abc),aes_cbc_enc(128,MTIzNDU2Nzg5MDEy,{KEY})"), Some("0A784DB40B7BF93E9172F62AE3D2FD01")),
            (
                format!("str(abc),aes_cbc_enc(128,MTIzNDU2Nzg5MDEyMzQ1NjU2,{KEY})"),
                Some("978A394A2DB49E5CAC17F6ACE00AA3E1"),
            ),
            (format!("str(abc),aes_cbc_enc(128,,{KEY})"), Some("76EDB3417273215D92180C9A29A0438B")),
            (format!("str(abc),aes_cbc_enc(128,{NONCE},{KEY},dGVzdAo=)"), Some("978A394A2DB49E5CAC17F6ACE00AA3E1")),
            (format!("str(),aes_cbc_enc(128,{NONCE},{KEY})"), Some("26BF1EFEE9BA0BCF09CE896140D75880")),
            (
                format!("str(0123456789abcdef),aes_cbc_enc(128,{NONCE},{KEY})"),
                Some("CDA08B43E2CB51A7505077133D0592C945430860A81C5E93CA4859F79ED9013D"),
            ),
            (
                format!("str(abc),aes_cbc_enc(192,{NONCE},Zm9vb2Zvb29mb29vb29vbzEyMzQ1Njc4)"),
                Some("1C4696A974BB0D20CEF17AA2C2E43F53"),
            ),
            (
                format!("str(abc),aes_cbc_enc(256,{NONCE},Zm9vb2Zvb29mb29vb29vb2Zvb29mb29vZm9vb29vb28=)"),
                Some("D6E33950C84688D00B5C2926BC9B32BF"),
            ),
            (
                format!("str(abc),aes_cbc_enc(128,{NONCE},Zm9vb2Zvb29mb29vb29vb29v)"),
                Some("978A394A2DB49E5CAC17F6ACE00AA3E1"),
            ),
            (format!("str(abc),aes_cbc_enc(128,{NONCE},Zm9v)"), None),
            (format!("str(abc),aes_cbc_enc(128,{NONCE},{KEY}),aes_cbc_dec(128,{NONCE},{KEY})"), Some("616263")),
            (format!("str(abc),aes_cbc_dec(128,{NONCE},{KEY})"), None),
            (format!("str(),aes_cbc_dec(128,{NONCE},{KEY})"), None),
            (format!("str(0123456789abcdef),aes_cbc_dec(128,{NONCE},{KEY})"), None),
        ] {
            check(&expression, expected);
        }
    }

    #[test]
    fn faults() {
        for (expression, message) in [
            ("str(a),aes_cbc_enc(129,,)", "'129' is not possible here"),
            ("str(a),aes_cbc_enc(128,)", "'aes_cbc_enc' lacks an argument"),
            ("str(a),aes_cbc_enc(128,,foo)", "'foo' is not base64 with its padding"),
        ] {
            check_fault(expression, message);
        }
    }
}
