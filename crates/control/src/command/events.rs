//! `show events`: the rings and what they hold (management manual 9.3).

use std::fmt::Write as _;
use std::sync::Arc;

use burdock_model::StatsLevel;

use super::{Call, Command};
use crate::answer::{Answer, Events};

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["show", "events"],
    usage: "show events [<ring>] [-w] [-n] [-0]",
    doc: "the rings, or the lines that one holds",
    level: StatsLevel::User,
    takes_payload: false,
    run: show_events,
}];

/// Without a ring: which there are. `-w` goes on with lines that come later, `-n` begins with them, `-0` ends lines with a zero byte.
fn show_events(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let rings = &model.logging.rings;
    let Some((name, options)) = call.arguments.split_first() else {
        let mut text = LIST_HEAD.to_owned();
        for ring in rings {
            // Writing to memory does not fail.
            let _ = writeln!(
                text,
                "    {:<10} : type=buffer, {} dropped, {}",
                ring.name,
                ring.live.dropped(),
                ring.description
            );
        }
        return Answer::Text(text);
    };
    let Some(ring) = rings.iter().find(|ring| ring.name == *name) else {
        return Answer::refused("No such event sink");
    };
    let mut events =
        Events { ring: Arc::clone(&ring.live), place: ring.live.oldest(), separator: b'\n', follow: false };
    for option in options {
        let Some(letters) = option.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Answer::refused("unknown option");
        };
        for letter in letters.chars() {
            match letter {
                'w' => events.follow = true,
                'n' => events.place = ring.live.end(),
                '0' => events.separator = 0,
                _ => return Answer::refused("unknown option"),
            }
        }
    }
    Answer::Events(events)
}

const LIST_HEAD: &str = "Supported events sinks are listed below. Add -0(zero), -w(wait), -n(new). Any key to stop.\n";
