//! What must hold of any bytes that a sender brings: the bodies of the fuzz targets and of their
//! replay on stable.
//!
//! Built for tests and under `cfg(fuzzing)` only. Each function panics on a violation and returns how
//! many rows it took.

use std::{
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{
        Path, Query, Request,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header},
    response::IntoResponse,
    routing::delete,
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use jiff::{SignedDuration, Timestamp};

use super::{
    Senders,
    body::{Shelf, unpack},
    deletion::{self, ACCOUNT_HEADER, Deletion},
    outcome::{Outcome, Refusal, RowOutcome},
    problem::Problem,
    reaction::{is_vote, vote},
    rows::{Reader, Row, Shape},
};
use crate::{
    config::{Bounds, Proof, Scope, Token, TokenFile},
    domain::{
        NamedKey, SourceId,
        fuzz::{LIMIT_MS, Target},
    },
    pipeline::Given,
};

/// All targets; `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [Target; 9] = [
    target("intake_json", json, &["fuzz/intake/row", "fuzz/intake/vote", "fuzz/intake/array"]),
    target("intake_lines", lines, &["fuzz/intake/row", "fuzz/intake/vote", "fuzz/intake/lines"]),
    target("intake_event", event, &["fuzz/intake/event"]),
    target("intake_events", events, &["fuzz/intake/batch"]),
    target("intake_binary", binary, &["fuzz/intake/binary"]),
    target("intake_gzip", gzip, &["fuzz/intake/gzip"]),
    target("intake_signature", signature, &["fuzz/intake/signature", "fuzz/intake/token"]),
    target("intake_deletion", deletion, &["fuzz/intake/deletion"]),
    target("intake_vote", reaction, &["fuzz/intake/vote", "fuzz/intake/row"]),
];

/// Stands in the seeds as what residents wrote; no answer may repeat it.
const CANARY: &str = "zebrafish";

const ROWS_MAX: usize = 20;
const BODY_BYTES_MAX: usize = 64 << 10;
const EXPANSION_MAX: usize = 20;
/// What a body may always unpack to.
const UNPACKED_BYTES_MIN: usize = 4 << 10;
/// When the seeds were signed.
const NOW: Timestamp = Timestamp::constant(1_614_265_330, 0);

const fn target(
    name: &'static str,
    run: fn(&[u8]) -> u64,
    seeds: &'static [&'static str],
) -> Target {
    Target { name, run, seeds, tokens: TOKENS, limit_ms: LIMIT_MS }
}

struct Town {
    source: SourceId,
    allowed: Vec<SourceId>,
    topics: Vec<NamedKey>,
    senders: Senders,
    bounds: Bounds,
}

static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let id = |id: &str| SourceId::new(id).expect("it is an id"); // Unwrap safety: constants
    let topic = |id: &str| NamedKey { id: id.into(), name: id.into() };
    let token = |id: &str, scope, proof| Token {
        id: id.into(),
        name: "portal".into(),
        scopes: vec![scope],
        sources: vec![id_of_forum()],
        proof,
        created_at: NOW,
    };
    let digest = |secret: &str| Proof::Sha256(hex::encode(Token::digest(secret)));
    let tokens = vec![
        token("00000001", Scope::Ingest, digest("ut_00000001_secret")),
        token("00000002", Scope::Metrics, digest("ut_00000002_secret")),
        token("00000003", Scope::Ingest, Proof::WebhookSecret(WEBHOOK_SECRET.into())),
    ];
    Town {
        source: id("forum"),
        allowed: vec![id("forum"), id("app")],
        topics: vec![topic("streets"), topic("other")],
        senders: Senders::new(TokenFile { tokens }),
        bounds: Bounds {
            body_bytes_max: BODY_BYTES_MAX,
            expansion_max: EXPANSION_MAX,
            rows_max: ROWS_MAX,
            waiting_rows_max: std::num::NonZeroUsize::MIN,
            waiting_bytes_max: 4 * BODY_BYTES_MAX,
            connections_max: 1,
            request: Duration::from_secs(1),
            rows_per_minute_max: 1,
            webhook_skew: SignedDuration::from_secs(300),
            drain: Duration::from_secs(1),
        },
    }
});

fn id_of_forum() -> SourceId {
    SourceId::new("forum").expect("it is an id") // Unwrap safety: a constant
}

/// The secret of the example in the specification of Standard Webhooks.
const WEBHOOK_SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn reader() -> Reader<'static> {
    let Town { source, allowed, topics, .. } = &*TOWN;
    Reader { source, allowed, topics, rows_max: ROWS_MAX }
}

fn typed(kind: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers
}

/// A refusal is a 4xx that repeats nothing.
fn refused(problem: Problem) -> u64 {
    assert!(problem.status().is_client_error(), "{}", problem.status());
    told(problem.into_response());
    0
}

/// Nothing that residents wrote is in an answer.
fn told(response: Response<Body>) {
    let bytes = ready(axum::body::to_bytes(response.into_body(), usize::MAX));
    let bytes = bytes.expect("it is in memory"); // Unwrap safety: a body made of bytes
    let canary = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert!(!canary, "an answer repeats what was sent");
}

/// What a future gives that waits for nothing.
fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ready) => ready,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// Rows are numbered in order, no more than allowed, read the same twice, and each refusal has a code.
fn rows(data: &[u8], headers: &HeaderMap) -> u64 {
    let shape = match Shape::of(headers) {
        Ok(shape) => shape,
        Err(problem) => return refused(problem),
    };
    let rows = match reader().read(data, headers, shape) {
        Ok(rows) => rows,
        Err(problem) => return refused(problem),
    };
    assert!(!rows.is_empty() && rows.len() <= ROWS_MAX, "{} rows", rows.len());
    assert!(rows.is_sorted_by(|one, next| one.0 < next.0), "numbers out of order");
    if data.len().is_multiple_of(8) {
        let again = reader().read(data, headers, shape);
        let again = again.expect("it was read before"); // Unwrap safety: a violation shall panic
        let same = |(one, other): (&Row, &Row)| {
            one.0 == other.0 && one.1.as_ref().err() == other.1.as_ref().err()
        };
        assert!(rows.len() == again.len() && rows.iter().zip(&again).all(same), "read twice");
    }
    rows.into_iter().map(judged).sum()
}

fn judged((number, row): Row) -> u64 {
    let refusal = match row {
        Ok(Given::Comment(raw) | Given::Reaction(raw, _)) => {
            assert!(raw.is_plain() && TOWN.allowed.contains(&raw.source), "it was checked");
            return 1;
        }
        Err(refusal) => refusal,
    };
    let outcome = RowOutcome::refused(number, refusal);
    let coded = |code: &String| {
        code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    assert!(outcome.outcome == Outcome::Refused && outcome.reason.as_ref().is_some_and(coded));
    0
}

/// One row or an array of them.
pub fn json(data: &[u8]) -> u64 {
    rows(data, &typed("application/json"))
}

/// One row a line.
pub fn lines(data: &[u8]) -> u64 {
    rows(data, &typed("application/x-ndjson"))
}

/// One CloudEvent.
pub fn event(data: &[u8]) -> u64 {
    rows(data, &typed("application/cloudevents+json"))
}

/// An array of CloudEvents.
pub fn events(data: &[u8]) -> u64 {
    rows(data, &typed("application/cloudevents-batch+json"))
}

/// Headers, an empty line, a body: a CloudEvent in binary mode, and any other media type.
pub fn binary(data: &[u8]) -> u64 {
    let end = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
    let body = data.get(end + 2..).unwrap_or_default();
    rows(body, &headers(data.get(..end).unwrap_or_default()))
}

/// Lines of names and values; what is no header is passed over.
fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next(), parts.next());
        let name = name.and_then(|name| HeaderName::from_bytes(name).ok());
        let value = value.and_then(|value| HeaderValue::from_bytes(value.trim_ascii()).ok());
        if let (Some(name), Some(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// A packed body unpacks to no more than its bounds, and its room is free again.
pub fn gzip(data: &[u8]) -> u64 {
    let bounds = &TOWN.bounds;
    let shelf = Shelf::new(bounds.waiting_bytes_max);
    let free = shelf.free_bytes();
    let mut headers = HeaderMap::with_capacity(2);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let unpacked = shelf
        .put(data, bounds.body_bytes_max)
        .and_then(|held| unpack(held, &headers, &shelf, bounds));
    let found = match unpacked {
        Ok(held) => {
            let allowed = (data.len() * EXPANSION_MAX).max(UNPACKED_BYTES_MIN);
            let length = held.bytes.len();
            assert!(length <= allowed.min(bounds.body_bytes_max), "it unpacked to {length}");
            length as u64
        }
        Err(problem) => refused(problem),
    };
    assert_eq!(shelf.free_bytes(), free, "room was kept");
    found
}

/// Headers, an empty line, a body: a token or a signature proves a sender, or nobody.
pub fn signature(data: &[u8]) -> u64 {
    let end = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
    let headers = headers(data.get(..end).unwrap_or_default());
    let body = data.get(end + 2..).unwrap_or_default();
    let senders = &TOWN.senders;
    let by_token = senders.by_token(&headers, Scope::Ingest);
    let by_signature = senders.by_signature(&headers, body, (NOW, TOWN.bounds.webhook_skew));
    let mut proved = 0;
    match by_token {
        Ok(Some(sender)) => {
            let value = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
            let secret = b"ut_00000001_secret";
            let named = value.is_some_and(|value| value.windows(secret.len()).any(|w| w == secret));
            assert!(named && sender.id == "00000001", "a token that was not sent");
            proved += 1;
        }
        Ok(None) => {}
        Err(problem) => proved += refused(problem),
    }
    match by_signature {
        Ok(sender) => {
            assert_eq!(sender.id, "00000003");
            proved += 1;
        }
        Err(problem) => proved += refused(problem),
    }
    proved
}

/// A path, and an account on the next line.
pub fn deletion(data: &[u8]) -> u64 {
    static ROUTES: LazyLock<TowerToHyperService<Router>> = LazyLock::new(|| {
        let routes = Router::new().route("/v1/comments/{origin}", delete(take_back));
        TowerToHyperService::new(routes.fallback(|| async { Problem::not_found().into_response() }))
    });
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (path, account) = (parts.next().unwrap_or_default(), parts.next());
    let Ok(uri) = Uri::try_from(path) else { return 0 };
    let mut request = Request::new(Body::empty());
    (*request.method_mut(), *request.uri_mut()) = (Method::DELETE, uri);
    if let Some(Ok(account)) = account.map(HeaderValue::from_bytes) {
        request.headers_mut().insert(ACCOUNT_HEADER, account);
    }
    let response = ready(ROUTES.call(request)).expect("routes answer"); // Unwrap safety: its error is Infallible
    let status = response.status();
    assert!(status == StatusCode::ACCEPTED || status.is_client_error(), "{status}");
    told(response);
    u64::from(status == StatusCode::ACCEPTED)
}

async fn take_back(
    origin: Result<Path<String>, PathRejection>,
    deletion: Result<Query<Deletion>, QueryRejection>,
    headers: HeaderMap,
) -> Response<Body> {
    let (Ok(Path(origin)), Ok(Query(deletion))) = (origin, deletion) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match deletion::row(origin, deletion, &headers, &reader(), NOW) {
        Err(problem) => problem.into_response(),
        Ok(row) => match judged(row) {
            0 => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            _ => StatusCode::ACCEPTED.into_response(),
        },
    }
}

/// A vote names a topic of the plan.
pub fn reaction(data: &[u8]) -> u64 {
    let Town { source, topics, .. } = &*TOWN;
    let called = is_vote(data);
    match vote(data, source, topics) {
        Ok(Given::Reaction(_, labels)) => {
            let known = |topic: &crate::domain::Topic| usize::from(topic.0) < topics.len();
            assert!(labels.topics.len() == 1 && labels.topics.iter().all(known));
            u64::from(called)
        }
        Ok(Given::Comment(_)) => panic!("a vote has no words"),
        Err(refusal) => {
            assert!(refusal != Refusal::NotPlain && !refusal.code().is_empty());
            0
        }
    }
}

/// What parsers of requests trip over.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "\\u0000",
    "\\u202e",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\n\n",
    "\r\n",
    "\0",
    "null",
    "true",
    "-1",
    "-0",
    "1e400",
    "18446744073709551616",
    "\"id\":",
    "\"op\":\"delete\",",
    "\"kind\":\"vote\",",
    "\"stance\":1,",
    "\"topic\":\"streets\",",
    "\"source\":\"app\",",
    "\"data\":",
    "\"data_base64\":\"e30=\",",
    "\"specversion\":\"1.0\",",
    "undertone.comment",
    "2026-01-06T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "content-type: application/json\n",
    "content-type: application/json; charset=\"utf-8\"\n",
    "ce-specversion: 1.0\n",
    "ce-type: undertone.comment\n",
    "webhook-id: m\n",
    "webhook-timestamp: 1614265330\n",
    "v1,",
    " v1,AAAA",
    "Bearer ",
    "%00",
    "%2f",
    "%ff",
    "%",
    "?source=app",
    "?source=%ff",
    "/",
    "//",
    "\u{feff}",
    "\u{202e}",
    "\u{1F333}",
    "\x1f\u{8b}\x08\0",
];
