//! The thread that moves log lines between memory and sockets that may make it wait: it feeds the servers and files of rings, and receives what
//! `log-forward` sections pass on. Workers hand it lines through rings alone, and so never wait for it.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use burdock_model::Model;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;

use super::backing::Backing;
use super::feed::Feed;
use super::forward::{ForwardInlet, Forwarder};

/// How long a process that ends tries to hand over what waits in its rings.
const FLUSH_LIMIT: Duration = Duration::from_millis(500);

/// The running thread. Dropping it without [`LogService::finish`] leaves it to the end of the process.
#[derive(Debug)]
pub struct LogService {
    receiving: watch::Sender<bool>,
    finishing: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl LogService {
    /// Starts the thread where the model has work for it. `inlets` are the sockets of `log-forward` sections, `backings` the files of rings. To be called before lines are written, so that none that is missed goes uncounted.
    ///
    /// # Errors
    /// The runtime or the thread could not be made.
    pub fn start(
        model: &Arc<Model>,
        inlets: Vec<ForwardInlet>,
        backings: Vec<Backing>,
    ) -> io::Result<Option<LogService>> {
        let rings = &model.logging.rings;
        let feeds: Vec<Feed> =
            rings.iter().flat_map(|ring| ring.servers.iter().map(|server| Feed::new(ring, server))).collect();
        if feeds.is_empty() && inlets.is_empty() && backings.is_empty() {
            return Ok(None);
        }
        let (receiving, may_receive) = watch::channel(true);
        let (finishing, is_finishing) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let model = Arc::clone(model);
        let thread = std::thread::Builder::new().name("logs".to_owned()).spawn(move || {
            let work = work(&model, feeds, backings, inlets, may_receive, is_finishing);
            LocalSet::new().block_on(&runtime, work);
            // A disk that hangs must not keep the process from ending.
            runtime.shutdown_background();
        })?;
        Ok(Some(LogService { receiving, finishing, thread }))
    }

    /// Closes the sockets of `log-forward` sections. Connections end, datagrams are received no more.
    pub fn stop_receiving(&self) {
        self.receiving.send_replace(false);
    }

    /// Ends the thread, once what waits in rings is written or a short while has passed.
    pub fn finish(self) {
        self.stop_receiving();
        self.finishing.send_replace(true);
        // A panic of that thread was reported when it happened.
        let _ = self.thread.join();
    }
}

async fn work(
    model: &Model,
    feeds: Vec<Feed>,
    backings: Vec<Backing>,
    inlets: Vec<ForwardInlet>,
    mut may_receive: watch::Receiver<bool>,
    mut finishing: watch::Receiver<bool>,
) {
    let mut feeding = JoinSet::new();
    for feed in feeds {
        feeding.spawn_local(feed.run(finishing.clone()));
    }
    for backing in backings {
        feeding.spawn_local(backing.run(finishing.clone()));
    }
    let mut receiving = JoinSet::new();
    if !inlets.is_empty() {
        let forwarder = Rc::new(Forwarder::new(model));
        for inlet in inlets {
            receiving.spawn_local(Rc::clone(&forwarder).receive(inlet));
        }
    }
    // An error means that nobody is left to say more, which comes to the same.
    let _ = may_receive.wait_for(|receiving| !receiving).await;
    receiving.shutdown().await;
    let _ = finishing.wait_for(|finishing| *finishing).await;
    let flushed = async { while feeding.join_next().await.is_some() {} };
    let _ = timeout(FLUSH_LIMIT, flushed).await;
}

#[cfg(test)]
mod tests;
