//! Headers in front of connections: whatever comes, nothing panics; a header ends within what was received, means the same when less or more
//! follows it, and what we write is what we read.
#![no_main]

use burdock_proxy_protocol::{Header, Parse, V2Writer, netscaler, parse, write_v1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(Parse::Complete { header, length }) = parse(data) {
        assert!(length <= data.len());
        let same = Ok(Parse::Complete { header: header.clone(), length });
        assert_eq!(parse(&data[..length]), same, "it depends on what follows");
        assert_eq!(parse(&data[..length - 1]), Ok(Parse::Partial), "it is there before its end");
        written(&header);
    }
    let magic = data.first_chunk().map_or(0, |number| u32::from_be_bytes(*number));
    if let Ok(Parse::Complete { header, length }) = netscaler::parse(data, magic) {
        assert!(length <= data.len());
        assert_eq!(netscaler::parse(&data[..length], magic), Ok(Parse::Complete { header, length }));
    }
});

fn written(header: &Header) {
    let line = write_v1(header.addresses.as_ref());
    let Ok(Parse::Complete { header: read, length }) = parse(&line) else { panic!("our line is not understood") };
    assert_eq!((read.addresses, length), (header.addresses, line.len()));

    let mut writer = V2Writer::new(header.addresses.as_ref());
    writer.checksum().unwrap();
    for (kind, value) in header.tlvs.iter() {
        // The checksum of another header is wrong in this one.
        if kind != burdock_proxy_protocol::tlv::CRC32C {
            writer.tlv(kind, value).unwrap();
        }
    }
    let Ok(block) = writer.finish() else { return };
    let Ok(Parse::Complete { header: read, length }) = parse(&block) else { panic!("our block is not understood") };
    assert_eq!((read.addresses, length), (header.addresses, block.len()));
}
