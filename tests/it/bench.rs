//! `undertone bench redact` beside made-up peers: what it asks, takes, refuses and reports.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::support::{Ran, lines, models, undertone};

/// A folder with a gold file and a list of peers.
struct Bench {
    folder: tempfile::TempDir,
}

const ANA: &str = "ask Ana Diaz at 607-555-0134";

impl Bench {
    /// Three texts of which two hold something, and these peers.
    fn beside(peers: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gold = [
            json!({"text": ANA, "spans": [{"start": 4, "end": 12, "type": "PERSON"},
                {"start": 16, "end": 28, "type": "PHONE"}]}),
            json!({"text": "é lamp is out", "spans": [], "keep": [{"start": 2, "end": 6}]}),
            json!({"text": "mail a@b.org", "spans": [{"start": 5, "end": 12, "type": "EMAIL"}]}),
        ];
        fs::write(folder.path().join("gold.jsonl"), lines(gold)).unwrap();
        let peers = json!({ "peers": peers }).to_string();
        fs::write(folder.path().join("peers.json"), peers).unwrap();
        Self { folder }
    }

    fn gold(&self) -> PathBuf {
        self.folder.path().join("gold.jsonl")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = undertone();
        command.args(["bench", "redact"]).arg(self.gold()).args([
            "--rounds",
            "2",
            "--round-ms",
            "50",
        ]);
        command
            .arg("--models")
            .arg(models())
            .arg("--peers")
            .arg(self.folder.path())
            .args(arguments);
        Ran::from(command.output().unwrap())
    }
}

/// Ours under another name: a peer that does everything right.
fn twin() -> Value {
    let program = undertone().get_program().to_str().unwrap().to_owned();
    json!({"id": "twin", "command": [program, "redact", "--patterns-only"]})
}

/// A peer that is a line of shell; `$line` is what it was asked.
fn shell(id: &str, script: &str) -> Value {
    json!({"id": id, "command": ["/bin/sh", "-c", script]})
}

fn named<'a>(rows: &'a Value, id: &str) -> &'a Value {
    let rows = rows.as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no `{id}` in {rows:?}"))
}

#[test]
fn bench_measures_ours_and_a_peer_and_says_their_ratio() {
    // Hides all of every text; the shell counts to answer each text by its id.
    let all = r#"echo '{"ready":"Hides all 1.0"}'; read -r line
        echo '{"id":0,"spans":[]}'
        while true; do for id in 0 1 2; do read -r line || exit 0
        echo '{"id":'$id',"spans":[{"start":0,"end":12,"type":"X"}]}'; done; done"#;
    let missing = json!({"id": "absent", "missing": "pip cannot install it"});
    let bench = Bench::beside(&[twin(), shell("all", all), missing]);
    let ran = bench.run(&["--json"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["texts"], &report["rounds"]), (&json!(3), &json!(2)));
    let engines = &report["engines"];
    for id in ["undertone-patterns", "undertone", "twin", "all"] {
        let one = named(engines, id);
        let speed = &one["texts_per_cpu_s"];
        assert_eq!(speed["rounds"].as_array().unwrap().len(), 2);
        assert!(
            speed["min"].as_f64() > Some(0.0) && speed["min"].as_f64() <= speed["max"].as_f64()
        );
        assert!(one["memory_mib_peak"].as_f64() > Some(0.5), "{one}");
        assert_eq!(one["refused"], 0);
    }
    let (twin, patterns) = (named(engines, "twin"), named(engines, "undertone-patterns"));
    for rate in ["recall", "full", "leak", "over", "keeps_touched"] {
        assert_eq!(twin[rate], patterns[rate], "{rate} of one program under two names");
    }
    assert_eq!(patterns["types"]["EMAIL"], 1.0);
    // 7 + 12 + 7 characters must go, white space aside; "ask Ana Diaz" is hidden, and the mail.
    let all = named(engines, "all");
    assert_eq!((&all["name"], &all["recall"]), (&json!("Hides all 1.0"), &json!(14.0 / 26.0)));
    assert_eq!((&all["leak"], &all["keeps_touched"]), (&json!(0.5), &json!(1)));
    assert_eq!(report["not_measured"], json!([{"id": "absent", "why": "pip cannot install it"}]));
    let ratios = report["ratios"].as_array().unwrap();
    assert_eq!(ratios.len(), 4, "each of ours over each peer");
    for ratio in ratios {
        let speeds =
            |id: &Value| &named(engines, id.as_str().unwrap())["texts_per_cpu_s"]["rounds"];
        let first =
            speeds(&ratio["of"])[0].as_f64().unwrap() / speeds(&ratio["over"])[0].as_f64().unwrap();
        assert_eq!(ratio["texts_per_cpu_s"]["rounds"][0], first);
    }
}

#[test]
fn bench_goes_on_without_a_peer_that_fails_and_ends_with_a_failed_check() {
    let answer = r#"echo '{"id":0,"spans":[]}'"#;
    let once = format!("read -r line; {answer}; read -r line; {answer}");
    let bench = Bench::beside(&[
        json!({"id": "absent", "command": ["/nowhere/engine"]}),
        shell("dies-loading", "echo 'no model found' >&2; exit 3"),
        shell("dies-later", &format!("{once}; exit 3")),
        shell(
            "nonsense",
            &format!("read -r line; {answer}; while read -r line; do echo \"$line\"; done"),
        ),
        shell("astray", &format!("while read -r line; do {answer}; done")),
        shell("twice", &format!("while read -r line; do {answer}; {answer}; done")),
        twin(),
    ]);
    let ran = bench.run(&["--limit", "2"]).exits(1);
    for (id, why) in [
        ("absent", "cannot start /nowhere/engine"),
        ("dies-loading", "it ended before it was ready: no model found"),
        ("dies-later", "it ended after 1 of 2 answers"),
        ("nonsense", "answer 1: has neither spans nor an error"),
        ("astray", "answer 2: has the id 0, but text 1 was asked"),
        ("twice", "answer 2: has the id 0, but text 1 was asked"),
    ] {
        assert!(ran.stdout.contains(&format!("{id}: {why}")), "`{why}` is not in:\n{}", ran.stdout);
    }
    assert!(ran.stdout.contains("undertone / twin") && ran.stdout.contains("recall by type"));
    assert!(ran.stderr.contains("not measured: absent, dies-loading"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Ana") && !ran.stderr.contains("Ana"), "a text is quoted");
}

#[test]
fn bench_takes_a_refused_text_as_one_in_which_nothing_was_hidden() {
    let refuses = r#"read -r line; echo '{"id":0,"spans":[]}'
        while true; do for id in 0 1 2; do read -r line || exit 0
        echo '{"id":'$id',"error":"no"}'; done; done"#;
    let ran = Bench::beside(&[shell("shy", refuses)]).run(&["--types", "PHONE"]).exits(0);
    let row = ran.stdout.lines().find(|line| line.starts_with("shy ")).unwrap();
    assert!(row.contains(" 0.0000 0.0000 1.0000 0.0000"), "{row}");
    assert!(ran.stdout.contains("; refused 3"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("PERSON"), "types that do not count are told:\n{}", ran.stdout);
}

#[test]
fn bench_without_peers_or_with_a_bad_file_says_what_to_do() {
    let bench = Bench::beside(&[]);
    let list = bench.folder.path().join("peers.json");
    fs::write(&list, "{}").unwrap();
    bench.run(&[]).exits(2).says("install.sh");
    fs::remove_file(&list).unwrap();
    bench.run(&[]).exits(2).says("benches/peers/install.sh");
    fs::write(
        bench.gold(),
        "{\"text\":\"Zebra\",\"spans\":[{\"start\":2,\"end\":9,\"type\":\"X\"}]}\n",
    )
    .unwrap();
    fs::write(&list, "{\"peers\": []}").unwrap();
    let ran = bench.run(&[]).exits(2).says("line 1");
    assert!(!ran.stderr.contains("Zebra"), "{}", ran.stderr);
    fs::write(bench.gold(), "\n").unwrap();
    bench.run(&[]).exits(2).says("holds no text");
}
