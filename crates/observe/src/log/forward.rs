//! `log-forward` sections (configuration manual 12.6): messages of other programs come in, are understood as far as they can be, and go out
//! to the section's targets in their formats.

mod frames;
mod message;
mod receive;
mod render;

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use burdock_model::{LogForward, Model};
use burdock_state::{Process, ProcessCounter};
use tokio::sync::Semaphore;

use self::message::Message;
pub use self::receive::{ForwardInlet, ForwardSocket};
use self::render::Rendering;
use super::target::{Sinks, Target};
use burdock_sample::format::stamp::Stamps;

/// All `log-forward` sections of a model, their targets open.
#[derive(Debug)]
pub(super) struct Forwarder {
    process: Arc<Process>,
    sections: Vec<Section>,
    sinks: Sinks,
    /// The longest message on a stream.
    max_message: usize,
    workspace: RefCell<Workspace>,
}

#[derive(Debug)]
struct Section {
    settings: Arc<LogForward>,
    targets: Vec<Target>,
    /// Places for connections (`maxconn`).
    room: Arc<Semaphore>,
}

/// Memory that lines are built in.
#[derive(Debug)]
struct Workspace {
    line: Vec<u8>,
    stamps: Stamps,
}

impl Forwarder {
    pub(super) fn new(model: &Model) -> Forwarder {
        let mut sinks = Sinks::default();
        let mut sections = Vec::with_capacity(model.logging.forwards.len());
        for settings in &model.logging.forwards {
            let targets = settings.targets.iter().map(|line| {
                let sink = sinks.open(&line.target.transport, &model.logging);
                // Tag, host and process are the message's own.
                Target::new(sink, &line.target, None, "", 0)
            });
            sections.push(Section {
                targets: targets.collect(),
                room: Arc::new(Semaphore::new((settings.maxconn as usize).clamp(1, Semaphore::MAX_PERMITS))),
                settings: Arc::clone(settings),
            });
        }
        Forwarder {
            process: Arc::clone(&model.process),
            sections,
            sinks,
            max_message: model.global.tune.buffer_size,
            workspace: RefCell::new(Workspace { line: Vec::new(), stamps: Stamps::local() }),
        }
    }

    /// Passes a message on. `sender`: the address it came from, where it has one.
    fn forward(&self, section: &Section, received: &[u8], sender: Option<IpAddr>) {
        let counters = &self.process.counters;
        counters.add_shared(ProcessCounter::ReceivedLogs, 1);
        let message = if section.settings.dont_parse { Message::opaque(received) } else { Message::parse(received) };
        let sender = sender.filter(|_| !section.settings.dont_parse);
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { line, stamps } = &mut *workspace;
        let now = std::time::SystemTime::now();
        let level = message.level();
        let lines = section.settings.targets.iter().zip(&section.targets);
        for (settings, target) in lines.filter(|(_, target)| target.takes(level)) {
            line.clear();
            let rendering = Rendering {
                message: &message,
                host: message.host_for(section.settings.host, sender),
                facility: target.frame.facility,
                min_level: target.min_level,
                now,
            };
            rendering.push((!settings.keeps_format).then_some(target.frame.format), line, stamps);
            line.truncate(target.max_length.saturating_sub(1));
            line.push(b'\n');
            let lost = self.sinks.send(target.sink, line, message.text);
            if lost > 0 {
                counters.add_shared(ProcessCounter::DroppedLogs, lost);
            }
        }
    }
}

#[cfg(test)]
mod tests;
