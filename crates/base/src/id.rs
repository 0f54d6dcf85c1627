//! Indexes into the model. An id means something only together with the model (or the state) it came from.

/// Index of a proxy (a `frontend`, `backend` or `listen` section) among the proxies of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProxyId(pub u32);

/// Index of a server among the seats of its backend. It means the same server for as long as anybody knows that server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub u32);

/// Index of a `bind` line among those of its frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindId(pub u32);

impl ProxyId {
    /// The index as `usize`, for indexing a slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl ServerId {
    /// The index as `usize`, for indexing a slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl BindId {
    /// The index as `usize`, for indexing a slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
