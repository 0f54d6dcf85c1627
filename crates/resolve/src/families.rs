//! Families of addresses: which are asked for, and which first.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4: `A` records.
    V4,
    /// IPv6: `AAAA` records.
    V6,
}

impl Family {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::V4 => Self::V6,
            Self::V6 => Self::V4,
        }
    }

    /// Whether an address is of this family.
    pub const fn contains(self, address: IpAddr) -> bool {
        matches!((self, address), (Self::V4, IpAddr::V4(_)) | (Self::V6, IpAddr::V6(_)))
    }

    /// The name of its records.
    pub const fn record(self) -> &'static str {
        match self {
            Self::V4 => "A",
            Self::V6 => "AAAA",
        }
    }
}

/// The families that are asked for, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// The one that is asked for first.
    pub first: Family,
    /// The one that is asked for where there is nothing of the first; none: there is but one.
    pub second: Option<Family>,
}

/// `dns-accept-family` (configuration manual 3.1): the families that are asked for at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FamilyPolicy {
    /// IPv4, and IPv6 where the machine has a way to it.
    #[default]
    Auto,
    /// Both.
    Both,
    /// One of them.
    Only(Family),
}

impl FamilyPolicy {
    /// What is asked for where one is preferred.
    pub fn order(self, preferred: Family) -> Families {
        let only = match self {
            Self::Both => None,
            Self::Only(family) => Some(family),
            Self::Auto => (!has_ipv6()).then_some(Family::V4),
        };
        match only {
            Some(first) => Families { first, second: None },
            None => Families { first: preferred, second: Some(preferred.other()) },
        }
    }
}

/// Whether the machine has a way to addresses of IPv6. Looked at from time to time: routes come and go.
fn has_ipv6() -> bool {
    const LOOK_EVERY: Duration = Duration::from_secs(30);
    static SEEN: Mutex<Option<(Instant, bool)>> = Mutex::new(None);
    let mut seen = SEEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let now = Instant::now();
    if let Some((at, has)) = *seen
        && now.duration_since(at) < LOOK_EVERY
    {
        return has;
    }
    let has = is_routed();
    *seen = Some((now, has));
    has
}

/// Asks the kernel for a route, which sends nothing.
fn is_routed() -> bool {
    let Ok(socket) = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)) else { return false };
    // An address of the global range; which one does not matter.
    let somewhere = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 1);
    socket.connect(SocketAddr::from((somewhere, 53))).is_ok()
}
