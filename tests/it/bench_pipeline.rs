//! `undertone bench pipeline` beside made-up peers: rates beyond loading, ratios, and what fails.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::support::{Ran, lines, models, undertone};

const TEXTS: [&str; 4] =
    ["The lamp is out", "Ana asks for a bench", "More trees", "The bus is never on time"];

fn shell(id: &str, script: &str) -> Value {
    json!({"id": id, "job": "pipeline", "command": ["/bin/sh", "-c", script, "sh"]})
}

fn bench(folder: &Path, peers: &[Value]) -> Ran {
    let texts = folder.join("texts.jsonl");
    fs::write(&texts, lines(TEXTS.map(|text| json!({ "text": text })))).unwrap();
    let peers = json!({ "peers": peers }).to_string();
    fs::write(folder.join("peers.json"), peers).unwrap();
    let mut command = undertone();
    command.args(["bench", "pipeline"]).arg(texts).arg("--models").arg(models());
    command.arg("--peers").arg(folder).args(["--rounds", "2", "--json", "--data"]);
    Ran::from(command.arg(folder.join("data")).output().unwrap())
}

#[test]
fn bench_of_pipelines_runs_ours_whole_and_shows_a_peer_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    // What the peer is given is counted: one row first, then all in each round.
    let seen = folder.path().join("seen");
    let script = format!("wc -l < \"$1\" >> {}; echo '{{\"released\": [1]}}'", seen.display());
    let ran = bench(folder.path(), &[shell("twin", &script)]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["comments"], &report["rounds"]), (&json!(4), &json!(2)));
    let ids: Vec<_> = report["engines"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["undertone", "twin"]);
    for one in report["engines"].as_array().unwrap() {
        assert_eq!(one["comments_per_cpu_s"]["rounds"].as_array().unwrap().len(), 2, "{one}");
    }
    assert!(report["engines"][0]["memory_mib_peak"].as_f64() > Some(10.0), "{report}");
    assert_eq!(report["ratios"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read_to_string(seen).unwrap(), "1\n4\n4\n");
    assert!(!folder.path().join("data").exists(), "what was measured on is left behind");
}

#[test]
fn bench_of_pipelines_counts_no_program_that_fails_or_releases_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let peers = [
        shell("silent", "echo '{\"released\": []}'"),
        shell("broken", "echo no library >&2; exit 4"),
        json!({"id": "absent", "job": "pipeline", "missing": "no Python"}),
    ];
    let ran = bench(folder.path(), &peers).exits(1);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["engines"].as_array().unwrap().len(), 1);
    assert_eq!(
        report["not_measured"],
        json!([
            {"id": "absent", "why": "no Python"},
            {"id": "silent", "why": "it failed: it released nothing"},
            {"id": "broken", "why": "it failed: no library"},
        ])
    );
    assert!(ran.stderr.contains("not measured: silent, broken"), "{}", ran.stderr);
}
