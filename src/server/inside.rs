//! The inside listener: comments in, health and operational metrics out.

use std::{
    any::Any,
    future::Future,
    pin::pin,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    middleware::{self, Next},
    response::IntoResponse,
    routing::{delete, get, post},
};
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::ToSchema;

use super::{
    Senders,
    body::{Shelf, read, unpack},
    deletion::{self, Deletion},
    metrics::{Gauges, Metrics},
    openapi::inside_document,
    outcome::{Outcome, Refusal, RowOutcome},
    problem::Problem,
    rates::Rates,
    rows::{Reader, Row, Shape},
    senders::Sender,
    webhook::Signed,
};
use crate::{
    config::{Bounds, Scope},
    domain::{Clock, NamedKey, SourceId},
    pipeline::{Intake, PollTally},
};

/// What the inside listener is made of.
pub struct InsideParts {
    /// Takes rows in.
    pub intake: Arc<Intake>,
    /// Judges dates, rates and webhooks.
    pub clock: Arc<dyn Clock>,
    /// The source of rows that name none.
    pub source: SourceId,
    /// Topics of the plan, for votes.
    pub topics: Vec<NamedKey>,
    /// What is borne.
    pub bounds: Bounds,
    /// Who may send.
    pub senders: Senders,
}

/// The state of the inside listener, shared by its requests.
pub struct Inside {
    intake: Arc<Intake>,
    clock: Arc<dyn Clock>,
    source: SourceId,
    topics: Vec<NamedKey>,
    bounds: RwLock<Bounds>,
    senders: RwLock<Arc<Senders>>,
    shelf: Shelf,
    rates: Rates,
    metrics: Metrics,
    polls: OnceLock<Arc<PollTally>>,
    shown_windows: AtomicU32,
    draining: AtomicBool,
}

/// What a reload changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// Senders in force now.
    pub senders: usize,
    /// Whether a bound changed.
    pub bounds: bool,
}

/// Rows were taken in; what is said of each is durable.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Taken {
    /// Rows that were not refused.
    #[schema(minimum = 0)]
    accepted: usize,
    /// What became of each row, in order.
    results: Vec<RowOutcome>,
}

impl Inside {
    /// Puts the parts together.
    pub fn new(parts: InsideParts) -> Arc<Self> {
        let InsideParts { intake, clock, source, topics, bounds, senders } = parts;
        Arc::new(Self {
            intake,
            clock,
            source,
            topics,
            shelf: Shelf::new(bounds.waiting_bytes_max),
            bounds: RwLock::new(bounds),
            senders: RwLock::new(Arc::new(senders)),
            rates: Rates::default(),
            metrics: Metrics::default(),
            polls: OnceLock::new(),
            shown_windows: AtomicU32::new(0),
            draining: AtomicBool::new(false),
        })
    }

    /// The routes.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/v1/comments", post(post_comments))
            .route("/v1/comments/{origin}", delete(delete_comment))
            .route("/v1/openapi.json", get(|| async { Json(inside_document()) }))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .fallback(|| async { Problem::not_found().into_response() })
            .method_not_allowed_fallback(|| async { Problem::method().into_response() })
            .layer(sheltered())
            .layer(middleware::from_fn_with_state(Arc::clone(self), counted))
            .with_state(Arc::clone(self))
    }

    /// Puts other senders and bounds in force, from the next request on.
    pub fn reload(&self, senders: Senders, bounds: Bounds) -> Reloaded {
        self.rates.retain(|id| senders.knows(id));
        let reloaded = Reloaded { senders: senders.len(), bounds: bounds != self.bounds() };
        *self.bounds.write().unwrap_or_else(PoisonError::into_inner) = bounds;
        *self.senders.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(senders);
        self.metrics.reloaded();
        reloaded
    }

    /// Takes no more comments; requests that have begun go on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Notes a regular round, after which `windows` closed windows are shown outside.
    pub fn rounded(&self, windows: u32) {
        self.metrics.round();
        self.shown_windows.store(windows, Ordering::Relaxed);
    }

    /// Has the metrics tell of the source that is asked as well.
    pub fn watch_polls(&self, polls: Arc<PollTally>) {
        let _ = self.polls.set(polls); // there is one source
    }

    fn bounds(&self) -> Bounds {
        *self.bounds.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn senders(&self) -> Arc<Senders> {
        Arc::clone(&self.senders.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn post(&self, request: Request) -> Result<Vec<RowOutcome>, Problem> {
        let (bounds, senders) = (self.bounds(), self.senders());
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let by_token = senders.by_token(headers, Scope::Ingest)?;
        if by_token.is_none() && Signed::of(headers).is_none() {
            return Err(Problem::unproved("Send a token, or sign the request as a webhook."));
        }
        self.refuse_when_full()?;
        let shape = Shape::of(headers)?;
        let mut too_late = pin!(tokio::time::sleep(bounds.request));
        let held = read(body, &self.shelf, &bounds, too_late.as_mut()).await?;
        let sender = match by_token {
            Some(sender) => sender,
            None => {
                let when = (self.clock.now(), bounds.webhook_skew);
                senders.by_signature(headers, &held.bytes, when)?
            }
        };
        let held = unpack(held, headers, &self.shelf, &bounds)?;
        let reader = self.reader(&sender, bounds.rows_max);
        let rows = reader.read(&held.bytes, headers, shape)?;
        drop(held);
        self.take(rows, &sender, &bounds, too_late).await
    }

    /// Takes one account's comment back.
    async fn take_back(
        &self,
        origin: String,
        deletion: Deletion,
        headers: &HeaderMap,
    ) -> Result<Vec<RowOutcome>, Problem> {
        let (bounds, senders) = (self.bounds(), self.senders());
        let sender = senders
            .by_token(headers, Scope::Ingest)?
            .ok_or_else(|| Problem::unproved("Send a token: Authorization: Bearer TOKEN."))?;
        self.refuse_when_full()?;
        let reader = self.reader(&sender, 1);
        let row = deletion::row(origin, deletion, headers, &reader, self.clock.now())?;
        self.take(vec![row], &sender, &bounds, tokio::time::sleep(bounds.request)).await
    }

    fn reader<'a>(&'a self, sender: &'a Sender, rows_max: usize) -> Reader<'a> {
        let (source, topics) = (&self.source, self.topics.as_slice());
        Reader { source, allowed: &sender.sources, topics, rows_max }
    }

    fn refuse_when_full(&self) -> Result<(), Problem> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(Problem::unavailable());
        }
        match self.intake.counts().room_rows {
            0 => Err(Problem::full()),
            _ => Ok(()),
        }
    }

    /// Has the rows made durable, and says what became of each.
    async fn take(
        &self,
        rows: Vec<Row>,
        sender: &Sender,
        bounds: &Bounds,
        too_late: impl Future<Output = ()>,
    ) -> Result<Vec<RowOutcome>, Problem> {
        let (mut outcomes, mut numbers, mut given) = (Vec::new(), Vec::new(), Vec::new());
        let count = rows.len();
        for (number, row) in rows {
            match row {
                Err(refusal) => outcomes.push(RowOutcome::refused(number, refusal)),
                Ok(row) => {
                    numbers.push(number);
                    given.push(row);
                }
            }
        }
        let room = self.intake.room(given.len()).ok_or_else(Problem::full)?;
        let rate = bounds.rows_per_minute_max;
        self.rates.take(&sender.id, count, rate, self.clock.now()).map_err(Problem::too_fast)?;
        let answers = tokio::select! {
            biased; // what is answered in the same instant is not too late
            answers = self.intake.take(given, room) => answers.map_err(|_| Problem::unavailable())?,
            () = too_late => return Err(Problem::unavailable()),
        };
        for (number, answer) in numbers.into_iter().zip(answers) {
            outcomes.push(match answer {
                Ok(applied) => RowOutcome::applied(number, applied),
                Err(reason) => RowOutcome::refused(number, Refusal::Rejected(reason)),
            });
        }
        outcomes.sort_by_key(|outcome| outcome.row);
        self.metrics.rows(&outcomes);
        match outcomes.iter().all(|outcome| outcome.outcome == Outcome::Refused) {
            true => Err(Problem::rows(outcomes)),
            false => Ok(outcomes),
        }
    }
}

/// What is answered after a panic.
type AfterPanic = fn(Box<dyn Any + Send>) -> Response<Body>;

/// A panic in a request is answered, counted and costs no other request its connection.
///
/// # Privacy
/// The payload may quote a body and is dropped unseen.
pub(super) fn sheltered() -> CatchPanicLayer<AfterPanic> {
    CatchPanicLayer::custom(|_| Problem::internal().into_response())
}

fn answered(outcomes: Result<Vec<RowOutcome>, Problem>) -> Response<Body> {
    match outcomes {
        Err(problem) => problem.into_response(),
        Ok(results) => {
            let refused = |outcome: &&RowOutcome| outcome.outcome == Outcome::Refused;
            let accepted = results.len() - results.iter().filter(refused).count();
            (StatusCode::ACCEPTED, Json(Taken { accepted, results })).into_response()
        }
    }
}

/// Takes comments, edits, deletions and votes in.
///
/// Answers 202 once what it says of each row is durable and the words are forgotten. A row with the
/// same id, account, operation and `revised_at` is a copy and counts nothing, so whatever was not
/// answered may be sent again. A webhook signs the request as Standard Webhooks has it, instead of
/// sending a token.
#[utoipa::path(
    post,
    path = "/v1/comments",
    tag = "ingest",
    request_body(
        description = "One row, or several. Content-Encoding may be gzip.",
        content(
            (super::openapi::Rows = "application/json"),
            (String = "application/x-ndjson"),
            (super::openapi::Event = "application/cloudevents+json"),
            (Vec<super::openapi::Event> = "application/cloudevents-batch+json"),
        )
    ),
    responses(
        (status = 202, description = "At least one row is durable; words are forgotten.", body = Taken),
        (status = 400, description = "The body as a whole cannot be read.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "Nobody known sent it.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token was not made for this.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "It did not arrive in time.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "It is over a bound.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "It is written in no known way.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "Every row was refused.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 429, description = "There is no room now; nothing was taken in.", body = super::openapi::ProblemDetails, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds to wait."))),
        (status = 500, description = "A defect in the program.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The service is ending.", body = super::openapi::ProblemDetails, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds to wait."))),
    ),
    security(("token" = []))
)]
pub(super) async fn post_comments(
    State(inside): State<Arc<Inside>>,
    request: Request,
) -> Response<Body> {
    answered(inside.post(request).await)
}

/// Takes one comment of one account back.
///
/// A comment that is not known yet will never count. Ids in a path stand in the logs of proxies:
/// where an id names a person, send the deletion as a row with `"op": "delete"` instead.
#[utoipa::path(
    delete,
    path = "/v1/comments/{origin}",
    tag = "ingest",
    params(
        ("origin" = String, Path, description = "The source's own id of the comment.", min_length = 1),
        ("undertone-account" = Option<String>, Header, description = "The account that wrote it, percent-encoded UTF-8. The same id of another account is another comment.", min_length = 1, max_length = 1024, pattern = "^[A-Za-z0-9._~%@+-]+$"),
        Deletion,
    ),
    responses(
        (status = 202, description = "It is taken back, durably; or its window is closed.", body = Taken),
        (status = 400, description = "The request cannot be read.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "Nobody known sent it.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token was not made for this.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "It was refused.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 429, description = "There is no room now.", body = super::openapi::ProblemDetails, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds to wait."))),
        (status = 500, description = "A defect in the program.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The service is ending.", body = super::openapi::ProblemDetails, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds to wait."))),
    ),
    security(("token" = []))
)]
pub(super) async fn delete_comment(
    State(inside): State<Arc<Inside>>,
    origin: Result<Path<String>, axum::extract::rejection::PathRejection>,
    deletion: Result<Query<Deletion>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response<Body> {
    // What the extractors say of a refusal would quote the request.
    let unreadable = || Problem::malformed("bad_path", "The path or query is not UTF-8.");
    let (Ok(Path(origin)), Ok(Query(deletion))) = (origin, deletion) else {
        return unreadable().into_response();
    };
    answered(inside.take_back(origin, deletion, &headers).await)
}

/// Whether the service takes comments in now.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain"),
        (status = 503, description = "It is ending.", body = String, content_type = "text/plain"),
    )
)]
pub(super) async fn ready(State(inside): State<Arc<Inside>>) -> Response<Body> {
    match inside.draining.load(Ordering::Relaxed) {
        true => (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response(),
        false => "ready\n".into_response(),
    }
}

/// Operational metrics in Prometheus' text format, exact and for the inside alone.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "text/plain"),
        (status = 401, description = "Nobody known asked.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The token was not made for this.", body = super::openapi::ProblemDetails, content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
pub(super) async fn metrics(
    State(inside): State<Arc<Inside>>,
    headers: HeaderMap,
) -> Response<Body> {
    match inside.senders().by_token(&headers, Scope::Metrics) {
        Err(problem) => return problem.into_response(),
        Ok(None) => {
            return Problem::unproved("Send a token made with --scope metrics.").into_response();
        }
        Ok(Some(_)) => {}
    }
    let gauges = Gauges {
        intake: inside.intake.counts(),
        polls: inside.polls.get().map(|polls| polls.counts()),
        free_bytes: inside.shelf.free_bytes(),
        draining: inside.draining.load(Ordering::Relaxed),
        shown_windows: inside.shown_windows.load(Ordering::Relaxed),
    };
    let text = inside.metrics.text(&gauges);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, Bytes::from(text)).into_response()
}

async fn counted(
    State(inside): State<Arc<Inside>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let mut response = next.run(request).await;
    inside.metrics.answered(response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
