//! The converter `debug` (configuration manual 7.3.1): tells what passes it, on a standard stream or in a ring.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use burdock_state::Ring;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::format::encode::until_nul;
use crate::format::stamp::Stamps;
use crate::input::Input;
use crate::names::Scope;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "debug",
    args: ArgSpec { usage: "[<prefix>[,<destination>]]", kinds: &[ArgKind::TextOrEmpty, ArgKind::Text], required: 0 },
    prepare: Some(find_destination),
    input: Type::Any,
    output: Type::Any,
    doc: "The value as it is; a line with it goes to 'stdout', 'stderr' or a ring, which is 'buf0' where none is named.",
    run: |value, input, args| {
        let mut line = Vec::new();
        write_line(args.text(0).unwrap_or_default(), value, input, &mut line);
        match args.compiled::<Destination>(1) {
            // Nobody is left to tell where a stream is gone.
            Some(Destination::Output) => drop(write_all(std::io::stdout().lock(), line)),
            Some(Destination::Error) => drop(write_all(std::io::stderr().lock(), line)),
            Some(Destination::Ring(ring)) => drop(ring.push(&line)),
            Some(Destination::Events(ring)) => {
                let mut event = b"<0>".to_vec();
                Stamps::local().push_iso(&mut event, input.world.process.clock.wall(input.now));
                event.push(b' ');
                event.extend_from_slice(&line);
                ring.push(&event);
            }
            None => {}
        }
        Some(value)
    },
}];

/// Where lines go.
enum Destination {
    Output,
    Error,
    /// A `ring` section.
    Ring(Arc<Ring>),
    /// The ring that is there without being declared, whose lines have a date.
    Events(Arc<Ring>),
}

fn find_destination(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    let names = scope.names;
    let destination = match args.text(1) {
        None | Some(b"buf0") => Destination::Events(names.event_ring()),
        Some(b"stdout") => Destination::Output,
        Some(b"stderr") => Destination::Error,
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            match names.rings.get(&*name) {
                Some(Some(ring)) => Destination::Ring(Arc::clone(ring)),
                Some(None) => return Err(format!("the ring '{name}' is not possible yet: its format is not 'raw'")),
                None => return Err(format!("there is no ring '{name}'")),
            }
        }
    };
    args.set_compiled(1, destination);
    Ok(())
}

/// `[debug] prefix: type=name <value>`
fn write_line(prefix: &[u8], value: Value<'_>, input: &Input<'_>, line: &mut Vec<u8>) {
    let kind = match value {
        Value::Addr(IpAddr::V4(_)) => "ipv4",
        Value::Addr(IpAddr::V6(_)) => "ipv6",
        other => other.kind().name(),
    };
    line.extend_from_slice(b"[debug] ");
    line.extend_from_slice(prefix);
    line.extend_from_slice(format!(": type={kind} <").as_bytes());
    match value {
        Value::Bin(bytes) => line.extend_from_slice(until_nul(bytes)),
        value => {
            if let Some(Value::Str(text)) = value.cast(Type::Str, input.scratch) {
                line.extend_from_slice(until_nul(text));
            }
        }
    }
    line.push(b'>');
}

fn write_all(mut stream: impl Write, mut line: Vec<u8>) -> std::io::Result<()> {
    line.push(b'\n');
    stream.write_all(&line)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burdock_state::{Directory, Ring};

    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::{Bench, check_refused};

    fn lines(ring: &Ring) -> Vec<String> {
        let mut lines = Vec::new();
        ring.read(ring.oldest(), |one, other| {
            lines.push(String::from_utf8([one, other].concat()).unwrap());
            true
        });
        lines
    }

    #[test]
    fn values_are_told_and_go_on() {
        let ring = Arc::new(Ring::new(4096));
        let mut names = Names::default();
        names.rings.insert("kept".to_owned(), Some(Arc::clone(&ring)));
        let bench = Bench::new(names, Directory::empty(), &[]);
        bench.check(
            Phase::Log,
            &[
                ("str(a-b),debug(it,kept),length", Some("3")),
                ("int(12),debug(,kept)", Some("12")),
                ("src,debug(from,kept)", Some("10.0.0.9")),
                ("str(YWIA/2Nk),b64dec,debug(bytes,kept),length", Some("2")),
                ("bool(1),debug(b,kept)", Some("1")),
            ],
        );
        assert_eq!(
            lines(&ring),
            [
                "[debug] it: type=str <a-b>",
                "[debug] : type=sint <12>",
                "[debug] from: type=ipv4 <10.0.0.9>",
                "[debug] bytes: type=bin <ab>",
                "[debug] b: type=bool <1>",
            ]
        );
        bench.check(Phase::Log, &[("str(x),debug(p),length", Some("1"))]);
        let events = lines(&bench.names.event_ring());
        assert!(events[0].starts_with("<0>") && events[0].ends_with(" [debug] p: type=str <x>"), "{events:?}");
    }

    #[test]
    fn destinations_are_known() {
        check_refused(&[("str(x),debug(p,none)", "there is no ring 'none'")]);
    }
}
