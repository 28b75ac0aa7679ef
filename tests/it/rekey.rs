//! A pseudonym key replaced between two runs: nobody gains, nobody is counted twice.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    records::{pseudonym_keys, records, run_as_of},
    support::{Ran, Town, lines, undertone},
};

pub const ACCOUNTS: [&str; 4] = ["ana", "bo", "cy", "dee"];

/// A town of fourteen weeks whose residents fill two windows of any four, and one two-week span.
pub fn long_town() -> Town {
    let town = Town::new(b"");
    let schedule = "\nwindows = 14\nperiod_windows = 4\nlateness_days = 0\n";
    town.edit_pipeline("\nwindows = 2\nperiod_windows = 2\n", schedule);
    town
}

/// Noon of a day, counted from the first of the first window.
pub fn noon(day: u32) -> String {
    let start: jiff::civil::Date = "2026-03-02".parse().unwrap();
    let span = jiff::Span::new().days(i64::from(day));
    format!("{}T16:00:00Z", start.checked_add(span).unwrap())
}

/// One comment, in the middle of a window.
pub fn row(window: u32, who: &str, id: &str, op: &str) -> Value {
    json!({
        "id": id, "account": who, "op": op, "kind": "comment",
        "text": "The potholes on our street are awful and nobody fixes them.",
        "posted_at": noon(7 * window + 2), "revised_at": noon(7 * window + 3),
        "neighborhood": if op == "edit" { "West" } else { "East" },
    })
}

pub fn append(town: &Town, rows: &[Value]) {
    let path = town.path().join("comments.jsonl");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(lines(rows.iter().cloned()).as_bytes()).unwrap();
}

pub fn rotate_as_of(town: &Town, instant: &str) -> Command {
    let mut rotate = undertone();
    rotate.args(["keys", "rotate", "--key", "pseudonym", "--as-of", instant]);
    rotate.arg(town.path().join("town.toml"));
    rotate
}

fn ran(mut command: Command) -> Ran {
    Ran::from(command.output().unwrap())
}

/// What the residents write in a window: ana always, bo at first and again later, cy once at
/// first, dee from the fourth window on.
fn written_in(window: u32) -> Vec<Value> {
    let here = |who: &str| row(window, who, &format!("{who}-{window}"), "create");
    let mut rows = vec![here("ana")];
    rows.extend((!(3..=4).contains(&window)).then(|| here("bo")));
    rows.extend((window == 2).then(|| here("cy")));
    rows.extend((window > 2).then(|| here("dee")));
    rows
}

/// After the key was replaced in the middle of window 2: once more, an edit and a deletion of what
/// was said before, and a row told again.
fn written_after() -> Vec<Value> {
    vec![
        row(2, "ana", "ana-2b", "create"),
        row(2, "ana", "ana-2", "edit"),
        row(2, "cy", "cy-2", "delete"),
        row(2, "bo", "bo-2", "create"),
    ]
}

/// The whole input once more, from a file that no cursor knows.
fn read_again(town: &Town, name: &str, instant: &str) -> Ran {
    let path = town.path().join(name);
    fs::copy(town.path().join("comments.jsonl"), &path).unwrap();
    let mut command = town.run_command();
    command.args(["--as-of", instant, "--input"]).arg(path);
    ran(command)
}

/// Windows 0 to 9 in two towns, one of which replaces its key in the middle of window 2. Both keys
/// live until window 8: a span of two windows that begins in window 2 is charged at window 3 and
/// limits its residents for four.
#[test]
fn residents_of_a_town_that_replaced_its_key_are_recorded_and_charged_as_in_one_that_did_not() {
    let (plain, rotated) = (long_town(), long_town());
    let towns = [&plain, &rotated];
    for window in 0..10 {
        towns.iter().for_each(|town| append(town, &written_in(window)));
        if window == 2 {
            towns.iter().for_each(|town| drop(ran(run_as_of(town, &noon(18))).exits(0)));
            ran(rotate_as_of(&rotated, &noon(18))).exits(0);
            towns.iter().for_each(|town| append(town, &written_after()));
        }
        let closed = noon(7 * (window + 1));
        towns.iter().for_each(|town| drop(ran(run_as_of(town, &closed)).exits(0)));
        if window == 4 {
            read_again(&rotated, "again.jsonl", &closed).exits(0).says("0 new");
            ran(rotate_as_of(&rotated, &closed)).exits(78).says("both keys are needed");
        }
        let [expected, found] = towns.map(|town| records(town, &ACCOUNTS));
        assert_eq!(found, expected, "after window {window}");
        let lives = (2..7).contains(&window);
        assert_eq!(pseudonym_keys(&rotated).len(), 1 + usize::from(lives), "window {window}");
        if window == 5 {
            let pulse: Vec<_> = found["ana"].paid.iter().filter(|paid| paid.1 == 0).collect();
            let windows: Vec<_> = pulse.iter().map(|paid| paid.0).collect();
            assert_eq!(windows, [4, 5], "ana filled windows 0 and 1 and is heard again in 4");
        }
    }
    let expected = records(&rotated, &ACCOUNTS);
    read_again(&rotated, "once-more.jsonl", &noon(70)).exits(0).says("before key rotation");
    assert_eq!(records(&rotated, &ACCOUNTS), expected);
    let verified = rotated.verify().exits(0).stdout;
    assert!(verified.contains("every check holds"), "{verified}");
    let mut show = undertone();
    show.args(["ledger", "show", "--data"]).arg(rotated.data());
    let shown = ran(show).exits(0).stdout;
    assert!(shown.contains("both keys live until window 8 is open"), "{shown}");
}

#[test]
fn key_replaced_before_the_instant_of_an_earlier_run_is_refused() {
    let town = long_town();
    append(&town, &[row(0, "ana", "1", "create"), row(2, "ana", "2", "create")]);
    ran(run_as_of(&town, &noon(20))).exits(0);
    ran(rotate_as_of(&town, &noon(8))).exits(78).says("no earlier than the runs");
    assert_eq!(pseudonym_keys(&town).len(), 1, "nothing was begun");
}

#[test]
fn former_key_that_is_missing_while_it_is_needed_is_asked_for() {
    let town = long_town();
    append(&town, &written_in(0));
    ran(run_as_of(&town, &noon(7))).exits(0);
    ran(rotate_as_of(&town, &noon(7))).exits(0);
    let former = town.data().join("keys/pseudonym.key.former");
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&former).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    fs::rename(&former, town.path().join("kept")).unwrap();
    ran(run_as_of(&town, &noon(14))).exits(2).says("no such key file");
    fs::copy(town.data().join("keys/pseudonym.key"), &former).unwrap();
    ran(run_as_of(&town, &noon(14))).exits(78).says("is not the key before");
}

/// A journal put back, or lost, does not cost the key that the newest one needs.
#[test]
fn lost_journal_leaves_the_former_key_where_it_is() {
    let town = long_town();
    append(&town, &written_in(0));
    ran(run_as_of(&town, &noon(7))).exits(0);
    ran(rotate_as_of(&town, &noon(7))).exits(0);
    for folder in ["journal", "state"] {
        fs::remove_dir_all(town.data().join(folder)).unwrap();
    }
    ran(run_as_of(&town, &noon(14))).exits(78).says("put back");
    assert_eq!(pseudonym_keys(&town).len(), 2);
}
