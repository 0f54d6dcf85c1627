//! OCSP responses (`ocsp-update`): the updater in a thread of its own, and where it tells what it does.

use std::sync::Arc;

use burdock_control::OcspHandle;
use burdock_http_client::HttpClient;
use burdock_model::{Level, Model};
use burdock_observe::{Logs, notice};
use burdock_ocsp::{Settings, Updater};
use burdock_tls::material::Certificate;

use crate::failure::Failure;

/// What responders are asked through. To be made before privileges are given up: what those are known by that speak TLS is read here.
pub fn client(model: &Model) -> HttpClient {
    let (store, settings) = (&*model.tls_store, &model.ocsp.client);
    let client = HttpClient::new(settings.clone());
    let is_secure = |certificate: &Arc<Certificate>| {
        certificate.ocsp_inquiry().is_ok_and(|inquiry| inquiry.url.starts_with("https:"))
    };
    if store.serves_clients()
        && (settings.ca_file.is_some() || store.ocsp_updated().iter().any(is_secure))
        && let Err(reason) = client.prepare()
    {
        notice(Level::Warning, &format!("OCSP responders that speak TLS cannot be asked: {reason}"));
    }
    client
}

/// Lets responses be fetched, and commands ask for it. Nothing begins where no line speaks TLS.
///
/// # Errors
/// The thread cannot be started.
pub fn start(model: &Model, client: HttpClient, commands: &OcspHandle) -> Result<(), Failure> {
    let store = &*model.tls_store;
    if !store.serves_clients() {
        return Ok(());
    }
    let cannot = |error| Failure::new(format!("Cannot start the thread for OCSP responses: {error}"));
    let logs = Logs::new(model);
    let journal = Box::new(move |line: &str| logs.process_event(Level::Notice, line));
    let updater = Updater::new(store.clone(), Settings::clone(&model.ocsp), client, journal);
    commands.store(Some(updater.tasks()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let thread = std::thread::Builder::new().name("ocsp".to_owned());
    thread.spawn(move || runtime.block_on(updater.run())).map(drop).map_err(cannot)
}
