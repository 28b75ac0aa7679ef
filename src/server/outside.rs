//! The outside listener: releases and the ledger, from one immutable picture.
//!
//! # Privacy
//! An answer is a function of the picture, the request and the clock. This module has no way to
//! the intake, the store or a count of anything.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::json;
use tokio::sync::watch;

use super::{Page, Rooms, Shown, openapi::outside_document};
use crate::domain::Clock;

/// Whoever keeps a copy may show it so long: a fixed number, whatever is shown.
const CACHE: &str = "public, max-age=60";

const JSON: &str = "application/json";

/// Everything that the outside shows between two public instants.
struct Picture {
    since: Timestamp,
    files: BTreeMap<String, Page>,
    rooms: Rooms,
}

/// The outside listener and the switch that changes its picture.
pub struct Outside {
    title: String,
    clock: Arc<dyn Clock>,
    picture: watch::Sender<Arc<Picture>>,
}

impl Picture {
    fn of(shown: &Shown, title: &str) -> Self {
        let mut files = BTreeMap::new();
        let mut put = |path: &str, page| drop(files.insert(path.to_owned(), page));
        let list: Vec<_> = shown
            .releases
            .iter()
            .map(|release| {
                json!({
                    "name": release.name,
                    "title": release.title,
                    "starts": release.span.0,
                    "ends": release.span.1,
                    "sha256": release.sha256,
                    "path": format!("/v1/releases/{}", release.name),
                })
            })
            .collect();
        let list = json!({"shown_since": shown.since, "windows": shown.windows, "releases": list});
        put("/v1/releases", Page::new(200, JSON, format!("{list}\n")));
        for release in &shown.releases {
            let page = Page::new(200, JSON, release.bytes.clone());
            put(&format!("/v1/releases/{}", release.name), page);
        }
        let entries = Page::new(200, "application/octet-stream", shown.entries.clone());
        put("/v1/ledger/entries", entries);
        let checkpoint = Page::new(200, "text/plain; charset=utf-8", shown.checkpoint.clone());
        put("/v1/ledger/checkpoint", checkpoint);
        put("/v1/openapi.json", Page::new(200, JSON, format!("{}\n", outside_document())));
        put("/healthz", Page::new(200, "text/plain; charset=utf-8", "ok\n"));
        Self { since: shown.since, files, rooms: Rooms::of(shown, title) }
    }

    fn answer(&self, path: &str) -> Page {
        match self.files.get(path) {
            Some(page) => page.clone(),
            None if path.starts_with("/v1/") => {
                let body = json!({
                    "type": "urn:undertone:problem:not-found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "Nothing of this name is shown.",
                });
                Page::new(404, "application/problem+json", format!("{body}\n"))
            }
            None => self.rooms.answer(path),
        }
    }
}

impl Outside {
    /// A listener that shows this picture first.
    pub fn new(title: &str, clock: Arc<dyn Clock>, shown: &Shown) -> Arc<Self> {
        let (picture, _) = watch::channel(Arc::new(Picture::of(shown, title)));
        Arc::new(Self { title: title.to_owned(), clock, picture })
    }

    /// Shows another picture from the next request on, whole.
    pub fn show(&self, shown: &Shown) {
        self.picture.send_replace(Arc::new(Picture::of(shown, &self.title)));
    }

    /// The routes.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    fn respond(&self, request: &Request) -> Response<Body> {
        let picture = Arc::clone(&self.picture.borrow());
        let mut page = match *request.method() {
            Method::GET | Method::HEAD => picture.answer(request.uri().path()),
            _ => Page::new(405, "text/plain; charset=utf-8", "Only GET and HEAD.\n"),
        };
        if page.status == 200 && is_known(request.headers(), &page.etag) {
            page.status = 304;
        }
        let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::OK);
        let body = if page.status == 304 { Body::empty() } else { Body::from(page.bytes) };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::DATE, http_date(self.clock.now())),
            (header::LAST_MODIFIED, http_date(picture.since)),
            (header::ETAG, page.etag),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        for (name, value) in [
            (header::CONTENT_TYPE, page.content_type),
            (header::CONTENT_SECURITY_POLICY, page.policy),
            (header::CACHE_CONTROL, CACHE),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}

async fn answer(State(outside): State<Arc<Outside>>, request: Request) -> Response<Body> {
    outside.respond(&request)
}

/// Whether the reader has these very bytes.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    asked.is_some_and(|tags| {
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    })
}

fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}
