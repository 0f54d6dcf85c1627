//! The objects that have statistics, in the order of the file: each proxy's frontend, its servers, its backend.

use burdock_base::ServerId;
use burdock_model::{Model, Server};
use burdock_state::Operational;

use super::{BackendView, FrontendView, Moment, ServerView};

/// An object of the statistics.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    Frontend(FrontendView<'a>),
    Backend(BackendView<'a>),
    Server(ServerView<'a>),
}

/// Which objects are wanted (management manual 9.3 `show stat`).
#[derive(Clone, Copy, Debug)]
pub struct RowFilter {
    /// The number of the only proxy; none: all.
    pub proxy: Option<u32>,
    /// The kinds: the sum of 1 for frontends, 2 for backends, 4 for servers; -1: all.
    pub kinds: i32,
    /// The number of the only server; none: all.
    pub server: Option<u32>,
    /// Which servers are left out for their state.
    pub visibility: Visibility,
}

/// Which servers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// All.
    #[default]
    All,
    /// `no-maint`: those in maintenance are left out.
    NotInMaintenance,
    /// `up`: those in maintenance and those that are down are left out.
    Up,
}

/// How far a walk over the objects has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    proxy: usize,
    /// 0: the frontend; 1 to n: the seats of servers; n + 1: the backend.
    part: usize,
}

pub(super) const FRONTENDS: i32 = 1;
pub(super) const BACKENDS: i32 = 2;
pub(super) const SERVERS: i32 = 4;

impl Default for RowFilter {
    fn default() -> Self {
        Self { proxy: None, kinds: -1, server: None, visibility: Visibility::All }
    }
}

impl Cursor {
    /// The next object that the filter lets through.
    pub(super) fn next<'a>(&mut self, moment: Moment<'a>, filter: &RowFilter) -> Option<Row<'a>> {
        let model: &'a Model = moment.model;
        loop {
            let proxy = &**model.proxies.get(self.proxy)?;
            let seats = proxy.backend.as_ref().map_or(0, |backend| backend.servers.seats());
            let part = self.part;
            let wanted = !proxy.disabled && filter.proxy.is_none_or(|number| number == proxy.numeric_id);
            if !wanted || part > seats {
                *self = Cursor { proxy: self.proxy + 1, part: 0 };
            } else {
                self.part += 1;
            }
            if !wanted {
                continue;
            }
            let row = match part.checked_sub(1) {
                None => proxy
                    .frontend
                    .as_ref()
                    .filter(|_| filter.kinds & FRONTENDS != 0)
                    .map(|frontend| Row::Frontend(FrontendView { moment, proxy, frontend })),
                Some(seat) if seat < seats => {
                    let server = proxy.backend.as_ref().and_then(|backend| backend.servers.get(ServerId(seat as u32)));
                    let shown = server.filter(|server| filter.shows(server));
                    shown.map(|server| Row::Server(ServerView { moment, proxy, server }))
                }
                Some(_) => proxy.backend.as_ref().filter(|_| filter.kinds & BACKENDS != 0).map(|backend| {
                    let counts_servers = filter.visibility != Visibility::All;
                    Row::Backend(BackendView { moment, proxy, backend, counts_servers })
                }),
            };
            if row.is_some() {
                return row;
            }
        }
    }
}

impl RowFilter {
    fn shows(&self, server: &Server) -> bool {
        let state = &server.state;
        let visible = match self.visibility {
            Visibility::All => true,
            Visibility::NotInMaintenance => !state.in_maintenance(),
            Visibility::Up => !state.in_maintenance() && state.operational() != Operational::Stopped,
        };
        visible && self.kinds & SERVERS != 0 && self.server.is_none_or(|number| number == server.numeric_id)
    }
}
