//! The converter `regsub` (configuration manual 7.3.1): what a regular expression matches, replaced.

use burdock_pattern::{Captures, Case, Regex, Template};

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "regsub",
    args: ArgSpec { usage: "<regex>,<subst>[,<flags>]", kinds: &[ArgKind::Text; 3], required: 2 },
    prepare: Some(|args, _| Substitution::parse(args).map(|substitution| args.set_compiled(0, substitution))),
    input: Type::Str,
    output: Type::Str,
    doc: "The text with what the regular expression matches replaced: once, or everywhere with the flag 'g'.",
    run: |value, input, args| {
        let Value::Str(text) = value else { return None };
        Some(Value::Str(args.compiled::<Substitution>(0)?.apply(text, input)))
    },
}];

/// The arguments, compiled.
#[derive(Debug)]
struct Substitution {
    regex: Regex,
    replacement: Template,
    everywhere: bool,
}

impl Substitution {
    fn parse(args: &Args) -> Result<Self, String> {
        let [pattern, replacement, flags] = [0, 1, 2].map(|index| args.text(index).unwrap_or_default());
        if pattern.is_empty() {
            return Err("the regular expression is missing".to_owned());
        }
        if let Some(flag) = flags.iter().find(|flag| !b"gi".contains(flag)) {
            return Err(format!("the flag '{}' is neither 'g' nor 'i'", flag.escape_ascii()));
        }
        let case = if flags.contains(&b'i') { Case::Ignored } else { Case::Matters };
        let regex = Regex::new(pattern, case).map_err(|fault| {
            format!("the regular expression '{}' is not possible: {fault}", String::from_utf8_lossy(pattern))
        })?;
        let replacement = Template::parse(replacement).map_err(|fault| fault.to_string())?;
        Ok(Self { regex, replacement, everywhere: flags.contains(&b'g') })
    }

    /// What does not fit into a value is cut off. As HAProxy has it, an empty match may follow another match at once.
    fn apply<'a>(&self, text: &[u8], input: &Input<'a>) -> &'a [u8] {
        let mut result = input.scratch.buffer();
        let mut groups = Captures::default();
        let mut at = 0;
        while self.regex.captures_at(text, at, &mut groups)
            && let Some(found) = groups.get(0)
        {
            let last = at == text.len();
            result.push_some(text.get(at..found.start).unwrap_or_default());
            self.replacement.expand(text, &groups, |piece| result.push_some(piece));
            at = found.end;
            if found.is_empty() && at < text.len() {
                result.push_some(&text[at..=at]);
                at += 1;
            }
            if last || !self.everywhere {
                break;
            }
        }
        result.push_some(&text[at..]);
        result.finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::input::MAX_MADE_BYTES;
    use crate::testing::{check_refused, check_texts};

    #[test]
    fn replaced() {
        for (arguments, of_path, of_mixture) in [
            ("/+,/,g", "/a/b/c/xzxyz/", "abxAB12.3"),
            ("/+,/", "/a///b/c/xzxyz/", "abxAB12.3"),
            ("\"[a-z]+\",X,g", "/////X///X/X/X/", "XAB12.3"),
            ("X,y,gi", "/////a///b/c/yzyyz/", "abyAB12.3"),
            ("x,", "/////a///b/c/zxyz/", "abAB12.3"),
            ("\"(a)(b)?\",\"\\2\\1\"", "/////a///b/c/xzxyz/", "baxAB12.3"),
            ("\"(b)\",\"<\\1\\0\\9>\"", "/////a///<bb>/c/xzxyz/", "a<bb>xAB12.3"),
            ("\"x*\",-,g", "-/-/-/-/-/-a-/-/-/-b-/-c-/--z--y-z-/-", "-a-b--A-B-1-2-.-3-"),
            ("\"b|$\",Z,g", "/////a///Z/c/xzxyz/ZZ", "aZxAB12.3ZZ"),
            ("\"^/\",\"\",g", "////a///b/c/xzxyz/", "abxAB12.3"),
            ("b,\"$0&\"", "/////a///$0&/c/xzxyz/", "a$0&xAB12.3"),
            ("b,\"\\x41\"", "/////a///A/c/xzxyz/", "aAxAB12.3"),
            ("\"b(?=x)\",Z", "/////a///b/c/xzxyz/", "aZxAB12.3"),
            ("b,Z,gg", "/////a///Z/c/xzxyz/", "aZxAB12.3"),
            ("\"a|ab\",Q", "/////Q///b/c/xzxyz/", "QbxAB12.3"),
            ("\"\\d+\",N,g", "/////a///b/c/xzxyz/", "abxABN.N"),
            ("\"\\.\",N,g", "/////a///b/c/xzxyz/", "abxAB12N3"),
        ] {
            check_texts(&[
                (&format!("'str(/////a///b/c/xzxyz/),regsub({arguments})'"), of_path),
                (&format!("'str(abxAB12.3),regsub({arguments})'"), of_mixture),
            ]);
        }
        check_texts(&[("str(),regsub(a,b)", ""), ("str(),regsub(^,b)", "b")]);
    }

    #[test]
    fn cut_where_it_is_full() {
        let long = "a".repeat(MAX_MADE_BYTES / 2);
        check_texts(&[(&format!("str({long}),regsub(a,bcd,g),length"), "16384")]);
    }

    #[test]
    fn refused() {
        check_refused(&[
            ("str(a),regsub(x)", "'regsub' lacks an argument"),
            ("str(a),regsub(,b)", "the regular expression is missing"),
            ("str(a),regsub(x,y,z)", "the flag 'z' is neither 'g' nor 'i'"),
            (
                "'str(a),regsub(\"(\",y)'",
                "the regular expression '(' is not possible: missing closing parenthesis at offset 1",
            ),
            ("'str(a),regsub(\"(?R)\",y)'", "is not possible: recursion and callouts are not supported at offset 2"),
            ("'str(a),regsub(a,\"\\\\x4\")'", "two hexadecimal digits must follow '\\x'"),
        ]);
    }
}
