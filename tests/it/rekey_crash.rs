//! Killed while a key is replaced or a resident erased: the next command ends what was begun.

use crate::{
    erase::{erase, town},
    records::{copy, entries_of, pseudonym_keys, records, run_as_of},
    rekey::{ACCOUNTS, append, noon, rotate_as_of, row},
    support::{Ran, Town, files},
};

const WHILE_REPLACING: [&str; 7] = [
    "key_next_written",
    "key_former_kept",
    "rekeyed_synced",
    "key_moved",
    "ledger_entry_written",
    "ledger_rekey_synced",
    "ledger_checkpoint_written",
];

const WHILE_ERASING: [&str; 6] = [
    "erase_synced",
    "erase_segment_rewritten",
    "spine_rewritten",
    "erased",
    "ledger_erase_synced",
    "ledger_checkpoint_written",
];

const WHILE_FORGETTING: [&str; 3] =
    ["former_forgotten_synced", "spine_rewritten:2", "former_forgotten"];

fn run(town: &Town, day: u32) -> Ran {
    Ran::from(run_as_of(town, &noon(day)).output().unwrap())
}

#[test]
fn key_replacement_aborted_at_any_step_is_ended_by_the_next_command() {
    let whole = town("nobody");
    for point in WHILE_REPLACING {
        let broken = copy(&whole);
        let mut rotate = rotate_as_of(&broken, &noon(26));
        let aborted = Ran::from(rotate.env("UNDERTONE_CRASH_AT", point).output().unwrap());
        assert_eq!(aborted.code, None, "{point} was not passed");
        append(&broken, &[row(3, "bo", "bo-new", "create"), row(3, "bo", "bo-3", "edit")]);
        run(&broken, 26).exits(0);
        // Once it was begun for good it is not begun again; else it is done now.
        let again = Ran::from(rotate_as_of(&broken, &noon(26)).output().unwrap());
        let begun = !matches!(point, "key_next_written" | "key_former_kept");
        again.exits(if begun { 78 } else { 0 });
        run(&broken, 27).exits(0);
        assert_eq!(entries_of(&broken, "rekey"), 1, "after {point}");
        assert_eq!(pseudonym_keys(&broken).len(), 2, "after {point}");
        let waits = files(&broken.data()).iter().any(|path| path.ends_with("pseudonym.key.next"));
        assert!(!waits, "after {point}");
        let said: Vec<_> = records(&broken, &ACCOUNTS).values().map(|r| r.said.len()).collect();
        assert_eq!(said, [2, 3, 2, 2], "after {point}");
        assert!(broken.verify().exits(0).stdout.contains("every check holds"), "after {point}");
    }
}

#[test]
fn erasure_aborted_at_any_step_is_ended_by_the_next_command() {
    let whole = town("nobody");
    let mut expected = records(&whole, &ACCOUNTS);
    expected.get_mut("bo").unwrap().said.clear();
    for point in WHILE_ERASING {
        let broken = copy(&whole);
        assert_eq!(erase(&broken, b"bo", &[], Some(point)).code, None, "{point} was not passed");
        run(&broken, 26).exits(0);
        assert_eq!(records(&broken, &ACCOUNTS), expected, "after {point}");
        assert_eq!(entries_of(&broken, "erase"), 1, "after {point}");
        assert!(broken.verify().exits(0).stdout.contains("every check holds"), "after {point}");
    }
}

/// Replaced in window 3, so nothing charged under the former key alone is left once window 9 opens.
#[test]
fn former_key_half_forgotten_is_forgotten_by_the_next_run() {
    let whole = town("nobody");
    Ran::from(rotate_as_of(&whole, &noon(26)).output().unwrap()).exits(0);
    run(&whole, 62).exits(0);
    assert_eq!(pseudonym_keys(&whole).len(), 2, "window 8 is open");
    for point in WHILE_FORGETTING {
        let broken = copy(&whole);
        let mut command = run_as_of(&broken, &noon(63));
        let aborted = Ran::from(command.env("UNDERTONE_CRASH_AT", point).output().unwrap());
        assert_eq!(aborted.code, None, "{point} was not passed");
        run(&broken, 63).exits(0);
        assert_eq!(pseudonym_keys(&broken).len(), 1, "after {point}");
        append(&broken, &[row(2, "bo", "late", "create"), row(9, "bo", "new", "create")]);
        run(&broken, 64).exits(0);
        assert_eq!(records(&broken, &ACCOUNTS)["bo"].said.len(), 1, "after {point}");
    }
}
