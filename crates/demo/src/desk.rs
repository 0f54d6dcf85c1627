//! The desk: the page that shows the scene, and the JSON interface with which it changes the scene.

mod guard;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

use crate::app::SESSION_COOKIE;
use crate::configuration::{COOKIE_NAME, Configuration};
use crate::crowd::{Crowd, Report};
use crate::scene::{Scene, Snapshot};

pub(crate) fn router(scene: Arc<Scene>) -> Router {
    let mut router = Router::new()
        .route("/api/scene", get(scene_now))
        .route("/api/events", get(events))
        .route("/api/setting", get(setting))
        .route("/api/servers/{name}/start", post(start))
        .route("/api/servers/{name}/stop", post(stop))
        .route("/api/visitors", post(send_visitors))
        .route("/api/visitors", delete(send_visitors_home))
        .route("/api/visitors/return", post(bring_visitors_back))
        .route("/api/me/forget", post(forget_me))
        .route("/haproxy.cfg", get(configuration_file));
    for Asset { path, media_type, text } in ASSETS {
        let answer = move || async move {
            ([(CONTENT_TYPE, HeaderValue::from_static(media_type)), (CACHE_CONTROL, NO_CACHE)], text)
        };
        router = router.route(path, get(answer));
    }
    router
        .layer(middleware::from_fn_with_state(scene.clone(), page_policy))
        .layer(middleware::from_fn(guard::check))
        .with_state(scene)
}

struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 10] = [
    Asset { path: "/", media_type: "text/html; charset=utf-8", text: include_str!("../assets/desk/index.html") },
    Asset { path: "/style.css", media_type: "text/css", text: include_str!("../assets/desk/style.css") },
    Asset { path: "/icon.svg", media_type: "image/svg+xml", text: include_str!("../assets/desk/icon.svg") },
    Asset { path: "/desk.js", media_type: SCRIPT, text: include_str!("../assets/desk/desk.js") },
    Asset { path: "/elements.js", media_type: SCRIPT, text: include_str!("../assets/desk/elements.js") },
    Asset { path: "/journal.js", media_type: SCRIPT, text: include_str!("../assets/desk/journal.js") },
    Asset { path: "/me.js", media_type: SCRIPT, text: include_str!("../assets/desk/me.js") },
    Asset { path: "/servers.js", media_type: SCRIPT, text: include_str!("../assets/desk/servers.js") },
    Asset { path: "/story.js", media_type: SCRIPT, text: include_str!("../assets/desk/story.js") },
    Asset { path: "/wires.js", media_type: SCRIPT, text: include_str!("../assets/desk/wires.js") },
];
const SCRIPT: &str = "text/javascript";

/// The page of a new build is seen at once.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// The page runs its own files alone, and shows the site in its frame.
async fn page_policy(
    State(scene): State<Arc<Scene>>,
    request: axum::extract::Request,
    next: middleware::Next,
) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         frame-src http://*:{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        scene.site_address().port()
    );
    let headers: [(HeaderName, String); 2] =
        [(CONTENT_SECURITY_POLICY, policy), (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned())];
    (headers, next.run(request).await).into_response()
}

async fn scene_now(State(scene): State<Arc<Scene>>) -> Json<Snapshot> {
    Json(scene.snapshot())
}

/// The scene, whole, now and after each change.
async fn events(State(scene): State<Arc<Scene>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = WatchStream::new(scene.changes().watch());
    // Changes that come thicker than this are shown as one: the stream only keeps the newest.
    let events = changes.throttle(EVENT_PACE).map(move |_| {
        // A snapshot is made of strings and numbers, which JSON can always hold.
        let event = Event::default().event("scene");
        Ok(event.json_data(scene.snapshot()).unwrap_or_else(|_| Event::default().comment("no snapshot")))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

const EVENT_PACE: Duration = Duration::from_millis(30);

/// What does not change while the demo runs.
#[derive(Serialize)]
struct Setting<'a> {
    site_port: u16,
    proxy_cookie: &'static str,
    max_visitors: usize,
    configuration: &'a Configuration,
}

async fn setting(State(scene): State<Arc<Scene>>) -> Response {
    Json(Setting {
        site_port: scene.site_address().port(),
        proxy_cookie: COOKIE_NAME,
        max_visitors: Crowd::LIMIT,
        configuration: scene.configuration(),
    })
    .into_response()
}

async fn configuration_file(State(scene): State<Arc<Scene>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], scene.configuration().text())
}

async fn start(State(scene): State<Arc<Scene>>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    switch(scene, name, true).await
}

async fn stop(State(scene): State<Arc<Scene>>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    switch(scene, name, false).await
}

async fn switch(scene: Arc<Scene>, name: String, on: bool) -> Result<StatusCode, Problem> {
    let blocking = move || match scene.machine(&name) {
        Some(machine) => scene.switch(machine, on).map_err(Problem::Switch),
        None => Err(Problem::NoSuchServer),
    };
    tokio::task::spawn_blocking(blocking).await.map_err(|error| Problem::Switch(io::Error::other(error)))??;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct NewVisitors {
    count: usize,
}

async fn send_visitors(State(scene): State<Arc<Scene>>, Json(wanted): Json<NewVisitors>) -> Json<Report> {
    let report = scene.crowd().send_new(wanted.count).await;
    scene.note(None, report.of_new());
    Json(report)
}

async fn bring_visitors_back(State(scene): State<Arc<Scene>>) -> Json<Report> {
    let report = scene.crowd().bring_back().await;
    scene.note(None, report.of_return());
    Json(report)
}

async fn send_visitors_home(State(scene): State<Arc<Scene>>) -> StatusCode {
    let gone = scene.crowd().send_home().await;
    if gone > 0 {
        scene.note(None, "The visitors went home and threw their cookies away.".to_owned());
    }
    StatusCode::NO_CONTENT
}

/// Makes the browser a new visitor. Cookies belong to a host whatever the port, so the desk can take back those of the site,
/// even the one that scripts cannot touch.
async fn forget_me() -> impl IntoResponse {
    let expired = |name| (SET_COOKIE, format!("{name}=; Path=/; Max-Age=0"));
    (StatusCode::NO_CONTENT, AppendHeaders([expired(COOKIE_NAME), expired(SESSION_COOKIE)]))
}

/// Why the desk did not do what it was asked.
enum Problem {
    NoSuchServer,
    Switch(io::Error),
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, problem) = match self {
            Self::NoSuchServer => (StatusCode::NOT_FOUND, "There is no server of that name.".to_owned()),
            Self::Switch(error) => {
                (StatusCode::INTERNAL_SERVER_ERROR, format!("The server could not be switched: {error}"))
            }
        };
        (status, Json(serde_json::json!({ "problem": problem }))).into_response()
    }
}
