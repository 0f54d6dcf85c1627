//! Keywords of `log-profile` sections (configuration manual 8.3.5).

use burdock_sample::Origin;
use burdock_syntax::Parsed;

use super::{Keyword, Sections};
use crate::args::{Args, not_one_of};
use crate::draft::{LogProfileDraft, ProfileStepLine};

pub(super) const KEYWORDS: &[Keyword<LogProfileDraft>] = &[
    keyword("log-tag", "<text>", "the program name in log lines", |profile, args| {
        profile.tag = Some(args.text("a text")?);
        args.lenient_end();
        Ok(())
    }),
    keyword("on", "<step> [drop] [format <format>] [sd <format>]", "what lines of a step say", |profile, args| {
        let line = on(args)?;
        profile.steps.retain(|earlier| earlier.step != line.step);
        profile.steps.push(line);
        Ok(())
    }),
];

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut LogProfileDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<LogProfileDraft> {
    Keyword::new(name, arguments, summary, "8.3.5", parse).within(Sections::LOG_PROFILE)
}

fn on(args: &mut Args<'_>) -> Parsed<ProfileStepLine> {
    let steps: Vec<(&str, Option<Origin>)> = Origin::STEPS
        .into_iter()
        .map(|(name, origin)| (name, Some(origin)))
        .chain([("error", Some(Origin::SessionError)), ("any", None)])
        .collect();
    let step = args.choice("a step", &steps)?.value;
    let mut line = ProfileStepLine { step, drop: false, format: None, structured_data: None };
    if args.next_if("drop").is_some() {
        line.drop = true;
        args.lenient_end();
        return Ok(line);
    }
    loop {
        if args.next_if("format").is_some() {
            line.format = Some(args.required("a format")?.clone());
        } else if args.next_if("sd").is_some() {
            line.structured_data = Some(args.required("a format")?.clone());
        } else {
            let word = args.required("'drop', 'format' or 'sd'")?;
            return Err(not_one_of(word, "what is to be written", ["drop", "format", "sd"]));
        }
        if args.peek().is_none() {
            return Ok(line);
        }
    }
}
