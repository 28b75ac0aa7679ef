//! `undertone serve` as a process: killed at any durable step, told to end, told to reload.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::support::{Ran, Town, models, undertone};

/// An instant in the town's first window.
const WITHIN: &str = "2026-03-08T12:00:00Z";

/// A running service, killed when it is dropped.
pub struct Service {
    pub child: Child,
    pub events: BufReader<ChildStdout>,
    pub inside: String,
    outside: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn town() -> Town {
    let town = Town::new(b"");
    let serve = "[serve]\ninside = \"127.0.0.1:0\"\noutside = \"127.0.0.1:0\"\n\n[budget]";
    town.edit_pipeline("[budget]", serve);
    town
}

pub fn keys(town: &Town, arguments: &[&str]) -> Ran {
    let mut command = undertone();
    command.args(["keys", "token"]).args(&arguments[..1]);
    command.arg(town.path().join("town.toml")).args(&arguments[1..]);
    Ran::from(command.arg("--models").arg(models()).output().unwrap())
}

pub fn token(town: &Town) -> String {
    let made = keys(town, &["create", "--name", "portal", "--json"]).exits(0);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

pub fn command(town: &Town, now: &str) -> Command {
    let mut command = undertone();
    command.arg("serve").arg(town.path().join("town.toml")).arg("--models").arg(models());
    command.args(["--as-of", now, "--json"]);
    command
}

fn start(town: &Town, crash: Option<&str>) -> Service {
    let mut command = command(town, WITHIN);
    if let Some(point) = crash {
        command.env("UNDERTONE_CRASH_AT", point);
    }
    started(command)
}

/// Waits until it listens.
pub fn started(mut command: Command) -> Service {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap());
    let listening = event(&mut events).unwrap_or_else(|| {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        panic!("it did not start: {said}")
    });
    assert_eq!(listening["event"], "listening");
    let address = |name: &str| listening[name].as_str().unwrap().replace("http://", "");
    Service { inside: address("inside"), outside: address("outside"), child, events }
}

pub fn event(events: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    serde_json::from_str(&line).ok()
}

/// One request; `None` when the other side went away before it answered.
pub fn ask(address: &str, head: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: town\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.get(9..12)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

fn post(service: &Service, token: &str, ids: std::ops::Range<usize>) -> Option<(u16, String)> {
    let rows: String = ids
        .map(|id| {
            format!(
                "{{\"id\":\"c{id}\",\"account\":\"resident-{}\",\"text\":\"The new playground is \
                 wonderful, number {id}.\",\"posted_at\":\"2026-03-03T10:00:00Z\",\
                 \"neighborhood\":\"East\"}}\n",
                id % 5
            )
        })
        .collect();
    let head = format!(
        "POST /v1/comments HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-type: application/x-ndjson"
    );
    ask(&service.inside, &head, &rows)
}

fn outcomes(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| result["outcome"].as_str().unwrap().to_owned()).collect()
}

#[cfg(feature = "crash-points")]
#[test]
fn every_202_is_kept_when_the_service_is_aborted_at_any_durable_step() {
    let points =
        ["journal_segment_written", "journal_segment_synced", "batch_labelled", "batch_committed"];
    let town = town();
    let token = token(&town);
    let mut answered = 0;
    for point in points {
        let service = start(&town, Some(&format!("{point}:2")));
        let ids = |request: usize| answered + 2 * request..answered + 2 * (request + 1);
        let mut request = 0;
        while let Some((status, answer)) = post(&service, &token, ids(request)) {
            assert_eq!(status, 202, "{answer}");
            request += 1;
            assert!(request < 20, "{point} was not passed");
        }
        drop(service);
        let kept = answered + 2 * request;
        let service = start(&town, None);
        // What was answered is a duplicate; what was under way counts once, now or then.
        let (status, answer) = post(&service, &token, 0..kept + 2).unwrap();
        assert_eq!(status, 202);
        let duplicate = |outcome: &String| outcome == "duplicate";
        assert!(outcomes(&answer)[..kept].iter().all(duplicate), "after {point}: {answer}");
        answered = kept + 2;
    }
}

#[test]
fn service_killed_outright_has_every_202() {
    let town = town();
    let token = token(&town);
    let mut service = start(&town, None);
    assert_eq!(post(&service, &token, 0..20).unwrap().0, 202);
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    let service = start(&town, None);
    let (_, answer) = post(&service, &token, 0..21).unwrap();
    let outcomes = outcomes(&answer);
    assert_eq!(outcomes.iter().filter(|o| *o == "duplicate").count(), 20, "{outcomes:?}");
    assert_eq!(outcomes[20], "new");
}

#[test]
fn terminated_service_ends_well_and_no_word_of_a_comment_is_on_disk_or_told() {
    let town = town();
    let token = token(&town);
    let mut service = start(&town, None);
    assert_eq!(post(&service, &token, 0..4).unwrap().0, 202);
    let (status, answer) = post(&service, "ut_wrong", 0..1).unwrap();
    assert_eq!(status, 401, "{answer}");
    assert_eq!(ask(&service.outside, "GET /v1/releases HTTP/1.1", "").unwrap().0, 200);
    terminate(&service.child);
    assert_eq!(event(&mut service.events).unwrap()["event"], "draining");
    let status = service.child.wait().unwrap();
    assert!(status.success(), "{status}");
    let mut said = String::new();
    service.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("playground") && !said.contains("resident-"), "{said}");
    for file in crate::support::files(&town.data()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [&b"playground"[..], b"resident-", token.as_bytes()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{} holds {}", file.display(), secret.escape_ascii());
        }
    }
}

#[test]
fn hangup_takes_other_tokens() {
    let town = town();
    let (token_before, mut service) = (token(&town), start(&town, None));
    let token_after = token(&town);
    assert_eq!(post(&service, &token_after, 0..1).unwrap().0, 401);
    signal(&service.child, rustix::process::Signal::HUP);
    let reloaded = event(&mut service.events).unwrap();
    assert_eq!((&reloaded["event"], &reloaded["tokens"]), (&"reloaded".into(), &2.into()));
    assert_eq!(post(&service, &token_after, 0..1).unwrap().0, 202);
    let id = token_before.split('_').nth(1).unwrap();
    keys(&town, &["revoke", "--id", id]).exits(0);
    keys(&town, &["revoke", "--id", id]).exits(2);
    signal(&service.child, rustix::process::Signal::HUP);
    event(&mut service.events).unwrap();
    assert_eq!(post(&service, &token_before, 0..1).unwrap().0, 401);
    let listed = keys(&town, &["list"]).exits(0).stdout;
    assert!(listed.contains("portal") && !listed.contains(&token_after), "{listed}");
}

#[test]
fn service_over_windows_gone_by_is_refused_unless_told() {
    let town = town();
    let mut late = undertone();
    late.arg("serve").arg(town.path().join("town.toml")).arg("--models").arg(models());
    let late = late.args(["--as-of", "2026-03-10T12:00:00Z"]).output().unwrap();
    Ran::from(late).exits(2).says("--release-anyway").says("1 of the plan's windows");
}

pub fn terminate(child: &Child) {
    signal(child, rustix::process::Signal::TERM);
}

pub fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}
