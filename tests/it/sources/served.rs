//! `undertone serve` over a pipeline that reads a service: killed, ended, told to reload, and with a
//! service that is gone.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc::channel,
};

use serde_json::Value;

use super::{
    server::{Answer, Asked, Server},
    twins::twins,
    world::World,
};
use crate::{
    crash::{WHILE_READING, recorded},
    serve::{Service, ask, command, event, keys, signal, started, terminate, token},
    support::Town,
};

/// An instant in the first window, after all posts of the world.
const NOW: &str = "2026-01-11T12:00:00Z";

/// A town whose source is a forum on this machine.
struct Served {
    town: Town,
    world: Arc<Mutex<World>>,
    _server: Server,
}

impl Served {
    fn new() -> Self {
        let forum = twins().into_iter().find(|twin| twin.name() == "discourse").unwrap();
        Self::asking(move |world, asked| forum.answer(asked, world))
    }

    fn asking(answer: impl Fn(&World, &Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::reading("discourse", "poll_every_s = 86400\n", answer)
    }

    fn reading(
        kind: &str,
        keys: &str,
        answer: impl Fn(&World, &Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let world = Arc::new(Mutex::new(World { now: NOW.parse().unwrap(), ..World::new() }));
        let shared = Arc::clone(&world);
        let server = Server::start(move |asked| answer(&shared.lock().unwrap().clone(), asked));
        let town = Town::new(b"");
        let source = format!(
            "kind = \"{kind}\"\nname = \"forum\"\nunit = \"resident\"\n\n[source.service]\n\
             url = \"http://127.0.0.1:{}\"\nloopback = true\n{keys}",
            server.port
        );
        let file =
            "kind = \"jsonl\"\nname = \"forum\"\npath = \"comments.jsonl\"\nunit = \"resident\"\n";
        town.edit_pipeline(file, &source);
        town.edit_pipeline("2026-03-02", "2026-01-05");
        town.edit_pipeline("[neighborhoods]", "[neighborhoods]\nmissing = \"east\"");
        let serve = "[serve]\ninside = \"127.0.0.1:0\"\noutside = \"127.0.0.1:0\"\n\n[budget]";
        town.edit_pipeline("[budget]", serve);
        Self { town, world, _server: server }
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn start(&self) -> Service {
        started(command(&self.town, NOW))
    }

    /// The secret of a token that may read metrics.
    fn scraper(&self) -> String {
        let made =
            keys(&self.town, &["create", "--name", "scraper", "--scope", "metrics", "--json"]);
        let made: Value = serde_json::from_str(&made.exits(0).stdout).unwrap();
        made["secret"].as_str().unwrap().to_owned()
    }

    /// How many comments the store holds.
    fn kept(&self) -> usize {
        recorded(&self.town).values().map(Vec::len).sum()
    }
}

/// The next event of this name, and those passed over until then.
fn until(service: &mut Service, name: &str) -> (Value, Vec<Value>) {
    let mut before = Vec::new();
    loop {
        let found = event(&mut service.events).expect("the service ended");
        match found["event"] == name {
            true => return (found, before),
            false => before.push(found),
        }
    }
}

fn metrics(service: &Service, token: &str) -> String {
    let head = format!("GET /metrics HTTP/1.1\r\nauthorization: Bearer {token}");
    let (status, metrics) = ask(&service.inside, &head, "").unwrap();
    assert_eq!(status, 200, "{metrics}");
    metrics
}

fn end(mut service: Service) {
    terminate(&service.child);
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn service_killed_at_any_durable_step_loses_no_row_of_its_source_and_counts_none_twice() {
    let served = Served::new();
    for point in WHILE_READING {
        served.world().write();
        let mut command = command(&served.town, NOW);
        let died = command.env("UNDERTONE_CRASH_AT", point).output().unwrap();
        assert!(!died.status.success(), "{point} was not passed");
    }
    let mut service = served.start();
    until(&mut service, "caught_up");
    end(service);
    let posts = served.world().posts.len();
    assert_eq!((served.kept(), posts), (16, 16));
}

#[test]
fn served_source_is_read_with_edits_and_deletions_and_told_in_counts_alone() {
    let served = Served::new();
    let mut service = served.start();
    let (caught_up, before) = until(&mut service, "caught_up");
    assert_eq!(caught_up["event"], "caught_up");
    let new: u64 = before.iter().map(|event| event["rows"]["new"].as_u64().unwrap_or(0)).sum();
    assert_eq!(new, 10, "{before:?}");
    end(service);
    served.world().edit(1);
    served.world().delete(2);
    let token = served.scraper();
    let mut service = served.start();
    let (_, before) = until(&mut service, "caught_up");
    let told = before.iter().map(Value::to_string).collect::<String>();
    assert!(told.contains("\"removed\":1") && told.contains("\"replaced\":1"), "{told}");
    let metrics = metrics(&service, &token);
    for line in [
        "undertone_polled_rows_total{outcome=\"replaced\"} 1\n",
        "undertone_polled_rows_total{outcome=\"removed\"} 1\n",
        "undertone_polls_total{end=\"caught_up\"} 1\n",
        "undertone_poll_caught_up_timestamp_seconds ",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    end(service);
    for words in ["good words", "bad words", "7001", "7002", "Marigold", "forum", "127.0.0.1"] {
        assert!(!metrics.contains(words) && !told.contains(words), "{words}: {metrics}{told}");
    }
    assert_eq!(served.kept(), 9);
}

#[test]
fn service_that_is_gone_costs_nothing_but_itself() {
    let served = Served::asking(|_, _| Answer::status(404, ""));
    let token = token(&served.town);
    let mut service = served.start();
    let (failed, _) = until(&mut service, "poll_failed");
    assert_eq!(failed["again_in_s"], 86_400);
    assert!(failed["because"].as_str().unwrap().contains("status 404"), "{failed}");
    let row = r#"{"id":"h1","account":"ana","text":"By hand.","posted_at":"2026-01-06T10:00:00Z"}"#;
    let head = format!(
        "POST /v1/comments HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-type: application/json"
    );
    assert_eq!(ask(&service.inside, &head, row).unwrap().0, 202);
    served.town.edit_pipeline("poll_every_s = 86400", "poll_every_s = 3600");
    signal(&service.child, rustix::process::Signal::HUP);
    let (refused, _) = until(&mut service, "reload_refused");
    assert!(refused["because"].as_str().unwrap().contains("[source]"), "{refused}");
    end(service);
    assert_eq!(served.kept(), 1);
}

#[test]
fn service_that_does_not_answer_is_left_when_told_to_end() {
    let (asked, hears) = std::sync::mpsc::channel();
    let (held, holds) = std::sync::mpsc::channel::<()>();
    let (asked, holds) = (Mutex::new(asked), Mutex::new(holds));
    let served = Served::asking(move |_, _| {
        let _ = asked.lock().unwrap().send(());
        let _ = holds.lock().unwrap().recv();
        Answer::status(404, "")
    });
    let service = served.start();
    hears.recv().unwrap();
    end(service);
    drop(held);
}

/// How often the metrics are asked before what was waited for is said not to come.
const TRIES: usize = 100_000;
const STREAM: &str = "/api/v1/streaming/public/local";

#[test]
fn stream_is_listened_to_until_the_service_ends() {
    let plays = || twins().into_iter().find(|twin| twin.name() == "mastodon").unwrap();
    let (say, told) = channel();
    let (told, timeline) = (Arc::new(Mutex::new(told)), plays());
    let opened = Arc::new(AtomicUsize::new(0));
    let opens = Arc::clone(&opened);
    let served = Served::reading("mastodon", "", move |world, asked| match asked.path.as_str() {
        STREAM => {
            opens.fetch_add(1, Ordering::SeqCst);
            Answer::Told(Arc::clone(&told))
        }
        _ => timeline.answer(asked, world),
    });
    let token = served.scraper();
    let service = served.start();
    let read = |outcome: &str, rows: usize| {
        let line = format!("undertone_polled_rows_total{{outcome=\"{outcome}\"}} {rows}\n");
        let mut tries = 0..TRIES;
        while !metrics(&service, &token).contains(&line) {
            assert!(tries.next().is_some(), "{line}{}", metrics(&service, &token));
        }
    };
    read("new", 10);
    let news = || {
        let asked = Asked { path: STREAM.into(), ..Asked::default() };
        let Answer::Stream(news) = plays().answer(&asked, &served.world()) else { unreachable!() };
        news
    };
    served.world().edit(1);
    say.send(news()).unwrap();
    read("replaced", 1);
    // A run would have ended where nothing was waiting; a service hears what comes after a pause too.
    say.send(":thump\n".to_owned()).unwrap();
    served.world().delete(2);
    say.send(news()).unwrap();
    read("removed", 1);
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    // The stream stays open and says nothing more.
    end(service);
    assert_eq!(served.kept(), 9);
}
