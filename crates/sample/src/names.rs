//! What expressions may name: proxies, servers, variables. Collected while a configuration is read; a name becomes an id or a slot once.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burdock_auth::Userlist;
use burdock_base::{ProxyId, ServerId};
use burdock_http::Reply;
use burdock_pattern::ReferenceTableBuilder;
use burdock_state::{Asked, Directory, Ring, Table, VariableId, VariableScope};
use burdock_syntax::{Diagnostic, Environment, Parsed, SourceMap, Span, Word};
use burdock_txn::bandwidth::BandwidthLimit;

use crate::convert::token::{DecryptionPolicy, KeyRing};
use crate::input::Input;
use crate::phase::Validity;
use crate::references::ChangedReference;

/// Everything that can be named.
#[derive(Debug, Default)]
pub struct Names {
    /// The proxies, by [`ProxyId`].
    pub proxies: Vec<ProxyNames>,
    /// The `log-profile` sections, by their index in the model.
    pub log_profiles: Vec<String>,
    /// Where relative file names start; none: in the working directory.
    pub base_directory: Option<PathBuf>,
    /// The environment as it is at the end of the configuration.
    pub environment: Environment,
    /// `userlist` sections by name.
    pub userlists: HashMap<String, Arc<Userlist>>,
    /// `ring` sections by name; none where lines of theirs are not the plain text.
    pub rings: HashMap<String, Option<Arc<Ring>>>,
    /// `resolvers` sections by name.
    pub resolvers: HashMap<String, Arc<burdock_resolve::Section>>,
    events: OnceCell<Arc<Ring>>,
    /// Keys and certificates for tokens.
    pub key_ring: Arc<KeyRing>,
    /// What encrypted tokens may use.
    pub decryption_policy: DecryptionPolicy,
    /// `http-errors` sections by name.
    pub error_sections: HashMap<String, ErrorSection>,
    /// `tune.stick-counters`; none: the default.
    pub stick_counters: Option<usize>,
    /// The files of the configuration, to say where something stands.
    pub sources: SourceMap,
    variables: RefCell<HashMap<(VariableScope, Box<str>), u32>>,
    /// What an expression asks for that is else not taken down.
    pub(crate) asked: Cell<Asked>,
    named_servers: RefCell<HashSet<(ProxyId, ServerId)>>,
    pub(crate) references: RefCell<ReferenceTableBuilder>,
    /// Those that actions change.
    pub(crate) changed: RefCell<Vec<(Word, ChangedReference)>>,
}

/// An `http-errors` section: answers by status; none stands for an empty file.
pub type ErrorSection = BTreeMap<u16, Option<Arc<Reply>>>;

/// A proxy and what can be named in it.
#[derive(Debug, Default)]
pub struct ProxyNames {
    /// Its name.
    pub name: String,
    /// Whether it has a client side.
    pub frontend: bool,
    /// Whether it has a server side.
    pub backend: bool,
    /// Its servers, by [`ServerId`].
    pub servers: Vec<String>,
    /// Its slots for texts captured from requests, in the order of the file.
    pub request_captures: Vec<CaptureSlot>,
    /// The same for responses.
    pub response_captures: Vec<CaptureSlot>,
    /// Its bandwidth limits by name, as they are where rules change nothing of them.
    pub bandwidth_limits: Vec<(String, BandwidthLimit)>,
    /// Its stick table.
    pub table: Option<Arc<Table>>,
}

/// A slot for captured texts.
#[derive(Clone, Copy, Debug)]
pub struct CaptureSlot {
    /// The most bytes that are kept.
    pub length: usize,
    /// The first word of the line that declares it.
    pub span: Span,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What it may name.
    pub names: &'a Names,
    /// The proxy that it belongs to.
    pub proxy: Option<ProxyId>,
    /// The ACLs that it may name; none where there can be none.
    pub acls: Option<Acls<'a>>,
    /// Whether it was written in the `defaults` section that the proxy starts from.
    pub inherited: bool,
}

/// The ACLs of a section that stand before a place in it.
#[derive(Clone, Copy, Debug)]
pub struct Acls<'a> {
    /// All those of the section.
    pub lookup: &'a dyn AclLookup,
    /// How many `acl` lines of the section stand before the place.
    pub lines: usize,
}

/// Finds ACLs by name. What they are is known to the rules alone.
pub trait AclLookup: fmt::Debug {
    /// The ACL that a line behind the first `lines` ones may name. Nothing where that is at fault and has been complained about.
    ///
    /// # Errors
    /// Points at the name: there is no such ACL, or naming it here is a loop.
    fn find(&self, name: &Word, lines: usize) -> Parsed<Option<Arc<dyn Decide>>>;
}

/// Something that holds or does not.
pub trait Decide: Send + Sync {
    /// Whether it holds; nothing while that depends on what is yet to come.
    fn decide(&self, input: &Input<'_>) -> Option<bool>;
}

impl Acls<'_> {
    /// The ACL of that name: see [`AclLookup::find`].
    ///
    /// # Errors
    /// As [`AclLookup::find`].
    pub fn find(&self, name: &Word) -> Parsed<Option<Arc<dyn Decide>>> {
        self.lookup.find(name, self.lines)
    }
}

/// The fault of naming an ACL where there are none.
pub(crate) fn no_acls(name: &Word) -> Diagnostic {
    Diagnostic::error(format!("no such ACL: '{name}'"))
        .code("unknown-acl")
        .at(name.span(), "no ACL can be named outside of a proxy")
}

impl<'a> Scope<'a> {
    /// A place outside of any proxy.
    pub const fn outside(names: &'a Names) -> Self {
        Self { names, proxy: None, acls: None, inherited: false }
    }

    /// A place in a proxy, without its ACLs.
    pub const fn within(names: &'a Names, proxy: ProxyId) -> Self {
        Self { names, proxy: Some(proxy), acls: None, inherited: false }
    }

    /// When something has a value here that has one in these phases: the rules of a `listen` section are those of a backend too.
    pub fn validity(&self, of: Validity) -> Validity {
        let proxy = self.proxy.and_then(|proxy| self.names.proxies.get(proxy.index()));
        if proxy.is_some_and(|proxy| proxy.frontend && proxy.backend) { of.in_listen() } else { of }
    }
}

impl Names {
    /// Names of these proxies.
    pub fn new(proxies: Vec<ProxyNames>, base_directory: Option<PathBuf>) -> Self {
        Self { proxies, base_directory, ..Self::default() }
    }

    /// What can be named when the configuration has long been read: proxies, servers, and all variables by the slots that they have.
    pub fn of(world: &Directory) -> Self {
        let proxies = world.proxies.iter().map(|proxy| ProxyNames {
            name: proxy.name.to_string(),
            frontend: proxy.frontend.is_some(),
            backend: proxy.backend.is_some(),
            // No server has an empty name, so the empty seats are found by none.
            servers: proxy
                .servers
                .positions()
                .map(|server| server.map_or("", |server| &server.name).to_owned())
                .collect(),
            table: world.table(&proxy.name).cloned(),
            ..ProxyNames::default()
        });
        let configured = world.variable_names.iter().map(|known| ((known.scope, known.name.clone()), known.slot));
        let added = world.variables.added_names().into_iter();
        let added = added.map(|(name, slot)| ((VariableScope::Process, name), slot));
        let variables = RefCell::new(configured.chain(added).collect());
        Self { proxies: proxies.collect(), variables, ..Self::default() }
    }

    /// The content of a file that an argument names.
    ///
    /// # Errors
    /// Whatever reading it gave.
    pub fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        match &self.base_directory {
            Some(base) => std::fs::read(base.join(path)),
            None => std::fs::read(path),
        }
    }

    /// The variable that a text such as `txn.name` stands for. Each new name gets a slot.
    ///
    /// # Errors
    /// A sentence without its subject.
    pub fn variable(&self, text: &[u8]) -> Result<VariableId, &'static str> {
        let text = std::str::from_utf8(text).map_err(|_| "is no name of a variable")?;
        let (scope, name) = text.split_once('.').ok_or(SCOPE_NEEDED)?;
        let scope = VariableScope::ALL.into_iter().find(|known| known.name() == scope).ok_or(SCOPE_NEEDED)?;
        if name.is_empty() {
            return Err("lacks the name behind its scope");
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
            return Err("is no name of a variable: letters, digits, '_' and '.' are possible");
        }
        let mut variables = self.variables.borrow_mut();
        let next = variables.keys().filter(|(known, _)| *known == scope).count() as u32;
        let slot = *variables.entry((scope, name.into())).or_insert(next);
        Ok(VariableId { scope, slot })
    }

    /// How many variables of a scope there are.
    pub fn variable_count(&self, scope: VariableScope) -> usize {
        self.variables.borrow().keys().filter(|(known, _)| *known == scope).count()
    }

    /// The variables of a scope by name.
    pub fn variables(&self, scope: VariableScope) -> Vec<(String, u32)> {
        let variables = self.variables.borrow();
        let mut found: Vec<_> = variables
            .iter()
            .filter(|((known, _), _)| *known == scope)
            .map(|((_, name), slot)| (name.to_string(), *slot))
            .collect();
        found.sort_unstable();
        found
    }

    /// How many entries of stick tables a request can track.
    pub fn trackers(&self) -> usize {
        self.stick_counters.unwrap_or(DEFAULT_STICK_COUNTERS)
    }

    /// The ring `buf0`, which is there once it is asked for.
    pub fn event_ring(&self) -> Arc<Ring> {
        Arc::clone(self.events.get_or_init(|| Arc::new(Ring::new(EVENT_RING_BYTES))))
    }

    /// The same where it was asked for.
    pub fn asked_event_ring(&self) -> Option<&Arc<Ring>> {
        self.events.get()
    }

    /// What some expression asks for that is else not taken down.
    pub fn asked(&self) -> Asked {
        self.asked.get()
    }

    /// The proxy of that name that `fits`.
    pub fn proxy(&self, name: &str, fits: impl Fn(&ProxyNames) -> bool) -> Option<ProxyId> {
        let at = self.proxies.iter().position(|proxy| proxy.name == name && fits(proxy))?;
        Some(ProxyId(at as u32))
    }

    /// A server of a proxy by name. It is taken down as named.
    pub fn server(&self, proxy: ProxyId, name: &str) -> Option<ServerId> {
        let at = self.proxies.get(proxy.index())?.servers.iter().position(|server| server == name)?;
        let id = ServerId(at as u32);
        self.note_server(proxy, id);
        Some(id)
    }

    /// Takes down that a server is named.
    pub fn note_server(&self, proxy: ProxyId, id: ServerId) {
        self.named_servers.borrow_mut().insert((proxy, id));
    }

    /// The servers that were named.
    pub fn named_servers(&self) -> HashSet<(ProxyId, ServerId)> {
        self.named_servers.borrow().clone()
    }
}

/// Configuration manual 3.2 `tune.stick-counters`.
const DEFAULT_STICK_COUNTERS: usize = 3;

/// The size of `buf0`.
const EVENT_RING_BYTES: usize = 1 << 20;

const SCOPE_NEEDED: &str = "must begin with 'proc.', 'sess.', 'txn.', 'req.', 'res.' or 'check.'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_slot_of_its_scope() {
        let names = Names::default();
        let slot = |text: &str| names.variable(text.as_bytes()).unwrap().slot;
        assert_eq!((slot("txn.a"), slot("txn.b"), slot("req.a"), slot("txn.a")), (0, 1, 0, 0));
        assert_eq!(names.variable_count(VariableScope::Transaction), 2);
        assert!(
            names.variable(b"a").is_err() && names.variable(b"txn.").is_err() && names.variable(b"txn.a-b").is_err()
        );
    }
}
