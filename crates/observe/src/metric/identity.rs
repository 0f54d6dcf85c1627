//! What an object is: names, numbers, addresses, settings.

use burdock_balance::Algorithm;
use burdock_model::{Address, Mode, Server};

use super::{metrics, n32, text};

metrics! {
    0 "pxname" KEY_NAME "the proxy's name" {
        frontend: |it| text(it.proxy.name.as_str());
        backend: |it| text(it.proxy.name.as_str());
        server: |it| text(it.proxy.name.as_str());
    }
    1 "svname" KEY_NAME "the server's name, or FRONTEND or BACKEND" {
        frontend: |_| text("FRONTEND");
        backend: |_| text("BACKEND");
        server: |it| text(it.server.name.as_str());
    }
    26 "pid" PROCESS_KEY "the process's number among those that share the configuration" {
        frontend: |_| n32(PROCESS_NUMBER);
        backend: |_| n32(PROCESS_NUMBER);
        server: |_| n32(PROCESS_NUMBER);
    }
    27 "iid" KEY "the proxy's number" {
        frontend: |it| n32(it.proxy.numeric_id);
        backend: |it| n32(it.proxy.numeric_id);
        server: |it| n32(it.proxy.numeric_id);
    }
    28 "sid" KEY "the server's number within its proxy; 0 for the proxy itself" {
        frontend: |_| n32(0);
        backend: |_| n32(0);
        server: |it| n32(it.server.numeric_id);
    }
    32 "type" SETTING "0 for a frontend, 1 for a backend, 2 for a server" {
        frontend: |_| n32(0);
        backend: |_| n32(1);
        server: |_| n32(2);
    }
    73 "addr" SETTING "the address" {
        server: |it| text(address(it.server));
    }
    74 "cookie" SETTING_NAME "the value for a server, the cookie's name for a backend" {
        backend: |it| {
            let persistence = it.backend.persistence.as_ref()?;
            text(String::from_utf8_lossy(&persistence.policy().name))
        };
        server: |it| it.server.cookie.as_ref().and_then(|value| text(String::from_utf8_lossy(value)));
    }
    75 "mode" SETTING "the proxy's mode" {
        frontend: |it| text(mode(it.proxy.mode));
        backend: |it| text(mode(it.proxy.mode));
        server: |it| text(mode(it.proxy.mode));
    }
    76 "algo" SETTING "the load-balancing algorithm; `unknown` where none is configured" {
        backend: |it| text(match it.backend.balance.algorithm {
            // So HAProxy calls a draw, whether it is configured or not.
            Algorithm::Random => "unknown",
            algorithm => algorithm.name(),
        });
    }
}

/// Every process shows itself as the first: there is one a configuration (management manual 9.1 `pid`).
pub(super) const PROCESS_NUMBER: u32 = 1;

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Tcp => "tcp",
        Mode::Http => "http",
        Mode::Log => "syslog",
    }
}

/// `ip:port`, with the difference in place of a port that depends on the client's; every Unix socket is `unix`. Nothing where a name leads nowhere.
fn address(server: &Server) -> String {
    if server.is_lost() {
        return String::new();
    }
    match (&server.address, server.port_offset) {
        (Address::Tcp(address), Some(offset)) => {
            let text = address.to_string();
            let host = text.rsplit_once(':').map_or(text.as_str(), |(host, _)| host);
            format!("{host}:{offset}")
        }
        (Address::Tcp(address), None) => address.to_string(),
        (Address::Unix(_) | Address::Abstract { .. } | Address::Inherited(_), _) => "unix".to_owned(),
    }
}
