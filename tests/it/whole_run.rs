//! From comments to releases, twice.

use std::fs;

use crate::support::{Ran, Town, models, undertone};

#[test]
fn run_releases_every_due_question_and_the_ledger_verifies() {
    let town = Town::of(40, 3);
    let ran = town.run().exits(0);
    assert_eq!(town.releases().len(), 3, "two weeks of pulse and one of topics");
    assert!(ran.stdout.contains("mood by neighbourhood"), "{}", ran.stdout);
    assert!(town.verify().exits(0).stdout.contains("every check holds"));
}

#[test]
fn report_about_an_unknown_topic_is_refused_with_the_topics_there_are() {
    let town = Town::of(2, 1);
    let mut report = undertone();
    report.arg("report").arg(town.path().join("town.toml")).arg("--models").arg(models());
    let report = report.args(["--topic", "dragons", "--out", "-"]).output().unwrap();
    Ran::from(report).exits(2).says("no topic `dragons`; it has streets, parks-and-trees");
}

#[test]
fn run_again_counts_nothing_twice_and_draws_nothing_twice() {
    let town = Town::of(40, 2);
    town.run().exits(0);
    let (before, ledger) =
        (town.releases(), fs::read(town.data().join("ledger/entries.log")).unwrap());
    town.run().exits(0);
    assert!(town.releases() == before, "a release changed");
    let after = fs::read(town.data().join("ledger/entries.log")).unwrap();
    assert!(after == ledger, "the ledger grew");
}

#[test]
fn run_with_a_changed_plan_is_refused_to_protect_privacy() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    town.edit_pipeline("share_percent = 60", "share_percent = 50");
    town.run().exits(78).says("was changed, moved or removed");
}

#[test]
fn run_with_another_pseudonym_key_is_refused() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let key = town.data().join("keys/pseudonym.key");
    let text = fs::read_to_string(&key).unwrap();
    let (first, _) = text.split_once('\n').unwrap();
    fs::write(&key, format!("{first}\n{}\n", "ab".repeat(32))).unwrap();
    town.run().exits(78).says("pseudonym key");
}

#[test]
fn run_before_any_window_closes_releases_nothing_and_says_so() {
    let town = Town::of(10, 1);
    let mut command = town.run_command();
    let ran = command.args(["--as-of", "2026-03-08T12:00:00Z"]).output().unwrap();
    crate::support::Ran::from(ran).exits(1).says("no window is past its closing time");
    assert!(town.releases().is_empty());
}

#[test]
fn release_files_fit_their_published_schema() {
    let town = Town::of(20, 2);
    town.run().exits(0);
    let schema = undertone::release::schema_json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, bytes) in town.releases() {
        let release = serde_json::from_slice(&bytes).unwrap();
        let errors: Vec<_> = validator.iter_errors(&release).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn lost_or_older_ledger_draws_nothing_again() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let (ledger, releases) = (town.data().join("ledger"), town.releases());
    fs::rename(&ledger, town.path().join("kept")).unwrap();
    town.run().exits(78).says("put back");
    assert!(town.releases() == releases, "a release was touched");
}

#[test]
fn lost_journal_forgets_no_allowance() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    for folder in ["journal", "state"] {
        fs::remove_dir_all(town.data().join(folder)).unwrap();
    }
    town.run().exits(78).says("put back");
}

#[test]
fn ledger_without_its_checkpoint_is_refused() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    fs::remove_file(town.data().join("ledger/checkpoint")).unwrap();
    town.run().exits(78);
    town.verify().exits(1);
}

#[test]
fn renamed_source_is_refused_since_every_resident_would_be_new() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    town.edit_pipeline("name = \"forum\"", "name = \"forum-2\"");
    town.run().exits(78);
}

#[test]
fn rotated_signing_key_goes_on_with_the_same_ledger() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let mut rotate = crate::support::undertone();
    rotate.args(["keys", "rotate", "--key", "signing"]).arg(town.path().join("town.toml"));
    crate::support::Ran::from(rotate.output().unwrap()).exits(0);
    town.run().exits(0);
    town.verify().exits(0);
}
