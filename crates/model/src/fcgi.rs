//! `fcgi-app` sections (configuration manual 10.1.1): what FastCGI applications are told of requests, and how they are connected to.

use burdock_http::HeaderName;
use burdock_pattern::Regex;
use burdock_rules::Condition;
use burdock_sample::Format;

use crate::log::LogTarget;

/// A FastCGI application.
#[derive(Debug)]
pub struct FcgiApp {
    /// Its place among [`crate::Model::fcgi_apps`].
    pub index: usize,
    /// Its name.
    pub name: String,
    /// `docroot`: where scripts are on the application's host.
    pub document_root: Box<[u8]>,
    /// `index`: the script of a path that ends in a slash.
    pub index_script: Option<Box<[u8]>>,
    /// `path-info`: takes a path apart into the script's name and what follows it.
    pub path_info: Option<Regex>,
    /// `option get-values`: the application is asked for its limits when a connection begins.
    pub asks_for_limits: bool,
    /// `option keep-conn`: connections stay open behind a request.
    pub keeps_connections: bool,
    /// `option mpxs-conns`: a connection may carry several requests at once.
    pub multiplexes: bool,
    /// `option max-reqs`: how many.
    pub max_requests: u32,
    /// `set-param`, in the order of the file.
    pub parameters: Box<[FcgiParameter]>,
    /// `pass-header`.
    pub passed_headers: Box<[PassedHeader]>,
    /// `log-stderr`: where the application's messages go.
    pub log_targets: Vec<LogTarget>,
}

/// A `set-param` line.
#[derive(Debug)]
pub struct FcgiParameter {
    /// The parameter's name, as applications see it.
    pub name: Box<[u8]>,
    /// Its value; an empty one sets nothing.
    pub value: Format,
    /// When it is set.
    pub condition: Condition,
}

/// A `pass-header` line.
#[derive(Debug)]
pub struct PassedHeader {
    /// A header that applications are not told of otherwise.
    pub name: HeaderName,
    /// When they are.
    pub condition: Condition,
}
