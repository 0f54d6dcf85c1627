//! `show ssl sni` and `show ssl providers`.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use burdock_model::StatsLevel;
use burdock_syntax::units::{TimeUnit, time_from_text};
use burdock_tls::Offer;
use burdock_tls::material::KeyKind;

use super::super::{Call, Command};
use super::{date, shows};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    shows(&["show", "ssl", "providers"], "show ssl providers", "what does the cryptography", StatsLevel::User, |_| {
        Answer::Text("Loaded providers : \n\t- aws-lc-rs\n".to_owned())
    }),
    shows(
        &["show", "ssl", "sni"],
        "show ssl sni [-f <frontend>] [-A] [-t <offset>]",
        "who gets which certificate; '-A': of those that are over, or will be in that time",
        StatsLevel::User,
        show,
    ),
];

/// What the options ask for.
#[derive(Default)]
struct Wanted<'a> {
    frontend: Option<&'a str>,
    is_over: bool,
    /// Seconds from now.
    offset_s: i64,
}

impl<'a> Wanted<'a> {
    fn parse(arguments: &'a [String]) -> Result<Self, String> {
        let mut wanted = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "-A" => wanted.is_over = true,
                "-f" => wanted.frontend = Some(arguments.next().ok_or("'-f' requires a frontend name!")?),
                "-t" => {
                    let offset = arguments.next().ok_or("'-t' requires an offset argument!")?;
                    let (time, _) =
                        time_from_text(offset, TimeUnit::Second).map_err(|fault| format!("'-t {offset}' : {fault}"))?;
                    wanted.offset_s = i64::try_from(time.s()).unwrap_or(i64::MAX);
                }
                _ => return Err("Invalid parameters, 'show ssl sni' only supports '-f', '-A' or '-t' options!".into()),
            }
        }
        Ok(wanted)
    }
}

fn show(call: Call<'_>) -> Answer {
    let wanted = match Wanted::parse(call.arguments) {
        Ok(wanted) => wanted,
        Err(why) => return Answer::refused(why),
    };
    let model = call.runtime.model.load();
    let frontends = model.proxies.iter().filter_map(|proxy| Some((proxy.name.as_str(), proxy.frontend.as_ref()?)));
    let mut frontends = frontends.filter(|(name, _)| wanted.frontend.is_none_or(|wanted| wanted == *name)).peekable();
    if wanted.frontend.is_some() && frontends.peek().is_none() {
        return Answer::refused("Couldn't find the specified frontend!");
    }
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let limit_s = i64::try_from(now_s).unwrap_or(i64::MAX).saturating_add(wanted.offset_s);
    let mut out = String::from("# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\n");
    for tls in frontends.flat_map(|(_, frontend)| &frontend.binds).filter_map(|bind| bind.tls.as_ref()) {
        let mut offers = tls.offers();
        // Names, then wildcards.
        offers.sort_by(|a, b| (a.name.starts_with('*'), &a.name).cmp(&(b.name.starts_with('*'), &b.name)));
        for offer in offers {
            if !wanted.is_over || offer.certificate.not_after < limit_s {
                push_offer(&mut out, tls.label(), &offer);
            }
        }
    }
    Answer::Text(out)
}

fn push_offer(out: &mut String, label: &str, offer: &Offer) {
    let mut except: String = offer.except.iter().map(|name| format!("!{name} ")).collect();
    if except.is_empty() {
        except.push('-');
    }
    let kind = match offer.kind {
        KeyKind::Rsa => "rsa",
        KeyKind::Ecdsa => "ecdsa",
        KeyKind::Ed25519 => "ed25519",
    };
    let certificate = &offer.certificate;
    // Writing to memory does not fail.
    let _ = writeln!(
        out,
        "{label}\t{}\t{except}\t{kind}\t{}\t{}\t{}",
        offer.name,
        certificate.name,
        date(certificate.not_after),
        date(certificate.not_before),
    );
}
