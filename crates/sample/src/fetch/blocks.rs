//! Fetches that show messages as blocks (configuration manual 7.3.7), of which HAProxy's memory holds them: a start line, a header each, the
//! end of the headers, what has been received of the body. Here they are told off when somebody asks, with the sizes that they have there.

use burdock_http::KnownHeader;
use burdock_http::bytes::parse_decimal;
use burdock_http::status::reason;

use super::body::payload;
use super::message::{Current, Message, Side};
use super::{Fetch, FetchOne, Run};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::{Input, MAX_MADE_BYTES, Scratch};
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    whole("internal.htx.data", Type::Int, "The bytes of a message's blocks.", |input, _| {
        Some(Value::Int(Sizes::of(input)?.data))
    }),
    whole("internal.htx.free", Type::Int, "The bytes that are left of a message's buffer.", |input, _| {
        Some(Value::Int(Sizes::of(input)?.free()))
    }),
    whole("internal.htx.free_data", Type::Int, "The same, with one more block to note.", |input, _| {
        Some(Value::Int((Sizes::of(input)?.free() - NOTE).max(0)))
    }),
    whole("internal.htx.has_eom", Type::Bool, "Whether a message has been received to its end.", |input, _| {
        let headers = Current::headers(input)?;
        let length = || headers.find(KnownHeader::ContentLength);
        let is_long = headers.contains(KnownHeader::TransferEncoding)
            || length().is_some_and(|length| parse_decimal(length) != Some(0));
        Some(Value::Bool(!is_long || payload::<Current>(input).is_some_and(|body| body.complete)))
    }),
    whole("internal.htx.nbblks", Type::Int, "How many blocks a message has.", |input, _| {
        Some(Value::Int(Sizes::of(input)?.blocks))
    }),
    whole("internal.htx.size", Type::Int, "The size of a message's buffer.", |input, _| {
        Current::headers(input).map(|_| Value::Int(SIZE))
    }),
    whole("internal.htx.used", Type::Int, "The bytes of a message's blocks and of the notes of them.", |input, _| {
        Some(Value::Int(Sizes::of(input)?.used()))
    }),
    single(
        "internal.htx_blk.data",
        Type::Bin,
        "What has been received of the body, where the block is that.",
        |input, args| {
            Some(Value::Bin(match asked(input, args)? {
                Some(Block::Data(bytes)) => bytes,
                _ => b"",
            }))
        },
    ),
    single("internal.htx_blk.hdrname", Type::Str, "The name of the header that the block is.", |input, args| {
        Some(Value::Str(match asked(input, args)? {
            Some(Block::Header(name, _)) => name,
            _ => b"",
        }))
    }),
    single("internal.htx_blk.hdrval", Type::Str, "The value of the header that the block is.", |input, args| {
        Some(Value::Str(match asked(input, args)? {
            Some(Block::Header(_, value)) => value,
            _ => b"",
        }))
    }),
    single("internal.htx_blk.size", Type::Int, "The size of the block; zero where there is none.", |input, args| {
        Some(Value::Int(asked(input, args)?.map_or(0, |block| block.size())))
    }),
    single("internal.htx_blk.start_line", Type::Str, "The start line, where the block is that.", |input, args| {
        Some(Value::Str(match asked(input, args)? {
            Some(Block::StartLine(_, parts)) => start_line(&parts, input.scratch),
            _ => b"",
        }))
    }),
    single(
        "internal.htx_blk.type",
        Type::Str,
        "What the block is; `HTX_BLK_UNUSED` where there is none.",
        |input, args| Some(Value::Str(asked(input, args)?.map_or(b"HTX_BLK_UNUSED", |block| block.name()))),
    ),
];

/// What is left of a buffer for a message: the rest tells of the whole.
const SIZE: i64 = MAX_MADE_BYTES as i64 - 40;
/// What it takes to note a block.
const NOTE: i64 = 8;
/// What a start line takes beside its parts.
const START_LINE: usize = 20;

const fn whole(name: &'static str, output: Type, doc: &'static str, run: FetchOne) -> Fetch {
    fetch(name, ArgSpec::NONE, output, doc, run)
}

const fn single(name: &'static str, output: Type, doc: &'static str, run: FetchOne) -> Fetch {
    const PLACE: ArgSpec = ArgSpec { usage: "<idx>", kinds: &[ArgKind::Parse(parse_place)], required: 1 };
    fetch(name, PLACE, output, doc, run)
}

const fn fetch(name: &'static str, args: ArgSpec, output: Type, doc: &'static str, run: FetchOne) -> Fetch {
    let validity = Validity::EITHER_MESSAGE;
    Fetch { name, aliases: &[], args, check: None, output, validity, doc, run: Run::One(run) }
}

/// A position from zero on; -1 for the last one.
fn parse_place(text: &[u8]) -> Result<Arg, &'static str> {
    match text {
        b"head" | b"first" => Ok(Arg::Integer(0)),
        b"tail" => Ok(Arg::Integer(-1)),
        _ => parse_decimal(text)
            .and_then(|place| i64::try_from(place).ok())
            .map(Arg::Integer)
            .ok_or("must be a number, 'head', 'tail' or 'first'"),
    }
}

/// A block of a message.
#[derive(Clone, Copy)]
enum Block<'a> {
    /// Its three parts.
    StartLine(Side, [&'a [u8]; 3]),
    Header(&'a [u8], &'a [u8]),
    EndOfHeaders,
    Data(&'a [u8]),
    /// What follows the last chunk.
    EndOfTrailers,
}

impl Block<'_> {
    fn size(&self) -> i64 {
        let size = match self {
            Self::StartLine(_, parts) => START_LINE + parts.iter().map(|part| part.len()).sum::<usize>(),
            Self::Header(name, value) => name.len() + value.len(),
            Self::EndOfHeaders | Self::EndOfTrailers => 1,
            Self::Data(bytes) => bytes.len(),
        };
        size as i64
    }

    const fn name(&self) -> &'static [u8] {
        match self {
            Self::StartLine(Side::Request, _) => b"HTX_BLK_REQ_SL",
            Self::StartLine(Side::Response, _) => b"HTX_BLK_RES_SL",
            Self::Header(..) => b"HTX_BLK_HDR",
            Self::EndOfHeaders => b"HTX_BLK_EOH",
            Self::Data(_) => b"HTX_BLK_DATA",
            Self::EndOfTrailers => b"HTX_BLK_EOT",
        }
    }
}

/// What the blocks of a message come to.
#[derive(Default)]
struct Sizes {
    blocks: i64,
    data: i64,
}

impl Sizes {
    fn of(input: &Input<'_>) -> Option<Self> {
        let each = |sizes: Self, block: Block<'_>| Self { blocks: sizes.blocks + 1, data: sizes.data + block.size() };
        Some(blocks(input)?.fold(Self::default(), each))
    }

    const fn used(&self) -> i64 {
        self.data + self.blocks * NOTE
    }

    /// A long message may take more here than HAProxy has room for.
    fn free(&self) -> i64 {
        (SIZE - self.used()).max(0)
    }
}

/// The block that is asked for; nothing at all where there is no message.
fn asked<'a>(input: &Input<'a>, args: &Args) -> Option<Option<Block<'a>>> {
    let mut blocks = blocks(input)?;
    Some(match usize::try_from(args.integer(0)?) {
        Ok(place) => blocks.nth(place),
        Err(_) => blocks.last(),
    })
}

/// The blocks of the message that is on its way.
fn blocks<'a>(input: &Input<'a>) -> Option<impl Iterator<Item = Block<'a>> + use<'a>> {
    let headers = Current::headers(input)?;
    let side = Current::side(input);
    let parts = match side {
        Side::Request => {
            let head = &input.txn.request;
            [head.method_bytes(), head.target(), head.version_bytes()]
        }
        Side::Response => {
            let head = &input.txn.response;
            let status = input.scratch.format(format_args!("{:03}", head.status));
            let phrase = head.reason();
            [head.version_bytes(), status, if phrase.is_empty() { reason(head.status).as_bytes() } else { phrase }]
        }
    };
    let body = payload::<Current>(input)?;
    let in_chunks = headers.contains(KnownHeader::TransferEncoding);
    Some(
        std::iter::once(Block::StartLine(side, parts))
            .chain(headers.iter().map(|header| Block::Header(header.name, header.value)))
            .chain(std::iter::once(Block::EndOfHeaders))
            .chain((!body.bytes.is_empty()).then_some(Block::Data(&body.bytes)))
            .chain((in_chunks && body.complete).then_some(Block::EndOfTrailers)),
    )
}

fn start_line<'a>(parts: &[&[u8]; 3], scratch: &'a Scratch) -> &'a [u8] {
    let mut line = scratch.buffer();
    for (index, part) in parts.iter().enumerate() {
        line.push_some(if index > 0 { b" " } else { b"" });
        line.push_some(part);
    }
    line.finish()
}
