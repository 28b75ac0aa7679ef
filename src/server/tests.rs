//! The inside listener in one process: hostile requests, senders, rates and overload.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::{
    config::{Bounds, Proof, Scope, Token, TokenFile},
    domain::{Calendar, Clock, NamedKey, PseudonymKey, Sensitive, SourceId, Window},
    pipeline::{
        AccountRule, AdmitPlan, Intake, IntakeLimits, Labeller, Listed, MissingPlace, Places,
        PlacesSpec, Reading, Task,
    },
    store::{Store, StoreOptions},
};

mod hostile;

/// The bounds of the tests: small, so that they are met.
pub(super) fn bounds() -> Bounds {
    Bounds {
        body_bytes_max: 256 << 10,
        expansion_max: 20,
        rows_max: 50,
        waiting_rows_max: NonZeroUsize::new(64).unwrap(),
        waiting_bytes_max: 2 << 20,
        connections_max: 8,
        request: Duration::from_secs(10),
        rows_per_minute_max: 1_000_000,
        webhook_skew: SignedDuration::from_secs(300),
        drain: Duration::from_secs(1),
    }
}

/// A clock that a test moves.
pub(super) struct Steered(pub Mutex<Timestamp>);

impl Clock for Steered {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Labels nothing until the test lets it.
struct Held(Arc<Mutex<()>>);

impl Labeller for Held {
    fn label(&self, _: &Sensitive<String>) -> Reading {
        let _until = self.0.lock().unwrap();
        Reading::withheld()
    }
}

/// An inside listener without a network, over a store in a temporary folder.
pub(super) struct Bench {
    pub app: Router,
    pub inside: Arc<Inside>,
    pub clock: Arc<Steered>,
    /// Held, nothing is labelled.
    pub brake: Arc<Mutex<()>>,
    intake: Arc<Intake>,
    keeper: Option<JoinHandle<Store>>,
    _folder: tempfile::TempDir,
}

pub(super) const TOKEN: &str = "ut_00000001_secret";
pub(super) const WEBHOOK_SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn senders() -> Senders {
    let token = |id: &str, scope, proof| Token {
        id: id.into(),
        name: "portal".into(),
        scopes: vec![scope],
        sources: vec![SourceId::new("forum").unwrap()],
        proof,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let digest = |secret| Proof::Sha256(hex::encode(Token::digest(secret)));
    let tokens = vec![
        token("00000001", Scope::Ingest, digest(TOKEN)),
        token("00000002", Scope::Metrics, digest("ut_00000002_secret")),
        token("00000003", Scope::Ingest, Proof::WebhookSecret(WEBHOOK_SECRET.into())),
    ];
    Senders::new(TokenFile { tokens })
}

impl Bench {
    pub fn new() -> Self {
        Self::with(bounds())
    }

    pub fn with(bounds: Bounds) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions { key_check: "k".into(), plan_check: None };
        let (mut store, _) = Store::open_in_memory(folder.path(), options).unwrap();
        let key = NamedKey { id: "east".into(), name: "East".into() };
        let listed = vec![Listed { key, aliases: vec![] }];
        let places = PlacesSpec { listed, polygons: None, missing: MissingPlace::Reject };
        let plan = AdmitPlan {
            key: PseudonymKey::new([7; 32]),
            former: None,
            told_from: Window(0),
            calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, None, "UTC", 1).unwrap(),
            places: Places::load(&places).unwrap(),
            accounts: AccountRule::Required,
        };
        let clock = Arc::new(Steered(Mutex::new("2026-01-07T00:00:00Z".parse().unwrap())));
        let brake = Arc::new(Mutex::new(()));
        let labeller: Arc<dyn Labeller> = Arc::new(Held(Arc::clone(&brake)));
        let threads = NonZeroUsize::new(2).unwrap();
        let limits = IntakeLimits { waiting_rows_max: bounds.waiting_rows_max, threads };
        let (intake, mut inbox) = Intake::start(plan, clock.clone(), &labeller, limits).unwrap();
        let keeper = thread::spawn(move || {
            while let Some(task) = inbox.next_task() {
                match task {
                    Task::Rows(rows) => rows.settle(&mut store).unwrap(),
                    Task::Turn(done) => done.send(()).unwrap(),
                }
            }
            store
        });
        let topic = |id: &str| NamedKey { id: id.into(), name: id.into() };
        let inside = Inside::new(InsideParts {
            intake: Arc::clone(&intake),
            clock: clock.clone(),
            source: SourceId::new("forum").unwrap(),
            topics: vec![topic("streets"), topic("other")],
            bounds,
            senders: senders(),
        });
        let app = inside.routes();
        Self { app, inside, clock, brake, intake, keeper: Some(keeper), _folder: folder }
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub async fn post(&self, kind: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let (status, text) = self.send(posted(kind, body)).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Ends the service and gives back what it kept.
    pub async fn end(mut self) -> Store {
        self.intake.end().await;
        self.keeper.take().unwrap().join().unwrap()
    }
}

pub(super) fn posted(kind: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/v1/comments")
        .header(header::CONTENT_TYPE, kind)
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .body(body.into())
        .unwrap()
}

pub(super) fn row(id: usize) -> String {
    format!(
        r#"{{"id":{id},"account":"resident-{}","text":"the square was lovely {id}","posted_at":"2026-01-06T08:00:00Z","neighborhood":"East"}}"#,
        id % 7
    )
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| result["outcome"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_durable_when_they_are_answered_and_count_once() {
    let bench = Bench::new();
    let lines = format!("{}\nnonsense\n{}\n", row(1), row(2));
    let (status, answer) = bench.post("application/x-ndjson", lines.clone()).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(outcomes(&answer), ["new", "refused", "new"]);
    assert_eq!((&answer["accepted"], &answer["results"][1]["row"]), (&2.into(), &2.into()));
    let (status, answer) = bench.post("application/x-ndjson", lines).await;
    assert_eq!(
        (status, outcomes(&answer)),
        (StatusCode::ACCEPTED, vec!["duplicate", "refused", "duplicate"])
    );
    let edit = row(1).replace("\"id\"", r#""op":"edit","revised_at":"2026-01-06T09:00:00Z","id""#);
    assert_eq!(outcomes(&bench.post("application/json", edit).await.1), ["replaced"]);
    let vote = row(3).replace("\"id\"", r#""kind":"vote","stance":1,"topic":"streets","id""#);
    assert_eq!(outcomes(&bench.post("application/json", vote).await.1), ["new"]);
    let said =
        bench.end().await.said(Window(0)..Window(9)).map(|r| r.unwrap().1.len()).sum::<usize>();
    assert_eq!(said, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_takes_back_the_named_accounts_comment_alone() {
    let bench = Bench::new();
    bench.post("application/json", row(1)).await;
    let delete = |account: Option<&str>| {
        let mut request = Request::delete("/v1/comments/1")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        if let Some(account) = account {
            request = request.header("undertone-account", account);
        }
        request.body(Body::empty()).unwrap()
    };
    let (status, answer) = bench.send(delete(None)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.contains("no_account"));
    assert_eq!(bench.send(delete(Some("resident-2"))).await.0, StatusCode::ACCEPTED);
    assert_eq!(bench.send(delete(Some("resident%2D1"))).await.0, StatusCode::ACCEPTED);
    let again = bench.send(delete(Some("resident-1"))).await.1;
    assert!(again.contains("duplicate"), "{again}");
    assert_eq!(bench.end().await.said(Window(0)..Window(9)).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sender_is_asked_for_before_anything_is_read() {
    let bench = Bench::new();
    let mut request = posted("application/json", row(1));
    request.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(bench.send(request).await.0, StatusCode::UNAUTHORIZED);
    let mut request = posted("application/json", row(1));
    let wrong = "Bearer ut_00000002_secret".parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, wrong);
    assert_eq!(bench.send(request).await.0, StatusCode::FORBIDDEN);
    bench.inside.reload(Senders::default(), bounds());
    assert_eq!(bench.post("application/json", row(1)).await.0, StatusCode::UNAUTHORIZED);
    bench.inside.reload(senders(), bounds());
    assert_eq!(bench.post("application/json", row(1)).await.0, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_is_known_by_its_signature_and_its_time() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use hmac::{Hmac, KeyInit, Mac};
    let bench = Bench::new();
    let signed = |at: i64, body: &str| {
        let key = STANDARD.decode(WEBHOOK_SECRET).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("msg_1.{at}.{}", row(1)).as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let mut request = posted("application/json", body.to_owned());
        let headers = request.headers_mut();
        headers.remove(header::AUTHORIZATION);
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", at.to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        request
    };
    let now = bench.clock.now().as_second();
    assert_eq!(bench.send(signed(now, &row(1))).await.0, StatusCode::ACCEPTED);
    assert_eq!(bench.send(signed(now, &row(2))).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.send(signed(now - 301, &row(1))).await.0, StatusCode::UNAUTHORIZED);
    *bench.clock.0.lock().unwrap() += SignedDuration::from_secs(301);
    assert_eq!(bench.send(signed(now, &row(1))).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn sender_that_brings_more_than_its_rate_is_told_when_to_come() {
    let bench = Bench::with(Bounds { rows_per_minute_max: 3, ..bounds() });
    let three = format!("{}\n{}\n{}", row(1), row(2), row(3));
    assert_eq!(bench.post("application/jsonl", three).await.0, StatusCode::ACCEPTED);
    let response = bench.app.clone().oneshot(posted("application/json", row(4))).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    *bench.clock.0.lock().unwrap() += SignedDuration::from_secs(60);
    assert_eq!(bench.post("application/json", row(4)).await.0, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock)] // the label threads wait for it, no task does
async fn whoever_finds_no_room_is_told_to_come_again_and_nothing_is_kept() {
    let bench = Arc::new(Bench::new());
    let brake = Arc::clone(&bench.brake);
    let held = brake.lock().unwrap();
    let lines =
        |from: usize, rows: usize| (from..from + rows).map(|id| row(id) + "\n").collect::<String>();
    let first = tokio::spawn({
        let (bench, body) = (Arc::clone(&bench), lines(0, 50));
        async move { bench.post("application/jsonl", body).await }
    });
    while bench.intake.counts().room_rows != 14 {
        tokio::task::yield_now().await;
    }
    let (status, answer) = bench.post("application/jsonl", lines(100, 15)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer["detail"].as_str().unwrap().contains("nothing of the request was taken in"));
    drop(held);
    assert_eq!(first.await.unwrap().0, StatusCode::ACCEPTED);
    assert_eq!(bench.intake.counts().room_rows, 64);
    let (status, answer) = bench.post("application/jsonl", lines(100, 15)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(outcomes(&answer).iter().all(|outcome| *outcome == "new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_service_takes_nothing_and_says_so() {
    let bench = Bench::new();
    let ready = || Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(bench.send(ready()).await.0, StatusCode::OK);
    bench.inside.drain();
    assert_eq!(bench.send(ready()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bench.post("application/json", row(1)).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_need_their_token_and_name_no_cell_place_or_topic() {
    let bench = Bench::new();
    let lines = format!("{}\n{}", row(1), row(2).replace("East", "Atlantis"));
    bench.post("application/jsonl", lines).await;
    let get = |token: &str| {
        Request::get("/metrics")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(bench.send(get(TOKEN)).await.0, StatusCode::FORBIDDEN);
    let (status, text) = bench.send(get("ut_00000002_secret")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("undertone_rows_total{outcome=\"new\"} 1\n"), "{text}");
    assert!(text.contains("undertone_rows_total{outcome=\"unknown_neighborhood\"} 1\n"), "{text}");
    for secret in ["East", "east", "Atlantis", "streets", "positive", "resident", "forum", "portal"]
    {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_in_a_request_is_answered_and_its_words_are_not() {
    async fn broken() -> &'static str {
        panic!("zebrafish")
    }
    let app =
        Router::new().route("/", axum::routing::get(broken)).layer(super::inside::sheltered());
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let told = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        told.contains("urn:undertone:problem:internal") && !told.contains("zebrafish"),
        "{told}"
    );
}
