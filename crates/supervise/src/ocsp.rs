//! OCSP responses (`ocsp-update`): the updater in a thread of its own, and where it tells what it does.

use burdock_control::OcspHandle;
use burdock_model::{Level, Model};
use burdock_observe::Logs;
use burdock_ocsp::{Settings, Updater};

use crate::failure::Failure;

/// Lets responses be fetched, and commands ask for it. Nothing begins where no line speaks TLS.
///
/// # Errors
/// The thread cannot be started.
pub fn start(model: &Model, commands: &OcspHandle) -> Result<(), Failure> {
    let store = &*model.tls_store;
    if !store.serves_clients() {
        return Ok(());
    }
    let cannot = |error| Failure::new(format!("Cannot start the thread for OCSP responses: {error}"));
    let logs = Logs::new(model);
    let journal = Box::new(move |line: &str| logs.process_event(Level::Notice, line));
    let updater = Updater::new(store.clone(), Settings::clone(&model.ocsp), journal);
    commands.store(Some(updater.tasks()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let thread = std::thread::Builder::new().name("ocsp".to_owned());
    thread.spawn(move || runtime.block_on(updater.run())).map(drop).map_err(cannot)
}
