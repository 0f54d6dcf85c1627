//! `show resolvers` (management manual 9.3): what name servers were asked and have said, as HAProxy writes it.

use std::fmt::Write as _;

use burdock_model::StatsLevel;
use burdock_resolve::{Counter, Section};

use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["show", "resolvers"],
    usage: "show resolvers [<section>]",
    doc: "what name servers were asked and have said, those of all sections or of one",
    level: StatsLevel::User,
    takes_payload: false,
    run: show,
}];

fn show(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let wanted = call.argument(0);
    let is_wanted = |section: &&std::sync::Arc<Section>| wanted.is_empty() || section.name == wanted;
    let mut sections = model.resolvers.iter().filter(is_wanted).peekable();
    if sections.peek().is_none() && !wanted.is_empty() {
        return Answer::refused("Can't find that resolvers section");
    }
    let mut text = String::new();
    sections.for_each(|section| push(&mut text, section));
    Answer::Text(text)
}

fn push(out: &mut String, section: &Section) {
    // Writing to memory does not fail.
    let _ = writeln!(out, "Resolvers section {}", section.name);
    for server in &section.name_servers {
        let _ = writeln!(out, " nameserver {}:", server.name);
        for (counter, name) in Counter::ALL {
            let _ = writeln!(out, "  {:<12} {}", format!("{name}:"), server.counters.get(counter));
        }
    }
}
