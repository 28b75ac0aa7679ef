//! The whole service on loopback, with a clock that the tests move and a labeller that reads nothing.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::Mutex,
};

use tokio::task::block_in_place;

use super::*;
use crate::{
    cli::{
        alerts::{
            self,
            receiver::{self, Receiver},
        },
        models,
    },
    config::{Address, Overrides, Pipeline, Proof, Scope, Token, TokenFile, load},
    domain::{Labels, Sensitive, Sentiment, SourceId, Topic},
    ledger::verify,
    pipeline::{Labeller, Reading},
};

const PIPELINE: &str = r#"
[pipeline]
id = "town"
title = "Town"
data = "data"

[source]
kind = "jsonl"
name = "forum"
unit = "resident"

[schedule]
starts_on = 2026-03-02
window_days = 7
windows = 3
period_windows = 3
zone = "UTC"

[neighborhoods]
list = [{ id = "east", name = "East" }, { id = "west", name = "West" }]

[topics]
builtin = ["streets", "noise"]

[budget]
epsilon = 2.0

[[family]]
id = "pulse"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 3
share_percent = 100

[serve]
inside = "127.0.0.1:0"
outside = "127.0.0.1:0"
visible_after_minutes = 60
"#;

const TOKEN: &str = "ut_00000001_secret";

struct Steered(Mutex<Timestamp>);

impl Clock for Steered {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Everybody is content with the streets.
struct Content;

/// Nobody is.
struct Grumpy;

fn all(sentiment: Sentiment) -> Reading {
    Reading { labels: Labels { sentiment, topics: vec![Topic(0)] }, withheld: false }
}

impl Labeller for Content {
    fn label(&self, _: &Sensitive<String>) -> Reading {
        all(Sentiment::Positive)
    }
}

impl Labeller for Grumpy {
    fn label(&self, _: &Sensitive<String>) -> Reading {
        all(Sentiment::Negative)
    }
}

/// A town's folder and the hands of its clock.
struct Town {
    folder: tempfile::TempDir,
    clock: Arc<Steered>,
}

fn token(id: &str, secret: &str) -> Token {
    Token {
        id: id.into(),
        name: "portal".into(),
        scopes: vec![Scope::Ingest],
        sources: vec![SourceId::new("forum").unwrap()],
        proof: Proof::Sha256(hex::encode(Token::digest(secret))),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("town.toml"), PIPELINE).unwrap();
        let tokens = TokenFile { tokens: vec![token("00000001", TOKEN)] };
        tokens.write(&folder.path().join("data/keys/tokens.json")).unwrap();
        let clock = Arc::new(Steered(Mutex::new("2026-03-03T12:00:00Z".parse().unwrap())));
        Self { folder, clock }
    }

    /// A town with a copy of everything that this one has written.
    fn twin(&self) -> Self {
        let twin = Self::new();
        copy(&self.data(), &twin.data());
        twin.set(&self.clock.now().to_string());
        twin
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("town.toml")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(from), "no `{from}`");
        fs::write(self.file(), text.replacen(from, to, 1)).unwrap();
    }

    fn set(&self, now: &str) {
        *self.clock.0.lock().unwrap() = now.parse().unwrap();
    }

    /// Name of the release of a window; none before it is made.
    fn release(&self, window: &str) -> Option<String> {
        let entries = fs::read_dir(self.data().join("releases")).ok()?;
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.find(|name| name.starts_with(&format!("pulse.{window}.")))
    }

    fn argument(&self) -> PipelineArg {
        PipelineArg::of(self.file(), models_folder())
    }

    async fn serve(&self) -> Serving {
        self.serve_with(Arc::new(Content)).await
    }

    fn pipeline(&self) -> Arc<Pipeline> {
        let overrides = Overrides { models: Some(models_folder()), ..Overrides::default() };
        Arc::new(load(&self.file(), overrides).unwrap())
    }

    async fn serve_with(&self, labeller: Arc<dyn Labeller>) -> Serving {
        let pipeline = self.pipeline();
        let facts = models::facts(&pipeline).unwrap();
        let reads = Reads { labeller, facts };
        let house = House::open(pipeline, self.clock.clone(), reads, true).unwrap();
        let two = NonZeroUsize::new(2).unwrap();
        let surroundings = Surroundings {
            clock: self.clock.clone(),
            wait: Arc::new(|_| {}),
            ..Surroundings::of_the_machine()
        };
        Serving::start(house, two, surroundings, Teller { json: false }).await.unwrap()
    }
}

fn models_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, name) = (entry.as_ref().unwrap().path(), entry.as_ref().unwrap().file_name());
        match source.is_dir() {
            true => copy(&source, &to.join(name)),
            false => drop(fs::copy(&source, to.join(name)).unwrap()),
        }
    }
}

/// One request over a connection of its own; the whole answer, byte for byte.
async fn ask(address: &Address, head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: town\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    block_in_place(|| match address {
        Address::Tcp(at) => told(TcpStream::connect(at).unwrap(), &request),
        Address::Unix(path) => told(UnixStream::connect(path).unwrap(), &request),
    })
}

fn told(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(address: &Address, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1"), "").await
}

async fn body_of(address: &Address, path: &str) -> String {
    get(address, path).await.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn rows(residents: std::ops::Range<usize>, day: &str) -> String {
    residents
        .map(|who| {
            format!(
                "{{\"id\":\"{day}-{who}\",\"account\":\"resident-{who}\",\"text\":\"hello\",\
                 \"posted_at\":\"2026-03-{day}T10:00:00Z\",\"neighborhood\":\"East\"}}\n"
            )
        })
        .collect()
}

async fn post(serving: &Serving, token: &str, rows: &str) -> String {
    let head = format!(
        "POST /v1/comments HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-type: application/x-ndjson"
    );
    ask(&serving.addresses()[0], &head, rows).await
}

#[tokio::test(flavor = "multi_thread")]
async fn window_closes_by_the_clock_and_is_shown_at_its_public_instant() {
    let town = Town::new();
    let serving = town.serve().await;
    let outside = serving.addresses()[1].clone();
    assert!(post(&serving, TOKEN, &rows(0..20, "03")).await.starts_with("HTTP/1.1 202"));
    serving.turn().await.unwrap();
    let before = body_of(&outside, "/v1/releases").await;
    assert!(before.contains("\"releases\":[]"), "{before}");
    let entries = body_of(&outside, "/v1/ledger/entries").await;
    town.set("2026-03-09T00:00:00Z");
    serving.turn().await.unwrap();
    let release = town.release("00000").expect("released by the clock");
    for now in ["2026-03-09T00:00:01Z", "2026-03-09T00:59:59Z"] {
        town.set(now);
        serving.turn().await.unwrap();
        assert_eq!(body_of(&outside, "/v1/releases").await, before, "{now}");
        assert_eq!(body_of(&outside, "/v1/ledger/entries").await, entries, "{now}");
        assert!(
            get(&outside, &format!("/v1/releases/{release}")).await.starts_with("HTTP/1.1 404")
        );
    }
    town.set("2026-03-09T01:00:00Z");
    serving.turn().await.unwrap();
    let list = body_of(&outside, "/v1/releases").await;
    assert!(list.contains(&release) && list.contains("\"shown_since\":\"2026-03-09T01:00:00Z\""));
    let file = fs::read_to_string(town.data().join("releases").join(&release)).unwrap();
    assert_eq!(body_of(&outside, &format!("/v1/releases/{release}")).await, file);
    assert!(body_of(&outside, "/privacy").await.contains(&release));
    // Late rows go into the next window, and the closed one is never released again.
    assert!(post(&serving, TOKEN, &rows(20..22, "04")).await.contains("\"new\""));
    serving.turn().await.unwrap();
    assert_eq!(body_of(&outside, "/v1/releases").await, list);
    serving.drain().await.unwrap();
    let report = verify(&town.data(), None, &town.data().join("releases"));
    assert!(report.passed(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_shows_nothing_sooner_and_a_late_round_waits_for_the_next_instant() {
    let town = Town::new();
    let serving = town.serve().await;
    post(&serving, TOKEN, &rows(0..5, "03")).await;
    town.set("2026-03-09T00:00:00Z");
    serving.turn().await.unwrap();
    serving.drain().await.unwrap();
    // Released before the restart, shown when it was due.
    town.set("2026-03-09T00:30:00Z");
    let serving = town.serve().await;
    let outside = serving.addresses()[1].clone();
    serving.turn().await.unwrap();
    assert!(body_of(&outside, "/v1/releases").await.contains("\"releases\":[]"));
    town.set("2026-03-09T01:00:00Z");
    serving.turn().await.unwrap();
    assert!(body_of(&outside, "/v1/releases").await.contains("pulse.00000."));
    let (picture, entries) =
        (get(&outside, "/v1/releases").await, body_of(&outside, "/v1/ledger/entries").await);
    serving.drain().await.unwrap();
    // Down over a closing time: what was shown is shown, and the late round waits for a full beat.
    town.set("2026-03-16T01:10:00Z");
    let serving = town.serve().await;
    let outside = serving.addresses()[1].clone();
    serving.turn().await.unwrap();
    assert!(town.release("00001").is_some());
    for now in ["2026-03-16T01:10:00Z", "2026-03-16T01:59:59Z"] {
        town.set(now);
        serving.turn().await.unwrap();
        let shown = get(&outside, "/v1/releases").await;
        assert_eq!(without_date(&shown), without_date(&picture), "{now}");
        assert_eq!(body_of(&outside, "/v1/ledger/entries").await, entries, "{now}");
    }
    town.set("2026-03-16T02:00:00Z");
    serving.turn().await.unwrap();
    assert!(body_of(&outside, "/v1/releases").await.contains("pulse.00001."));
    serving.drain().await.unwrap();
}

fn without_date(answer: &str) -> String {
    answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_is_the_same_to_the_byte_for_streams_that_differ_in_one_resident() {
    let town = Town::new();
    let serving = town.serve().await;
    post(&serving, TOKEN, &rows(0..9, "03")).await;
    town.set("2026-03-09T01:00:00Z");
    serving.turn().await.unwrap();
    town.set("2026-03-09T02:00:00Z");
    serving.turn().await.unwrap();
    serving.drain().await.unwrap();
    let twin = town.twin();
    let release = format!("/v1/releases/{}", town.release("00000").unwrap());
    let mut answers = Vec::new();
    for (town, residents) in [(&town, 3), (&twin, 4)] {
        town.set("2026-03-10T12:00:00Z");
        let serving = town.serve().await;
        let outside = serving.addresses()[1].clone();
        let taken = post(&serving, TOKEN, &rows(0..residents, "10")).await;
        assert!(taken.contains(&format!("\"accepted\":{residents}")), "{taken}");
        serving.turn().await.unwrap();
        let mut heard = Vec::new();
        for path in [
            "/",
            "/places",
            "/privacy?lang=es",
            "/plan",
            "/undertone.css",
            "/figure.csv",
            "/ledger/entries.jsonl",
            "/v1/releases",
            release.as_str(),
            "/v1/ledger/entries",
            "/v1/ledger/checkpoint",
            "/v1/openapi.json",
            "/healthz",
            "/v1/releases/nothing.json",
            "/nowhere",
            "/metrics",
            "/readyz",
            "/v1/comments",
            "/%ff",
            "//",
            "/v1/releases?x=1",
        ] {
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                heard.push((
                    path,
                    method,
                    ask(&outside, &format!("{method} {path} HTTP/1.1"), "").await,
                ));
            }
        }
        let known = "GET /v1/releases HTTP/1.1\r\nif-none-match: *";
        heard.push(("", "304", ask(&outside, known, "").await));
        heard.push(("", "broken", ask(&outside, "BROKEN", "").await));
        answers.push(heard);
        serving.drain().await.unwrap();
    }
    for (one, other) in answers[0].iter().zip(&answers[1]) {
        // What the protocol itself answers to no request at all is stamped by the machine's clock.
        match one.1 {
            "broken" => assert_eq!(without_date(&one.2), without_date(&other.2)),
            _ => assert_eq!(one, other),
        }
    }
    assert!(
        answers[0].iter().any(|answer| answer.2.contains(&release[13..])),
        "a release is shown"
    );
    assert!(answers[0].iter().any(|answer| answer.2.starts_with("HTTP/1.1 304")));
}

/// The windows differ by all that residents can say, so an alert fires, whatever the noise but for a
/// chance that no machine will meet; what is asserted holds for every draw.
#[tokio::test(flavor = "multi_thread")]
async fn alert_is_told_only_of_what_the_outside_shows() {
    let town = Town::new();
    let receiver = Receiver::start(|_| 204);
    let secret = town.folder.path().join("hook");
    receiver::write_secret(&secret, 0o600);
    let alert = format!(
        "[[alert]]\nid = \"mood\"\nfamily = \"pulse\"\nwebhook = {{ url = \"{}\", loopback = true, \
         secret_file = \"hook\" }}\n[serve]",
        receiver.url()
    );
    town.edit("[serve]", &alert);
    let file = town.data().join("alerts/mood.jsonl");
    let serving = town.serve().await;
    post(&serving, TOKEN, &rows(0..40, "03")).await;
    for now in ["2026-03-09T00:00:00Z", "2026-03-09T01:00:00Z"] {
        town.set(now);
        serving.turn().await.unwrap();
    }
    serving.drain().await.unwrap();
    let serving = town.serve_with(Arc::new(Grumpy)).await;
    post(&serving, TOKEN, &rows(0..40, "10")).await;
    for now in ["2026-03-16T00:00:00Z", "2026-03-16T00:59:59Z"] {
        town.set(now);
        serving.turn().await.unwrap();
    }
    assert!(town.release("00001").is_some(), "released, and not shown yet");
    serving.drain().await.unwrap();
    let early = alerts::look(&town.pipeline(), &Surroundings::of_the_machine()).unwrap();
    assert_eq!((early.all.len(), early.not_shown_yet), (0, 1));
    assert!(!file.exists() && receiver.taken().is_empty(), "one window alone tells no change");
    town.set("2026-03-16T01:00:00Z");
    let serving = town.serve().await;
    serving.turn().await.unwrap();
    let shown = body_of(&serving.addresses()[1], "/v1/releases").await;
    serving.drain().await.unwrap();
    // What a service that ended had not told yet, the next one tells: all of it once, none twice.
    let rest = alerts::look(&town.pipeline(), &Surroundings::of_the_machine()).unwrap();
    assert_eq!((rest.not_shown_yet, rest.undelivered), (0, 0));
    let told = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(told.lines().count(), rest.all.len());
    assert_eq!(receiver.taken().len(), rest.all.len());
    for line in told.lines() {
        let fired: crate::estimate::Fired = serde_json::from_str(line).unwrap();
        assert!(shown.contains(&fired.release_id[..12]), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_takes_tokens_and_bounds_and_refuses_what_would_change_privacy() {
    let town = Town::new();
    let reloader = Reloader::new(&town.argument()).unwrap();
    let serving = town.serve().await;
    let tokens = town.data().join("keys/tokens.json");
    TokenFile { tokens: vec![token("00000002", "ut_00000002_other")] }.write(&tokens).unwrap();
    town.edit("visible_after_minutes = 60", "visible_after_minutes = 60\nrows_max = 2");
    assert!(post(&serving, TOKEN, &rows(0..3, "03")).await.starts_with("HTTP/1.1 202"));
    serving.reload(&reloader);
    assert!(post(&serving, TOKEN, &rows(3..4, "03")).await.starts_with("HTTP/1.1 401"));
    let other = "ut_00000002_other";
    assert!(post(&serving, other, &rows(3..4, "03")).await.starts_with("HTTP/1.1 202"));
    assert!(post(&serving, other, &rows(3..6, "03")).await.starts_with("HTTP/1.1 413"));
    for (from, to, key) in [
        ("epsilon = 2.0", "epsilon = 1.9", "[budget]"),
        ("name = \"East\"", "name = \"East\", aliases = [\"E\"]", "[neighborhoods]"),
        ("builtin = [\"streets\", \"noise\"]", "builtin = [\"streets\"]", "[topics]"),
        ("visible_after_minutes = 60", "visible_after_minutes = 61", "serve.visible_after_minutes"),
        ("[serve]", "[redaction]\nscore_min = 0.5\n[serve]", "[redaction]"),
        ("windows = 3", "windows = none", "TOML"),
    ] {
        town.edit(from, to);
        let refused = reloader.read().unwrap_err().to_string();
        assert!(refused.contains(key), "{key}: {refused}");
        serving.reload(&reloader);
        town.edit(to, from);
    }
    assert!(post(&serving, other, &rows(4..5, "03")).await.starts_with("HTTP/1.1 202"));
    serving.drain().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_may_be_sockets_and_are_gone_after_the_end() {
    let town = Town::new();
    town.edit("inside = \"127.0.0.1:0\"", "inside = \"unix:run/inside.sock\"");
    town.edit("outside = \"127.0.0.1:0\"", "outside = \"unix:run/outside.sock\"");
    let serving = town.serve().await;
    let [inside, outside] = serving.addresses().clone();
    assert!(post(&serving, TOKEN, &rows(0..1, "03")).await.starts_with("HTTP/1.1 202"));
    assert!(get(&inside, "/readyz").await.ends_with("ready\n"));
    assert!(get(&outside, "/healthz").await.ends_with("ok\n"));
    assert!(get(&outside, "/v1/comments").await.starts_with("HTTP/1.1 404"), "no way in there");
    assert!(get(&inside, "/v1/releases").await.starts_with("HTTP/1.1 404"));
    serving.drain().await.unwrap();
    assert!(!town.folder.path().join("run/inside.sock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_refused_and_a_half_closed_connection_is_answered() {
    let town = Town::new();
    let serving = town.serve().await;
    let Address::Tcp(inside) = serving.addresses()[0] else { unreachable!() };
    let row = rows(0..1, "03");
    let head = |length: usize| {
        format!(
            "POST /v1/comments HTTP/1.1\r\nhost: town\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    for (length, expected) in [(row.len() + 9, "HTTP/1.1 400"), (row.len(), "HTTP/1.1 202")] {
        let answer = block_in_place(|| {
            let mut stream = TcpStream::connect(inside).unwrap();
            stream.write_all((head(length) + &row).as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        assert!(answer.starts_with(expected), "{answer}");
        assert!(!answer.contains("resident-0"), "{answer}");
    }
    serving.drain().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_service_kept_what_it_answered_and_begins_where_it_was() {
    let town = Town::new();
    let serving = town.serve().await;
    assert!(post(&serving, TOKEN, &rows(0..5, "03")).await.contains("\"accepted\":5"));
    serving.drain().await.unwrap();
    let serving = town.serve().await;
    let again = post(&serving, TOKEN, &rows(0..6, "03")).await;
    assert_eq!(again.matches("\"duplicate\"").count(), 5, "{again}");
    serving.drain().await.unwrap();
}
