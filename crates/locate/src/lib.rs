//! Servers that follow their host names while traffic runs (configuration manual 5.3): whose name is asked for when, which address each
//! server gets, and when one is lost. Knows neither messages nor requests.
#![forbid(unsafe_code)]

mod choice;
mod follow;

use std::collections::HashSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use arc_swap::ArcSwap;
use burdock_check::EventLog;
use burdock_model::{Model, Server};
use burdock_resolve::{Family, HostName};
use burdock_state::Process;
use tokio::task::JoinSet;

use crate::follow::Follower;

/// A host name, and whom to ask for it. Servers with the same are asked for together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    section: String,
    name: HostName,
    prefer: Family,
}

impl Subject {
    /// What a server follows; none: it stays where it is.
    pub(crate) fn of(server: &Server) -> Option<Self> {
        let resolution = server.resolution.as_ref()?;
        let name = HostName::parse(server.hostname.as_ref()?.as_bytes())?;
        Some(Self { section: resolution.section.name.clone(), name, prefer: resolution.prefer })
    }

    /// Whether that is what a server follows. Cheap: every name is compared with those of all servers again and again.
    pub(crate) fn is_of(&self, server: &Server) -> bool {
        let (Some(resolution), Some(name)) = (&server.resolution, &server.hostname) else { return false };
        let name = name.strip_suffix('.').unwrap_or(name);
        resolution.prefer == self.prefer
            && name.eq_ignore_ascii_case(self.name.as_str())
            && resolution.section.name == self.section
    }
}

/// Lets servers follow their names; never ends. It publishes models, so it has to run in the thread that does so, on a `LocalSet`, and takes
/// a running [`Service`](burdock_resolve::Service).
pub async fn run(models: Arc<ArcSwap<Model>>, log: Rc<dyn EventLog>) {
    let mut followed: HashSet<Subject> = HashSet::new();
    let mut followers: JoinSet<Subject> = JoinSet::new();
    let mut known = None;
    loop {
        // Whoever holds on to a model keeps what others have taken out of it: only its number is kept.
        let (generation, process) = {
            let model = models.load();
            if known != Some(model.generation) {
                for subject in subjects(&model) {
                    if followed.insert(subject.clone()) {
                        let follower = Follower::new(&models, &log, subject);
                        followers.spawn_local(follower.run());
                    }
                }
            }
            (model.generation, Arc::clone(&model.process))
        };
        known = Some(generation);
        tokio::select! {
            Some(Ok(subject)) = followers.join_next() => {
                followed.remove(&subject);
                // A server may have come to follow the name in the very moment.
                known = None;
            }
            () = another(&models, &process, generation) => {}
        }
    }
}

fn subjects(model: &Model) -> impl Iterator<Item = Subject> {
    let proxies = model.proxies.iter().filter(|proxy| !proxy.disabled);
    let servers = proxies.filter_map(|proxy| proxy.backend.as_ref()).flat_map(|backend| &backend.servers);
    servers.filter_map(|server| Subject::of(server))
}

/// Waits for another model than the one that is known.
async fn another(models: &ArcSwap<Model>, process: &Process, known: u64) {
    poll_fn(|cx| {
        process.publications.add(cx.waker());
        if models.load().generation == known { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}
