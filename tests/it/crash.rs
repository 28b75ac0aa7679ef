//! Killed anywhere, a run goes on where it was: nothing counted twice, nothing drawn twice.

use std::collections::BTreeMap;

use undertone::{
    domain::Window,
    store::{Store, StoreOptions},
};

use crate::support::{Ran, Town};

/// Every durable step of reading a batch.
pub const WHILE_READING: [&str; 6] = [
    "journal_segment_written",
    "journal_segment_synced",
    "journal_spine_synced",
    "state_applied",
    "batch_labelled",
    "batch_committed",
];

/// Every durable step of releasing.
const WHILE_RELEASING: [&str; 12] = [
    "closed_synced",
    "charge_synced",
    "ledger_reserve_synced",
    "reserved",
    "witnessed",
    "output_renamed",
    "ledger_commit_synced",
    "committed",
    "ledger_publish_synced",
    "published",
    "scrub_synced",
    "scrub_segment_deleted",
];

/// Those behind which a release stands for good.
const COMMITTED: [&str; 6] = [
    "ledger_commit_synced",
    "committed",
    "ledger_publish_synced",
    "published",
    "scrub_synced",
    "scrub_segment_deleted",
];

/// An instant at which no window of the town has closed.
const BEFORE: [&str; 2] = ["--as-of", "2026-03-08T12:00:00Z"];

/// What every resident is recorded to have said: the input of all counts, without noise.
pub type Recorded = BTreeMap<[u8; 16], Vec<String>>;

pub fn recorded(town: &Town) -> Recorded {
    let key = std::fs::read_to_string(town.data().join("keys/pseudonym.key")).unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(key.lines().nth(1).unwrap(), &mut bytes).unwrap();
    let key_check = undertone::domain::PseudonymKey::new(bytes).check_value();
    let (store, _) =
        Store::open(&town.data(), StoreOptions { key_check, plan_check: None }).unwrap();
    let mut found = Recorded::new();
    for resident in store.said(Window(0)..Window(2)) {
        let (resident, said) = resident.unwrap();
        let mut said: Vec<_> = said.iter().map(|s| format!("{s:?}")).collect();
        said.sort();
        found.insert(resident.0, said);
    }
    found
}

fn run_before(town: &Town, crash: Option<(&str, usize)>) -> Ran {
    let mut command = town.run_command();
    command.args(BEFORE);
    if let Some((point, nth)) = crash {
        command.env("UNDERTONE_CRASH_AT", format!("{point}:{nth}"));
    }
    Ran::from(command.output().unwrap())
}

/// A town with the keys of `other`, so that pseudonyms agree.
fn twin(other: &Town, residents: usize, each: usize) -> Town {
    let town = Town::of(residents, each);
    let (from, to) = (other.data().join("keys"), town.data().join("keys"));
    std::fs::create_dir_all(&to).unwrap();
    for name in ["pseudonym.key", "signing.key"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
    town
}

#[test]
fn reading_aborted_at_any_durable_step_records_what_an_unbroken_run_records() {
    let whole = Town::of(300, 2);
    run_before(&whole, None).exits(1);
    let expected = recorded(&whole);
    assert_eq!(expected.len(), 300);
    for point in WHILE_READING {
        let broken = twin(&whole, 300, 2);
        assert_eq!(run_before(&broken, Some((point, 2))).code, None, "{point} was not passed");
        run_before(&broken, None).exits(1);
        assert_eq!(recorded(&broken), expected, "after {point}");
    }
}

#[test]
fn reading_killed_at_twenty_points_records_what_an_unbroken_run_records() {
    let whole = Town::of(300, 2);
    run_before(&whole, None).exits(1);
    let expected = recorded(&whole);
    let whole_bytes = journal_bytes(&whole);
    let broken = twin(&whole, 300, 2);
    for point in 0..20 {
        let mut child = broken.run_command().args(BEFORE).spawn().unwrap();
        // Points are amounts of journal, not moments: the test does not depend on speed.
        while child.try_wait().unwrap().is_none()
            && journal_bytes(&broken) < whole_bytes * point / 20
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run_before(&broken, None).exits(1);
    assert_eq!(recorded(&broken), expected);
}

fn journal_bytes(town: &Town) -> u64 {
    let files = crate::support::files(&town.data().join("journal"));
    files.iter().filter_map(|path| path.metadata().ok()).map(|found| found.len()).sum()
}

#[test]
fn releasing_aborted_at_any_durable_step_never_draws_twice_for_one_receipt() {
    for point in WHILE_RELEASING {
        let town = Town::of(30, 2);
        let mut command = town.run_command();
        command.env("UNDERTONE_CRASH_AT", point);
        assert_eq!(Ran::from(command.output().unwrap()).code, None, "{point} was not passed");
        let before = town.releases();
        town.run().exits(0);
        let after = town.releases();
        assert_eq!(after.len(), 3, "after {point}");
        assert!(town.verify().exits(0).stdout.contains("every check holds"), "after {point}");
        if COMMITTED.contains(&point) {
            let kept = before.iter().all(|file| after.contains(file));
            assert!(kept && !before.is_empty(), "a committed release changed after {point}");
        }
        if point == "output_renamed" {
            assert!(!after.contains(&before[0]), "an uncommitted draw was published");
        }
    }
}
