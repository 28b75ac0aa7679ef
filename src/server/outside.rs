//! The outside listener: releases, the ledger and the dashboard, from one immutable picture.
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

use super::{Page, Shown, openapi::outside_document};
use crate::{
    config::Pipeline,
    dashboard::{self, Gallery, GalleryError},
    domain::Clock,
};

const JSON: &str = "application/json";

/// Everything that the outside shows between two public instants.
struct Picture {
    since: Timestamp,
    files: BTreeMap<String, Page>,
    gallery: Gallery,
}

/// The outside listener and the switch that changes its picture.
pub struct Outside {
    pipeline: Arc<Pipeline>,
    clock: Arc<dyn Clock>,
    picture: watch::Sender<Arc<Picture>>,
}

impl Picture {
    fn of(shown: &Shown, pipeline: &Pipeline) -> Result<Self, GalleryError> {
        let mut files = BTreeMap::new();
        let mut put = |path: &str, page| drop(files.insert(path.to_owned(), page));
        let list: Vec<_> = shown
            .releases
            .iter()
            .map(|release| {
                let (name, document) = (&release.file.name, release.file.envelope.document());
                json!({
                    "name": name,
                    "title": document.family.name,
                    "starts": document.window.from,
                    "ends": document.window.until,
                    "sha256": release.sha256,
                    "path": format!("/v1/releases/{name}"),
                })
            })
            .collect();
        let list = json!({"shown_since": shown.since, "windows": shown.windows, "releases": list});
        put("/v1/releases", Page::new(200, JSON, format!("{list}\n")));
        for release in &shown.releases {
            let page = Page::new(200, JSON, release.file.envelope.bytes().to_vec());
            put(&format!("/v1/releases/{}", release.file.name), page);
        }
        let entries = Page::new(200, "application/octet-stream", shown.entries.clone());
        put("/v1/ledger/entries", entries);
        let checkpoint = Page::new(200, "text/plain; charset=utf-8", shown.checkpoint.clone());
        put("/v1/ledger/checkpoint", checkpoint);
        put("/v1/openapi.json", Page::new(200, JSON, format!("{}\n", outside_document())));
        put("/healthz", Page::new(200, "text/plain; charset=utf-8", "ok\n"));
        let checkpoint = Some(shown.checkpoint.clone()).filter(|head| !head.is_empty());
        let releases = shown.releases.iter().map(|release| release.file.clone()).collect();
        // The picture has decided already what may be seen.
        let exhibits = pipeline.exhibits(shown.facts.clone(), checkpoint, releases, Timestamp::MAX);
        Ok(Self { since: shown.since, files, gallery: Gallery::new(exhibits)? })
    }

    fn answer(&self, request: &Request) -> Page {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let language = request.headers().get(header::ACCEPT_LANGUAGE);
        let accept_language = language.and_then(|tags| tags.to_str().ok()).unwrap_or_default();
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
            None => {
                self.gallery.answer(&dashboard::Request { path, query, accept_language }).into()
            }
        }
    }
}

impl Outside {
    /// A listener that shows this picture first.
    ///
    /// # Errors
    /// When no dashboard can be made of it.
    pub fn new(
        pipeline: Arc<Pipeline>,
        clock: Arc<dyn Clock>,
        shown: &Shown,
    ) -> Result<Arc<Self>, GalleryError> {
        let (picture, _) = watch::channel(Arc::new(Picture::of(shown, &pipeline)?));
        Ok(Arc::new(Self { pipeline, clock, picture }))
    }

    /// Shows another picture from the next request on, whole.
    ///
    /// # Errors
    /// When no dashboard can be made of it; the one before it stays.
    pub fn show(&self, shown: &Shown) -> Result<(), GalleryError> {
        self.picture.send_replace(Arc::new(Picture::of(shown, &self.pipeline)?));
        Ok(())
    }

    /// The routes.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    fn respond(&self, request: &Request) -> Response<Body> {
        let picture = Arc::clone(&self.picture.borrow());
        let mut page = match *request.method() {
            Method::GET | Method::HEAD => picture.answer(request),
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
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
        for (name, value) in page.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
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
