//! The demo with another proxy than Burdock in front, to work on the page alone or to see both side by side:
//! `cargo run -p burdock-demo --example desk -- --proxy haproxy`.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Child, Command};

use burdock_demo::{Demo, DemoOptions};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// The page of `burdock demo` in front of any proxy that reads haproxy.cfg.
#[derive(Parser)]
struct Arguments {
    /// The proxy's program; it is started with -f and a file.
    #[arg(long, default_value = "haproxy")]
    proxy: String,
    /// Port of the page; 0 lets the system choose.
    #[arg(long)]
    port: Option<u16>,
    /// Port of the site; 0 lets the system choose.
    #[arg(long)]
    site_port: Option<u16>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let options = DemoOptions { desk: arguments.port.map(address), site: arguments.site_port.map(address) };
    let demo = Demo::start(options)?;

    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(demo.configuration().as_bytes())?;
    let _proxy = Proxy(Command::new(&arguments.proxy).arg("-db").arg("-f").arg(file.path()).spawn()?);

    writeln!(io::stdout(), "{}", demo.banner())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Ends with the example.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
