//! What is kept is what would be made anew, and is bounded; a slow answer holds nobody else up.

use std::{path::Path, pin::pin};

use http_body_util::BodyExt;
use tokio::task::yield_now;
use tower::ServiceExt;

use super::*;
use crate::{
    config::{Overrides, load},
    domain::FixedClock,
};

/// Releases drawn once and kept; no test here depends on what their noise was.
fn outside(kept_bytes_max: usize) -> Arc<Outside> {
    let pipeline = load(Path::new("fixtures/published/riverton.toml"), Overrides::default());
    let pipeline = Arc::new(pipeline.unwrap());
    let since = "2026-05-05T00:00:00Z".parse().unwrap();
    let shown = Shown::take(&pipeline.data, since, 5).unwrap();
    let clock = Arc::new(FixedClock("2026-05-06T00:00:00Z".parse().unwrap()));
    Outside::with_room(pipeline, clock, &shown, kept_bytes_max).unwrap()
}

fn kept(outside: &Outside) -> usize {
    outside.picture.borrow().kept.size().0
}

/// Status, headers and bytes of an answer.
async fn ask(outside: &Arc<Outside>, path: &str, coding: &str) -> (StatusCode, HeaderMap, Bytes) {
    let request = Request::get(path)
        .header(header::ACCEPT_ENCODING, coding)
        .header(header::ACCEPT_LANGUAGE, "es, en;q=0.1")
        .body(Body::empty());
    let response = outside.routes().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
}

const PATHS: [&str; 14] = [
    "/",
    "/?topic=noise&odds=3",
    "/places?a=old-quay",
    "/privacy?lang=en",
    "/ledger?from=1",
    "/entry?entry=1",
    "/undertone.css?v=1",
    "/figure.csv?of=project.trend",
    "/figure.svg?of=places.map",
    "/ledger/entries.jsonl",
    "/v1/releases",
    "/v1/ledger/entries",
    "/v1/openapi.json",
    "/nowhere",
];

#[tokio::test]
async fn answer_is_the_same_whether_it_was_kept_made_anew_or_given_up() {
    let (keeps, forgets) = (outside(KEPT_BYTES_MAX), outside(0));
    for path in PATHS {
        for coding in ["", "gzip"] {
            let first = ask(&keeps, path, coding).await;
            assert!(ask(&keeps, path, coding).await == first, "{path} {coding}");
            assert!(ask(&forgets, path, coding).await == first, "{path} {coding}");
        }
    }
    assert_eq!(kept(&keeps), PATHS.len() - 1, "all but what is not there");
    assert_eq!(kept(&forgets), 0);
}

#[tokio::test]
async fn what_a_reader_makes_up_fills_nothing() {
    let outside = outside(KEPT_BYTES_MAX);
    let plain = ask(&outside, "/", "gzip").await;
    for junk in 0..50 {
        for query in [
            format!("x={junk}"),
            format!("topic=t{junk}"),
            format!("window={}&a=old-quay", 1000 + junk),
            format!("odds={junk}e9&epsilon={junk}"),
            format!("entry={junk}&release=0000000{junk}&from={junk}&of=x{junk}"),
            format!("lang=x{junk}"),
            format!("%zz={junk}"),
        ] {
            assert!(ask(&outside, &format!("/?{query}"), "gzip").await == plain, "{query}");
        }
        ask(&outside, &format!("/nowhere-{junk}"), "").await;
        ask(&outside, &format!("/v1/releases/{junk}"), "").await;
        ask(&outside, &format!("/entry?entry=9000{junk}"), "").await;
        ask(&outside, &format!("/undertone.css?v={junk}"), "").await;
        ask(&outside, &format!("/figure.csv?of=project.{junk}"), "").await;
    }
    assert_eq!(kept(&outside), 2, "the page and the style");
}

#[tokio::test]
async fn reader_who_has_the_bytes_is_sent_none() {
    let outside = outside(KEPT_BYTES_MAX);
    for coding in ["", "gzip"] {
        let (_, head, _) = ask(&outside, "/places", coding).await;
        let request = Request::get("/places")
            .header(header::ACCEPT_ENCODING, coding)
            .header(header::ACCEPT_LANGUAGE, "es, en;q=0.1")
            .header(header::IF_NONE_MATCH, &head[header::ETAG])
            .body(Body::empty());
        let response = outside.routes().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        for name in [header::ETAG, header::VARY, header::CACHE_CONTROL] {
            let all = |head: &HeaderMap| head.get_all(&name).iter().cloned().collect::<Vec<_>>();
            assert_eq!(all(response.headers()), all(&head), "{name}");
        }
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}

#[tokio::test]
async fn plan_that_is_tried_holds_up_no_page_and_busy_makers_no_kept_answer() {
    let outside = outside(KEPT_BYTES_MAX);
    let trying = Arc::clone(&outside.trying).acquire_owned().await.unwrap();
    let mut plan = pin!(ask(&outside, "/plan?epsilon=4", ""));
    let waits = async |plan: &mut std::pin::Pin<&mut _>| {
        tokio::select! {
            biased;
            _ = plan => false,
            () = async { for _ in 0..100 { yield_now().await } } => true,
        }
    };
    assert!(waits(&mut plan).await, "another plan is being tried");
    let (status, ..) = ask(&outside, "/places", "").await;
    assert_eq!(status, StatusCode::OK);
    let making = Arc::clone(&outside.making).acquire_many_owned(MADE_AT_ONCE as u32).await.unwrap();
    assert_eq!(ask(&outside, "/places", "").await.0, StatusCode::OK, "it is kept");
    assert_eq!(ask(&outside, "/healthz", "").await.0, StatusCode::OK);
    let mut privacy = pin!(ask(&outside, "/privacy", ""));
    assert!(waits(&mut privacy).await);
    drop((trying, making));
    assert_eq!(plan.await.0, StatusCode::OK);
    assert_eq!(privacy.await.0, StatusCode::OK);
}
