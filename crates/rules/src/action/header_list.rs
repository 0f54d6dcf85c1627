//! Many header lines at once, as lists of bytes hold them: `add-headers-bin`, `set-headers-bin`, `del-headers-bin`.

use burdock_http::HeaderName;
use burdock_sample::{Expression, Type, Value};
use burdock_syntax::Parsed;

use super::header::{Place, add, headers};
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "add-headers-bin",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<expression> [prefix <text>]",
        doc: "Adds the header lines of a list, or those whose names begin with a text.",
        parse: |args| parse_add(args, false),
    },
    Action {
        name: "set-headers-bin",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<expression> [prefix <text>]",
        doc: "Adds the header lines of a list in place of all lines of their names.",
        parse: |args| parse_add(args, true),
    },
    Action {
        name: "del-headers-bin",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<expression> [-m {str|beg|end|sub}]",
        doc: "Removes all header lines of the names in a list, or of the names that match one in it.",
        parse: parse_delete,
    },
];

#[derive(Debug)]
struct AddList {
    list: Expression,
    /// What the names to add begin with.
    prefix: Box<[u8]>,
    /// Whether lines of their names go first.
    replaces: bool,
    /// Whether it is about the response.
    response: bool,
}

fn parse_add(args: &mut ActionArgs<'_>, replaces: bool) -> Parsed<Box<dyn Act>> {
    let list = args.expression_of(Type::Bin)?;
    let prefix = if args.next_if("prefix") { args.required("a text")?.as_bytes() } else { b"" };
    Ok(Box::new(AddList { list, prefix: prefix.into(), replaces, response: args.set.is_response() }))
}

impl Act for AddList {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let Some(list) = bytes_of(&self.list, scene) else { return Flow::Continue };
        if self.add_all(&mut List(list), scene).is_some() { Flow::Continue } else { Flow::Failed }
    }
}

impl AddList {
    /// Nothing where the list is cut off, or a line of it could not stand in a message.
    fn add_all(&self, list: &mut List<'_>, scene: &mut Scene<'_>) -> Option<()> {
        loop {
            let name = list.next_text()?;
            if name.is_empty() {
                return Some(());
            }
            let value = list.next_text()?;
            if name.starts_with(&self.prefix) {
                let name = HeaderName::parse(name)?;
                add(scene, self.response, &name, value, self.replaces).ok()?;
            }
        }
    }
}

#[derive(Debug)]
struct DeleteList {
    names: Expression,
    place: Place,
    /// Whether it is about the response.
    response: bool,
}

fn parse_delete(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let names = args.expression_of(Type::Bin)?;
    let mut place = Place::Whole;
    if args.next_if("-m") {
        let word = args.required("a match method")?;
        place = Place::named(word.as_bytes()).ok_or_else(|| args.unexpected(word, "'str', 'beg', 'end' or 'sub'"))?;
    }
    Ok(Box::new(DeleteList { names, place, response: args.set.is_response() }))
}

impl Act for DeleteList {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let Some(names) = bytes_of(&self.names, scene) else { return Flow::Continue };
        let mut names = List(names);
        loop {
            match names.next_text() {
                None => return Flow::Failed,
                Some(b"") => return Flow::Continue,
                Some(name) => {
                    let name = name.to_ascii_lowercase();
                    headers(scene, self.response).retain(|header| !self.place.holds(header.name, &name));
                }
            }
        }
    }
}

/// The bytes that an expression gives, in memory of the evaluation.
fn bytes_of<'a>(expression: &Expression, scene: &Scene<'a>) -> Option<&'a [u8]> {
    let input = scene.input();
    match expression.evaluate(&input)?.cast(Type::Bin, input.scratch)? {
        Value::Bin(bytes) => Some(scene.scratch.copy(bytes)),
        _ => None,
    }
}

/// Texts, each behind its length; an empty one ends a list. Lengths are the variable-length integers of HAProxy's stream processing
/// offload protocol (its specification, section 3.1), which the fetch `req.hdrs_bin` writes, too.
struct List<'a>(&'a [u8]);

impl<'a> List<'a> {
    /// The next text; nothing where the list is cut off.
    fn next_text(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.length()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    fn length(&mut self) -> Option<u64> {
        let mut value = u64::from(self.byte()?);
        if value < 240 {
            return Some(value);
        }
        let mut shift = 4;
        loop {
            let byte = self.byte()?;
            value = value.checked_add(u64::from(byte).checked_shl(shift)?)?;
            if byte < 128 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::List;
    use crate::action::testing::{check, faults};

    #[test]
    fn lists_of_lines() {
        check(
            "/",
            "x-a: 1\nb: 2",
            &[
                ("add-headers-bin str(A3gtYQE5A1gtegExAAA=),b64dec", "x-a: 1|b: 2|x-a: 9|x-z: 1"),
                ("add-headers-bin str(A3gtYQE5A1gtegExAAA=),b64dec prefix X-", "x-a: 1|b: 2|x-z: 1"),
                ("set-headers-bin str(A1gtQQE5A3gtYQE4AAA=),b64dec", "b: 2|x-a: 8"),
                ("add-headers-bin req.hdr(none)", "x-a: 1|b: 2"),
                ("add-headers-bin str(A3gtegEx),b64dec", "failed"),
                ("add-headers-bin str(abc)", "failed"),
                ("add-headers-bin str(A3gtegENAAA=),b64dec", "failed"),
                ("add-headers-bin str(A3ggeQExAA==),b64dec", "failed"),
            ],
        );
        check("http://h/", "host: h", &[("set-headers-bin str(BEhPU1QBaQAA),b64dec", "http://i/ host: i")]);
    }

    #[test]
    fn lists_of_names() {
        check(
            "/",
            "x-a: 1\nb: 2\nx-b: 3",
            &[
                ("del-headers-bin str(A1gtYQFiAA==),b64dec", "x-b: 3"),
                ("del-headers-bin str(AngtAA==),b64dec -m beg", "b: 2"),
                ("del-headers-bin str(AWIA),b64dec -m end", "x-a: 1"),
                ("del-headers-bin str(AS0A),b64dec -m sub if TRUE", "b: 2"),
                ("del-headers-bin str(A3gtYQ==),b64dec", "failed"),
            ],
        );
    }

    #[test]
    fn lengths() {
        for (bytes, expected) in [
            (&[0x00][..], Some(0)),
            (&[0xef], Some(239)),
            (&[0xf0, 0x00], Some(240)),
            (&[0xff, 0x7f], Some(2287)),
            (&[0xf0, 0x80, 0x00], Some(2288)),
            (&[0xf0], None),
            (&[0xff; 12], None),
        ] {
            assert_eq!(List(bytes).length(), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("add-headers-bin", "'add-headers-bin' lacks a sample expression"),
                ("set-headers-bin path prefix", "'set-headers-bin' lacks a text"),
                ("del-headers-bin path -m reg", "'reg' is not possible here"),
            ],
        );
    }
}
