//! Load-balancing algorithms: from the candidates' live state, and a random draw where the algorithm needs one, to a server.
//! Knows no connections and no requests.
#![forbid(unsafe_code)]

mod balancer;
mod draw;
pub mod hash;
mod plan;
mod ring;
mod round_robin;
mod static_round_robin;

pub use balancer::{Affinity, Balancer, Method};
pub use hash::HashFunction;
pub use ring::HashKey;

use std::sync::Arc;

use burdock_base::ServerId;
use burdock_state::Server;

/// Which algorithm a `balance` line names (configuration manual 4.2 `balance`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `roundrobin`: in turn, by weight, weights may change at run time.
    RoundRobin,
    /// `static-rr`: in turn, by the weight of the configuration.
    StaticRoundRobin,
    /// `random`, and no `balance` line: the least loaded of some that are drawn at random.
    Random,
    /// `leastconn`: the one with the fewest requests for its weight; in turn where they are equal.
    LeastConnections,
    /// `first`: the one of the lowest number that has room.
    First,
    /// `source`: by the client's address.
    Source,
    /// `uri`: by the request's target.
    Uri,
    /// `url_param`: by a parameter of the query.
    UrlParameter,
    /// `hdr`: by a header field.
    Header,
    /// `hash`: by what a sample expression gives.
    Hash,
    /// `rdp-cookie`: by the user that an RDP client names.
    RdpCookie,
}

impl Algorithm {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::RoundRobin,
        Self::StaticRoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::First,
        Self::Source,
        Self::Uri,
        Self::UrlParameter,
        Self::Header,
        Self::Hash,
        Self::RdpCookie,
    ];

    /// What it does, in a line.
    pub const fn doc(&self) -> &'static str {
        match self {
            Self::RoundRobin => "in turn, by weight; weights may change at run time",
            Self::StaticRoundRobin => "in turn, by the weights of the configuration",
            Self::Random => "the least loaded of two, or of as many as are given, that are drawn at random",
            Self::LeastConnections => "the one with the fewest requests for its weight, in turn where they are equal",
            Self::First => "the one of the lowest number that has room",
            Self::Source => "by a hash of the client's address",
            Self::Uri => "by a hash of the request's target, up to the query",
            Self::UrlParameter => "by a hash of a parameter of the query",
            Self::Header => "by a hash of the first value of a header field",
            Self::Hash => "by a hash of what a sample expression gives",
            Self::RdpCookie => "by a hash of the cookie with which an RDP client names its user",
        }
    }

    /// The same with its arguments.
    pub const fn usage(&self) -> &'static str {
        match self {
            Self::Random => "random[(<draws>)]",
            Self::Uri => "uri [len <n>] [depth <n>] [whole] [path-only]",
            Self::UrlParameter => "url_param <name> [check_post]",
            Self::Header => "hdr(<name>) [use_domain_only]",
            Self::Hash => "hash <expression>",
            Self::RdpCookie => "rdp-cookie[(<name>)]",
            algorithm => algorithm.name(),
        }
    }

    /// Whether a key of the request says which server it is.
    pub const fn is_keyed(self) -> bool {
        match self {
            Self::Source | Self::Uri | Self::UrlParameter | Self::Header | Self::Hash | Self::RdpCookie => true,
            Self::RoundRobin | Self::StaticRoundRobin | Self::Random | Self::LeastConnections | Self::First => false,
        }
    }

    /// Its name in a `balance` line.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RoundRobin => "roundrobin",
            Self::StaticRoundRobin => "static-rr",
            Self::Random => "random",
            Self::LeastConnections => "leastconn",
            Self::First => "first",
            Self::Source => "source",
            Self::Uri => "uri",
            Self::UrlParameter => "url_param",
            Self::Header => "hdr",
            Self::Hash => "hash",
            Self::RdpCookie => "rdp-cookie",
        }
    }
}

/// A server as the balancer sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its live state.
    pub server: Arc<Server>,
    /// Its number in statistics (`id`).
    pub numeric_id: u32,
    /// `backup`: used only where no active server is usable.
    pub backup: bool,
    /// Where its places on a ring begin; see [`HashKey::first_place`].
    pub first_place: u32,
    /// `maxqueue`: requests that may wait for it; zero: no limit.
    pub maxqueue: u32,
}

/// What a balancer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// This server has its turn and has room.
    Server(ServerId),
    /// This server is the one, but it is at its limit: the request waits in the server's own queue.
    Full(ServerId),
    /// There are usable servers, but all of them are at their limit: the request waits in the backend's queue.
    AllBusy,
    /// No server is usable.
    NoneUsable,
}

/// A fixed order of turns by weight, in which each server comes as often as its weight says, divided by what all weights have in common:
/// indexes into `weights`. Configuration order where the weights are equal; no turns where all are zero.
pub fn turns_by_weight(weights: &[u32]) -> Vec<u32> {
    let common = weights.iter().fold(0, |a, &b| greatest_common_divisor(a, b)).max(1);
    let reduced: Vec<u32> = weights.iter().map(|weight| weight / common).collect();
    let total: usize = reduced.iter().map(|&weight| weight as usize).sum();
    let mut order = static_round_robin::StaticRoundRobin::new(&reduced, 0);
    (0..total).map_while(|_| order.next()).collect()
}

const fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// How many servers could share the load now, for statistics (fields `act`, `bck` and `weight` of a backend).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// Usable active servers.
    pub active: u32,
    /// Usable backup servers, whether or not they are in use.
    pub backup: u32,
    /// Sum of the weights of the servers in use: the active ones, else the first backup or all of them.
    pub weight: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As HAProxy 3.5 spread the lines of a log backend.
    #[test]
    fn turns_by_weight_are_haproxys() {
        let check = |weights: &[u32], expected: &[u32]| assert_eq!(turns_by_weight(weights), expected, "{weights:?}");
        check(&[1, 1, 1, 1], &[0, 1, 2, 3]);
        check(&[3, 1], &[0, 0, 0, 1]);
        check(&[3, 1, 1, 1], &[0, 0, 1, 0, 2, 3]);
        check(&[2, 1, 0, 1], &[0, 0, 1, 3]);
        check(&[0, 200, 100], &[1, 1, 2]);
        check(&[0, 0], &[]);
        check(&[], &[]);
    }
}
