//! The application that each server runs: a page with a visit counter and a login, both kept in this server's memory alone.
//! It works as plain HTML. It knows its own name and its proxy cookie's value, but no other server and no proxy.

mod memory;
mod page;
mod session;

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};

pub(crate) use memory::{Loss, Memory, Seen};
pub(crate) use session::{RunTag, SESSION_COOKIE};

use crate::configuration::COOKIE_NAME;
use crate::scene::Changes;
use memory::{Deed, Facts, Hit, UserName};
use page::Page;
use session::SessionId;

/// Who an application is. What it remembers is apart, in [`Memory`], because it does not outlive a stop.
#[derive(Clone)]
pub(crate) struct App {
    /// As in the proxy's `server` line.
    pub name: &'static str,
    /// The value of the proxy's cookie that means this server.
    pub cookie: &'static str,
    /// Sessions of another run are nobody's loss: they are told from lost ones by this.
    pub run: RunTag,
    /// The only place whose pages may show this application in a frame.
    pub desk_port: u16,
    pub changes: Changes,
}

/// What the application answers to a client that prefers JSON.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Answer {
    pub server: String,
    pub visits: u64,
    pub user: Option<String>,
}

pub(crate) fn router(app: App, memory: Arc<Memory>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .fallback(|| async { (StatusCode::NOT_FOUND, "Nothing here. The page is at /\n") })
        .with_state(Service { app, memory })
}

#[derive(Clone)]
struct Service {
    app: App,
    memory: Arc<Memory>,
}

async fn home(State(service): State<Service>, headers: HeaderMap) -> Result<Response, Fault> {
    let visitor = Visitor::read(&service, &headers);
    let facts = service.remember(&visitor, Deed::Look, "GET /")?;
    service.answer(&visitor, &facts, None)
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    name: String,
}

async fn log_in(
    State(service): State<Service>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, Fault> {
    let visitor = Visitor::read(&service, &headers);
    match UserName::parse(&form.name) {
        Ok(name) => {
            let facts = service.remember(&visitor, Deed::LogIn(name), "POST /login")?;
            service.answer_to_form(&visitor, &facts)
        }
        Err(problem) => {
            let facts = service.remember(&visitor, Deed::Fail, "POST /login")?;
            service.answer(&visitor, &facts, Some(problem))
        }
    }
}

async fn log_out(State(service): State<Service>, headers: HeaderMap) -> Result<Response, Fault> {
    let visitor = Visitor::read(&service, &headers);
    let facts = service.remember(&visitor, Deed::LogOut, "POST /logout")?;
    service.answer_to_form(&visitor, &facts)
}

/// What a request tells about who sent it.
struct Visitor {
    session: Option<SessionId>,
    /// The proxy's cookie as it came.
    proxy_cookie: Option<String>,
    forwarded_for: Option<String>,
    wants_json: bool,
}

impl Visitor {
    fn read(service: &Service, headers: &HeaderMap) -> Self {
        let jar = CookieJar::from_headers(headers);
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            session: jar.get(SESSION_COOKIE).and_then(|cookie| SessionId::parse(cookie.value(), service.app.run)),
            proxy_cookie: jar.get(COOKIE_NAME).map(|cookie| cookie.value().to_owned()),
            forwarded_for: text("x-forwarded-for").map(str::to_owned),
            wants_json: text(ACCEPT.as_str()).is_some_and(|accept| accept == "application/json"),
        }
    }
}

impl Service {
    fn remember(&self, visitor: &Visitor, deed: Deed, request: &'static str) -> Result<Facts, Fault> {
        let hit = Hit { request, proxy_cookie: visitor.proxy_cookie.clone() };
        let facts = self.memory.serve(visitor.session.as_ref(), || SessionId::fresh(self.app.run), deed, hit);
        self.app.changes.notify();
        facts.map_err(Fault::NoRandom)
    }

    /// The page, or the same facts as JSON.
    fn answer(&self, visitor: &Visitor, facts: &Facts, problem: Option<&str>) -> Result<Response, Fault> {
        let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let response = if visitor.wants_json {
            self.json(facts)
        } else {
            Page::new(&self.app, visitor, facts, problem).map_err(Fault::NoRandom)?.into_response()?
        };
        Ok((status, self.headers(facts), response).into_response())
    }

    /// After a form, browsers are sent to the page, so that a reload does not send the form again.
    fn answer_to_form(&self, visitor: &Visitor, facts: &Facts) -> Result<Response, Fault> {
        let response = if visitor.wants_json { self.json(facts) } else { Redirect::to("/").into_response() };
        Ok((self.headers(facts), response).into_response())
    }

    fn json(&self, facts: &Facts) -> Response {
        Json(Answer { server: self.app.name.to_owned(), visits: facts.visits, user: facts.user.clone() })
            .into_response()
    }

    fn headers(&self, facts: &Facts) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
        if facts.is_new_session {
            headers.extend(facts.session.set_cookie().map(|value| (SET_COOKIE, value)));
        }
        headers
    }
}

/// What can go wrong on our side.
enum Fault {
    NoRandom(getrandom::Error),
    Template(askama::Error),
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let text = match self {
            Self::NoRandom(error) => format!("The system gives no random numbers: {error}\n"),
            Self::Template(error) => format!("The page could not be written: {error}\n"),
        };
        (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
    }
}
