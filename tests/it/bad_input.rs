//! What arrives broken: each gets a clear error or a counted refusal, and the rest still counts.

use std::fs;

use serde_json::json;

use crate::support::{Town, comment, filter, lines};

#[test]
fn rows_that_cannot_be_read_are_counted_by_reason_and_stop_nothing() {
    let mut input = lines((0..20).map(|at| comment(at, at))).into_bytes();
    input.extend(b"\xff\xfe not utf-8\n");
    input.extend(b"{\"id\": \"half\n");
    input.extend(
        format!("{{\"id\":\"deep\",\"x\":{}{}}}\n", "[".repeat(200), "]".repeat(200)).bytes(),
    );
    input.extend(br#"{"id":"long","account":"a","kind":"comment","text":""#);
    input.extend(std::iter::repeat_n(b'x', 10 << 20));
    input.extend(b"\"}\n");
    let mut elsewhere = comment(90, 90);
    elsewhere["neighborhood"] = json!("Atlantis");
    let mut nobody = comment(91, 91);
    nobody["account"] = json!(null);
    let mut undated = comment(92, 92);
    undated["posted_at"] = json!("the day before yesterday");
    input.extend(lines([elsewhere, nobody, undated, comment(93, 93)]).bytes());
    let town = Town::new(&input);
    let ran = town.run_command().arg("--json").output().map(crate::support::Ran::from).unwrap();
    let ran = ran.exits(0);
    let told = ran.stderr.lines().find(|line| line.starts_with("{\"read\"")).unwrap();
    let read = &serde_json::from_str::<serde_json::Value>(told).unwrap()["read"];
    assert_eq!(read["new"], 21, "{read}");
    assert_eq!(read["rejected"]["unknown_neighborhood"]["rows"], 1, "{read}");
    let refused = |group: &str| {
        let rows = read[group].as_object().unwrap().values();
        rows.map(|tally| tally["rows"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(refused("rejected") + refused("bad_rows"), 7, "{read}");
    assert!(!ran.stderr.contains("Atlantis"), "a refusal quotes the row");
    town.verify().exits(0);
}

#[test]
fn comment_dated_in_the_far_future_moves_no_window() {
    let mut late = comment(50, 50);
    late["posted_at"] = json!("2999-01-01T00:00:00Z");
    let town = Town::new(lines((0..10).map(|at| comment(at, at)).chain([late])).as_bytes());
    town.run().exits(0);
    assert_eq!(town.releases().len(), 3);
}

#[test]
fn pipeline_file_errors_name_file_key_found_and_allowed() {
    for (from, to, said) in [
        ("kind = \"jsonl\"", "kind = \"carrier-pigeon\"", "allowed: jsonl, csv, polis"),
        ("unit = \"resident\"", "unit = \"household\"", "household"),
        ("title = \"Town\"", "titel = \"Town\"", "titel"),
        ("zone = \"America/New_York\"", "zone = \"Mars/Olympus\"", "Mars/Olympus"),
        ("windows_max = 2", "windows_max = 3", "windows_max"),
        (
            "[budget]",
            "[models]\nlanguages = [\"de\"]\n\n[budget]",
            "models.languages: found `de`; allowed: each of en, es once",
        ),
        ("epsilon = 2.0", "epsilon = \"two\"", "expected a number"),
        ("window_days = 7", "window_days = \"seven\"", "expected a whole number"),
        (
            "[\"neighborhood\", \"sentiment\"]",
            "[\"neighborhood\", \"mood\"]",
            "allowed: neighborhood, topic, sentiment",
        ),
        ("\"parks-and-trees\"", "\"dragons\"", "dragons"),
        ("path = \"comments.jsonl\"", "path = \"nowhere.jsonl\"", "nowhere.jsonl"),
    ] {
        let town = Town::of(2, 1);
        town.edit_pipeline(from, to);
        town.run().exits(2).says(said);
        assert!(town.releases().is_empty());
    }
}

#[test]
fn plan_above_its_budget_is_refused_with_the_arithmetic() {
    let town = Town::of(2, 1);
    town.edit_pipeline("share_percent = 60", "share_percent = 60\nsigma_units = 60");
    town.run().exits(78).says("budget");
    assert!(!town.data().join("ledger").exists(), "a refused plan left a ledger");
}

#[test]
fn shares_above_the_whole_are_refused() {
    let town = Town::of(2, 1);
    town.edit_pipeline("share_percent = 60", "share_percent = 61");
    town.run().exits(78).says("101");
}

#[test]
fn key_file_of_the_wrong_kind_is_refused_by_name() {
    let town = Town::of(2, 1);
    town.run().exits(0);
    let keys = town.data().join("keys");
    fs::copy(keys.join("signing.key"), keys.join("pseudonym.key")).unwrap();
    town.run().exits(2).says("pseudonym.key");
}

#[test]
fn ledger_with_one_flipped_byte_neither_runs_nor_verifies() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let path = town.data().join("ledger/entries.log");
    let whole = fs::read(&path).unwrap();
    for at in [whole.len() / 5, whole.len() / 2, whole.len() - 40] {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        fs::write(&path, &broken).unwrap();
        town.verify().exits(1);
        town.run().exits(78);
    }
    fs::write(&path, &whole).unwrap();
    town.verify().exits(0);
}

#[test]
fn release_file_with_one_changed_digit_does_not_verify() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let (name, bytes) = town.releases().remove(0);
    let text = String::from_utf8(bytes).unwrap();
    let changed = text.replacen("\"noisy_units\":", "\"noisy_units\":1", 1);
    fs::write(town.data().join("releases").join(name), changed).unwrap();
    town.verify().exits(1);
}

#[test]
fn redact_and_classify_answer_every_line_in_order_and_go_on_after_bad_ones() {
    let input = b"{\"id\":\"a\",\"text\":\"Call me at 607-555-0134\"}\nnot json\n{\"id\":7,\"text\":\"The park is lovely\"}\n";
    for command in ["redact", "classify"] {
        let ran = filter(&[command], input).exits(0);
        let answers: Vec<serde_json::Value> =
            ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), 3, "{}", ran.stdout);
        assert_eq!((&answers[0]["id"], &answers[2]["id"]), (&json!("a"), &json!(7)));
        assert!(answers[1]["error"].is_string());
        assert_eq!(answers[1]["line"], 2);
        assert!(!ran.stdout.contains("607-555"));
        ran.says("1 of 3 lines could not be answered");
        filter(&[command], b"not json\n[]\n").exits(1).says("2 of 2 lines could not be answered");
    }
    filter(&["classify", "--languages", "de"], b"").exits(2).says("`de` is not read");
}
