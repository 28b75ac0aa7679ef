//! What a run that cannot begin, or has nothing to say, leaves behind: nothing, or nothing spent.

use std::fs;

use undertone::ledger::{Fact, read_entries};

use crate::support::{Ran, Town, comment, files, lines};

/// The town's own files, before any run.
const OWN: [&str; 2] = ["comments.jsonl", "town.toml"];

fn names(town: &Town) -> Vec<String> {
    let mut names: Vec<_> = files(town.path())
        .iter()
        .map(|path| path.strip_prefix(town.path()).unwrap().display().to_string())
        .collect();
    names.sort();
    names
}

fn reserves(town: &Town) -> usize {
    let entries = read_entries(&town.data()).unwrap();
    entries.iter().filter(|entry| matches!(entry.fact, Fact::Reserve(_))).count()
}

#[test]
fn missing_input_is_told_once_and_leaves_nothing() {
    let town = Town::of(2, 1);
    town.edit_pipeline("path = \"comments.jsonl\"", "path = \"lost.jsonl\"");
    let ran = town.run().exits(2).says("lost.jsonl");
    assert_eq!(ran.stderr.matches("No such file").count(), 1, "{}", ran.stderr);
    assert_eq!(names(&town), OWN);
    assert!(!town.data().exists());
}

#[test]
fn header_without_a_mapped_column_leaves_nothing() {
    let town = Town::new(b"id,who,what,when\n1,a,b,2026-03-03\n");
    as_csv(&town);
    let ran = town.run().exits(2).says("has no column `said` among its 4");
    assert!(!ran.stderr.contains("what"), "the header is shown: {}", ran.stderr);
    assert_eq!(names(&town), OWN);
}

#[test]
fn header_cut_by_another_delimiter_says_which_and_leaves_nothing() {
    for (csv, named) in [("id;who;said;when\n", "`;`"), ("id\twho\tsaid\twhen\n", "tabs")] {
        let town = Town::new(csv.as_bytes());
        as_csv(&town);
        town.run().exits(2).says(named).says("delimiter");
        assert_eq!(names(&town), OWN);
    }
}

#[test]
fn header_on_standard_input_is_checked_before_anything_is_made() {
    let town = Town::of(2, 1);
    as_csv(&town);
    let mut command = town.run_command();
    command.args(["--input", "-"]).stdin(fs::File::open(town.path().join("town.toml")).unwrap());
    Ran::from(command.output().unwrap()).exits(2).says("standard input has no column");
    assert_eq!(names(&town), OWN);
}

fn as_csv(town: &Town) {
    let map = "[source.map]\nid = [\"id\"]\naccount = \"who\"\ntext = \"said\"\n\
               posted_at = [\"when\"]\n\n[schedule]";
    town.edit_pipeline("kind = \"jsonl\"", "kind = \"csv\"");
    town.edit_pipeline("[schedule]", map);
    town.edit_pipeline("[neighborhoods]", "[neighborhoods]\nmissing = \"east\"");
}

#[test]
fn run_that_accepts_nothing_spends_nothing_unless_told_to() {
    let mut stranger = comment(1, 1);
    stranger["neighborhood"] = "Atlantis".into();
    let town = Town::new(lines([stranger]).as_bytes());
    town.run().exits(1).says("not one comment was accepted").says("--release-anyway");
    assert_eq!((reserves(&town), town.releases().len()), (0, 0));
    let anyway = town.run_command().arg("--release-anyway").output().unwrap();
    Ran::from(anyway).exits(0);
    assert_eq!((reserves(&town), town.releases().len()), (3, 3));
    town.verify().exits(0);
}
