//! Keywords of HAProxy that say something about its inner life, or about a protocol that is refused elsewhere, and therefore have no meaning
//! here. They are accepted, each for the reason given; `burdock check` shows it. This is the only place where something is accepted without
//! effect.

use burdock_syntax::{Diagnostic, Span, Word};

use crate::keyword::{Prefixes, Sections, starts_with};
use crate::known::{self, Class};

/// A keyword without meaning here.
#[derive(Debug)]
pub struct Ignored {
    /// The keyword; a final `*` stands for any ending.
    pub name: &'static str,
    /// Where it may stand.
    pub place: Place,
    /// What may stand before it.
    pub prefixes: Prefixes,
    /// Why it can be left aside.
    pub reason: &'static str,
}

/// Where a keyword stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of one of these sections.
    Line(Sections),
    /// A word of a `bind` or `stats socket` line.
    Bind,
    /// A word of a `server` or `default-server` line.
    Server,
    /// A parameter of a `load` line.
    Load,
    /// The action of a rule.
    Action,
}

impl Ignored {
    /// What `burdock check` says of it where it was written as `name`.
    pub fn advice(&self, name: &str, span: Span) -> Diagnostic {
        Diagnostic::advice(format!("'{name}' has no meaning here"))
            .code("no-meaning-here")
            .at(span, "accepted, without effect")
            .note(self.reason)
    }

    const fn negatable(mut self) -> Self {
        self.prefixes = Prefixes::NoAndDefault;
        self
    }

    /// Whether it is the entry of `name`; patterns stand only for names that HAProxy knows.
    fn is(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => name.starts_with(start) && known::is_known(&[self.place.class()], name),
            None => self.name == name,
        }
    }
}

impl Place {
    const fn class(self) -> Class {
        match self {
            Self::Line(_) => Class::Global,
            Self::Bind => Class::Bind,
            Self::Server => Class::Server,
            Self::Load => Class::Load,
            // The names here are written out: none stands for others.
            Self::Action => Class::Global,
        }
    }
}

/// The entry of the keyword that a line begins with, and how many words that is.
pub(crate) fn find_line(words: &[Word], section: Sections) -> Option<(&'static Ignored, usize)> {
    let first = words.first()?.display();
    let here = |ignored: &&Ignored| matches!(ignored.place, Place::Line(sections) if sections.contains(section));
    IGNORED.iter().filter(here).find_map(|ignored| {
        let count = if ignored.is(&first) { Some(1) } else { starts_with(words, ignored.name) };
        Some((ignored, count?))
    })
}

/// The entry of an option of a `bind` or `server` line, or of an action.
pub(crate) fn find_option(place: Place, name: &str) -> Option<&'static Ignored> {
    IGNORED.iter().find(|ignored| ignored.place == place && ignored.is(name))
}

/// The entry of an action.
pub(crate) fn find_action(name: &str) -> Option<&'static Ignored> {
    find_option(Place::Action, name)
}

/// All of them.
pub const IGNORED: &[Ignored] = &[
    // The global section.
    global("quiet", "what is found in a configuration is always said; '-q' on the command line hides it"),
    global("thread-groups", "worker threads are not arranged in groups"),
    global("thread-group", "worker threads are not arranged in groups"),
    global("max-threads-per-group", "worker threads are not arranged in groups"),
    global("numa-cpu-mapping", "worker threads are placed by the operating system").negatable(),
    global("insecure-fork-wanted", "nothing keeps the process from starting others").negatable(),
    global("insecure-setuid-wanted", "nothing keeps the process from running set-uid programs"),
    global("expose-experimental-directives", "no keyword depends on it"),
    global("expose-deprecated-directives", "no keyword depends on it"),
    global("noepoll", "the runtime chooses how to wait for events"),
    global("nopoll", "the runtime chooses how to wait for events"),
    global("nokqueue", "the runtime chooses how to wait for events"),
    global("noevports", "the runtime chooses how to wait for events"),
    global("nosplice", "data is never spliced in the kernel"),
    global("noktls", "TLS in the kernel is never used"),
    global("maxpipes", "no pipes are used: data is never spliced in the kernel"),
    global("tune.pipesize", "no pipes are used: data is never spliced in the kernel"),
    global("prealloc-fd", "the table of open files grows with need"),
    global("no-memory-trimming", "memory is never trimmed on a reload"),
    global("tune.memory.hot-size", "memory is managed by the system's allocator"),
    global("tune.pool-*", "memory is managed by the system's allocator"),
    global("tune.buffers.*", "buffers are taken and given back as traffic needs them"),
    global("tune.idle-pool.shared", "every worker thread keeps idle connections of its own, as with 'off'"),
    global("tune.runqueue-depth", "tasks are scheduled by the runtime"),
    global("tune.sched.low-latency", "tasks are scheduled by the runtime"),
    global("tune.maxpollevents", "tasks are scheduled by the runtime"),
    global("tune.events.max-events-at-once", "tasks are scheduled by the runtime"),
    global("tune.epoll.mask-events", "tasks are scheduled by the runtime"),
    global("tune.fd.*", "descriptors are watched by the runtime"),
    global("tune.recv_enough", "a short read is taken as it comes"),
    global("tune.disable-fast-forward", "data takes one path only"),
    global("tune.disable-zero-copy-forwarding", "data takes one path only"),
    global("tune.applet.zero-copy-forwarding", "data takes one path only"),
    global("tune.pt.zero-copy-forwarding", "data takes one path only"),
    global("tune.h1.zero-copy-fwd-recv", "data takes one path only"),
    global("tune.h1.zero-copy-fwd-send", "data takes one path only"),
    global("tune.listener.default-shards", "every worker thread has a listening socket of its own"),
    global("tune.listener.multi-queue", "the kernel distributes connections over the worker threads"),
    global("tune.max-rules-at-once", "rules do not wait, so they need no pause"),
    global("tune.defaults.purge", "defaults sections are given up once the configuration is read"),
    global("tune.h2.zero-copy-fwd-send", "data takes one path only"),
    global("tune.quic.*", "QUIC is not spoken yet: addresses of its own are refused"),
    global("limited-quic", "QUIC is not spoken yet: addresses of its own are refused"),
    global("ssl-mode-async", "there are no engines to wait for: ciphering is done by AWS-LC, which is built in"),
    global("ssl-provider-path", "no providers are loaded: others than the library's own are refused"),
    global("tune.ssl.certificate-compression", "certificates are never compressed"),
    global("tune.ssl.force-private-cache", "there is one process, whose worker threads share a cache"),
    global("tune.ssl.keyupdate-rate-limit", "the TLS library ends connections that ask for new keys over and over"),
    global("tune.comp.maxlevel", NO_COMPRESSION),
    global("tune.zlib.*", NO_COMPRESSION),
    global("maxzlibmem", NO_COMPRESSION),
    global("maxcomprate", NO_COMPRESSION),
    global("maxcompcpuusage", NO_COMPRESSION),
    global("tune.lua.*", NO_LUA),
    global("lua-prepend-path", NO_LUA),
    global("tune.peers.max-updates-at-once", "there are no peers yet: the section is refused"),
    global("cluster-secret", "nothing needs a secret of the cluster yet: QUIC is refused"),
    global("anonkey", "it only obscures what diagnostic output of the runtime interface shows"),
    global("profiling.*", "the runtime interface has no profiler"),
    global("busy-polling", "the runtime chooses how to wait for events").negatable(),
    global("nogetaddrinfo", "host names are always resolved by the system"),
    // Proxies.
    proxy("option splice-auto", "data is never spliced in the kernel"),
    proxy("option splice-request", "data is never spliced in the kernel"),
    proxy("option splice-response", "data is never spliced in the kernel"),
    // Actions.
    Ignored {
        name: "set-nice",
        place: Place::Action,
        prefixes: Prefixes::None,
        reason: "requests are scheduled by the runtime, all alike",
    },
    // `bind` lines.
    bind("nice", "tasks are scheduled by the runtime"),
    bind("shards", "every worker thread has a listening socket of its own"),
    bind("quic-*", "QUIC is not spoken yet: addresses of its own are refused"),
    // `server` lines.
    server("pool-low-conn", "a worker thread never takes the idle connections of another"),
    server("shard", "there are no peers yet: the section is refused"),
    server("no-check-reuse-pool", "checks always use a connection of their own"),
    server("quic-cc-algo", "QUIC is not spoken yet: addresses of its own are refused"),
];

const NO_COMPRESSION: &str = "bodies are not compressed yet: 'compression' is refused";
const NO_LUA: &str = "Lua is not supported yet: 'lua-load' is refused";

const fn global(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, place: Place::Line(Sections::GLOBAL), prefixes: Prefixes::None, reason }
}

const fn proxy(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, place: Place::Line(Sections::PROXY), prefixes: Prefixes::NoAndDefault, reason }
}

const fn bind(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, place: Place::Bind, prefixes: Prefixes::None, reason }
}

const fn server(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, place: Place::Server, prefixes: Prefixes::None, reason }
}
