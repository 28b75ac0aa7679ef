//! The outside listener: releases, the ledger and the dashboard, from one immutable picture.
//!
//! # Privacy
//! An answer is a function of the picture, the request and the clock. This module has no way to
//! the intake, the store or a count of anything.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::json;
use tokio::{
    sync::{Semaphore, watch},
    task::spawn_blocking,
};

use super::{Shown, kept::Kept, openapi::outside_document, page::Page};
use crate::{
    config::Pipeline,
    dashboard::{self, Asked, Gallery, GalleryError},
    domain::Clock,
};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Room for answers that were made already.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Answers that are made at once, beside the threads of the network.
const MADE_AT_ONCE: usize = 2;

/// Plans that are tried at once; they take longer, in a lane of their own.
const TRIED_AT_ONCE: usize = 1;

/// Everything that the outside shows between two public instants.
struct Picture {
    since: Timestamp,
    files: BTreeMap<String, (&'static str, Bytes)>,
    gallery: Gallery,
    kept: Kept<Wanted>,
}

/// What names an answer of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Wanted {
    /// A file, by its path.
    File(String),
    /// A page of the dashboard.
    Page(Box<Asked>),
}

/// The outside listener and the switch that changes its picture.
pub struct Outside {
    pipeline: Arc<Pipeline>,
    clock: Arc<dyn Clock>,
    picture: watch::Sender<Arc<Picture>>,
    kept_bytes_max: usize,
    making: Arc<Semaphore>,
    trying: Arc<Semaphore>,
}

impl Picture {
    fn of(shown: &Shown, pipeline: &Pipeline, kept_bytes_max: usize) -> Result<Self, GalleryError> {
        let mut files = BTreeMap::new();
        let mut put = |path: &str, kind, bytes| drop(files.insert(path.to_owned(), (kind, bytes)));
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
        put("/v1/releases", JSON, format!("{list}\n").into());
        for release in &shown.releases {
            let bytes = Bytes::copy_from_slice(release.file.envelope.bytes());
            put(&format!("/v1/releases/{}", release.file.name), JSON, bytes);
        }
        let entries = shown.entries.clone().into();
        put("/v1/ledger/entries", "application/octet-stream", entries);
        put("/v1/ledger/checkpoint", TEXT, shown.checkpoint.clone().into());
        put("/v1/openapi.json", JSON, format!("{}\n", outside_document()).into());
        let checkpoint = Some(shown.checkpoint.clone()).filter(|head| !head.is_empty());
        let releases = shown.releases.iter().map(|release| release.file.clone()).collect();
        // The picture has decided already what may be seen.
        let exhibits = pipeline.exhibits(shown.facts.clone(), checkpoint, releases, Timestamp::MAX);
        let gallery = Gallery::new(exhibits)?;
        Ok(Self { since: shown.since, files, gallery, kept: Kept::new(kept_bytes_max) })
    }

    /// What a request wants; none where nothing is of that name.
    fn wanted(&self, request: &Parts) -> Option<Wanted> {
        let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
        if self.files.contains_key(path) {
            return Some(Wanted::File(path.to_owned()));
        }
        if path.starts_with("/v1/") {
            return None;
        }
        let language = request.headers.get(header::ACCEPT_LANGUAGE);
        let accept_language = language.and_then(|tags| tags.to_str().ok()).unwrap_or_default();
        let asked = dashboard::Request { path, query, accept_language };
        Some(Wanted::Page(Box::new(self.gallery.asked(&asked))))
    }

    /// Makes an answer, and keeps it where it is one.
    fn make(&self, wanted: Wanted) -> Arc<Page> {
        let page = match &wanted {
            Wanted::File(path) => match self.files.get(path) {
                Some((kind, bytes)) => Page::new(StatusCode::OK, kind, bytes.clone()),
                None => not_shown(),
            },
            Wanted::Page(asked) => self.gallery.page(asked).into(),
        };
        let page = Arc::new(page);
        if page.status == StatusCode::OK {
            self.kept.keep(wanted, &page);
        }
        page
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
        Self::with_room(pipeline, clock, shown, KEPT_BYTES_MAX)
    }

    /// The same, keeping so many bytes of answers.
    pub(super) fn with_room(
        pipeline: Arc<Pipeline>,
        clock: Arc<dyn Clock>,
        shown: &Shown,
        kept_bytes_max: usize,
    ) -> Result<Arc<Self>, GalleryError> {
        let (picture, _) = watch::channel(Arc::new(Picture::of(shown, &pipeline, kept_bytes_max)?));
        let [making, trying] = [MADE_AT_ONCE, TRIED_AT_ONCE].map(|n| Arc::new(Semaphore::new(n)));
        Ok(Arc::new(Self { pipeline, clock, picture, kept_bytes_max, making, trying }))
    }

    /// Shows another picture from the next request on, whole.
    ///
    /// # Errors
    /// When no dashboard can be made of it; the one before it stays.
    pub fn show(&self, shown: &Shown) -> Result<(), GalleryError> {
        let picture = Picture::of(shown, &self.pipeline, self.kept_bytes_max)?;
        self.picture.send_replace(Arc::new(picture));
        Ok(())
    }

    /// The routes.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    /// The answer that is kept, or one made beside the threads of the network. Whoever finds all of
    /// these busy waits: what is answered never tells how busy they are, and nobody can wait who has
    /// no connection.
    async fn page(&self, picture: &Arc<Picture>, wanted: Wanted) -> Arc<Page> {
        if let Some(page) = picture.kept.get(&wanted) {
            return page;
        }
        let lane = match &wanted {
            Wanted::Page(asked) if asked.tries_a_plan() => &self.trying,
            _ => &self.making,
        };
        let Ok(permit) = Arc::clone(lane).acquire_owned().await else {
            return Arc::new(broken()); // nobody closes a lane
        };
        // Others that waited for the same may have been first.
        if let Some(page) = picture.kept.get(&wanted) {
            return page;
        }
        let picture = Arc::clone(picture);
        let made = spawn_blocking(move || {
            let _permit = permit;
            picture.make(wanted)
        });
        made.await.unwrap_or_else(|_| Arc::new(broken()))
    }

    async fn respond(&self, request: &Parts) -> Response<Body> {
        let picture = Arc::clone(&self.picture.borrow());
        let page = match request.method {
            Method::GET | Method::HEAD if request.uri.path() == "/healthz" => Arc::new(well()),
            Method::GET | Method::HEAD => match picture.wanted(request) {
                Some(wanted) => self.page(&picture, wanted).await,
                None => Arc::new(not_shown()),
            },
            _ => Arc::new(not_allowed()),
        };
        let (mut head, form) = page.form(&request.headers);
        let known = page.status == StatusCode::OK && is_known(&request.headers, &form.etag);
        for (name, at) in [(header::DATE, self.clock.now()), (header::LAST_MODIFIED, picture.since)]
        {
            if let Ok(value) = HeaderValue::from_str(&http_date(at)) {
                head.insert(name, value);
            }
        }
        if page.status == StatusCode::METHOD_NOT_ALLOWED {
            head.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        let body = if known { Body::empty() } else { Body::from(form.bytes.clone()) };
        let mut response = Response::new(body);
        *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { page.status };
        *response.headers_mut() = head;
        response
    }
}

async fn answer(State(outside): State<Arc<Outside>>, request: Request) -> Response<Body> {
    outside.respond(&request.into_parts().0).await
}

fn well() -> Page {
    Page::new(StatusCode::OK, TEXT, "ok\n")
}

fn not_shown() -> Page {
    let body = json!({
        "type": "urn:undertone:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "Nothing of this name is shown.",
    });
    Page::new(StatusCode::NOT_FOUND, "application/problem+json", format!("{body}\n"))
}

fn not_allowed() -> Page {
    Page::new(StatusCode::METHOD_NOT_ALLOWED, TEXT, "Only GET and HEAD.\n")
}

fn broken() -> Page {
    let body = "No answer could be made of this request.\n";
    Page::new(StatusCode::INTERNAL_SERVER_ERROR, TEXT, body)
}

/// Whether the reader has these very bytes.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let Ok(etag) = etag.to_str() else { return false };
    asked.is_some_and(|tags| {
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    })
}

fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

#[cfg(test)]
mod tests;
