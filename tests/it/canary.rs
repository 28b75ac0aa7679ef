//! Ten thousand planted strings that must never be seen again, through kills and panics.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Ran, Town, files, filter, lines};

const ROWS: usize = 1250;

/// The strings planted in row `at`: account, comment id, and six in the text.
fn planted(at: usize) -> [String; 8] {
    let letters: String = format!("{at:05}").bytes().map(|d| char::from(d - b'0' + b'a')).collect();
    [
        format!("acct-zq{at:05}x"),
        format!("cmt-qz{at:05}v"),
        format!("Zaquille{letters} Vexworthy{letters}"),
        format!("qv{at:05}.wyx@example.org"),
        format!("+1 (607) 555-{:04}", at % 10_000),
        format!("Case-{at:05}-QXV"),
        format!("@vexq{at:05}"),
        format!("{} Xanquil{letters} Street", 10 + at % 9000),
    ]
}

fn row(at: usize) -> Value {
    let [account, id, name, mail, phone, case, handle, address] = planted(at);
    json!({
        "id": id,
        "account": account,
        "kind": "comment",
        "text": format!(
            "My name is {name} of {address}. Mail {mail} or call {phone}, {case}, {handle}: fix the road."
        ),
        "posted_at": format!("2026-03-{:02}T12:00:00-05:00", 3 + at % 13),
        "neighborhood": "East",
    })
}

/// Strings that would betray row `at`; the phone by its unusual spelling, names by their stems.
fn betrayals(at: usize) -> Vec<String> {
    let [account, id, name, mail, phone, case, handle, address] = planted(at);
    let (first, last) = name.split_once(' ').unwrap();
    vec![account, id, first.into(), last.into(), mail, phone, case, handle, address]
}

#[track_caller]
fn assert_clean(haystack: &[u8], place: &str) {
    let text = String::from_utf8_lossy(haystack).to_lowercase();
    for stem in [
        "acct-zq",
        "cmt-qz",
        "zaquille",
        "vexworthy",
        ".wyx@",
        "(607) 555",
        "-qxv",
        "@vexq",
        "xanquil",
    ] {
        if let Some(found) = text.find(stem) {
            let near: String = text[found..].chars().take(30).collect();
            panic!("{place} holds a planted string: {near}");
        }
    }
}

#[test]
fn every_planted_string_is_covered_by_the_stems_searched_for() {
    for at in [0, 7, ROWS - 1] {
        for planted in betrayals(at) {
            let caught = std::panic::catch_unwind(|| assert_clean(planted.as_bytes(), "x"));
            assert!(caught.is_err(), "{planted} would pass unseen");
        }
    }
    assert_eq!(ROWS * planted(0).len(), 10_000);
}

#[test]
fn planted_strings_appear_nowhere_after_kills_and_a_panicking_stage() {
    let town = Town::new(lines((0..ROWS).map(row)).as_bytes());
    for point in ["journal_segment_written:1", "batch_committed:2", "panic_in_label:40"] {
        let mut command = town.run_command();
        command.env("UNDERTONE_CRASH_AT", point);
        let ran = command.output().unwrap();
        assert_clean(&ran.stdout, "standard output");
        assert_clean(&ran.stderr, "standard error");
    }
    let ran = town.run().exits(0);
    assert_clean(ran.stdout.as_bytes(), "standard output");
    assert_clean(ran.stderr.as_bytes(), "standard error");
    let written = files(&town.data());
    assert!(written.len() > 5, "{written:?}");
    for path in written {
        assert_clean(&fs::read(&path).unwrap(), &path.display().to_string());
        assert_clean(path.to_string_lossy().as_bytes(), "a file name");
    }
}

/// Identifiers have shapes and must all go; invented surnames with figures in them have none, so
/// names are measured on name sets instead of promised here.
#[test]
fn planted_identifiers_are_not_in_what_redact_prints() {
    let input = lines((0..200).map(|at| json!({"id": at, "text": row(at)["text"]})));
    let ran: Ran = filter(&["redact"], input.as_bytes()).exits(0);
    assert_eq!(ran.stdout.lines().count(), 200);
    let printed = ran.stdout.to_lowercase();
    for stem in [".wyx@", "(607) 555", "-qxv", "@vexq", "xanquil"] {
        assert!(!printed.contains(stem), "`{stem}` is still in what redact prints");
    }
}
