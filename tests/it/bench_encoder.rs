//! `undertone bench encoder` beside made-up peers: cosine, ratios, equal bits, and what fails.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Ran, lines, models, undertone};

const TEXTS: [&str; 3] = ["The lamp is out", "Ana asks for a bench", "é trees"];

/// Measures three texts beside these peers.
fn bench(peers: &[Value], arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("texts.jsonl");
    // What else stands in a line does not matter.
    fs::write(&texts, lines(TEXTS.map(|text| json!({"text": text, "spans": []})))).unwrap();
    let peers = json!({ "peers": peers }).to_string();
    fs::write(folder.path().join("peers.json"), peers).unwrap();
    let mut command = undertone();
    command.args(["bench", "encoder"]).arg(texts).arg("--models").arg(models());
    command.arg("--peers").arg(folder.path()).args(["--rounds", "2", "--round-ms", "10"]);
    Ran::from(command.args(arguments).output().unwrap())
}

/// Ours in `f32` under another name.
fn twin() -> Value {
    let program = undertone().get_program().to_str().unwrap().to_owned();
    let models = models().to_str().unwrap().to_owned();
    json!({"id": "twin", "job": "encoder",
        "command": [program, "bench", "engine", "--kind", "f32", "--models", models]})
}

/// A peer that is a line of shell.
fn shell(id: &str, script: &str) -> Value {
    json!({"id": id, "job": "encoder", "command": ["/bin/sh", "-c", script]})
}

fn named<'a>(rows: &'a Value, id: &str) -> &'a Value {
    let rows = rows.as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no `{id}` in {rows:?}"))
}

#[test]
fn bench_of_encoders_tells_cosine_ratio_share_of_peak_and_equal_bits() {
    let redactor = json!({"id": "redactor", "command": ["/nowhere"]});
    let missing = json!({"id": "absent", "job": "encoder", "missing": "no Python"});
    let ran = bench(&[twin(), redactor, missing], &["--json"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["texts"], &report["rounds"]), (&json!(3), &json!(2)));
    let engines = &report["engines"];
    for id in ["int8-portable", "f32", "candle-stock", "twin"] {
        let one = named(engines, id);
        assert!(one["texts_per_cpu_s"]["min"].as_f64() > Some(0.0), "{one}");
        assert!(one["memory_mib_peak"].as_f64() > Some(10.0), "{one}");
        assert!(one["cosine_min"].as_f64() > Some(0.99), "{one}");
        let is_bytes = id.starts_with("int8");
        assert_eq!(one["share_of_peak"].as_f64() > Some(0.0), is_bytes, "{one}");
    }
    assert!(named(engines, "int8-portable")["cosine_mean"].as_f64() < Some(0.999_999));
    assert!(named(engines, "twin")["cosine_min"].as_f64() > Some(0.999_999));
    assert_eq!(report["not_measured"], json!([{"id": "absent", "why": "no Python"}]));
    let ours = engines.as_array().unwrap().len() - 2;
    assert_eq!(report["ratios"].as_array().unwrap().len(), 2 * ours, "ours over stock and twin");
    let bits = report["bits"].as_array().unwrap();
    assert_eq!(bits.len(), ours, "every path of int8, and the fastest last first");
    assert!(bits.iter().all(|way| way["sha256"] == bits[0]["sha256"]), "{bits:?}");
    assert_eq!(report["bits_equal"], true);
}

#[test]
fn bench_of_encoders_refuses_answers_that_are_no_vectors_and_quotes_no_text() {
    let echo = "while read -r line; do echo \"$line\"; done";
    let short = r#"while read -r line; do echo '{"id":0,"embedding":"00000000"}'; done"#;
    let peers = [shell("echo", echo), shell("short", short), twin()];
    let ran = bench(&peers, &["--only", "echo,short,twin", "--limit", "2"]).exits(1);
    for why in ["echo: answer 1: wants {\"id\",\"embedding\"}", "short: answer 1: 4 bytes"] {
        assert!(ran.stdout.contains(why), "`{why}` is not in:\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("not measured: echo, short"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("lamp") && !ran.stderr.contains("lamp"), "a text is quoted");
    assert!(!ran.stdout.contains("the same bits"), "no int8 engine was measured");
}

#[test]
fn bench_of_encoders_with_an_unknown_engine_says_which_there_are() {
    bench(&[twin()], &["--only", "gpu"]).exits(2).says("candle-stock, twin");
}
