//! What `burdock demo` shows: three small web applications that keep visits and logins in their own memory, and the
//! desk, a page on which one watches stickiness work and switches the applications off and on.
//! It knows the proxy only as an address to send requests to, so any proxy that reads `haproxy.cfg` can stand there.
#![forbid(unsafe_code)]

mod app;
mod configuration;
mod crowd;
mod desk;
mod journal;
mod machine;
mod port;
mod scene;
mod visit;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use machine::Thread;
use port::ReservedPort;
use scene::Scene;

/// Where the demo listens. An address that is given is taken or the start fails; port 0 lets the kernel choose.
/// An address that is not given is the usual one ([`USUAL_DESK_PORT`], [`USUAL_SITE_PORT`] on 127.0.0.1) or, where that is
/// taken, any free port.
#[derive(Clone, Copy, Debug, Default)]
pub struct DemoOptions {
    /// Of the desk, the page to open in a browser.
    pub desk: Option<SocketAddr>,
    /// Of the site: where the proxy listens, in front of the three applications.
    pub site: Option<SocketAddr>,
}

/// The desk's port when nothing else is asked for.
pub const USUAL_DESK_PORT: u16 = 8420;
/// The site's port when nothing else is asked for.
pub const USUAL_SITE_PORT: u16 = 8421;

/// The running demo: the applications and the desk, each on a thread of its own. Dropping it ends them all.
pub struct Demo {
    scene: Arc<Scene>,
    desk: Thread,
    desk_port: ReservedPort,
}

impl Demo {
    /// Takes the ports, switches the three applications on and opens the desk.
    ///
    /// The proxy is not started here: the caller runs it with [`Demo::configuration`].
    ///
    /// # Errors
    /// When an address that was asked for is taken, or the system refuses a socket or a thread.
    pub fn start(options: DemoOptions) -> io::Result<Self> {
        let desk_port = claim(options.desk, USUAL_DESK_PORT)?;
        let site_port = claim(options.site, USUAL_SITE_PORT)?;
        let scene = Arc::new(Scene::open(site_port, desk_port.address().port())?);
        let desk = Thread::serve("demo-desk", desk_port.listen()?, desk::router(scene.clone()))?;
        Ok(Self { scene, desk, desk_port })
    }

    /// Where the desk listens.
    pub fn desk_address(&self) -> SocketAddr {
        self.desk_port.address()
    }

    /// Where the proxy has to listen; [`Demo::configuration`] says the same to it.
    pub fn site_address(&self) -> SocketAddr {
        self.scene.site_address()
    }

    /// The proxy's configuration as the text of an `haproxy.cfg`.
    pub fn configuration(&self) -> String {
        self.scene.configuration().text()
    }

    /// What the program prints once the demo stands: the address to open and how to end it.
    pub fn banner(&self) -> String {
        format!(
            "\n  Burdock demo\n\n  Open     http://{desk}/\n  Behind   http://{site}/  (three servers behind Burdock)\n  End      Ctrl-C\n",
            desk = port::reachable(self.desk_address()),
            site = port::reachable(self.site_address()),
        )
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.desk.end();
        self.scene.close();
    }
}

fn claim(wanted: Option<SocketAddr>, usual_port: u16) -> io::Result<ReservedPort> {
    match wanted {
        Some(address) => ReservedPort::claim(address)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))),
        None => ReservedPort::claim(port::loopback(usual_port)).or_else(|_| ReservedPort::claim(port::loopback(0))),
    }
}
