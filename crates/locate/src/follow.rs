//! One host name and the servers that follow it: ask, hand addresses out, rest, again. The words are HAProxy's (measured).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use burdock_base::{ProxyId, ServerId};
use burdock_check::{EventLog, Transition};
use burdock_model::{Address, Backend, Level, Model, Proxy, Resolution, Server};
use burdock_resolve::{Counter, Failure, Found, Outcome, Section};
use tokio::time::Instant;

use crate::Subject;
use crate::choice::choose;

/// Looks after the servers that follow a name.
pub(crate) struct Follower {
    models: Arc<ArcSwap<Model>>,
    log: Rc<dyn EventLog>,
    subject: Subject,
    began: Instant,
    servers: HashMap<(ProxyId, ServerId), Followed>,
}

/// What is remembered of a server.
struct Followed {
    /// Its live state, to tell it from another one that has got its number.
    state: Arc<burdock_state::Server>,
    /// When its name last led somewhere.
    last_valid: Instant,
    /// The address that it got, and when that was last among the answers. What an operator has given it meanwhile stays until then.
    assigned: Option<(IpAddr, Instant)>,
}

/// A server as it is now.
#[derive(Clone)]
struct Member {
    model: Arc<Model>,
    proxy: Arc<Proxy>,
    backend: Arc<Backend>,
    server: Arc<Server>,
    resolution: Arc<Resolution>,
}

impl Follower {
    pub(crate) fn new(models: &Arc<ArcSwap<Model>>, log: &Rc<dyn EventLog>, subject: Subject) -> Self {
        let (models, log) = (Arc::clone(models), Rc::clone(log));
        Self { models, log, subject, began: Instant::now(), servers: HashMap::new() }
    }

    /// Works until nobody follows the name any more; gives the name back.
    pub(crate) async fn run(mut self) -> Subject {
        while let Some(section) = self.section() {
            let outcome = section.resolve(self.subject.name.clone(), self.subject.prefer).await;
            self.apply(&section, &outcome);
            tokio::time::sleep(Duration::from_millis(section.settings.resolve_ms.max(SHORTEST_REST_MS))).await;
        }
        self.subject
    }

    /// Whom to ask; none where nobody follows.
    fn section(&self) -> Option<Arc<Section>> {
        self.places().into_iter().find_map(|place| Some(Arc::clone(&self.member(place)?.resolution.section)))
    }

    /// Where those are who follow the name, in the order of the file.
    fn places(&self) -> Vec<(ProxyId, ServerId)> {
        let model = self.models.load();
        let proxies = model.proxies.iter().filter(|proxy| !proxy.disabled);
        let servers = proxies.filter_map(|proxy| proxy.backend.as_ref()).flat_map(|backend| &backend.servers);
        let followers = servers.filter(|server| self.subject.is_of(server));
        followers.map(|server| (server.proxy, server.id)).collect()
    }

    /// A server as it is now: every change is another model.
    fn member(&self, (proxy, server): (ProxyId, ServerId)) -> Option<Member> {
        let model = self.models.load_full();
        let proxy = Arc::clone(model.proxies.get(proxy.index())?);
        let backend = Arc::clone(proxy.backend.as_ref()?);
        let server = Arc::clone(backend.servers.get(server)?);
        let resolution = Arc::clone(server.resolution.as_ref()?);
        Some(Member { model, proxy, backend, server, resolution })
    }

    fn apply(&mut self, section: &Section, outcome: &Outcome) {
        let places = self.places();
        self.servers.retain(|place, _| places.contains(place));
        let now = Instant::now();
        let mut moved_before = false;
        for place in places {
            let Some(member) = self.member(place) else { continue };
            let followed = self.followed(place, &member);
            match outcome {
                Outcome::Found(found) => {
                    let by = if moved_before { None } else { section.name_servers.get(found.by) };
                    let source =
                        by.map_or_else(|| "DNS cache".to_owned(), |by| format!("{}/{}", section.name, by.name));
                    if self.settle(place, &member, found, section, &source, now) {
                        moved_before = true;
                        by.inspect(|by| by.counters.add(Counter::Updates));
                    }
                }
                Outcome::Failed(failure) => {
                    let silent_ms = now.duration_since(followed.last_valid).as_millis();
                    if silent_ms >= u128::from(section.settings.hold.of(*failure)) {
                        self.lose(place, &member, reason(*failure));
                    }
                }
            }
        }
    }

    fn followed(&mut self, place: (ProxyId, ServerId), member: &Member) -> &mut Followed {
        let state = &member.server.state;
        let fresh = || Followed { state: Arc::clone(state), last_valid: self.began, assigned: None };
        let followed = self.servers.entry(place).or_insert_with(fresh);
        if !Arc::ptr_eq(&followed.state, state) {
            *followed = Followed { state: Arc::clone(state), last_valid: Instant::now(), assigned: None };
        }
        followed
    }

    /// Gives a server an address of those found. Says whether it has moved.
    fn settle(
        &mut self,
        place: (ProxyId, ServerId),
        member: &Member,
        found: &Found,
        section: &Section,
        source: &str,
        now: Instant,
    ) -> bool {
        let obsolete = Duration::from_millis(section.settings.hold.obsolete_ms);
        let taken = self.taken(place, member, found);
        let followed = self.followed(place, member);
        followed.last_valid = now;
        if let Some((assigned, seen)) = &mut followed.assigned {
            if found.addresses.contains(assigned) {
                *seen = now;
                return false;
            }
            if now.duration_since(*seen) < obsolete {
                return false;
            }
        }
        let Address::Tcp(present) = member.server.address else { return false };
        let known = Some(present.ip()).filter(|ip| !ip.is_unspecified());
        let Some(address) = choose(&found.addresses, &member.resolution, known, &taken) else {
            // The blank is HAProxy's.
            self.lose(place, member, "No IP for server ");
            return false;
        };
        followed.assigned = Some((address, now));
        let moves = known != Some(address);
        if moves {
            self.publish(member, SocketAddr::new(address, present.port()));
            let Member { proxy, server, .. } = member;
            let from = known.map_or_else(|| "(none)".to_owned(), |ip| ip.to_string());
            let text =
                format!("{}/{}: IP changed from '{from}' to '{address}' by '{source}'.", proxy.name, server.name);
            self.log.event(proxy, Level::Notice, &text);
            self.log.notice(Level::Warning, &text);
        }
        if let Some(member) = self.member(place) {
            let host_name = member.server.hostname.clone().unwrap_or_default();
            self.transition(&member, |transition| transition.regain_address(&host_name));
        }
        moves
    }

    /// Addresses of the other servers of the backend that follow the name, as far as they still have them.
    fn taken(&self, place: (ProxyId, ServerId), member: &Member, found: &Found) -> Vec<IpAddr> {
        let others = self.servers.iter().filter(|((proxy, id), _)| *proxy == place.0 && *id != place.1);
        let assigned = others.filter_map(|((_, id), followed)| {
            let (address, _) = followed.assigned?;
            let is_there =
                member.backend.servers.get(*id).is_some_and(|server| Arc::ptr_eq(&server.state, &followed.state));
            (is_there && found.addresses.contains(&address)).then_some(address)
        });
        assigned.collect()
    }

    /// Takes a server's address away.
    fn lose(&mut self, place: (ProxyId, ServerId), member: &Member, reason: &str) {
        self.followed(place, member).assigned = None;
        if member.server.is_lost() {
            return;
        }
        self.transition(member, |transition| transition.lose_address(reason));
        let Address::Tcp(present) = member.server.address else { return };
        let nowhere = match present.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        self.publish(member, SocketAddr::new(nowhere, present.port()));
    }

    fn publish(&self, member: &Member, address: SocketAddr) {
        let Member { model, proxy, backend, server, .. } = member;
        let moved = server.moved_to(address, server.port_offset, backend);
        model.with_servers(proxy, backend.servers.with(Arc::new(moved))).publish(&self.models);
    }

    fn transition(&self, member: &Member, change: impl FnOnce(&Transition<'_>)) {
        let now = member.model.process.clock.now();
        Transition::new(&*self.log, &member.proxy, &member.server, now).as_ref().map(change);
    }
}

const fn reason(failure: Failure) -> &'static str {
    match failure {
        Failure::NoSuchName => "DNS NX status",
        Failure::Refused => "DNS refused status",
        Failure::Timeout => "DNS timeout status",
        Failure::Other => "unspecified DNS error",
    }
}

/// `timeout resolve 0` would ask without end.
const SHORTEST_REST_MS: u64 = 100;
