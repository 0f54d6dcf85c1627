//! The application's page.

use askama::Template;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};

use super::memory::Facts;
use super::{App, Fault, Visitor};

/// The page, whole in one answer: style and script are in it, so that one visit is one request to watch.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page<'a> {
    server: &'a str,
    /// The last letter of the server's name, its mark everywhere.
    letter: &'a str,
    proxy_cookie: Option<&'a str>,
    /// The proxy's cookie names another server: the proxy moved this visitor here.
    was_moved: bool,
    session_is_known: bool,
    has_lost_session: bool,
    user: Option<&'a str>,
    visits: u64,
    forwarded_for: Option<&'a str>,
    problem: Option<&'a str>,
    style: &'static str,
    script: &'static str,
    /// Lets this page's own script run and no other.
    nonce: String,
    desk_port: u16,
}

impl<'a> Page<'a> {
    pub fn new(
        app: &'a App,
        visitor: &'a Visitor,
        facts: &'a Facts,
        problem: Option<&'a str>,
    ) -> Result<Self, getrandom::Error> {
        let proxy_cookie = visitor.proxy_cookie.as_deref();
        Ok(Self {
            server: app.name,
            letter: app.letter(),
            proxy_cookie,
            was_moved: proxy_cookie.is_some_and(|cookie| cookie != app.cookie),
            session_is_known: !facts.is_new_session,
            has_lost_session: facts.has_lost_session,
            user: facts.user.as_deref(),
            visits: facts.visits,
            forwarded_for: visitor.forwarded_for.as_deref(),
            problem,
            style: include_str!("../../assets/app/style.css"),
            script: include_str!("../../assets/app/report.js"),
            nonce: format!("{:016x}", getrandom::u64()?),
            desk_port: app.desk_port,
        })
    }

    pub fn into_response(self) -> Result<Response, Fault> {
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; \
             form-action 'self'; base-uri 'none'; frame-ancestors http://*:{port}",
            nonce = self.nonce,
            port = self.desk_port,
        );
        let headers: [(HeaderName, String); 2] =
            [(CONTENT_SECURITY_POLICY, policy), (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned())];
        let html = self.render().map_err(Fault::Template)?;
        Ok((headers, Html(html)).into_response())
    }
}

impl App {
    fn letter(&self) -> &'static str {
        self.name.char_indices().next_back().map_or("", |(at, _)| &self.name[at..])
    }
}
