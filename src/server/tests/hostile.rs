//! Bodies that mean harm, and a thousand that a seeded hand has broken.

use super::*;

/// Words of a body that no answer may repeat.
const CANARY: &str = "zebrafish";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_body_gets_a_clear_4xx_that_repeats_nothing_of_it() {
    let bench = Bench::new();
    let marked = row(1).replace("lovely", CANARY);
    let deep = "[".repeat(200_000);
    let nested = format!("{{\"x\":{}{},{}", "[".repeat(90), "]".repeat(90), &marked[1..]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("malformed", marked[..marked.len() - 5].into()),
        ("two values", format!("{marked}{marked}").into()),
        ("deep", deep.clone().into()),
        ("deep in a row", nested.into()),
        ("huge", vec![b'x'; 1 << 20]),
        ("not utf-8", [marked.as_bytes(), b"\xff\xfe"].concat()),
        ("a lone surrogate", marked.replace("square", "\\ud800").into()),
        ("a raw control", marked.replace("square", "\u{7}").into()),
        ("an escaped control", marked.replace("square", "\\u0000").into()),
        ("a turned reading", marked.replace("square", "\\u202e").into()),
        ("a turned account", marked.replace("resident", "\\u2066resident").into()),
        ("nothing", vec![]),
        ("blank", b"  \n ".to_vec()),
        ("an empty array", b"[]".to_vec()),
        ("no object", format!("\"{CANARY}\"").into()),
        ("two ids", marked.replace("\"id\"", "\"id\":9,\"id\"").into()),
        ("a huge number", marked.replace("\"id\":1", "\"id\":1e400").into()),
        ("long name", marked.replace("resident", &"r".repeat(2_000)).into()),
    ];
    for (name, body) in cases {
        let (status, text) = bench.send(posted("application/json", body)).await;
        assert!(status.is_client_error(), "{name}: {status} {text}");
        assert!(!text.contains(CANARY) && !text.contains("resident-"), "{name}: {text}");
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["status"], status.as_u16(), "{name}");
        assert!(problem["type"].as_str().unwrap().starts_with("urn:undertone:problem:"), "{name}");
    }
    assert_eq!(bench.intake.counts().room_rows, 64, "room was kept");
    assert_eq!(bench.end().await.said(Window(0)..Window(9)).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_breaks_off_is_refused_and_keeps_nothing() {
    let bench = Bench::new();
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let half = row(1)[..20].to_owned();
    sender.send(Ok(hyper::body::Frame::data(half.into()))).await.unwrap();
    let broken = std::io::Error::other("the other side went away");
    tokio::spawn(async move { sender.send(Err(broken)).await });
    let (status, text) = bench.send(posted("application/json", Body::new(Pieces(receiver)))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    assert!(!text.contains("went away"));
}

/// A body in pieces that a test sends.
struct Pieces(tokio::sync::mpsc::Receiver<std::io::Result<hyper::body::Frame<axum::body::Bytes>>>);

impl axum::body::HttpBody for Pieces {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<std::io::Result<hyper::body::Frame<axum::body::Bytes>>>> {
        self.0.poll_recv(context)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousand_broken_requests_are_each_answered_and_nothing_grows() {
    let bench = Bench::new();
    let event = |row: String| {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"/a","type":"undertone.comment","data":{row}}}"#
        )
    };
    let marked = |id: usize| row(id).replace("lovely", CANARY);
    let kinds = [
        ("application/json", format!("[{},{}]", marked(1), marked(2))),
        ("application/x-ndjson", format!("{}\n{}\n", marked(3), marked(4))),
        ("application/cloudevents+json", event(marked(5))),
        ("application/cloudevents-batch+json", format!("[{}]", event(marked(6)))),
    ];
    let mut seed = 0x5eed_u64;
    let mut next = move || {
        // SplitMix64: enough for a hand that breaks bytes.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    for round in 0..1_000 {
        let (kind, body) = &kinds[round % kinds.len()];
        let mut bytes = body.clone().into_bytes();
        for _ in 0..=next() % 6 {
            let at = next() as usize % bytes.len().max(1);
            match next() % 4 {
                0 if !bytes.is_empty() => bytes[at] = next() as u8,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, next() as u8),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let (status, text) = bench.send(posted(kind, bytes)).await;
        assert!(
            status == StatusCode::ACCEPTED || status.is_client_error(),
            "round {round}: {status} {text}"
        );
        assert!(!text.contains(CANARY), "round {round}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(answer.is_object(), "round {round}");
    }
    assert_eq!(bench.intake.counts().room_rows, 64, "room was kept");
}
