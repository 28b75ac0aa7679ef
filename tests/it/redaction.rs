//! `undertone redact` with its scorecard and explanations, from outside; and that it opens no socket.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Town, filter, lines, models, undertone};

const GOLD: &str = "fixtures/redaction/gold.jsonl";

fn gold() -> Vec<Value> {
    let text = fs::read_to_string(GOLD).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answers(arguments: &[&str], input: &str) -> Vec<Value> {
    let ran = filter(arguments, input.as_bytes()).exits(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn range(span: &Value) -> std::ops::Range<usize> {
    let place = |end: &str| usize::try_from(span[end].as_u64().unwrap()).unwrap();
    place("start")..place("end")
}

fn places(spans: &Value) -> HashSet<usize> {
    spans.as_array().unwrap().iter().flat_map(range).collect()
}

/// The arithmetic of the field's scorers, written a second time over what `redact` prints.
#[test]
fn scorecard_counts_what_redact_hides() {
    let gold = gold();
    let hidden = answers(&["redact", "--patterns-only"], &fs::read_to_string(GOLD).unwrap());
    let (mut chars, mut hit, mut full, mut spans, mut others, mut over) = (0, 0, 0, 0, 0, 0);
    let (mut with, mut leaking, mut keeps, mut touched) = (0, 0, 0, 0);
    for (gold, hidden) in gold.iter().zip(&hidden) {
        let text: Vec<char> = gold["text"].as_str().unwrap().chars().collect();
        let (covered, annotated) = (places(&hidden["spans"]), places(&gold["spans"]));
        let mut leaks = false;
        for span in gold["spans"].as_array().unwrap() {
            let inside: Vec<usize> = range(span).filter(|at| !text[*at].is_whitespace()).collect();
            let found = inside.iter().filter(|at| covered.contains(at)).count();
            (chars, hit, spans) = (chars + inside.len(), hit + found, spans + 1);
            full += usize::from(found == inside.len());
            leaks |= found < inside.len();
        }
        with += usize::from(!annotated.is_empty());
        leaking += usize::from(leaks);
        others += text.len() - annotated.len();
        over += covered.difference(&annotated).count();
        let kept = gold["keep"].as_array().unwrap();
        keeps += kept.len();
        touched += kept.iter().filter(|keep| range(keep).any(|at| covered.contains(&at))).count();
    }
    assert!(hit > 0 && hit < chars, "the fixture must leave something to find: {hit} of {chars}");
    let arguments = ["redact", "--patterns-only", "--scorecard", GOLD];
    let card = filter(&[&arguments[..], &["--json"]].concat(), b"").exits(0).stdout;
    let card: Value = serde_json::from_str(&card).unwrap();
    let rate = |part: usize, of: usize| json!(part as f64 / of as f64);
    assert_eq!(card["recall"], rate(hit, chars));
    assert_eq!(card["full"], rate(full, spans));
    assert_eq!(card["leak"], rate(leaking, with));
    assert_eq!(card["over"], rate(over, others));
    assert_eq!((&card["keeps"], &card["keeps_touched"]), (&json!(keeps), &json!(touched)));
    assert_eq!(card["types"]["EMAIL"]["recall"], 1.0);
    assert_eq!(card["cases"]["clean"]["recall"], Value::Null);
    assert_eq!(card["languages"]["es"]["texts"], 3);
    let told = filter(&arguments, b"").exits(0).stdout;
    let first = format!(
        "recall {:.4}  full {:.4}  leak {:.4}  over {:.4}  keeps {touched}/{keeps}  texts {}",
        hit as f64 / chars as f64,
        full as f64 / spans as f64,
        leaking as f64 / with as f64,
        over as f64 / others as f64,
        gold.len()
    );
    assert_eq!(told.lines().next(), Some(first.as_str()));
}

#[test]
fn faulty_gold_line_is_told_by_its_place_and_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gold.jsonl");
    let file = file.to_str().unwrap();
    for bad in [
        r#"{"text": "Zebra", "spans": 7}"#,
        r#"{"text":"Zebra","spans":[{"start":2,"end":9,"type":"X"}]}"#,
    ] {
        fs::write(file, format!("{{\"text\":\"a\",\"spans\":[]}}\n{bad}\n")).unwrap();
        let ran = filter(&["redact", "--patterns-only", "--scorecard", file], b"").exits(2);
        assert!(ran.stderr.contains("line 2") && !ran.stderr.contains("Zebra"), "{}", ran.stderr);
    }
}

#[test]
fn explanation_says_what_redact_says_and_why() {
    let text = "Write to kestrel&#64;example.org, 4111-1111-1111-1112; Mayor Abiola reads t.me/ana";
    let input = lines([json!({"id": 1, "text": text})]);
    let plain = &answers(&["redact", "--patterns-only"], &input)[0];
    let keys: HashSet<&str> = plain.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, HashSet::from(["id", "redacted", "spans"]), "the contract of redact");
    let explained = &answers(&["redact", "--patterns-only", "--explain", "--json"], &input)[0];
    for key in ["id", "redacted", "spans"] {
        assert_eq!(explained[key], plain[key]);
    }
    let findings = explained["findings"].as_array().unwrap();
    let by = |recognizer: &str| {
        findings.iter().find(|finding| finding["recognizer"] == recognizer).unwrap()
    };
    assert_eq!(
        (&by("email")["view"], &by("email")["action"]),
        (&json!("plain"), &json!("replace"))
    );
    assert_eq!(by("card")["validation"], "Luhn failed");
    let told =
        filter(&["redact", "--patterns-only", "--explain"], input.as_bytes()).exits(0).stdout;
    for word in ["id 1", "<EMAIL>", "Luhn failed", "plain", "email"] {
        assert!(told.contains(word), "`{word}` is not in:\n{told}");
    }
    assert!(!told.contains("kestrel"), "{told}");
}

#[test]
fn listed_streets_are_evidence_from_a_file_beside_the_pipeline() {
    let town = Town::of(1, 1);
    fs::copy("fixtures/redaction/streets.txt", town.path().join("streets.txt")).unwrap();
    town.edit_pipeline("[budget]", "[redaction]\nstreets_file = \"streets.txt\"\n\n[budget]");
    let file = town.path().join("town.toml");
    let input = lines([json!({"id": 1, "text": "The lamp at 1206 Quay is out, Quay St is dark"})]);
    let arguments = ["redact", "--patterns-only", "--pipeline", file.to_str().unwrap()];
    assert_eq!(
        answers(&arguments, &input)[0]["redacted"],
        "The lamp at <ADDRESS> is out, Quay St is dark"
    );
    let without = answers(&arguments[..2], &input);
    assert_eq!(without[0]["redacted"], "The lamp at 1206 Quay is out, Quay St is dark");
}

#[test]
fn run_with_a_policy_that_lets_names_through_is_refused_before_anything_is_read() {
    let town = Town::of(3, 2);
    town.edit_pipeline("[budget]", "[redaction]\nscore_min = 1.0\n\n[budget]");
    let ran = town.run().exits(78).says("planted `name`");
    assert!(ran.stdout.is_empty() && town.releases().is_empty(), "{}", ran.stdout);
}

/// The program's open files while it runs, after it answered one line.
fn open_files(mut command: Command) -> Result<Vec<String>, String> {
    let mut child = command
        .args(["redact", "--models"])
        .arg(models())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().unwrap();
    let mut answer = String::new();
    let text = "Ana Ruiz, 607-555-0134, https://example.com/ana";
    let asked = stdin.write_all(lines([json!({"id": 1, "text": text})]).as_bytes());
    if asked.is_ok() {
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    }
    let process = Path::new("/proc").join(child.id().to_string());
    let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let mut open: Vec<String> = files
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .map(|target| target.display().to_string())
        .collect();
    let namespace = fs::read_link(process.join("ns/net")).ok();
    open.push(format!("{}", namespace.unwrap_or_default().display()));
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    if !answer.contains("<PHONE>") {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    assert!(output.status.success());
    Ok(open)
}

#[cfg(target_os = "linux")]
#[test]
fn redact_opens_no_socket() {
    let open = open_files(undertone()).unwrap();
    assert!(open.len() > 3, "{open:?}");
    assert!(!open.iter().any(|target| target.starts_with("socket:")), "{open:?}");
}

#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stderr)]
fn redact_works_in_an_empty_network_namespace() {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]).arg(undertone().get_program());
    match open_files(command) {
        Ok(open) => {
            let ours = fs::read_link("/proc/self/ns/net").unwrap().display().to_string();
            assert!(!open.contains(&ours), "the namespace is not its own: {open:?}");
            assert!(!open.iter().any(|target| target.starts_with("socket:")), "{open:?}");
        }
        Err(reason) if reason.contains("unshare") || reason.contains("No such file") => {
            eprintln!("skipped: no network namespace can be made here: {reason}");
        }
        Err(reason) => panic!("{reason}"),
    }
}
